import { expect, test } from "vitest";
import { paint } from "../src/paint.js";

const plain = { color: false, unicode: true };
const colored = { color: true, unicode: true };

test("text is put in its style and back, where there are colours", () => {
  expect(paint(colored, "red", "no")).toBe("\u001b[31mno\u001b[0m");
  expect(paint(plain, "red", "no")).toBe("no");
});

test("no style and no text need no escape sequences", () => {
  expect(paint(colored, undefined, "text")).toBe("text");
  expect(paint(colored, "red", "")).toBe("");
});
