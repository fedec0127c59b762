import { type Context, context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestProgress, startTestTelemetry, type TestProgress, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
let test: TestProgress;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
  test = createTestProgress();
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
});

const tracer = () => trace.getTracer("app");
/** Every exported span with the one it is under: "child < parent". */
function tree(): string[] {
  const names = new Map(telemetry.spans().map((span) => [span.spanContext().spanId, span.name]));
  return telemetry.spans().map((span) => {
    const parent = span.parentSpanContext?.spanId;
    return parent === undefined ? span.name : `${span.name} < ${names.get(parent) ?? parent}`;
  });
}
const traces = () => new Set(telemetry.spans().map((span) => span.spanContext().traceId)).size;

describe("parents and children", () => {
  it("levels, nested operations and spans of others hang under what is active where they start", async () => {
    await test.progress.operation("op", async (op) => {
      tracer().startSpan("in op").end();
      await op.level("outer", async (outer) => {
        await Promise.resolve();
        tracer().startSpan("in outer").end();
        await outer.level("inner", async () => {
          await Promise.resolve();
          tracer().startSpan("in inner").end();
        });
        await test.progress.operation("nested", async () => tracer().startSpan("in nested").end());
      });
    });
    expect(tree()).toEqual([
      "in op < op",
      "in outer < outer",
      "in inner < inner",
      "inner < outer",
      "in nested < nested",
      "nested < outer",
      "outer < op",
      "op",
    ]);
    expect(traces()).toBe(1);
  });

  it("an operation hangs under the span it was started in", () => {
    tracer().startActiveSpan("request", (request) => {
      test.progress.start("op").complete();
      request.end();
    });
    expect(tree()).toEqual(["op < request", "request"]);
  });

  it("a span that a user opens in between becomes the parent, of levels and of what is inside of them", () => {
    test.progress.operation("op", (op) =>
      tracer().startActiveSpan("between", (between) => {
        op.level("part", () => {
          tracer().startSpan("work").end();
        });
        between.end();
      }),
    );
    expect(tree()).toEqual(["work < part", "part < between", "between < op", "op"]);
  });

  it("a handle used outside of its scope still parents what is started on it", () => {
    const op = test.progress.start("op");
    const outer = op.startLevel("outer");
    tracer().startActiveSpan("unrelated", (unrelated) => {
      outer.startLevel("inner").complete();
      unrelated.end();
    });
    outer.complete();
    op.complete();
    expect(tree()).toEqual(["inner < outer", "unrelated", "outer < op", "op"]);
  });

  it("branches that run at once keep their own parents", async () => {
    await test.progress.operation("op", (op) =>
      Promise.all(
        ["a", "b", "c"].map((name) =>
          op.level(name, async () => {
            for (let turn = 0; turn < 5; turn++) await Promise.resolve();
            expect(test.progress.getActive()?.type).toBe(name);
            tracer().startSpan(`in ${name}`).end();
          }),
        ),
      ),
    );
    expect(tree().slice(0, 3).sort()).toEqual(["in a < a", "in b < b", "in c < c"]);
  });

  it("a detached operation is the root of a new trace, linked to where it was started", () => {
    test.progress.operation("op", () => {
      test.progress.operation("apart", { detached: true }, (apart) => {
        tracer().startSpan("work").end();
        apart.startLevel("part").complete();
        expect(apart.snapshot().parentId).toBeUndefined();
      });
    });
    expect(tree()).toEqual(["work < apart", "part < apart", "apart", "op"]);
    const [apart, op] = telemetry.spans().slice(2);
    expect(apart!.spanContext().traceId).not.toBe(op!.spanContext().traceId);
    expect(apart!.links.map((link) => link.context.spanId)).toEqual([op!.spanContext().spanId]);
    expect(op!.links).toEqual([]);
  });

  it("a detached operation with nothing around it has no link", () => {
    test.progress.start("apart", { detached: true }).complete();
    expect(telemetry.spans()[0]!.links).toEqual([]);
  });

  it("no span id is exported twice", async () => {
    await test.progress.operation("op", async (op) => {
      for (let n = 0; n < 20; n++) await op.level("part", (part) => part.level("piece", () => part.increment()));
      op.pause();
      op.resume();
      op.newAttempt();
    });
    const ids = telemetry.spans().map((span) => span.spanContext().spanId);
    expect(ids).toHaveLength(41);
    expect(new Set(ids).size).toBe(41);
  });
});

