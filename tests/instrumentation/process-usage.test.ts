import { describe, expect, it } from "vitest";
import { sampleUsage } from "../../src/instrumentation/process-usage.js";
import { createProgress } from "../../src/instrumentation/progress.js";

describe("a look at the process", () => {
  it("gives the time it was asked at, and sums that are there and finite", () => {
    const { millis, ...sums } = sampleUsage(42);
    expect(millis).toBe(42);
    expect(Object.keys(sums).sort()).toEqual(["cpuSeconds", "loopActiveMillis", "loopIdleMillis", "memoryBytes"]);
    expect(Object.values(sums).every((sum) => Number.isFinite(sum) && sum >= 0)).toBe(true);
  });

  it("says so in seconds and bytes", () => {
    const { cpuSeconds, memoryBytes } = sampleUsage(0);
    const { user, system } = process.cpuUsage();
    expect((user + system) / 1e6 - cpuSeconds).toBeGreaterThanOrEqual(0);
    expect((user + system) / 1e6 - cpuSeconds).toBeLessThan(1);
    expect(memoryBytes).toBeGreaterThan(10 * 2 ** 20);
    expect(memoryBytes).toBeLessThan(2 ** 40);
  });

  it("later finds no smaller sums", () => {
    const before = sampleUsage(0);
    let sum = 0;
    for (let n = 0; n < 1e6; n++) sum += Math.sqrt(n);
    const after = sampleUsage(1);
    expect(sum).toBeGreaterThan(0);
    expect(after.cpuSeconds).toBeGreaterThanOrEqual(before.cpuSeconds);
    expect(after.loopActiveMillis).toBeGreaterThanOrEqual(before.loopActiveMillis);
    expect(after.loopIdleMillis).toBeGreaterThanOrEqual(before.loopIdleMillis);
  });
});

it("an operation by the computer's clock shows what the process used", async () => {
  await using progress = createProgress({ interval: "10ms" });
  const op = progress.start("job");
  const shown = new Promise((resolve) => {
    progress.subscribe(({ operation }) => operation.process && resolve(operation.process), { events: ["updated"] });
  });
  // One update per tick; the first tick is the first look after the start.
  const counting = setInterval(() => op.increment(), 1);
  try {
    expect(Object.keys((await shown) as object).sort()).toEqual([
      "cpuSeconds",
      "cpuUtilization",
      "eventLoopUtilization",
      "memoryBytes",
      "memoryGrowthBytes",
    ]);
  } finally {
    clearInterval(counting);
  }
});
