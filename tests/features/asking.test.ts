// What was asked for, row by row, as far as it is about asking: K3, F13 to F16, F20, F24 and F31. See docs/features.md.

import { PassThrough } from "node:stream";
import { Client, InMemoryTransport, type Progress } from "@modelcontextprotocol/client";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { trace } from "@opentelemetry/api";
import pino from "pino";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, expect, expectTypeOf, it } from "vitest";
import { WebSocket } from "ws";
import { consoleExporter, consoleLines, exportFrom, logLines, terminalBars } from "../../src/exporters/index.js";
import { defineOperation } from "../../src/index.js";
import { createToolOperation, progressResources } from "../../src/mcp.js";
import type { Snapshot, Stats } from "../../src/model.js";
import { createHttpSource, createProgressHandler, formatReport, type SmallStatus } from "../../src/query/index.js";
import { serveProgress } from "../../src/query/node.js";
import { usePipelineStages, useProgress } from "../../src/react.js";
import { ProgressSpanProcessor } from "../../src/sdk.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";
import { eventually } from "../contracts/eventually.js";
import { Member, temporary, turn } from "../instrumentation/journal/members.js";

const clip = defineOperation("video.clip", {
  stages: { load: [0, 20], encode: { range: [20, 100], label: "Encoding" } },
});
let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());
const ids = (found: readonly Snapshot[]) => found.map(({ id }) => id);
/** The routes, without a network. */
function asking() {
  const handler = createProgressHandler(test.progress.live, { definitions: [clip] });
  return (path: string, init?: RequestInit) => handler(new Request(`http://localhost${path}`, init));
}

it("K3: a span processor in memory keeps live state that can be asked, also of operations whose spans others write", async () => {
  const processor = new ProgressSpanProcessor({ progress: test.progress });
  await using telemetry = await startTestTelemetry({ spanProcessors: [processor] });
  const attributes = { "progress.operation.id": "theirs", "progress.operation.type": "import", "progress.total": 4 };
  const span = trace.getTracer("another").startSpan("import", { attributes });
  span.setAttribute("progress.current", 1);
  await test.advance("100ms");
  const ours = test.progress.start("import", { id: "ours", total: 4 });
  ours.increment(3);
  expect(ids(test.progress.live.list({ status: ["running"], type: "import" })).sort()).toEqual(["ours", "theirs"]);
  expect(test.progress.live.get("theirs")).toMatchObject({ status: "running", current: 1, percentage: 25 });
  expect(test.progress.live.get("ours")).toMatchObject({ status: "running", current: 3, percentage: 75 });
  span.end();
  ours.complete();
  expect(test.progress.live.stats().byStatus).toMatchObject({ running: 0, completed: 2 });
  expect(telemetry.spans().length).toBe(2);
});

it("F13: the verbose report of an operation is the tree of its levels, each with status, times, counts and rates", async () => {
  const op = test.progress.start("setlist.process", { id: "abc123", name: "My Setlist" });
  const song = op.startLevel("song", { id: "song-001", name: "audio1.wav", total: 20, unit: "action" });
  op.declare("song", { id: "song-002", name: "audio2.wav" });
  for (let second = 0; second < 10; second++) {
    song.increment();
    await test.advance("1s");
  }
  song.startLevel("action", { id: "load", name: "LoadAudio" }).complete();
  expect(formatReport(op.snapshot())).toBe(`setlist.process: "My Setlist" (ID: abc123)
  Status: Running (25%, 0 of 2 parts completed)
  Started: 2026-01-01 00:00:00 UTC
  Elapsed: 10s
  Estimated remaining: 29s (16s to 51s)

  song 1/2: audio1.wav (ID: song-001)
    Status: Running (50%)
    Started: 2026-01-01 00:00:00 UTC
    Elapsed: 10s
    Estimated remaining: 9.6s (6.5s to 12s)
    Progress: 10 of 20 actions
    Rate: 53 actions/min (peak 1.7 actions/s)
    Time per item: 1s

    action 1/1: LoadAudio (ID: load)
      Status: Completed (100%)
      Started: 2026-01-01 00:00:10 UTC
      Ended: 2026-01-01 00:00:10 UTC
      Duration: 0s

  song 2/2: audio2.wav (ID: song-002)
    Status: Pending
    Elapsed: 0s`);
});

