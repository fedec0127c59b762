import { describe, expect, it } from "vitest";
import { Entry, Extra } from "../../src/state/entry.js";
import { Kind, Tally } from "../../src/state/kind.js";
import { createTestProgress } from "../../src/testing.js";

const entry = (id: string, parent?: Entry) =>
  new Entry(
    new Float64Array(2),
    new Kind("job", parent === undefined ? undefined : "part", new Tally()),
    id,
    parent,
    undefined,
    undefined,
  );

describe("Entry", () => {
  it("before it began has no numbers", () => {
    const { current, total, started, offset, moved, changed, status } = entry("a");
    expect({ current, total, started, offset, moved, changed, status }).toEqual({
      current: 0,
      total: Number.NaN,
      started: Number.NaN,
      offset: 0,
      moved: Number.NaN,
      changed: 0,
      status: "pending",
    });
  });

  it("knows its operation and how deep it is", () => {
    const operation = entry("a");
    const inner = entry("c", entry("b", operation));
    expect([operation, inner].map(({ isOperation, depth }) => [isOperation, depth])).toEqual([
      [true, 0],
      [false, 2],
    ]);
    expect([operation.operation, inner.operation]).toEqual([operation, operation]);
  });

  it("a nested operation is its own operation", () => {
    const outer = entry("a");
    const inner = new Entry(new Float64Array(1), outer.kind, "b", outer, "Name", "row");
    expect([inner.operation, inner.depth, inner.name, inner.unit]).toEqual([inner, 1, "Name", "row"]);
  });

  it("what is rarely needed is made when it is first written, once", () => {
    const one = entry("a");
    expect(one.extra).toBeUndefined();
    const { more } = one;
    expect([more instanceof Extra, one.more === more, one.extra === more, more.attempt]).toEqual([true, true, true, 1]);
  });

  it("the time of work leaves pauses out, and stands still while paused and after the end", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const worked = () => (op as unknown as Entry).workMillis(test.clock.monotonicMillis());
    const seen: number[] = [];
    for (const step of [() => op.pause(), () => op.resume(), () => op.pause(), () => op.complete(), () => {}]) {
      await test.advance("1s");
      seen.push(worked());
      step();
    }
    expect(seen).toEqual([1_000, 1_000, 2_000, 2_000, 2_000]);
    expect((op as unknown as Entry).workMillis(-1)).toBe(2_000);
  });
});
