import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import type { Verdict } from "../../src/state/deadlines.js";
import { Entry } from "../../src/state/entry.js";
import { LiveState } from "../../src/state/live-state.js";
import { type Drive, Sampler } from "../../src/state/sampler.js";
import { ManualClock } from "../../src/testing.js";

const LIMITS = {
  active: 10,
  finished: 2,
  finishedLevels: 1_000,
  levelsPerOperation: 10,
  openLevels: 10,
  depth: 8,
  types: 10,
};

let clock: ManualClock;
let state: LiveState;
let sampler: Sampler;
let quiet: boolean;
let log: string[];
let ticks: { stamp: number; drive: Drive; at: number }[];
let onTick: (drive: Drive) => void;
let onDue: (entry: Entry, verdict: Verdict) => void;

beforeEach(() => {
  clock = new ManualClock();
  state = new LiveState(clock, new Diagnostics({ warn: (line) => log.push(line) }), LIMITS);
  [quiet, log, ticks, onTick, onDue] = [true, [], [], () => {}, () => {}];
  sampler = new Sampler(
    state,
    { intervalMillis: 100, due: { stallTimeout: 1_000, timeout: undefined, abandonAfter: undefined }, points: 31 },
    {
      ticked(stamp, drive) {
        ticks.push({ stamp, drive, at: clock.monotonicMillis() - 1_000 });
        onTick(drive);
      },
      due(entry, verdict) {
        log.push(`${entry.id} ${verdict}`);
        onDue(entry, verdict);
      },
      recovered: (entry) => log.push(`${entry.id} recovered`),
      woke: () => log.push("woke"),
      quiet: () => quiet,
    },
  );
});
afterEach(() => sampler.stop());

function start(id: string, parent?: Entry, total = Number.NaN): Entry {
  const kind = parent === undefined ? state.kinds.operation("job") : state.kinds.level("job", "part");
  const entry = new Entry(state.dead, kind, id, parent, undefined, undefined);
  if (parent !== undefined) state.adopt(entry);
  state.start(entry, clock.monotonicMillis(), total);
  sampler.schedule(entry);
  return entry;
}
const end = (entry: Entry) => state.end(entry, "completed", clock.monotonicMillis(), 0);
const drives = (drive: Drive) => ticks.filter((tick) => tick.drive === drive).map(({ at }) => at);
const moved = (...entries: Entry[]) => entries.map((entry) => entry.moved - 1_000);

describe("the timer", () => {
  it("runs from the first start on, every interval", () => {
    clock.advance(500);
    start("a");
    start("b");
    clock.advance(350);
    expect([log, ticks.map(({ at }) => at), sampler.ticks]).toEqual([["woke"], [600, 700, 800], 3]);
  });

  it("stops ten ticks after the last end, and the next start wakes it", () => {
    end(start("a"));
    clock.advance(900);
    end(start("b"));
    clock.advance(5_000);
    expect(ticks.length).toBe(19);
    start("c");
    clock.advance(200);
    expect([ticks.length, log]).toEqual([21, ["woke", "woke"]]);
  });

  it("goes on while an exporter has something under way", () => {
    quiet = false;
    end(start("a"));
    clock.advance(5_000);
    expect(ticks.length).toBe(50);
    quiet = true;
    clock.advance(5_000);
    expect(ticks.length).toBe(60);
  });

  it("stops when told, also twice", () => {
    const a = start("a");
    sampler.stop();
    sampler.stop();
    clock.advance(1_000);
    clock.block(1_000);
    a.increment();
    expect(ticks).toEqual([]);
  });
});

