import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOf, operationUri, reportUri } from "../../../src/query/mcp/uris.js";

describe("the URI of an operation", () => {
  it("holds its id, whatever is in it, and survives the parser of URLs", () => {
    const dots = new Set([".", ".."]);
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "binary" }).filter((id) => !dots.has(id)),
        (id) => {
          expect(idOf(new URL(operationUri(id)).href)).toBe(id);
          expect(idOf(new URL(reportUri(id)).href)).toBe(id);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("holds one segment, so that templates match it", () => {
    expect(operationUri("a/b,c d")).toBe("progress://operations/a%2Fb%2Cc%20d");
  });

  it("can be made of half a character too", () => {
    expect(idOf(operationUri("a\ud83d"))).toBe("a\ufffd");
  });

  it.each([
    ["progress://operations"],
    ["progress://operations/"],
    ["progress://reports/"],
    ["progress://operations/%zz"],
    ["progress://other/1"],
    ["file:///etc/passwd"],
    [""],
  ])("is not %j", (uri) => {
    expect(idOf(uri)).toBeUndefined();
  });
});
