import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGenerator, type Settling, settleWith } from "../../src/instrumentation/settling.js";

/** Writes down what it is told. */
function recorder(): Settling & { readonly told: unknown[][] } {
  const told: unknown[][] = [];
  return {
    told,
    returned: (value) => void told.push(["returned", value]),
    threw: (error) => void told.push(["threw", error]),
  };
}

/** A query builder: nothing happens until it is subscribed, and every subscription does the work again. */
function lazy<T>(work: () => T) {
  const thenable = {
    subscriptions: 0,
    // biome-ignore lint/suspicious/noThenProperty: a lazy thenable is what is tested
    then(resolve: (value: T) => void, reject: (error: unknown) => void): void {
      thenable.subscriptions++;
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    },
  };
  return thenable;
}

describe("settleWith", () => {
  it("sync stays sync: any value that is no thenable comes back as it is, and is told at once", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const settling = recorder();
        expect(settleWith(settling, () => value)).toBe(value);
        expect(settling.told).toHaveLength(1);
        expect(settling.told[0]![0]).toBe("returned");
        expect(settling.told[0]![1]).toBe(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it("a sync throw is told and rethrown unchanged, whatever was thrown", () => {
    for (const thrown of [new Error("x"), "text", undefined, null, 0, Object.create(null)]) {
      const settling = recorder();
      let caught: unknown = "nothing";
      try {
        settleWith(settling, () => {
          throw thrown;
        });
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
      expect(settling.told).toEqual([["threw", thrown]]);
    }
  });

  it("a promise is told before whoever awaits it goes on", async () => {
    const settling = recorder();
    const result = settleWith(settling, async () => 5);
    expect(settling.told).toEqual([]);
    expect(await result).toBe(5);
    expect(settling.told).toEqual([["returned", 5]]);
  });

  it("a rejection is told and passed on unchanged", async () => {
    const settling = recorder();
    const error = new Error("x");
    const result = settleWith(settling, () => Promise.reject(error));
    await expect(result).rejects.toBe(error);
    expect(settling.told).toEqual([["threw", error]]);
  });

  it("a lazy thenable is subscribed once, inside the call, and a real promise comes back", async () => {
    const settling = recorder();
    const query = lazy(() => "rows");
    let subscribedInside = 0;
    const result = settleWith(settling, () => query);
    subscribedInside = query.subscriptions;
    expect(result).toBeInstanceOf(Promise);
    expect([await result, await result]).toEqual(["rows", "rows"]);
    expect([subscribedInside, query.subscriptions]).toEqual([1, 1]);
    expect(settling.told).toEqual([["returned", "rows"]]);
  });

  it("a thenable that rejects, or whose then throws, rejects with that error", async () => {
    const error = new Error("x");
    const rejects = lazy(() => {
      throw error;
    });
    const explodes = {
      // biome-ignore lint/suspicious/noThenProperty: a broken thenable is what is tested
      then() {
        throw error;
      },
    };
    for (const thenable of [rejects, explodes]) {
      const settling = recorder();
      await expect(settleWith(settling, () => thenable)).rejects.toBe(error);
      expect(settling.told).toEqual([["threw", error]]);
    }
  });

  it("a function with a then is a thenable, an object whose then is no function is a value", async () => {
    const callable = Object.assign(
      () => {},
      lazy(() => 1),
    );
    const [first, second] = [recorder(), recorder()];
    expect(await settleWith(first, () => callable)).toBe(1);
    // biome-ignore lint/suspicious/noThenProperty: the name is what is tested
    const value = { then: "later" };
    expect(settleWith(second, () => value)).toBe(value);
    expect([first.told, second.told]).toEqual([[["returned", 1]], [["returned", value]]]);
  });
});

describe("isGenerator", () => {
  it("knows what generator functions return from everything else", () => {
    const sync = (function* () {})();
    const async = (async function* () {})();
    expect([sync, async].map(isGenerator)).toEqual([true, true]);
    expect([[], new Map().values(), undefined, null, {}, "", () => {}].map(isGenerator)).toEqual(Array(7).fill(false));
  });
});
