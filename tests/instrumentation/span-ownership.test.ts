import { afterEach, beforeEach, expect, it } from "vitest";
import type { ExporterHost } from "../../src/exporter-host.js";
import { createTestProgress, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

/** An instance whose exporter shares the operations that are named. */
function sharing(...ids: string[]) {
  const test = createTestProgress();
  let host: ExporterHost | undefined;
  const remove = test.progress.addExporter({
    connect: (given) => {
      host = given;
    },
    export() {},
  });
  const shared = new Set(ids);
  const unguard = host!.guardSpans((id) => shared.has(id));
  return { ...test, host: host!, shared, unguard, remove };
}
const ended = () => telemetry.spans().map(({ name, attributes }) => `${name} ${attributes["progress.status"]}`);

it("a span that nobody else would end ends at once", () => {
  const { progress } = sharing("other");
  progress.start("job", { id: "a" }).complete();
  expect(ended()).toEqual(["job completed"]);
});

it("one that others would end waits until they know, and then ends as it would have", async () => {
  const { progress, host, clock } = sharing("a");
  const op = progress.start("job", { id: "a" });
  const level = op.startLevel("part");
  clock.advance(1_000);
  level.complete();
  const atFirst = host.spansEnded();
  clock.advance(1_000);
  op.complete();
  const atLast = host.spansEnded();
  expect(ended()).toEqual([]);
  clock.advance(5_000);
  host.confirm("b", atLast);
  expect(ended()).toEqual([]);
  host.confirm("a", atFirst);
  expect(ended()).toEqual(["part completed"]);
  host.confirm("a", atLast);
  expect(ended()).toEqual(["part completed", "job completed"]);
  const [seconds] = telemetry.spans()[1]!.endTime;
  expect(seconds - telemetry.spans()[1]!.startTime[0]).toBe(2);
  host.confirm("a", atLast);
  expect(ended().length).toBe(2);
});

it("one that is disowned never ends here, nor do the levels below it; the work goes on", () => {
  const { progress, host } = sharing("a");
  const op = progress.start("job", { id: "a" });
  const [early, late] = [op.startLevel("part"), op.startLevel("part")];
  early.complete();
  host.disown("a");
  late.complete();
  op.increment();
  op.complete();
  host.confirm("a", host.spansEnded());
  expect([ended(), op.snapshot().status, op.snapshot().current]).toEqual([[], "completed", 1]);
});

it("another run with the id of one that is disowned has its span", () => {
  const { progress, host } = sharing("a");
  progress.start("job", { id: "a" }).complete();
  host.disown("a");
  progress.start("job", { id: "a" }).fail("bad");
  host.confirm("a", host.spansEnded());
  expect(ended()).toEqual(["job failed"]);
});

it("nothing waits any more when nobody shares", () => {
  const { progress, unguard } = sharing("a", "b");
  progress.start("job", { id: "a" }).complete();
  unguard();
  expect(ended()).toEqual(["job completed"]);
  progress.start("job", { id: "b" }).complete();
  expect(ended().length).toBe(2);
});

it("of more than 10,000 that wait the oldest end", () => {
  const { progress, shared } = sharing();
  for (let n = 0; n < 10_002; n++) {
    shared.add(`op${n}`);
    progress.start("job", { id: `op${n}` }).complete();
  }
  expect(telemetry.spans().map(({ attributes }) => attributes["progress.operation.id"])).toEqual(["op0", "op1"]);
});
