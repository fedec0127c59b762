import { describe, expect, it } from "vitest";
import type { Scope } from "../../../src/instrumentation/handles.js";
import { NoopHandle } from "../../../src/instrumentation/no-op.js";
import { createProgress } from "../../../src/instrumentation/progress.js";
import type { LevelSnapshot } from "../../../src/model.js";
import { memberOf, Wire } from "./wire.js";

const outline = (levels: readonly LevelSnapshot[]): unknown[] =>
  levels.map(({ id, type, status, current, levels: below }) => [id, type, status, current, ...outline(below)]);

describe("work that was joined", () => {
  it("F23: counts in the owner's operation: items, failed and skipped ones, message, attributes, levels", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job", total: 10 });
    const result = worker.progress.join(op.carrier(), (scope) => {
      scope.increment(3);
      scope.itemFailed(new Error("bad row"), 2);
      scope.itemSkipped();
      scope.update({ attributes: { shard: 7 } });
      scope.level("file", { id: "f", name: "a.csv", total: 4, unit: "line", weight: 2 }, (level) => {
        level.increment(4);
        level.level("part", { description: "first" }, () => {});
      });
      return [scope.id, scope.operationId, scope.type];
    });
    expect(result).toEqual(["job", "job", "import"]);
    expect(op.snapshot()).toMatchObject({
      current: 6,
      total: 10,
      failedItems: 2,
      skippedItems: 1,
      message: "bad row",
      attributes: { shard: 7 },
      counts: { total: 1, completed: 1, failed: 0, pending: 0 },
      levels: [
        {
          id: "f",
          type: "file",
          name: "a.csv",
          status: "completed",
          current: 4,
          total: 4,
          unit: "line",
          weight: 2,
          percentage: 100,
          levels: [{ type: "part", status: "completed", description: "first" }],
        },
      ],
    });
    expect([owner, worker].map(({ progress }) => progress.live.stats().losses)).toEqual([{}, {}]);
  });

  it("of several writers is summed, on the operation and on one level", () => {
    const wire = new Wire();
    const owner = memberOf(wire, "o");
    const op = owner.progress.start("import", { id: "job" });
    const level = op.startLevel("file", { id: "f", total: 100 });
    level.increment(10);
    for (const name of ["a", "b"]) {
      const { progress } = memberOf(wire, name);
      progress.join(level.carrier(), (scope) => scope.increment(30));
      progress.join(op.carrier(), (scope) => scope.increment());
    }
    expect([op.snapshot().current, level.snapshot().current, level.snapshot().percentage]).toEqual([2, 70, 70]);
    level.update({ current: 20 });
    expect(level.snapshot().current).toBe(80);
  });

  it("again by the same process is the same writer, whose counts go on", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const carrier = op.carrier();
    for (let at = 0; at < 50; at++)
      worker.progress.join(carrier, (scope) => {
        scope.increment();
        scope.level("part", (level) => level.increment());
      });
    expect([op.snapshot().current, op.snapshot().counts?.completed]).toEqual([50, 50]);
  });

  it("is seen where it is done as long as it is done, and belongs to the owner", async () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const { live } = worker.progress;
    const exported: string[] = [];
    worker.progress.addExporter({ export: (changed) => void exported.push(...changed.map(({ id }) => id)) });
    await worker.progress.join(op.carrier(), async (scope) => {
      scope.increment();
      expect(live.get("job")).toMatchObject({
        id: "job",
        type: "import",
        status: "running",
        current: 1,
        instance: { id: "o" },
      });
      expect(live.list().map(({ id }) => id)).toEqual(["job"]);
      expect([live.stats().active, worker.progress.handle("job")]).toEqual([0, undefined]);
      worker.progress.operation("own", () => {});
      worker.tick();
    });
    worker.tick();
    expect([live.get("job"), live.stats().byStatus.completed]).toEqual([undefined, 1]);
    expect(exported).toEqual(["w-2"]);
  });

  it("an operation in it is a level there, with the place of its stages", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    worker.progress.join(op.carrier(), () => {
      worker.progress.operation("clip", { id: "c", total: 4 }, (inner) => {
        inner.level("frame", (level) => level.increment());
        inner.increment();
        worker.tick();
        expect(outline(op.snapshot().levels)).toEqual([["c", "clip", "running", 1, ["c/1", "frame", "completed", 1]]]);
      });
    });
    expect(op.snapshot().levels[0]).toMatchObject({ id: "c", status: "completed", percentage: 100 });
  });

  it("passes results and errors through, sync as sync, and ends nothing of the owner's", async () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const error = new Error("no");
    expect(worker.progress.join(op.carrier(), () => 1)).toBe(1);
    expect(await worker.progress.join(op.carrier(), async () => 2)).toBe(2);
    expect(() =>
      worker.progress.join(op.carrier(), () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(worker.progress.join(op.carrier(), () => Promise.reject(error))).rejects.toBe(error);
    expect(op.snapshot().status).toBe("running");
  });

  it("its levels may go on after it, and are told to their end", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const level = worker.progress.join(op.carrier(), (scope) => scope.startLevel("part", { id: "p" }));
    worker.tick();
    expect(outline(op.snapshot().levels)).toEqual([["p", "part", "running", undefined]]);
    level.increment(2);
    level.fail(new RangeError("full"), { code: "E_FULL" });
    expect(op.snapshot().levels[0]).toMatchObject({
      status: "failed",
      current: 2,
      error: { type: "RangeError", message: "full", code: "E_FULL" },
    });
    expect(worker.progress.live.get("job")).toBe(undefined);
  });

  it("begins a level that the owner announced, by its id", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    for (const id of ["a", "b"]) op.declare("file", { id });
    worker.progress.join(op.carrier(), (scope) =>
      scope.level("file", { id: "a", total: 2 }, (level) => level.increment(2)),
    );
    expect(outline(op.snapshot().levels)).toEqual([
      ["a", "file", "completed", 2],
      ["b", "file", "pending", undefined],
    ]);
    expect(op.snapshot().percentage).toBe(50);
  });

  it("deep code finds it active, and its carriers lead to the owner, from level to level", () => {
    const wire = new Wire();
    const [owner, worker, other] = [memberOf(wire, "o"), memberOf(wire, "w"), memberOf(wire, "x")];
    const op = owner.progress.start("import", { id: "job" });
    worker.progress.join(op.carrier(), () => {
      worker.progress.getActive()?.level("part", (level) => {
        other.progress.join(level.carrier(), () => other.progress.getActive()?.increment(5));
        level.increment();
        worker.tick();
        other.tick();
      });
    });
    expect(outline(op.snapshot().levels)).toEqual([[expect.any(String), "part", "completed", 6]]);
  });

  it("in the process of the owner it is the operation itself", () => {
    const wire = new Wire();
    const owner = memberOf(wire, "o");
    const op = owner.progress.start("import", { id: "job" });
    const level = op.startLevel("part");
    expect(owner.progress.join(op.carrier(), (scope) => scope)).toBe(op);
    expect(owner.progress.join(level.carrier(), () => owner.progress.getActive())).toBe(level);
    expect(wire.sent).toEqual([]);
  });
});

