import { describe, expect, it } from "vitest";
import type { Filter } from "../../../src/model.js";
import { searchesFor, windowFor } from "../../../src/query/jaeger/searches.js";

const status = (value: string) => ({ tags: { "progress.status": value } });
const started = { tags: { "progress.span.role": "started" } };

describe("what is looked for", () => {
  it.each<[Filter, object[]]>([
    [{ id: "a", type: "job", status: ["failed"] }, [{ tags: { "progress.operation.id": "a" } }]],
    [{}, [status("completed"), status("failed"), status("cancelled"), status("lost"), started]],
    [
      { text: "x", parentId: "p" },
      [status("completed"), status("failed"), status("cancelled"), status("lost"), started],
    ],
    [{ type: "job" }, [{ tags: { "progress.operation.type": "job" } }, { tags: {}, operation: "job" }]],
    [{ status: ["failed"] }, [status("failed")]],
    [{ status: ["running", "paused"] }, [started]],
    [{ status: ["lost"] }, [status("lost"), started]],
    [{ status: ["pending"] }, []],
    [
      { type: "job", status: ["completed", "running"] },
      [
        { tags: { "progress.operation.type": "job", "progress.status": "completed" } },
        { tags: { "progress.operation.type": "job", "progress.span.role": "started" } },
      ],
    ],
  ])("for %j", (filter, expected) => {
    expect(searchesFor(filter)).toEqual(expected);
  });
});

describe("when it began", () => {
  const now = Date.UTC(2026, 0, 8);
  const window = (filter: Filter) => windowFor(filter, 86_400_000, now);

  it("is within the time that is looked back, until now", () => {
    expect(window({})).toEqual({ fromMicros: Date.UTC(2026, 0, 7) * 1_000, toMicros: now * 1_000 });
    expect(windowFor({}, Number.MAX_VALUE, now)!.fromMicros).toBe(0);
  });

  it("is what the filter says", () => {
    const [since, until] = ["2026-01-02T00:00:00.001Z", new Date(Date.UTC(2026, 0, 3))];
    expect(window({ since, until })).toEqual({
      fromMicros: Date.UTC(2026, 0, 2) * 1_000 + 1_000,
      toMicros: Date.UTC(2026, 0, 3) * 1_000,
    });
    expect(window({ since: new Date(now + 1_000) })).toEqual({
      fromMicros: (now + 1_000) * 1_000,
      toMicros: (now + 1_000) * 1_000,
    });
  });

  it("is never, for what is no time or no stretch of it", () => {
    for (const filter of [{ since: "yesterday" }, { until: "x" }, { since: "2026-01-03", until: "2026-01-02" }])
      expect(window(filter)).toBe(undefined);
    expect(window({ until: "2020-01-01" })).toBe(undefined);
  });
});