describe("a tick", () => {
  it("sees what moved: rate, points, tally, time and stamp, of it and of all around it", () => {
    const a = start("a");
    const part = start("part", a, 10);
    const sibling = start("sibling", a);
    clock.advance(100);
    const since = state.stamp();
    part.increment(2);
    clock.advance(100);
    expect(moved(a, part, sibling)).toEqual([200, 200, 0]);
    expect([a, part, sibling].map(({ changed }) => changed > since)).toEqual([true, true, false]);
    expect([part.extra!.pace!.rate(clock.monotonicMillis()), part.kind.tally.items.done]).toEqual([10, 2]);
    expect([...part.extra!.points!].map(({ millis, current, ratio }) => [millis - 1_000, current, ratio])).toEqual([
      [0, 0, 0],
      [200, 2, 0.2],
    ]);
    expect([sibling.extra, a.extra!.pace]).toEqual([undefined, undefined]);
  });

  it("takes the start or the end of a part for a movement of what is around it", () => {
    const a = start("a");
    clock.advance(100);
    const part = start("part", a);
    clock.advance(100);
    expect(moved(a, part)).toEqual([200, 100]);
    clock.advance(300);
    end(part);
    clock.advance(100);
    expect([moved(a), state.stirred.size]).toEqual([[600], 0]);
  });

  it("does not move for what ended meanwhile", () => {
    const a = start("a");
    const part = start("part", a);
    end(part);
    end(a);
    clock.advance(100);
    expect([moved(a), ticks.length]).toEqual([[0], 1]);
  });

  it("failed, skipped and taken back items say nothing about the pace", () => {
    const a = start("a");
    a.more.aside = 2;
    a.increment(5);
    clock.advance(100);
    expect([a.kind.tally.items.done, a.extra!.aside, a.extra!.pace!.rate(clock.monotonicMillis())]).toEqual([3, 0, 30]);
    a.buf[a.i] = 1;
    clock.advance(100);
    expect([a.kind.tally.items.done, moved(a), a.slab!.seen[a.i]]).toEqual([3, [200], 1]);
  });

  it("what is counted again after the count fell is not done again", () => {
    const a = start("a");
    const done: number[] = [];
    for (const count of [10, 4, 10, 12, 0, 12, 13]) {
      a.buf[a.i] = count;
      clock.advance(100);
      done.push(a.kind.tally.items.done);
    }
    expect([done, moved(a)]).toEqual([[10, 10, 10, 12, 12, 12, 13], [700]]);
  });

  it("for any counts what is done is the highest count that was seen, the last one of each attempt too", () => {
    const step = fc.oneof(fc.nat(50), fc.constantFrom("tick", "attempt"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const a = start("a");
        const before = a.kind.tally.items.done;
        let [current, highest, sum] = [0, 0, 0];
        for (const what of steps) {
          if (typeof what === "number") a.buf[a.i] = current = what;
          else highest = Math.max(highest, current);
          if (what === "tick") clock.advance(100);
          if (what !== "attempt") continue;
          state.startOver(a, clock.monotonicMillis());
          sum += highest;
          current = highest = 0;
        }
        end(a);
        expect(a.kind.tally.items.done - before).toBe(sum + Math.max(highest, current));
      }),
      { numRuns: 500 },
    );
  });

  it("two ticks at one time tell of everything that changed before each", () => {
    const a = start("a");
    const part = start("part", a);
    clock.block(100);
    part.increment();
    sampler.tick("timer");
    part.increment();
    sampler.tick("timer");
    const since = ticks[0]!.stamp;
    expect([part, a].map(({ changed }) => changed > since)).toEqual([true, true]);
  });

  it("asks first those who hold numbers elsewhere", () => {
    const a = start("a");
    state.beforeTick.add(() => a.increment());
    clock.advance(200);
    expect([a.kind.tally.items.done, a.current]).toEqual([2, 2]);
  });

  it("follows the wall clock", () => {
    start("a");
    clock.epochMillis = () => Date.UTC(2030, 0, 1) - 1_100 + clock.monotonicMillis();
    clock.advance(100);
    expect(start("b").offset).toBe(Date.UTC(2030, 0, 1) - 1_100);
  });

  it("counts late updates, and says once that there were such that are misuse", () => {
    const [a, b] = [start("a"), start("b")];
    state.end(a, "completed", clock.monotonicMillis(), 1);
    a.increment(2);
    clock.advance(100);
    expect([state.diagnostics.losses(), log]).toEqual([{ late_updates: 2 }, ["woke"]]);
    end(b);
    for (let n = 0; n < 2; n++) {
      b.increment();
      clock.advance(100);
    }
    expect([state.diagnostics.losses(), log.slice(1)]).toEqual([
      { late_updates: 4 },
      ["otel-progress: an operation or level was updated after its end; such updates are ignored"],
    ]);
  });
});

