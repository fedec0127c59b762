// What each granularity emits of one and the same run: spans, span events, callbacks, exports. And that the live state knows
// everything at all of them.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Granularity } from "../../src/granularity.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Snapshot } from "../../src/model.js";
import { createTestProgress, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

const clip = defineOperation("clip", { stages: { load: [0, 50], render: [50, 100] } });

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

interface Run {
  readonly snapshot: Snapshot;
  readonly exported: readonly string[];
  readonly heard: readonly string[];
}

/** Stages, levels, messages, a pause, a stall, an attempt, an event of one's own and a failure. */
async function run(granularity: Granularity | undefined): Promise<Run> {
  await using test = createTestProgress({ granularity, stallTimeout: "2s" });
  const exported: string[] = [];
  test.progress.addExporter({
    export: (changed) => {
      for (const { status } of changed) exported.push(status);
    },
  });
  const op = test.progress.start(clip, { id: "a" });
  op.newAttempt("again");
  op.enterStage("load");
  const part = op.startLevel("part", { id: "p" });
  const frame = op.getLevel("1")!.startLevel("frame", { id: "f" });
  op.message("loading");
  part.increment();
  frame.complete();
  await test.advance("1s");
  op.event("own");
  op.pause("lunch");
  op.resume();
  op.enterStage("render");
  await test.advance("3s");
  op.update({ percentage: 80 });
  await test.advance("1s");
  part.fail(new Error("part"));
  op.fail(new Error("all"));
  await test.progress.forceFlush();
  const heard = test.events.map(({ event, level }) => (level === undefined ? event : `${level.type} ${event}`));
  return { snapshot: test.progress.live.get("a")!, exported, heard };
}

const spans = () => telemetry.spans().map(({ name }) => name);
const eventsOf = (name: string) =>
  telemetry
    .spans()
    .find((span) => span.name === name)!
    .events.map((event) => event.name);
const updates = () =>
  telemetry
    .spans()
    .at(-1)!
    .events.filter(({ name }) => name === "progress.update")
    .map(({ attributes = {} }) => Object.keys(attributes).filter((key) => /message|stage/.test(key)));

const ATTENTION = [
  "progress.attempt",
  "own",
  "progress.status",
  "progress.status",
  "progress.stalled",
  "progress.recovered",
];

describe("the spans of a run", () => {
  it("basic: the operation, with what needs attention", async () => {
    await run("basic");
    expect([spans(), eventsOf("clip").sort()]).toEqual([["clip"], [...ATTENTION, "exception"].sort()]);
  });

  it("standard: and its updates, without message and stage", async () => {
    await run("standard");
    expect([
      spans(),
      eventsOf("clip")
        .filter((name) => name !== "progress.update")
        .sort(),
    ]).toEqual([["clip"], [...ATTENTION, "exception"].sort()]);
    expect(updates()).toEqual([[], [], [], [], []]);
  });

  it("detailed: and stages as spans of their own, and what updates say of message and stage", async () => {
    await run("detailed");
    expect([spans(), updates()]).toEqual([
      ["load", "render", "clip"],
      [[], ...Array(4).fill(["progress.message", "progress.stage"])],
    ]);
  });

  it.each(["verbose", undefined] as const)("%s: and every level", async (granularity) => {
    await run(granularity);
    expect(spans().sort()).toEqual(["clip", "frame", "load", "part", "render"]);
    expect(updates().length).toBe(5);
  });

  it("what starts inside of a level without a span hangs under the nearest that has one", async () => {
    await using test = createTestProgress({ granularity: "detailed" });
    test.progress.operation("outer", () => {
      test.progress.getActive()!.level("part", () => test.progress.operation("inner", () => {}));
    });
    const [inner, outer] = telemetry.spans();
    expect([inner!.name, inner!.parentSpanContext?.spanId]).toEqual(["inner", outer!.spanContext().spanId]);
  });

  it("a level named like a stage is none when it is not the operation's own", async () => {
    await using test = createTestProgress({ granularity: "detailed" });
    test.progress.operation(clip, (op) => op.stage("load", (stage) => stage.level("load", () => {})));
    test.progress.operation("plain", (op) => op.level("load", () => {}));
    expect(spans()).toEqual(["load", "clip", "plain"]);
  });

  it("a nested operation has its span at every granularity", async () => {
    await using test = createTestProgress({ granularity: "basic" });
    test.progress.operation("outer", () => test.progress.operation("inner", () => {}));
    expect(spans()).toEqual(["inner", "outer"]);
  });
});

describe("the callbacks of a run", () => {
  const OWN = ["started", "stage", "stage", "paused", "resumed", "stalled", "recovered", "updated", "failed"];
  const without = (all: readonly string[], ...names: string[]) => all.filter((name) => !names.includes(name));
  const told = async (granularity: Granularity) => [...new Set((await run(granularity)).heard)].sort();

  it.each([
    ["basic", without(OWN, "updated", "stage")],
    ["standard", without(OWN, "stage")],
    ["detailed", OWN],
  ] as const)("%s", async (granularity, expected) => {
    expect(await told(granularity)).toEqual([...new Set(expected)].sort());
  });

  it("verbose", async () => {
    const levels = ["load started", "load completed", "part started", "part failed", "frame started"];
    const more = ["frame completed", "render started", "render cancelled"];
    expect(await told("verbose")).toEqual([...new Set([...OWN, ...levels, ...more])].sort());
  });
});

describe("the exports of a run", () => {
  it("basic: what needs attention, each once", async () => {
    const { exported } = await run("basic");
    expect(exported).toEqual(["running", "running", "running", "failed"]);
  });

  it.each(["standard", "detailed", "verbose"] as const)(
    "%s: every change, at most once per tick",
    async (granularity) => {
      const { exported } = await run(granularity);
      expect(exported).toEqual([...Array(4).fill("running"), "failed"]);
    },
  );
});

it("the live state is the same at all of them", async () => {
  const all = await Promise.all((["basic", "standard", "detailed", "verbose"] as const).map(run));
  const plain = all.map(({ snapshot: { traceId: _trace, spanId: _span, ...snapshot } }) => snapshot);
  for (const snapshot of plain) expect(snapshot).toEqual(plain[0]);
  expect([plain[0]!.stage, plain[0]!.message, plain[0]!.levels.length]).toEqual(["render", "loading", 3]);
});