describe("cancellation", () => {
  const joined = () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    return { wire, owner, worker, op };
  };

  it("asked of the owner aborts the signals at the writers, those below too", async () => {
    const { worker, op } = joined();
    const level = op.startLevel("part");
    const signals: AbortSignal[] = [];
    const work = (scope: Scope) => {
      signals.push(scope.signal, scope.startLevel("step").signal);
      return new Promise<void>((resolve) => scope.signal.addEventListener("abort", () => resolve()));
    };
    const running = [op, level].map((handle) => worker.progress.join(handle.carrier(), work));
    worker.tick();
    op.requestCancel("enough");
    await Promise.all(running);
    expect(signals.map(({ aborted, reason }) => [aborted, reason.message])).toEqual(
      signals.map(() => [true, "cancelled: enough"]),
    );
  });

  it("reaches who joins later; the work runs all the same", () => {
    const { worker, op } = joined();
    const carrier = op.carrier();
    op.requestCancel("enough");
    worker.progress.join(carrier, () => worker.tick());
    expect(worker.progress.join(carrier, (scope) => scope.signal.aborted)).toBe(true);
  });

  it("a failure aborts the signal, a completion never does", () => {
    for (const [end, aborted] of [
      ["fail", true],
      ["cancel", true],
      ["complete", false],
    ] as const) {
      const { worker, op } = joined();
      worker.progress.join(op.carrier(), (scope) => {
        worker.tick();
        const { signal } = scope;
        op[end]("enough");
        expect([end, signal.aborted]).toEqual([end, aborted]);
      });
    }
  });

  it("asked of the image is asked of the owner", () => {
    const { worker, op } = joined();
    worker.progress.join(op.carrier(), () => {
      expect(worker.progress.live.requestCancel("job", "stop it")).toBe(true);
    });
    expect([op.signal.aborted, op.snapshot()]).toMatchObject([true, { cancelRequested: { reason: "stop it" } }]);
  });
});

