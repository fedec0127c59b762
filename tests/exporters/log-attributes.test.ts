import { expect, it } from "vitest";
import { epochMillisOf, eventOf, logAttributes } from "../../src/exporters/log-attributes.js";
import type { Happening, Notice } from "../../src/exporters/notices.js";
import type { Snapshot } from "../../src/model.js";
import { at, ended, later, operation } from "./snapshots.js";

const notice = (happening: Happening, snapshot: Snapshot, silentSeconds = 0): Notice => ({
  happening,
  snapshot,
  silentSeconds,
});

it("names events as the spans do", () => {
  const names = (["started", "progress", "stalled", "recovered", "retried", "paused", "ended"] as const).map(
    (happening) => eventOf(notice(happening, operation())),
  );
  expect(names).toEqual([
    "progress.status",
    "progress.update",
    "progress.stalled",
    "progress.recovered",
    "progress.attempt",
    "progress.status",
    "progress.status",
  ]);
});

it("says what is known of a running operation, and nothing of what is not", () => {
  expect(logAttributes(notice("started", operation()))).toEqual({
    "progress.operation.id": "1",
    "progress.operation.type": "import",
    "progress.status": "running",
  });
  const known = { current: 5, total: 10, unit: "row", percentage: 50, rate: 2, message: "m", stage: "s", attempt: 2 };
  const more = { name: "Nightly", failedItems: 1, skippedItems: 2, cancelRequested: { at: at(1), reason: "bye" } };
  expect(logAttributes(notice("progress", later(3, { ...known, ...more })))).toEqual({
    "progress.operation.id": "1",
    "progress.operation.type": "import",
    "progress.operation.name": "Nightly",
    "progress.status": "running",
    "progress.current": 5,
    "progress.total": 10,
    "progress.unit": "row",
    "progress.ratio": 0.5,
    "progress.rate.current": 2,
    "progress.message": "m",
    "progress.stage": "s",
    "progress.attempt": 2,
    "progress.items.failed": 1,
    "progress.items.skipped": 2,
    "progress.reason": "bye",
  });
});

it.each([
  [
    "a stall",
    { stalled: { seconds: 5, waitingOn: [{ name: "GET" }] } },
    { "progress.idle_time": 7, "progress.waiting_on": ["GET"] },
  ],
  ["a stall on nothing known", { stalled: { seconds: 5, waitingOn: [] } }, { "progress.idle_time": 7 }],
  ["a pause", { status: "paused", reason: "lunch" }, { "progress.status": "paused", "progress.reason": "lunch" }],
  ["a failure with a code", { status: "failed", error: { type: "TypeError", code: "E1" } }, { "error.type": "E1" }],
  ["a failure without one", { status: "failed", error: { type: "TypeError" } }, { "error.type": "TypeError" }],
  ["a loss", { status: "lost" }, { "progress.status": "lost", "error.type": "LOST" }],
  ["an end", { status: "completed", meanRate: 2, peakRate: 3 }, { "progress.rate.mean": 2, "progress.rate.peak": 3 }],
])("says of %s what is to be said of it", (_, fields, expected) => {
  const attributes = logAttributes(notice("progress", later(5, fields), 2));
  expect(attributes).toEqual({
    "progress.operation.id": "1",
    "progress.operation.type": "import",
    "progress.status": "running",
    ...("status" in fields && { "progress.status": fields.status }),
    ...expected,
  });
});

it("dates a start when it was, an end when it was, and the rest when it is told", () => {
  const time = (given: Notice) => new Date(epochMillisOf(given)).toISOString();
  expect(time(notice("started", later(5)))).toBe(at(0));
  expect(time(notice("started", later(5, { startedAt: undefined })))).toBe(at(5));
  expect(time(notice("ended", ended(5), 3))).toBe(at(5));
  expect(time(notice("progress", later(5), 3))).toBe(at(8));
});
