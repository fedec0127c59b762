import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import {
  createProtocolConnection,
  type ProtocolConnection,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
  WorkDoneProgressCreateRequest,
} from "vscode-languageserver-protocol/node";
import { type LspProgressOptions, lspProgress } from "../../src/exporters/lsp-progress.js";
import type { WorkDoneProgressValue } from "../../src/exporters/work-done.js";
import { createTestProgress } from "../../src/testing.js";
import { eventually } from "../contracts/eventually.js";
import { snapshotOf } from "../query/source.js";

/** What was sent, as "token kind percentage". */
function setUp(options: Omit<LspProgressOptions, "send"> = {}) {
  const sent: string[] = [];
  const send: LspProgressOptions["send"] = ({ token, value }) => {
    sent.push([token, value.kind, "percentage" in value ? value.percentage : ""].join(" ").trim());
  };
  return { sent, t: createTestProgress({ exporters: [lspProgress({ ...options, send })] }) };
}

describe("progress for editors", () => {
  it("begins, reports and ends every operation that is not part of another", async () => {
    const { sent, t } = setUp();
    await t.progress.operation("index", { total: 4 }, async (op) => {
      await t.advance("100ms");
      await t.progress.operation("parse", async () => t.advance("100ms"));
      op.increment(2);
      await t.advance("100ms");
    });
    await t.progress.forceFlush();
    expect(sent).toEqual(["1 begin 0", "1 report 50", "1 end"]);
  });

  it("is told by the tokens that clients gave, and only where there is one", async () => {
    const { sent, t } = setUp({ token: ({ attributes }) => attributes["token"] as number | undefined });
    const [given, other] = [t.progress.start("a", { attributes: { token: 7 } }), t.progress.start("b")];
    await t.advance("100ms");
    given.complete();
    other.complete();
    await t.progress.forceFlush();
    expect(sent).toEqual(["7 begin", "7 end"]);
  });

  it("says nothing of what is over before it was seen", async () => {
    const { sent, t } = setUp();
    t.progress.operation("quick", () => {});
    await t.progress.forceFlush();
    expect(sent).toEqual([]);
  });

  it("waits for a token to be announced, and then tells the latest state, an end included", async () => {
    const announced: (() => void)[] = [];
    const { sent, t } = setUp({ create: () => new Promise<void>((resolve) => announced.push(resolve)) });
    const [long, short] = [t.progress.start("long", { total: 4 }), t.progress.start("short", { total: 4 })];
    await t.advance("100ms");
    long.increment();
    short.complete();
    await t.advance("100ms");
    expect(sent).toEqual([]);
    for (const go of announced) go();
    await t.advance("100ms");
    expect(sent).toEqual(["1 begin 25", "2 begin 0", "2 end"]);
  });

  it("tells an editor that refuses a token nothing", async () => {
    const { sent, t } = setUp({ create: async () => Promise.reject(new Error("no")) });
    const op = t.progress.start("job");
    await t.advance("200ms");
    op.complete();
    await t.progress.forceFlush();
    expect(sent).toEqual([]);
  });

  it("ends what was forgotten before its end could be told", async () => {
    const values: WorkDoneProgressValue[] = [];
    const exporter = lspProgress({ send: ({ value }) => values.push(value) });
    await exporter.export([snapshotOf("1")], []);
    await exporter.export([], ["1", "2"]);
    await exporter.export([], ["1"]);
    expect(values.map(({ kind }) => kind)).toEqual(["begin", "end"]);
  });

  it("a connection that fails is counted, and the work goes on", async () => {
    const t = createTestProgress({ exporters: [lspProgress({ send: async () => Promise.reject(new Error("gone")) })] });
    const op = t.progress.start("job");
    await t.advance("100ms");
    expect(op.snapshot().status).toBe("running");
    expect(t.progress.live.stats().losses).toEqual({ exports_failed: 1 });
  });
});

describe("over a real connection of the language server protocol", () => {
  const connections: ProtocolConnection[] = [];
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.dispose();
  });
  function connected(): { server: ProtocolConnection; client: ProtocolConnection } {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const [server, client] = [createProtocolConnection(up, down), createProtocolConnection(down, up)];
    connections.push(server, client);
    for (const connection of [server, client]) connection.listen();
    return { server, client };
  }

  it("the editor announces, shows, and cancels", async () => {
    const { server, client } = connected();
    const t = createTestProgress();
    t.progress.addExporter(
      lspProgress({
        send: ({ token, value }) => server.sendProgress(WorkDoneProgress.type, token, value),
        create: (token) => server.sendRequest(WorkDoneProgressCreateRequest.type, { token }),
        cancellable: true,
      }),
    );
    server.onNotification(WorkDoneProgressCancelNotification.type, ({ token }) => {
      t.progress.live.requestCancel(String(token), "the editor");
    });
    const seen: unknown[] = [];
    client.onRequest(WorkDoneProgressCreateRequest.type, ({ token }) => {
      client.onProgress(WorkDoneProgress.type, token, (value) => void seen.push(value));
    });

    const work = t.progress.operation("index", { name: "Index", total: 4, unit: "file" }, async (op) => {
      op.increment();
      await new Promise((_, reject) => op.signal.addEventListener("abort", () => reject(op.signal.reason)));
    });
    const settled = expect(work).rejects.toThrow("cancelled: the editor");
    await t.advance("100ms");
    await eventually(() => expect(seen).toHaveLength(1));
    await client.sendNotification(WorkDoneProgressCancelNotification.type, { token: "1" });
    await settled;
    await t.progress.forceFlush();
    await eventually(() => expect(seen).toHaveLength(2));
    expect(seen).toEqual([
      { kind: "begin", title: "Index", cancellable: true, message: "1 of 4 files", percentage: 25 },
      { kind: "end", message: "cancelled: the editor" },
    ]);
  });
});