describe("what is due", () => {
  it("is told once, after the scan, and recovers with the next movement below", () => {
    const a = start("a");
    const part = start("part", a);
    clock.advance(1_200);
    expect(log.slice(1)).toEqual(["a stalled"]);
    part.increment();
    clock.advance(100);
    expect([log.slice(1), a.extra!.stalledSince]).toEqual([["a stalled", "a recovered"], undefined]);
    clock.advance(1_000);
    expect(log.slice(1)).toEqual(["a stalled", "a recovered", "a stalled"]);
    a.increment();
    clock.advance(100);
    expect(log.slice(1)).toEqual(["a stalled", "a recovered", "a stalled", "a recovered"]);
  });

  it("one that moved meanwhile is looked at again later, without a verdict", () => {
    const a = start("a");
    clock.advance(900);
    a.increment();
    clock.advance(500);
    expect([log.slice(1), a.slab!.due[a.i]]).toEqual([[], 3_000]);
    clock.advance(600);
    expect(log.slice(1)).toEqual(["a stalled"]);
  });

  it("handling one may end others that are due at the same time", () => {
    const [a, b] = [start("a"), start("b")];
    onDue = (entry) => end(entry === a ? b : a);
    clock.advance(1_500);
    expect([log.slice(1), a.slab === undefined, b.slab === undefined]).toEqual([["a stalled"], false, true]);
  });

  it("what has ended is not scheduled any more", () => {
    const a = start("a");
    end(a);
    sampler.schedule(a);
    clock.advance(2_000);
    expect(log).toEqual(["woke"]);
  });
});

describe("a blocked event loop", () => {
  /** What a synchronous loop does: items that take `millis` each, without a turn of the event loop. */
  function work(entry: Entry, items: number, millis: number): void {
    for (let n = 0; n < items; n++) {
      clock.block(millis);
      entry.increment();
    }
  }
  const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - times[index]!);

  it("ticks from inside about every interval with items of 1 ms", () => {
    work(start("a"), 5_000, 1);
    const times = drives("inside");
    expect([times.length >= 45, times.length <= 50, Math.max(...gaps(times)) <= 110, drives("timer")]).toEqual([
      true,
      true,
      true,
      [],
    ]);
  });

  it("ticks from inside about every interval with items of 25 ms after a fast burst and a turn of the loop", async () => {
    const a = start("a");
    work(a, 100_000, 0);
    await new Promise((resolve) => setImmediate(resolve));
    work(a, 200, 25);
    const times = drives("inside");
    expect([times[0]! <= 125, times.length, Math.max(...gaps(times))]).toEqual([true, 50, 100]);
  });

  it("after a fast burst in the same block at most 256 updates go unseen", () => {
    const a = start("a");
    work(a, 100_000, 0);
    work(a, 400, 25);
    const times = drives("inside");
    expect(times[0]!).toBeLessThanOrEqual(256 * 25);
    expect(Math.max(...gaps(times).slice(1))).toBeLessThanOrEqual(125);
  });

  it("is not late while the timer runs", () => {
    const a = start("a");
    for (let n = 0; n < 1_000; n++) {
      clock.advance(1);
      a.increment();
    }
    expect([drives("inside"), drives("timer").length]).toEqual([[], 10]);
  });

  it("ticks for every instance by its own clock", () => {
    const other = new ManualClock();
    const others = new LiveState(other, new Diagnostics({ warn() {} }), LIMITS);
    const seen: Drive[] = [];
    const second = new Sampler(
      others,
      {
        intervalMillis: 100,
        due: { stallTimeout: undefined, timeout: undefined, abandonAfter: undefined },
        points: 3,
      },
      { ticked: (_, drive) => seen.push(drive), due() {}, recovered() {}, woke() {}, quiet: () => true },
    );
    others.start(new Entry(others.dead, others.kinds.operation("job"), "x", undefined, undefined, undefined), 1_000, 0);
    const a = start("a");
    other.block(500);
    a.increment();
    second.stop();
    expect([seen, ticks]).toEqual([["inside"], []]);
  });

  it("a listener that reports progress while it is told does not make another tick", () => {
    const a = start("a");
    let [depth, deepest] = [0, 0];
    onTick = () => {
      deepest = Math.max(deepest, ++depth);
      work(a, 1_000, 1);
      depth--;
    };
    work(a, 1, 150);
    expect([deepest, drives("inside").length, a.current]).toEqual([1, 1, 1_001]);
    clock.advance(1);
    expect([deepest, drives("timer").length, a.current]).toEqual([1, 1, 2_001]);
  });

  it("after a listener threw the next tick comes as if nothing had been", () => {
    const a = start("a");
    onTick = () => {
      onTick = () => {};
      throw new Error("no");
    };
    expect(() => work(a, 1, 150)).toThrow("no");
    work(a, 300, 1);
    expect(drives("inside").length).toBeGreaterThanOrEqual(3);
  });
});
