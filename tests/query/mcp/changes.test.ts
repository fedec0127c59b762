import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change, OperationSource } from "../../../src/model.js";
import { type ChangeNotifier, publishChanges } from "../../../src/query/mcp/changes.js";
import { createTestProgress } from "../../../src/testing.js";
import { snapshotOf, sourceOf } from "../source.js";

/** Real time stands still: pauses end when the test says so. */
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function notifier(wants: (uri: string) => boolean = () => true) {
  const told: string[] = [];
  const to: ChangeNotifier = {
    wants,
    resourceUpdated: (uri) => told.push(uri),
    resourcesChanged: () => told.push("list"),
  };
  return { to, take: () => told.splice(0) };
}
const ofOne = (id: string) => [`progress://operations/${id}`, `progress://reports/${id}`];
const pass = (millis: number) => vi.advanceTimersByTimeAsync(millis);

describe("changes of resources", () => {
  it("are told of what changes, what begins, and what is forgotten; not of what was there before", async () => {
    const t = createTestProgress();
    const before = t.progress.start("job", { total: 9 });
    const { to, take } = notifier();
    const stop = publishChanges(t.progress.live, to);
    await t.advance("100ms");
    expect(take()).toEqual([]);
    before.increment();
    await t.advance("100ms");
    expect(take()).toEqual(["progress://operations", ...ofOne("1")]);
    await pass(1_000);
    t.progress.start("job").complete();
    await t.advance("100ms");
    expect(take()).toEqual(["progress://operations", ...ofOne("2"), "list"]);
    await pass(1_000);
    t.progress.live.clearHistory();
    await t.advance("100ms");
    expect(take()).toEqual(["progress://operations", ...ofOne("2"), "list"]);
    stop();
    before.increment();
    await t.advance("1s");
    expect(take()).toEqual([]);
  });

  it("are told at most once per interval, however much happens", async () => {
    const t = createTestProgress();
    const op = t.progress.start("job", { total: 1_000 });
    const { to, take } = notifier((uri) => uri === "progress://operations/1");
    const stop = publishChanges(t.progress.live, to, { interval: "5s" });
    for (let second = 0; second < 9; second++) {
      op.increment(10);
      await t.advance("1s");
      await pass(1_000);
    }
    expect(take()).toEqual(["progress://operations/1", "progress://operations/1"]);
    stop();
  });

  it("of more than a thousand operations wait for the next rounds; none is left out", async () => {
    const changes: Change[] = [
      { kind: "snapshot", operations: [] },
      {
        kind: "update",
        changed: Array.from({ length: 2_500 }, (_, index) => snapshotOf(String(index))),
        removed: [],
        missed: 0,
      },
    ];
    const source = sourceOf([], {
      capabilities: ["watch"],
      async *watch() {
        yield* changes;
      },
    });
    const { to, take } = notifier((uri) => uri.startsWith("progress://operations/"));
    publishChanges(source, to);
    const rounds: number[] = [];
    for (let round = 0; round < 4; round++) {
      await pass(round === 0 ? 0 : 1_000);
      rounds.push(take().filter((uri) => uri !== "list").length);
    }
    expect(rounds).toEqual([1_000, 1_000, 500, 0]);
  });

  it("end with a source that fails, which is said", async () => {
    const failing: OperationSource = sourceOf([], {
      capabilities: ["watch"],
      // biome-ignore lint/correctness/useYield: it fails before it has anything to give
      async *watch(): AsyncGenerator<Change> {
        throw new Error("gone");
      },
    });
    const errors: unknown[] = [];
    publishChanges(failing, notifier().to, { onError: (error) => errors.push(error) });
    publishChanges(failing, notifier().to);
    await pass(0);
    expect(errors).toEqual([new Error("gone")]);
  });

  it("are refused for a source that tells none, and for a bad interval", () => {
    const { to } = notifier();
    expect(() => publishChanges(sourceOf([]), to)).toThrow("this source tells no changes");
    const { live } = createTestProgress().progress;
    expect(() => publishChanges(live, to, { interval: "often" as never })).toThrow("interval: expected a duration");
  });
});
