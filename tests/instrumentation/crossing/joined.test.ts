import { describe, expect, it } from "vitest";
import type { WriterState } from "../../../src/contribution-transport.js";
import { memberOf, Wire } from "./wire.js";

/** An operation that is worked for by an instance whose messages stay where they are. */
function joined() {
  const wire = new Wire();
  wire.direct = false;
  const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
  const op = owner.progress.start("job", { id: "job" });
  const sent = () => wire.sent.splice(0).map((text) => JSON.parse(text) as WriterState);
  return { wire, owner, worker, op, carrier: op.carrier(), sent };
}
const stay = () => new Promise<void>(() => {});

describe("an operation of others that is worked on here", () => {
  it("is told of at most once per tick, when there is something new", () => {
    const { worker, carrier, sent } = joined();
    void worker.progress.join(carrier, (scope) => {
      for (let at = 0; at < 1_000; at++) scope.increment();
      return stay();
    });
    worker.tick();
    expect(sent().map(({ sequence, open, parts }) => [sequence, open, parts])).toEqual([
      [1, true, [{ current: 1_000 }]],
    ]);
    worker.tick();
    expect(sent()).toEqual([]);
    worker.progress.getActive();
  });

  it("is offered in its newest form until it is taken", () => {
    const { wire, worker, carrier, sent } = joined();
    wire.ready = false;
    void worker.progress.join(carrier, (scope) => {
      for (let at = 0; at < 5; at++) {
        scope.increment();
        worker.tick();
      }
      return stay();
    });
    wire.ready = true;
    worker.tick();
    expect(sent().map(({ parts }) => parts[0]!.current)).toEqual([5]);
  });

  it("is told of at once when the work is done, and its link is let go of after it", () => {
    const { wire, worker, carrier, sent } = joined();
    worker.progress.join(carrier, (scope) => scope.increment());
    expect(sent().map(({ open, parts }) => [open, parts[0]!.current])).toEqual([[false, 1]]);
    expect(wire.closed).toBe(0);
    worker.tick();
    expect(wire.closed).toBe(1);
    worker.progress.join(carrier, (scope) => scope.increment(2));
    expect(sent().map(({ open, parts }) => [open, parts[0]!.current])).toEqual([[false, 3]]);
  });

  it("is given up after two seconds when nobody takes the last word", () => {
    const { wire, worker, carrier } = joined();
    wire.ready = false;
    worker.progress.join(carrier, (scope) => scope.increment());
    worker.clock.advance(1_500);
    expect(wire.closed).toBe(0);
    worker.clock.advance(1_000);
    expect(wire.closed).toBe(1);
  });

  it("several joins at once are one writer, which is done with the last", async () => {
    const { worker, carrier, sent } = joined();
    const leave: (() => void)[] = [];
    const all = [1, 2].map(() =>
      worker.progress.join(carrier, (scope) => {
        scope.increment();
        return new Promise<void>((resolve) => leave.push(resolve));
      }),
    );
    leave[0]!();
    await all[0];
    leave[1]!();
    await all[1];
    const states = sent();
    expect(states.map(({ open, parts }) => [open, parts[0]!.current])).toEqual([
      [true, 2],
      [false, 2],
    ]);
    expect(new Set(states.map(({ writer }) => writer)).size).toBe(1);
  });

  it("says everything anew when its way is free again, messages, events and heartbeats too", () => {
    const { wire, worker, carrier, sent } = joined();
    void worker.progress.join(carrier, (scope) => {
      scope.message("hello");
      for (let at = 1; at <= 40; at++) scope.event("step", { at });
      scope.heartbeat();
      return stay();
    });
    worker.tick();
    sent();
    wire.resend();
    const [state] = sent();
    const { events, ...part } = state!.parts[0]!;
    expect(part).toEqual({ current: 0, message: "hello", messageAt: Date.UTC(2026, 0, 1) + 100, heartbeats: 1_000 });
    expect(events?.map(({ number }) => number)).toEqual(Array.from({ length: 32 }, (_, at) => at + 9));
  });

  it("tells of heartbeats though nothing moves", () => {
    const { worker, carrier, sent } = joined();
    void worker.progress.join(carrier, (scope) => {
      worker.tick();
      sent();
      scope.heartbeat();
      return stay();
    });
    worker.tick();
    expect(sent()).toHaveLength(1);
  });

  it("takes no notice of what is none, or of another operation, also of the one that had the id before", () => {
    const { wire, worker, carrier } = joined();
    const notice = { version: 1, operationId: "job", key: wire.keyOf("job"), ended: false, aborted: [{ reason: "r" }] };
    void worker.progress.join(carrier, (scope) => {
      wire.deliverNotice({ ...notice, key: "of another", ended: true });
      for (const wrong of [null, { ...notice, operationId: "x" }, { ...notice, aborted: 5 }]) wire.deliverNotice(wrong);
      expect([scope.signal.aborted, worker.progress.live.stats().losses]).toEqual([
        false,
        { contributions_refused: 3 },
      ]);
      wire.deliverNotice(notice);
      expect(scope.signal.aborted).toBe(true);
      return stay();
    });
  });

  it("waits in forceFlush until the owner has it", async () => {
    const { wire, worker, op, carrier } = joined();
    void worker.progress.join(carrier, (scope) => {
      scope.increment(3);
      return stay();
    });
    await worker.progress.forceFlush();
    wire.deliver();
    expect(op.snapshot().current).toBe(3);
  });

  it("of a thousand operations, those that are done give way to new ones", () => {
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    for (let at = 0; at < 1_100; at++) {
      const op = owner.progress.start("job");
      worker.progress.join(op.carrier(), (scope) => scope.increment());
      op.complete();
      worker.tick();
    }
    expect(worker.progress.live.stats().losses).toEqual({});
    const open = Array.from({ length: 1_001 }, () => owner.progress.start("job"));
    for (const op of open) void worker.progress.join(op.carrier(), stay);
    expect(worker.progress.live.stats().losses).toEqual({ contributions_dropped: 1 });
  });
});
