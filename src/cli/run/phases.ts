// Recognised progress as levels of an operation. Written to by watcher.ts, one for each stream.
//
// A phase is a level. What has no name is one phase until it falls: then the next begins. What has a name is found by it, so that
// several that run at once, and take turns on the screen, are several levels. Small falls are noise. The operation's own
// percentage follows by the rules of its levels: that of a single phase exactly; with more of them it needs their number, as total.
// A program that uses otel-progress tells its levels itself: then what it prints only repeats that, and phases give way.

import type { Level, Operation } from "../../index.js";
import type { Sample } from "./line.js";

/** Of one stream. Further ones are counted on the last. */
const MOST_PHASES = 100;
/** Running at once; the oldest ends for the next. */
const MOST_OPEN = 16;
/** Percent: a fall by no more is noise, unless the phase was done. */
const NOISE = 10;
const DONE = 99.5;

const TYPE = "phase";

interface Phase {
  readonly level: Level;
  readonly label: string | undefined;
  highest: number;
}

export class Phases {
  readonly #operation: Operation;
  /** In order of their beginning. */
  readonly #open: Phase[] = [];
  #begun = 0;
  #told = false;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  found(sample: Sample | "over"): void {
    if (this.#told) return;
    if (sample === "over") return this.end();
    const before = this.#open.findLast(({ label }) => label === sample.label);
    const phase = before === undefined || startsOver(before, sample) ? this.#begin(sample, before) : before;
    if (phase === undefined) return;
    phase.highest = Math.max(phase.highest, sample.percentage);
    const { current, total, percentage } = sample;
    if (current !== undefined) phase.level.update({ current, total });
    else phase.level.update({ percentage });
  }

  /** Looks whether the program tells its progress itself: now and then, and before a phase begins. */
  look(): void {
    if (this.#told) return;
    this.#told = this.#operation.snapshot().levels.some(({ type }) => type !== TYPE);
    if (this.#told) for (const { level } of this.#open.splice(0)) level.skip("the program tells its progress itself");
  }

  /** Its program goes on to something else, or has ended well. */
  end(): void {
    for (const { level } of this.#open.splice(0)) level.complete();
  }

  #begin({ label }: Sample, before: Phase | undefined): Phase | undefined {
    this.look();
    if (this.#told) return undefined;
    const last = this.#open.at(-1);
    if (this.#begun >= MOST_PHASES && last !== undefined) return last;
    const over = this.#open.filter((phase) => phase === before || phase.highest >= DONE);
    for (const phase of over) this.#close(phase);
    if (this.#open.length >= MOST_OPEN) this.#close(this.#open[0]!);
    this.#begun++;
    const level = this.#operation.startLevel(TYPE, { name: label ?? `phase ${this.#begun}` });
    const phase = { level, label, highest: 0 };
    this.#open.push(phase);
    return phase;
  }

  #close(phase: Phase): void {
    phase.level.complete();
    this.#open.splice(this.#open.indexOf(phase), 1);
  }
}

function startsOver({ highest }: Phase, { percentage }: Sample): boolean {
  return highest >= DONE ? percentage < DONE : percentage < highest - NOISE;
}
