import { describe, expect, it } from "vitest";
import { readJobProgress } from "../../src/bullmq/job-progress.js";

describe("what a job reports", () => {
  it.each([
    [40, { percentage: 40 }],
    ["loading", { message: "loading" }],
    [{ percentage: 40 }, { percentage: 40 }],
    [
      { percent: 40, step: "audio" },
      { percentage: 40, message: "audio" },
    ],
    [
      { progress: 40, message: "audio", status: "ok" },
      { percentage: 40, message: "audio" },
    ],
    [
      { current: 3, total: 4 },
      { current: 3, total: 4 },
    ],
    [{ completed: 3 }, { current: 3 }],
    [
      { processed: 3, total: 4, stage: "video" },
      { current: 3, total: 4, message: "video" },
    ],
    [{ total: 4 }, { total: 4 }],
    [{ percentage: 40, current: 3, total: 4 }, { percentage: 40 }],
  ])("%j is understood", (said, update) => {
    expect(readJobProgress(said)).toEqual(update);
  });

  it.each([[true], [null], [undefined], [{}], [{ frame: 7 }], [{ percentage: "40" }], [[1, 2]]])(
    "%j is only a sign of life",
    (said) => {
      expect(readJobProgress(said)).toBeUndefined();
    },
  );
});
