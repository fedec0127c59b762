// The one truth: every operation of this process, now, and the last ones that ended.
// Written by instrumentation/ only; read by the sampler, the publisher and whoever asks.

import type { Clock } from "../clock.js";
import type { Diagnostics } from "../diagnostics.js";
import type { LevelStatus } from "../model.js";
import { rollUp, shownPercentage } from "../rollup.js";
import { Directory } from "./directory.js";
import { type EndOptions, type Entry, forgetReported } from "./entry.js";
import { Family, type UnseenEnds } from "./family.js";
import { InFlight } from "./in-flight.js";
import { itemsDone, tallyItems } from "./items.js";
import type { Tally } from "./kind.js";
import { Kinds } from "./kinds.js";
import { Retention } from "./retention.js";
import { Simulations, simulatedFraction } from "./simulation.js";
import { Slab } from "./slab.js";
import type { UsageSample } from "./usage.js";

export interface StateLimits {
  /** Operations running at once. */
  readonly active: number;
  /** Ended operations kept. */
  readonly finished: number;
  /** Levels kept per operation; open ones are always kept. */
  readonly levelsPerOperation: number;
  /** Levels kept over all ended operations. */
  readonly finishedLevels: number;
  /** Open levels per operation. */
  readonly openLevels: number;
  /** Operation and levels, counted from the outermost. */
  readonly depth: number;
  /** Types of operations, and of levels; later ones are counted under "other". */
  readonly types: number;
}

/** 2⁻¹⁶ ms: still adds up after a year of uptime (double precision at 3·10¹⁰ is 2⁻¹⁸). */
const STAMP_STEP = 2 ** -16;

export class LiveState {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly limits: StateLimits;
  readonly kinds: Kinds;
  readonly retention: Retention;
  readonly inFlight: InFlight;
  readonly slabs: Slab[] = [];
  /**
   * Where ended handles write: [0] after their own end, which is misuse; [1] after they were closed by their parent,
   * which is not. Read and cleared by the sampler.
   */
  readonly dead: Float64Array = new Float64Array(2);
  readonly directory: Directory = new Directory();
  readonly simulations: Simulations = new Simulations();
  activeCount = 0;
  /** The latest look at the process; undefined where nobody looks. */
  usage: UsageSample | undefined = undefined;
  /** Entries whose parts started or ended since the last tick: they moved without counting. Emptied by every tick. */
  readonly stirred: Set<Entry> = new Set();
  /** Called before every scan: for those who hold numbers that are not written through a handle. */
  readonly beforeTick: Set<() => void> = new Set();
  #stamp = 0;
  /** Epoch minus monotonic milliseconds, as of the last look at the wall clock. */
  #offset = Number.NaN;
  /** Called when the first entry starts after none was running. Set by the sampler. */
  onLive: () => void = () => {};

  constructor(clock: Clock, diagnostics: Diagnostics, limits: StateLimits) {
    this.clock = clock;
    this.diagnostics = diagnostics;
    this.limits = limits;
    this.kinds = new Kinds(limits.types);
    this.retention = new Retention(limits.finished, limits.finishedLevels);
    this.retention.onRemoved = (operation) => this.directory.remove(operation);
    this.inFlight = new InFlight(diagnostics);
  }

  /**
   * Orders changes: milliseconds of the last tick, and a little more for every change since. Strictly increasing, so that
   * "changed after the stamp I last saw" misses nothing and repeats nothing; costs no look at the clock.
   */
  stamp(now = 0): number {
    this.#stamp = Math.max(now, this.#stamp + STAMP_STEP);
    return this.#stamp;
  }

