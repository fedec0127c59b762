// A program with bars on its terminal. What it does is its first argument; "taskbar" as the second shows it there as well.

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createProgress } from "otel-progress";
import { terminalBars } from "otel-progress/exporters";

const [scenario, taskbar] = process.argv.slice(2);
const progress = createProgress({ exporters: [terminalBars({ taskbar: taskbar === "taskbar" })] });

/** Keeps the process alive until something ends it. */
const forever = () => new Promise(() => setInterval(() => {}, 60_000));

function startTen() {
  const operations = Array.from({ length: 10 }, (_, index) =>
    progress.start("file.copy", { name: `Copy volume ${index}`, total: 1_000_000_000, unit: "By" }),
  );
  for (const [index, op] of operations.entries()) op.update({ current: (index + 1) * 87_654_321, message: "part 7" });
  operations[3].pause("the disk is full");
  return operations;
}

const scenarios = {
  async ten() {
    startTen();
    await forever();
  },

  async output() {
    const [op] = startTen();
    await sleep(300);
    console.log("a line on stdout");
    console.error("a line on stderr");
    process.stdout.write("half a line");
    await sleep(300);
    process.stdout.write(", and the other half\n");
    process.stdout.write(Buffer.from("\u001b[31mred\u001b[0m bytes\n"));
    await new Promise((written) => process.stdout.write("7465787420696e206865780a", "hex", written));
    op.fail(Object.assign(new Error("connection reset by peer"), { code: "ECONNRESET" }));
    for (let line = 1; line <= 500; line++) console.log(`fast line ${line}`);
    await sleep(300);
    await progress.shutdown();
    console.log("after the end");
  },

  async handled() {
    const [op] = startTen();
    const alive = setInterval(() => {}, 60_000);
    await once(process, "SIGINT");
    clearInterval(alive);
    console.log("cleaning up");
    op.complete();
    await sleep(300);
    await progress.shutdown();
    process.exit(7);
  },

  /** Counts without ever letting the event loop turn. */
  async blocked() {
    const op = progress.start("count", { name: "Count without a pause" });
    await sleep(300);
    for (;;) op.increment();
  },

  async throws() {
    startTen();
    await sleep(300);
    throw new Error("nobody catches this");
  },

  async exits() {
    startTen();
    await sleep(300);
    process.exit(3);
  },
};

await scenarios[scenario]();
