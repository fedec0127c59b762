import { expect, test } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { formatReport } from "../../src/query/report.js";
import { createTestProgress } from "../../src/testing.js";

test("the report tells everything about an operation and the tree below it", async () => {
  const t = createTestProgress();
  const op = t.progress.start("setlist", {
    name: "My Setlist",
    description: "for Friday",
    attributes: { room: "A\n1" },
  });
  const second = op.declare("song", { id: "song-2", name: "audio2.wav" });
  const first = op.startLevel("song", { id: "song-1", name: "audio1.wav", total: 2, unit: "action" });
  const load = first.startLevel("action", { name: "LoadAudio" });
  await t.advance("3s");
  load.complete({ channels: 2 });
  first.increment();
  const detect = first.startLevel("action", { total: 150, unit: "event" });
  for (let step = 0; step < 10; step++) {
    detect.increment(10);
    await t.advance("1s");
  }
  op.itemFailed(new Error("no header"));
  op.itemSkipped(2);
  expect(second.id).toBe("song-2");
  expect(formatReport(op.snapshot())).toBe(`setlist: "My Setlist" (ID: 1)
  Status: Running (41%, 0 of 2 parts completed)
  Description: for Friday
  Started: 2026-01-01 00:00:00 UTC
  Elapsed: 13s
  Estimated remaining: 32s (3.2s to 44s)
  Progress: 3
  Failed items: 1
  Skipped items: 2
  Message: no header
  room: A 1

  song 1/2: audio2.wav (ID: song-2)
    Status: Pending
    Elapsed: 0s

  song 2/2: audio1.wav (ID: song-1)
    Status: Running (83%)
    Started: 2026-01-01 00:00:00 UTC
    Elapsed: 13s
    Estimated remaining: 4.8s (3.2s to 6.1s)
    Progress: 1 of 2 actions
    Rate: 1.4 actions/min (peak 19 actions/min)
    Time per item: 13s

    action 1/2: LoadAudio (ID: 3)
      Status: Completed (100%, {"channels":2})
      Started: 2026-01-01 00:00:00 UTC
      Ended: 2026-01-01 00:00:03 UTC
      Duration: 3s

    action 2/2 (ID: 4)
      Status: Running (66%)
      Started: 2026-01-01 00:00:03 UTC
      Elapsed: 10s
      Estimated remaining: 4.8s (3.2s to 6.1s)
      Progress: 100 of 150 events
      Rate: 8.8 events/s (peak 17 events/s)
      Time per item: 0.1s`);
});

test("a failure tells code and message, an end its time, a stall what it waits on", async () => {
  const t = createTestProgress();
  const failed = t.progress.start("import");
  failed.increment(20);
  await t.advance("10s");
  failed.fail(new Error("disk full"), { code: "E_DISK" });
  expect(formatReport(failed.snapshot())).toBe(`import (ID: 1)
  Status: Failed (E_DISK: disk full)
  Started: 2026-01-01 00:00:00 UTC
  Ended: 2026-01-01 00:00:10 UTC
  Duration: 10s
  Progress: 20
  Rate: 2/s (peak 2/s)
  Time per item: 0.5s`);

  const stalled = t.progress.start("import", { stallTimeout: "2s" });
  await t.advance("3s");
  const waiting = {
    ...stalled.snapshot(),
    stalled: { seconds: 3, waitingOn: [{ name: "POST /x", elapsedSeconds: 2.5, attributes: {} }] },
  };
  expect(formatReport(waiting as never)).toContain("\n  Waiting on: POST /x for 2.5s");
});

test("a cancelled operation tells its reason, a lost one when it was last seen, an attempt its number", async () => {
  const t = createTestProgress();
  const cancelled = t.progress.start("import");
  cancelled.newAttempt("again");
  cancelled.cancel("user asked");
  expect(formatReport(cancelled.snapshot())).toContain("  Status: Cancelled (user asked)\n");
  expect(formatReport(cancelled.snapshot())).toContain("  Attempt: 2");
  const lost = {
    ...cancelled.snapshot(),
    status: "lost",
    lastSeenAt: "2026-01-01T00:00:09.000Z",
    endedAt: undefined,
    reason: undefined,
  };
  expect(formatReport(lost as never)).toContain("  Last seen: 2026-01-01 00:00:09 UTC");
});

test("of many levels it writes out the failed, the running and the longest, in their own order, and counts the rest", async () => {
  const t = createTestProgress({ limits: { levelsPerOperation: 5 } });
  const op = t.progress.start("import");
  for (let index = 0; index < 8; index++) {
    const level = op.startLevel("part", { id: `p${index}` });
    await t.advance(`${index === 3 ? 9 : 1}s`);
    if (index === 5) level.fail(new Error("bad"));
    else if (index === 7) level.message("under way");
    else level.complete();
  }
  const written = formatReport(op.snapshot(), { levels: 3 });
  expect([...written.matchAll(/ID: (p\d)/g)].map((match) => match[1])).toEqual(["p3", "p5", "p7"]);
  expect(written.split("\n").at(-1)).toBe("  and 5 more: 3 completed, 2 no longer kept one by one");
});

