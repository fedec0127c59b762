import { DiagLogLevel, diag } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { OperationOptions } from "../../src/instrumentation/handles.js";
import { NoopHandle } from "../../src/instrumentation/no-op.js";
import type { Duration, TotalKind } from "../../src/model.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";

afterEach(() => diag.disable());
const warnings = () => {
  const warn = vi.fn();
  diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  return () => warn.mock.calls.map(([message]) => message as string).filter((text) => text.startsWith("otel-progress"));
};

describe("an operation", () => {
  it("begins running, with what is unknown absent", async () => {
    await using test = createTestProgress();
    expect(test.progress.start("job").snapshot()).toEqual({
      id: "1",
      type: "job",
      name: "job",
      status: "running",
      startedAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      elapsedSeconds: 0,
      attempt: 1,
      attributes: {},
      levels: [],
      instance: { id: "test", host: "localhost", pid: 1 },
    });
  });

  it("shows everything its options say", async () => {
    await using test = createTestProgress();
    const options = {
      id: "a",
      name: "Nightly import",
      description: "all rows",
      total: 40,
      totalKind: "estimate",
      unit: "row",
      attributes: { tenant: "t1", tags: ["x"] },
    } satisfies OperationOptions;
    expect(test.progress.start("job", options).snapshot()).toMatchObject({ ...options, current: 0, percentage: 0 });
  });

  it("options, names and ids that are missing in the data are none", async () => {
    await using test = createTestProgress();
    const none = null as unknown as undefined;
    expect(test.progress.operation("job", null as never, (op) => op.id)).toBe("1");
    expect(test.progress.start("job", none).id).toBe("2");
    expect([...test.progress.track("job", [7], none)]).toEqual([7]);
    const op = test.progress.start("job", { id: none, name: "", unit: "", description: none });
    expect(op.id).toBe("4");
    expect(op.snapshot()).toMatchObject({ name: "job" });
    for (const field of ["unit", "description"]) expect(op.snapshot()).not.toHaveProperty(field);
    expect(op.startLevel("part", none).id).toBe("1");
    expect(op.declare("part", none).id).toBe("2");
    expect(op.level("part", null as never, (level) => level.id)).toBe("3");
    expect(op.startLevel("part", { id: none, name: "" }).snapshot()).toMatchObject({ id: "4", name: "part" });
    op.fail(new Error("x"), none);
  });

  it.each([
    [
      "an id without text",
      "id: expected at least one character",
      (test: TestProgress) => test.progress.start("job", { id: "" }).id,
    ],
    [
      "no type",
      "type: expected a name or a definition",
      (test: TestProgress) => test.progress.start(undefined as unknown as string).id,
    ],
    ["an empty type", "type: expected a name or a definition", (test: TestProgress) => test.progress.start("").id],
  ])("with %s is tracked under an id of its own, and that is misuse", async (_what, message, start) => {
    await using lax = createTestProgress({ strict: false });
    expect([start(lax), lax.misuse()]).toEqual(["1", ["INVALID_OPTION"]]);
    expect(lax.progress.live.get("1")?.status).toBe("running");
    await using strict = createTestProgress();
    expect(() => start(strict)).toThrow(message);
  });

  it("with an id that is too long is found by it all the same, as by a number", async () => {
    await using test = createTestProgress();
    const { progress } = test;
    const long = "x".repeat(300);
    const clip = defineOperation("clip");
    const [first, second] = [progress.start(clip, { id: long }), progress.start("job", { id: 17 as never })];
    const losses = progress.live.stats().losses;
    expect(progress.handle(long)).toBe(first);
    expect(progress.handle(clip, long)).toBe(first);
    expect(progress.handle(17 as never)).toBe(second);
    expect([progress.live.get(long)?.id, progress.live.get(clip, long)?.id]).toEqual([first.id, first.id]);
    expect(progress.live.requestCancel(long)).toBe(true);
    expect(progress.live.stats().losses).toEqual(losses);
  });

  it("is not found by what is no id", async () => {
    await using test = createTestProgress();
    const { progress } = test;
    progress.start("job", { id: "a" });
    for (const id of [undefined, null, {}, ""] as never[])
      expect([progress.handle(id), progress.live.get(id), progress.live.requestCancel(id)]).toEqual([
        undefined,
        undefined,
        false,
      ]);
  });

  it("bounds the texts of its options", async () => {
    await using test = createTestProgress();
    const long = "x".repeat(10_000_000);
    const op = test.progress.start(long, { id: long, name: long, unit: long, description: long });
    const { id, type, name, unit, description } = op.snapshot();
    expect([id, type, name, unit, description].map((text) => text?.length)).toEqual([256, 256, 256, 256, 1_024]);
    expect(test.progress.live.stats().losses).toEqual({ text_clipped: 5 });
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 53, "5" as unknown as number])(
    "with a total of %s starts with an unknown one, and that is misuse",
    async (total) => {
      await using lax = createTestProgress({ strict: false });
      const { total: shown, status } = lax.progress.start("job", { total }).snapshot();
      expect([shown, status, lax.misuse()]).toEqual([undefined, "running", ["INVALID_NUMBER"]]);
      await using strict = createTestProgress();
      expect(() => strict.progress.start("job", { total })).toThrow(
        expect.objectContaining({ code: "INVALID_NUMBER" }),
      );
      expect(strict.progress.live.stats().active).toBe(0);
    },
  );

  it("with a kind of total that does not exist keeps the total as exact, and that is misuse", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job", { total: 5, totalKind: "guess" as TotalKind });
    expect([op.snapshot().totalKind, op.snapshot().total, test.misuse()]).toEqual([undefined, 5, ["INVALID_OPTION"]]);
  });

  it("takes the default unit of its definition", async () => {
    await using test = createTestProgress();
    const definition = defineOperation("job", { unit: "row" });
    expect(test.progress.start(definition).snapshot().unit).toBe("row");
    expect(test.progress.start(definition, { unit: "file" }).snapshot().unit).toBe("file");
    expect(test.progress.start("job").snapshot().unit).toBe("row");
  });

  it.each(["stallTimeout", "timeout", "abandonAfter"] as const)(
    "with a bad %s runs its work without that limit; strict mode throws and leaves nothing behind",
    async (name) => {
      await using lax = createTestProgress({ strict: false });
      const options = { [name]: "soon" as Duration, abandonAfter: "1s" as Duration, ...{ [name]: "soon" as Duration } };
      expect(lax.progress.operation("job", options, () => 7)).toBe(7);
      expect([lax.misuse(), lax.progress.live.stats().byStatus.completed]).toEqual([["INVALID_OPTION"], 1]);
      await using strict = createTestProgress();
      expect(() => strict.progress.start("job", options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
      expect(strict.progress.live.stats().active).toBe(0);
    },
  );

  it("with a signal that is none runs all the same", async () => {
    await using test = createTestProgress({ strict: false });
    expect(test.progress.operation("job", { signal: null as never }, () => 7)).toBe(7);
    expect(test.progress.operation("job", { signal: {} as never }, () => 8)).toBe(8);
    expect([test.misuse(), test.progress.live.stats().active]).toEqual([["INVALID_OPTION"], 0]);
  });

  it("without a function is over at once, and misuse", async () => {
    await using test = createTestProgress({ strict: false });
    expect((test.progress.operation as (type: string) => unknown)("job")).toBe(undefined);
    expect([test.misuse(), test.progress.live.stats().byStatus.completed]).toEqual([["INVALID_OPTION"], 1]);
  });

  it("that runs untracked hides what is around it from deep code, but nests what starts in it", async () => {
    await using test = createTestProgress({ strict: false });
    test.progress.start("job", { id: "taken" });
    test.progress.operation("outer", { id: "outer", total: 2 }, () =>
      test.progress.operation("job", { id: "taken" }, () => {
        test.progress.getActive()?.increment(100);
        test.progress.start("inner", { id: "inner" });
      }),
    );
    expect(test.progress.live.get("outer")).toMatchObject({ current: 0, total: 2 });
    expect(test.progress.live.get("inner")?.parentId).toBe("outer");
  });
});

describe("an id that is taken", () => {
  it("runs the function untracked, is counted, and said once with what was expected", async () => {
    const said = warnings();
    await using test = createTestProgress({ strict: false });
    const first = test.progress.start("job", { id: "a" });
    for (let n = 0; n < 3; n++) {
      const result = test.progress.operation("job", { id: "a" }, (op) => {
        op.increment(5);
        return [op.id, op.snapshot().status];
      });
      expect(result).toEqual(["a", "running"]);
    }
    expect([first.snapshot().current, first.snapshot().status]).toEqual([undefined, "running"]);
    expect(test.misuse()).toEqual(Array(3).fill("DUPLICATE_ID"));
    expect(test.progress.live.stats().losses).toEqual({ misuse: 3 });
    expect(said()).toEqual([
      'otel-progress: operation "a" is already running; this one runs untracked (DUPLICATE_ID; ignored, further ones are only counted)',
    ]);
  });

  it("throws in strict mode, before the function runs", async () => {
    await using test = createTestProgress();
    test.progress.start("job", { id: "a" });
    const fn = vi.fn();
    expect(() => test.progress.operation("job", { id: "a" }, fn)).toThrow(
      expect.objectContaining({ code: "DUPLICATE_ID" }),
    );
    expect(fn).not.toHaveBeenCalled();
  });

  it("is free again once its operation ended, and then means the new one", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "a" }, () => {});
    const second = test.progress.start("other", { id: "a" });
    expect(test.progress.live.get("a")).toEqual(second.snapshot());
    second.complete();
    test.progress.live.clearHistory();
    expect(test.progress.live.get("a")).toBe(undefined);
  });
});

