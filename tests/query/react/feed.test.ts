import { describe, expect, it } from "vitest";
import type { ListOptions } from "../../../src/model.js";
import { CONNECTING, Feed } from "../../../src/query/react/feed.js";
import { questionOf } from "../../../src/query/react/question.js";
import { createTestProgress, ManualClock } from "../../../src/testing.js";
import { createScriptedSource, settle, snapshotOf } from "./scripted-source.js";

const COMPLETED = { status: "completed", endedAt: "2026-01-01T00:00:09.000Z" } as const;

function start(filter: ListOptions, pollInterval?: "1s") {
  const [source, clock] = [createScriptedSource(), new ManualClock()];
  const seen: string[] = [];
  const feed: Feed = new Feed(source, questionOf(filter, { pollInterval }), clock, () => {
    const { connection, operations, error } = feed.state;
    seen.push([connection, [...operations.keys()].join(), error?.message ?? ""].join("|"));
  });
  feed.start();
  const advance = (millis: number) => {
    clock.advance(millis);
    return settle();
  };
  return { source, clock, feed, seen, advance, watch: (index = 0) => source.watches[index]! };
}

const refusal = (status: number) => Object.assign(new Error(`refused ${status}`), { status });

describe("a stream", () => {
  it("is opened with the filter, and gives the whole state, then what changes", async () => {
    const { feed, seen, watch } = start({ type: "job" });
    expect(feed.state).toBe(CONNECTING);
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("a"), snapshotOf("b")] });
    await watch().tell({ kind: "update", changed: [snapshotOf("c")], removed: ["a"], missed: 0 });
    expect([watch().filter, seen]).toEqual([{ type: "job" }, ["open|a,b|", "open|b,c|"]]);
  });

  it("replaces its states and never changes one", async () => {
    const { feed, watch } = start({});
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("a")] });
    const before = feed.state;
    await watch().tell({ kind: "update", changed: [], removed: ["a"], missed: 0 });
    expect([before.operations.size, feed.state.operations.size, Object.isFrozen(before)]).toEqual([1, 0, true]);
  });

  it("is open, and knows nothing, while there is no such operation", async () => {
    const { seen, watch } = start({ id: "a" });
    await watch().tell({ kind: "snapshot", operations: [] });
    await watch().tell({ kind: "update", changed: [snapshotOf("a")], removed: [], missed: 0 });
    expect(seen).toEqual(["open||", "open|a|"]);
  });

  it.each([
    COMPLETED,
    { status: "failed", endedAt: COMPLETED.endedAt, error: { type: "Error", message: "no" } },
    { status: "cancelled", endedAt: COMPLETED.endedAt },
    { status: "lost", lastSeenAt: COMPLETED.endedAt },
  ] as const)("of one operation is given back when it is $status", async (ending) => {
    const { seen, watch, source, advance } = start({ id: "a" });
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("a")] });
    await watch().tell({ kind: "update", changed: [snapshotOf("a", ending)], removed: [], missed: 0 });
    await advance(60_000);
    expect([seen, watch().over, source.watches.length]).toEqual([["open|a|", "closed|a|"], true, 1]);
  });

  it("of many goes on when all have ended", async () => {
    const { watch, seen } = start({});
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("a", COMPLETED)] });
    expect([seen, watch().over]).toEqual([["open|a|"], false]);
  });

  it("says nothing more once it is stopped, and leaves its source", async () => {
    const { feed, seen, watch, source, advance } = start({});
    await watch().tell({ kind: "snapshot", operations: [] });
    feed.stop();
    await watch().tell({ kind: "update", changed: [snapshotOf("a")], removed: [], missed: 0 });
    watch().connection("broken");
    await advance(60_000);
    expect([seen, watch().aborted, watch().over, source.watches.length]).toEqual([["open||"], true, true, 1]);
  });

  it("of a real source is told of the end", async () => {
    await using test = createTestProgress();
    const seen: unknown[] = [];
    const feed: Feed = new Feed(test.progress.live, questionOf({ id: "a" }, {}), test.clock, () =>
      seen.push([feed.state.connection, feed.state.operations.get("a")?.percentage]),
    );
    feed.start();
    await settle();
    const operation = test.progress.start("job", { id: "a", total: 4 });
    operation.increment();
    await test.advance("200ms");
    operation.update({ current: 4 });
    operation.complete();
    await test.advance("200ms");
    expect(seen).toEqual([
      ["open", undefined],
      ["open", 25],
      ["closed", 100],
    ]);
  });
});

describe("a feed that is closed and started once more", () => {
  const ended = snapshotOf("a", COMPLETED);

  it("asks again, and says nothing before there is an answer", async () => {
    const { feed, seen, watch, source } = start({ id: "a" });
    await watch(0).tell({ kind: "snapshot", operations: [ended] });
    feed.start();
    watch(1).connection("open");
    expect([seen, source.watches.length]).toEqual([["closed|a|"], 2]);
    await watch(1).tell({ kind: "snapshot", operations: [snapshotOf("a")] });
    await watch(1).tell({ kind: "update", changed: [ended], removed: [], missed: 0 });
    expect([seen, watch(1).over]).toEqual([["closed|a|", "open|a|", "closed|a|"], true]);
  });

  it("keeps an end that the server has forgotten since", async () => {
    const { feed, seen, watch, source, advance } = start({ id: "a" });
    await watch(0).tell({ kind: "snapshot", operations: [ended] });
    feed.start();
    await watch(1).tell({ kind: "snapshot", operations: [] });
    await advance(60_000);
    expect([seen, watch(1).over, source.watches.length]).toEqual([["closed|a|"], true, 2]);
  });

  it("gets over a refusal, and says what is wrong now", async () => {
    const { feed, seen, watch } = start({ id: "a" });
    await watch(0).fail(refusal(401));
    feed.start();
    watch(1).connection("broken", new Error("away"));
    watch(1).connection("open");
    await watch(1).tell({ kind: "snapshot", operations: [] });
    expect(seen).toEqual(["closed||refused 401", "reconnecting||away", "open||", "open||"]);
  });

  it("is not asked twice while it is open", async () => {
    const { feed, source, watch } = start({ id: "a" });
    feed.start();
    await watch().tell({ kind: "snapshot", operations: [] });
    feed.start();
    expect(source.watches.length).toBe(1);
  });
});