it("F14: logs of progress are exported line by line, filtered by type, status, time and text, as a list is", async () => {
  const { progress } = test;
  progress.start("import", { id: "old", name: "Nightly" }).complete();
  await test.advance("1h");
  progress.start("import", { id: "new", name: "Nightly" }).complete();
  progress.start("import", { id: "bad" }).fail(new Error("no header"));
  progress.start("export", { id: "other", name: "Nightly" }).complete();
  const ask = asking();
  const exported = async (query: string) => (await (await ask(`/export?${query}`)).text()).trimEnd().split(/\r?\n/);
  const lines = await exported("format=ndjson&type=import&status=completed&since=2026-01-01T00:30:00Z&text=night");
  expect(lines.map((line) => JSON.parse(line))).toEqual([JSON.parse(JSON.stringify(progress.live.get("new")))]);
  const rows = await exported("format=csv&until=2026-01-01T00:30:00Z");
  expect(rows.map((row) => row.split(",").slice(0, 4).join())).toEqual([
    "id,type,name,status",
    "old,import,Nightly,completed",
  ]);
  expect(ids(progress.live.list({ status: ["failed"] }))).toEqual(["bad"]);
  expect(ids(progress.live.list({ text: "NIGHT", type: "import", until: "2026-01-01T00:30:00Z" }))).toEqual(["old"]);
});

