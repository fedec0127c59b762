import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { ProgressError } from "../../src/errors.js";
import { Cleaner } from "../../src/instrumentation/clean.js";
import type { Attributes, Json } from "../../src/model.js";

let diagnostics: Diagnostics;
let said: string[];
beforeEach(() => {
  said = [];
  diagnostics = new Diagnostics({ warn: (line) => said.push(line) });
});
const MAX_TEXT = 1_024;
const MAX_NAME = 256;
const cleaner = (textLength = MAX_TEXT) => new Cleaner({ textLength, attributes: 64 }, diagnostics);
const text = (value: unknown, most = MAX_TEXT) => cleaner(most).text(value);
const attributes = (added: unknown, before?: Attributes) => cleaner().attributes(added as Attributes, before);
const json = (value: unknown) => cleaner().json(value);
const error = (value: unknown, given: Parameters<Cleaner["error"]>[1] = {}) => cleaner().error(value, given);
const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, n]));

describe("a text", () => {
  it("keeps a text up to the limit as it is", () => {
    expect([text("hi"), text("x".repeat(MAX_TEXT))]).toEqual(["hi", "x".repeat(MAX_TEXT)]);
    expect(diagnostics.losses()).toEqual({});
  });

  it("clips a longer one, says so with an ellipsis, and counts it: ten megabytes too", () => {
    expect(text("x".repeat(10_000_000))).toBe(`${"x".repeat(MAX_TEXT - 1)}…`);
    expect(text("abcdef", 3)).toBe("ab…");
    expect(diagnostics.losses()).toEqual({ text_clipped: 2 });
  });

  it("does not cut a character in two", () => {
    expect(text("ab😀cd", 4)).toBe("ab…");
  });

  it("makes a text of anything, also of what refuses to be one", () => {
    const refuses = {
      toString() {
        throw new Error("no");
      },
    };
    expect([5, null, undefined, true, Symbol("s"), refuses, Object.create(null)].map((value) => text(value))).toEqual([
      "5",
      "null",
      "undefined",
      "true",
      "Symbol(s)",
      "object",
      "object",
    ]);
  });

  it("never throws and never exceeds the limit", () => {
    fc.assert(
      fc.property(fc.anything(), fc.integer({ min: 1, max: 40 }), (value, most) => {
        expect(text(value, most).length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("attributes", () => {
  it("merges onto those set before, in a frozen copy", () => {
    const before = Object.freeze({ a: 1, b: "x" });
    const list = ["x", null];
    const clean = attributes({ b: true, c: list, d: undefined }, before);
    list.push("later");
    expect(clean).toEqual({ a: 1, b: true, c: ["x", null] });
    expect([Object.isFrozen(clean), Object.isFrozen(clean["c"]), before]).toEqual([true, true, { a: 1, b: "x" }]);
    expect(diagnostics.losses()).toEqual({});
  });

  it("keeps 64 and counts the others: 10,000 are no trouble", () => {
    expect(attributes(numbered(10_000))).toEqual(numbered(64));
    expect(diagnostics.losses()).toEqual({ attributes_dropped: 9_936 });
  });

  it("says once of values and once of the limit why one is dropped", () => {
    attributes({ user: { id: 1 }, tags: [{}], ...numbered(66) });
    expect(said).toEqual([
      'otel-progress: attribute "user": expected a text, a number, true, false or a list of them, received an object; it is dropped',
      'otel-progress: attribute "a64": at most 64 are kept, with names of 1 to 256 characters; it is dropped',
    ]);
  });

  it("a full set still takes new values of names it has", () => {
    const full = attributes(numbered(64));
    expect(attributes({ a0: "new", z: 1 }, full)).toEqual({ ...numbered(64), a0: "new" });
    expect(diagnostics.losses()).toEqual({ attributes_dropped: 1 });
  });

  it.each([
    ["an empty name", { "": 1 }],
    ["a name over the limit", { ["n".repeat(MAX_NAME + 1)]: 1 }],
    ["an object", { a: {} }],
    ["null", { a: null }],
    ["a function", { a: () => {} }],
    ["a bigint", { a: 1n }],
    ["a list with an object in it", { a: ["x", {}] }],
  ])("drops and counts %s", (_what, added) => {
    expect(attributes(added)).toEqual({});
    expect(diagnostics.losses()).toEqual({ attributes_dropped: 1 });
  });

  it.each([[null], [undefined], [5]])("%j instead of attributes is nothing", (added) => {
    expect(attributes(added, { a: 1 })).toEqual({ a: 1 });
  });

  it("clips long strings and long lists, and counts both", () => {
    const clean = attributes({ s: "x".repeat(5_000), l: Array(200).fill("y".repeat(2_000)) });
    expect(clean["s"]).toBe(`${"x".repeat(MAX_TEXT - 1)}…`);
    expect(clean["l"]).toEqual(Array(128).fill(`${"y".repeat(MAX_TEXT - 1)}…`));
    expect(diagnostics.losses()).toEqual({ text_clipped: 129, attributes_dropped: 72 });
  });

  it("whatever comes, at most 64 valid ones stay and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything(), { maxKeys: 80 }), (added) => {
        const clean = attributes(added);
        expect(Object.keys(clean).length).toBeLessThanOrEqual(64);
        for (const value of Object.values(clean).flat())
          expect(["string", "number", "boolean", "undefined", "object"]).toContain(
            value === null ? "object" : typeof value,
          );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("something JSON", () => {
  it("gives a deeply frozen copy, unharmed by later changes", () => {
    const given = { rows: [{ n: 1 }] };
    const clean = json(given) as typeof given;
    given.rows[0]!.n = 2;
    expect(clean).toEqual({ rows: [{ n: 1 }] });
    expect([clean, clean.rows, clean.rows[0]].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  it("any JSON of at most 16 KiB comes back equal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(json(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1_000 },
    );
    expect([json("x".repeat(16_382)), diagnostics.losses()]).toEqual(["x".repeat(16_382), {}]);
  });

  it("nothing is no loss, but what is too large, circular or not JSON is dropped and counted", () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const explodes = {
      toJSON() {
        throw new Error("no");
      },
    };
    expect([json(undefined), diagnostics.losses()]).toEqual([undefined, {}]);
    const bad = ["x".repeat(16_383), circular, 1n, () => {}, Symbol("s"), explodes];
    expect(bad.map(json)).toEqual(Array(6).fill(undefined));
    expect(diagnostics.losses()).toEqual({ attributes_dropped: 6 });
    expect(said).toEqual(["otel-progress: a summary or details: expected JSON of at most 16384 characters; dropped"]);
  });
});

describe("an error", () => {
  it("keeps type, message, and a code that is a string", () => {
    expect(error(new RangeError("too far"))).toEqual({ type: "RangeError", message: "too far" });
    expect(error(Object.assign(new Error("full"), { code: "ENOSPC" }))).toEqual({
      type: "Error",
      message: "full",
      code: "ENOSPC",
    });
    expect(error(Object.assign(new Error("x"), { code: 42 }))).toEqual({ type: "Error", message: "x" });
    expect(error(new ProgressError("TIMEOUT", "late"))).toEqual({
      type: "ProgressError",
      message: "late",
      code: "TIMEOUT",
    });
  });

  it("code and details given with it win", () => {
    const clean = error(Object.assign(new Error("x"), { code: "A" }), { code: "B", details: { at: 1 } });
    expect(clean).toEqual({ type: "Error", message: "x", code: "B", details: { at: 1 } });
    expect(Object.isFrozen(clean)).toBe(true);
    expect(error(new Error("x"), { details: (() => {}) as unknown as Json })).toEqual({ type: "Error", message: "x" });
  });

  it("what is no error is kept by its type and its text", () => {
    expect(["text", 5, undefined, null, {}].map((value) => error(value))).toEqual([
      { type: "string", message: "text" },
      { type: "number", message: "5" },
      { type: "undefined", message: "undefined" },
      { type: "object", message: "null" },
      { type: "object", message: "[object Object]" },
    ]);
    expect(error(Object.create(null))).toEqual({ type: "object", message: "object" });
  });

  it("an error of another realm, or a plain object with a message, is kept like an error", () => {
    const foreign: unknown = runInNewContext(
      'Object.assign(new TypeError("far", { cause: new Error("root") }), { code: "E_FAR" })',
    );
    expect(error(foreign)).toEqual({
      type: "TypeError",
      message: "far",
      code: "E_FAR",
      causes: [{ type: "Error", message: "root" }],
    });
    expect(error({ message: "denied", code: "PGRST301" })).toEqual({
      type: "Object",
      message: "denied",
      code: "PGRST301",
    });
  });

  it("an error without a name is called by its class", () => {
    class Nameless extends Error {}
    expect(error(Object.assign(new Nameless("x"), { name: "" }))).toEqual({ type: "Nameless", message: "x" });
  });

  it("survives errors whose properties throw", () => {
    const trap = {
      get(): never {
        throw new Error("trapped");
      },
    };
    const hostile = Object.defineProperties(new Error("x"), { message: trap, name: trap, code: trap });
    const orphan = Object.assign(Object.create(Object.create(Error.prototype, { constructor: { value: undefined } })), {
      name: "",
      message: "no class",
    });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect([hostile, orphan, revoked.proxy].map((value) => error(value))).toEqual([
      { type: "Error", message: "unknown" },
      { type: "Error", message: "no class" },
      { type: "object", message: "object" },
    ]);
  });
});

describe("what caused an error", () => {
  const chain = (length: number): Error => {
    let last: Error | undefined;
    for (let n = length; n >= 0; n--) last = new Error(`e${n}`, last === undefined ? {} : { cause: last });
    return last!;
  };

  it("is kept in order, from the nearest on, with type and code", () => {
    const root = Object.assign(new RangeError("far"), { code: "E_FAR" });
    const clean = error(new Error("a", { cause: new TypeError("b", { cause: root }) }), { code: "E", details: 1 });
    expect(clean).toEqual({
      type: "Error",
      message: "a",
      code: "E",
      details: 1,
      causes: [
        { type: "TypeError", message: "b" },
        { type: "RangeError", message: "far", code: "E_FAR" },
      ],
    });
    expect([clean.causes, ...clean.causes!].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  it("of several errors in one is each of them, then what is behind those", () => {
    const [a, b] = [new Error("a", { cause: new Error("behind a") }), new RangeError("b")];
    const all = new AggregateError([a, b, a], "all failed", { cause: new Error("why") });
    const texts = (value: unknown) => error(value).causes?.map(({ message }) => message);
    expect(texts(all)).toEqual(["why", "a", "b", "behind a"]);
    expect(texts(new AggregateError(Array.from({ length: 100_000 }, (_, n) => n)))).toEqual([..."01234567"]);
    for (const errors of [{ field: "too long" }, "text", new Set([1])])
      expect(texts(Object.assign(new Error("x"), { errors }))).toBeUndefined();
  });

  it("is absent when there is none", () => {
    const none = [new Error("x"), new Error("x", { cause: undefined }), new Error("x", { cause: null }), "x", {}];
    expect(none.map((value) => "causes" in error(value))).toEqual([false, false, false, false, false]);
    expect("causes" in error({ cause: new Error("not of an error") })).toBe(false);
  });

  it("is kept eight times at most", () => {
    expect([1, 8, 9, 1_000].map((length) => error(chain(length)).causes!.map(({ message }) => message))).toEqual(
      [1, 8, 8, 8].map((kept) => Array.from({ length: kept }, (_, n) => `e${n + 1}`)),
    );
  });

  it("ends where it comes back to itself", () => {
    const [own, a, b] = [new Error("own"), new Error("a"), new Error("b")];
    own.cause = own;
    a.cause = b;
    b.cause = a;
    const into = new Error("into", { cause: a });
    const messages = [own, a, into].map((value) => error(value).causes?.map(({ message }) => message));
    expect(messages).toEqual([undefined, ["b"], ["a", "b"]]);
  });

  it("may be no error, and is then the last", () => {
    const causes = ["text", 0, false, "", { cause: new Error("beyond") }, Symbol("s"), Object.create(null)];
    expect(causes.map((cause) => error(new Error("x", { cause })).causes)).toEqual([
      [{ type: "string", message: "text" }],
      [{ type: "number", message: "0" }],
      [{ type: "boolean", message: "false" }],
      [{ type: "string", message: "" }],
      [{ type: "object", message: "[object Object]" }],
      [{ type: "symbol", message: "Symbol(s)" }],
      [{ type: "object", message: "object" }],
    ]);
  });

  it("may throw when it is read, or never end, and does no harm", () => {
    const get = (): never => {
      throw new Error("trapped");
    };
    const hidden = Object.defineProperty(new Error("x"), "cause", { get });
    const hostile = Object.defineProperties(new Error("x"), { message: { get }, name: { get }, code: { get } });
    const endless = Object.defineProperty(new Error("x"), "cause", { get: () => Object.create(endless) });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect("causes" in error(hidden)).toBe(false);
    expect(error(new Error("x", { cause: hostile })).causes).toEqual([{ type: "Error", message: "unknown" }]);
    expect(error(new Error("x", { cause: revoked.proxy })).causes).toEqual([{ type: "object", message: "object" }]);
    expect(error(endless).causes!.length).toBe(8);
  });

  it("is clipped like any text, and counted", () => {
    const cause = Object.assign(new Error("m".repeat(2_000)), { name: "N".repeat(300), code: "C".repeat(300) });
    const [kept] = error(new Error("x", { cause })).causes!;
    expect([kept!.message.length, kept!.type.length, kept!.code!.length, diagnostics.losses()]).toEqual([
      MAX_TEXT,
      MAX_NAME,
      MAX_NAME,
      { text_clipped: 3 },
    ]);
  });
});

describe("limits that are set", () => {
  it("clip texts and attribute texts, not names, codes and types", () => {
    const short = new Cleaner({ textLength: 16, attributes: 64 }, diagnostics);
    const long = "x".repeat(40);
    const clipped = `${"x".repeat(15)}…`;
    expect([short.text(long), short.attributes({ a: long, b: [long] }), short.name(long)]).toEqual([
      clipped,
      { a: clipped, b: [clipped] },
      long,
    ]);
    expect(short.error(Object.assign(new Error(long), { name: long, code: long }))).toEqual({
      type: long,
      message: clipped,
      code: long,
    });
  });

  it("may allow no attributes, or more than usual", () => {
    const of = (limit: number) => new Cleaner({ textLength: 16, attributes: limit }, diagnostics);
    expect([of(0).attributes({ a: 1 }), Object.keys(of(100).attributes(numbered(101))).length]).toEqual([{}, 100]);
    expect(diagnostics.losses()).toEqual({ attributes_dropped: 2 });
  });
});

it("an attribute whose getter throws is left out, and nothing is thrown", () => {
  const attributes = {
    good: 1,
    get bad(): number {
      throw new Error("getter");
    },
  };
  expect(cleaner().attributes(attributes)).toEqual({ good: 1 });
});
