import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { Cell, type Cells, cellsOf, changedCells, writtenOf } from "../../src/redis/cells.js";
import { GROUPS, type Group } from "../../src/redis/schema.js";
import { createTestProgress } from "../../src/testing.js";

const WRITTEN = Date.UTC(2026, 0, 2);
/** As they are read, when the script has dated them. */
const read = (cells: Cells) =>
  new Map([...cells].map(([group, json]) => [group, new Cell(group === GROUPS.now ? `${WRITTEN} ${json}` : json)]));
const snapshotOf = (cells: Cells): Snapshot | undefined => writtenOf(read(cells))?.snapshot;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A random life of an operation with levels: its snapshots on the way. */
const lives = fc
  .array(
    fc.oneof(
      fc.record({ do: fc.constant("increment"), n: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ do: fc.constant("message"), text: fc.string() }),
      fc.record({ do: fc.constant("attribute"), text: fc.string() }),
      fc.record({ do: fc.constant("level"), n: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant("end"), n: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant("pause") }),
      fc.record({ do: fc.constant("wait"), n: fc.integer({ min: 0, max: 3_000 }) }),
      fc.record({ do: fc.constant("attempt") }),
      fc.record({ do: fc.constant("cancel") }),
    ),
    { maxLength: 20 },
  )
  .map((steps) => {
    const { progress, clock } = createTestProgress({ strict: false });
    const op = progress.start("job", { id: "a", total: 50, attributes: { tenant: "x" } });
    const snapshots = [op.snapshot()];
    for (const step of steps as { do: string; n: number; text: string }[]) {
      if (step.do === "increment") op.increment(step.n);
      else if (step.do === "message") op.message(step.text);
      else if (step.do === "attribute") op.setAttributes({ text: step.text });
      else if (step.do === "level") op.startLevel("part", { id: `p${step.n}`, total: 5 }).increment(1);
      else if (step.do === "end") op.getLevel(`p${step.n}`)?.complete();
      else if (step.do === "pause") op.pause("because");
      else if (step.do === "attempt") op.newAttempt("again");
      else if (step.do === "cancel") op.requestCancel("enough");
      else clock.advance(step.n);
      snapshots.push(op.snapshot());
    }
    op.complete({ rows: 3 });
    return [...snapshots, op.snapshot()];
  });

describe("a snapshot as cells", () => {
  it("comes back as it was, also when only what changed was handed on", () => {
    fc.assert(
      fc.property(lives, (snapshots) => {
        const kept = new Map<Group, string>();
        let before: ReturnType<typeof cellsOf> | undefined;
        for (const snapshot of snapshots) {
          const after = cellsOf(snapshot, 100);
          for (const [group, json] of changedCells(before, after)) kept.set(group, json);
          before = after;
          expect(plain(snapshotOf(kept))).toEqual(plain(snapshot));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("of an update are one cell: what hardly changes, and the levels, stay where they are", () => {
    const { progress, clock } = createTestProgress();
    const op = progress.start("job", { total: 10, attributes: { tenant: "x" } });
    op.startLevel("part", { id: "p" });
    clock.advance(100);
    const before = cellsOf(op.snapshot(), 100);
    op.message("more");
    expect([...changedCells(before, cellsOf(op.snapshot(), 100)).keys()]).toEqual([GROUPS.now]);
  });

  it("have as many levels as they may, and say how many are left out", () => {
    const { progress } = createTestProgress();
    const op = progress.start("job");
    for (let n = 0; n < 5; n++) op.startLevel("part", { id: `p${n}` });
    const cells = cellsOf(op.snapshot(), 2);
    expect(snapshotOf(cells)).toMatchObject({
      levels: [{ id: "p0" }, { id: "p1" }],
      droppedLevels: 3,
      counts: { total: 5 },
    });
  });

  it("that is lost is what it was, with what was open in it, and when it was last seen", () => {
    const { progress, clock } = createTestProgress();
    const op = progress.start("job", { id: "a", total: 4 });
    op.increment(3);
    const done = op.startLevel("part", { id: "done" });
    done.complete();
    op.startLevel("part", { id: "open" });
    op.requestCancel("enough");
    clock.advance(1_000);
    const seen = Date.UTC(2026, 0, 2);
    const lost = snapshotOf(new Map(cellsOf(op.snapshot(), 100)).set(GROUPS.lost, String(seen)))!;
    const at = "2026-01-02T00:00:00.000Z";
    expect(lost).toMatchObject({ id: "a", status: "lost", lastSeenAt: at, current: 3, total: 4 });
    expect(lost.levels.map(({ id, status }) => [id, status])).toEqual([
      ["done", "completed"],
      ["open", "lost"],
    ]);
    for (const name of ["cancelRequested", "eta", "rate", "stalled"]) expect(lost).not.toHaveProperty(name);
  });

  it("that ended is not lost afterwards", () => {
    const { progress } = createTestProgress();
    const op = progress.start("job");
    op.complete();
    const cells = new Map(cellsOf(op.snapshot(), 100)).set(GROUPS.lost, "1");
    expect(snapshotOf(cells)!.status).toBe("completed");
  });
});

describe("cells that make no sense", () => {
  const whole = () => new Map(cellsOf(createTestProgress().progress.start("job").snapshot(), 100));

  it("are no snapshot before they are complete", () => {
    for (const group of [GROUPS.about, GROUPS.now]) {
      const cells = whole();
      cells.delete(group);
      expect(snapshotOf(cells)).toBe(undefined);
    }
  });

  it.each(["{", "3", "null", "[]", '{"status":3}', '{"status":"running","updatedAt":"yesterday","elapsedSeconds":1}'])(
    "are refused: %s",
    (json) => {
      expect(() => snapshotOf(whole().set(GROUPS.now, json))).toThrow();
    },
  );

  it("anything that is not thrown has what others rely on", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (about, now) => {
        let snapshot: Snapshot | undefined;
        try {
          snapshot = snapshotOf(
            new Map([
              [GROUPS.about, about],
              [GROUPS.now, now],
            ] as [Group, string][]),
          );
        } catch {
          return;
        }
        expect([typeof snapshot?.id, typeof snapshot?.status]).toEqual(["string", "string"]);
      }),
    );
  });
});
