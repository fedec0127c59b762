// One partition as a reader knows it: read page by page from where it was, so that nothing is missed and nothing is read twice.
// Whoever falls behind reads the latest of each operation; when Redis has forgotten something, everything is read anew.

import type { Clock } from "../clock.js";
import type { Snapshot } from "../model.js";
import { snapshotOf } from "./cells.js";
import { type Run, text, texts } from "./client.js";
import { GROUPS, type Group, type PartitionKeys } from "./schema.js";
import { PULL } from "./scripts/pull.js";

/** Cells per page. */
const PAGE = 2_000;
/** Of the last page: all there are. */
const WHOLE = 1_000_000_000;

/** The cells of one operation, and what they say. */
interface Item {
  readonly cells: Map<Group, string>;
  /** Made when it is asked for; `null` when the cells make none. */
  snapshot: Snapshot | null | undefined;
}

export interface PartitionOptions {
  readonly run: Run;
  readonly keys: PartitionKeys;
  readonly clock: Clock;
  /** Cells that make no sense. */
  readonly damaged: () => void;
}

export class Partition {
  readonly #options: PartitionOptions;
  #items: Map<string, Item> = new Map();
  #birth = "";
  #seq = 0;
  /** Names of what is different since they were last given. */
  #changed: Set<string> = new Set();

  constructor(options: PartitionOptions) {
    this.#options = options;
  }

  /** By name: instance and id. */
  snapshot(name: string): Snapshot | undefined {
    const item = this.#items.get(name);
    if (item === undefined) return undefined;
    item.snapshot ??= this.#read(item.cells);
    return item.snapshot ?? undefined;
  }

  /** Reads up to now. Returns the names of what is different since the last time. Rejects as the client does. */
  async pull(): Promise<ReadonlySet<string>> {
    let anew: Map<string, Item> | undefined;
    let head: number | undefined;
    try {
      for (let more = true; more; ) {
        // What has moved on since the first page is read at once: page by page, who writes faster would never be caught up with.
        const page = await this.#page(this.#seq >= (head ?? Number.POSITIVE_INFINITY) ? WHOLE : PAGE);
        if (page.anew) anew = new Map();
        if (page.anew || head === undefined) head = page.head;
        this.#apply(page, anew ?? this.#items);
        more = page.more;
      }
    } catch (error) {
      // What was read of a new beginning is let go: it begins once more.
      if (anew !== undefined) this.#birth = "";
      throw error;
    }
    const changed = anew === undefined ? this.#changed : differences(this.#items, anew, this.#changed);
    if (anew !== undefined) this.#items = anew;
    this.#changed = new Set();
    return changed;
  }

  async #page(size: number) {
    const { run, keys } = this.#options;
    const { meta, cells, changes, gone } = keys;
    const reply = (await run(PULL, [meta, cells, changes, gone], [this.#birth, this.#seq, size])) as unknown[];
    const [birth, seq, head, more, anew, fields, values, removed] = reply;
    this.#birth = text(birth);
    this.#seq = Number(text(seq));
    const is = (flag: unknown) => Number(text(flag)) === 1;
    return {
      head: Number(text(head)),
      more: is(more),
      anew: is(anew),
      fields: texts(fields),
      values: texts(values),
      removed: texts(removed),
    };
  }

  #apply(
    { fields, values, removed }: { fields: string[]; values: string[]; removed: string[] },
    items: Map<string, Item>,
  ): void {
    for (const name of removed) if (items.delete(name)) this.#changed.add(name);
    const page = new Map<string, Map<Group, string>>();
    for (const [at, field] of fields.entries()) {
      const name = field.slice(1);
      const cells = page.get(name) ?? new Map<Group, string>();
      page.set(name, cells.set(field[0] as Group, values[at]!));
    }
    for (const [name, cells] of page) {
      const before = items.get(name)?.cells;
      items.set(name, { cells: merged(before, cells), snapshot: undefined });
      if (items === this.#items) this.#changed.add(name);
    }
  }

  #read(cells: Map<Group, string>): Snapshot | null {
    try {
      return snapshotOf(cells) ?? null;
    } catch {
      this.#options.damaged();
      return null;
    }
  }
}

/** What is new on top. Of another run under that name nothing of the one before is left. */
function merged(before: Map<Group, string> | undefined, news: Map<Group, string>): Map<Group, string> {
  const about = news.get(GROUPS.about);
  const isOther = before !== undefined && about !== undefined && startOf(about) !== startOf(before.get(GROUPS.about));
  if (before === undefined || isOther) return news;
  for (const [group, json] of news) before.set(group, json);
  return before;
}

function startOf(about: string | undefined): unknown {
  try {
    return (JSON.parse(about ?? "{}") as { readonly startedAt?: unknown }).startedAt;
  } catch {
    return undefined;
  }
}

/** Names that are in one only, or not the same in both; and those that are known to be different. */
function differences(
  before: ReadonlyMap<string, Item>,
  after: ReadonlyMap<string, Item>,
  known: ReadonlySet<string>,
): Set<string> {
  const names = new Set(known);
  for (const name of before.keys()) if (!after.has(name)) names.add(name);
  for (const [name, { cells }] of after) {
    const old = before.get(name)?.cells;
    if (old?.size !== cells.size || [...cells].some(([group, json]) => old.get(group) !== json)) names.add(name);
  }
  return names;
}
