import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/state/entry.js";
import { SLOTS, Slab } from "../../src/state/slab.js";

const entry = (id: string): Entry => ({ id }) as Entry;

describe("Slab", () => {
  it("gives slots in order, and those given back first", () => {
    const slab = new Slab();
    expect([slab.take(entry("a")), slab.take(entry("b")), slab.take(entry("c"))]).toEqual([0, 1, 2]);
    slab.release(0);
    slab.release(1);
    expect([slab.take(entry("d")), slab.take(entry("e")), slab.take(entry("f"))]).toEqual([1, 0, 3]);
    expect(slab.entries.map(({ id } = entry("")) => id)).toEqual(["e", "d", "c", "f"]);
    expect([slab.live, slab.high]).toEqual([4, 4]);
  });

  it("a slot given back holds nothing of its last entry", () => {
    const slab = new Slab();
    const slot = slab.take(entry("a"));
    for (const column of [slab.current, slab.seen, slab.due, slab.changed, slab.shown]) column[slot] = 7;
    slab.release(slot);
    expect([slab.current, slab.seen, slab.changed, slab.shown].map((column) => column[slot])).toEqual([0, 0, 0, 0]);
    expect([slab.due[slot], slab.entries[slot], slab.live]).toEqual([Number.POSITIVE_INFINITY, undefined, 0]);
  });

  it("nothing is due before it is told so", () => {
    expect(new Slab().due.every((due) => due === Number.POSITIVE_INFINITY)).toBe(true);
  });

  it("is full with 4,096 entries, and not after one left", () => {
    const slab = new Slab();
    for (let n = 0; n < SLOTS - 1; n++) slab.take(entry(String(n)));
    expect(slab.full).toBe(false);
    slab.take(entry("last"));
    expect([SLOTS, slab.full, slab.high]).toEqual([4_096, true, 4_096]);
    slab.release(17);
    expect([slab.full, slab.take(entry("next")), slab.high]).toEqual([false, 17, 4_096]);
  });
});
