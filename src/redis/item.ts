// One operation of another process as a reader knows it: its cells as they were last read, and what they say now.

import type { Snapshot } from "../model.js";
import { type Row, rowOfSnapshot } from "../state/selection.js";
import { aged } from "./aging.js";
import { Cell, type Written, writtenOf } from "./cells.js";
import { GROUPS, type Group } from "./schema.js";

export interface ItemOptions {
  /** The clock of Redis, Unix milliseconds. */
  readonly now: () => number;
  /** Cells that make no sense. */
  readonly damaged: () => void;
}

export class Item {
  /** Instance and id. */
  readonly name: string;
  readonly #options: ItemOptions;
  #cells: Map<Group, Cell> = new Map();
  /** Made when it is asked for; `null` when the cells make none. */
  #written: Written | null | undefined;
  #row: { -readonly [K in keyof Row]: Row[K] } | undefined;

  constructor(name: string, options: ItemOptions) {
    this.name = name;
    this.#options = options;
  }

  /** What is new on top. Of another run under that name nothing of the one before is left. */
  put(news: ReadonlyMap<Group, string>): void {
    const about = news.get(GROUPS.about);
    const before = this.#cells.get(GROUPS.about);
    const cells = new Map([...news].map(([group, text]) => [group, new Cell(text)]));
    const isOther =
      about !== undefined && before !== undefined && startOf(cells.get(GROUPS.about)!) !== startOf(before);
    if (isOther) this.#cells = cells;
    else for (const [group, cell] of cells) this.#cells.set(group, cell);
    this.#written = undefined;
    this.#row = undefined;
  }

  isSameAs(other: Item): boolean {
    if (this.#cells.size !== other.#cells.size) return false;
    return [...this.#cells].every(([group, cell]) => other.#cells.get(group)?.isSameAs(cell) === true);
  }

  /** As it was written; undefined as long as that is not all there is, or makes no sense. */
  get written(): Snapshot | undefined {
    return this.#read()?.snapshot;
  }

  /** As it is now. */
  get snapshot(): Snapshot | undefined {
    const written = this.#read();
    return written && aged(written.snapshot, this.#ageSeconds(written), written.idle);
  }

  /** When it is stalled if nothing is written until then, by the clock of Redis; Infinity for never. */
  get stallsAtMillis(): number {
    const { atMillis, idle, snapshot } = this.#read() ?? {};
    const waits = idle !== undefined && snapshot?.status === "running" && snapshot.stalled === undefined;
    return waits ? atMillis! + (idle[1] - idle[0]) * 1000 : Number.POSITIVE_INFINITY;
  }

  /** What filters and orders look at, until it is asked for again. Only of one that has a snapshot. */
  get row(): Row {
    const written = this.#read()!;
    this.#row ??= rowOfSnapshot(written.snapshot);
    const { status, elapsedSeconds } = written.snapshot;
    if (status === "running") this.#row.elapsedSeconds = elapsedSeconds + Math.max(0, this.#ageSeconds(written));
    return this.#row;
  }

  #ageSeconds({ atMillis }: Written): number {
    return (this.#options.now() - atMillis) / 1000;
  }

  #read(): Written | undefined {
    if (this.#written !== undefined) return this.#written ?? undefined;
    try {
      this.#written = writtenOf(this.#cells) ?? null;
    } catch {
      this.#options.damaged();
      this.#written = null;
    }
    return this.#written ?? undefined;
  }
}

function startOf(about: Cell): unknown {
  try {
    return (about.value as { readonly startedAt?: unknown } | undefined)?.startedAt;
  } catch {
    return undefined;
  }
}
