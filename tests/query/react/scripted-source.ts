// A source whose connection the test makes and breaks by hand: each watch is told what the test says, in order.

import type { Change, ListOptions, Snapshot } from "../../../src/model.js";
import type { ConnectedSource } from "../../../src/query/react/question.js";

/** One watch under way. */
interface Watch {
  readonly filter: unknown;
  readonly aborted: boolean;
  /** The reader has left, by whatever way. */
  readonly over: boolean;
  tell(change: Change): Promise<void>;
  connection(state: "open" | "broken", error?: unknown): void;
  fail(error: unknown): Promise<void>;
  end(): Promise<void>;
}

export interface ScriptedSource extends ConnectedSource {
  readonly watches: readonly Watch[];
  /** What `get` and `list` were asked, and what they are to answer. */
  readonly asked: unknown[];
  answer: () => Promise<Snapshot[]>;
}

/** Lets everything happen that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export function createScriptedSource(): ScriptedSource {
  const watches: Watch[] = [];
  const asked: unknown[] = [];
  const source: ScriptedSource = {
    capabilities: ["live", "watch"],
    watches,
    asked,
    answer: async () => [],
    async get(id: string) {
      asked.push(id);
      return (await source.answer()).find((snapshot) => snapshot.id === id);
    },
    async list(options?: ListOptions) {
      asked.push(options);
      return source.answer();
    },
    stats: () => Promise.reject(new Error("not asked for here")),
    watch(filter, options = {}) {
      type Step = { change: Change } | { error: unknown } | "end";
      const steps: Step[] = [];
      let wake = () => {};
      let over = false;
      const put = (step: Step) => {
        steps.push(step);
        wake();
        return settle();
      };
      options.signal?.addEventListener("abort", () => put("end"));
      watches.push({
        filter,
        get aborted() {
          return options.signal?.aborted === true;
        },
        get over() {
          return over;
        },
        tell: (change) => put({ change }),
        connection: (state, error) => options.onConnection?.(state, error),
        fail: (error) => put({ error }),
        end: () => put("end"),
      });
      return (async function* () {
        try {
          for (;;) {
            const step = steps.shift();
            if (step === "end") return;
            if (step === undefined) {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            } else if ("change" in step) yield step.change;
            else throw step.error;
          }
        } finally {
          over = true;
        }
      })();
    },
  };
  return source;
}

/** A snapshot with what matters here. */
export function snapshotOf(id: string, more: Partial<Snapshot> = {}): Snapshot {
  return {
    id,
    type: "job",
    name: id,
    status: "running",
    startedAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 1,
    attempt: 1,
    attributes: {},
    instance: { id: "i", host: "h", pid: 1 },
    levels: [],
    ...more,
  } as Snapshot;
}
