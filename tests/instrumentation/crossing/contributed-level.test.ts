import { describe, expect, it } from "vitest";
import type { LevelState } from "../../../src/contribution-transport.js";
import {
  describe as describeLevel,
  endAs,
  findOrBegin,
  lose,
  report,
  startOver,
} from "../../../src/instrumentation/crossing/contributed-level.js";
import type { Handle } from "../../../src/instrumentation/handle.js";
import { createTestProgress, startTestTelemetry } from "../../../src/testing.js";

const AT = Date.UTC(2026, 0, 1);
const told = (more: Partial<LevelState> = {}): LevelState => ({
  id: "l",
  type: "part",
  status: "running",
  current: 0,
  ...more,
});
function started(options: Parameters<typeof createTestProgress>[0] = {}) {
  const test = createTestProgress(options);
  const op = test.progress.start("job");
  return { ...test, op, handle: op as unknown as Handle };
}

describe("a level that is worked on elsewhere", () => {
  it("is begun with all that is told of it, at its own time, but not before what is around it", async () => {
    await using test = createTestProgress();
    await test.advance("10s");
    const op = test.progress.start("job");
    await test.advance("10s");
    const more = { name: "N", unit: "row", description: "d", total: 4, weight: 2, startedAt: AT + 15_000 } as const;
    findOrBegin(op as never, told(more));
    findOrBegin(op as never, told({ id: "early", startedAt: AT }));
    findOrBegin(op as never, told({ id: "late", startedAt: AT + 99_000 }));
    const { levels } = op.snapshot();
    expect(levels[0]).toMatchObject({
      ...more,
      startedAt: "2026-01-01T00:00:15.000Z",
      status: "running",
      percentage: 0,
    });
    expect(levels.map(({ startedAt }) => startedAt?.slice(17, 19))).toEqual(["15", "10", "20"]);
  });

  it("may be announced, and begun later", () => {
    const { op, handle } = started();
    const level = findOrBegin(handle, told({ status: "pending", total: 5 }));
    expect(op.snapshot().levels).toMatchObject([{ status: "pending", total: 5 }]);
    expect(findOrBegin(handle, told({ total: 6 }))).toBe(level);
    expect(op.snapshot().levels).toMatchObject([{ status: "running", total: 6 }]);
  });

  it("is not begun beyond a limit, nor under what has ended", () => {
    const { handle, progress } = started({ limits: { openLevels: 1, depth: 2 } });
    const level = findOrBegin(handle, told())!;
    expect([findOrBegin(handle, told({ id: "m" })), findOrBegin(level, told({ id: "n" }))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(progress.live.stats().losses).toEqual({ levels_refused: 2 });
    endAs(level, "completed");
    expect(findOrBegin(level, told({ id: "o" }))).toBe(undefined);
  });

  it("is estimated where its work cannot say how far it is", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    findOrBegin(op as never, told({ expectedMillis: 10_000 }));
    await test.advance("5s");
    expect(op.snapshot().levels[0]).toMatchObject({ percentage: expect.closeTo(45, 0), estimated: true });
  });

  it("changes as its creator says: total, texts, pauses, attempts, percentages", () => {
    const { op, handle } = started();
    const level = findOrBegin(handle, told())!;
    const now = () => op.snapshot().levels[0]!;
    describeLevel(level, told({ name: "N", total: 4, totalKind: "estimate", message: "m", attributes: { a: 1 } }));
    expect(now()).toMatchObject({ name: "N", total: 4, totalKind: "estimate", message: "m", attributes: { a: 1 } });
    describeLevel(level, told({ status: "paused", reason: "r" }));
    expect(now()).toMatchObject({ status: "paused", reason: "r" });
    expect(now().total).toBe(undefined);
    describeLevel(level, told());
    expect(now().status).toBe("running");
    report(level, 0.25);
    level.increment();
    report(level, 0.5);
    expect(now().percentage).toBe(50);
    expect([startOver(level, told({ attempt: 3 })), startOver(level, told({ attempt: 3 }))]).toEqual([true, false]);
    expect(now()).toMatchObject({ attempt: 3 });
    endAs(level, "completed");
    describeLevel(level, told({ message: "late" }));
    report(level, 0.1);
    expect([startOver(level, told({ attempt: 4 })), now().message]).toEqual([false, "m"]);
  });

  it("ends as it is told, with its error cleaned, or as a failure of unknown cause", () => {
    const { op, handle } = started({ strict: false });
    const long = "x".repeat(5_000);
    const error = { type: long, message: long, code: "E", details: { a: 1 }, causes: [{ type: "C", message: long }] };
    endAs(findOrBegin(handle, told())!, "failed", told({ status: "failed", error }));
    endAs(findOrBegin(handle, told({ id: "m" }))!, "failed");
    endAs(findOrBegin(handle, told({ id: "n" }))!, "skipped", told({ status: "skipped", reason: "r" }));
    endAs(findOrBegin(handle, told({ id: "o" }))!, "completed", told({ status: "completed", summary: { rows: 1 } }));
    const { levels } = op.snapshot();
    expect(levels).toMatchObject([
      { status: "failed", error: { code: "E", details: { a: 1 }, causes: [{ type: "C" }] } },
      { status: "failed", error: { type: "Error", message: "failed in another process" } },
      { status: "skipped", reason: "r" },
      { status: "completed", summary: { rows: 1 } },
    ]);
    const { type, message, causes } = (
      levels[0] as unknown as { error: { type: string; message: string; causes: { message: string }[] } }
    ).error;
    expect([type.length, message.length, causes[0]!.message.length]).toEqual([256, 1_024, 1_024]);
  });

  it("is lost with all that is open below it, but not what was only announced", async () => {
    const { op, handle, events } = started();
    const level = findOrBegin(handle, told())!;
    findOrBegin(level, told({ id: "m" }));
    lose(level);
    lose(findOrBegin(handle, told({ id: "n", status: "pending" }))!);
    expect(op.snapshot().levels).toMatchObject([
      { id: "l", status: "lost", levels: [{ id: "m", status: "lost" }] },
      { id: "n", status: "pending" },
    ]);
    expect(op.snapshot().counts).toMatchObject({ failed: 1 });
    await Promise.resolve();
    expect(events.flatMap(({ event, level: about }) => (event === "lost" ? [about?.id] : []))).toEqual(["m", "l"]);
  });

  it("leaves no span and no metrics here: those are where the work is done", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const level = findOrBegin(op as never, told())!;
    level.increment(5);
    endAs(level, "completed");
    op.complete();
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["job"]);
    const names = (await telemetry.metrics()).map(({ name }) => name);
    expect(names.filter((name) => /level|items/.test(name))).toEqual([]);
  });
});
