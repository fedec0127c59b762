import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change, Snapshot } from "../../src/model.js";
import type { Frame } from "../../src/query/frame.js";
import { View } from "../../src/query/view.js";

const shot = (id: string, current = 0) => ({ id, current }) as Snapshot;
const newView = () =>
  new View(
    "e",
    (snapshot) => JSON.stringify(snapshot),
    () => "now",
  );
const snapshot = (...operations: Snapshot[]): Change => ({ kind: "snapshot", operations });
const update = (changed: Snapshot[], removed: string[] = [], missed = 0): Change => ({
  kind: "update",
  changed,
  removed,
  missed,
});
const contentOf = (frame: Frame) => JSON.parse(new TextDecoder().decode(frame.bytes("message")));
const difference = (view: View, from: number) => {
  const found = view.since(from);
  return found && contentOf(found.frame).data;
};

describe("a view", () => {
  it("is the whole state, numbered", () => {
    const view = newView();
    view.apply(snapshot(shot("a"), shot("b")));
    view.apply(update([shot("a", 1), shot("c")], ["b"]));
    expect(contentOf(view.whole())).toEqual({
      event: "snapshot",
      id: "e-2",
      data: { time: "now", operations: [shot("a", 1), shot("c")] },
    });
    expect(view.whole()).toBe(view.whole());
  });

  it("knows what is new since any state before, merged, with the states that are left out", () => {
    const view = newView();
    view.apply(snapshot(shot("a"), shot("b"), shot("c")));
    view.apply(update([shot("a", 1), shot("b", 1)]));
    view.apply(update([shot("a", 2), shot("d", 1)], ["c"]));
    view.apply(update([shot("a", 3)], ["d"]));
    expect(difference(view, 4)).toEqual({ time: "now", changed: [], removed: [], missed: 0 });
    expect(difference(view, 3)).toEqual({ time: "now", changed: [shot("a", 3)], removed: ["d"], missed: 0 });
    // Left out: a 2, d 1.
    expect(difference(view, 2)).toEqual({ time: "now", changed: [shot("a", 3)], removed: ["c", "d"], missed: 2 });
    expect(difference(view, 1)).toEqual({
      time: "now",
      changed: [shot("a", 3), shot("b", 1)],
      removed: ["c", "d"],
      missed: 3,
    });
    expect([difference(view, 0), difference(view, 5), difference(view, Number.NaN)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(view.since(1)).toBe(view.since(1));
  });

  it("counts states that were left out before they came here", () => {
    const view = newView();
    view.apply(snapshot(shot("a")));
    view.apply(update([shot("a", 5)], [], 3));
    view.apply(update([shot("a", 6)]));
    expect([difference(view, 2).missed, difference(view, 1).missed]).toEqual([0, 4]);
  });

  it("one that is gone and comes back is not gone", () => {
    const view = newView();
    view.apply(snapshot(shot("a")));
    view.apply(update([], ["a"]));
    view.apply(update([shot("a", 1)]));
    expect(difference(view, 1)).toEqual({ time: "now", changed: [shot("a", 1)], removed: [], missed: 0 });
  });

  it("a new whole state is the end of all differences", () => {
    const view = newView();
    view.apply(snapshot(shot("a")));
    view.apply(snapshot(shot("b")));
    view.apply(update([shot("b", 1)]));
    expect([difference(view, 1), difference(view, 2)?.changed]).toEqual([undefined, [shot("b", 1)]]);
    expect(contentOf(view.whole()).data.operations).toEqual([shot("b", 1)]);
  });

  it("what cannot be encoded is not shown: it is removed where it was", () => {
    const view = new View(
      "e",
      (one) => (one.current === 1 ? undefined : JSON.stringify(one)),
      () => "now",
    );
    view.apply(snapshot(shot("a"), shot("b", 1)));
    expect(contentOf(view.whole()).data.operations).toEqual([shot("a")]);
    view.apply(update([shot("a", 1), shot("b", 1)]));
    expect(difference(view, 1)).toEqual({ time: "now", changed: [], removed: ["a"], missed: 0 });
    expect(contentOf(view.whole()).data.operations).toEqual([]);
  });

  it("reads event ids of its own only", () => {
    const view = newView();
    const ids = ["e-12", "e-0", "f-12", "e-", "e-1x", "e--1", "e-1e3", "", `e-${"9".repeat(16)}`, undefined];
    expect(ids.map((id) => view.sequenceOf(id))).toEqual([12, 0, ...Array(8).fill(undefined)]);
  });
});

describe("what a view remembers", () => {
  it("is bounded: after 10,000 states nobody is told what was long ago", () => {
    const view = newView();
    view.apply(snapshot(shot("a")));
    for (let n = 0; n < 25_000; n++) view.apply(update([shot("a", n)]));
    expect(difference(view, 1)).toBe(undefined);
    expect(difference(view, 25_001 - 10_000)).toMatchObject({ changed: [shot("a", 24_999)], missed: 9_999 });
  });

  it("is bounded: after 10,000 that are gone nobody is told what was before the first of them", () => {
    const view = newView();
    view.apply(snapshot(shot("a")));
    for (let n = 0; n < 10; n++) {
      view.apply(update(Array.from({ length: 1_500 }, (_, k) => shot(`op${n}-${k}`))));
      view.apply(
        update(
          [],
          Array.from({ length: 1_500 }, (_, k) => `op${n}-${k}`),
        ),
      );
    }
    const known = Array.from({ length: 21 }, (_, state) => difference(view, state + 1) !== undefined);
    // 15,000 are gone: of the first 5,000, in states 3, 5, 7 and 9, nothing is known.
    expect(known.indexOf(true) + 1).toBe(9);
    expect(difference(view, 9).removed.length).toBe(9_000);
  });
});

it("whatever happens, the difference from any known state leads to the present one, and misses what it says", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const step = fc.record({ changed: fc.uniqueArray(id), removed: fc.uniqueArray(id) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const view = newView();
      const state = new Map<string, number>([["a", 0]]);
      view.apply(snapshot(shot("a")));
      const states = [new Map(state)];
      const told = [0];
      steps.forEach(({ changed, removed }, n) => {
        const gone = removed.filter((one) => !changed.includes(one));
        for (const one of changed) state.set(one, n + 1);
        for (const one of gone) state.delete(one);
        view.apply(
          update(
            changed.map((one) => shot(one, n + 1)),
            gone,
          ),
        );
        states.push(new Map(state));
        told.push(changed.length);
      });
      states.forEach((before, index) => {
        const { changed, removed, missed } = difference(view, index + 1);
        for (const one of changed as Snapshot[]) before.set(one.id, one.current!);
        for (const one of removed) before.delete(one);
        expect([...before].sort()).toEqual([...state].sort());
        const all = told.slice(index + 1).reduce((sum, count) => sum + count, 0);
        expect(missed).toBe(all - changed.length);
      });
    }),
  );
});
