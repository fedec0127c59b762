import { describe, expect, it, vi } from "vitest";
import type { Filter, Snapshot } from "../../src/model.js";
import { EventHub } from "../../src/query/event-stream.js";
import { startHub as start } from "./event-hub.js";
import { TestSink } from "./event-sink.js";

describe("a reader", () => {
  it("gets the whole state at once, then what changed at every tick, as it is in the source", () => {
    const { open, tick, progress } = start();
    const op = progress.start("job", { id: "a", total: 4, attributes: { tenant: "x" } });
    op.startLevel("part", { id: "p" });
    const sink = open();
    op.increment();
    tick();
    expect(sink.brief).toEqual(["snapshot a 0", "a 1"]);
    const [first, second] = sink.frames;
    expect(second!.data!.changed).toEqual([JSON.parse(JSON.stringify(op.snapshot()))]);
    expect([first!.data!.time, second!.data!.time]).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.100Z"]);
    expect(first!.id).toMatch(/^[0-9a-f]{16}-1$/);
    expect(second!.id).toBe(first!.id!.replace(/1$/, "2"));
  });

  it("is told that one is gone when it leaves the filter, and when it leaves the history", () => {
    const { open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const [running, all, one] = [open({ status: ["running"] }), open(), open({ id: "a" })];
    op.complete();
    tick();
    progress.live.clearHistory();
    progress.start("job", { id: "b" });
    tick();
    expect(running.brief).toEqual(["snapshot a", " -a", "b"]);
    expect(all.brief).toEqual(["snapshot a", "a", "b -a"]);
    expect(one.brief).toEqual(["snapshot a", "a", " -a"]);
  });

  it("hears nothing after it left, and nothing of a hub that is closed", () => {
    const { hub, open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const [left, stays] = [open(), open()];
    left.leave();
    left.leave();
    op.increment();
    tick();
    expect([left.brief, left.closed, hub.subscribers]).toEqual([["snapshot a"], 0, 1]);
    hub.close();
    op.increment();
    tick();
    const late = open();
    expect([stays.closed, late.closed, hub.stats().views, hub.subscribers]).toEqual([1, 1, 0, 0]);
    expect([stays.brief.length, late.brief.length]).toEqual([2, 0]);
  });

  it("whose connection throws is closed and counted, and disturbs nobody", () => {
    const { hub, open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const [bad, good] = [open(), open()];
    bad.write = () => {
      throw new Error("gone");
    };
    bad.close = () => {
      throw new Error("gone too");
    };
    op.increment();
    tick();
    expect([good.brief, hub.stats()]).toEqual([
      ["snapshot a", "a 1"],
      { subscribers: 1, views: 1, dropped: 0, missed: 0, failed: 1 },
    ]);
    expect(progress.live.stats().losses).toEqual({});
  });
});

describe("who comes back", () => {
  it("gets what is new since the last event it had, from the buffer", () => {
    const { hub, open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const first = open({ type: "job" });
    op.increment();
    tick();
    first.leave();
    op.increment();
    tick();
    progress.start("job", { id: "b" });
    op.increment();
    tick();
    const again = open({ type: "job" }, first.frames.at(-1)!.id);
    expect(again.brief).toEqual(["a 3,b missed 1"]);
    expect(again.frames[0]!.id).toMatch(/-4$/);
    const current = open({ type: "job" }, again.frames[0]!.id);
    expect(current.brief).toEqual([]);
    op.increment();
    tick();
    expect([again.brief.at(-1), current.brief, hub.stats().views]).toEqual(["a 4", ["a 4"], 1]);
  });

  it("gets the whole state when the event is of another filter, another process or none", () => {
    const [here, elsewhere] = [start(), start()];
    for (const { progress } of [here, elsewhere]) progress.start("job", { id: "a" });
    const other = here.open({ type: "job" });
    const before = elsewhere.open();
    const all = here.open();
    const { id } = all.frames[0]!;
    const ids = [other.frames[0]!.id, before.frames[0]!.id, "nonsense", "", `${id}9`, undefined];
    expect(ids.map((one) => here.open({}, one).brief)).toEqual(ids.map(() => ["snapshot a"]));
    expect(here.open({}, id).brief).toEqual([]);
  });

  it("after the view was let go gets the whole state", () => {
    const { hub, open, progress, test } = start({ lingerMillis: 2_000 });
    progress.start("job", { id: "a" });
    const first = open();
    first.leave();
    test.clock.advance(1_900);
    expect(hub.stats().views).toBe(1);
    test.clock.advance(200);
    expect(hub.stats().views).toBe(0);
    expect(open({}, first.frames[0]!.id).brief).toEqual(["snapshot a"]);
  });

  it("of views without readers at most 1,000 are kept, the oldest let go first", () => {
    const { hub, open, progress } = start();
    progress.start("job", { id: "op0" });
    for (let n = 0; n < 1_010; n++) open({ id: `op${n}` }).leave();
    expect(hub.stats()).toMatchObject({ views: 1_000, subscribers: 0 });
  });
});

describe("a heartbeat", () => {
  it("is told to who heard nothing since the last one", () => {
    const { open, test, progress } = start({ heartbeatMillis: 10_000 });
    const [quiet, busy, stuck] = [open({ id: "other" }), open({ type: "late" }), open({ id: "another" })];
    stuck.waiting = 10;
    test.clock.advance(10_000);
    progress.operation("late", { id: "a" }, () => {});
    test.clock.advance(10_000);
    test.clock.advance(10_000);
    expect(quiet.brief).toEqual(["snapshot ", "heartbeat", "heartbeat"]);
    expect(busy.brief).toEqual(["snapshot ", "a", "heartbeat"]);
    expect(stuck.brief).toEqual(["snapshot "]);
  });

  it("has the form of the connection", () => {
    const { test, open } = start({ heartbeatMillis: 1_000 });
    const sinks = (["chunked", "message"] as const).map((framing) => open({}, undefined, new TestSink(framing)));
    test.clock.advance(2_000);
    expect(sinks.map(({ texts }) => texts.at(-1))).toEqual(["3\r\n:\n\n\r\n", '{"event":"heartbeat"}']);
  });
});

describe("readers of one view", () => {
  it("share each frame: the same bytes for all, made once", () => {
    const { hub, open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const filters: Filter[] = [{ status: ["running", "failed"] }, { status: ["failed", "running", "failed"] }];
    const sinks = Array.from({ length: 100 }, (_, n) => open(filters[n % 2]));
    op.increment();
    tick();
    expect(new Set(sinks.map(({ written }) => written.at(-1))).size).toBe(1);
    expect([hub.stats().views, hub.subscribers]).toEqual([1, 100]);
  });

  it("are apart from those of filters that mean something else", () => {
    const { hub, open, progress } = start();
    progress.operation("job", { id: "parent" }, () => progress.start("job", { id: "child" }).complete());
    const when = "2026-01-01T00:00:00Z";
    const filters: Filter[] = [
      {},
      { parentId: null },
      { parentId: "parent" },
      { id: "null" },
      { since: when },
      { since: "?" },
    ];
    expect(filters.map((filter) => open(filter).brief[0]!.replace("snapshot ", ""))).toEqual([
      "parent,child",
      "parent",
      "child",
      "",
      "parent,child",
      "",
    ]);
    open({ since: new Date(when) });
    expect(hub.stats().views).toBe(filters.length);
  });

  it("of the same operation in different views: it is redacted and encoded once for each of its states", () => {
    const redact = vi.fn((snapshot: Snapshot): Snapshot => ({ ...snapshot, attributes: { tenant: "***" } }));
    const { open, tick, progress } = start({ redact });
    const op = progress.start("job", { id: "a", attributes: { tenant: "secret" } });
    const sinks = [open(), open({ type: "job" }), open({ id: "a" }), open({ id: "a" })];
    redact.mockClear();
    op.increment();
    tick();
    expect(redact).toHaveBeenCalledTimes(1);
    expect(sinks.flatMap(({ texts }) => texts).filter((text) => text.includes("secret"))).toEqual([]);
    expect(sinks.every(({ texts }) => texts.at(-1)!.includes("***"))).toBe(true);
  });

  it("never see what cannot be redacted", () => {
    const redact = (snapshot: Snapshot): Snapshot => {
      if (snapshot.current === 1) throw new Error("bad redaction");
      return snapshot;
    };
    const { hub, open, tick, progress } = start({ redact });
    const op = progress.start("job", { id: "a" });
    progress.start("job", { id: "b" });
    const sink = open();
    op.increment();
    tick();
    op.increment();
    tick();
    expect([sink.brief, hub.stats().failed]).toEqual([["snapshot a,b", " -a", "a 2"], 1]);
  });
});

it("leaves from inside a blocked event loop, at every tick", () => {
  const { open, progress, test } = start();
  const op = progress.start("job", { id: "a" });
  const sink = open();
  for (let n = 0; n < 30; n++) {
    test.clock.block(100);
    op.increment();
  }
  // The first tick finds nothing: it is made just before the first item is counted.
  expect(sink.brief).toEqual(["snapshot a", ...Array.from({ length: 29 }, (_, n) => `a ${n + 1}`)]);
});

it("10,000 operations: one frame for all of them, then only what changes", () => {
  const { open, tick, progress } = start();
  const ops = Array.from({ length: 10_000 }, (_, n) => progress.start("job", { id: `op${n}` }));
  const sinks = [open(), open()];
  for (let n = 0; n < 10_000; n += 100) ops[n]!.increment();
  tick();
  expect(sinks.map(({ frames }) => frames.map(({ data }) => (data!.operations ?? data!.changed)!.length))).toEqual([
    [10_000, 100],
    [10_000, 100],
  ]);
});

it("refuses options that are no milliseconds, and keeps nothing of a source that cannot be followed", () => {
  const { test } = start();
  for (const bad of [{ heartbeatMillis: -1 }, { patienceMillis: Number.NaN }, { lingerMillis: "5s" as never }])
    expect(() => new EventHub(test.progress.live, bad)).toThrow(/expected milliseconds, 0 or more/);
  const follow = () => {
    throw new Error("not now");
  };
  const hub = new EventHub({ ...test.progress.live, follow });
  expect(() => hub.open({}, new TestSink())).toThrow("not now");
  expect(hub.stats()).toMatchObject({ views: 0, subscribers: 0 });
});
