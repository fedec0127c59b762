// An operation type declared once: its stages, level kinds and limits. Pure data, checked by type and at run time.

import { expectedButReceived, ProgressError } from "../errors.js";
import type { StageInfo } from "../model.js";
import type { Plan } from "../state/kind.js";
import type { Limits, Operation } from "./handles.js";
import { timeLimits } from "./time-limits.js";

export type Range = readonly [from: number, to: number];
export interface StageOptions {
  /** Relative to the other stages. @default 1 */
  readonly weight?: number | undefined;
  /** For people. @default the stage's name */
  readonly label?: string | undefined;
  readonly unit?: string | undefined;
}
export interface RangeStageOptions extends Omit<StageOptions, "weight"> {
  /** Percent of the operation, 0 to 100. */
  readonly range: Range;
}
export type StagesSpec = { readonly [name: string]: Range | RangeStageOptions | number | StageOptions };
export interface LevelKindOptions {
  readonly unit?: string | undefined;
  readonly weight?: number | undefined;
}

type RangeOf<V> = V extends Range ? V : V extends { readonly range: infer R extends Range } ? R : never;
type Froms<S> = { [K in keyof S]: RangeOf<S[K]>[0] }[keyof S];
type Tos<S> = { [K in keyof S]: RangeOf<S[K]>[1] }[keyof S];
interface Problem<M extends string> {
  readonly problem: M;
}
/** Compile-time: every range starts where another ends (or at 0) and ends where another starts (or at 100). */
type CheckStages<S> = {
  readonly [K in keyof S]: K extends number | `${number}`
    ? Problem<"a stage name must not look like a number (objects reorder such keys)">
    : [RangeOf<S[K]>] extends [never]
      ? [Froms<S>] extends [never]
        ? unknown
        : Problem<"either every stage has a range, or none has">
      : number extends RangeOf<S[K]>[number]
        ? unknown
        : RangeOf<S[K]>[0] extends 0 | Tos<S>
          ? RangeOf<S[K]>[1] extends 100 | Froms<S>
            ? unknown
            : Problem<`gap or overlap: no stage starts at ${RangeOf<S[K]>[1]}`>
          : Problem<`gap or overlap: no stage ends at ${RangeOf<S[K]>[0]}`>;
};

export interface Definition<S extends string = string, K extends string = string, T extends string = string> {
  readonly type: T;
  readonly stages: readonly StageInfo<S>[];
  readonly levels: readonly K[];
  /** For status strings from elsewhere: `if (clip.isStage(text)) op.enterStage(text)`. */
  isStage(text: string): text is S;
  /** What the live state needs of all this. */
  readonly plan: Plan;
}
export interface DefinitionOptions<S, K extends string> extends Limits {
  /** In order. Percent ranges that tile 0 to 100, or weights; not both. */
  readonly stages?: (S & CheckStages<S>) | undefined;
  /** The kinds of levels it may have; without it any. */
  readonly levels?: readonly K[] | { readonly [P in K]: LevelKindOptions } | undefined;
  /** Default unit of the operation's own count. */
  readonly unit?: string | undefined;
}
export type StageOf<D> = D extends Definition<infer S, string, string> ? S : never;
/** The handle a type string or a definition gives: without a definition there are no stages and any level kind. */
export type OperationOf<D> =
  D extends Definition<infer S, infer K, string> ? Operation<S, K> : Operation<never, string>;

/** Declares an operation type. Throws ProgressError INVALID_OPTION when ranges leave a gap, overlap, or are mixed with weights. */
export function defineOperation<
  const T extends string,
  // biome-ignore lint/complexity/noBannedTypes: an empty spec has no keys, which is what "no stages" means to keyof
  const S extends StagesSpec = {},
  const K extends string = string,