  /** Follows the wall clock. Differences under two milliseconds are the grain of the clocks, not steps. */
  followWallClock(now: number): void {
    const offset = this.clock.epochMillis() - now;
    if (!(Math.abs(offset - this.#offset) < 2)) this.#offset = offset;
  }

  /** Running operations. */
  *active(): IterableIterator<Entry> {
    for (const { entries, high } of this.slabs) {
      for (let slot = 0; slot < high; slot++) if (entries[slot]?.isOperation) yield entries[slot]!;
    }
  }

  getActive(id: string): Entry | undefined {
    const entry = this.directory.get(id);
    return entry?.slab === undefined ? undefined : entry;
  }

  /** A running operation, or an ended one that is still kept. */
  get(id: string): Entry | undefined {
    return this.directory.get(id);
  }

  /** Puts an entry among the running ones. The caller has checked limits and ids. */
  start(entry: Entry, now: number, total: number): void {
    this.onLive();
    const slab = this.#openSlab();
    const slot = slab.take(entry);
    slab.total[slot] = total;
    slab.started[slot] = now;
    // A part takes over the offset of what is around it: its start never seems to lie before that of its parent.
    slab.offset[slot] = entry.parent?.slab === undefined ? this.#offset : entry.parent.offset;
    slab.moved[slot] = now;
    slab.changed[slot] = this.stamp(now);
    entry.slab = slab;
    entry.buf = slab.current;
    entry.i = slot;
    entry.status = "running";
    entry.kind.tally.active++;
    if (entry.isOperation) {
      entry.usage = this.usage;
      this.directory.add(entry);
      if (!entry.elsewhere) this.activeCount++;
    }
    if (entry.parent !== undefined) this.touch(entry.parent);
  }

  /** Makes `entry` a part of its parent, in order of call. `declared`: it is announced, and begins later. */
  adopt(entry: Entry, declared = false): void {
    const parent = entry.parent!;
    parent.more.family ??= new Family();
    parent.extra!.family!.add(entry, declared);
    if (!entry.isOperation) {
      const { more } = entry.operation;
      more.levelsById ??= new Map();
      more.levelsById.set(entry.id, entry);
      more.openLevels++;
    }
    if (parent.slab !== undefined) this.stirred.add(parent);
    this.touch(parent);
  }

  /** Parts of `parent` that were over before anything was known of them. */
  adoptUnseen(parent: Entry, ends: UnseenEnds): void {
    parent.more.family ??= new Family();
    parent.extra!.family!.addUnseen(ends);
    if (parent.slab !== undefined) this.stirred.add(parent);
    this.touch(parent);
  }

  /** Something about the entry changed: it and its operation are told to readers at the next tick. */
  touch(entry: Entry): void {
    const stamp = this.stamp();
    for (let at: Entry | undefined = entry; at !== undefined; at = at.parent) {
      if (at.slab !== undefined) at.slab.changed[at.i] = stamp;
      else if (at.outcome !== undefined) at.outcome.snapshot = undefined;
    }
  }

  /** Ends an entry, running or pending. `late` is where its later updates go: see `dead`. */
  end(entry: Entry, status: LevelStatus, now: number, late: 0 | 1, how: EndOptions = {}): void {
    const { slab } = entry;
    const rolled = rollUp(entry, status === "failed");
    const offset = slab === undefined ? this.#offset : entry.offset;
    if (slab !== undefined) tallyItems(entry, "done", itemsDone(entry, slab));
    entry.status = status;
    const shown = shownPercentage(entry, rolled);
    entry.outcome = {
      current: entry.current,
      total: entry.total,
      shownCurrent: entry.shownCurrent,
      raisedTotal: entry.raisedTotal,
      started: entry.started,
      offset,
      moved: entry.moved,
      ended: now,
      changed: this.stamp(now),
      fraction: rolled.coverage === 0 ? Number.NaN : rolled.floor,
      coverage: rolled.coverage,
      estimated: rolled.estimated,
      shown: Number.isNaN(shown) ? 0 : shown,
      how,
      usage: entry.usage === undefined ? undefined : this.usage,
      snapshot: undefined,
      forgotten: false,
    };
    this.stirred.delete(entry);
    if (slab !== undefined) this.#giveBack(entry, slab, late);
    else entry.i = late;
    this.#countEnd(entry, status);
    if (entry.parent !== undefined) this.#settleIn(entry.parent, entry);
    if (entry.isOperation) this.#finish(entry);
  }

  /** The work of `entry` starts over. Its parts must have ended; they are forgotten, and their ids are free again. */
  startOver(entry: Entry, now: number): void {
    const { more, slab, i } = entry;
    // What said something itself is not guessed again.
    if (simulatedFraction(entry) === undefined) more.simulation = undefined;
    else more.simulation!.fraction = 0;
    this.#forgetParts(entry);
    tallyItems(entry, "done", itemsDone(entry, slab!));
    more.attempt++;
    more.attemptBegan = entry.workMillis(now);
    more.failedItems = more.skippedItems = more.aside = more.highest = more.contributed = more.beforehand = 0;
    forgetReported(more);
    more.pace?.restart(now);
    more.forecast?.restart(now);
    if (more.stages !== undefined)
      more.stages = { stages: more.stages.stages, entered: [], passed: [], current: undefined };
    slab!.current[i] = slab!.seen[i] = slab!.shown[i] = 0;
    slab!.moved[i] = now;
    this.touch(entry);
  }

  /** Nested operations go on, with all that is below them. */
  #forgetParts(entry: Entry): void {
    const { levelsById, endedParts } = entry.operation.extra ?? {};
    for (const part of entry.extra?.family?.kept ?? []) {
      endedParts?.calm.delete(part);
      endedParts?.failed.delete(part);
      if (part.isOperation) continue;
      this.#forgetParts(part);
      levelsById!.delete(part.id);
    }
    if (entry.extra !== undefined) entry.extra.family = undefined;
  }

  /** Updates that arrived after their handle's end since the last call, and whether any of them was misuse. */
  takeLate(): { misuse: number; silent: number } {
    const late = { misuse: this.dead[0]!, silent: this.dead[1]! };
    this.dead.fill(0);
    return late;
  }

  /** Forgets the ended operations. */
  clearHistory(): void {
    this.retention.clear();
  }

  #settleIn(parent: Entry, part: Entry): void {
    if (!part.isOperation) part.operation.extra!.openLevels--;
    if (parent.slab !== undefined) this.stirred.add(parent);
    this.touch(parent);
    // A parent that began a new attempt knows nothing of this part any more.
    const { family } = parent.extra!;
    if (!family?.kept.has(part)) return;
    family.settle(part);
    this.retention.partEnded(part, this.limits.levelsPerOperation);
  }

  #giveBack(entry: Entry, slab: Slab, late: 0 | 1): void {
    slab.release(entry.i);
    entry.slab = undefined;
    entry.buf = this.dead;
    entry.i = late;
    entry.kind.tally.active--;
    if (slab.live === 0 && this.slabs.length > 1) this.slabs.splice(this.slabs.indexOf(slab), 1);
  }

