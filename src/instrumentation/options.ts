// Options of an instance: checked, with defaults, and with their twins in the environment. Code wins over environment.
// A bad option throws; a bad environment variable is reported once and its default used, since nobody could catch it.

import { type Clock, systemClock } from "../clock.js";
import type { Diagnostics } from "../diagnostics.js";
import { checkMethods, checkNames, describe, expectedButReceived } from "../errors.js";
import type { EtaStore } from "../eta-history.js";
import { GRANULARITIES, type Granularity } from "../granularity.js";
import type { Duration, OperationExporter } from "../model.js";
import type { TimeLimits } from "../stall.js";
import { type Definition, isDefinition } from "./definition.js";
import type { Limits } from "./handles.js";
import type { Events } from "./span-recorder.js";
import { readDuration, timeLimits } from "./time-limits.js";

/** What may exist at once; beyond it something is refused or forgotten, and counted in `live.stats().losses`. */
export interface CountLimits {
  /** Operations running at once; further ones run untracked. @default 100000 */
  readonly active?: number | undefined;
  /** Ended operations kept for `live.get` and `live.list`. @default 1000 */
  readonly finished?: number | undefined;
  /** Ended levels kept per operation, failed ones longest; the rest is folded into counts. @default 1000 */
  readonly levelsPerOperation?: number | undefined;
  /** Levels kept over all ended operations; those of the oldest are folded into counts. @default 100000 */
  readonly finishedLevels?: number | undefined;
  /** Levels open at once per operation; further ones run untracked. @default 10000 */
  readonly openLevels?: number | undefined;
  /** Nesting of operations and levels; deeper ones run untracked. @default 32 */
  readonly depth?: number | undefined;
  /** Listeners and watchers. @default 100 */
  readonly subscribers?: number | undefined;
  /** Operation types, and level types, counted by name; later ones are counted as "other". @default 200 */
  readonly types?: number | undefined;
  /** Levels of one operation that get a span; further ones are only counted. @default 1000 */
  readonly levelSpans?: number | undefined;
  /** Other processes and threads working for one operation at once; what further ones report is dropped. @default 1000 */
  readonly writers?: number | undefined;
  /** Attributes per operation or level; further ones are dropped. @default 64 */
  readonly attributes?: number | undefined;
  /** Characters of a message, description, reason or text attribute; longer ones are clipped. @default 1024 */
  readonly textLength?: number | undefined;
}

export interface ProgressOptions extends Limits {
  /** `false` makes every call a no-op that still runs the work. @default true; PROGRESS_ENABLED */
  readonly enabled?: boolean | undefined;
  /** Misuse throws ProgressError instead of being counted; for tests, since it slows updates down. @default false */
  readonly strict?: boolean | undefined;
  /** How often the state is looked at: rates, stalls, exporters. Smaller costs more CPU. @default "100ms"; PROGRESS_INTERVAL */
  readonly interval?: Duration | undefined;
  /**
   * What is emitted, as spans, span events, callbacks and to exporters; the live state is always complete.
   * `basic`: start, end and what needs attention; `standard`: and updates; `detailed`: and messages and stages; `verbose`: and
   * every level. @default "verbose"; PROGRESS_GRANULARITY
   */
  readonly granularity?: Granularity | undefined;
  /**
   * Where progress events go: on the span, written at its end; as log records, at once; both; or nowhere. Log records need a
   * LoggerProvider of the application. @default "span"; PROGRESS_EVENTS
   */
  readonly events?: Events | undefined;
  /**
   * Age from which a running operation is shown by spans of its own in backends that know only what has ended: `<type>
   * started`, then `<type> checkpoint` every 30 s, or every fiftieth of its age, at most 10 min apart. "never" switches them off.
   * @default "10s"; PROGRESS_CHECKPOINT_AFTER
   */
  readonly checkpointAfter?: Duration | "never" | undefined;
  /** Update events per span, 2 to 100; the first and the last are always among them. @default 32; PROGRESS_EVENTS_PER_SPAN */
  readonly eventsPerSpan?: number | undefined;
  /**
   * A directory in which running operations are written down, so that those of a process that died are found by the next
   * start, or by another instance, and told as lost. For one service; made if it is not there. @default none; PROGRESS_JOURNAL
   */
  readonly journal?: string | undefined;
  /**
   * Operations that were in the journal stay in its directory when they have ended, up to 64 MiB of them, for
   * `createJournalSource`. Needs `journal`. @default false; PROGRESS_JOURNAL_HISTORY
   */
  readonly journalHistory?: boolean | undefined;
  /**
   * Where what completed runs teach about the remaining time of later ones is kept for the next process: the path of a JSON file,
   * or a store with `get` and `set`. Without one it is known to this instance alone. @default none; PROGRESS_ETA_HISTORY
   */
  readonly etaHistory?: string | EtaStore | undefined;
  /** Makes stages and limits known before the first operation of a type. @default none */
  readonly definitions?: readonly Definition[] | undefined;
  readonly limits?: CountLimits | undefined;
  /** @default none */
  readonly exporters?: readonly OperationExporter[] | undefined;
  /** @default the computer's */
  readonly clock?: Clock | undefined;
}

