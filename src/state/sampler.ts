// The one timer: every interval it scans the columns for what moved and for what is due. Rates, stalls, points and totals
// are made here, not in the user's call. Driven by its timer, or from inside an update when the event loop is blocked.

import { Pace } from "../estimator.js";
import { Points } from "../points.js";
import { rollUp } from "../rollup.js";
import { attachPulse, type Pulse, resetGate } from "./cell.js";
import { type DueTimes, nextDue, type Verdict, verdictAt } from "./deadlines.js";
import { type Entry, forgetReported, reportOf } from "./entry.js";
import { observeItems, observeShare } from "./forecasts.js";
import { itemsDone, tallyItems } from "./items.js";
import type { LiveState } from "./live-state.js";
import type { Slab } from "./slab.js";

/** Who drove a tick: the timer, or an update inside a blocked event loop. */
export type Drive = "timer" | "inside";

export interface SamplerOptions {
  readonly intervalMillis: number;
  readonly due: DueTimes;
  /** Points kept per entry, the final one not counted. */
  readonly points: number;
}

export interface SamplerListener {
  /** After every scan. `stamp`: everything changed up to here has a smaller or equal one. */
  ticked(stamp: number, drive: Drive): void;
  due(entry: Entry, verdict: Verdict): void;
  recovered(entry: Entry): void;
  /** The first start after a rest. */
  woke(): void;
  /** Whether the timer may stop when nothing runs. */
  quiet(): boolean;
}

/** Ticks without anything running after which the timer stops; until then a new start costs no new timer. */
const IDLE_TICKS = 10;

export class Sampler implements Pulse {
  readonly #state: LiveState;
  readonly #options: SamplerOptions;
  readonly #listener: SamplerListener;
  #stop: (() => void) | undefined;
  #lastTick = 0;
  #lastCheck = 0;
  #idleTicks = 0;
  #ticking = false;
  /** Found by the scan, handled after it: handling may end entries, and must not do so under the scan. */
  readonly #dueNow: Entry[] = [];
  /** Scans since the start; the bench and the tests of blocked loops read it. */
  ticks = 0;

  constructor(state: LiveState, options: SamplerOptions, listener: SamplerListener) {
    this.#state = state;
    this.#options = options;
    this.#listener = listener;
    state.onLive = () => this.#wake();
  }

