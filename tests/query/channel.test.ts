import { describe, expect, it } from "vitest";
import type { Change, Filter, OperationSource, Snapshot } from "../../src/model.js";
import { EventHub } from "../../src/query/event-stream.js";
import { TestSink } from "./event-sink.js";

describe("a source that can only be watched", () => {
  /** Gives what is pushed; ends or fails on request. */
  function createSource() {
    const waiting: ((next: IteratorResult<Change> | Error) => void)[] = [];
    const signals: AbortSignal[] = [];
    const source = {
      capabilities: ["watch"],
      watch(_filter: Filter, { signal }: { signal: AbortSignal }) {
        signals.push(signal);
        const next = () =>
          new Promise<IteratorResult<Change>>((resolve, reject) =>
            waiting.push((what) => (what instanceof Error ? reject(what) : resolve(what))),
          );
        return { [Symbol.asyncIterator]: () => ({ next }) };
      },
    } as unknown as OperationSource;
    const push = async (what: IteratorResult<Change> | Error) => {
      waiting.shift()!(what);
      await new Promise(setImmediate);
    };
    return { source, signals, push };
  }
  const shot = (id: string, current: number) => ({ id, current }) as Snapshot;
  const whole = (...operations: Snapshot[]) => ({ value: { kind: "snapshot", operations } as Change });

  it("is watched once per view; who came before its first word is told then", async () => {
    const { source, signals, push } = createSource();
    const hub = new EventHub(source);
    const sinks = [new TestSink(), new TestSink()];
    for (const sink of sinks) hub.open({}, sink);
    expect(sinks.map(({ brief }) => brief)).toEqual([[], []]);
    await push(whole(shot("a", 1)));
    await push({ value: { kind: "update", changed: [shot("a", 5)], removed: [], missed: 3 } });
    expect(sinks.map(({ brief }) => brief)).toEqual([
      ["snapshot a 1", "a 5 missed 3"],
      ["snapshot a 1", "a 5 missed 3"],
    ]);
    expect(signals.length).toBe(1);
    hub.close();
    expect(signals[0]!.aborted).toBe(true);
  });

  it("that begins anew makes its readers begin anew", async () => {
    const { source, push } = createSource();
    const hub = new EventHub(source);
    const sink = new TestSink();
    hub.open({}, sink);
    await push(whole(shot("a", 1)));
    await push(whole(shot("b", 1)));
    expect(sink.brief).toEqual(["snapshot a 1", "snapshot b 1"]);
    hub.close();
  });

  it("that ends or fails ends its streams, so that readers come again; failures are counted", async () => {
    const { source, signals, push } = createSource();
    const hub = new EventHub(source);
    const sinks = [new TestSink(), new TestSink()];
    hub.open({}, sinks[0]!);
    await push(whole());
    await push({ done: true, value: undefined });
    hub.open({}, sinks[1]!);
    await push(new Error("the server is gone"));
    expect(sinks.map(({ closed, brief }) => [closed, brief])).toEqual([
      [1, ["snapshot "]],
      [1, []],
    ]);
    expect([hub.stats(), signals.length]).toEqual([{ subscribers: 0, views: 0, dropped: 0, missed: 0, failed: 1 }, 2]);
  });
});
