import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMPLETE, type Notice, Notices, type Pace, READABLE } from "../../src/exporters/notices.js";
import type { Snapshot } from "../../src/model.js";
import { at, ended, later, operation } from "./snapshots.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

/** What is told, as "happening seconds"; `ready` decides whether it can be. */
function setUp(pace: Pace = READABLE) {
  const told: string[] = [];
  const notices: Notice[] = [];
  const forgotten: string[] = [];
  const state = { ready: true };
  const exporter = new Notices(pace, {
    tell(notice) {
      if (!state.ready) return false;
      const { happening, snapshot, silentSeconds } = notice;
      told.push(`${happening} ${snapshot.elapsedSeconds + silentSeconds}`);
      notices.push(notice);
      return true;
    },
    forget: ({ id }) => forgotten.push(id),
  });
  const tell = (...changed: Snapshot[]) => exporter.export(changed, []);
  return { exporter, told, notices, forgotten, state, tell };
}

function warnings(): string[] {
  const said: string[] = [];
  const ignore = () => {};
  diag.setLogger({ warn: (text) => said.push(text), error: ignore, info: ignore, debug: ignore, verbose: ignore });
  return said;
}

describe("for people", () => {
  it("an operation is told when it starts and when it ends", () => {
    const { tell, told } = setUp();
    tell(operation());
    tell(later(1, { percentage: 40 }));
    tell(ended(2));
    expect(told).toEqual(["started 0", "ended 2"]);
  });

  it("the start of an operation is told before the end of its parts, although what ended comes first", () => {
    const { tell, notices } = setUp();
    const part = (id: string, parentId: string) => ({ id, parentId, startedAt: at(0.01) });
    tell(ended(0.03, part("3", "2")), ended(0.04, part("4", "1")), later(0.1), later(0.1, part("2", "1")));
    expect(notices.map(({ happening, snapshot: { id } }) => `${happening} ${id}`)).toEqual([
      "started 1",
      "started 2",
      "ended 3",
      "ended 4",
    ]);
  });

  it("the end of a part is told before the start of what only has the id of its whole", () => {
    const { tell, notices } = setUp();
    tell(ended(1, { id: "2", parentId: "1" }), ended(1), later(2, { startedAt: at(1.5) }));
    expect(notices.map(({ happening, snapshot: { id } }) => `${happening} ${id}`)).toEqual([
      "ended 2",
      "ended 1",
      "started 1",
    ]);
  });

  it("operations that say they are parts of each other are told like others", () => {
    const { tell, notices } = setUp();
    tell(
      operation({ id: "1", parentId: "2" }),
      operation({ id: "2", parentId: "1" }),
      operation({ id: "3", parentId: "3" }),
    );
    expect(notices.map(({ snapshot: { id } }) => id).sort()).toEqual(["1", "2", "3"]);
  });

  it("however long the chain of parts is, each is told behind what it is a part of", () => {
    const { tell, notices } = setUp();
    const ids = Array.from({ length: 20_000 }, (_, n) => String(n));
    tell(...ids.map((id) => operation({ id, parentId: String(Number(id) + 1) })));
    expect(notices.map(({ snapshot: { id } }) => id)).toEqual(ids.reverse());
  });

  it("5 % more are told, but not before 5 seconds have passed", () => {
    const { tell, told } = setUp();
    tell(operation({ percentage: 0 }));
    for (let second = 1; second <= 12; second++) tell(later(second, { percentage: second * 5 }));
    expect(told).toEqual(["started 0", "progress 5", "progress 10"]);
  });

  it("less than 5 % more is told after as long as it had run when it last was, from 5 seconds to a minute", () => {
    const { tell, told } = setUp();
    tell(operation({ percentage: 0 }));
    for (let second = 1; second <= 250; second++) tell(later(second, { percentage: second / 100 }));
    expect(told.map((one) => Number(one.split(" ")[1]))).toEqual([0, 5, 10, 20, 40, 80, 140, 200]);
  });

  it("of one that is silent it is told on the same schedule that it still runs", () => {
    const { tell, told } = setUp();
    tell(operation());
    vi.advanceTimersByTime(145_000);
    expect(told.map((one) => Number(one.split(" ")[1]))).toEqual([0, 5, 10, 20, 40, 80, 140]);
  });

  it("another stage is told like 5 % more", () => {
    const { tell, told, notices } = setUp();
    tell(later(20));
    tell(later(21, { stage: "load" }));
    tell(later(24.9, { stage: "load" }));
    tell(later(25, { stage: "load" }));
    expect(told).toEqual(["started 20", "progress 25"]);
    expect(notices[1]!.snapshot.stage).toBe("load");
  });

  const stalled = { seconds: 5, waitingOn: [] };
  it.each([
    ["stalled", {}, { stalled }],
    ["recovered", { stalled }, {}],
    ["retried", {}, { attempt: 2 }],
    ["paused", {}, { status: "paused" }],
    ["resumed", { status: "paused" }, {}],
    ["cancelRequested", {}, { cancelRequested: { at: at(1) } }],
  ])("%s is told at once", (happening, before, now) => {
    const { tell, told } = setUp();
    tell(operation(before));
    tell(later(0.1, now));
    expect(told).toEqual(["started 0", `${happening} 0.1`]);
  });

  it("what flaps is told at most once a second, and in the end as it is", () => {
    const { tell, told, notices } = setUp();
    tell(operation());
    for (let tick = 1; tick <= 25; tick++) {
      vi.advanceTimersByTime(100);
      tell(later(tick / 10, { attempt: tick + 1 }));
    }
    vi.advanceTimersByTime(2_000);
    expect(told.length).toBeLessThanOrEqual(5);
    expect(notices.at(-1)!.snapshot.attempt).toBe(26);
  });

  it("never more than one notice of mere progress in 5 seconds, whatever comes", () => {
    const steps = fc.array(
      fc.record({ seconds: fc.nat(9), percentage: fc.nat(100), stage: fc.constantFrom("a", "b") }),
    );
    fc.assert(
      fc.property(steps, (given) => {
        const { tell, told } = setUp();
        let second = 0;
        tell(operation());
        for (const { seconds, percentage, stage } of given) {
          second += seconds;
          tell(later(second, { percentage, stage }));
        }
        const times = told.map((one) => Number(one.split(" ")[1]));
        expect(times.slice(1).every((time, index) => time - times[index]! >= 5)).toBe(true);
      }),
    );
  });
});