/** Options with everything decided. */
export interface Settings {
  readonly enabled: boolean;
  readonly strict: boolean;
  readonly intervalMillis: number;
  readonly granularity: Granularity;
  readonly events: Events;
  readonly eventsPerSpan: number;
  readonly limits: Readonly<Record<keyof CountLimits, number>>;
  readonly timeLimits: TimeLimits;
  /** Milliseconds; Infinity for never. */
  readonly checkpointAfter: number;
  readonly journal: string | undefined;
  readonly journalHistory: boolean;
  readonly etaHistory: string | EtaStore | undefined;
  readonly clock: Clock;
}

/** Option → [environment variable, default, least, most]. */
const COUNTS: Readonly<Record<keyof CountLimits, readonly [string, number, number, number]>> = {
  active: ["PROGRESS_MAX_ACTIVE", 100_000, 0, 10_000_000],
  finished: ["PROGRESS_MAX_FINISHED", 1_000, 0, 1_000_000],
  levelsPerOperation: ["PROGRESS_MAX_LEVELS", 1_000, 0, 1_000_000],
  finishedLevels: ["PROGRESS_MAX_FINISHED_LEVELS", 100_000, 0, 10_000_000],
  openLevels: ["PROGRESS_MAX_OPEN_LEVELS", 10_000, 0, 1_000_000],
  depth: ["PROGRESS_MAX_DEPTH", 32, 1, 1_000],
  subscribers: ["PROGRESS_MAX_SUBSCRIBERS", 100, 0, 100_000],
  types: ["PROGRESS_MAX_TYPES", 200, 1, 2_000],
  levelSpans: ["PROGRESS_MAX_LEVEL_SPANS", 1_000, 0, 1_000_000],
  writers: ["PROGRESS_MAX_WRITERS", 1_000, 0, 100_000],
  attributes: ["PROGRESS_MAX_ATTRIBUTES", 64, 0, 1_000],
  textLength: ["PROGRESS_MAX_TEXT_LENGTH", 1_024, 16, 65_536],
};
const KNOWN: readonly string[] = [
  "enabled",
  "strict",
  "interval",
  "granularity",
  "events",
  "eventsPerSpan",
  "checkpointAfter",
  "journal",
  "journalHistory",
  "etaHistory",
  "definitions",
  "limits",
  "exporters",
  "clock",
  "stallTimeout",
  "timeout",
  "abandonAfter",
];

export type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(options: ProgressOptions, env: Environment, diagnostics: Diagnostics): Settings {
  checkNames("createProgress", options, KNOWN);
  listOf("definitions", options.definitions, isDefinition, "what defineOperation() gave");
  listOf("exporters", options.exporters, () => true, "exporters");
  const read = new Reader(env, diagnostics);
  const duration = (name: string, value: unknown) => readDuration(name, value as Duration);
  const stall = (name: string, value: unknown) => (value === "auto" ? value : duration(name, value));
  return {
    enabled: read.option("enabled", options.enabled, "PROGRESS_ENABLED", bool) ?? true,
    strict: bool("strict", options.strict ?? false),
    intervalMillis: read.option("interval", options.interval, "PROGRESS_INTERVAL", interval) ?? 100,
    granularity:
      read.option("granularity", options.granularity, "PROGRESS_GRANULARITY", oneOf(...GRANULARITIES)) ?? "verbose",
    events: read.option("events", options.events, "PROGRESS_EVENTS", oneOf("span", "log", "both", "none")) ?? "span",
    eventsPerSpan: read.option("eventsPerSpan", options.eventsPerSpan, "PROGRESS_EVENTS_PER_SPAN", count(2, 100)) ?? 32,
    limits: countLimits(options.limits ?? {}, read),
    timeLimits: timeLimits("createProgress", {
      stallTimeout: read.option("stallTimeout", options.stallTimeout, "PROGRESS_STALL_TIMEOUT", stall) ?? "auto",
      timeout: read.option("timeout", options.timeout, "PROGRESS_TIMEOUT", duration),
      abandonAfter: read.option("abandonAfter", options.abandonAfter, "PROGRESS_ABANDON_AFTER", duration),
    }),
    checkpointAfter:
      read.option("checkpointAfter", options.checkpointAfter, "PROGRESS_CHECKPOINT_AFTER", checkpointAfter) ?? 10_000,
    ...journalSettings(options, read, diagnostics),
    etaHistory: read.option("etaHistory", options.etaHistory, "PROGRESS_ETA_HISTORY", etaHistory),
    clock: clockOf(options.clock),
  };
}

