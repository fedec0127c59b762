import { describe, expect, it } from "vitest";
import type { Attributes } from "../../../src/model.js";
import { endingOf, statusOf } from "../../../src/query/jaeger/endings.js";
import { readTrace } from "../../../src/query/jaeger/untrusted.js";
import { type Made, span, traceOf } from "./json-spans.js";

const read = (made: Omit<Made, "id">) => readTrace(traceOf([span({ id: "a", ...made })]))!.spans[0]!;
const status = (tags: Attributes) => statusOf(read({ tags }));
const endedAt = "2026-01-01T00:00:01.000Z";

describe("the status of a span", () => {
  it("is what it says, if it says what there is", () => {
    for (const said of ["completed", "failed", "cancelled", "lost"])
      expect(status({ "progress.status": said, "error.type": "E" })).toBe(said);
    expect(status({ "progress.status": "skipped", "progress.level.type": "part" })).toBe("skipped");
    for (const said of ["skipped", "running", "done", 7]) expect(status({ "progress.status": said })).toBe("completed");
  });

  it("is failed where there is an error and nothing else is said", () => {
    expect(status({ error: true })).toBe("failed");
    expect(status({ "otel.status_code": "ERROR", "progress.status": "completed" })).toBe("failed");
    expect(status({ error: true, "progress.status": "cancelled" })).toBe("cancelled");
    expect(status({ error: "true" })).toBe("completed");
  });
});

describe("the end of a span", () => {
  it("has a reason where it was cancelled or skipped, and only there", () => {
    const tags = { "progress.reason": "enough", "progress.level.type": "part" };
    const ending = (said: string) => endingOf(read({ tags: { ...tags, "progress.status": said } }));
    expect(ending("cancelled")).toEqual({ status: "cancelled", endedAt, reason: "enough" });
    expect(ending("skipped")).toEqual({ status: "skipped", endedAt, reason: "enough" });
    expect(ending("completed")).toEqual({ status: "completed", endedAt });
    expect(ending("lost")).toEqual({ status: "lost", lastSeenAt: endedAt });
  });

  const error = (exception: Attributes | undefined, tags: Attributes = {}) => {
    const events = exception === undefined ? [] : [[1, "exception", exception] as const];
    return endingOf(read({ tags: { "progress.status": "failed", ...tags }, events })) as { error: object };
  };
  const told = { "error.type": "ENOSPC" };

  it.each([
    ["RangeError: disk is full\n    at write", { type: "RangeError", message: "full", code: "ENOSPC" }],
    ["Error [ENOSPC]: full", { type: "Error", message: "full", code: "ENOSPC" }],
    ["ENOSPC: full", { type: "ENOSPC", message: "full" }],
    ["my.Error\n    at write", { type: "my.Error", message: "full", code: "ENOSPC" }],
    ["at write", { type: "ENOSPC", message: "full" }],
    ["", { type: "ENOSPC", message: "full" }],
  ])("knows the class of an error from its stack: %j", (stack, expected) => {
    expect(error({ "exception.message": "full", "exception.stacktrace": stack }, told).error).toEqual(expected);
  });

  it("has what is known of an error without an exception", () => {
    expect(error(undefined, { ...told, "otel.status_description": "full" }).error).toEqual({
      type: "ENOSPC",
      message: "full",
    });
    expect(error(undefined).error).toEqual({ type: "Error", message: "Error" });
    expect(error({ "exception.type": "TypeError" }).error).toEqual({ type: "TypeError", message: "TypeError" });
  });
});
