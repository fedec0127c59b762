import { describe, expect, it } from "vitest";
import { startHub as start } from "./event-hub.js";

describe("a slow reader", () => {
  it("gets exactly one update with everything since, and the number of states that it missed", () => {
    const { hub, open, tick, progress } = start();
    const [a, b] = ["a", "b"].map((id) => progress.start("job", { id }));
    const [slow, quick] = [open(), open()];
    slow.stuck = true;
    for (let n = 0; n < 5; n++) {
      a!.increment();
      if (n === 2) b!.complete();
      tick();
    }
    // The first update is what fills the connection; the four after it become one.
    expect(slow.brief).toEqual(["snapshot a,b", "a 1"]);
    slow.drain();
    tick();
    expect(slow.brief.slice(2)).toEqual(["a 5,b missed 3"]);
    a!.increment();
    tick();
    expect(slow.brief.slice(3)).toEqual(["a 6"]);
    expect(slow.frames.at(-1)).toEqual(quick.frames.at(-1));
    expect([quick.brief.length, hub.stats().missed]).toEqual([7, 3]);
  });

  it("is told of what came and went meanwhile only that it is gone", () => {
    const { open, tick, progress } = start();
    const op = progress.start("job", { id: "a" });
    const slow = open({ status: ["running"] });
    slow.stuck = true;
    op.increment();
    tick();
    const other = progress.start("job", { id: "b" });
    tick();
    other.complete();
    tick();
    slow.drain();
    tick();
    expect(slow.brief.slice(2)).toEqual([" -b missed 1"]);
  });

  it("holds one frame, however long it is slow and however much changes", () => {
    const { open, tick, progress } = start({ patienceMillis: 1e9 });
    const ops = Array.from({ length: 100 }, (_, n) => progress.start("job", { id: `op${n}` }));
    const slow = open();
    slow.stuck = true;
    for (let n = 0; n < 200; n++) {
      for (const op of ops) op.increment();
      tick();
    }
    expect(slow.written.length).toBe(2);
  });

  it("that takes nothing for its time is closed and counted; one that takes a little is not", () => {
    const { hub, open, progress, test } = start({ patienceMillis: 5_000, heartbeatMillis: 60_000 });
    const op = progress.start("job", { id: "a" });
    const [dead, trickling, idle] = [open(), open(), open()];
    dead.stuck = trickling.stuck = true;
    op.increment();
    for (let n = 0; n < 100; n++) {
      test.clock.advance(100);
      if (n % 40 === 39) trickling.waiting--;
      if (n === 48) expect(dead.closed).toBe(0);
    }
    expect([dead.closed, trickling.closed, idle.closed]).toEqual([1, 0, 0]);
    expect(hub.stats()).toEqual({ subscribers: 2, views: 1, dropped: 1, missed: 0, failed: 0 });
  });

  it("that was quick again in between has all of its time anew", () => {
    const { open, progress, test } = start({ patienceMillis: 5_000 });
    const op = progress.start("job", { id: "a" });
    const sink = open();
    for (let n = 0; n < 4; n++) {
      sink.stuck = true;
      op.increment();
      test.clock.advance(4_000);
      sink.drain();
      test.clock.advance(1_000);
    }
    expect(sink.closed).toBe(0);
  });
});
