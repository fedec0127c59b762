import { describe, expect, it } from "vitest";
import { defineOperation } from "../../../src/instrumentation/definition.js";
import type { Operation } from "../../../src/instrumentation/handles.js";
import { tellLost } from "../../../src/instrumentation/journal/lost.js";
import type { JournalRecord } from "../../../src/instrumentation/journal/records.js";
import type { ProgressOptions } from "../../../src/instrumentation/options.js";
import { ProgressSpanProcessor } from "../../../src/instrumentation/span-processor.js";
import type { Change, Snapshot } from "../../../src/model.js";
import { startTestTelemetry } from "../../../src/testing.js";
import { deadProcess, finder, Member, START, temporary, turn } from "./members.js";

const iso = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
const film = defineOperation("film", { stages: { download: 50, encode: 50 } });

/** What is found of an operation whose process died right after the last pass. */
async function lost(run: (me: Member) => void | Promise<void>, options: ProgressOptions = {}) {
  const directory = temporary();
  const me = new Member(directory, "me");
  await run(me);
  me.die();
  return { me, other: await finder(directory, "finder", 60, options) };
}
/** Tells of one without a journal. */
function tell(other: Member, more: Partial<JournalRecord>): void {
  const moments = { startedMillis: START, movedMillis: START, seenMillis: START, workMillis: 0 };
  const header = { journal: 1, instance: { id: "i", host: "h", pid: 1 }, process: deadProcess() } as const;
  tellLost(other.core, { header, records: [{ id: "a", type: "job", ...moments, ...more }], lastSeenMillis: 0 });
}
const job = (me: Member, options = {}): Operation => me.progress.start("job", { id: "a", ...options });

describe("a lost operation", () => {
  it("is in the live view as it was last seen, with where it ran and when it was last seen alive", async () => {
    const { other } = await lost((me) => {
      const options = {
        name: "Nightly",
        description: "all of it",
        total: 10,
        totalKind: "estimate",
        unit: "row",
      } as const;
      const op = job(me, { ...options, attributes: { tenant: "x", sizes: [1, 2] } });
      me.clock.advance(1_000);
      op.newAttempt();
      op.increment(4);
      op.itemFailed();
      op.itemSkipped(2);
      op.message("row 7");
      me.clock.advance(5_000);
    });
    const snapshot = other.progress.live.get("a")!;
    const { updatedAt, ...rest } = snapshot;
    expect(rest).toEqual({
      id: "a",
      type: "job",
      name: "Nightly",
      description: "all of it",
      status: "lost",
      lastSeenAt: iso(6),
      startedAt: iso(0),
      progressedAt: iso(1.1),
      elapsedSeconds: 6,
      current: 7,
      total: 10,
      totalKind: "estimate",
      unit: "row",
      percentage: 70,
      failedItems: 1,
      skippedItems: 2,
      rate: 0.8,
      peakRate: 0.8,
      meanRate: 0.8,
      message: "row 7",
      attempt: 2,
      attributes: { tenant: "x", sizes: [1, 2] },
      levels: [],
      instance: { id: "me", host: "host-of-me", pid: 7 },
    });
    expect(updatedAt >= iso(60)).toBe(true);
    expect(Object.isFrozen(snapshot.instance)).toBe(true);
  });

  it("of which nothing is known has nothing in its place", async () => {
    const { other } = await lost((me) => {
      job(me);
      me.clock.advance(1_000);
    });
    const { updatedAt: _, ...rest } = other.progress.live.get("a")!;
    expect(rest).toEqual({
      id: "a",
      type: "job",
      name: "job",
      status: "lost",
      lastSeenAt: iso(1),
      startedAt: iso(0),
      elapsedSeconds: 1,
      attempt: 1,
      attributes: {},
      levels: [],
      instance: { id: "me", host: "host-of-me", pid: 7 },
    });
  });

  it("keeps the percentage that its levels made, the ids of its trace, and what it was a part of", async () => {
    await using _ = await startTestTelemetry();
    let ids: { traceId: string; spanId: string } | undefined;
    const { other } = await lost((me) => {
      me.progress.operation("job", { id: "a" }, (op) => {
        op.level("part", () => {});
        op.startLevel("part", { total: 4 }).increment();
        me.progress.start("nested", { id: "n" });
        const { traceId, spanId } = op.snapshot();
        ids = { traceId: traceId!, spanId: spanId! };
        me.clock.advance(2_000);
        return new Promise(() => {});
      });
    });
    expect(other.progress.live.get("a")).toMatchObject({ ...ids, percentage: 41.666667 });
    expect(other.progress.live.get("n")).toMatchObject({ parentId: "a" });
    expect(other.progress.live.list({ parentId: "a" }).map(({ id }) => id)).toEqual(["n"]);
  });

  it.each([
    ["known", [film]],
    ["not known", []],
  ])("keeps its stage, and that its percentage was a guess, where the definition is %s", async (_, definitions) => {
    const run = (me: Member) => {
      const op = me.progress.start(film, { id: "a" });
      op.enterStage("encode", { simulate: { expected: "10s" } });
      me.clock.advance(5_000);
    };
    const { other } = await lost(run, { definitions });
    expect(other.progress.live.get("a")).toMatchObject({ stage: "encode", percentage: 72.5, estimated: true });
  });

  it("has worked to its end, unless it was paused", async () => {
    const { other } = await lost((me) => {
      const op = job(me);
      const paused = me.progress.start("job", { id: "p" });
      me.clock.advance(2_000);
      op.pause();
      paused.pause();
      me.clock.advance(2_000);
      op.resume();
      me.clock.advance(1_000);
    });
    expect(["a", "p"].map((id) => other.progress.live.get(id)!.elapsedSeconds)).toEqual([3, 2]);
  });

  it("was last seen when its process last was, though it had not changed for long", async () => {
    const { other } = await lost((me) => {
      job(me).increment();
      me.clock.advance(20_000);
    });
    expect(other.progress.live.get("a")).toMatchObject({ lastSeenAt: iso(20), progressedAt: iso(0.1) });
  });
});