it("F14: what a server in another process knows is logged by the logger of this one", async () => {
  const { progress } = test;
  const logged: { event_name: string; msg: string }[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  await using server = await serveProgress({ source: progress.live, port: 0 });
  const stop = new AbortController();
  progress.start("import", { id: "before" }).complete();
  const op = progress.start("import", { id: "a", total: 4 });
  const source = createHttpSource({ url: server.url });
  const logging = exportFrom(source, logLines({ logger }), { signal: stop.signal });
  await eventually(() => expect(logged.map(({ msg }) => msg)).toEqual(["start import: 4, id a"]));
  op.increment();
  op.fail(Object.assign(new Error("no header"), { code: "E_HEADER" }));
  test.clock.advance(100);
  await eventually(() => expect(logged.length).toBe(2));
  expect(logged[1]).toMatchObject({ level: 50, event_name: "progress.status", "error.type": "E_HEADER" });
  expect(logged[1]!.msg).toContain("FAILED import: E_HEADER: no header, 25%, 1 of 4");
  stop.abort();
  await logging;
});

it("F15: one state, many endpoints: callbacks, exporters, HTTP, a page, and another process as a source", async () => {
  const { progress } = test;
  const told: string[] = [];
  progress.subscribe(({ event, operation }) => told.push(`callback ${event} ${operation.id}`), {
    events: ["completed"],
  });
  progress.addExporter({ export: (changed) => void told.push(...changed.map(({ id }) => `exporter ${id}`)) });
  await using server = await serveProgress({ source: progress.live, port: 0 });
  progress.start("import", { id: "a", total: 2 }).complete();
  await progress.forceFlush();
  expect(told.sort()).toEqual(["callback completed a", "exporter a"]);
  expect(await (await fetch(server.url)).text()).toContain("<title>Progress</title>");
  const asked = await (await fetch(`${server.url}/operations/a`)).json();
  expect(asked).toEqual(JSON.parse(JSON.stringify(progress.live.get("a"))));
  expect(await createHttpSource({ url: server.url }).get("a")).toEqual(asked);
});

it("F16: adapters to one port: bars, structured lines, an event stream, WebSockets, and silence", async () => {
  const { progress } = test;
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  progress.addExporter(consoleLines({ format: "json", stream }));
  progress.addExporter(consoleExporter({ format: "quiet" }));
  const screen = Object.assign(new PassThrough(), { columns: 80, rows: 10, isTTY: true, hasColors: () => false });
  let drawn = "";
  screen.on("data", (text) => {
    drawn += text;
  });
  using bars = terminalBars({
    stream: screen as unknown as NodeJS.WriteStream,
    columns: ["percentage", "bar", "name", "count"],
    barWidth: 8,
    interval: "50ms",
    unicode: false,
  });
  progress.addExporter(bars);
  await using server = await serveProgress({ source: progress.live, port: 0 });
  const events = createHttpSource({ url: server.url }).watch();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/socket`);
  const frames: { event: string; data: { operations?: Snapshot[]; changed?: Snapshot[] } }[] = [];
  socket.on("message", (data) => frames.push(JSON.parse(String(data))));
  expect((await events.next()).value).toEqual({ kind: "snapshot", operations: [] });
  await eventually(() => expect(frames).toMatchObject([{ event: "snapshot", data: { operations: [] } }]));

  const op = progress.start("import", { id: "a", total: 4 });
  op.increment();
  test.clock.advance(100);
  const { value: update } = await events.next();
  expect(update).toMatchObject({ kind: "update", changed: [{ id: "a", current: 1, percentage: 25 }] });
  await eventually(() =>
    expect(frames.slice(1)).toMatchObject([{ event: "update", data: { changed: update.changed } }]),
  );
  expect(written.map((line) => JSON.parse(line))).toEqual(update.changed);
  // Each column is put where it belongs.
  expect(drawn).toMatch(/ 25%.\[7G##------.\[17Gimport.\[25G1 of 4/);
  socket.close();
  await events.return?.();
});

it("F20: what a killed process was doing is known to the next one; analytics of all operations can be asked over HTTP", async () => {
  const directory = temporary();
  const victim = new Member(directory, "victim");
  victim.progress.start("import", { id: "nightly", total: 100 }).increment(42);
  victim.clock.advance(1_000);
  victim.die();
  const next = new Member(directory, "next");
  next.clock.block(60_000);
  await turn();
  next.progress.start("import", { id: "again" }).complete();
  const handler = createProgressHandler(next.progress.live);
  const ask = async (path: string) => (await handler(new Request(`http://localhost${path}`))).json();
  const lost = { id: "nightly", status: "lost", current: 42, total: 100, percentage: 42 };
  expect(await ask("/operations?status=lost")).toMatchObject({ operations: [lost] });
  const stats = (await ask("/stats")) as Stats;
  expect(stats.byStatus).toMatchObject({ lost: 1, completed: 1, running: 0 });
  await next.progress.shutdown();
});

function Clip() {
  const { snapshot, connection } = useProgress("job-7", { definition: clip, source: test.progress.live });
  expectTypeOf(snapshot?.stage).toEqualTypeOf<"load" | "encode" | undefined>();
  const names = usePipelineStages(clip).map(({ label }) => label);
  return createElement("p", null, `${connection}: ${names.join(", ")}`);
}
it("F24: GET /status/{id} and GET /stages, and hooks that share the types of the definition", async () => {
  const op = test.progress.start(clip, { id: "job-7", attributes: { title: "Finale" } });
  op.enterStage("encode", { percentage: 50, message: "frame 7" });
  const ask = asking();
  const response = await ask("/status/job-7");
  const status: SmallStatus = {
    id: "job-7",
    status: "running",
    stage: "encode",
    progress: 60,
    message: "frame 7",
    attributes: { title: "Finale" },
  };
  expect(await response.json()).toEqual(status);
  const known = { headers: { "if-none-match": response.headers.get("etag")! } };
  expect((await ask("/status/job-7", known)).status).toBe(304);
  const stages = [
    { name: "load", label: "load", from: 0, to: 20 },
    { name: "encode", label: "Encoding", from: 20, to: 100 },
  ];
  expect(await (await ask("/stages")).json()).toEqual({ "video.clip": stages });
  expect(renderToStaticMarkup(createElement(Clip))).toBe("<p>connecting: load, Encoding</p>");
});

it("F31: a tool call of an MCP client is told to it, cancelled by it, and in its trace; what runs can be asked for", async () => {
  await using telemetry = await startTestTelemetry();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const toolOperation = createToolOperation({ progress: test.progress, interval: "100ms" });
  const server = new McpServer({ name: "videos", version: "1.0.0" });
  progressResources(server, test.progress.live, { ResourceTemplate });
  server.registerTool("encode", {}, (ctx) =>
    toolOperation(ctx, clip, { id: "job" }, async (op) => {
      await op.stage("load", async () => test.advance("200ms"));
      op.enterStage("encode", { percentage: 50, message: "pass 1" });
      await test.advance("200ms");
      await new Promise((_, reject) => op.signal.addEventListener("abort", () => reject(op.signal.reason)));
      return { content: [] };
    }),
  );
  const [up, down] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "agent", version: "1.0.0" });
  await Promise.all([server.connect(up), client.connect(down)]);

  const told: string[] = [];
  const cancel = new AbortController();
  const call = { name: "encode", _meta: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } };
  const onprogress = ({ progress, total, message }: Progress) => {
    told.push(`${Math.floor(progress)}/${total} ${message}`);
  };
  const done = expect(client.callTool(call, { onprogress, signal: cancel.signal })).rejects.toThrow();
  await eventually(() => expect(told.at(-1)).toBe("60/100 encode: pass 1"));
  const { contents } = await client.readResource({ uri: "progress://operations/job" });
  expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ id: "job", stage: "encode" });
  cancel.abort("enough");
  await done;
  await eventually(() => expect(test.progress.live.get("job")).toMatchObject({ status: "cancelled", traceId }));
  expect(telemetry.spans().at(-1)!.parentSpanContext!.spanId).toBe("00f067aa0ba902b7");
  await client.close();
});
