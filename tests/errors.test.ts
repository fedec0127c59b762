import { expect, it, describe as suite } from "vitest";
import { checkMethods, checkNames, describe, expectedButReceived, ProgressError } from "../src/errors.js";

suite("ProgressError", () => {
  it("is an Error with a code, and has only the context it was given", () => {
    const error = new ProgressError("LIMIT", "too many");
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message]).toEqual(["ProgressError", "LIMIT", "too many"]);
    expect(Object.keys(error).sort()).toEqual(["code", "name"]);
    expect("cause" in error).toBe(false);
  });

  it("carries what was expected, what came, and the cause", () => {
    const cause = new Error("below");
    const error = new ProgressError("TIMEOUT", "late", { expected: "1s", received: "2s", cause });
    expect([error.expected, error.received, error.cause]).toEqual(["1s", "2s", cause]);
  });
});

suite("expectedButReceived", () => {
  it("says what was expected and what came, in words and in fields", () => {
    const error = expectedButReceived("INVALID_NUMBER", "increment", "a count", -1);
    expect([error.code, error.message, error.expected, error.received]).toEqual([
      "INVALID_NUMBER",
      "increment: expected a count, received -1",
      "a count",
      "-1",
    ]);
  });
});

suite("describe", () => {
  it.each([
    ["text", '"text"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}…"`],
    [Number.NaN, "NaN"],
    [12n, "12"],
    [Symbol("s"), "Symbol(s)"],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [[1, 2], "an array"],
    [{ a: 1 }, "an object"],
    [() => 1, "a function"],
    [class {}, "a function"],
  ])("describes %o", (value, text) => {
    expect(describe(value)).toBe(text);
  });

  it("never calls into the value", () => {
    const hostile = {
      toString() {
        throw new Error("no");
      },
    };
    expect(describe(hostile)).toBe("an object");
  });
});

suite("checks of what is given", () => {
  it("what has the methods passes, also when they are inherited", () => {
    expect(() =>
      checkMethods(
        "clock",
        new (class {
          now() {}
        })(),
        ["now"],
      ),
    ).not.toThrow();
  });

  it.each([[undefined], [null], ["stderr"], [{ own: 1, join() {} }]])("%o has not all of the methods", (given) => {
    expect(() => checkMethods("transport", given, ["own", "join"], ", such as ours")).toThrow(
      `transport: expected an object with own() and join(), such as ours, received ${describe(given)}`,
    );
  });

  it("an option that nobody knows is named beside those that are known", () => {
    expect(() => checkNames("serve", { port: 1 }, ["port", "host"])).not.toThrow();
    expect(() => checkNames("serve", { prot: 1 }, ["port", "host"])).toThrow(
      'serve: expected one of port, host, received "prot"',
    );
  });
});
