// What many writers add, and what protocols are told: rules 10 and 13.

import fc from "fast-check";
import { describe, expect } from "vitest";
import {
  type Contribution,
  type Contributions,
  mergeContributions,
  sumOfContributions,
} from "../../src/contributions.js";
import type { Snapshot } from "../../src/model.js";
import { RisingProgress, wholePercentage } from "../../src/protocol-values.js";
import { holds, must, same } from "./property.js";
import { cases, runTree } from "./tree-run.js";

const NONE: Contributions = new Map();
/** Fractions too: what is counted may be hours. */
const count = fc.oneof(
  fc.nat(2),
  fc.nat(100),
  fc.nat(1_000).map((n) => n / 10),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const contribution: fc.Arbitrary<Contribution> = fc.record({
  writer: fc.constantFrom("a", "b", "c", "d", "e"),
  sequence: fc.nat(3),
  current: count,
  failedItems: fc.nat(3),
  skippedItems: fc.nat(3),
});
const said = fc.array(contribution, { maxLength: 12 });
const merged = (all: readonly Contribution[]): Contributions => mergeContributions(NONE, all);
/** As a set: the order in which writers were first heard of says nothing. */
const content = (all: Contributions) => [...all].sort(([a], [b]) => (a < b ? -1 : 1));
const alike = (a: Contributions, b: Contributions): void => {
  expect(content(a)).toEqual(content(b));
  expect(sumOfContributions(a)).toEqual(sumOfContributions(b));
};

/** Deliveries of what was said: in any order, some of it twice, merged in any tree. */
interface Delivery {
  readonly order: readonly number[];
  readonly again: readonly number[];
  readonly cuts: readonly number[];
}
const delivery: fc.Arbitrary<Delivery> = fc.record({
  order: fc.array(fc.nat(1_000), { minLength: 12, maxLength: 12 }),
  again: fc.array(fc.nat(11), { maxLength: 5 }),
  cuts: fc.array(fc.nat(1_000), { minLength: 20, maxLength: 20 }),
});
function deliver(all: readonly Contribution[], { order, again, cuts }: Delivery): Contributions {
  const sent = all.map((each, n) => ({ each, at: order[n]! })).sort((a, b) => a.at - b.at);
  const doubled = [...sent, ...(all.length === 0 ? [] : again.map((n) => ({ each: all[n % all.length]!, at: 0 })))];
  let next = 0;
  const merge = (some: readonly Contribution[]): Contributions => {
    if (some.length <= 1) return merged(some);
    const cut = 1 + (cuts[next++ % cuts.length]! % (some.length - 1));
    const [left, right] = [merge(some.slice(0, cut)), some.slice(cut)];
    return mergeContributions(left, cuts[next % cuts.length]! % 2 === 0 ? merge(right) : right);
  };
  return merge(doubled.map(({ each }) => each));
}

describe("contributions of several writers", () => {
  holds(
    10,
    "come to the same however they are reordered, repeated and split into merges: the newest of each writer, summed",
    10_000,
    fc.property(said, delivery, delivery, (all, one, other) => {
      alike(deliver(all, one), deliver(all, other));
      const newest = new Map<string, number>();
      for (const { writer, sequence } of all) newest.set(writer, Math.max(sequence, newest.get(writer) ?? 0));
      const kept = deliver(all, one);
      expect([...kept.keys()].sort()).toEqual([...newest.keys()].sort());
      let [least, most] = [0, 0];
      for (const [writer, { sequence, current }] of kept) {
        expect(sequence).toBe(newest.get(writer));
        const candidates = all.filter((each) => each.writer === writer && each.sequence === sequence);
        expect(candidates.map((each) => each.current)).toContain(current);
        least += Math.min(...candidates.map((each) => each.current));
        most += Math.max(...candidates.map((each) => each.current));
      }
      const { current } = sumOfContributions(kept);
      const grain = most * 1e-12;
      if (!(current >= least - grain && current <= most + grain)) throw new Error(`${current} of ${least} to ${most}`);
    }),
  );

  holds(
    10,
    "merging is commutative, associative and idempotent, and changes neither side",
    10_000,
    fc.property(said, said, said, (one, two, three) => {
      const [a, b, c] = [merged(one), merged(two), merged(three)];
      const before = [a, b, c].map((each) => JSON.stringify([...each]));
      alike(mergeContributions(a, b), mergeContributions(b, a));
      alike(mergeContributions(mergeContributions(a, b), c), mergeContributions(a, mergeContributions(b, c)));
      const all = mergeContributions(a, b);
      for (const old of [a, b, all]) expect(mergeContributions(all, old)).toBe(all);
      expect([a, b, c].map((each) => JSON.stringify([...each]))).toEqual(before);
    }),
  );
});

describe("what protocols are told", () => {
  const count = fc.option(fc.nat(2_000), { nil: undefined });
  const numbers = fc.record({
    percentage: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
    current: count,
    total: count,
  });

  holds(
    13,
    "strictly greater values, of a total that is never less, as the share done; and something whenever there is something to say",
    10_000,
    fc.property(fc.array(fc.tuple(numbers, fc.boolean()), { maxLength: 40 }), (steps) => {
      const rising = new RisingProgress();
      let highest = Number.NEGATIVE_INFINITY;
      for (const [given, insist] of steps) {
        const sent = rising.next(given as Parameters<typeof rising.next>[0], insist);
        if (insist) must(sent !== undefined, "nothing was said");
        if (sent === undefined) continue;
        must(Number.isFinite(sent.progress) && sent.progress > highest, `${sent.progress} after ${highest}`);
        highest = sent.progress;
        if (sent.total === undefined) continue;
        must(given.percentage !== undefined && sent.total >= sent.progress, `${sent.progress} of ${sent.total}`);
        const share = sent.progress / sent.total;
        must(Math.abs(share - given.percentage / 100) < 0.0051, `${share} of ${given.percentage} %`);
      }
    }),
  );

  holds(
    13,
    "a whole number from 0 to 100, rounded down, 100 only when completed, none when unknown; in any run",
    10_000,
    fc.property(cases(20), (given) => {
      const sent: number[] = [];
      const rising = new RisingProgress();
      runTree(given, (run, touched) => {
        const shown = touched.real.snapshot() as Snapshot;
        const whole = wholePercentage(shown);
        if (shown.percentage === undefined) return same(whole, undefined, "whole");
        if (!(Number.isInteger(whole) && whole! >= 0 && whole! <= 100)) throw new Error(`${whole}`);
        if (!(whole! <= shown.percentage && shown.percentage < whole! + 1)) throw new Error(`${whole}`);
        if ((whole === 100) !== (shown.status === "completed")) throw new Error(`${whole} when ${shown.status}`);
        if (touched !== run.root) return;
        const next = rising.next(shown);
        if (next !== undefined) sent.push(next.progress);
      });
      sent.reduce((before, each) => {
        if (!(each > before)) throw new Error(`${each} after ${before}`);
        return each;
      }, -1);
    }),
  );
});
