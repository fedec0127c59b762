// What several writers, in other threads, processes or machines, add to one operation or level.
//
// Each writer counts its own share and numbers what it says; the newest of each writer counts, the sum over all writers is
// the value. So the result is the same in whatever order, how often and over whichever detours contributions arrive: merging
// is commutative, associative and idempotent (a state-based counter; Shapiro et al. 2011, "Conflict-free replicated data
// types"). Status, total and all else belong to the creator alone.

import { isCount } from "./state/cell.js";

/** The share of one writer so far, not a difference to what it said before. */
export interface Contribution {
  /** Unique in the fleet. */
  readonly writer: string;
  /** Grows with everything this writer says. */
  readonly sequence: number;
  /** Items settled by it, failed and skipped ones included. */
  readonly current: number;
  readonly failedItems: number;
  readonly skippedItems: number;
}

/** The newest of each writer. */
export type Contributions = ReadonlyMap<string, Contribution>;

/** What both know. Neither is changed; `a` itself comes back when `b` has nothing new. */
export function mergeContributions(a: Contributions, b: Contributions | Iterable<Contribution>): Contributions {
  let merged: Map<string, Contribution> | undefined;
  for (const contribution of isMap(b) ? b.values() : b) {
    const known = (merged ?? a).get(contribution.writer);
    if (known !== undefined && !isNewer(contribution, known)) continue;
    merged ??= new Map(a);
    merged.set(contribution.writer, contribution);
  }
  return merged ?? a;
}

/** The sums over all writers, in one order, since fractions and large counts add up differently in another. */
export function sumOfContributions(all: Contributions): Omit<Contribution, "writer" | "sequence"> {
  let [current, failedItems, skippedItems] = [0, 0, 0];
  for (const writer of [...all.keys()].sort()) {
    const contribution = all.get(writer)!;
    current += contribution.current;
    failedItems += contribution.failedItems;
    skippedItems += contribution.skippedItems;
  }
  return { current, failedItems, skippedItems };
}

/** Untrusted data as a contribution; `undefined` when it is none. */
export function readContribution(data: unknown): Contribution | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { writer, sequence, current, failedItems, skippedItems } = data as Record<keyof Contribution, unknown>;
  const counts = [sequence, current, failedItems, skippedItems];
  return typeof writer === "string" && writer !== "" && writer.length <= 256 && counts.every(isCount)
    ? Object.freeze({ writer, sequence, current, failedItems, skippedItems } as Contribution)
    : undefined;
}

/** Of two with one number, which only a writer that lost its memory sends, the one that did more: any fixed choice would do. */
function isNewer(a: Contribution, b: Contribution): boolean {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  if (a.current !== b.current) return a.current > b.current;
  if (a.failedItems !== b.failedItems) return a.failedItems > b.failedItems;
  return a.skippedItems > b.skippedItems;
}

function isMap(value: Contributions | Iterable<Contribution>): value is Contributions {
  return value instanceof Map;
}
