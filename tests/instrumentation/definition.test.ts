import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  defineOperation,
  type OperationOf,
  type StageOf,
  type StagesSpec,
} from "../../src/instrumentation/definition.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import type { Duration } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

/** Past the types, as from plain JavaScript. */
const define = (stages: unknown) => defineOperation("job", { stages: stages as Record<never, never> });
const refusal = (message: string) => expect.objectContaining({ code: "INVALID_OPTION", message });

const clip = defineOperation("video.clip", {
  stages: { queued: [0, 5], working: { range: [5, 90], label: "Working hard", unit: "frame" }, done: [90, 100] },
  levels: ["frame"],
  unit: "clip",
  stallTimeout: "2m",
  timeout: "1h",
});

describe("what is no definition", () => {
  it.each<[what: string, make: () => unknown, message: string]>([
    ["no name", () => defineOperation(undefined as unknown as string), "type: expected a name, received undefined"],
    ["an empty name", () => defineOperation(""), 'type: expected a name, received ""'],
    [
      "a stage that is a text",
      () => define({ a: "x" }),
      'job: stage a: expected a range, a weight or options, received "x"',
    ],
    [
      "a stage that is nothing",
      () => define({ a: null }),
      "job: stage a: expected a range, a weight or options, received null",
    ],
    [
      "a range of texts",
      () => define({ a: ["0", "100"] }),
      "job: stage a has a range that is not two numbers; expected percents such as [0, 25]",
    ],
    [
      "kinds that are a text",
      () => defineOperation("job", { levels: "frame" as unknown as string[] }),
      'levels: expected a list of kinds, or an object by kind, received "frame"',
    ],
  ])("is refused with what was expected: %s", (_what, make, message) => {
    expect(make).toThrow(refusal(message));
  });
});

it("a definition may be a name alone", () => {
  expect(defineOperation("job")).toMatchObject({ type: "job", stages: [], levels: [] });
});