describe("the budget of level spans", () => {
  beforeEach(async () => {
    await test[Symbol.asyncDispose]();
    test = createTestProgress({ limits: { levelSpans: 2 } });
  });

  it("levels beyond it have no span, and count in the live state and the metrics all the same", async () => {
    const op = test.progress.start("op");
    for (let n = 0; n < 5; n++) op.level("part", (part) => part.increment(2));
    const other = test.progress.start("op");
    other.startLevel("part").complete();
    expect(op.snapshot().levels.map(({ status, current }) => [status, current])).toEqual(
      Array(5).fill(["completed", 2]),
    );
    op.complete();
    other.complete();
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["part", "part", "part", "op", "op"]);
    const duration = (await telemetry.metrics()).find(({ name }) => name === "progress.level.duration");
    expect(duration?.value).toEqual({ count: 6, sum: 0 });
  });

  it("what is inside of a level without a span hangs under the nearest one that has one", () => {
    test.progress.operation("op", (op) =>
      op.level("outer", (outer) => {
        outer.startLevel("last").complete();
        outer.level("spanless", (spanless) => {
          tracer().startSpan("work").end();
          spanless.level("deeper", () => {
            expect(test.progress.getActive()?.type).toBe("deeper");
            tracer().startSpan("deep work").end();
          });
          test.progress.start("nested").complete();
        });
      }),
    );
    expect(tree()).toEqual(["last < outer", "work < outer", "deep work < outer", "nested < outer", "outer < op", "op"]);
  });

  it("a span opened around a level without a span stays the parent of what is inside", () => {
    test.progress.operation("op", (op) => {
      for (let n = 0; n < 2; n++) op.startLevel("part").complete();
      tracer().startActiveSpan("between", (between) => {
        op.level("spanless", () => tracer().startSpan("work").end());
        between.end();
      });
    });
    expect(tree().slice(2)).toEqual(["work < between", "between < op", "op"]);
  });
});

describe("the active handle", () => {
  it("is the innermost one that has not ended, and none once its operation has", async () => {
    const active = () => test.progress.getActive()?.type;
    expect(active()).toBeUndefined();
    const op = test.progress.start("op");
    expect(active()).toBeUndefined(); // started by hand: active nowhere
    op.complete();
    let later = async () => {};
    await test.progress.operation("op", async (op) => {
      expect(active()).toBe("op");
      await op.level("part", async () => {
        await Promise.resolve();
        expect(active()).toBe("part");
        later = boundHere(async () => expect(active()).toBe("op"));
      });
      await later();
      later = boundHere(async () => expect(active()).toBeUndefined());
    });
    await later();
    expect(active()).toBeUndefined();
  });

  it("needs no SDK: it travels through promises and timers of its own accord", async () => {
    await telemetry[Symbol.asyncDispose]();
    const seen: (string | undefined)[] = [];
    await test.progress.operation("op", async (op) => {
      await op.level("part", async () => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(test.progress.getActive()?.type);
        test.progress.start("nested", { id: "n" });
      });
      queueMicrotask(() => seen.push(test.progress.getActive()?.type));
      await Promise.resolve();
    });
    expect(seen).toEqual(["part", "op"]);
    expect(test.progress.live.get("n")?.parentId).toBe("1");
  });

  it("travels in an OpenTelemetry context that is passed on by hand", () => {
    let carried: Context = ROOT_CONTEXT;
    const op = test.progress.start("op", { id: "a" });
    const level = op.startLevel("part");
    level.declare("piece").run(() => {
      carried = context.active();
    });
    expect(test.progress.getActive()).toBeUndefined();
    context.with(carried, () => {
      // The piece has ended: the level around it is the active one.
      expect(test.progress.getActive()).toBe(level);
      test.progress.start("nested", { id: "n" }).complete();
    });
    expect(test.progress.live.get("n")?.parentId).toBe("a");
    level.complete();
    op.complete();
    expect(context.with(carried, () => test.progress.getActive())).toBeUndefined();
    expect(tree().slice(1)).toEqual(["nested < part", "part < op", "op"]);
  });

  it("of a context passed on by hand wins over the one around the call", () => {
    let carried: Context = ROOT_CONTEXT;
    let proceed = () => {};
    const first = test.progress.operation("first", { id: "a" }, () => {
      carried = context.active();
      return new Promise<void>((resolve) => {
        proceed = resolve;
      });
    });
    test.progress.operation("worker", { id: "w" }, () => {
      context.with(carried, () => {
        expect(test.progress.getActive()?.id).toBe("a");
        test.progress.start("nested", { id: "n" }).complete();
      });
      expect(test.progress.getActive()?.id).toBe("w");
    });
    expect(test.progress.live.get("n")?.parentId).toBe("a");
    const [nested] = telemetry.spans();
    expect(nested!.parentSpanContext?.spanId).toBe(test.progress.live.get("a")!.spanId);
    proceed();
    return first;
  });

  it("an emptied OpenTelemetry context does not lose it", () => {
    test.progress.operation("op", () =>
      context.with(ROOT_CONTEXT, () => {
        expect(test.progress.getActive()?.type).toBe("op");
        test.progress.start("nested").complete();
      }),
    );
    expect(tree()).toEqual(["nested < op", "op"]);
  });

  it("of one instance is none of another's, though their spans nest", async () => {
    await using other = createTestProgress();
    await test.progress.operation("mine", { id: "m" }, async () => {
      expect(other.progress.getActive()).toBeUndefined();
      await other.progress.operation("theirs", { id: "t" }, async (theirs) => {
        await Promise.resolve();
        expect(test.progress.getActive()?.type).toBe("mine");
        expect(other.progress.getActive()).toBe(theirs);
        test.progress.start("nested", { id: "n" }).complete();
      });
    });
    expect(other.progress.live.get("t")?.parentId).toBeUndefined();
    expect(test.progress.live.get("n")?.parentId).toBe("m");
    expect(test.progress.live.get("t")).toBeUndefined();
    expect(tree()).toEqual(["nested < theirs", "theirs < mine", "mine"]);
  });
});

/** Runs later with the async context of now. */
function boundHere(fn: () => Promise<void>): () => Promise<void> {
  return context.bind(context.active(), fn);
}
