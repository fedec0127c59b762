// What the owner of an operation knows of one writer: the number of its newest state, and what of it has been taken over already.
// A state is complete, so taking it over twice changes nothing, and one that is left out is made up for by the next.

import type { EndedLevels, LevelState, PartState } from "../../contribution-transport.js";
import type { Contribution } from "../../contributions.js";
import type { Attributes, LevelStatus } from "../../model.js";
import { isTerminal } from "../../state/transitions.js";
import type { Handle } from "../handle.js";
import { findLevel } from "../levels.js";
import { heartbeat, setAttributes, setMessage } from "../updates.js";
import { describe, endAs, findOrBegin, lose, mayBeRetried, report, retry, startOver } from "./contributed-level.js";
import { contributionOf, countsAlike, Shares } from "./shares.js";

interface Joined {
  counted: Contribution | undefined;
  reported: number;
  heartbeats: number;
  events: number;
  attributes: string;
}

interface Begun {
  /** Undefined for one that was refused. */
  readonly handle: Handle | undefined;
  /** It was this writer that began it: status, total and texts are its to say. */
  readonly own: boolean;
  counted: Contribution | undefined;
  /** Its end is among those counted. */
  settled: boolean;
}

interface Said {
  readonly writer: string;
  readonly text: string;
  /** Unix milliseconds, by the clock of the writer. */
  readonly at: number;
}

/** What all writers of an operation add to. */
export interface OfAllWriters {
  readonly shares: Map<Handle, Shares>;
  /** The last message of each operation or level. */
  readonly messages: Map<Handle, Said>;
  /** Those who told of levels that nobody else has told of yet. */
  readonly unplaced: Set<Writer>;
  /** Of each operation or level, by writer. */
  readonly attributes: Map<Handle, Map<string, Attributes>>;
}

/** What a writer began under one parent. */
interface Below {
  readonly levels: Map<string, Begun>;
  /** Of the ends it told of, those that were taken over. */
  settled: EndedLevels;
}

/** Parts of levels that nobody has told of yet. */
const MAX_UNPLACED = 64;
const NO_ENDS: EndedLevels = { completed: 0, failed: 0, excluded: 0 };

export class Writer {
  sequence = -1;
  open = true;
  readonly #name: string;
  readonly #context: OfAllWriters;
  readonly #joined = new Map<Handle, Joined>();
  readonly #below = new Map<Handle, Below>();
  #unplaced: PartState[] = [];

  constructor(name: string, context: OfAllWriters) {
    this.#name = name;
    this.#context = context;
  }

  /** What it joined. */
  get targets(): Iterable<Handle> {
    return this.#joined.keys();
  }

  /** Takes over its parts, and those told before of levels that another writer has told of only now. */
  take(operation: Handle, parts: readonly PartState[]): void {
    // A newer state has all of an older one.
    const all = parts.length > 0 ? parts : this.#unplaced;
    this.#unplaced = [];
    for (const part of all) {
      const target = part.levelId === undefined ? operation : findLevel(operation, part.levelId);
      if (target !== undefined) this.#contribute(target, part);
      else if (this.#unplaced.length < MAX_UNPLACED) this.#unplaced.push(part);
    }
    if (this.#unplaced.length > 0) this.#context.unplaced.add(this);
    else this.#context.unplaced.delete(this);
  }

  /** What it did on an operation or level that is not its own. Too late for one that has ended. */
  #contribute(target: Handle, part: PartState): void {
    const joined = this.#joined.get(target) ?? {
      counted: undefined,
      reported: 0,
      heartbeats: 0,
      events: 0,
      attributes: "",
    };
    this.#joined.set(target, joined);
    const { core } = target;
    this.#count(target, joined, part);
    if (target.slab === undefined) return;
    if (part.reported !== undefined && part.reported !== joined.reported) {
      joined.reported = part.reported;
      // Of several writers who say how far it all is, the one who is ahead.
      report(target, Math.max(part.reported, target.extra?.reported ?? 0));
    }
    if (part.message !== undefined) this.#say(target, part.message, part.messageAt ?? 0);
    if (part.attributes !== undefined) this.#describe(target, joined, part.attributes);
    if ((part.heartbeats ?? 0) > joined.heartbeats) {
      joined.heartbeats = part.heartbeats!;
      heartbeat(target);
    }
    for (const { number, name, attributes: given } of part.events ?? []) {
      if (number <= joined.events) continue;
      joined.events = number;
      const clean = core.cleaner.attributes(given);
      if (!core.recorder.userEvent(target, core.cleaner.name(name), clean as never))
        core.diagnostics.count("events_dropped");
    }
    this.#levels(target, part.levels ?? [], part.ended ?? NO_ENDS);
  }

  /** It is gone: nobody will end what it has open. */
  vanish(): void {
    this.open = false;
    for (const below of this.#below.values()) {
      for (const begun of below.levels.values()) {
        const { handle, own, settled } = begun;
        if (!own || settled || handle === undefined || handle.outcome !== undefined) continue;
        lose(handle);
        begun.settled = true;
        below.settled = add(below.settled, "lost");
      }
    }
  }

  #count(handle: Handle, record: { counted: Contribution | undefined }, told: PartState | LevelState): void {
    const now = contributionOf(this.#name, this.sequence, told);
    if (countsAlike(record.counted, now)) return;
    record.counted = now;
    if (handle.slab === undefined) return handle.core.diagnostics.count("late_updates");
    const { shares } = this.#context;
    const all = shares.get(handle) ?? new Shares(handle);
    shares.set(handle, all);
    all.put(now);
  }