function listOf(name: string, given: unknown, fits: (item: unknown) => boolean, what: string): void {
  if (given === undefined) return;
  if (!Array.isArray(given)) throw expectedButReceived("INVALID_OPTION", name, `a list of ${what}`, given);
  for (const item of given)
    if (!fits(item)) throw expectedButReceived("INVALID_OPTION", name, `a list of ${what}`, item);
}

/** Everything asks it all the time: one that fails would fail in the user's work. */
function clockOf(given: Clock = systemClock): Clock {
  checkMethods("clock", given, ["monotonicMillis", "epochMillis", "every"]);
  return given;
}

type Check<T> = (name: string, value: unknown) => T;

class Reader {
  readonly #env: Environment;
  readonly #diagnostics: Diagnostics;

  constructor(env: Environment, diagnostics: Diagnostics) {
    this.#env = env;
    this.#diagnostics = diagnostics;
  }

  option<T>(name: string, given: unknown, variable: string, check: Check<T>): T | undefined {
    if (given !== undefined) return check(name, given);
    const text = this.#env[variable];
    if (text === undefined || text === "") return undefined;
    try {
      return check(variable, text);
    } catch (error) {
      this.#diagnostics.warnOnce(variable, `${(error as Error).message}; the default is used`);
      return undefined;
    }
  }
}

function journalSettings(
  { journal: given, journalHistory: wanted }: ProgressOptions,
  read: Reader,
  diagnostics: Diagnostics,
): Pick<Settings, "journal" | "journalHistory"> {
  const journal = read.option("journal", given, "PROGRESS_JOURNAL", directory);
  const journalHistory = read.option("journalHistory", wanted, "PROGRESS_JOURNAL_HISTORY", bool) ?? false;
  if (!journalHistory || journal !== undefined) return { journal, journalHistory };
  if (wanted !== undefined)
    throw expectedButReceived("INVALID_OPTION", "journalHistory", "a journal beside it", journal);
  diagnostics.warnOnce("PROGRESS_JOURNAL_HISTORY", "PROGRESS_JOURNAL_HISTORY: expected PROGRESS_JOURNAL beside it");
  return { journal, journalHistory: false };
}

function countLimits(given: CountLimits, read: Reader): Settings["limits"] {
  if (typeof given !== "object") throw expectedButReceived("INVALID_OPTION", "limits", "an object", given);
  checkNames("limits", given, Object.keys(COUNTS));
  const names = Object.keys(COUNTS) as (keyof CountLimits)[];
  return Object.fromEntries(
    names.map((name) => {
      const [variable, fallback, least, most] = COUNTS[name];
      return [name, read.option(`limits.${name}`, given[name], variable, count(least, most)) ?? fallback];
    }),
  ) as Settings["limits"];
}

const bool: Check<boolean> = (name, value) => {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw expectedButReceived("INVALID_OPTION", name, "true or false", value);
};

const interval: Check<number> = (name, value) => {
  const millis = readDuration(name, value as Duration)!;
  if (millis >= 10 && millis <= 60_000) return millis;
  throw expectedButReceived("INVALID_OPTION", name, "10ms to 1m", value);
};

const checkpointAfter: Check<number> = (name, value) =>
  value === "never" ? Number.POSITIVE_INFINITY : readDuration(name, value as Duration)!;

const directory: Check<string> = (name, value) => {
  if (typeof value === "string" && value !== "") return value;
  throw expectedButReceived("INVALID_OPTION", name, "the path of a directory", value);
};

const etaHistory: Check<string | EtaStore> = (name, value) => {
  if (typeof value === "string" && value !== "") return value;
  const { get, set } = (value ?? {}) as Partial<EtaStore>;
  if (typeof get === "function" && typeof set === "function") return value as EtaStore;
  throw expectedButReceived("INVALID_OPTION", name, "the path of a file, or an object with get() and set()", value);
};

const oneOf =
  <T extends string>(...choices: readonly T[]): Check<T> =>
  (name, value) => {
    if (choices.includes(value as T)) return value as T;
    throw expectedButReceived("INVALID_OPTION", name, choices.map(describe).join(" or "), value);
  };

const count =
  (least: number, most: number): Check<number> =>
  (name, value) => {
    const number = typeof value === "string" ? Number(value) : value;
    if (Number.isInteger(number) && (number as number) >= least && (number as number) <= most) return number as number;
    throw expectedButReceived("INVALID_OPTION", name, `a whole number from ${least} to ${most}`, value);
  };