  #countEnd(entry: Entry, status: LevelStatus): void {
    const { tally } = entry.kind;
    if (status === "completed") tally.completedAfter(entry.workMillis(entry.outcome!.ended) / 1000);
    tally.ended[status as keyof Tally["ended"]]++;
  }

  #finish(entry: Entry): void {
    if (!entry.elsewhere) this.activeCount--;
    if (entry.extra?.openLevels === 0) entry.extra.endedParts = undefined;
    this.inFlight.forget(entry);
    // How it went is for its owner to say.
    if (entry.elsewhere) this.retention.onRemoved(entry);
    else this.retention.add(entry);
  }

  /** After the end of an entry and of its parts: the durations of a completed operation weigh in the next run of its type. */
  learn({ kind, status, extra, isOperation }: Entry): void {
    if (!isOperation || status !== "completed") return;
    kind.tally.learn();
    if (extra !== undefined && extra.levelCount > 0) this.kinds.learnLevels(kind.type);
  }

  #openSlab(): Slab {
    let slab = this.slabs.at(-1);
    if (slab === undefined || slab.full) {
      slab = this.slabs.find((other) => !other.full) ?? new Slab();
      // The open slab is the last one, so that the next start finds it at once.
      const at = this.slabs.indexOf(slab);
      if (at >= 0) this.slabs.splice(at, 1);
      this.slabs.push(slab);
    }
    return slab;
  }
}
