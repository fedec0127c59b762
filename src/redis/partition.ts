// One partition as a reader knows it: read page by page from where it was, so that nothing is missed and nothing is read twice.
// Whoever falls behind reads the latest of each operation; when Redis has forgotten something, everything is read anew.

import type { Clock } from "../clock.js";
import { type Run, text, texts } from "./client.js";
import { Item, type ItemOptions } from "./item.js";
import type { Group, PartitionKeys } from "./schema.js";
import { PULL } from "./scripts/pull.js";
import { ServerTime } from "./server-time.js";

/** Cells per page. */
const PAGE = 2_000;
/** Of the last page: all there are. */
const WHOLE = 1_000_000_000;

export interface PartitionOptions {
  readonly run: Run;
  readonly keys: PartitionKeys;
  readonly clock: Clock;
  /** Cells that make no sense. */
  readonly damaged: () => void;
}

export class Partition {
  readonly #options: PartitionOptions;
  readonly #time = new ServerTime();
  readonly #ofItems: ItemOptions;
  #items: Map<string, Item> = new Map();
  #birth = "";
  #seq = 0;
  /** Names of what is different since they were last given. */
  #changed: Set<string> = new Set();
  /** Up to when, by the clock of Redis, it was told what is stalled, and when to look next. */
  #stalledUpTo = Number.NEGATIVE_INFINITY;
  #nextStall = Number.POSITIVE_INFINITY;

  constructor(options: PartitionOptions) {
    const { clock, damaged } = options;
    this.#options = options;
    this.#ofItems = { now: () => this.#time.at(clock.monotonicMillis()), damaged };
  }

  /** By name: instance and id. Undefined as long as nothing can be told of it. */
  item(name: string): Item | undefined {
    const item = this.#items.get(name);
    return item?.written === undefined ? undefined : item;
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
    return this.#withStalled(changed);
  }

  /** Nothing was written of what has come to a standstill: that is different, too. */
  #withStalled(changed: Set<string>): Set<string> {
    for (const name of changed)
      this.#nextStall = Math.min(this.#nextStall, this.item(name)?.stallsAtMillis ?? Number.POSITIVE_INFINITY);
    const [since, now] = [this.#stalledUpTo, this.#ofItems.now()];
    this.#stalledUpTo = now;
    if (now < this.#nextStall) return changed;
    this.#nextStall = Number.POSITIVE_INFINITY;
    for (const [name, { stallsAtMillis }] of this.#items) {
      if (stallsAtMillis > now) this.#nextStall = Math.min(this.#nextStall, stallsAtMillis);
      else if (stallsAtMillis > since) changed.add(name);
    }
    return changed;
  }

  async #page(size: number) {
    const { run, keys, clock } = this.#options;
    const { meta, cells, changes, gone } = keys;
    const asked = clock.monotonicMillis();
    const reply = (await run(PULL, [meta, cells, changes, gone], [this.#birth, this.#seq, size])) as unknown[];
    const [birth, seq, head, more, anew, fields, values, removed, remote] = reply;
    this.#time.saw(asked, clock.monotonicMillis(), Number(text(remote)));
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
      const item = items.get(name) ?? new Item(name, this.#ofItems);
      item.put(cells);
      items.set(name, item);
      if (items === this.#items) this.#changed.add(name);
    }
  }
}

/** Names that are in one only, or not the same in both; and those that are known to be different. What is the same stays as it was. */
function differences(
  before: ReadonlyMap<string, Item>,
  after: Map<string, Item>,
  known: ReadonlySet<string>,
): Set<string> {
  const names = new Set(known);
  for (const name of before.keys()) if (!after.has(name)) names.add(name);
  for (const [name, item] of after) {
    const known = before.get(name);
    if (known?.isSameAs(item) === true) after.set(name, known);
    else names.add(name);
  }
  return names;
}
