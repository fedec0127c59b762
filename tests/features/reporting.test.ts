// What was asked for, row by row: F1 to F9. docs/features.md links each row to its API and to the test named after it.

import { afterEach, beforeEach, expect, it } from "vitest";
import type { LevelSnapshot, Snapshot } from "../../src/model.js";
import { formatDuration, formatReport } from "../../src/query/index.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());
const get = (id: string) => test.progress.live.get(id)!;

it("F1: a scoped operation ends itself, fails on throw, has an id generated or given, name, description and attributes", async () => {
  const { progress } = test;
  const options = { id: "given", name: "Nightly", description: "all rows", attributes: { source: "csv" } };
  expect(progress.operation("import", options, (op) => op.increment(3) ?? "result")).toBe("result");
  expect(get("given")).toMatchObject({ ...options, type: "import", status: "completed", current: 3, percentage: 100 });
  const error = new RangeError("no");
  await expect(
    progress.operation("import", async () => {
      throw error;
    }),
  ).rejects.toBe(error);
  expect(get("1")).toMatchObject({ status: "failed", error: { type: "RangeError", message: "no" } });
});

it("F2: levels nest to any depth, of any kind, typed by a definition where there is one", async () => {
  const { progress } = test;
  await progress.operation("setlist", { id: "a" }, async (op) => {
    await op.level("song", { name: "Intro" }, (song) =>
      song.level("action", (action) => action.level("block", (block) => block.level("subprocess", () => {}))),
    );
  });
  const kinds = ({ levels }: Snapshot | LevelSnapshot): string[] =>
    levels.flatMap((level) => [`${level.type} ${level.name} ${level.status}`, ...kinds(level)]);
  expect(kinds(get("a"))).toEqual([
    "song Intro completed",
    "action action completed",
    "block block completed",
    "subprocess subprocess completed",
  ]);
});

it("F3: setTotal, update with current, total, message, increment and attributes, and increment", () => {
  const op = test.progress.start("job", { id: "a" });
  op.setTotal(10);
  op.increment();
  op.update({ increment: 2, message: "parsing", attributes: { file: "a.csv" } });
  expect(get("a")).toMatchObject({ current: 3, total: 10, message: "parsing", attributes: { file: "a.csv" } });
  op.update({ current: 6, total: 12, attributes: { line: 7 } });
  expect(get("a")).toMatchObject({ current: 6, total: 12, percentage: 50, attributes: { file: "a.csv", line: 7 } });
});

it("F4: get by id, list active ones, history by type and limit, clear history, bounded history", () => {
  const { progress } = createTestProgress({ limits: { finished: 3 } });
  const ids = (found: readonly Snapshot[]) => found.map(({ id }) => id);
  for (const [id, type] of ["import", "export", "import", "import", "import"].entries())
    progress.start(type, { id: String(id) }).complete();
  progress.start("import", { id: "running" });
  expect(progress.live.get("running")!.status).toBe("running");
  expect(ids(progress.live.list({ status: ["running", "paused"] }))).toEqual(["running"]);
  expect(ids(progress.live.list({ status: ["completed"] }))).toHaveLength(3);
  expect(progress.live.list({ type: "import", status: ["completed"], limit: 2 })).toHaveLength(2);
  expect(progress.live.stats().forgotten.operations).toBe(2);
  progress.live.clearHistory();
  expect(ids(progress.live.list())).toEqual(["running"]);
});

it("F5: callbacks on every change of operations and levels; a failing one is isolated and dropped after three errors", async () => {
  const seen: string[] = [];
  let calls = 0;
  const test = createTestProgress({ stallTimeout: "1s", strict: false });
  const { progress } = test;
  progress.subscribe(() => {
    calls++;
    throw new Error("listener");
  });
  progress.subscribe(({ event, level }) => seen.push(level === undefined ? event : `level ${event}`));
  const op = progress.start("job");
  op.startLevel("part").complete();
  op.pause();
  op.resume();
  await test.advance("2s");
  op.increment();
  await test.advance("100ms");
  op.requestCancel();
  op.fail(new Error("no"));
  progress.start("job").cancel();
  await test.advance("100ms");
  const operations = ["paused", "resumed", "stalled", "recovered", "updated", "cancelRequested", "failed", "cancelled"];
  for (const event of ["started", "level started", "level completed", ...operations]) expect(seen).toContain(event);
  expect([calls, progress.live.stats().losses["callbacks_failed"]]).toEqual([3, 3]);
  await progress.shutdown();
});

