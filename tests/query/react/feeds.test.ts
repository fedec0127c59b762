import { describe, expect, it } from "vitest";
import { CONNECTING } from "../../../src/query/react/feed.js";
import { Feeds } from "../../../src/query/react/feeds.js";
import { type PlaceOptions, questionOf } from "../../../src/query/react/question.js";
import { ManualClock } from "../../../src/testing.js";
import { createScriptedSource, settle, snapshotOf } from "./scripted-source.js";

function start() {
  const [source, clock] = [createScriptedSource(), new ManualClock()];
  const opened: string[] = [];
  const feeds = new Feeds((url, token) => {
    opened.push(`${url} ${token}`);
    return source;
  }, clock);
  const listen = (id: string, place: PlaceOptions = {}, listener = () => {}) => {
    const question = questionOf({ id }, place);
    return feeds.subscribe(feeds.keyOf(question), question, listener);
  };
  const stateOf = (id: string) => feeds.state(feeds.keyOf(questionOf({ id }, {})));
  return { source, clock, feeds, opened, listen, stateOf };
}

describe("feeds", () => {
  it("begin with the first who listens, not with who looks", () => {
    const { stateOf, feeds, source, listen, opened } = start();
    expect([stateOf("a"), feeds.size, source.watches.length]).toEqual([CONNECTING, 0, 0]);
    listen("a", { url: "/progress", token: "secret" });
    expect([feeds.size, source.watches.length, opened]).toEqual([1, 1, ["/progress secret"]]);
  });

  it("are shared by all who ask the same, and each is told", async () => {
    const { listen, source, stateOf } = start();
    const told: string[] = [];
    const same = () => told.push("same");
    listen("a", {}, () => told.push("first"));
    listen("a", {}, same);
    listen("a", {}, same);
    await source.watches[0]!.tell({ kind: "snapshot", operations: [snapshotOf("a")] });
    expect([source.watches.length, told]).toEqual([1, ["first", "same", "same"]]);
    expect(stateOf("a")).toBe(stateOf("a"));
    expect([...stateOf("a").operations.keys()]).toEqual(["a"]);
  });

  it("are apart for who asks something else, or with another token", () => {
    const { listen, feeds, opened } = start();
    listen("a");
    listen("b");
    listen("a", { token: "t" });
    expect([feeds.size, opened]).toEqual([3, ["/ undefined", "/ undefined", "/ t"]]);
  });

  it("stop a tenth of a second after the last has left", async () => {
    const { listen, source, clock, feeds, stateOf } = start();
    const leave = [listen("a"), listen("a")];
    leave[0]!();
    leave[0]!();
    clock.advance(1000);
    expect(feeds.size).toBe(1);
    leave[1]!();
    clock.advance(99);
    expect([feeds.size, source.watches[0]!.aborted]).toEqual([1, false]);
    clock.advance(1);
    expect([feeds.size, source.watches[0]!.aborted, stateOf("a")]).toEqual([0, true, CONNECTING]);
    leave[1]!();
    clock.advance(1000);
    expect(feeds.size).toBe(0);
  });

  it("go on for who comes back in time, as StrictMode does", async () => {
    const { listen, source, clock, feeds } = start();
    listen("a")();
    const leave = listen("a");
    clock.advance(1000);
    expect([feeds.size, source.watches.length, source.watches[0]!.aborted]).toEqual([1, 1, false]);
    leave();
    clock.advance(100);
    expect(feeds.size).toBe(0);
  });

  it("tell a listener nothing once it has left, even while they tell", async () => {
    const { listen, source } = start();
    const told: string[] = [];
    const leave: (() => void)[] = [];
    leave.push(
      listen("a", {}, () => {
        told.push("first");
        leave[0]!();
      }),
    );
    listen("a", {}, () => told.push("second"));
    await source.watches[0]!.tell({ kind: "snapshot", operations: [] });
    await source.watches[0]!.tell({ kind: "snapshot", operations: [] });
    expect(told).toEqual(["first", "second", "second"]);
  });

  it("ask again for somebody new once they are closed: it may have been run again", async () => {
    const { listen, source, stateOf, feeds } = start();
    listen("a");
    const ended = { status: "completed", endedAt: "2026-01-01T00:00:09.000Z" } as const;
    await source.watches[0]!.tell({ kind: "snapshot", operations: [snapshotOf("a", ended)] });
    listen("a");
    listen("a");
    await source.watches[1]!.tell({ kind: "snapshot", operations: [snapshotOf("a", { attempt: 2 })] });
    expect([feeds.size, source.watches.length, stateOf("a").connection]).toEqual([1, 2, "open"]);
  });

  it("know a source again, and tell it from another", async () => {
    const { listen, feeds, opened } = start();
    const [one, other] = [createScriptedSource(), createScriptedSource()];
    listen("a", { source: one });
    listen("a", { source: other });
    listen("a", { source: one });
    await settle();
    expect([feeds.size, one.watches.length, other.watches.length, opened]).toEqual([2, 1, 1, []]);
  });
});