describe("a definition with percent ranges", () => {
  it("is pure data: type, stages with labels and ranges, level kinds, limits", () => {
    expect(clip.type).toBe("video.clip");
    expect(clip.stages).toEqual([
      { name: "queued", label: "queued", from: 0, to: 5 },
      { name: "working", label: "Working hard", from: 5, to: 90 },
      { name: "done", label: "done", from: 90, to: 100 },
    ]);
    expect(clip.levels).toEqual(["frame"]);
    expect(clip.plan).toEqual({
      stages: clip.stages,
      unit: "clip",
      levels: new Set(["queued", "working", "done", "frame"]),
      limits: { stallTimeout: 120_000, timeout: 3_600_000, abandonAfter: undefined },
      weights: new Map(),
      units: new Map([["working", "frame"]]),
    });
  });

  it("is frozen, all of it", () => {
    expect([clip, clip.stages, clip.levels, clip.plan, ...clip.stages].every(Object.isFrozen)).toBe(true);
  });

  it("knows its stages at run time and by type", () => {
    expect(["queued", "frame", "toString", ""].map(clip.isStage)).toEqual([true, false, false, false]);
    expectTypeOf<StageOf<typeof clip>>().toEqualTypeOf<"queued" | "working" | "done">();
    expectTypeOf<OperationOf<typeof clip>>().toEqualTypeOf<Operation<"queued" | "working" | "done", "frame">>();
    expectTypeOf<OperationOf<"job">>().toEqualTypeOf<Operation<never, string>>();
  });

  it.each([
    ["a gap", { a: [0, 40], b: [50, 100] }, "job: stage b is [50, 100]; expected it to start at 40 and to end later"],
    [
      "an overlap",
      { a: [0, 60], b: [50, 100] },
      "job: stage b is [50, 100]; expected it to start at 60 and to end later",
    ],
    ["a late start", { a: [10, 100] }, "job: stage a is [10, 100]; expected it to start at 0 and to end later"],
    ["an early end", { a: [0, 90] }, "job: the stages end at 90; expected 100"],
    ["an end beyond 100", { a: [0, 120] }, "job: the stages end at 120; expected 100"],
    [
      "an empty stage",
      { a: [0, 0], b: [0, 100] },
      "job: stage a is [0, 0]; expected it to start at 0 and to end later",
    ],
    ["a backward stage", { a: [0, -5] }, "job: stage a is [0, -5]; expected it to start at 0 and to end later"],
    ["NaN", { a: [0, Number.NaN] }, "job: stage a is [0, NaN]; expected it to start at 0 and to end later"],
    [
      "ranges mixed with weights",
      { a: [0, 100], b: 2 },
      "job: stage b has no range, but others have; give every stage one, or none",
    ],
  ])("is refused with %s", (_what, stages, message) => {
    expect(() => define(stages)).toThrow(refusal(message));
  });

  it("any ranges that tile 0 to 100 are taken as they are", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (inner) => {
        const edges = [0, ...inner.sort((a, b) => a - b), 100];
        const ranges = edges.slice(1).map((to, n) => [`s${n}`, [edges[n]!, to]] as const);
        const { stages } = define(Object.fromEntries(ranges));
        expect(stages.map(({ name, from, to }) => [name, [from, to]])).toEqual(ranges);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a definition with weights", () => {
  it("shares 0 to 100 among them; one without a weight has 1", () => {
    const { stages } = define({ a: 2, b: { weight: 5, label: "B" }, c: {}, d: { label: "D" }, e: 1 });
    expect(stages).toEqual([
      { name: "a", label: "a", from: 0, to: 20 },
      { name: "b", label: "B", from: 20, to: 70 },
      { name: "c", label: "c", from: 70, to: 80 },
      { name: "d", label: "D", from: 80, to: 90 },
      { name: "e", label: "e", from: 90, to: 100 },
    ]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("is refused with the weight %d", (weight) => {
    const message = `job: stage a has weight ${weight}; expected a number above 0`;
    for (const stages of [{ a: weight }, { a: { weight } }]) expect(() => define(stages)).toThrow(refusal(message));
  });

  it("tiles 0 to 100 whatever the weights are", () => {
    const weight = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 20 }), (weights) => {
        const { stages } = define(Object.fromEntries(weights.map((value, n) => [`s${n}`, value])));
        expect(stages[0]!.from).toBe(0);
        expect(stages.at(-1)!.to).toBeCloseTo(100, 9);
        for (let n = 1; n < stages.length; n++) expect(stages[n]!.from).toBe(stages[n - 1]!.to);
        for (const stage of stages) expect(stage.to).toBeGreaterThanOrEqual(stage.from);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("level kinds", () => {
  it("may be a list, or an object with unit and weight for each", () => {
    const detailed = defineOperation("job", { levels: { song: { unit: "track", weight: 3 }, cover: {} } });
    expect(detailed.levels).toEqual(["song", "cover"]);
    expect(detailed.plan.units).toEqual(new Map([["song", "track"]]));
    expect(detailed.plan.weights).toEqual(new Map([["song", 3]]));
  });

  it("without any named, all are allowed", async () => {
    await using test = createTestProgress();
    const open = defineOperation("job", {});
    expect([open.stages, open.levels, open.plan.levels]).toEqual([[], [], undefined]);
    expect(test.progress.start(open).startLevel("whatever").snapshot().type).toBe("whatever");
  });

  it("one that is not declared is misuse, and is tracked all the same", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start(clip) as unknown as Operation;
    op.startLevel("frame");
    op.startLevel("queued");
    op.startLevel("scene");
    expect(op.snapshot().levels.map(({ type }) => type)).toEqual(["frame", "queued", "scene"]);
    expect(test.misuse()).toEqual(["UNKNOWN_LEVEL"]);
  });

  it("give their levels a unit and a weight", async () => {
    await using test = createTestProgress();
    const album = defineOperation("album", {
      levels: { song: { unit: "second", weight: 3 }, cover: { weight: 1 } },
      unit: "part",
    });
    const op = test.progress.start(album);
    const song = op.startLevel("song", { total: 2 });
    op.startLevel("cover");
    op.startLevel("song", { unit: "beat" });
    song.increment();
    const { unit, percentage, levels } = op.snapshot();
    expect([unit, levels.map((level) => level.unit)]).toEqual(["part", ["second", undefined, "beat"]]);
    expect(percentage).toBeCloseTo((100 * 3 * 0.5) / 7, 4);
  });
});

describe("limits", () => {
  it("are checked when the operation is defined", () => {
    expect(() => defineOperation("job", { timeout: "1 hour" as Duration })).toThrow(
      "job: timeout: expected milliseconds",
    );
  });

  it("hold for the type by name too, once an instance has the definition", async () => {
    await using test = createTestProgress({ strict: false, definitions: [clip] });
    const op = test.progress.start("video.clip", { id: "a" });
    await test.advance("1h");
    expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  });
});

it("a spec may be passed on by its type", () => {
  const stages = { a: 1, b: { weight: 2 } } satisfies StagesSpec;
  expect(defineOperation("job", { stages }).stages.map(({ name }) => name)).toEqual(["a", "b"]);
});