describe("a connection that breaks", () => {
  it("keeps what is known, and the first reason, until it is back", async () => {
    const { seen, watch } = start({});
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("a")] });
    watch().connection("broken", new Error("refused"));
    watch().connection("broken", new Error("still refused"));
    watch().connection("open");
    await watch().tell({ kind: "snapshot", operations: [snapshotOf("b")] });
    expect(seen).toEqual(["open|a|", "reconnecting|a|refused", "open|a|", "open|b|"]);
  });

  it("may do so before it was ever there", async () => {
    const { seen, watch } = start({});
    watch().connection("broken");
    expect(seen).toEqual(["reconnecting||The connection broke"]);
  });

  it("is opened again when the source gives up, after pauses that double up to eight seconds", async () => {
    const { seen, source, watch, clock, advance } = start({});
    const begun: number[] = [];
    for (let index = 0; index < 8; index++) {
      await watch(index).fail(index === 0 ? "text" : new Error("again"));
      const from = clock.monotonicMillis();
      while (source.watches.length === index + 1) await advance(50);
      begun.push(clock.monotonicMillis() - from);
    }
    expect(begun).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(seen).toEqual(["reconnecting||text"]);
  });

  it("is opened again when the stream ends, at first soon again once there were updates", async () => {
    const { seen, source, watch, advance } = start({});
    await watch(0).end();
    await advance(250);
    await watch(1).tell({ kind: "snapshot", operations: [] });
    await watch(1).tell({ kind: "update", changed: [snapshotOf("a")], removed: [], missed: 0 });
    await watch(1).end();
    await advance(250);
    expect(source.watches.length).toBe(3);
    expect(seen).toEqual(["reconnecting||The stream ended", "open||", "open|a|", "reconnecting|a|The stream ended"]);
  });

  it.each([400, 401, 403, 404, 405, 501])("is not tried again after a %i", async (status) => {
    const { seen, source, watch, advance } = start({});
    await watch().fail(refusal(status));
    await advance(60_000);
    expect([seen, source.watches.length]).toEqual([[`closed||refused ${status}`], 1]);
  });

  it.each([408, 425, 429, 500, 502, 503])("is tried again after a %i", async (status) => {
    const { source, watch, advance } = start({});
    await watch().fail(refusal(status));
    await advance(250);
    expect(source.watches.length).toBe(2);
  });

  it("is tried again when what was found once is not: a server may be starting", async () => {
    const { seen, source, watch, advance } = start({});
    await watch().tell({ kind: "snapshot", operations: [] });
    await watch().fail(refusal(404));
    await advance(250);
    expect([seen, source.watches.length]).toEqual([["open||", "reconnecting||refused 404"], 2]);
  });
});

describe("a poll", () => {
  it("asks for a list with its order at once, and then at every interval", async () => {
    const { seen, source, advance } = start({ type: "job", limit: 5, sort: "updated" }, "1s");
    source.answer = async () => [snapshotOf("a")];
    await settle();
    await advance(999);
    expect(source.asked).toEqual([{ type: "job", limit: 5, sort: "updated" }]);
    await advance(1);
    expect([source.asked.length, source.watches.length, seen[0]]).toEqual([2, 0, "open||"]);
  });

  it("asks for one operation until it has ended", async () => {
    const { seen, source, advance } = start({ id: "a" }, "1s");
    await advance(0);
    source.answer = async () => [snapshotOf("a")];
    await advance(1000);
    source.answer = async () => [snapshotOf("a", COMPLETED)];
    await advance(1000);
    await advance(60_000);
    expect([seen, source.asked]).toEqual([
      ["open||", "open|a|", "closed|a|"],
      ["a", "a", "a"],
    ]);
  });

  it("survives an answer that fails, and ends at a refusal", async () => {
    const { seen, source, advance } = start({ id: "a" }, "1s");
    source.answer = async () => [snapshotOf("a")];
    await settle();
    await advance(1000);
    source.answer = () => Promise.reject(new Error("away"));
    await advance(1000);
    source.answer = async () => [snapshotOf("a")];
    await advance(1000);
    source.answer = () => Promise.reject(refusal(401));
    await advance(1000);
    await advance(60_000);
    expect(seen.slice(1)).toEqual(["open|a|", "reconnecting|a|away", "open|a|", "closed|a|refused 401"]);
  });

  it("does not ask again while an answer is awaited, and says nothing of it once stopped", async () => {
    const { feed, seen, source, advance } = start({ id: "a" }, "1s");
    let answer = (_: []) => {};
    source.answer = () => new Promise((resolve) => (answer = resolve));
    await advance(1000);
    await advance(10_000);
    expect(source.asked.length).toBe(2);
    feed.stop();
    answer([]);
    await advance(10_000);
    expect([seen, source.asked.length]).toEqual([["open||"], 2]);
  });
});
