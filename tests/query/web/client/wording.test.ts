import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../../src/model.js";
import * as wording from "../../../../src/query/web/client/wording.js";
import { level, NOON_MILLIS, noonPlus, operation } from "./operations.js";

const ARRIVED = NOON_MILLIS + 10_000;
const { percentText, spokenProgress, amountText, rateText, elapsedText, etaText, noteText, agoText, traceAddress } =
  wording;
const idle = (given: Parameters<typeof operation>[1], age = 0) => wording.idleText(operation("a", given), ARRIVED, age);

describe("a percentage", () => {
  it("is rounded down, a guess has a tilde, a floor a sign", () => {
    const texts = [{}, { percentage: 42.9 }, { percentage: 42, estimated: true }, { percentage: 42, coverage: 0.5 }];
    expect(texts.map((given) => percentText(operation("a", given)))).toEqual(["", "42%", "~42%", "≥42%"]);
  });

  it("is spoken in words", () => {
    const all = [
      {},
      { percentage: 30, current: 3, total: 10, unit: "row" },
      { percentage: 42, estimated: true },
      { percentage: 42, coverage: 0.5 },
      { current: 5 },
    ];
    expect(all.map((given) => spokenProgress(operation("a", given)))).toEqual([
      "unknown",
      "30 percent, 3 of 10 rows",
      "about 42 percent",
      "at least 42 percent",
      "5",
    ]);
  });
});

describe("what was done", () => {
  it("is told with what failed and was skipped", () => {
    const some = operation("a", { current: 3, total: 10, unit: "row", failedItems: 1, skippedItems: 2 });
    expect(amountText(some)).toBe("3 of 10 rows, 1 failed, 2 skipped");
    expect(amountText(operation("a", { status: "completed", current: 10, total: 10 }))).toBe("10");
  });

  it("has the present rate while it runs, the mean one when it ended, and none in between", () => {
    const given = { rate: 5, meanRate: 4, unit: "row" };
    const rates = [{}, { status: "completed" }, { status: "paused" }, { stalled: { seconds: 9, waitingOn: [] } }];
    expect(rates.map((more) => rateText(operation("a", { ...given, ...more })))).toEqual([
      "5 rows/s",
      "4 rows/s",
      "",
      "",
    ]);
  });
});

describe("time", () => {
  it("goes on between two snapshots, in steps that can be read", () => {
    expect(elapsedText(operation("a"), ARRIVED, 0)).toBe("for 10s");
    expect(elapsedText(operation("a"), ARRIVED, 2.9)).toBe("for 12s");
    expect(elapsedText(operation("a"), ARRIVED, 700)).toBe("for 11m");
  });

  it("is right of a snapshot that is older than the frame it came in", () => {
    expect(elapsedText(operation("a", { elapsedSeconds: 3, updatedAt: noonPlus(3) }), ARRIVED, 1)).toBe("for 11s");
  });

  it("leaves out what was paused, and stands still while it is", () => {
    expect(elapsedText(operation("a", { elapsedSeconds: 4 }), ARRIVED, 1)).toBe("for 5s");
    expect(elapsedText(operation("a", { elapsedSeconds: 4, status: "paused" }), ARRIVED, 1)).toBe("for 4s");
  });

  it("of what ended is exact, and of what has not begun is nothing", () => {
    const ended = (elapsedSeconds: number) =>
      elapsedText(operation("a", { status: "completed", elapsedSeconds }), ARRIVED, 9);
    expect([ended(4.25), ended(0.02), elapsedText(operation("a", { startedAt: undefined }), ARRIVED, 0)]).toEqual([
      "4.2s",
      "<0.1s",
      "",
    ]);
  });

  it("that is left counts down, with its range where there is one", () => {
    const eta = (low: number, seconds: number, high: number) =>
      operation("a", { eta: { low, seconds, high, basis: "rate" } });
    expect(etaText(eta(50, 60, 90), 10, true)).toEqual({ left: "50s left", range: "40s to 1m 20s" });
    expect(etaText(eta(60, 60, 60), 0, false)).toEqual({ left: "1m left", range: "" });
    expect(etaText(eta(1, 2, 3), 30, false)).toEqual({ left: "a moment left", range: "" });
    expect(etaText(eta(1, 2, 3), 30, true)).toEqual({ left: "", range: "" });
    expect(etaText(eta(0.4, 60, 90), 0, false)).toEqual({ left: "1m left", range: "up to 1m 30s" });
    expect(etaText(operation("a"), 0, false)).toEqual({ left: "", range: "" });
  });

  it("since something moved is told from ten seconds on, of what reports at all and does not stall", () => {
    expect(idle({ current: 1, progressedAt: noonPlus(5) })).toBe("");
    expect(idle({ current: 1, progressedAt: noonPlus(5) }, 7)).toBe("idle 12s");
    expect(idle({ current: 1 }, 7)).toBe("idle 17s");
    expect(idle({}, 60)).toBe("");
    expect(idle({ percentage: 4, estimated: true }, 60)).toBe("");
    expect(idle({ current: 1, stalled: { seconds: 60, waitingOn: [] } }, 60)).toBe("");
  });

  it("ago is told in one unit", () => {
    const times = [0, 59_999, 60_000, 7_200_000, 86_400_000 * 3];
    expect(times.map(agoText)).toEqual(["just now", "just now", "1 minute ago", "2 hours ago", "3 days ago"]);
  });
});

