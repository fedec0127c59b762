import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createInstance } from "../../src/instrumentation/progress.js";
import { type UsageSample, usageBetween } from "../../src/state/usage.js";
import { ManualClock } from "../../src/testing.js";

const look = (given: Partial<UsageSample> = {}): UsageSample => ({
  millis: 1_000,
  cpuSeconds: 2,
  loopActiveMillis: 100,
  loopIdleMillis: 300,
  memoryBytes: 1_000,
  ...given,
});

describe("the use between two looks", () => {
  it("is their difference, and the share of the time", () => {
    const to = look({ millis: 5_000, cpuSeconds: 5, loopActiveMillis: 1_100, loopIdleMillis: 3_300, memoryBytes: 400 });
    const used = usageBetween(look(), to);
    expect(used).toEqual({
      cpuSeconds: 3,
      cpuUtilization: 0.75,
      eventLoopUtilization: 0.25,
      memoryBytes: 400,
      memoryGrowthBytes: -600,
    });
    expect(Object.isFrozen(used)).toBe(true);
  });

  it("of several threads may be more than one core", () => {
    expect(usageBetween(look(), look({ millis: 2_000, cpuSeconds: 6 }))!.cpuUtilization).toBe(4);
  });

  it("says nothing of an event loop that did not turn", () => {
    expect(usageBetween(look(), look({ millis: 2_000 }))).toEqual({
      cpuSeconds: 0,
      cpuUtilization: 0,
      memoryBytes: 1_000,
      memoryGrowthBytes: 0,
    });
  });

  it("is unknown when no time lies between them", () => {
    const one = look();
    expect([usageBetween(one, one), usageBetween(one, look({ millis: 999 }))]).toEqual([undefined, undefined]);
    expect(usageBetween(one, look({ millis: Number.NaN }))).toBeUndefined();
  });

  it("is never negative, even if a sum fell", () => {
    const sum = fc.nat();
    const any = fc.record({
      millis: sum,
      cpuSeconds: sum,
      loopActiveMillis: sum,
      loopIdleMillis: sum,
      memoryBytes: sum,
    });
    fc.assert(
      fc.property(any, any, (from, to) => {
        const used = usageBetween(from, to);
        expect(used === undefined).toBe(to.millis <= from.millis);
        const { cpuSeconds = 0, cpuUtilization = 0, eventLoopUtilization = 0 } = used ?? {};
        expect([cpuSeconds >= 0, cpuUtilization >= 0]).toEqual([true, true]);
        expect([eventLoopUtilization >= 0, eventLoopUtilization <= 1]).toEqual([true, true]);
      }),
    );
  });
});

describe("an operation", () => {
  /** An instance whose process uses half a core and a quarter of its event loop, and grows by 1,000 bytes a second. */
  function instance(sampleUsage?: (now: number) => UsageSample) {
    const clock = new ManualClock();
    const looks: number[] = [];
    const sample = (now: number): UsageSample => {
      looks.push(now);
      const millis = now;
      return look({
        millis,
        cpuSeconds: millis / 2_000,
        loopActiveMillis: millis / 4,
        loopIdleMillis: (millis * 3) / 4,
        memoryBytes: millis,
      });
    };
    const progress = createInstance({ strict: true, clock }, { sampleUsage: sampleUsage ?? sample });
    const start = (type = "job") => progress.start(type) as Operation;
    return { clock, progress, looks, start };
  }

  it("shows what the process used since its start, as of the last tick", () => {
    const { clock, start } = instance();
    const op = start();
    expect("process" in op.snapshot()).toBe(false);
    clock.advance(2_050);
    expect(op.snapshot().process).toEqual({
      cpuSeconds: 1,
      cpuUtilization: 0.5,
      eventLoopUtilization: 0.25,
      memoryBytes: 3_000,
      memoryGrowthBytes: 2_000,
    });
  });

  it("keeps what was used until its end", () => {
    const { clock, start } = instance();
    const op = start();
    clock.advance(2_000);
    op.complete();
    const { process } = op.snapshot();
    clock.advance(5_000);
    start();
    clock.advance(5_000);
    expect([op.snapshot().process, process?.memoryGrowthBytes]).toEqual([process, 2_000]);
  });

  it("that lies between two looks shows nothing", () => {
    const { clock, start } = instance();
    start();
    clock.advance(1_000);
    const short = start();
    clock.advance(99);
    short.complete();
    clock.advance(1_000);
    expect("process" in short.snapshot()).toBe(false);
  });

  it("that starts after a rest is not charged for the rest", () => {
    const { clock, start, looks } = instance();
    start().complete();
    clock.advance(60_000);
    const before = looks.length;
    clock.advance(60_000);
    const op = start();
    expect([looks.length - before, looks.at(-1)]).toEqual([1, 121_000]);
    clock.advance(1_000);
    expect(op.snapshot().process).toMatchObject({ cpuSeconds: 0.5, memoryGrowthBytes: 1_000 });
  });

  it("is charged for the time it is paused: it is the process that is looked at", () => {
    const { clock, start } = instance();
    const op = start();
    op.pause();
    clock.advance(1_000);
    expect(op.snapshot()).toMatchObject({ elapsedSeconds: 0, process: { cpuSeconds: 0.5 } });
  });

  it("has figures, its levels have none", () => {
    const { clock, start } = instance();
    const level = start().startLevel("part");
    clock.advance(1_000);
    expect("process" in level.snapshot()).toBe(false);
  });

  it("by a clock of one's own shows nothing, unless told how to look", () => {
    const clock = new ManualClock();
    const progress = createInstance({ clock });
    const op = progress.start("job");
    clock.advance(1_000);
    expect(["process" in op.snapshot(), coreOf(progress).state.usage]).toEqual([false, undefined]);
  });

  it("goes on undisturbed when the process cannot be looked at: that is counted, and has no figures", () => {
    let open = true;
    const { clock, progress, start } = instance((now) => {
      if (open) return look({ millis: now });
      throw new Error("EMFILE: too many open files, uv_resident_set_memory");
    });
    const op = start();
    clock.advance(100);
    open = false;
    clock.advance(200);
    op.increment();
    expect([op.snapshot().current, "process" in op.snapshot()]).toEqual([1, false]);
    expect(progress.live.stats().losses).toEqual({ internal_errors: 2 });
    open = true;
    clock.advance(100);
    expect(op.snapshot().process).toMatchObject({ cpuSeconds: 0 });
    open = false;
    clock.advance(100);
    const blind = start();
    open = true;
    clock.advance(1_000);
    expect("process" in blind.snapshot()).toBe(false);
  });
});
