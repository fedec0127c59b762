import { describe, expect, it } from "vitest";
import { Diagnostics } from "../../../src/diagnostics.js";
import { ProgressNotifications } from "../../../src/instrumentation/mcp/notifications.js";
import type { ProgressNotification } from "../../../src/instrumentation/mcp/request.js";
import type { Snapshot } from "../../../src/model.js";
import { ManualClock } from "../../../src/testing.js";
import { snapshotOf } from "../../query/source.js";

function setUp(answer: () => Promise<void> = async () => {}) {
  const clock = new ManualClock();
  const sent: ProgressNotification["params"][] = [];
  const diagnostics = new Diagnostics({ warn() {} });
  const aborter = new AbortController();
  const notify = ({ params }: ProgressNotification) => {
    sent.push(params);
    return answer();
  };
  const request = { meta: {}, signal: aborter.signal, notify };
  const notifications = new ProgressNotifications(request, "t", clock, 250, diagnostics);
  const at = (current: number, more: object = {}) =>
    notifications.told({
      kind: "update",
      changed: [snapshotOf("1", 0, { current, ...more } as Partial<Snapshot>)],
      removed: [],
      missed: 0,
    });
  const values = () => sent.map(({ progress }) => progress);
  return { clock, sent, diagnostics, aborter, notifications, at, values };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("notifications of progress", () => {
  it("carry the token, the value, the total and the message", () => {
    const { at, sent } = setUp();
    at(3, { total: 4, percentage: 75, message: "row 3" });
    expect(sent).toEqual([{ progressToken: "t", progress: 3, total: 4, message: "row 3" }]);
  });

  it("come at most once per interval, each with the latest state, the last change included", () => {
    const { at, values, clock } = setUp();
    for (let change = 0; change < 1_000; change++) {
      at(change);
      clock.advance(1);
    }
    expect(values()).toEqual([0, 249, 499, 749, 999]);
    clock.advance(10_000);
    expect(values()).toHaveLength(5);
  });

  it("come in a blocked event loop too, when no timer can run", () => {
    const { at, values, clock } = setUp();
    for (let change = 0; change < 10; change++) {
      at(change);
      clock.block(125);
    }
    expect(values()).toEqual([0, 2, 4, 6, 8]);
  });

  it("are not sent when nothing is new, and are when only the message is, with a value that grows by a hair", () => {
    const { at, sent, clock } = setUp();
    for (const message of ["a", "a", "b"]) {
      at(1, { message });
      clock.advance(250);
    }
    expect(sent.map(({ progress, message }) => [progress, message])).toEqual([
      [1, "a"],
      [1.000001, "b"],
    ]);
  });

  it("stop when the client cancels, and at the end, which is told when all is done", async () => {
    const { at, values, clock, aborter, notifications } = setUp();
    at(1);
    at(2);
    aborter.abort();
    clock.advance(250);
    expect(values()).toEqual([1]);
    const other = setUp();
    other.at(1);
    other.at(2);
    await other.notifications.end(
      snapshotOf("1", 0, { status: "completed", current: 4, total: 4, percentage: 100 } as Partial<Snapshot>),
    );
    other.clock.advance(1_000);
    expect(other.values()).toEqual([1, 4]);
    await notifications.end(snapshotOf("1", 0, { status: "cancelled" } as Partial<Snapshot>));
    expect(values()).toEqual([1]);
  });

  it("have left when the end is over, so that no response overtakes them", async () => {
    const releases: (() => void)[] = [];
    const { at, notifications } = setUp(() => new Promise<void>((resolve) => releases.push(resolve)));
    at(1);
    let over = false;
    const end = notifications.end(snapshotOf("1", 0, { status: "failed" } as Partial<Snapshot>)).then(() => {
      over = true;
    });
    await settled();
    expect(over).toBe(false);
    for (const release of releases) release();
    await end;
    expect(over).toBe(true);
  });

  it("pile up to 64 for a client that does not read, what is more is counted", () => {
    const { at, values, clock, diagnostics } = setUp(() => new Promise(() => {}));
    for (let change = 0; change < 100; change++) {
      at(change);
      clock.advance(250);
    }
    expect([values().length, diagnostics.losses()]).toEqual([64, { snapshots_dropped: 36 }]);
  });

  it("are given up after three failures in a row, each counted", async () => {
    let fails = true;
    const { at, values, clock, diagnostics } = setUp(async () => {
      if (fails) throw new Error("Not connected");
    });
    const next = async (current: number) => {
      at(current);
      clock.advance(250);
      await settled();
    };
    await next(1);
    await next(2);
    fails = false;
    await next(3);
    fails = true;
    for (const current of [4, 5, 6, 7, 8]) await next(current);
    expect(values()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(diagnostics.losses()).toEqual({ callbacks_failed: 5 });
  });

  it("a throw where a promise was expected is a failure as well", async () => {
    const { at, diagnostics } = setUp(() => {
      throw new Error("closed");
    });
    at(1);
    await settled();
    expect(diagnostics.losses()).toEqual({ callbacks_failed: 1 });
  });
});