it("F6: control by id from anywhere: start, add a level under a parent, start, update, complete, fail, cancel it", () => {
  const { progress } = test;
  progress.start("job", { id: "a" });
  progress.handle("a")!.startLevel("song", { id: "s", total: 4 });
  progress.handle("a")!.getLevel("s")!.declare("action", { id: "x" });
  progress.handle("a")!.getLevel("s")!.declare("action", { id: "y" });
  progress.handle("a")!.getLevel("s")!.startLevel("action", { id: "x" }).update({ current: 2, total: 2 });
  progress.handle("a")!.getLevel("s")!.startLevel("action", { id: "y" });
  progress.handle("a")!.getLevel("x")!.complete({ ok: true });
  progress.handle("a")!.getLevel("y")!.fail(new Error("no"), { code: "E_NO" });
  progress.handle("a")!.getLevel("s")!.cancel("enough");
  progress.handle("a")!.complete();
  const [song] = get("a").levels;
  expect(song).toMatchObject({ status: "cancelled", reason: "enough" });
  expect(song!.levels).toMatchObject([
    { id: "x", status: "completed", summary: { ok: true } },
    { id: "y", status: "failed", error: { code: "E_NO" } },
  ]);
  expect([progress.handle("a"), test.misuse()]).toEqual([undefined, []]);
});

it("F7: overall progress: total, completed, failed, pending, percentage, elapsed; human durations; a JSON form", async () => {
  const op = test.progress.start("job", { id: "a" });
  op.startLevel("part").complete();
  op.startLevel("part");
  op.declare("part");
  op.startLevel("part").fail(new Error("no"));
  await test.advance("90s");
  const snapshot = JSON.parse(JSON.stringify(get("a"))) as Snapshot;
  expect(snapshot).toMatchObject({ counts: { total: 4, completed: 1, failed: 1, pending: 2 }, elapsedSeconds: 90 });
  expect([snapshot.percentage, snapshot.coverage]).toEqual([50, 0.75]);
  expect(formatDuration(snapshot.elapsedSeconds)).toBe("1m 30s");
  expect(formatReport(snapshot)).toContain("Elapsed: 1m 30s");
});

it("F8: errors keep message, type, code, details and what caused them", () => {
  class QuotaError extends Error {
    override readonly name = "QuotaError";
    readonly code = "E_QUOTA";
  }
  const disk = Object.assign(new Error("disk full"), { code: "ENOSPC" });
  const op = test.progress.start("job", { id: "a" });
  op.startLevel("part", { id: "p" }).fail(new QuotaError("over quota", { cause: disk }), { details: { limit: 5 } });
  op.fail("plain text", { code: "E_PLAIN" });
  const { levels } = get("a");
  expect(levels[0]).toMatchObject({
    error: {
      type: "QuotaError",
      message: "over quota",
      code: "E_QUOTA",
      details: { limit: 5 },
      causes: [{ type: "Error", message: "disk full", code: "ENOSPC" }],
    },
  });
  expect(get("a")).toMatchObject({ error: { type: "string", message: "plain text", code: "E_PLAIN" } });
});

it("F9: helpers: an iterable wrapped, a scope, an incremental stepper, a report at a point, the current tracker", async () => {
  const { progress } = test;
  const report = () => progress.getActive()?.update({ increment: 1, message: "from deep inside" });
  report(); // without an operation nothing happens
  const seen: number[] = [];
  await progress.operation("job", { id: "a" }, async (op) => {
    for (const n of op.track([1, 2, 3])) seen.push(n);
    for await (const n of op.track(
      (async function* () {
        yield* [4, 5];
      })(),
    ))
      seen.push(n);
    await op.level("step", { total: 2 }, async () => report());
    expect(progress.getActive()?.id).toBe("a");
  });
  for (const n of progress.track("loop", new Set([6]), { id: "b" })) seen.push(n);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect([get("a").current, get("a").total, get("a").levels[0]!.message]).toEqual([5, 5, "from deep inside"]);
  expect([get("b").current, get("b").status]).toEqual([1, "completed"]);
});

it("K1 and K2: operations and levels are spans, parent and child, with progress as events and metrics beside them", async () => {
  await using telemetry = await startTestTelemetry();
  await test.progress.operation("import", { total: 2 }, async (op) => {
    await op.level("file", (file) => file.increment());
    op.increment(2);
    await test.advance("1s");
  });
  const [level, operation] = telemetry.spans();
  expect([level!.name, operation!.name]).toEqual(["file", "import"]);
  expect(level!.parentSpanContext!.spanId).toBe(operation!.spanContext().spanId);
  expect(operation!.events.map(({ name, attributes }) => [name, attributes?.["progress.ratio"]])).toEqual([
    ["progress.update", 0],
    ["progress.update", 1],
    ["progress.update", 1],
  ]);
  const names = new Set((await telemetry.metrics()).map(({ name }) => name));
  for (const name of ["progress.items", "progress.operation.duration", "progress.operation.finished"])
    expect(names).toContain(name);
});
