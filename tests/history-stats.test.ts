import { expect, it } from "vitest";
import { historyStats } from "../src/history-stats.js";
import { snapshotOf } from "./query/source.js";

it("counts by status, and those that run by type; the durations are those of the completed ones", () => {
  const found = [
    snapshotOf("a", 0, { status: "completed", elapsedSeconds: 1 } as object),
    snapshotOf("b", 0, { status: "completed", elapsedSeconds: 3 } as object),
    snapshotOf("c", 0, { status: "failed", elapsedSeconds: 100 } as object),
    snapshotOf("d", 0, { type: "export" }),
    snapshotOf("e", 0, { status: "paused" } as object),
    snapshotOf("f", 0, { status: "lost" } as object),
  ];
  expect(historyStats(found, { damaged: 2, other: 0 })).toEqual({
    active: 2,
    byStatus: { pending: 0, running: 1, paused: 1, completed: 2, failed: 1, cancelled: 0, lost: 1 },
    byType: { export: 1, import: 1 },
    meanSeconds: 2,
    p95Seconds: expect.closeTo(3, 0),
    forgotten: { operations: 0, levels: 0 },
    losses: { damaged: 2 },
  });
});

it("knows no durations where nothing was completed", () => {
  const stats = historyStats([], {});
  expect([stats.active, stats.byType, "meanSeconds" in stats, "p95Seconds" in stats]).toEqual([0, {}, false, false]);
});