test("an operation without levels or anything known is two lines", () => {
  const t = createTestProgress();
  expect(formatReport(t.progress.start("import", { id: "a\u001b[2Jb" }).snapshot())).toBe(`import (ID: ab)
  Status: Running
  Started: 2026-01-01 00:00:00 UTC
  Elapsed: 0s`);
});

test("the time per item is told while an item takes long enough to be read", async () => {
  const t = createTestProgress();
  const line = async (items: number) => {
    const op = t.progress.start("import");
    op.increment(items);
    await t.advance("10s");
    const [, time] = /^ {2}Time per item: (.*)$/m.exec(formatReport(op.snapshot())) ?? [];
    op.complete();
    return time;
  };
  expect([await line(0), await line(0.1), await line(1), await line(100), await line(101)]).toEqual([
    undefined,
    "1m 40s",
    "10s",
    "0.1s",
    undefined,
  ]);
});

test("an error tells what caused it, nearest first, each on the one line", () => {
  const t = createTestProgress();
  const op = t.progress.start("import");
  const root = Object.assign(new Error("connect\nrefused"), { code: "ECONNREFUSED" });
  op.fail(new Error("not saved", { cause: new Error("no answer", { cause: root }) }), { code: "E_SAVE" });
  const lines = formatReport(op.snapshot()).split("\n");
  expect(lines.slice(1, 2)).toEqual(["  Status: Failed (E_SAVE: not saved)"]);
  expect(lines.filter((line) => line.startsWith("  Caused by"))).toEqual([
    "  Caused by: no answer, ECONNREFUSED: connect refused",
  ]);
  const plain = t.progress.start("import");
  plain.fail(new Error("x"));
  expect(formatReport(plain.snapshot())).not.toContain("Caused by");
});

test("a failed level tells what caused it as well", () => {
  const t = createTestProgress();
  const op = t.progress.start("import");
  op.startLevel("part").fail(new Error("a", { cause: "b" }));
  expect(formatReport(op.snapshot())).toContain("\n    Caused by: b");
});

test("what the process used is told of the operation", () => {
  const t = createTestProgress();
  const snapshot = t.progress.start("import").snapshot();
  const process = { cpuSeconds: 1, cpuUtilization: 1.254, memoryBytes: 200 * 2 ** 20, memoryGrowthBytes: 0 };
  const line = (more: object) =>
    formatReport({ ...snapshot, process: { ...process, ...more } } as Snapshot)
      .split("\n")
      .at(-1);
  expect([line({}), line({ eventLoopUtilization: 0.004 })]).toEqual([
    "  Whole process: CPU 125%, memory 209.7 MB",
    "  Whole process: CPU 125%, memory 209.7 MB, event loop 0% busy",
  ]);
  expect(formatReport(snapshot)).not.toContain("Whole process");
});

test("a guessed percentage is said to be one, on the operation and on its levels", async () => {
  const t = createTestProgress();
  const op = t.progress.start("import");
  const level = op.startLevel("part", { simulate: { expected: "10s" } });
  await t.advance("5s");
  const statuses = () => formatReport(op.snapshot()).match(/Status: .*/g);
  expect(statuses()).toEqual(["Status: Running (~45%, 0 of 1 parts completed)", "Status: Running (~45%)"]);
  level.fail(new Error("no"));
  expect(statuses()![1]).toBe("Status: Failed (~45%, no)");
});

test("nothing that others chose makes a line of its own, or moves the cursor", () => {
  const t = createTestProgress();
  const op = t.progress.start("im\u001b[2Jport", { name: "a\nb", description: "c\n  Status: Completed\u0007" });
  op.startLevel("fi\nle", { name: "d" });
  const report = formatReport({
    ...op.snapshot(),
    type: "im\u001b[2Jport",
    stage: "e\nf",
    description: "c\n  g\u0007",
  });
  expect(report).toMatch(/^import: "a b" \(ID: /);
  expect(report).toContain("\n  Description: c   g\n");
  expect(report).toContain("\n  Stage: e f\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
  expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("a rate is told without its peak where that is not known", async () => {
  const t = createTestProgress();
  const op = t.progress.start("job");
  op.increment(10);
  await t.advance("5s");
  const { peakRate: _, ...snapshot } = op.snapshot();
  expect(formatReport({ ...snapshot, rate: 2 } as Snapshot)).toContain("\n  Rate: 2/s\n");
});

test("a time that the work itself gave has no range", () => {
  const op = createTestProgress().progress.start("upload");
  op.update({ percentage: 10, etaSeconds: 60 });
  expect(formatReport(op.snapshot())).toMatch(/ Estimated remaining: 1m$/m);
});
