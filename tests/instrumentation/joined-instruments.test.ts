import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestProgress, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

const value = async (name: string, attributes: object) => {
  const found = (await telemetry.metrics()).filter((series) => series.name === name);
  const same = found.filter((series) => JSON.stringify(series.attributes) === JSON.stringify(attributes));
  return same.map((series) => series.value);
};
const TYPE = { "progress.operation.type": "job" };
const COMPLETED = { ...TYPE, "progress.status": "completed" };

describe("two instances of one process with the same type", () => {
  it("are counted together", async () => {
    await using first = createTestProgress();
    await using second = createTestProgress({ strict: false });
    first.progress.start("job").complete();
    const op = first.progress.start("job");
    second.progress.start("job").complete();
    second.progress.start("job").increment(3);
    op.increment(4);
    second.progress.start("job").increment(-1);
    expect(await value("progress.operation.active", TYPE)).toEqual([3]);
    expect(await value("progress.operation.finished", COMPLETED)).toEqual([2]);
    expect(await value("progress.items", { ...TYPE, "progress.item.status": "done" })).toEqual([7]);
    expect(await value("progress.losses", { "progress.loss.cause": "misuse" })).toEqual([1]);
  });

  it("say when the older of their operations began, and the later of their heartbeats", async () => {
    await using first = createTestProgress();
    await using second = createTestProgress();
    first.clock.advance(5_000);
    first.progress.start("job");
    second.progress.start("job");
    second.clock.advance(60_000);
    const start = Date.UTC(2026, 0, 1) / 1_000;
    expect(await value("progress.operation.oldest_start_time", TYPE)).toEqual([start]);
    expect(await value("progress.instance.heartbeat_time", {})).toEqual([start + 60]);
  });

  it("keep what one of them had counted when it is shut down, and forget what it had running", async () => {
    await using first = createTestProgress();
    const second = createTestProgress();
    for (const { progress } of [first, second]) {
      progress.start("job").complete();
      progress.start("job");
    }
    await second.progress.shutdown();
    expect(await value("progress.operation.finished", COMPLETED)).toEqual([2]);
    expect(await value("progress.operation.active", TYPE)).toEqual([1]);
    first.progress.start("job").complete();
    expect(await value("progress.operation.finished", COMPLETED)).toEqual([3]);
  });
});

it("an instance moves to the provider that takes the place of the first, and is counted there from the beginning", async () => {
  await using test = createTestProgress();
  test.progress.start("job").complete();
  await telemetry[Symbol.asyncDispose]();
  telemetry = await startTestTelemetry();
  test.progress.start("job").complete();
  await test.advance("100ms");
  expect(await value("progress.operation.finished", COMPLETED)).toEqual([2]);
});