describe("the sentence of a row", () => {
  const note = (given: Parameters<typeof operation>[1], age = 0) => noteText(operation("a", given), ARRIVED, age);

  it("says for how long it stands still, and what it waits on", () => {
    const waits = (name: string) => ({ name, elapsedSeconds: 5, attributes: {} });
    const stalled = (...waitingOn: unknown[]) => ({
      message: "m",
      current: 1,
      progressedAt: noonPlus(4),
      stalled: { seconds: 6, waitingOn },
    });
    expect(note(stalled())).toBe("No progress for 6s");
    expect(note(stalled(waits("SELECT")), 2)).toBe("No progress for 8s, waiting on SELECT for 7s");
    expect(note(stalled(waits("SELECT"), waits("GET")))).toBe(
      "No progress for 6s, waiting on SELECT for 5s and 1 more",
    );
  });

  it("says how it ended, else what is asked of it, else what it says of itself", () => {
    expect(note({ status: "failed", error: { type: "E", message: "no", code: "ENO" } })).toBe("ENO: no");
    expect(note({ status: "failed", error: { type: "E", message: "no" } })).toBe("no");
    expect(note({ status: "lost", lastSeenAt: noonPlus(-120) })).toBe("Its process is gone; last seen 2 minutes ago");
    expect(note({ status: "cancelled", reason: "superseded" })).toBe("superseded");
    expect(note({ cancelRequested: { at: noonPlus(1) }, message: "m" })).toBe("Asked to cancel");
    expect(note({ cancelRequested: { at: noonPlus(1), reason: "late" } })).toBe("Asked to cancel: late");
    expect([note({ message: "m" }), note({})]).toEqual(["m", ""]);
  });
});

describe("a tone", () => {
  it("is the status, or that it stands still; each has its word", () => {
    const stalled = operation("a", { stalled: { seconds: 1, waitingOn: [] } });
    expect([wording.toneOf(stalled), wording.toneOf(level("l", { status: "skipped" }))]).toEqual([
      "stalled",
      "skipped",
    ]);
    expect(wording.toneText("stalled")).toBe("Stalled");
  });
});

describe("the address of a trace", () => {
  const traced = operation("a", { traceId: "t/1", spanId: "s" }) as Snapshot;

  it("is the template with the ids in it", () => {
    expect(traceAddress("https://jaeger/trace/{traceId}?s={spanId}", traced)).toBe("https://jaeger/trace/t%2F1?s=s");
    expect(traceAddress("/trace/{traceId}", traced)).toBe("/trace/t%2F1");
  });

  it("is none without a trace or a template, or when it is no address of the web", () => {
    expect(traceAddress("https://jaeger/{traceId}", operation("a"))).toBe(undefined);
    expect(traceAddress(undefined, traced)).toBe(undefined);
    expect(traceAddress("javascript:alert('{traceId}')", traced)).toBe(undefined);
    expect(traceAddress("//elsewhere/{traceId}", traced)).toBe(undefined);
  });
});
