import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coreOf } from "../src/instrumentation/core.js";
import { createProgress, type Progress } from "../src/instrumentation/progress.js";
import type { OperationExporter, Snapshot } from "../src/model.js";
import { ManualClock } from "../src/testing.js";

/** Notes what it was told, as "id current" for what changed and "-id" for what was removed. */
class Recorder implements OperationExporter {
  readonly told: string[][] = [];
  readonly synchronous?: true;
  answer: () => Promise<void> | undefined = () => undefined;

  constructor(synchronous = false) {
    if (synchronous) this.synchronous = true;
  }

  export(changed: readonly Snapshot[], removed: readonly string[]): Promise<void> | undefined {
    this.told.push([
      ...changed.map(({ id, current = "" }) => `${id} ${current}`.trim()),
      ...removed.map((id) => `-${id}`),
    ]);
    return this.answer() as Promise<void>;
  }
}

/** A promise that is settled by hand. */
function open() {
  let [resolve, reject] = [() => {}, (_: unknown) => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

let clock: ManualClock;
let progress: Progress;
const losses = () => progress.live.stats().losses;
async function advance(millis: number): Promise<void> {
  for (let left = millis; left > 0; left -= 100) {
    clock.advance(100);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}
const add = (exporter = new Recorder()) => {
  progress.addExporter(exporter);
  return exporter;
};

beforeEach(() => {
  clock = new ManualClock();
  progress = createProgress({ clock, limits: { finished: 2 } });
});
afterEach(async () => {
  vi.useRealTimers();
  await progress.shutdown();
});

describe("what an exporter is told", () => {
  it("what a tick itself changed, once: a time limit that passed", async () => {
    const exporter = add();
    progress.start("job", { id: "a", timeout: 300 });
    await advance(1_000);
    expect(exporter.told).toEqual([["a"], ["a"]]);
    expect(progress.live.get("a")?.status).toBe("failed");
  });

  it("the whole state first, then what changed, each operation once, and nothing when nothing changed", async () => {
    progress.start("job", { id: "ended" }).complete();
    const [a, b] = [progress.start("job", { id: "a" }), progress.start("job", { id: "b" })];
    const exporter = add();
    await advance(100);
    a.increment(2);
    a.increment(3);
    b.message("hello");
    await advance(100);
    a.startLevel("part").increment();
    await advance(500);
    expect(exporter.told).toEqual([["ended", "a", "b"], ["a 5", "b"], ["a 5"]]);
  });

  it("the end of an operation, before the next tick", async () => {
    const exporter = add();
    progress.start("job", { id: "a" }).complete();
    await new Promise((resolve) => setImmediate(resolve));
    expect(exporter.told).toEqual([["a"]]);
  });

  it("the ids that left the history, once", async () => {
    const exporter = add();
    for (const id of ["a", "b", "c"]) {
      progress.start("job", { id }).complete();
      await advance(100);
    }
    progress.live.clearHistory();
    await advance(200);
    expect(exporter.told).toEqual([["a"], ["b"], ["c", "-a"], ["-c", "-b"]]);
    expect(losses()).toEqual({});
  });

  it("not that an id left when a later operation has it", async () => {
    const exporter = add();
    const start = (id: string) => progress.start("job", { id });
    start("a").complete();
    await advance(100);
    start("a");
    start("b").complete();
    start("c").complete();
    await advance(100);
    progress.live.clearHistory();
    start("b");
    await advance(100);
    expect(exporter.told).toEqual([["a"], ["b", "c", "a"], ["b", "-c"]]);
  });

  it("the later one last of two operations with one id", async () => {
    const exporter = add();
    for (const current of [1, 2, 3]) {
      const a = progress.start("job", { id: "a" });
      a.increment(current);
      if (current < 3) a.complete();
    }
    await advance(100);
    expect(exporter.told).toEqual([["a 1", "a 2", "a 3"]]);
  });

  it("nothing when all that left was an earlier operation of an id", async () => {
    const exporter = add();
    progress.start("job", { id: "a" }).complete();
    progress.start("job", { id: "a" });
    await advance(100);
    progress.live.clearHistory();
    await advance(100);
    expect(exporter.told).toEqual([["a", "a"]]);
  });

  it("counts what it never heard of before it left", async () => {
    const first = add();
    add();
    for (const id of ["a", "b", "c", "d"]) progress.start("job", { id }).complete();
    await advance(100);
    expect([first.told, losses()]).toEqual([[["c", "d", "-a", "-b"]], { snapshots_dropped: 4 }]);
  });

  it("every id of those it was told of, however many ended at once", async () => {
    const ops = Array.from({ length: 12_000 }, () => progress.start("job"));
    const exporter = add();
    await advance(100);
    for (const op of ops) op.complete();
    await advance(100);
    expect(exporter.told[1]!.length).toBe(12_000);
  });

  it("keeps at most 10,000 ids it was not told of for an exporter that does not answer", async () => {
    const exporter = add();
    const { promise, resolve } = open();
    exporter.answer = () => promise;
    progress.start("job", { id: "first" });
    await advance(101);
    for (let n = 0; n < 10_010; n++) progress.start("job").complete();
    exporter.answer = () => undefined;
    resolve();
    await advance(200);
    expect(exporter.told[1]!.filter((line) => line.startsWith("-")).length).toBe(10_000);
    expect(losses()).toEqual({ snapshots_dropped: 10_008 });
  });

  it("nothing once it was removed", async () => {
    const exporter = new Recorder();
    const remove = progress.addExporter(exporter);
    remove();
    remove();
    progress.start("job");
    await advance(200);
    expect(exporter.told).toEqual([]);
  });
});

describe("isolation", () => {
  it("exporters that throw or reject are counted and stay, and the others hear everything", async () => {
    const [throwing, rejecting, fine] = [add(), add(), add()];
    throwing.answer = () => {
      throw new Error("no");
    };
    rejecting.answer = () => Promise.reject(new Error("no"));
    const a = progress.start("job", { id: "a" });
    for (let n = 0; n < 2; n++) {
      a.increment();
      await advance(100);
    }
    const both = [["a 1"], ["a 2"]];
    expect([throwing.told, rejecting.told, fine.told, losses()]).toEqual([both, both, both, { exports_failed: 4 }]);
  });

  it("one that is slow gets the latest state when it is ready, and holds nobody up", async () => {
    const [slow, fast] = [add(), add()];
    const { promise, resolve } = open();
    slow.answer = () => promise;
    const a = progress.start("job", { id: "a" });
    for (let n = 0; n < 3; n++) {
      a.increment();
      await advance(100);
    }
    expect(slow.told).toEqual([["a 1"]]);
    resolve();
    await advance(200);
    expect([slow.told, fast.told]).toEqual([
      [["a 1"], ["a 3"]],
      [["a 1"], ["a 2"], ["a 3"]],
    ]);
  });

  it("the timer goes on until one that is slow has heard the end", async () => {
    const slow = add();
    const { promise, resolve } = open();
    slow.answer = () => promise;
    const a = progress.start("job", { id: "a" });
    await advance(100);
    a.increment();
    a.complete();
    await advance(60_000);
    expect([slow.told, coreOf(progress).publisher.quiet]).toEqual([[["a"]], false]);
    resolve();
    await advance(200);
    expect(slow.told).toEqual([["a"], ["a 1"]]);
  });

  it("a foreign thenable is awaited like a promise", async () => {
    const exporter = add();
    let settle = () => {};
    // biome-ignore lint/suspicious/noThenProperty: what is tested
    exporter.answer = () => ({ then: (resolve: () => void) => (settle = resolve) }) as unknown as Promise<void>;
    const a = progress.start("job", { id: "a" });
    await advance(100);
    a.increment();
    await advance(100);
    expect(exporter.told).toEqual([["a"]]);
    exporter.answer = () => undefined;
    settle();
    await advance(200);
    expect(exporter.told).toEqual([["a"], ["a 1"]]);
  });

  it("one without a class of its own is called an exporter", async () => {
    const exporter: OperationExporter = Object.assign(Object.create(null), {
      export() {
        throw new Error("no");
      },
    });
    progress.addExporter(exporter);
    progress.start("job");
    await advance(100);
    expect(losses()).toEqual({ exports_failed: 1 });
  });
});

describe("inside a blocked event loop", () => {
  it("only synchronous exporters are driven; the others get the latest state from the timer", async () => {
    const [inside, outside] = [add(new Recorder(true)), add()];
    const a = progress.start("job", { id: "a" });
    for (let n = 0; n < 3; n++) {
      clock.block(100);
      a.increment();
    }
    // The tick comes before the update that drives it.
    expect([inside.told, outside.told]).toEqual([[["a"], ["a 1"], ["a 2"]], []]);
    await advance(100);
    expect([inside.told.slice(3), outside.told]).toEqual([[["a 3"]], [["a 3"]]]);
  });

  it("an exporter that reports progress itself is not driven from inside itself", async () => {
    const exporter = add(new Recorder(true));
    const a = progress.start("job", { id: "a" });
    let [depth, deepest] = [0, 0];
    exporter.answer = () => {
      deepest = Math.max(deepest, ++depth);
      clock.block(1_000);
      a.increment();
      depth--;
      return undefined;
    };
    clock.block(100);
    a.increment();
    await advance(100);
    expect(deepest).toBe(1);
  });
});

describe("forceFlush and shutdown", () => {
  it("wait for what is under way, hand over what is left, and then flush or end each exporter", async () => {
    const order: string[] = [];
    const { promise, resolve } = open();
    let first = true;
    progress.addExporter({
      export(changed) {
        order.push(`export ${changed.map(({ current = 0 }) => current)}`);
        if (!first) return undefined;
        first = false;
        return promise;
      },
      async forceFlush() {
        order.push("forceFlush");
      },
      async shutdown() {
        order.push("shutdown");
      },
    });
    const a = progress.start("job", { id: "a" });
    await advance(100);
    a.increment(7);
    const flushed = progress.forceFlush();
    await Promise.resolve();
    expect(order).toEqual(["export 0"]);
    resolve();
    await flushed;
    expect(order).toEqual(["export 0", "export 7", "forceFlush"]);
    a.increment();
    await progress.shutdown();
    a.increment();
    await advance(1_000);
    expect(order.slice(3)).toEqual(["export 8", "forceFlush", "shutdown"]);
    expect(coreOf(progress).publisher.idle).toBe(true);
  });

  it("hand over a level's last update though a tick was at the same moment", async () => {
    const exporter = add();
    const part = progress.start("job", { id: "a" }).startLevel("part", { total: 4 });
    part.increment();
    await advance(100);
    part.increment();
    await progress.forceFlush();
    expect(exporter.told).toEqual([["a"], ["a"]]);
  });

  it("exporters that throw or reject there are counted, and the others still flushed", async () => {
    const done: string[] = [];
    progress.addExporter({
      export() {},
      forceFlush: () => Promise.reject(new Error("no")),
      shutdown() {
        throw new Error("no");
      },
    });
    progress.addExporter({
      export() {},
      forceFlush: async () => void done.push("forceFlush"),
      shutdown: async () => void done.push("shutdown"),
    });
    await progress.shutdown();
    expect([done, losses()]).toEqual([["forceFlush", "shutdown"], { exports_failed: 2 }]);
  });

  it("wait at most five seconds for one that is stuck", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const remove = progress.addExporter({ export() {}, forceFlush: () => new Promise(() => {}) });
    let flushed = false;
    const flushing = progress.forceFlush().then(() => {
      flushed = true;
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect([flushed, losses()]).toEqual([false, {}]);
    await vi.advanceTimersByTimeAsync(1);
    await flushing;
    expect([flushed, losses()]).toEqual([true, { exports_failed: 1 }]);
    vi.useRealTimers();
    remove();
  });
});
