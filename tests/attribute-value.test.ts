import { describe, expect, it } from "vitest";
import { attributesOf, isAttributeValue } from "../src/attribute-value.js";

describe("attribute values", () => {
  it("are texts, numbers, booleans, and arrays of these with holes", () => {
    const values = ["a", "", 0, Number.NaN, false, ["a", null], [1, undefined], [true], []];
    expect(values.filter((value) => !isAttributeValue(value))).toEqual([]);
  });

  it("are nothing else", () => {
    const others = [null, undefined, {}, { a: 1 }, 1n, Symbol("a"), () => 1, new Uint8Array(1), [{}], [[1]], ["a", 1n]];
    expect(others.filter(isAttributeValue)).toEqual([]);
  });

  it("are all that is copied of a span that holds more", () => {
    const held = {
      url: "/x",
      tags: ["a", null],
      body: { deep: 1 },
      bytes: new Uint8Array(2),
      big: 1n,
      none: undefined,
    };
    const kept = attributesOf(held);
    expect(kept).toEqual({ url: "/x", tags: ["a", null] });
    held.url = "/y";
    expect(kept["url"]).toBe("/x");
  });
});
