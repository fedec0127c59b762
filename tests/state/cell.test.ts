import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attachPulse, Cell, MAX_COUNT, type Pulse, resetGate } from "../../src/state/cell.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A pulse that notes at which update it was asked, and says that `gap` milliseconds passed since it was asked last. */
class Probe implements Pulse {
  readonly askedAt: number[] = [];
  gap = 0;
  updates = 0;

  check(): number {
    this.askedAt.push(this.updates);
    return this.gap;
  }
}

let probe: Probe;
let detach: () => void;
const cell = new Cell(new Float64Array(1), 0);
const updates = (n: number) => {
  for (let i = 0; i < n; i++) {
    probe.updates++;
    cell.increment();
  }
};

beforeEach(() => {
  probe = new Probe();
  resetGate();
  detach = attachPulse(probe);
});
afterEach(async () => {
  detach();
  await turn();
});

describe("increment", () => {
  it("adds to its own slot and to no other", () => {
    const column = new Float64Array(3);
    const middle = new Cell(column, 1);
    middle.increment();
    middle.increment(4);
    middle.increment(0);
    middle.increment(0.5);
    expect([...column]).toEqual([0, 5.5, 0]);
  });

  it.each([Number.NaN, -1, -1e-9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, MAX_COUNT + 1])(
    "%d is no count and is refused",
    (n) => {
      const refused: number[] = [];
      class Checking extends Cell {
        protected override refused(given: number): void {
          refused.push(given);
        }
      }
      const [plain, checking] = [new Cell(new Float64Array([3]), 0), new Checking(new Float64Array([3]), 0)];
      plain.increment(n);
      checking.increment(n);
      expect([plain.buf[0], checking.buf[0], refused]).toEqual([3, 3, [n]]);
    },
  );

  it("the largest count stays exact", () => {
    const large = new Cell(new Float64Array(1), 0);
    large.increment(MAX_COUNT);
    expect(large.buf[0]).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("the gate", () => {
  it("asks at once after it was attached, and then ever more rarely while updates are fast, at least every 256", () => {
    updates(2_000);
    expect(probe.askedAt).toEqual([1, 3, 7, 15, 31, 63, 127, 255, 511, 767, 1_023, 1_279, 1_535, 1_791]);
  });

  it("asks as often as before while it is asked every 2 to 10 ms", () => {
    updates(7);
    probe.gap = 2;
    updates(24);
    probe.gap = 10;
    updates(24);
    expect(probe.askedAt).toEqual([1, 3, 7, 15, 23, 31, 39, 47, 55]);
  });

  it("asks more often when it was asked too late, at most at every update", () => {
    updates(255);
    probe.gap = 40;
    updates(256 + 32 + 4);
    expect(probe.askedAt.slice(7)).toEqual([255, 511, 543, 547]);
    updates(3);
    expect(probe.askedAt.slice(11)).toEqual([548, 549, 550]);
  });

  it("asks at the next update after a turn of the event loop that saw a fast stretch", async () => {
    updates(1_000);
    const before = probe.askedAt.length;
    await turn();
    updates(3);
    expect(probe.askedAt.slice(before)).toEqual([1_001, 1_003]);
  });

  it("a turn without a fast stretch changes nothing", async () => {
    updates(7);
    await turn();
    updates(8);
    expect(probe.askedAt).toEqual([1, 3, 7, 15]);
  });

  it("asks at the next update after a tick of a timer", () => {
    updates(1_000);
    const before = probe.askedAt.length;
    resetGate();
    updates(3);
    expect(probe.askedAt.slice(before)).toEqual([1_001, 1_003]);
  });

  it("asks every pulse and goes by the latest one", () => {
    const late = new Probe();
    late.gap = 50;
    const detachLate = attachPulse(late);
    updates(3);
    detachLate();
    updates(3);
    expect([probe.askedAt, late.askedAt.length]).toEqual([[1, 2, 3, 4, 6], 3]);
  });

  it("does not ask a pulse that was detached", () => {
    updates(1);
    detach();
    resetGate();
    updates(1);
    expect(probe.askedAt).toEqual([1]);
  });

  it("updates made while it asks are counted and do not make it ask again", () => {
    let [depth, deepest] = [0, 0];
    const nested: Pulse = {
      check() {
        deepest = Math.max(deepest, ++depth);
        for (let i = 0; i < 1_000; i++) cell.increment();
        resetGate(); // as a timer or a new instance would: the very next update wants to ask
        for (let i = 0; i < 1_000; i++) cell.increment();
        depth--;
        return 50;
      },
    };
    const detachNested = attachPulse(nested);
    const before = cell.buf[0]!;
    updates(2);
    detachNested();
    expect([deepest, cell.buf[0]! - before, probe.askedAt]).toEqual([1, 4_002, [1, 2]]);
  });

  it("keeps asking after a pulse threw", () => {
    const detachThrowing = attachPulse({
      check() {
        throw new Error("a clock that fails");
      },
    });
    expect(() => updates(1)).toThrow("a clock that fails");
    detachThrowing();
    updates(3);
    expect(probe.askedAt.length).toBeGreaterThan(1);
  });
});

it("a number in a string and a BigInt are refused, not appended or thrown", () => {
  const counter = new Cell(new Float64Array([10]), 0);
  counter.increment("5" as never);
  counter.increment(5n as never);
  expect(counter.buf[0]).toBe(10);
});
