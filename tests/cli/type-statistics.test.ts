import { expect, it } from "vitest";
import type { Shown } from "../../src/cli/output.js";
import { table } from "../../src/cli/table.js";
import { statisticsOf, TYPE_COLUMNS } from "../../src/cli/type-statistics.js";
import type { Snapshot } from "../../src/model.js";
import { snapshotOf } from "../query/source.js";

const one = (type: string, status: string, elapsedSeconds: number): Snapshot =>
  snapshotOf(`${type}-${elapsedSeconds}`, 0, { type, status, elapsedSeconds } as never);

/** Completed ones of 1 to 20 seconds, and what did not complete, whose durations say nothing. */
const HISTORY: readonly Snapshot[] = [
  one("rare", "failed", 900),
  ...Array.from({ length: 20 }, (_, index) => one("import", "completed", 20 - index)),
  one("import", "failed", 500),
  one("import", "cancelled", 600),
  one("import", "lost", 700),
];

it("counts how work of each type ended, those with the most first, and how long completed ones took", () => {
  expect(statisticsOf(HISTORY)).toEqual([
    {
      type: "import",
      ended: 23,
      completed: 20,
      failed: 1,
      cancelled: 1,
      lost: 1,
      p50Seconds: 10,
      p95Seconds: 19,
      longestSeconds: 20,
    },
    { type: "rare", ended: 1, completed: 0, failed: 1, cancelled: 0, lost: 0 },
  ]);
  expect(statisticsOf([])).toEqual([]);
});

it("is shown as a table, unknown durations as blanks", () => {
  const shown: Shown = { format: "plain", color: false, unicode: true, columns: undefined };
  expect(table(statisticsOf(HISTORY), TYPE_COLUMNS, shown)).toEqual([
    "TYPE    COMPLETED  FAILED  CANCELLED  LOST  P50  P95  LONGEST",
    "import         20       1          1     1  10s  19s      20s",
    "rare            0       1          0     0",
  ]);
  const colored = table(statisticsOf(HISTORY), TYPE_COLUMNS, { ...shown, color: true });
  expect(colored[1]).toContain("\u001b[31m     1\u001b[0m");
  expect(colored[2]).toContain("\u001b[2m        0\u001b[0m");
});
