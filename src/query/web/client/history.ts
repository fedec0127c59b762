// What has ended, page by page, as the server keeps it. Asked anew when something ended or the reader chose otherwise.

import type { Snapshot } from "../../../model.js";
import { type Choices, historyQuery } from "./choices.js";
import type { Requests } from "./requests.js";

export interface HistoryPage {
  readonly operations: readonly Snapshot[];
  readonly nextCursor?: string;
}

const PAGE_SIZE = 30;
/** More than these are looked for with a filter. */
const MAX_ROWS = 600;

export class History {
  operations: readonly Snapshot[] = [];
  /** There is more than is here. */
  more = false;
  /** Why nothing came, when nothing did. */
  problem: string | undefined;
  loaded = false;
  readonly #requests: Requests;
  /** With their levels and curves, which lists leave out. */
  readonly #whole: Map<string, Snapshot> = new Map();
  readonly #asked: Set<string> = new Set();
  #pages = 1;
  /** Counts up with every list asked for: of two that overlap only the later counts. */
  #turn = 0;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** The whole list again, as many pages as are shown. False when a later call overtook this one. */
  async load(choices: Choices, serverTime: number): Promise<boolean> {
    const turn = ++this.#turn;
    const operations: Snapshot[] = [];
    let cursor: string | undefined;
    try {
      for (let page = 0; page < this.#pages; page++) {
        const query = historyQuery(choices, serverTime, PAGE_SIZE, cursor);
        const answer = await this.#requests.json<HistoryPage>(`operations?${query}`);
        if (turn !== this.#turn) return false;
        operations.push(...answer.operations);
        cursor = answer.nextCursor;
        if (cursor === undefined) break;
      }
      this.operations = operations;
      this.problem = undefined;
      this.more = cursor !== undefined && operations.length < MAX_ROWS;
    } catch (error) {
      if (turn !== this.#turn) return false;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.loaded = true;
    return true;
  }

  showMore(): void {
    this.#pages++;
  }

  startOver(): void {
    this.#pages = 1;
  }

  /** An operation with all it has, asked for once; what the list has of it meanwhile. */
  whole(snapshot: Snapshot, arrived: () => void): Snapshot {
    const key = `${snapshot.id} ${snapshot.startedAt}`;
    if (!this.#asked.has(key)) {
      this.#asked.add(key);
      this.#requests.json<Snapshot>(`operations/${encodeURIComponent(snapshot.id)}`).then(
        (whole) => {
          if (whole.startedAt === snapshot.startedAt) this.#whole.set(key, whole);
          arrived();
        },
        () => this.#asked.delete(key),
      );
    }
    return this.#whole.get(key) ?? snapshot;
  }
}