  /** The limits of `entry` changed, or its pause did: its next deadline is computed anew. */
  schedule(entry: Entry): void {
    if (entry.slab !== undefined) entry.slab.due[entry.i] = nextDue(entry, this.#options.due);
  }

  check(): number {
    const now = this.#state.clock.monotonicMillis();
    const gap = now - this.#lastCheck;
    this.#lastCheck = now;
    if (now - this.#lastTick >= this.#options.intervalMillis) this.tick("inside");
    return gap;
  }

  /** Exporters may report progress, or flush, while they are told: that makes no tick within the tick. */
  tick(drive: Drive): void {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      this.#tick(drive);
    } finally {
      this.#ticking = false;
    }
  }

  #tick(drive: Drive): void {
    const now = this.#state.clock.monotonicMillis();
    this.#lastTick = now;
    this.ticks++;
    this.#state.followWallClock(now);
    for (const prepare of this.#state.beforeTick) prepare();
    this.#state.simulations.advance(now, (entry) => this.#state.touch(entry));
    const stamp = this.#state.stamp(now);
    for (const slab of this.#state.slabs) if (slab.live > 0) this.#scan(slab, now, stamp);
    for (const entry of this.#state.stirred) this.#stir(entry, now, stamp);
    this.#state.stirred.clear();
    for (const entry of this.#dueNow.splice(0)) if (entry.slab !== undefined) this.#due(entry, now);
    this.#countLate();
    // What was due has changed things too: they are told with this tick, and not again with the next one.
    this.#listener.ticked(this.#state.stamp(now), drive);
  }

  /** Stops the timer; the next start wakes it again. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #wake(): void {
    this.#idleTicks = 0;
    if (this.#stop !== undefined) return;
    this.#listener.woke();
    this.#lastTick = this.#lastCheck = this.#state.clock.monotonicMillis();
    this.#state.followWallClock(this.#lastTick);
    const stopTimer = this.#state.clock.every(this.#options.intervalMillis, () => this.#onTimer());
    const detach = attachPulse(this);
    this.#stop = () => {
      stopTimer();
      detach();
    };
  }

  #onTimer(): void {
    resetGate();
    this.tick("timer");
    const idle = this.#state.slabs.every((slab) => slab.live === 0) && this.#listener.quiet();
    this.#idleTicks = idle ? this.#idleTicks + 1 : 0;
    if (this.#idleTicks >= IDLE_TICKS) this.stop();
  }

  /** Allocation-free for what did not move; 4,096 slots of it are two loads and two comparisons each. */
  #scan(slab: Slab, now: number, stamp: number): void {
    const { current, seen, due, entries, high } = slab;
    for (let slot = 0; slot < high; slot++) {
      if (current[slot] !== seen[slot]) this.#moved(slab, slot, now, stamp);
      if (now >= due[slot]!) this.#dueNow.push(entries[slot]!);
    }
  }

  #moved(slab: Slab, slot: number, now: number, stamp: number): void {
    const entry = slab.entries[slot]!;
    const done = itemsDone(entry, slab);
    const extra = entry.more;
    extra.aside = 0;
    if (slab.current[slot]! < slab.seen[slot]!) extra.highest = Math.max(extra.highest, slab.seen[slot]!);
    if (extra.reported !== undefined && reportOf(entry) === undefined) forgetReported(extra);
    tallyItems(entry, "done", done);
    slab.seen[slot] = slab.current[slot]!;
    slab.moved[slot] = now;
    slab.changed[slot] = stamp;
    extra.pace ??= new Pace(slab.started[slot]!);
    if (done > 0) {
      extra.pace.observe(now, done);
      if (extra.forecast !== undefined) observeItems(entry, now, done);
    }
    this.#sample(entry, now);
    if (extra.stalledSince !== undefined) this.#recover(entry);
    if (entry.parent !== undefined) this.#stir(entry.parent, now, stamp);
  }

  /** Something below `entry` moved: so did it and all above it, once per tick. */
  #stir(entry: Entry, now: number, stamp: number): void {
    for (let at: Entry | undefined = entry; at !== undefined; at = at.parent) {
      const { slab, i } = at;
      if (slab === undefined || slab.changed[i] === stamp) return;
      slab.moved[i] = now;
      slab.changed[i] = stamp;
      this.#sample(at, now);
      if (at.extra?.stalledSince !== undefined) this.#recover(at);
    }
  }

  #sample(entry: Entry, now: number): void {
    const extra = entry.more;
    extra.points ??= this.#pointsOf(entry);
    if (!extra.points.wants(now)) return;
    const rolled = rollUp(entry);
    observeShare(entry, now, rolled);
    const ratio = rolled.coverage > 0 ? rolled.floor : Number.NaN;
    extra.points.add(now, entry.shownCurrent, entry.total, ratio, extra.pace?.rate(now) ?? Number.NaN, extra.message);
  }

  /** Every run begins with a point at its start. */
  #pointsOf(entry: Entry): Points {
    const points = new Points(this.#options.points);
    const { started, total } = entry;
    if (points.wants(started)) points.add(started, 0, total, total > 0 ? 0 : Number.NaN, Number.NaN, undefined);
    return points;
  }

  #recover(entry: Entry): void {
    entry.extra!.stalledSince = undefined;
    this.schedule(entry);
    this.#listener.recovered(entry);
  }

  #due(entry: Entry, now: number): void {
    const verdict = verdictAt(entry, this.#options.due, now);
    if (verdict === "stalled") entry.more.stalledSince = now;
    this.schedule(entry);
    if (verdict !== undefined) this.#listener.due(entry, verdict);
  }

  #countLate(): void {
    const { misuse, silent } = this.#state.takeLate();
    if (misuse + silent > 0) this.#state.diagnostics.count("late_updates", misuse + silent);
    if (misuse > 0) {
      this.#state.diagnostics.warnOnce(
        "late",
        "an operation or level was updated after its end; such updates are ignored",
      );
    }
  }
}