describe("it is told", () => {
  it("to listeners, once, in the turn after the instance was made", async () => {
    const { other } = await lost((me) => {
      job(me).increment(3);
      me.clock.advance(1_000);
    });
    expect(other.events.map(({ event, operation }) => [event, operation.id, operation.status])).toEqual([
      ["lost", "a", "lost"],
    ]);
    expect(other.events[0]).toMatchObject({ time: iso(60), lastSeenAt: iso(1), operation: { current: 3 } });
    other.clock.advance(60_000);
    await turn();
    expect(other.events.length).toBe(1);
  });

  it("to exporters and watchers, among those that have ended", async () => {
    const exported: Snapshot[] = [];
    const exporter = { export: (changed: readonly Snapshot[]) => void exported.push(...changed) };
    const { other } = await lost(
      (me) => {
        job(me);
        me.clock.advance(1_000);
      },
      { exporters: [exporter] },
    );
    const first: Change = (await other.progress.live.watch()[Symbol.asyncIterator]().next()).value!;
    expect(first).toMatchObject({ kind: "snapshot", operations: [{ id: "a", status: "lost" }] });
    await other.progress.forceFlush();
    expect(exported.map(({ id, status }) => [id, status])).toEqual([["a", "lost"]]);
  });

  it("in the statistics, and not as work that was done, failed, or took time here", async () => {
    await using telemetry = await startTestTelemetry();
    const other = await finder(temporary());
    tell(other, { current: 5, total: 10, failedItems: 1 });
    const stats = other.progress.live.stats();
    expect([stats.active, stats.byStatus, stats.byType, stats.meanSeconds]).toEqual([
      0,
      { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0, lost: 1 },
      {},
      undefined,
    ]);
    other.clock.advance(1_000);
    const series = await telemetry.metrics();
    const of = (name: string) =>
      series.filter((one) => one.name === name && one.attributes["progress.operation.type"] === "job");
    expect(new Set(of("progress.operation.active").map(({ value }) => value))).toEqual(new Set([0]));
    expect(new Set(of("progress.operation.finished").map(({ value }) => value))).toEqual(new Set([0]));
    expect(of("progress.operation.duration")).toEqual([]);
  });
});

