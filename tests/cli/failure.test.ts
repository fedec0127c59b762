import { expect, it } from "vitest";
import { ASKING_EXITS, EXIT, Failure } from "../../src/cli/failure.js";

it("every exit code means one thing, and those of asking commands are explained", () => {
  const codes = Object.values(EXIT);
  expect(new Set(codes).size).toBe(codes.length);
  expect(ASKING_EXITS.map(([code]) => Number(code))).toEqual([0, 1, 2, 3, 4]);
});

it("a failure carries its exit code and what caused it", () => {
  const cause = new Error("inner");
  expect(new Failure(EXIT.unreachable, "outer", cause)).toMatchObject({ exitCode: 3, message: "outer", cause });
  expect("cause" in new Failure(EXIT.failed, "alone")).toBe(false);
});
