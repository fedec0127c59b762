import { describe, expect, it } from "vitest";
import * as summary from "../../../../src/query/web/client/summary.js";
import { held, NOON_MILLIS, noonPlus, operation } from "./operations.js";

const stalled = { stalled: { seconds: 1, waitingOn: [] } };
const some = new Map([
  held(operation("a", { percentage: 42.9, name: "Nightly\nimport" })),
  held(operation("p", { status: "paused" })),
  held(operation("gone", { status: "lost", lastSeenAt: noonPlus(0) })),
  held(operation("ended"), { leftAt: 2_000 }),
]);

describe("the counts", () => {
  it("are of what is under way, trouble behind what runs", () => {
    expect(summary.countsText(some)).toBe("1 running, 1 lost, 1 paused");
    expect(summary.countsText(new Map([...some, held(operation("s", stalled))]))).toBe(
      "1 running, 1 stalled, 1 lost, 1 paused",
    );
    expect(summary.countsText(new Map())).toBe("");
  });
});

describe("the title of the window", () => {
  it("tells of one how far it is, of several how many, of trouble first", () => {
    expect(summary.titleText(some)).toBe("42% Nightly import · Progress");
    expect(summary.titleText(new Map([...some, held(operation("b"))]))).toBe("2 running · Progress");
    expect(summary.titleText(new Map([...some, held(operation("s", stalled))]))).toBe(
      "1 stalled, 1 running · Progress",
    );
    expect(summary.titleText(new Map([held(operation("b"))]))).toBe("b · Progress");
    expect(summary.titleText(new Map())).toBe("Progress");
  });
});

describe("the connection", () => {
  const said = (state: "connecting" | "live" | "waiting" | "refused" | "absent", reason?: string, time = 0) =>
    summary.connectionText({ state, ...(reason !== undefined && { reason }) }, time);

  it("is told in words, with the time that is shown when it is not the present", () => {
    expect([said("live"), said("absent"), said("refused"), said("connecting"), said("waiting")]).toEqual([
      "Live",
      "History only",
      "Not allowed in",
      "Connecting",
      "Not connected; trying again",
    ]);
    expect(said("waiting", "The server does not answer", NOON_MILLIS)).toMatch(
      /^The server does not answer; trying again\. As of \d+:00:00/,
    );
  });
});

describe("statistics", () => {
  const stats = { active: 0, byStatus: {} as never, byType: {}, forgotten: { operations: 0, levels: 0 }, losses: {} };

  it("say how long it usually takes, when that is known", () => {
    expect(summary.durationsText({ ...stats, meanSeconds: 61, p95Seconds: 120 })).toBe(
      "completed in 1m 1s on average, 95% within 2m",
    );
    expect(summary.durationsText({ ...stats, meanSeconds: 0.01, p95Seconds: 0.2 })).toBe(
      "completed in <0.1s on average, 95% within 0.2s",
    );
    expect([summary.durationsText(stats), summary.durationsText(undefined)]).toEqual(["", ""]);
  });

  it("hide no loss", () => {
    const lossy = { ...stats, forgotten: { operations: 1_000, levels: 2 }, losses: { subscribers: 3 } };
    expect(summary.lossesText(lossy)).toBe(
      "Since the start: 1,000 ended operations are no longer kept; 2 ended levels live on as counts; subscribers: 3.",
    );
    expect([summary.lossesText(stats), summary.lossesText(undefined)]).toEqual(["", ""]);
  });
});