describe("an operation inside an operation", () => {
  it("is an operation: own id, own entry, parentId, one share in the parent, whatever levels are between", async () => {
    await using test = createTestProgress();
    test.progress.operation("outer", { id: "o", total: 2 }, (outer) => {
      outer.level("part", { id: "p" }, () => {
        test.progress.operation("inner", { id: "i", total: 4 }, (inner) => {
          inner.increment();
          expect(inner.snapshot()).toMatchObject({ parentId: "o", percentage: 25 });
          expect(inner.snapshot()).not.toHaveProperty("operationId");
          expect(outer.snapshot().percentage).toBe(12.5);
        });
      });
      const { levels, counts, percentage } = outer.snapshot();
      expect([levels.length, levels[0]!.levels, counts, percentage]).toEqual([
        1,
        [],
        { total: 1, completed: 1, failed: 0, pending: 0 },
        50,
      ]);
    });
    expect(test.progress.live.list({ parentId: "o" }).map(({ id }) => id)).toEqual(["i"]);
    expect(test.progress.live.list({ parentId: null }).map(({ id }) => id)).toEqual(["o"]);
  });

  it("goes on when its parent ends, however that ends", async () => {
    await using test = createTestProgress();
    for (const end of ["complete", "fail", "cancel"] as const) {
      const inner = test.progress.operation("outer", (outer) => {
        const started = test.progress.start("inner");
        if (end !== "complete") outer[end]("x");
        return started;
      });
      inner.increment();
      expect(inner.snapshot()).toMatchObject({ status: "running", current: 1 });
      expect(inner.signal.aborted).toBe(false);
      inner.complete();
      expect(inner.snapshot().status).toBe("completed");
    }
    expect(test.misuse()).toEqual([]);
  });

  it("has limits of its own", async () => {
    await using test = createTestProgress();
    let inner: ReturnType<typeof test.progress.start> | undefined;
    const outer = test.progress.operation("outer", { timeout: "1s" }, () => {
      inner = test.progress.start("inner", { timeout: "2s" });
      return new Promise<void>(() => {});
    });
    outer.catch(() => {});
    await test.advance("1500ms");
    expect(inner!.snapshot().status).toBe("running");
    await test.advance("500ms");
    expect(inner!.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  });

  it("detached has no parent and no share, and its span a link to the one around it in a trace of its own", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    test.progress.operation("outer", { id: "o", total: 2 }, (outer) => {
      test.progress.operation("inner", { id: "i", detached: true }, (inner) => {
        expect(inner.snapshot().parentId).toBe(undefined);
      });
      test.progress.operation("child", () => {});
      expect(outer.snapshot().counts).toEqual({ total: 1, completed: 1, failed: 0, pending: 0 });
    });
    const [inner, child, outer] = telemetry.spans();
    const { traceId, spanId } = outer!.spanContext();
    expect([inner!.parentSpanContext, inner!.spanContext().traceId === traceId]).toEqual([undefined, false]);
    expect(inner!.links.map((link) => link.context.spanId)).toEqual([spanId]);
    expect([child!.parentSpanContext?.spanId, child!.links]).toEqual([spanId, []]);
  });
});

