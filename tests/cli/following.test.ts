import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Following } from "../../src/cli/following.js";
import type { Snapshot } from "../../src/model.js";
import { snapshotOf } from "../query/source.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function follow(id?: string, wait = false) {
  const said: string[] = [];
  const drawn: string[] = [];
  const exporter = {
    export: (changed: readonly Snapshot[], removed: readonly string[]) => {
      drawn.push(...changed.map((one) => `${one.id} ${one.status}`), ...removed.map((gone) => `-${gone}`));
    },
  };
  const following = new Following({ exporter, place: "there", id, wait, say: (text) => said.push(text) });
  return { following, said, drawn };
}

const running = (id: string, millis = 0) => snapshotOf(id, millis);
const ended = (id: string, millis: number, status = "completed") =>
  snapshotOf(id, millis, { status, endedAt: new Date(Date.UTC(2026, 0, 1) + millis).toISOString() } as never);
const all = (...operations: Snapshot[]) => ({ kind: "snapshot", operations }) as const;
const update = (changed: Snapshot[], removed: string[] = []) =>
  ({ kind: "update", changed, removed, missed: 0 }) as const;

describe("following everything", () => {
  it("draws what runs and what ends from now on, and leaves out what had ended before", () => {
    const { following, drawn, said } = follow();
    following.apply(all(ended("old", 100), running("a", 200)));
    following.apply(update([ended("short", 300), ended("a", 400), ended("older", 50)]));
    expect(drawn).toEqual(["a running", "short completed", "a completed"]);
    expect(said).toEqual([]);
  });

  it("says that nothing is under way, once", () => {
    const { following, said } = follow();
    following.apply(all());
    following.apply(update([running("a")]));
    following.apply(update([], ["a"]));
    expect(said).toEqual(["nothing is under way at there; what begins is shown", "a is no longer known at there"]);
  });

  it("says nothing of ended ones that the server forgets, and counts several that are gone", () => {
    const { following, said, drawn } = follow();
    following.apply(all(running("a"), running("b"), running("c")));
    following.apply(update([ended("c", 10)]));
    following.apply(update([], ["c"]));
    following.apply(update([], ["a", "b"]));
    expect(said).toEqual(["2 operations are no longer known at there"]);
    expect(drawn.slice(-2)).toEqual(["-a", "-b"]);
  });
});

describe("a server that goes away", () => {
  it("is said when it stays away; the bars come down, and again when it is back", () => {
    const { following, said, drawn } = follow();
    following.connection("open");
    following.apply(all(running("a")));
    following.connection("broken");
    vi.advanceTimersByTime(999);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1);
    following.connection("broken");
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(["there went away; it is tried again"]);
    following.connection("open");
    expect(said.at(-1)).toBe("there is there again");
    expect(drawn).toEqual(["a running", "-a", "a running"]);
  });

  it("for a moment is nobody's business", () => {
    const { following, said, drawn } = follow();
    following.connection("open");
    following.apply(all(running("a")));
    following.connection("broken");
    vi.advanceTimersByTime(500);
    following.connection("open");
    vi.advanceTimersByTime(60_000);
    expect([said, drawn]).toEqual([[], ["a running"]]);
  });

  it("twice is said twice, and no more once it is over", () => {
    const { following, said } = follow();
    following.connection("open");
    for (let time = 0; time < 2; time++) {
      following.connection("broken");
      vi.advanceTimersByTime(1_000);
      following.connection("open");
    }
    following.connection("broken");
    following.stop();
    vi.advanceTimersByTime(60_000);
    expect(said.length).toBe(4);
  });

  it("that was never there is waited for", () => {
    const { following, said } = follow("a", true);
    following.connection("broken");
    vi.advanceTimersByTime(0);
    expect(said).toEqual(["nothing answers at there yet; waiting for it"]);
    expect(following.opened).toBe(false);
    following.connection("open");
    expect([following.opened, said.at(-1)]).toEqual([true, "there is there"]);
  });
});

describe("following one", () => {
  it("is over when it ends", () => {
    const { following } = follow("a");
    following.apply(all(running("a")));
    expect(following.end).toBeUndefined();
    following.apply(update([ended("a", 10, "cancelled")]));
    expect(following.end?.status).toBe("cancelled");
  });

  it("is over at once when it had ended already", () => {
    const { following, drawn } = follow("a");
    following.apply(all(ended("a", 10)));
    expect([following.end?.status, drawn]).toEqual(["completed", ["a completed"]]);
  });

  it("is over when it is not known there, or no longer", () => {
    const first = follow("a").following;
    first.apply(all());
    expect(first.unknown).toBe(true);
    const { following } = follow("a");
    following.apply(all(running("a")));
    expect(following.unknown).toBe(false);
    following.apply(update([], ["a"]));
    expect(following.unknown).toBe(true);
  });

  it("waits for it when told to", () => {
    const { following, said } = follow("a", true);
    following.apply(all());
    expect([following.unknown, said]).toEqual([false, ["waiting for a to begin"]]);
    following.apply(update([running("a")]));
    following.apply(update([], ["a"]));
    expect([following.unknown, said.slice(1)]).toEqual([
      false,
      ["a is no longer known at there", "waiting for a to begin"],
    ]);
  });
});
