import { describe, expect, it } from "vitest";
import type { Happening } from "../../src/exporters/notices.js";
import { nameOf, plainLine } from "../../src/exporters/plain-line.js";
import type { Snapshot } from "../../src/model.js";
import { ended, later, operation } from "./snapshots.js";

const line = (happening: Happening, snapshot: Snapshot, silentSeconds = 0) =>
  plainLine({ happening, snapshot, silentSeconds }, { name: nameOf(snapshot), color: false });

const eta = { seconds: 59, low: 40, high: 80, basis: "rate" as const };
const busy = { percentage: 14.9, current: 29, total: 200, unit: "row", rate: 2.44, eta };

describe("the first line", () => {
  it("says what begins, and its id", () => {
    expect(line("started", operation())).toBe("start import: id 1");
    const given = { id: "nightly", name: "Nightly", total: 200, unit: "row", attempt: 3 };
    expect(line("started", operation(given))).toBe("start Nightly: import, 200 rows, attempt 3, id nightly");
  });

  it("says of what was heard of late that it runs", () => {
    expect(line("started", later(90, busy))).toBe("running import: 14%, 29 of 200 rows, after 1m 30s, id 1");
  });
});

describe("a line of progress", () => {
  it("says how far it is, how fast, how long still and since when", () => {
    expect(line("progress", later(12, { ...busy, stage: "load", message: "file\n3" }))).toBe(
      "import: 14%, 29 of 200 rows, 2.4 rows/s, eta 59s, load, file 3, after 12s",
    );
    expect(line("progress", later(12))).toBe("import: after 12s");
  });

  it("says of a guess, and of a floor, that it is one", () => {
    expect(line("progress", later(1, { percentage: 40, estimated: true, coverage: 0.5 }))).toContain(": ~40%,");
    expect(line("progress", later(1, { percentage: 40, coverage: 0.5 }))).toContain(": >40%,");
  });

  it("goes on with the time of a silent one, without its old rate and estimate", () => {
    expect(line("progress", later(12, busy), 30)).toBe("import: 14%, 29 of 200 rows, after 42s");
    const stalled = { seconds: 60, waitingOn: [] };
    expect(line("progress", later(70, { stalled }), 30)).toBe("import: no progress for 1m 30s, after 1m 40s");
    expect(line("progress", later(70, { status: "paused", reason: "lunch" }), 30)).toBe(
      "import: paused, lunch, after 1m 10s",
    );
  });
});

describe("what needs attention begins with a word in capitals", () => {
  const waitingOn = [
    { name: "SELECT", elapsedSeconds: 9, attributes: {} },
    { name: "GET\nx", elapsedSeconds: 8, attributes: {} },
  ];
  it.each([
    [
      "stalled",
      { stalled: { seconds: 10, waitingOn } },
      "STALLED import: no progress for 10s, waiting on SELECT, GET x, after 10s",
    ],
    ["recovered", {}, "RECOVERED import: after 10s"],
    ["retried", { attempt: 2, rate: 9 }, "RETRY import: attempt 2, after 10s"],
    ["retried", { attempt: 2, status: "paused" }, "RETRY import: attempt 2, paused, after 10s"],
    ["paused", { status: "paused", reason: "lunch" }, "PAUSED import: lunch, after 10s"],
    ["resumed", {}, "RESUMED import: after 10s"],
    ["cancelRequested", { cancelRequested: { at: "", reason: "bye" } }, "CANCELLING import: bye, after 10s"],
  ] as const)("%s", (happening, fields, expected) => {
    expect(line(happening, later(10, fields))).toBe(expected);
  });
});

describe("the last line", () => {
  it("says of what completed how much there was, how long it took and how fast it was", () => {
    const all = { current: 200, total: 200, unit: "row", percentage: 100, meanRate: 10, rate: 99, traceId: "f0" };
    expect(line("ended", ended(20, all))).toBe("ok import: 200 rows, in 20s, 10 rows/s");
    expect(line("ended", ended(20, { ...all, current: 190, failedItems: 3, skippedItems: 1, attempt: 2 }))).toBe(
      "ok import: 190 of 200 rows, in 20s, 10 rows/s, 3 failed, 1 skipped, attempt 2",
    );
    expect(line("ended", ended(0))).toBe("ok import: in 0s");
  });

  const failed = (error: object, more: object = {}) => line("ended", ended(2, { status: "failed", error, ...more }));

  it("says of what failed with which code, why, how far it was and where its trace is", () => {
    expect(failed({ type: "Error", message: "disk full", code: "ENOSPC" }, { ...busy, traceId: "f0" })).toBe(
      "FAILED import: ENOSPC: disk full, 14%, 29 of 200 rows, in 2s, 2.4 rows/s, trace f0",
    );
  });

  it("says what caused it, and nothing twice", () => {
    expect(failed({ type: "TypeError", message: "x is not y" })).toBe("FAILED import: TypeError: x is not y, in 2s");
    expect(failed({ type: "Error", message: "" })).toBe("FAILED import: in 2s");
    expect(failed({ type: "Error", message: "", code: "E1" })).toBe("FAILED import: E1, in 2s");
    const causes = [
      { type: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" },
      { type: "Error", message: "no\nanswer", code: "EIO" },
    ];
    expect(failed({ type: "Error", message: "not saved", causes })).toBe(
      "FAILED import: not saved, caused by connect ECONNREFUSED, caused by EIO: no answer, in 2s",
    );
  });

  it("says of what was cancelled or lost that it was", () => {
    expect(line("ended", ended(2, { status: "cancelled", reason: "shutdown", percentage: 40 }))).toBe(
      "CANCELLED import: shutdown, 40%, in 2s",
    );
    expect(line("ended", later(2, { status: "lost", lastSeenAt: "" }))).toBe("LOST import: in 2s");
  });
});

it("colours the first word alone, and only what has a colour", () => {
  const colored = (happening: Happening, snapshot: Snapshot) =>
    plainLine({ happening, snapshot, silentSeconds: 0 }, { name: "import", color: true });
  expect(colored("ended", ended(2))).toBe("\u001b[32mok\u001b[0m import: in 2s");
  expect(colored("progress", later(2))).toBe("import: after 2s");
  expect(colored("resumed", later(2))).toBe("RESUMED import: after 2s");
});

it("a name of control characters only is replaced by the id", () => {
  expect(nameOf(operation({ name: "\u001b\n", id: "a" }))).toBe("a");
});