describe("limits", () => {
  it("active: further operations run untracked, each counted, said once", async () => {
    const said = warnings();
    await using test = createTestProgress({ limits: { active: 2 } });
    const ops = [1, 2, 3, 4].map(() => test.progress.start("job"));
    expect(ops.map((op) => (op as unknown) instanceof NoopHandle)).toEqual([false, false, true, true]);
    expect(test.progress.live.stats()).toMatchObject({ active: 2, losses: { operations_refused: 2 } });
    expect(said()).toEqual(["otel-progress: 2 operations are running (limit 2, depth 32); job runs untracked"]);
    ops[0]!.complete();
    expect(test.progress.start("job") as unknown).not.toBeInstanceOf(NoopHandle);
  });

  it("depth: operations nested deeper run untracked and are counted, their work is done", async () => {
    await using test = createTestProgress({ limits: { depth: 3 } });
    const nest = (depth: number): number => (depth === 0 ? 7 : test.progress.operation("job", () => nest(depth - 1)));
    expect(nest(5)).toBe(7);
    expect(test.progress.live.stats()).toMatchObject({
      active: 0,
      byStatus: { completed: 3 },
      losses: { operations_refused: 2 },
    });
  });

  it("finished: the oldest ended operations are forgotten", async () => {
    await using test = createTestProgress({ limits: { finished: 2 } });
    for (const id of ["a", "b", "c"]) test.progress.operation("job", { id }, () => {});
    expect(["a", "b", "c"].map((id) => test.progress.live.get(id)?.status)).toEqual([
      undefined,
      "completed",
      "completed",
    ]);
    expect(test.progress.live.stats().byStatus.completed).toBe(3);
  });

  it("finished: 0 keeps none", async () => {
    await using test = createTestProgress({ limits: { finished: 0 } });
    test.progress.operation("job", { id: "a" }, () => {});
    expect([test.progress.live.get("a"), test.progress.live.list()]).toEqual([undefined, []]);
  });

  it("types: later ones keep their name, and are counted together", async () => {
    await using test = createTestProgress({ limits: { types: 2 } });
    const ops = ["a", "b", "c", "d"].map((type) => test.progress.start(type));
    expect(ops.map((op) => op.snapshot().type)).toEqual(["a", "b", "c", "d"]);
    for (const op of ops) op.complete();
    expect(test.progress.live.stats().byStatus.completed).toBe(4);
  });

  it("enabled: false makes every operation untracked, without a loss", async () => {
    await using test = createTestProgress({ enabled: false });
    const result = test.progress.operation("job", { id: "a" }, (op) => [op.id, op.operationId, op.type]);
    expect(result).toEqual(["a", "a", "job"]);
    await test.advance("1s");
    expect([test.progress.live.list(), test.progress.live.stats().losses, test.events]).toEqual([[], {}, []]);
  });
});

it("a span processor that throws disturbs nothing, and is counted", async () => {
  const fails = () => {
    throw new Error("processor");
  };
  const broken = { onStart: fails, onEnd: fails, forceFlush: async () => {}, shutdown: async () => {} };
  await using _telemetry = await startTestTelemetry({ spanProcessors: [broken] });
  await using test = createTestProgress();
  expect(test.progress.operation("job", () => 42)).toBe(42);
  expect(test.progress.live.stats()).toMatchObject({ active: 0, losses: { internal_errors: 1 } });
});

describe("an operation that a queue calls again", () => {
  it("says which attempt it is, and goes on counting from there", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { attempt: 3 });
    expect(op.snapshot().attempt).toBe(3);
    op.newAttempt();
    expect(op.snapshot().attempt).toBe(4);
  });

  it.each([0, 1.5, Number.NaN, "2"])("with an attempt of %s is in its first, which is misuse", async (attempt) => {
    await using test = createTestProgress({ strict: false });
    expect(test.progress.start("job", { attempt: attempt as number }).snapshot().attempt).toBe(1);
    expect(test.misuse()).toEqual(["INVALID_NUMBER"]);
  });
});