describe("when the owner has ended", () => {
  it("what comes is counted silently, there and here", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const carrier = op.carrier();
    worker.progress.join(carrier, (scope) => {
      scope.increment();
      worker.tick();
      wire.direct = false;
      op.complete();
      scope.increment();
    });
    wire.deliver();
    expect(op.snapshot()).toMatchObject({ status: "completed", current: 1 });
    expect(owner.progress.live.stats().losses).toEqual({ late_updates: 1 });
    wire.deliverNotice(wire.notices.at(-1));
    worker.progress.join(carrier, (scope) => scope.increment());
    expect(worker.progress.live.stats().losses).toEqual({ late_updates: 1 });
    expect(owner.progress.join(carrier, (scope) => scope)).toBeInstanceOf(NoopHandle);
    expect(owner.progress.live.stats().losses).toEqual({ late_updates: 2 });
  });

  it("what had arrived before counts: it is looked for before the end, and before somebody looks", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    wire.direct = false;
    worker.progress.join(op.carrier(), (scope) => scope.level("part", () => scope.increment(3)));
    op.complete();
    expect(op.snapshot()).toMatchObject({ current: 3, counts: { completed: 1 } });
    const other = owner.progress.start("import", { id: "other" });
    worker.progress.join(other.carrier(), (scope) => scope.increment(4));
    expect(owner.progress.live.get("other")?.current).toBe(4);
    worker.progress.join(other.carrier(), (scope) => scope.increment(4));
    expect(other.snapshot().current).toBe(8);
  });

  it("a carrier of an earlier operation of the same id is not for the later one", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const before = owner.progress.start("import", { id: "job" });
    const carrier = before.carrier();
    before.complete();
    const after = owner.progress.start("import", { id: "job" });
    after.carrier();
    worker.progress.join(carrier, (scope) => scope.increment());
    owner.progress.join(carrier, (scope) => scope.increment());
    expect(after.snapshot().current).toBe(undefined);
  });
});

describe("a carrier", () => {
  it("that is none is counted, and the work runs outside of any operation", () => {
    const { progress } = memberOf(new Wire(), "w");
    const wrong = [null, "x", 5, { progress: "v=1" }, { progress: "x".repeat(5_000) }, { progress: 5 }];
    for (const given of wrong)
      expect(progress.join(given as never, (scope) => [scope.signal.aborted, progress.getActive()])).toEqual([
        false,
        undefined,
      ]);
    expect(progress.live.stats().losses).toEqual({ carriers_refused: wrong.length });
  });

  it("whose owner cannot be reached is worked on here alone, and that is counted", () => {
    const owner = memberOf(new Wire(), "o");
    const op = owner.progress.start("import", { id: "job" });
    const worker = createProgress();
    const { progress } = op.carrier();
    const fromElsewhere = { progress: progress.replaceAll(/&at=(thread|process)[^&]*/g, "&at=smoke%3Asignals") };
    const current = worker.join(fromElsewhere, (scope) => {
      scope.increment();
      return worker.live.get("job")?.current;
    });
    expect([current, worker.live.stats().losses]).toEqual([1, { contributions_dropped: 1 }]);
  });

  it("of untracked work is its trace, and joining it is no mistake", () => {
    const { progress } = memberOf(new Wire(), "w", { enabled: false });
    const carrier = progress.operation("import", (op) => op.carrier());
    expect(carrier).toEqual({ progress: "" });
    progress.join(carrier, () => {});
    expect(progress.live.stats().losses).toEqual({});
  });

  it("with a key that is not from here is refused where it was made", () => {
    const owner = memberOf(new Wire(), "o");
    const op = owner.progress.start("import", { id: "job" });
    const { progress: text } = op.carrier();
    const forged = { progress: text.replace(/key=[^&]*/, "key=a.b") };
    owner.progress.join(forged, (scope) => scope.increment());
    expect([op.snapshot().current, owner.progress.live.stats().losses]).toEqual([undefined, { carriers_refused: 1 }]);
  });

  it("is joined with a function, or it is misuse", () => {
    const { progress } = memberOf(new Wire(), "w");
    progress.join({ progress: "" }, undefined as never);
    expect(progress.live.stats().losses).toEqual({ misuse: 1 });
    const transport = { name: "x" } as never;
    expect(() => progress.addTransport(transport)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
