import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Level, LevelOptions, Operation } from "../../src/instrumentation/handles.js";
import type { Eta } from "../../src/model.js";
import type { Entry } from "../../src/state/entry.js";
import { UsualTime } from "../../src/state/usual-time.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
let op: Operation;
beforeEach(() => {
  test = createTestProgress();
  op = test.progress.start("job") as Operation;
});
afterEach(() => test.progress.shutdown());

const entry = (handle: unknown): Entry => handle as Entry;
const usual = (left = new Map<Entry, Eta>()) =>
  new UsualTime(entry(op).extra!.family!, test.clock.monotonicMillis(), left);
async function completed(seconds: number, options: LevelOptions = {}, kind = "file"): Promise<void> {
  const level = op.startLevel(kind, options);
  await test.advance(`${seconds}s`);
  level.complete();
}
/** What a part like this would take. */
const secondsOf = (options: LevelOptions = {}, kind = "file") => usual().secondsOf(entry(op.startLevel(kind, options)));

describe("a part takes as long as those of its kind", () => {
  it("did here on average, whatever other kinds took", async () => {
    await completed(2);
    await completed(6);
    await completed(60, {}, "upload");
    expect([secondsOf(), secondsOf({}, "upload"), usual().mean]).toEqual([4, 60, 68 / 3]);
  });

  it("for its items, where all have a total in one unit", async () => {
    await completed(2, { total: 100, unit: "By" });
    await completed(4, { total: 200, unit: "By" });
    expect(secondsOf({ total: 1_000, unit: "By" })).toBe(20);
    expect(secondsOf({ total: 1_000, unit: "row" })).toBe(3);
  });

  it("for its weight, where all have one", async () => {
    await completed(3, { weight: 1 });
    await completed(9, { weight: 3 });
    expect([secondsOf({ weight: 5 }), secondsOf()]).toEqual([15, 6]);
  });
});

it("one that runs counts as far as it is done", async () => {
  await completed(2);
  const running = op.startLevel("file", { total: 8 });
  const silent = op.startLevel("file");
  await test.advance("6s");
  const left: Eta = { seconds: 2, low: 1, high: 3, basis: "rate" };
  // 8 s of work for one part and three quarters of another
  const time = usual(new Map([running, silent].map((part) => [entry(part), left])));
  expect([time.mean, time.seen, usual().mean, usual().seen]).toEqual([8 / 1.75, 1.75, 2, 1]);
});

it("what failed, was skipped, or runs and tells nothing says nothing of how long a part takes", async () => {
  const parts = [op.startLevel("file"), op.startLevel("file"), op.startLevel("file")] as Level[];
  await test.advance("2s");
  parts[0]!.fail(new Error("no"));
  parts[1]!.skip();
  expect([secondsOf(), usual().mean]).toEqual([undefined, undefined]);
});

it("past runs are asked for kinds that nobody completed here, and that they were is known", async () => {
  await completed(8);
  op.complete();
  op = test.progress.start("job") as Operation;
  op.startLevel("other");
  const time = usual();
  expect([time.secondsOf(entry(op.startLevel("new"))), time.learned]).toEqual([undefined, false]);
  expect([time.secondsOf(entry(op.startLevel("file"))), time.learned, time.mean]).toEqual([8, true, undefined]);
});
