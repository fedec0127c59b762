import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { cellsOf } from "../../src/redis/cells.js";
import { Item } from "../../src/redis/item.js";
import { GROUPS, type Group } from "../../src/redis/schema.js";
import { createTestProgress } from "../../src/testing.js";

const WRITTEN = Date.UTC(2026, 0, 2);

function reader() {
  const state = { now: WRITTEN, damaged: 0 };
  const options = {
    now: () => state.now,
    damaged: () => {
      state.damaged++;
    },
  };
  return { state, newItem: () => new Item("one/a", options) };
}

/** As they are read. */
function textsOf(snapshot: Snapshot, idle?: readonly [number, number], written = WRITTEN): Map<Group, string> {
  const cells = new Map(cellsOf(snapshot, 100, idle));
  return cells.set(GROUPS.now, `${written} ${cells.get(GROUPS.now)}`);
}

function job() {
  const { progress, clock } = createTestProgress();
  const op = progress.start("job", { id: "a", total: 4, attributes: { tenant: "x" } });
  op.startLevel("part", { id: "p" }).complete();
  clock.advance(1_000);
  return { op, clock };
}

describe("an operation as its cells say", () => {
  it("is nothing before they are complete, and nothing when they make no sense, which is said once", () => {
    const { state, newItem } = reader();
    const item = newItem();
    item.put(new Map([[GROUPS.about, '{"id":"a"}']]));
    expect([item.written, item.snapshot, item.stallsAtMillis, state.damaged]).toEqual([
      undefined,
      undefined,
      Infinity,
      0,
    ]);
    item.put(new Map([[GROUPS.now, "?"]]));
    expect([item.written, item.snapshot, state.damaged]).toEqual([undefined, undefined, 1]);
  });

  it("is as old as the clock of Redis says", () => {
    const { state, newItem } = reader();
    const item = newItem();
    item.put(textsOf(job().op.snapshot(), [1, 5]));
    expect([item.snapshot, item.stallsAtMillis]).toEqual([item.written, WRITTEN + 4_000]);
    state.now += 3_000;
    expect([item.written!.elapsedSeconds, item.snapshot!.elapsedSeconds, item.row.elapsedSeconds]).toEqual([1, 4, 4]);
    state.now += 1_000;
    expect(item.snapshot).toMatchObject({ stalled: { seconds: 5 } });
  });

  it("keeps what was parsed of cells that have not changed", () => {
    const { newItem } = reader();
    const { op, clock } = job();
    const item = newItem();
    item.put(textsOf(op.snapshot()));
    const before = item.written!;
    op.increment(3);
    clock.advance(100);
    const cells = textsOf(op.snapshot());
    item.put(new Map([[GROUPS.now, cells.get(GROUPS.now)!]]));
    const after = item.written!;
    expect([before.current, after.current]).toEqual([1, 3]);
    expect(after.attributes).toBe(before.attributes);
    expect(after.levels).toBe(before.levels);
  });

  it("of another run has nothing of the one before", () => {
    const { newItem } = reader();
    const { op, clock } = job();
    op.increment();
    clock.advance(100);
    const item = newItem();
    item.put(textsOf(op.snapshot()));
    expect(item.written!.curve?.length).toBeGreaterThan(0);
    const { progress } = createTestProgress({ clock });
    item.put(textsOf(progress.start("job", { id: "a" }).snapshot()));
    expect(item.written).not.toHaveProperty("curve");
    expect(item.written!.levels).toEqual([]);
  });

  it("that is lost was last seen when its instance was, and has run until then", () => {
    const { state, newItem } = reader();
    const item = newItem();
    item.put(textsOf(job().op.snapshot()).set(GROUPS.lost, String(WRITTEN + 2_000)));
    state.now += 60_000;
    expect(item.snapshot).toMatchObject({ status: "lost", elapsedSeconds: 3, lastSeenAt: "2026-01-02T00:00:02.000Z" });
    expect(item.stallsAtMillis).toBe(Infinity);
  });

  it("is the same as one with the same cells, whether they have been parsed or not", () => {
    const { newItem } = reader();
    const { op } = job();
    const [one, same, other] = [newItem(), newItem(), newItem()];
    one.put(textsOf(op.snapshot()));
    same.put(textsOf(op.snapshot()));
    other.put(textsOf(op.snapshot(), undefined, WRITTEN + 1));
    for (const read of [undefined, one, same]) {
      expect(read?.written?.id).toBe(read && "a");
      expect([one.isSameAs(same), one.isSameAs(other), one.isSameAs(newItem())]).toEqual([true, false, false]);
    }
  });
});
