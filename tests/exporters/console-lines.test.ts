import { expect, test } from "vitest";
import { consoleLines } from "../../src/exporters/console-lines.js";
import type { Snapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

function setUp(format: "plain" | "json") {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(...text.trimEnd().split("\n")) };
  const t = createTestProgress({ exporters: [consoleLines({ format, stream })] });
  return { t, lines };
}

/** The estimates of a running operation have tests of their own. */
const withoutPace = (line: string) => line.replace(/, [^,]*\/(s|min)/, "").replace(/, eta [^,]*/, "");

test("plain lines: one at the start, at most one per five seconds and five percent, one at the end", async () => {
  const { t, lines } = setUp("plain");
  await t.progress.operation("import", { name: "Import", total: 200, unit: "row" }, async (op) => {
    for (let second = 0; second < 20; second++) {
      op.increment(second < 10 ? 1 : 19);
      await t.advance("1s");
    }
  });
  await t.progress.forceFlush();
  expect(lines.map(withoutPace)).toEqual([
    "Import: 0%, 1 of 200 rows",
    "Import: 14%, 29 of 200 rows",
    "Import: 62%, 124 of 200 rows",
    "ok Import  200 rows  in 20s  10 rows/s",
  ]);
});

test("plain lines: a change of stage, of status and a stall are said at once", async () => {
  const { t, lines } = setUp("plain");
  const op = t.progress.start("import", { stallTimeout: "2s" });
  await t.advance("100ms");
  op.pause("lunch");
  await t.advance("100ms");
  op.resume();
  await t.advance("2s");
  op.increment();
  await t.advance("100ms");
  op.fail(new Error("disk full"));
  await t.progress.forceFlush();
  expect(lines.map(withoutPace)).toEqual([
    "import: running",
    "import: paused",
    "import: running",
    "import: stalled 2s",
    "import: 1",
    "failed import  1  in 2.2s  27/min  disk full",
  ]);
});

test("plain lines: a quiet operation speaks once a minute", async () => {
  const { t, lines } = setUp("plain");
  const op = t.progress.start("import", { total: 100_000 });
  for (let second = 0; second < 121; second++) {
    op.increment();
    await t.advance("1s");
  }
  expect(lines.map((line) => line.split(", ")[1])).toEqual(["1 of 100,000", "61 of 100,000", "121 of 100,000"]);
  op.complete();
});

test("JSON lines are complete snapshots, at most one a second and at every change of status", async () => {
  const { t, lines } = setUp("json");
  const op = t.progress.start("import", { total: 30 });
  for (let step = 0; step < 25; step++) {
    op.increment();
    await t.advance("100ms");
  }
  op.complete();
  await t.progress.forceFlush();
  const snapshots = lines.map((line) => JSON.parse(line) as Snapshot);
  expect(snapshots.map(({ current, status }) => [current, status])).toEqual([
    [1, "running"],
    [11, "running"],
    [21, "running"],
    [25, "completed"],
  ]);
  expect(snapshots.at(-1)).toEqual(JSON.parse(JSON.stringify(t.progress.live.get("1"))));
});

test("an operation that ended before it was ever seen still leaves its line", async () => {
  const { t, lines } = setUp("plain");
  t.progress.operation("import", (op) => op.increment(3));
  await t.progress.forceFlush();
  expect(lines).toEqual(["ok import  3  in 0s"]);
});

test("plain lines go to stderr and JSON to stdout unless told", () => {
  const written: string[] = [];
  const originals = { out: process.stdout.write, err: process.stderr.write };
  process.stdout.write = ((text: string) => written.push(`out ${text.slice(0, 7)}`)) as never;
  process.stderr.write = ((text: string) => written.push(`err ${text.slice(0, 7)}`)) as never;
  try {
    const t = createTestProgress();
    t.progress.start("import");
    const snapshots = t.progress.live.list();
    consoleLines().export(snapshots, []);
    consoleLines({ format: "json" }).export(snapshots, []);
  } finally {
    process.stdout.write = originals.out;
    process.stderr.write = originals.err;
  }
  expect(written).toEqual(["err import:", 'out {"id":"']);
});
