import { afterEach, describe, expect, it, vi } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { OperationExporter, Snapshot } from "../../src/model.js";
import { createTestProgress, ManualClock } from "../../src/testing.js";

afterEach(() => vi.unstubAllEnvs());

function recording(more: Partial<OperationExporter> = {}) {
  const seen: [string[], readonly string[]][] = [];
  const exporter: OperationExporter = {
    export: (changed: readonly Snapshot[], removed) =>
      void seen.push([changed.map(({ id, status, current }) => `${id} ${status} ${current ?? "-"}`), removed]),
    ...more,
  };
  return { seen, exporter };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("getActive", () => {
  it("is undefined outside, and inside the innermost that has not ended", async () => {
    await using test = createTestProgress();
    const active = () => test.progress.getActive()?.id;
    expect(active()).toBe(undefined);
    test.progress.operation("job", { id: "a" }, (op) => {
      op.level("part", { id: "p" }, (outer) => {
        outer.level("part", { id: "q" }, (inner) => {
          expect(active()).toBe("q");
          inner.cancel();
          expect(active()).toBe("p");
        });
        outer.skip();
        expect(active()).toBe("a");
      });
      op.cancel();
      expect(active()).toBe(undefined);
    });
  });

  it("of a nested operation is that one, and nothing once it ended: its parent's work is not this", async () => {
    await using test = createTestProgress();
    test.progress.operation("outer", { id: "o" }, () => {
      test.progress.operation("inner", { id: "i" }, (inner) => {
        expect(test.progress.getActive()?.id).toBe("i");
        inner.cancel();
        expect(test.progress.getActive()).toBe(undefined);
      });
      expect(test.progress.getActive()?.id).toBe("o");
    });
  });

  it("does not see what was started by hand, nor another instance's work", async () => {
    await using test = createTestProgress();
    await using other = createTestProgress();
    test.progress.start("job");
    expect(test.progress.getActive()).toBe(undefined);
    test.progress.operation("job", () => expect(other.progress.getActive()).toBe(undefined));
  });
});

describe("handle", () => {
  it("gives the running operation of an id, by definition only of that type", async () => {
    await using test = createTestProgress();
    const [clip, other] = [defineOperation("clip", { stages: { a: 1 } }), defineOperation("other", {})];
    const op = test.progress.start(clip, { id: "a" });
    expect([test.progress.handle("a"), test.progress.handle(clip, "a")]).toEqual([op, op]);
    expect([test.progress.handle(other, "a"), test.progress.handle(clip, "b"), test.progress.handle("b")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    op.complete();
    expect([test.progress.handle("a"), test.progress.handle(clip, "a")]).toEqual([undefined, undefined]);
  });
});

describe("exporters", () => {
  it("get the present state first, then what changed, each tick", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a" });
    const { seen, exporter } = recording();
    const remove = test.progress.addExporter(exporter);
    await test.advance("200ms");
    op.increment(2);
    await test.advance("200ms");
    remove();
    remove();
    op.increment(2);
    await test.advance("200ms");
    expect(seen).toEqual([
      [["a running -"], []],
      [["a running 2"], []],
    ]);
  });

  it("may be given as an option", async () => {
    const { seen, exporter } = recording();
    await using test = createTestProgress({ exporters: [exporter] });
    test.progress.start("job", { id: "a" });
    await test.advance("100ms");
    expect(seen).toEqual([[["a running -"], []]]);
  });

  it("hear of an end in the same turn of the event loop, not at the next tick, once for many ends", async () => {
    const clock = new ManualClock();
    const { seen, exporter } = recording();
    await using progress = createProgress({ clock, exporters: [exporter] });
    for (const id of ["a", "b"]) progress.operation("job", { id }, () => {});
    await turn();
    expect(seen).toEqual([[["a completed -", "b completed -"], []]]);
  });

  it("that throw or reject disturb neither the work nor each other, and are counted", async () => {
    await using test = createTestProgress();
    const { seen, exporter } = recording();
    test.progress.addExporter({
      export() {
        throw new Error("x");
      },
    });
    test.progress.addExporter({ export: () => Promise.reject(new Error("y")) });
    test.progress.addExporter(exporter);
    expect(test.progress.operation("job", { id: "a" }, () => 5)).toBe(5);
    await test.advance("100ms");
    expect(seen.flatMap(([changed]) => changed)).toEqual(["a completed -"]);
    expect(test.progress.live.stats().losses).toEqual({ exports_failed: 2 });
  });

  it("that are synchronous are driven from inside a blocked loop, others wait for the timer", async () => {
    await using test = createTestProgress();
    const [sync, async] = [recording({ synchronous: true }), recording()];
    for (const { exporter } of [sync, async]) test.progress.addExporter(exporter);
    const op = test.progress.start("job", { id: "a" });
    for (let n = 0; n < 3; n++) {
      op.increment();
      test.clock.block(1_000);
    }
    op.increment();
    expect([sync.seen.length > 1, async.seen]).toEqual([true, []]);
    await test.advance("100ms");
    expect(async.seen).toEqual([[["a running 4"], []]]);
  });
});

describe("forceFlush and shutdown", () => {
  it("forceFlush hands over what changed at once, and lets exporters flush", async () => {
    await using test = createTestProgress();
    const forceFlush = vi.fn(async () => {});
    const { seen, exporter } = recording({ forceFlush });
    test.progress.addExporter(exporter);
    test.progress.start("job", { id: "a" });
    await test.progress.forceFlush();
    expect([seen, forceFlush.mock.calls.length]).toEqual([[[["a running -"], []]], 1]);
  });

  it("shutdown flushes and ends the exporters and stops the timer; work goes on unharmed", async () => {
    const test = createTestProgress();
    const shutdown = vi.fn(async () => {});
    const { seen, exporter } = recording({ shutdown, synchronous: true });
    const before = process.listenerCount("exit");
    test.progress.addExporter(exporter);
    expect(process.listenerCount("exit")).toBe(before + 1);
    const op = test.progress.start("job", { id: "a" });
    await test.progress.shutdown();
    await test.progress.shutdown();
    op.increment();
    await test.advance("1s");
    op.complete();
    expect([seen, shutdown.mock.calls.length, op.snapshot().status]).toEqual([[[["a running -"], []]], 1, "completed"]);
    expect(process.listenerCount("exit")).toBe(before);
  });

  it("an exporter that fails to flush or to end is counted, and the others are ended", async () => {
    const progress = createProgress({ clock: new ManualClock() });
    const shutdown = vi.fn(async () => {});
    const failing = async () => {
      throw new Error("x");
    };
    progress.addExporter(recording({ forceFlush: failing, shutdown: failing }).exporter);
    progress.addExporter(recording({ shutdown }).exporter);
    await progress[Symbol.asyncDispose]();
    expect([shutdown.mock.calls.length, progress.live.stats().losses]).toEqual([1, { exports_failed: 2 }]);
  });
});

describe("instances", () => {
  it("are independent, with ids that are unique in the fleet", async () => {
    await using first = createProgress();
    await using second = createProgress();
    const [a, b] = [first.start("job"), second.start("job")];
    expect(a.id).toMatch(/^[0-9a-f]{16}-1$/);
    expect(a.id).not.toBe(b.id);
    expect([first.live.get(b.id), first.live.list().length]).toEqual([undefined, 1]);
    expect(a.snapshot().instance).toMatchObject({ pid: process.pid, id: a.id.slice(0, 16) });
    for (const op of [a, b]) op.complete();
  });

  it("know a definition before its first operation when it is given as an option", async () => {
    const clip = defineOperation("clip", { stages: { a: [0, 40], b: [40, 100] } });
    await using test = createTestProgress({ definitions: [clip] });
    test.progress.start("clip", { id: "x" });
    test.progress.handle(clip, "x")?.enterStage("b");
    expect(test.progress.live.get("x")).toMatchObject({ stage: "b", percentage: 40 });
  });

  it("are what createProgress made: anything else is refused by set-up helpers", async () => {
    await using test = createTestProgress();
    expect(coreOf(test.progress).instance.id).toBe("test");
    expect(() => coreOf({})).toThrow("expected an instance made by createProgress()");
  });

  it("use the computer's clock unless told", async () => {
    await using progress = createProgress();
    const before = Date.now();
    const op = progress.start("job");
    expect(Date.parse(op.snapshot().startedAt!)).toBeGreaterThanOrEqual(before - 1_000);
    op.complete();
  });
});
