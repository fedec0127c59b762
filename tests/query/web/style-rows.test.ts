import { describe, expect, it } from "vitest";
import { ROWS } from "../../../src/query/web/style-rows.js";

describe("the style of rows", () => {
  it("moves nothing for those who want nothing to move", () => {
    expect(ROWS).toMatch(/prefers-reduced-motion: reduce\) \{\n {2}\* \{ animation: none !important; transition: none/);
  });

  it("opens as many braces as it closes", () => {
    expect(ROWS.split("{").length).toBe(ROWS.split("}").length);
  });
});
