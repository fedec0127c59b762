import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { WriterState } from "../../../src/contribution-transport.js";
import { ProcessLink } from "../../../src/instrumentation/crossing/process-link.js";
import { eventually } from "../../contracts/eventually.js";

const state = (sequence: number, open = true, text = ""): WriterState => ({
  version: 1,
  operationId: "job",
  key: "k",
  writer: "w",
  sequence,
  open,
  parts: [{ current: 0, message: text }],
});

/** An owner's socket, and a writer's link to it. */
async function connected() {
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-link-"));
  const address = join(folder, "s");
  const heard: Record<string, unknown>[] = [];
  let peer: Socket | undefined;
  const listen = () =>
    createServer((socket) => {
      peer = socket;
      let rest = "";
      socket.on("error", () => {});
      socket.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        heard.push(...lines.map((line) => JSON.parse(line)));
      });
    }).listen(address);
  let server: Server = listen();
  const told: unknown[] = [];
  let resends = 0;
  const link = new ProcessLink({
    operationId: "job",
    key: "k",
    writer: "w",
    address,
    receive: (notice) => told.push(notice),
    resend: () => {
      resends++;
    },
  });
  onTestFinished(() => {
    link.close();
    peer?.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually(() => expect(heard).toHaveLength(1));
  return {
    link,
    heard,
    told,
    resends: () => resends,
    answer: (message: object) => peer!.write(`${JSON.stringify(message)}\n`),
    peer: () => peer!,
    async restart() {
      peer!.destroy();
      await new Promise((resolve) => server.close(resolve));
      server = listen();
    },
  };
}

describe("a link", () => {
  it("says first who it is, and asks for the newest state", async () => {
    const { heard, resends } = await connected();
    expect([heard, resends()]).toEqual([[{ operationId: "job", key: "k", writer: "w" }], 1]);
  });

  it("takes a state, and hands on notices", async () => {
    const { link, heard, told, answer } = await connected();
    expect(link.publish(state(1))).toBe(true);
    await eventually(() => expect(heard.at(-1)).toEqual(state(1)));
    answer({ notice: { ended: false } });
    answer({ taken: 1 });
    await link.flush();
    expect(told).toEqual([{ ended: false }]);
  });

  it("while its owner reads nothing, takes nothing and keeps nothing", async () => {
    const { link, peer, resends } = await connected();
    peer().pause();
    const long = "x".repeat(500_000);
    let taken = 0;
    while (link.publish(state(taken, true, long))) taken++;
    expect(taken).toBeLessThan(20);
    expect(link.publish(state(99, true, long))).toBe(false);
    expect(resends()).toBe(1);
  });

  it("connects again when the owner is back, and asks for the newest state", async () => {
    const { link, heard, resends, restart } = await connected();
    await restart();
    await eventually(() => {
      link.publish(state(2));
      expect(heard.filter(({ key, version }) => key === "k" && version === undefined)).toHaveLength(2);
    });
    expect(resends()).toBe(3);
    await eventually(() => expect(link.publish(state(3))).toBe(true));
  });

  it("does not wait for an owner that is gone, that answers nonsense, or that says that all is over", async () => {
    const gone = await connected();
    gone.link.publish(state(1));
    const flushed = gone.link.flush();
    gone.peer().destroy();
    await flushed;
    await gone.link.flush();
    const mad = await connected();
    mad.link.publish(state(1));
    mad.peer().write("?\n");
    await mad.link.flush();
    const over = await connected();
    over.link.publish(state(1));
    over.answer({ notice: { ended: true } });
    await over.link.flush();
  });

  it("is closed when its last word has arrived", async () => {
    const { link, peer, heard, answer } = await connected();
    link.publish(state(1, false));
    const ended = new Promise((resolve) => peer().on("end", resolve));
    link.close();
    expect(link.publish(state(2))).toBe(true);
    await eventually(() => expect(heard.at(-1)).toEqual(state(1, false)));
    answer({ taken: 1 });
    await ended;
  });
});
