import { describe, expect, it, vi } from "vitest";
import type { MaybePromise, OperationExporter, Snapshot } from "../src/model.js";
import { hasEnded, statusChangesOnly } from "../src/status-changes.js";
import { createTestProgress } from "../src/testing.js";

/** An exporter that notes what it is told. */
function noting() {
  const told: string[] = [];
  const exporter = {
    export(changed: readonly Snapshot[], removed: readonly string[]): MaybePromise<void> {
      for (const { id, status, attempt } of changed) told.push(`${id} ${status} ${attempt}`);
      for (const id of removed) told.push(`${id} removed`);
    },
  } satisfies OperationExporter;
  return { told, exporter };
}
const snapshot = (id: string, more: object = {}) => ({ id, status: "running", attempt: 1, ...more }) as Snapshot;
const ended = (id: string) => snapshot(id, { status: "completed", endedAt: "2026-01-01T00:00:00.000Z" });
const STALLED = { stalled: { seconds: 1, waitingOn: [] } };
const ASKED = { cancelRequested: { at: "2026-01-01T00:00:00.000Z" } };

describe("an exporter of status changes", () => {
  it("is told of starts and ends, and of nothing in between", () => {
    const { exporter, told } = noting();
    const only = statusChangesOnly(exporter);
    only.export([snapshot("a"), snapshot("b")], []);
    only.export([snapshot("a", { current: 5 }), snapshot("b", { message: "still" })], []);
    only.export([snapshot("a", { percentage: 90 }), ended("b")], []);
    only.export([ended("a")], ["b"]);
    expect(told).toEqual(["a running 1", "b running 1", "b completed 1", "a completed 1", "b removed"]);
  });

  it.each<[string, object]>([
    ["a pause", { status: "paused" }],
    ["a stall", STALLED],
    ["a request to cancel", ASKED],
    ["another attempt", { attempt: 2 }],
  ])("is told of %s and of its end, once each", (_what, more) => {
    const { exporter } = noting();
    const spy = vi.spyOn(exporter, "export");
    const only = statusChangesOnly(exporter);
    const [before, now] = [snapshot("a"), snapshot("a", more)];
    for (const each of [before, before, now, now, before, before]) only.export([each], []);
    expect(spy.mock.calls).toEqual([
      [[before], []],
      [[now], []],
      [[before], []],
    ]);
  });

  it("is not called when there is no news", () => {
    const spy = vi.fn();
    const only = statusChangesOnly({ export: spy });
    only.export([snapshot("a")], []);
    expect([only.export([snapshot("a")], []), only.export([], []), spy.mock.calls.length]).toEqual([
      undefined,
      undefined,
      1,
    ]);
  });

  it("is told of a new run under an id that ended", () => {
    const { exporter, told } = noting();
    const only = statusChangesOnly(exporter);
    for (const each of [snapshot("a"), ended("a"), snapshot("a"), snapshot("a")]) only.export([each], []);
    expect(told).toEqual(["a running 1", "a completed 1", "a running 1"]);
  });

  it("is told of a new run under an id whose end it never saw", () => {
    const { exporter, told } = noting();
    const only = statusChangesOnly(exporter);
    only.export([snapshot("a", { startedAt: "1" })], []);
    only.export([snapshot("a", { startedAt: "2" })], []);
    expect(told).toEqual(["a running 1", "a running 1"]);
  });

  it("is told of a run under an id that was removed", () => {
    const { exporter, told } = noting();
    const only = statusChangesOnly(exporter);
    only.export([snapshot("a")], []);
    only.export([], ["a"]);
    only.export([snapshot("a")], []);
    expect(told).toEqual(["a running 1", "a removed", "a running 1"]);
  });

  it("finishes inside of export if it says so, and gives back what the exporter gives", async () => {
    const export_ = vi.fn(async () => {});
    expect("synchronous" in statusChangesOnly({ export: export_ })).toBe(false);
    const only = statusChangesOnly({ synchronous: true, export: export_ });
    expect(only.synchronous).toBe(true);
    const result = only.export([snapshot("a")], []);
    expect(result).toBe(export_.mock.results[0]!.value);
    await result;
  });

  it("is flushed and shut down as itself, if it can be", async () => {
    class Exporter {
      readonly calls: string[] = [];
      export() {}
      async forceFlush() {
        this.calls.push("flush");
      }
      async shutdown() {
        this.calls.push("shutdown");
      }
    }
    const exporter = new Exporter();
    const only = statusChangesOnly(exporter);
    await only.forceFlush!();
    await only.shutdown!();
    expect(exporter.calls).toEqual(["flush", "shutdown"]);
    const plain = statusChangesOnly({ export: () => {} });
    await expect(Promise.all([plain.forceFlush!(), plain.shutdown!()])).resolves.toEqual([undefined, undefined]);
    const failing = statusChangesOnly({ export: () => {}, forceFlush: () => Promise.reject(new Error("no")) });
    await expect(failing.forceFlush!()).rejects.toThrow("no");
  });
});

describe("with granularity basic", () => {
  const run = async (granularity: "basic" | "standard") => {
    await using test = createTestProgress({ granularity, stallTimeout: "2s" });
    const { exporter, told } = noting();
    test.progress.addExporter(exporter);
    const op = test.progress.start("job", { id: "a", total: 10 });
    for (let n = 0; n < 3; n++) {
      op.increment();
      await test.advance("1s");
    }
    await test.advance("3s");
    op.increment();
    await test.advance("1s");
    op.complete();
    await test.progress.forceFlush();
    return told;
  };

  it("exporters hear of what needs attention only; of everything otherwise", async () => {
    expect(await run("basic")).toEqual(["a running 1", "a running 1", "a running 1", "a completed 1"]);
    expect((await run("standard")).length).toBe(6);
  });
});

it("an operation has ended when nothing more can happen to it", () => {
  const { progress } = createTestProgress();
  const [paused, failed, cancelled] = ["paused", "failed", "cancelled"].map((id) => progress.start("job", { id }));
  paused!.pause();
  failed!.fail("bad");
  cancelled!.cancel();
  const lost = snapshot("lost", { status: "lost", lastSeenAt: "2026-01-01T00:00:00.000Z" });
  const all = [progress.start("job", { id: "running" }).snapshot(), ...progress.live.list(), lost];
  expect([...new Set(all.filter(hasEnded).map(({ id }) => id))].sort()).toEqual(["cancelled", "failed", "lost"]);
});
