import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { sweepDeadSockets } from "../../../src/instrumentation/crossing/dead-sockets.js";

const LISTENER = `require("node:net").createServer().listen(process.argv[2], () => process.send("listens"));`;

it.runIf(process.platform === "linux")("removes what killed processes left behind, and nothing else", async () => {
  const parent = mkdtempSync(join(tmpdir(), "otel-progress-sweep-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const program = join(parent, "listener.cjs");
  writeFileSync(program, LISTENER);
  const directory = (name: string) => {
    mkdirSync(join(parent, name));
    return join(parent, name, "s");
  };
  const killed = async (name: string) => {
    const child = fork(program, [directory(name)]);
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const age = (name: string) => utimesSync(join(parent, name), 0, 0);
  for (const name of ["otel-progress-dead11", "otel-progress-young1", "otel-progress-more11", "another-dead11"])
    await killed(name);
  writeFileSync(join(parent, "otel-progress-more11", "file"), "");
  directory("otel-progress-empty1");
  const server = createServer((socket) => socket.destroy()).listen(directory("otel-progress-alive1"));
  await once(server, "listening");
  onTestFinished(() => void server.close());
  for (const name of ["dead11", "more11", "empty1", "alive1"]) age(`otel-progress-${name}`);
  age("another-dead11");

  await sweepDeadSockets(parent, -1);
  expect(readdirSync(parent)).toContain("otel-progress-dead11");
  await sweepDeadSockets(parent);
  expect(readdirSync(parent).sort()).toEqual([
    "another-dead11",
    "listener.cjs",
    "otel-progress-alive1",
    "otel-progress-empty1",
    "otel-progress-more11",
    "otel-progress-young1",
  ]);
  expect(readdirSync(join(parent, "otel-progress-alive1"))).toEqual(["s"]);
  await sweepDeadSockets(join(parent, "is not there"));
});