describe("for machines", () => {
  it("what changed is told once a second, changes of status at once, and silence is not told", () => {
    const { tell, told } = setUp(COMPLETE);
    tell(operation());
    for (let tick = 1; tick <= 11; tick++) tell(later(tick / 10));
    tell(later(1.2, { status: "paused" }));
    tell(later(1.3));
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(["started 0", "progress 1", "paused 1.2", "resumed 1.3"]);
  });

  it("the last change before a silence is told although nothing follows it", () => {
    const { tell, notices } = setUp(COMPLETE);
    tell(operation());
    tell(later(0.5, { current: 7 }));
    vi.advanceTimersByTime(3_000);
    expect(notices.map(({ snapshot }) => snapshot.current)).toEqual([undefined, 7]);
  });
});

describe("operations that come and go", () => {
  it("one that ended before it was ever seen is told as ended", () => {
    const { tell, told } = setUp();
    tell(ended(3));
    expect(told).toEqual(["ended 3"]);
  });

  it("an id that ended and began again between two ticks is two operations", () => {
    const { tell, told } = setUp();
    tell(operation());
    tell(ended(1), operation({ startedAt: at(2), updatedAt: at(2) }));
    expect(told).toEqual(["started 0", "ended 1", "started 0"]);
  });

  it("one whose end was not seen is forgotten when another takes its id, or when it is removed", () => {
    const { tell, told, exporter, forgotten } = setUp();
    tell(operation());
    tell(operation({ startedAt: at(2), updatedAt: at(2) }));
    expect(told).toEqual(["started 0", "started 0"]);
    exporter.export([], ["1"]);
    expect(forgotten).toEqual(["1", "1"]);
  });

  it("one that was pending is the same one when it starts", () => {
    const { tell, told } = setUp();
    tell(operation({ status: "pending", startedAt: undefined }));
    tell(later(0));
    expect(told).toEqual(["started 0", "resumed 0"]);
  });

  it("no timer is left when nothing runs", () => {
    const { tell, exporter } = setUp();
    tell(operation());
    expect(vi.getTimerCount()).toBe(1);
    tell(ended(1));
    expect(vi.getTimerCount()).toBe(0);
    tell(operation({ id: "2" }));
    void exporter.shutdown();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a listener that cannot be told", () => {
  it("is told the latest when it can be, starts and ends too", () => {
    const { tell, told, state } = setUp();
    state.ready = false;
    tell(operation(), ended(4, { id: "2" }));
    tell(later(3));
    state.ready = true;
    vi.advanceTimersByTime(1_000);
    expect(told.map((one) => one.split(" ")[0])).toEqual(["started", "ended"]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("what leaves the history meanwhile is counted and said", () => {
    const said = warnings();
    const { tell, exporter, state } = setUp();
    state.ready = false;
    tell(ended(1), ended(1, { id: "2" }), operation({ id: "3" }));
    exporter.export([], ["1", "2", "3"]);
    expect(said).toEqual(["otel-progress: 2 ended operations were not told: their reader is too slow"]);
  });
});

describe("a listener that throws", () => {
  it("fails the export, after the others were told, and is not told the same again", () => {
    const told: string[] = [];
    const exporter = new Notices(READABLE, {
      tell({ snapshot: { id } }) {
        told.push(id);
        if (id === "1") throw new Error("full");
        return true;
      },
    });
    expect(() => exporter.export([operation(), operation({ id: "2" })], [])).toThrow("full");
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual(["1", "2"]);
  });

  it("from a timer is reported, and disturbs nothing", () => {
    const said = warnings();
    let full = false;
    const exporter = new Notices(READABLE, {
      tell() {
        if (full) throw new Error("full");
        return true;
      },
    });
    exporter.export([operation()], []);
    full = true;
    vi.advanceTimersByTime(6_000);
    expect(said).toEqual(["otel-progress: progress could not be told"]);
  });
});
