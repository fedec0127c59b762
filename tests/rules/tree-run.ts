// Random runs of a tree: everything users may do to operations and levels, in any order, done to the real thing and to the
// plain model at once.

import fc from "fast-check";
import { coreOf } from "../../src/instrumentation/core.js";
import { type Definition, defineOperation } from "../../src/instrumentation/definition.js";
import type { Level, LevelOptions, Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { TotalKind } from "../../src/model.js";
import type { Entry } from "../../src/state/entry.js";
import { Kinds } from "../../src/state/kinds.js";
import { ManualClock } from "../../src/testing.js";
import * as model from "./model.js";

type Handle = Operation & Level & Entry;
export interface Pair {
  readonly real: Handle;
  readonly plain: model.Node;
}

/** Said more than once: comes more often. The first is what cases shrink to. */
const VERBS = [
  ...["read", "level", "level", "level", "level", "level", "declare", "declare", "begin", "begin", "nested", "nested"],
  ...["increment", "increment", "increment", "increment", "current", "grow", "total", "forgetTotal", "forgetTotal"],
  ...["kind", "percentage", "itemFailed", "itemSkipped", "complete", "complete", "complete", "fail", "fail", "skip"],
  ...["cancel", "pause", "resume", "newAttempt", "stage", "stage", "stage", "time", "time", "time", "read", "read"],
];
const KINDS = ["a", "b", "c"] as const;
const UNITS = [undefined, undefined, "row", "By"] as const;
const TOTAL_KINDS: readonly TotalKind[] = ["exact", "estimate", "atLeast", "unknown"];

export interface Step {
  /** Which of the open nodes, modulo their number. */
  readonly at: number;
  readonly verb: string;
  readonly n: number;
  readonly kind: string;
  readonly total: number | undefined;
  readonly weight: number | undefined;
  readonly unit: string | undefined;
  /** Milliseconds. */
  readonly simulate: number | undefined;
}

/** One number per step: generating and shrinking it costs next to nothing. */
function stepOf(bits: number): Step {
  let rest = bits;
  const take = (choices: number): number => {
    const taken = rest % choices;
    rest = Math.floor(rest / choices);
    return taken;
  };
  const at = take(24);
  const verb = VERBS[take(VERBS.length)]!;
  const n = take(13);
  const [total, weight] = [take(12), take(12)];
  return {
    at,
    verb,
    n,
    kind: KINDS[take(3)]!,
    total: total < 4 ? undefined : total - 3,
    weight: weight < 9 ? undefined : (weight - 9) * 2,
    unit: UNITS[take(4)],
    simulate: take(8) === 7 ? 1_000 * (1 + n) : undefined,
  };
}
const step = fc.noBias(fc.integer({ min: 0, max: 24 * VERBS.length * 13 * 12 * 12 * 3 * 4 * 8 - 1 })).map(stepOf);

const STAGES = { load: [0, 10], work: [10, 70], save: [70, 100] } as const;
type Type = "job" | "clip" | "plan";
const TYPES: Readonly<Record<Type, string | Definition>> = {
  job: "job",
  clip: defineOperation("clip", { stages: STAGES }),
  plan: defineOperation("plan", { levels: { a: { weight: 3 }, b: {}, c: {} } }),
};
const OF_KIND: Readonly<Record<string, Type>> = { a: "job", b: "plan", c: "clip" };
const weightOfKind = (type: string, kind: string) => (type === "plan" && kind === "a" ? 3 : undefined);

export interface Case {
  readonly steps: readonly Step[];
  /** Ended levels that are kept; the others are folded. */
  readonly kept: number;
  readonly type: Type;
  readonly total: number | undefined;
  readonly simulate: number | undefined;
  /** Seconds that levels of two kinds took in a run before this one. */
  readonly past: readonly [number, number] | undefined;
}

export const KEPT: fc.Arbitrary<number> = fc.constantFrom(1_000, 0, 1, 3);

export function cases(maxLength: number): fc.Arbitrary<Case> {
  return fc.record({
    steps: fc.array(step, { maxLength, size: "max" }),
    kept: KEPT,
    type: fc.constantFrom<Type>("job", "job", "job", "plan", "clip"),
    total: fc.constantFrom(undefined, undefined, 3, 10),
    simulate: fc.constantFrom(undefined, undefined, undefined, 2_000),
    past: fc.constantFrom(undefined, [2, 1] as const, [0, 0] as const),
  });
}

/** Instances that nobody watches: events take snapshots, and those move the percentage shown. */
const instances = new Map<number, ReturnType<typeof instance>>();
function instance(levelsPerOperation: number) {
  const clock = new ManualClock();
  const progress = createProgress({ strict: true, clock, limits: { levelsPerOperation, finished: 0 } });
  return { clock, progress, core: coreOf(progress) };
}

export class TreeRun {
  readonly pairs: Pair[] = [];
  readonly past: model.Past = model.noPast();
  readonly #instance: ReturnType<typeof instance>;

  constructor({ kept, type, total, simulate, past }: Omit<Case, "steps">) {
    this.#instance = instances.get(kept) ?? instance(kept);
    instances.set(kept, this.#instance);
    // Nothing is learned from the run before.
    Object.assign(this.#instance.core.state, { kinds: new Kinds(200) });
    if (past !== undefined) this.#runBefore(type, past);
    this.startOperation(undefined, type, { total, simulate });
  }

  get root(): Pair {
    return this.pairs[0]!;
  }
  get now(): number {
    return this.#instance.clock.monotonicMillis();
  }

  #runBefore(type: Type, seconds: readonly [number, number]): void {
    const before = this.startOperation(undefined, type, {});
    for (const [n, kind] of (["a", "b"] as const).entries()) {
      const level = this.startLevel(before, kind, {});
      this.pass(seconds[n]! * 1_000);
      this.end(level, "complete");
    }
    this.end(before, "complete");
    this.pairs.length = 0;
  }

  startOperation(
    parent: Pair | undefined,
    type: Type,
    { total, simulate, unit, weight }: Partial<Pick<Step, "total" | "simulate" | "unit" | "weight">>,
  ): Pair {
    const { progress, core } = this.#instance;
    const options = { total, unit, weight, simulate: expected(simulate) };
    const start = () => progress.start(TYPES[type] as "job", options) as unknown as Handle;
    const real = parent === undefined ? start() : core.scopes.run(parent.real as never, start);
    const stages = type !== "clip" ? undefined : Object.entries(STAGES);
    return this.#pair(real, {
      parent: parent?.plain,
      type,
      level: undefined,
      weight,
      unit,
      total,
      simulate,
      stages: stages?.map(([name, [from, to]]) => ({ name, share: (to - from) / 100, passedOver: false })),
    });
  }

  startLevel(
    parent: Pair,
    kind: string,
    { total, simulate, unit, weight }: Partial<Pick<Step, "total" | "simulate" | "unit" | "weight">>,
  ): Pair {
    const { type } = parent.plain;
    const real = parent.real.startLevel(kind, { total, unit, weight, simulate: expected(simulate) }) as Handle;
    const given = weight ?? weightOfKind(type, kind);
    return this.#pair(real, { parent: parent.plain, type, level: kind, weight: given, unit, total, simulate });
  }

  declare(parent: Pair, kind: string, { total, unit, weight }: Pick<LevelOptions, "total" | "unit" | "weight">): Pair {
    const { type } = parent.plain;
    const { id } = parent.real.declare(kind, { total, unit, weight });
    const given = weight ?? weightOfKind(type, kind);
    const real = parent.real.getLevel(id) as Handle;
    return this.#pair(real, { parent: parent.plain, type, level: kind, weight: given, unit, total, declared: true });
  }

  begin({ real, plain }: Pair): void {
    const options = real.total >= 0 ? { total: real.total } : {};
    (real.parent as Handle).startLevel(real.type, { id: real.id, ...options });
    model.turn(plain, "running", this.now);
  }

  #pair(real: Handle, given: Partial<model.Node> & { simulate?: number | undefined }): Pair {
    const { simulate, declared = false, ...rest } = given;
    const plain = {
      status: "pending",
      children: [],
      current: 0,
      totalKind: undefined,
      shown: 0,
      shownGuess: false,
      attempt: 1,
      clock: { work: 0, since: undefined, attemptBegan: 0 },
      guess: simulate === undefined ? undefined : { expected: simulate, fraction: 0 },
      ...rest,
      declared,
    } as unknown as model.Node;
    model.adopt(plain);
    if (!declared) model.turn(plain, "running", this.now);
    const pair = { real, plain };
    this.pairs.push(pair);
    return pair;
  }

  end({ real, plain }: Pair, how: "complete" | "fail" | "cancel" | "skip"): void {
    if (how === "fail") real.fail(new Error("no"));
    else real[how]();
    const status = { complete: "completed", fail: "failed", cancel: "cancelled", skip: "skipped" } as const;
    model.end(plain, status[how], this.now, this.past);
  }

  /** Time goes by, and everything is looked at once. */
  pass(millis: number): void {
    this.#instance.clock.block(millis);
    this.#instance.core.sampler.tick("timer");
    for (const { plain } of this.pairs) model.look(plain, this.now);
  }

  count({ real, plain }: Pair, how: "increment" | "itemFailed" | "itemSkipped", n: number): void {
    if (how === "itemFailed") real.itemFailed(undefined, n);
    else real[how](n);
    plain.current += n;
    if (n === 0) return;
    plain.reported = undefined;
    model.speak(plain);
  }

  setTotal({ real, plain }: Pair, total: number | undefined, kind?: TotalKind): void {
    real.setTotal(total, kind);
    plain.total = total;
    plain.totalKind = kind ?? plain.totalKind;
  }

  #enter({ real, plain }: Pair, { n, simulate }: Step): void {
    const name = Object.keys(STAGES)[n % 3]!;
    const running = plain.stages!.find((stage) => stage.name === name)?.level;
    if (running !== undefined && !model.ended(running)) return real.enterStage(name as never, {});
    const stage = model.goToStage(plain, name, this.now, this.past);
    real.enterStage(name as never, { simulate: expected(simulate) });
    const level = [...real.extra!.levelsById!.values()].at(-1) as Handle;
    this.#pair(level, { parent: plain, type: plain.type, level: name, simulate });
    stage.level = plain.children.at(-1)!;
  }

  /** Does one step to one of those that are open, and gives it. */
  take(step: Step): Pair {
    const open = this.pairs.filter(({ plain }) => !model.ended(plain));
    const pair = open[step.at % open.length];
    if (pair === undefined) return this.root;
    if (pair.plain.status === "pending") this.#takePending(pair, step);
    else this.#takeOpen(pair, step);
    return pair;
  }

  #takePending(pair: Pair, { verb }: Step): void {
    if (verb === "begin" || verb === "level" || verb === "increment") this.begin(pair);
    else if (verb === "skip" || verb === "cancel") this.end(pair, verb);
  }

  #takeOpen(pair: Pair, step: Step): void {
    const { real, plain } = pair;
    const { verb, n, kind, total } = step;
    if (verb === "level") this.startLevel(pair, kind, step);
    else if (verb === "declare") this.declare(pair, kind, step);
    else if (verb === "nested") this.startOperation(pair, OF_KIND[kind]!, step);
    else if (verb === "increment" || verb === "itemFailed" || verb === "itemSkipped") this.count(pair, verb, n);
    else if (verb === "current") this.#setCurrent(pair, n);
    else if (verb === "grow") this.setTotal(pair, (plain.total ?? 0) + n);
    else if (verb === "total") this.setTotal(pair, n);
    else if (verb === "forgetTotal") this.setTotal(pair, undefined);
    else if (verb === "kind") this.setTotal(pair, total ?? 5, TOTAL_KINDS[n % 4]);
    else if (verb === "percentage") this.#report(pair, n * 8);
    else if (verb === "time") this.pass(n * 150);
    else if (verb === "stage") plain.stages !== undefined && this.#enter(pair, step);
    else if (verb === "newAttempt") {
      real.newAttempt();
      model.newAttempt(plain, this.now, this.past);
    } else if (verb === "pause" && plain.status === "running") {
      real.pause();
      model.turn(plain, "paused", this.now);
    } else if (verb === "resume" && plain.status === "paused") {
      real.resume();
      model.turn(plain, "running", this.now);
    } else if (verb === "complete" || verb === "fail" || verb === "cancel" || verb === "skip") {
      // The root ends seldom, and operations are never skipped.
      if ((pair !== this.root || n < 3) && (verb !== "skip" || plain.level !== undefined)) this.end(pair, verb);
    }
  }

  #setCurrent({ real, plain }: Pair, n: number): void {
    real.update({ current: n });
    if (plain.current > 0 || n > 0) model.speak(plain);
    plain.current = n;
    plain.reported = undefined;
  }

  #report({ real, plain }: Pair, percentage: number): void {
    real.update({ percentage });
    plain.reported = percentage / 100;
    model.speak(plain);
  }

  /** Ends what still runs, so that the next run begins with nothing. */
  close(): void {
    for (const operation of [...this.#instance.core.state.active()]) (operation as Handle).cancel();
  }
}

const expected = (millis: number | undefined) => (millis === undefined ? undefined : { expected: millis });

/** A tree to be filled by hand, closed afterwards. */
export function withTree<T>(given: Partial<Omit<Case, "steps">>, fill: (run: TreeRun) => T): T {
  const nothing = { total: undefined, simulate: undefined, past: undefined };
  const run = new TreeRun({ kept: 1_000, type: "job", ...nothing, ...given });
  try {
    return fill(run);
  } finally {
    run.close();
  }
}

/** Does `steps`; calls `after` at the beginning and after each of them with the node it was done to. */
export function runTree(given: Case, after: (run: TreeRun, touched: Pair, step: Step | undefined) => void): void {
  withTree(given, (run) => {
    after(run, run.root, undefined);
    for (const step of given.steps) after(run, run.take(step), step);
  });
}
