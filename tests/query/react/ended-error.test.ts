import { expect, it } from "vitest";
import { endedErrorOf, OperationEndedError } from "../../../src/query/react/ended-error.js";
import { snapshotOf } from "./scripted-source.js";

const endedAt = "2026-01-01T00:00:09.000Z";

it.each([
  [{ status: "failed", endedAt, error: { type: "TypeError", message: "no such row" } }, "a failed: no such row"],
  [{ status: "cancelled", endedAt, reason: "too slow" }, "a was cancelled: too slow"],
  [{ status: "cancelled", endedAt }, "a was cancelled"],
  [{ status: "lost", lastSeenAt: endedAt }, "a was lost: last seen at 2026-01-01T00:00:09.000Z"],
] as const)("an operation that ended as %o is an error that says so", (ending, message) => {
  const snapshot = snapshotOf("a", ending);
  const error = endedErrorOf(snapshot);
  expect(error).toBeInstanceOf(OperationEndedError);
  expect([error?.name, error?.message, error?.snapshot]).toEqual(["OperationEndedError", message, snapshot]);
});

it.each(["pending", "running", "paused", "completed"])("one that is %s is none", (status) => {
  expect(endedErrorOf(snapshotOf("a", { status } as never))).toBeUndefined();
});

it("nor is one that is not known", () => {
  expect(endedErrorOf(undefined)).toBeUndefined();
});
