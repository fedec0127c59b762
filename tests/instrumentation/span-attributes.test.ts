import { expect, test } from "vitest";
import { createProgress, defineOperation } from "../../src/index.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

const clip = defineOperation("video.clip", { stages: { download: [0, 50], encode: [50, 100] } });

test("an update event names the stage that was running at its time", async () => {
  await using telemetry = await startTestTelemetry();
  await using t = createTestProgress();
  await t.progress.operation(clip, async (op) => {
    await t.advance("100ms");
    await op.stage("download", { total: 2 }, async (stage) => {
      stage.increment();
      await t.advance("100ms");
      stage.increment();
    });
    await op.stage("encode", { total: 2 }, async (stage) => {
      stage.increment();
      await t.advance("100ms");
    });
  });
  const operation = telemetry.spans().find(({ name }) => name === "video.clip")!;
  const updates = operation.events.filter(({ name }) => name === "progress.update");
  expect(updates.map(({ attributes }) => [attributes!["progress.stage"], attributes!["progress.ratio"]])).toEqual([
    [undefined, undefined],
    ["download", 0.25],
    ["encode", 0.75],
    ["encode", 1],
  ]);
});

test("a cancelled operation and a skipped level say so in a status event, with the reason", async () => {
  await using telemetry = await startTestTelemetry();
  await using t = createTestProgress();
  const op = t.progress.start("import");
  op.startLevel("song").skip("nothing changed");
  op.cancel("user asked");
  expect(
    telemetry.spans().map(({ name, events }) => [name, events.map((event) => [event.name, event.attributes])]),
  ).toEqual([
    ["song", [["progress.status", { "progress.status": "skipped", "progress.reason": "nothing changed" }]]],
    ["import", [["progress.status", { "progress.status": "cancelled", "progress.reason": "user asked" }]]],
  ]);
});

test("error types are told apart up to a hundred, then counted as _OTHER", async () => {
  await using telemetry = await startTestTelemetry();
  await using progress = createProgress();
  for (let code = 0; code < 150; code++) progress.start("import").fail(new Error("x"), { code: `E${code}` });
  const series = (await telemetry.metrics()).filter(({ name }) => name === "progress.operation.duration");
  expect(series.length).toBe(101);
  expect(series.find(({ attributes }) => attributes["error.type"] === "_OTHER")?.value).toMatchObject({ count: 50 });
});
