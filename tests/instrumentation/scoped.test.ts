import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { Handle } from "../../src/instrumentation/handle.js";
import { runScoped, scopedArguments } from "../../src/instrumentation/scoped.js";
import { createTestProgress } from "../../src/testing.js";

describe("a scoped function", () => {
  it("gives a sync result for a sync function, and has completed when the call is over", async () => {
    await using test = createTestProgress();
    const result = test.progress.operation("job", { id: "a" }, () => 5);
    expectTypeOf(result).toEqualTypeOf<number>();
    expect(result).toBe(5);
    expect(test.progress.live.get("a")?.status).toBe("completed");
  });

  it("passes an async result through and has completed when it is there", async () => {
    await using test = createTestProgress();
    const result = test.progress.operation("job", { id: "a" }, async () => "done");
    expect(test.progress.live.get("a")?.status).toBe("running");
    expect(await result).toBe("done");
    expect(test.progress.live.get("a")?.status).toBe("completed");
  });

  it("rethrows the error unchanged, the very object, and has failed", async () => {
    await using test = createTestProgress();
    const error = Object.freeze(Object.assign(new TypeError("x"), { code: "E_X" }));
    expect(() =>
      test.progress.operation("job", { id: "a" }, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(test.progress.operation("job", { id: "b" }, () => Promise.reject(error))).rejects.toBe(error);
    for (const id of ["a", "b"])
      expect(test.progress.live.get(id)).toMatchObject({
        status: "failed",
        error: { type: "TypeError", message: "x", code: "E_X" },
      });
  });

  it("whatever it returns or throws comes out the same, tracked or not", async () => {
    await using tracked = createTestProgress();
    await using disabled = createTestProgress({ enabled: false });
    const outcome = async (run: () => unknown) => {
      try {
        const value = run();
        return [value instanceof Promise, "returned", await value];
      } catch (error) {
        return ["-", "threw", error];
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.boolean(), fc.boolean(), async (value, throws, async) => {
        const work = (): unknown => {
          if (async) return throws ? Promise.reject(value) : Promise.resolve(value);
          if (throws) throw value;
          return value;
        };
        const plain = await outcome(work);
        for (const { progress } of [tracked, disabled]) {
          const [isPromise, how, what] = await outcome(() => progress.operation("job", work));
          expect([isPromise, how]).toEqual(plain.slice(0, 2));
          expect(what).toBe(plain[2]);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(tracked.progress.live.stats().active).toBe(0);
  });

  it("subscribes a lazy thenable once, inside the scope, and gives a real promise back", async () => {
    await using test = createTestProgress();
    const seen: unknown[] = [];
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: a lazy thenable is what is tested
      then<A = number>(resolve?: ((value: number) => A | PromiseLike<A>) | null): PromiseLike<A> {
        seen.push(test.progress.getActive()?.id);
        return Promise.resolve(7).then(resolve);
      },
    };
    const result = test.progress.operation("job", { id: "a" }, () => query);
    expectTypeOf(result).toEqualTypeOf<Promise<number>>();
    expect(result).toBeInstanceOf(Promise);
    expect([await result, await result]).toEqual([7, 7]);
    expect(seen).toEqual(["a"]);
  });

  it("complete(summary) inside it only records the summary: the settling is the end", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "a" }, (op) => {
      op.complete({ rows: 1 });
      op.complete({ rows: 2 });
      op.complete();
      expect(op.snapshot().status).toBe("running");
    });
    expect(test.progress.live.get("a")).toMatchObject({ status: "completed", summary: { rows: 2 } });
  });

  it("a throw after complete(summary) is a failure", async () => {
    await using test = createTestProgress();
    const run = () =>
      test.progress.operation("job", { id: "a" }, (op) => {
        op.complete({ rows: 1 });
        throw new Error("after all");
      });
    expect(run).toThrow("after all");
    const ended = test.progress.live.get("a")!;
    expect(ended.status).toBe("failed");
    expect(ended).not.toHaveProperty("summary");
  });

  it("fail and cancel inside it are ends of the owner: what it returns afterwards changes nothing", async () => {
    await using test = createTestProgress();
    expect(
      test.progress.operation("job", { id: "a" }, (op) => {
        op.fail(new Error("x"));
        return 1;
      }),
    ).toBe(1);
    expect(
      test.progress.operation("job", { id: "b" }, (op) => {
        op.cancel("enough");
        return 2;
      }),
    ).toBe(2);
    expect(["a", "b"].map((id) => test.progress.live.get(id)?.status)).toEqual(["failed", "cancelled"]);
  });

  it("a throw after the owner's end comes out unchanged, and the end stays", async () => {
    await using test = createTestProgress();
    const error = new Error("x");
    const run = () =>
      test.progress.operation("job", { id: "a" }, (op) => {
        op.cancel("enough");
        throw error;
      });
    expect(run).toThrow(error);
    expect(test.progress.live.get("a")).toMatchObject({ status: "cancelled", reason: "enough" });
  });

  it("an error fails its own level; the parent fails only if the error reaches it", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "a" }, (op) => {
      try {
        op.level("part", { id: "p" }, () => {
          throw new Error("caught above");
        });
      } catch {
        // the operation knows what to do
      }
    });
    const { status, levels } = test.progress.live.get("a")!;
    expect([status, levels.map((level) => level.status)]).toEqual(["completed", ["failed"]]);
  });

  it("the handle is active inside, also after an await, and not outside", async () => {
    await using test = createTestProgress();
    const active = () => test.progress.getActive()?.id;
    const seen: unknown[] = [active()];
    await test.progress.operation("job", { id: "a" }, async (op) => {
      seen.push(active());
      await op.level("part", { id: "p" }, async () => {
        await Promise.resolve();
        seen.push(active());
      });
      seen.push(active());
    });
    seen.push(active());
    expect(seen).toEqual([undefined, "a", "p", "a", undefined]);
  });

  it("a generator function is misuse: it is said, its generator still comes back, and nothing stays open", async () => {
    await using lax = createTestProgress({ strict: false });
    const items = lax.progress.operation("job", { id: "a" }, function* () {
      yield 1;
    } as () => unknown);
    expect([...(items as Iterable<number>)]).toEqual([1]);
    expect([lax.misuse(), lax.progress.live.get("a")?.status]).toEqual([["INVALID_OPTION"], "completed"]);
    await using strict = createTestProgress();
    const run = () => strict.progress.operation("job", { id: "a" }, async function* () {} as () => unknown);
    expect(run).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(strict.progress.live.stats().active).toBe(0);
  });
});

describe("runScoped and scopedArguments", () => {
  it("options may be left out", () => {
    const fn = () => {};
    expect(scopedArguments([fn])).toEqual([{}, fn]);
    expect(scopedArguments([{ id: "a" }, fn])).toEqual([{ id: "a" }, fn]);
  });

  it("an ended handle still runs the function, and gives its result", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job", { id: "a" });
    op.cancel("early");
    expect(runScoped(op as unknown as Handle, () => 5)).toBe(5);
    expect(test.progress.live.get("a")?.status).toBe("cancelled");
  });
});