it("its span and those that waited before it leave by an SDK that came meanwhile, whether anything else runs or not", async () => {
  const other = await finder(temporary());
  const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  for (const id of ["a", "b"]) tell(other, { id, span });
  const ended: unknown[] = [];
  const exporting = [{ onEnd: (one: { attributes: object }) => ended.push(Object.values(one.attributes)[0]) }];
  const spanProcessors = [new ProgressSpanProcessor({ progress: other.progress, exporting })];
  await using _ = await startTestTelemetry({ spanProcessors });
  tell(other, { id: "c", span });
  expect(ended).toEqual(["a", "b", "c"]);
});

describe("an id that is used again", () => {
  it("is found as the operation that runs, which readers hear of last", async () => {
    const directory = temporary();
    const me = new Member(directory, "me");
    job(me).increment(9);
    me.clock.advance(1_000);
    me.die();
    const exported: Snapshot[] = [];
    const other = new Member(directory, "other", {
      exporters: [{ export: (changed) => void exported.push(...changed) }],
    });
    other.clock.block(60_000);
    const again = job(other);
    again.increment(2);
    await other.progress.forceFlush();
    expect(exported.at(-1)).toMatchObject({ id: "a", status: "running" });
    await turn();
    expect(other.events.map(({ event }) => event)).toEqual(["lost"]);
    expect(other.progress.live.get("a")).toMatchObject({ status: "running", current: 2 });
    expect(other.progress.handle("a")).toBe(again);
    other.clock.advance(100);
    expect(exported.at(-1)).toMatchObject({ id: "a", status: "running" });
    expect(
      other.progress.live
        .list({ id: "a" })
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["lost", "running"]);
    again.complete();
    other.progress.live.clearHistory();
    expect(other.progress.live.get("a")).toBeUndefined();
  });

  it("is found as the one that ended here later, not as the older one that was lost", async () => {
    const directory = temporary();
    const me = new Member(directory, "me");
    job(me);
    me.clock.advance(1_000);
    me.die();
    const other = new Member(directory, "other");
    other.clock.block(60_000);
    job(other).complete();
    await turn();
    expect(other.progress.live.get("a")!.status).toBe("completed");
    expect(other.progress.live.stats().byStatus.lost).toBe(1);
  });

  it("is found as the one that was lost last", async () => {
    const directory = temporary();
    for (const [id, begin] of [
      ["1st", 0],
      ["2nd", 20_000],
    ] as const) {
      const me = new Member(directory, id);
      me.clock.advance(begin);
      job(me);
      me.clock.advance(1_000);
      me.die();
    }
    const other = await finder(directory);
    expect(other.progress.live.get("a")).toMatchObject({ startedAt: iso(20), instance: { id: "2nd" } });
    expect(other.progress.live.stats().byStatus.lost).toBe(2);
  });
});

describe("however much was lost", () => {
  it("the history stays within its limit, and all are counted", async () => {
    const { other } = await lost(
      (me) => {
        for (let n = 0; n < 30; n++) me.progress.start("job", { id: String(n) });
        me.clock.advance(1_000);
      },
      { limits: { finished: 10 } },
    );
    const { byStatus, forgotten, active } = other.progress.live.stats();
    expect([byStatus.lost, forgotten.operations, active]).toEqual([30, 20, 0]);
    expect(other.progress.live.list({ status: ["lost"] }).length).toBe(10);
  });

  it("texts and attributes stay within the limits of the one that finds them", async () => {
    const { other } = await lost(
      (me) => {
        job(me, { attributes: { a: "x".repeat(100), b: 1, c: 2 } }).message("y".repeat(100));
        me.clock.advance(1_000);
      },
      { limits: { attributes: 2, textLength: 16 } },
    );
    const { message, attributes } = other.progress.live.get("a")!;
    expect([message, attributes]).toEqual([`${"y".repeat(15)}…`, { a: `${"x".repeat(15)}…`, b: 1 }]);
    expect(other.losses).toEqual({ text_clipped: 2, attributes_dropped: 1 });
  });
});

it("a moment before the one that finds it began, even before its machine did, is told as it was", async () => {
  const other = await finder(temporary());
  const startedMillis = START - 1e9;
  tell(other, { startedMillis, movedMillis: startedMillis, seenMillis: startedMillis + 5, workMillis: 5 });
  expect(other.progress.live.get("a")).toMatchObject({
    startedAt: iso(-1e6),
    lastSeenAt: iso(-1e6 + 0.005),
    elapsedSeconds: 0.005,
  });
});