>(type: T, options: DefinitionOptions<S, K> = {}): Definition<Extract<keyof S, string>, K, T> {
  if (typeof type !== "string" || type === "") throw expectedButReceived("INVALID_OPTION", "type", "a name", type);
  type Stage = Extract<keyof S, string>;
  const spec = Object.entries((options.stages ?? {}) as StagesSpec);
  const stages = Object.freeze(stagesOf(type, spec)) as readonly StageInfo<Stage>[];
  const names = new Set<string>(stages.map((stage) => stage.name));
  const kinds = levelKinds(options.levels);
  const plan: Plan = Object.freeze({
    stages,
    unit: options.unit,
    levels: options.levels === undefined ? undefined : new Set([...names, ...kinds.map(([kind]) => kind)]),
    limits: timeLimits(type, options),
    weights: new Map(kinds.flatMap(([kind, { weight }]) => (weight === undefined ? [] : [[kind, weight]]))),
    units: new Map([...spec.flatMap(unitOf), ...kinds.flatMap(unitOf)]),
  });
  return Object.freeze({
    type,
    stages,
    levels: Object.freeze(kinds.map(([kind]) => kind as K)),
    isStage: (text: string): text is Stage => names.has(text),
    plan,
  });
}

/** Whether it is what `defineOperation` gave, or looks like it. */
export function isDefinition(value: unknown): value is Definition {
  return typeof (value as Definition | undefined | null)?.type === "string";
}

function levelKinds(levels: DefinitionOptions<unknown, string>["levels"]): [string, LevelKindOptions][] {
  if (levels === undefined) return [];
  if (Array.isArray(levels)) return levels.map((kind: string) => [kind, {}]);
  if (typeof levels !== "object" || levels === null)
    throw expectedButReceived("INVALID_OPTION", "levels", "a list of kinds, or an object by kind", levels);
  return Object.entries(levels as Record<string, LevelKindOptions>);
}

function unitOf([name, value]: [string, unknown]): [string, string][] {
  const unit = (value as { unit?: string } | undefined)?.unit;
  return unit === undefined ? [] : [[name, unit]];
}

function stagesOf(type: string, spec: [string, StagesSpec[string]][]): StageInfo[] {
  for (const [name, value] of spec) {
    if (typeof value === "number" || (typeof value === "object" && value !== null)) continue;
    throw expectedButReceived("INVALID_OPTION", `${type}: stage ${name}`, "a range, a weight or options", value);
  }
  const ranges = spec.map(([, value]) => rangeOf(value));
  if (ranges.some((range) => range !== undefined)) return tiled(type, spec, ranges);
  const weights = spec.map(([name, value]) => weightOf(type, name, value));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let before = 0;
  return spec.map(([name, value], index) => {
    const from = (before / sum) * 100;
    before += weights[index]!;
    return Object.freeze({ name, label: labelOf(name, value), from, to: (before / sum) * 100 });
  });
}

function tiled(type: string, spec: [string, StagesSpec[string]][], ranges: (Range | undefined)[]): StageInfo[] {
  let end = 0;
  const stages = spec.map(([name, value], index) => {
    const range = ranges[index];
    if (range === undefined)
      throw refused(`${type}: stage ${name} has no range, but others have; give every stage one, or none`);
    const [from, to] = range;
    if (typeof from !== "number" || typeof to !== "number")
      throw refused(`${type}: stage ${name} has a range that is not two numbers; expected percents such as [0, 25]`);
    if (from !== end || !(to > from))
      throw refused(`${type}: stage ${name} is [${from}, ${to}]; expected it to start at ${end} and to end later`);
    end = to;
    return Object.freeze({ name, label: labelOf(name, value), from, to });
  });
  if (end !== 100) throw refused(`${type}: the stages end at ${end}; expected 100`);
  return stages;
}

function rangeOf(value: StagesSpec[string]): Range | undefined {
  if (Array.isArray(value)) return value as unknown as Range;
  return typeof value === "object" && "range" in value ? value.range : undefined;
}

function weightOf(type: string, name: string, value: StagesSpec[string]): number {
  const weight = typeof value === "number" ? value : ((value as StageOptions).weight ?? 1);
  if (weight > 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw refused(`${type}: stage ${name} has weight ${weight}; expected a number above 0`);
}

const labelOf = (name: string, value: StagesSpec[string]): string => (value as StageOptions).label ?? name;

const refused = (message: string): ProgressError => new ProgressError("INVALID_OPTION", message);
