import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/redis/outbox.js";
import { createTestProgress } from "../../src/testing.js";

function box(recordOf: (id: string) => string | undefined = () => undefined) {
  let spansEnded = 0;
  const test = createTestProgress();
  const outbox = new Outbox({
    levels: 10,
    recordOf,
    idleOf: () => undefined,
    spansEnded: () => spansEnded,
    now: () => test.clock.monotonicMillis(),
  });
  return { outbox, ended: (count: number) => (spansEnded = count), ...test };
}

/** What a batch says, as "<id> <what><epoch>: <groups>". */
function told(args: readonly (string | number)[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < args.length; ) {
    const [id, what, epoch, count] = args.slice(at, at + 4) as [string, string, number, number];
    at += 4;
    const groups = Array.from({ length: count }, (_, n) => args[at + 2 * n]);
    at += 2 * count;
    lines.push(`${id} ${what}${epoch}: ${groups.join("")}`);
  }
  return lines;
}

describe("an operation", () => {
  it("is written whole at first, then what changed, and whole at its end", () => {
    const { outbox, progress, clock } = box();
    const op = progress.start("job", { id: "a", total: 10 });
    const next = () => {
      outbox.note(op.snapshot());
      return told(outbox.take().args);
    };
    expect([next(), outbox.open]).toEqual([["a O1: an"], 1]);
    op.increment();
    clock.advance(100);
    expect(next()).toEqual(["a o1: nc"]);
    op.startLevel("part");
    expect(next()).toEqual(["a o1: l"]);
    expect([next(), outbox.isEmpty]).toEqual([[], true]);
    op.complete();
    expect([next(), outbox.open, outbox.hasOpen("a")]).toEqual([["a E1: anlc"], 0, false]);
  });

  it("is written as it is when its turn comes, once", () => {
    const { outbox, progress } = box();
    const op = progress.start("job", { id: "a", total: 10 });
    for (let n = 0; n < 5; n++) {
      op.increment();
      outbox.note(op.snapshot());
    }
    const { args, count } = outbox.take();
    expect([count, told(args), JSON.parse(String(args[7])).current]).toEqual([1, ["a O1: an"], 5]);
  });

  it("that waited for its turn is as old as it is then, for it is dated by the write", () => {
    const { outbox, progress, clock } = box();
    const op = progress.start("job", { id: "a" });
    outbox.note(op.snapshot());
    clock.advance(1_500);
    expect(JSON.parse(String(outbox.take().args[7])).elapsedSeconds).toBe(1.5);
  });

  it("comes with what its spans need, when it begins and when levels or attributes change", () => {
    const { outbox, progress } = box((id) => `record of ${id}`);
    const op = progress.start("job", { id: "a" });
    const next = () => {
      outbox.note(op.snapshot());
      return told(outbox.take().args);
    };
    expect(next()).toEqual(["a O1: ans"]);
    op.increment();
    expect(next()).toEqual(["a o1: n"]);
    op.setAttributes({ x: 1 });
    expect(next()).toEqual(["a o1: as"]);
    op.complete();
    expect(next()).toEqual(["a E1: an"]);
  });

  it("that is forgotten is removed, if it was ever written", () => {
    const { outbox, progress } = box();
    for (const id of ["a", "b"]) outbox.note(progress.start("job", { id }).snapshot());
    outbox.take();
    outbox.note(progress.start("job", { id: "c" }).snapshot());
    expect([outbox.remove("a"), outbox.remove("c"), outbox.remove("never")]).toEqual([false, true, false]);
    expect([told(outbox.take().args), outbox.open]).toEqual([["a R1: "], 1]);
  });
});

describe("what is uncertain", () => {
  it("is written whole, as it is then", () => {
    const { outbox, progress } = box();
    const op = progress.start("job", { id: "a", total: 10 });
    outbox.note(op.snapshot());
    outbox.take();
    op.increment();
    outbox.note(op.snapshot());
    const batch = outbox.take();
    op.increment();
    expect(outbox.doubt(batch, progress.live.get)).toBe(0);
    const { args } = outbox.take();
    expect([told(args), JSON.parse(String(args[7])).current]).toEqual([["a O1: an"], 2]);
  });

  it("and gone meanwhile is removed, and counted", () => {
    const { outbox, progress } = box();
    const op = progress.start("job", { id: "a" });
    outbox.note(op.snapshot());
    const batch = outbox.take();
    op.complete();
    progress.live.clearHistory();
    expect(outbox.doubt(batch, progress.live.get)).toBe(1);
    expect(told(outbox.take().args)).toEqual(["a R1: "]);
  });

  it("is everything when Redis has forgotten", () => {
    const { outbox, progress } = box();
    const op = progress.start("job", { id: "a" });
    progress.start("job", { id: "b" }).complete();
    outbox.restart(progress.live.list());
    outbox.take();
    outbox.restart([op.snapshot(), progress.live.get("b")!]);
    expect([told(outbox.take().args), outbox.open]).toEqual([["a O1: an", "b E1: an"], 1]);
  });
});

describe("an operation that others have taken for lost", () => {
  it("is left alone from then on; another run with its id is written with the epoch of the claim", () => {
    const { outbox, progress, clock } = box();
    const op = progress.start("job", { id: "a" });
    outbox.note(op.snapshot());
    outbox.take();
    expect([outbox.claim("a", 2), outbox.claim("a", 2), outbox.claims, outbox.open]).toEqual([true, false, 1, 0]);
    op.increment();
    outbox.note(op.snapshot());
    op.complete();
    outbox.note(op.snapshot());
    expect(outbox.isEmpty).toBe(true);
    clock.advance(1_000);
    outbox.note(progress.start("job", { id: "a" }).snapshot());
    expect(told(outbox.take().args)).toEqual(["a O2: an"]);
    expect([outbox.claim("a", 3), outbox.open]).toEqual([true, 0]);
  });

  it("drops what waits of it", () => {
    const { outbox, progress } = box();
    const op = progress.start("job", { id: "a" });
    outbox.note(op.snapshot());
    outbox.take();
    op.increment();
    outbox.note(op.snapshot());
    outbox.claim("a", 2);
    expect(outbox.isEmpty).toBe(true);
  });
});

it("says with each write up to which end of a span Redis then knows", () => {
  const { outbox, progress, ended } = box();
  const op = progress.start("job", { id: "a" });
  ended(3);
  outbox.note(op.snapshot());
  ended(7);
  expect(outbox.take().confirms).toEqual([["a", 3]]);
});

it("writes at most a thousand operations, or half a megabyte, at once; the rest comes next", () => {
  const { outbox, progress } = box();
  for (let n = 0; n < 1_500; n++) outbox.note(progress.start("job", { id: `op${n}` }).snapshot());
  expect([outbox.take().count, outbox.take().count, outbox.take().count]).toEqual([1_000, 500, 0]);
  const text = "x".repeat(1_000);
  for (let n = 0; n < 1_000; n++) outbox.note(progress.start("job", { id: `long${n}`, description: text }).snapshot());
  const first = outbox.take().count;
  expect([first > 200, first < 600]).toEqual([true, true]);
});