  /** The last message of all, by the clocks of the writers; of two at one time the same one, in whatever order they come. */
  #say(target: Handle, text: string, at: number): void {
    const { messages } = this.#context;
    const last = messages.get(target);
    const own = last?.writer === this.#name;
    if (own ? last.text === text && last.at === at : !isLater(this.#name, at, last)) return;
    messages.set(target, { writer: this.#name, text, at });
    setMessage(target, text);
  }

  /** Of one name by several writers the same one holds in whatever order they come. */
  #describe(target: Handle, joined: Joined, attributes: Attributes): void {
    const text = JSON.stringify(attributes);
    if (text === joined.attributes) return;
    joined.attributes = text;
    const ofTarget = this.#context.attributes.get(target) ?? new Map<string, Attributes>();
    this.#context.attributes.set(target, ofTarget.set(this.#name, attributes));
    const inOrder = [...ofTarget.keys()].sort().map((writer) => ofTarget.get(writer));
    setAttributes(target, Object.assign({}, ...inOrder));
  }

  #levels(parent: Handle, told: readonly LevelState[], ended: EndedLevels): void {
    if (told.length === 0 && ended === NO_ENDS && !this.#below.has(parent)) return;
    const below = this.#below.get(parent) ?? { levels: new Map<string, Begun>(), settled: NO_ENDS };
    this.#below.set(parent, below);
    for (const level of told) this.#level(parent, below, level);
    this.#untold(parent, below, new Set(told.map(({ id }) => id)), ended);
  }

  #level(parent: Handle, below: Below, told: LevelState): void {
    const known = below.levels.get(told.id);
    // Of another writer, which has failed or died since: from now on it is this one's.
    const over = known !== undefined && !known.own && known.handle !== undefined && mayBeRetried(known.handle, told);
    const begun = known === undefined || over ? this.#begin(parent, told) : known;
    below.levels.set(told.id, begun);
    const { handle, own } = begun;
    // It is told of for a while after its end.
    if (handle === undefined || begun.settled) return;
    if (own) {
      if (handle.status === "pending") findOrBegin(parent, told);
      if (startOver(handle, told)) {
        begun.counted = undefined;
        this.#context.shares.delete(handle);
        this.#below.delete(handle);
      }
      describe(handle, told);
    }
    this.#count(handle, begun, told);
    if (own) report(handle, told.reported);
    this.#levels(handle, told.levels ?? [], told.ended ?? NO_ENDS);
    if (!isTerminal(told.status)) return;
    if (own) {
      endAs(handle, told.status, told);
      this.#context.shares.delete(handle);
    }
    below.settled = add(below.settled, told.status);
    begun.settled = true;
    this.#below.delete(handle);
  }

  #begin(parent: Handle, told: LevelState): Begun {
    const { core, operation } = parent;
    const known = operation.extra?.levelsById?.get(core.cleaner.name(told.id));
    // One that the owner announced is for whoever begins it.
    const announced = known?.status === "pending" && known.parent === parent && !known.elsewhere;
    const retried = known?.parent === parent && mayBeRetried(known as Handle, told);
    const handle = retried ? retry(known as Handle, told) : findOrBegin(parent, told);
    return { handle, own: known === undefined || announced || retried, counted: undefined, settled: false };
  }

  /** Levels that are told of no more have ended; of those never told of one by one only the counts are known. */
  #untold(parent: Handle, below: Below, told: ReadonlySet<string>, ended: EndedLevels): void {
    const rest = minus(ended, below.settled);
    for (const [id, { handle, own, settled }] of below.levels) {
      if (told.has(id)) continue;
      if (handle !== undefined && !settled) {
        const status = take(rest);
        // Still open: there was no room to tell.
        if (status === undefined) continue;
        if (own) endAs(handle, status);
        below.settled = add(below.settled, status);
      }
      below.levels.delete(id);
      if (handle !== undefined) this.#below.delete(handle);
    }
    const { completed, failed, excluded } = rest;
    if (completed + failed + excluded === 0) return;
    if (parent.slab === undefined) parent.core.diagnostics.count("late_updates");
    else parent.core.state.adoptUnseen(parent, rest);
    below.settled = sum(below.settled, rest);
  }
}

function isLater(writer: string, at: number, last: Said | undefined): boolean {
  return last === undefined || at > last.at || (at === last.at && writer > last.writer);
}

type Ends = { -readonly [K in keyof EndedLevels]: EndedLevels[K] };

function add(ends: EndedLevels, status: LevelStatus): EndedLevels {
  const how = status === "completed" ? "completed" : status === "failed" || status === "lost" ? "failed" : "excluded";
  return { ...ends, [how]: ends[how] + 1 };
}

function sum(a: EndedLevels, b: EndedLevels): EndedLevels {
  return { completed: a.completed + b.completed, failed: a.failed + b.failed, excluded: a.excluded + b.excluded };
}

/** Never more than there are: what was taken for lost may have gone on, and ended otherwise. */
function minus(all: EndedLevels, settled: EndedLevels): Ends {
  let left = all.completed + all.failed + all.excluded - settled.completed - settled.failed - settled.excluded;
  const most = (how: keyof EndedLevels) => {
    const n = Math.max(0, Math.min(left, all[how] - settled[how]));
    left -= n;
    return n;
  };
  return { completed: most("completed"), failed: most("failed"), excluded: most("excluded") };
}

/** One of them, as the status of a level whose end nobody saw. */
function take(rest: Ends): LevelStatus | undefined {
  for (const [how, status] of [
    ["completed", "completed"],
    ["failed", "failed"],
    ["excluded", "cancelled"],
  ] as const) {
    if (rest[how] === 0) continue;
    rest[how]--;
    return status;
  }
  return undefined;
}
