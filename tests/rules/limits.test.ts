// Every limit: its default, its option, its variable, what happens at it and one beyond it, and what counts that. A limit
// without a row here fails.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { readSettings } from "../../src/instrumentation/options.js";
import { createProgress, type Progress } from "../../src/instrumentation/progress.js";
import type { LevelSnapshot } from "../../src/model.js";
import { Wire } from "../instrumentation/crossing/wire.js";
import { type Fill, filled, named, numbered, text } from "./filled.js";

afterEach(() => vi.unstubAllEnvs());

const docs = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
interface Limit {
  readonly variable: string;
  readonly fallback: number;
  readonly least: number;
  /** What one too many is counted as; undefined where nothing is lost. */
  readonly counter: string | undefined;
  readonly fill: Fill;
  /** How many one too many leaves: some drop more than one, to make room. @default as many as the limit */
  readonly beyond?: (limit: number) => number;
  /** `false` where that many would take the test too long. */
  readonly atDefault?: false;
}

const depthOf = ({ levels }: { readonly levels: readonly LevelSnapshot[] }): number =>
  levels.length === 0 ? 1 : 1 + depthOf(levels[0]!);

const LIMITS: Readonly<Record<string, Limit>> = {
  active: {
    variable: "PROGRESS_MAX_ACTIVE",
    fallback: 100_000,
    least: 0,
    counter: "operations_refused",
    fill: (progress, n) => {
      for (let at = 0; at < n; at++) progress.start("job");
      return progress.live.stats().active;
    },
  },
  finished: {
    variable: "PROGRESS_MAX_FINISHED",
    fallback: 1_000,
    least: 0,
    counter: undefined,
    fill: (progress, n) => {
      for (let at = 0; at < n; at++) progress.start("job").complete();
      return progress.live.list({ limit: Number.MAX_SAFE_INTEGER }).length;
    },
  },
  levelsPerOperation: {
    variable: "PROGRESS_MAX_LEVELS",
    fallback: 1_000,
    least: 0,
    counter: undefined,
    fill: (progress, n) => {
      const op = progress.start("job");
      for (let at = 0; at < n; at++) op.startLevel("part").complete();
      const { levels, droppedLevels = 0, counts } = op.snapshot();
      if (n > 0) expect([levels.length + droppedLevels, counts?.completed]).toEqual([n, n]);
      return levels.length;
    },
  },
  finishedLevels: {
    variable: "PROGRESS_MAX_FINISHED_LEVELS",
    fallback: 100_000,
    least: 0,
    counter: undefined,
    fill: (progress, n) => {
      for (let at = 0; at < n; at++) progress.operation("job", (op) => op.startLevel("part").complete());
      return progress.live.list().reduce((sum, { levels }) => sum + levels.length, 0);
    },
    atDefault: false,
  },
  openLevels: {
    variable: "PROGRESS_MAX_OPEN_LEVELS",
    fallback: 10_000,
    least: 0,
    counter: "levels_refused",
    fill: (progress, n) => {
      const op = progress.start("job");
      // Announced ones are open too.
      for (let at = 0; at < n; at++) at % 2 === 0 ? op.startLevel("part") : op.declare("part");
      return op.snapshot().levels.length;
    },
  },
  depth: {
    variable: "PROGRESS_MAX_DEPTH",
    fallback: 32,
    least: 1,
    counter: "levels_refused",
    fill: (progress, n) => {
      const op = progress.start("job");
      let at: Pick<Operation<never, string>, "startLevel"> = op;
      for (let depth = 1; depth < n; depth++) at = at.startLevel("part");
      return depthOf(op.snapshot());
    },
  },
  subscribers: {
    variable: "PROGRESS_MAX_SUBSCRIBERS",
    fallback: 100,
    least: 0,
    counter: "subscribers_refused",
    fill: async (progress, n) => {
      const heard = new Set<number>();
      for (let at = 0; at < n; at++) progress.subscribe(() => heard.add(at), { events: ["started"] });
      progress.start("job");
      await Promise.resolve();
      return heard.size;
    },
  },
  types: {
    variable: "PROGRESS_MAX_TYPES",
    fallback: 200,
    least: 1,
    counter: undefined,
    fill: async (progress, n, telemetry) => {
      for (const type of numbered(n)) progress.start(type, { id: type });
      // Beyond it a type keeps its name where it is shown, and shares its numbers.
      expect(progress.live.get(String(n - 1))?.type).toBe(String(n - 1));
      const active = (await telemetry.metrics()).filter(({ name }) => name === "progress.operation.active");
      const types = active.map(({ attributes }) => attributes["progress.operation.type"]);
      return types.filter((type) => type !== "other").length;
    },
  },
  levelSpans: {
    variable: "PROGRESS_MAX_LEVEL_SPANS",
    fallback: 1_000,
    least: 0,
    counter: undefined,
    fill: (progress, n, telemetry) => {
      progress.operation("job", (op) => {
        for (let at = 0; at < n; at++) op.level("part", () => {});
      });
      return telemetry.spans().filter(({ name }) => name === "part").length;
    },
  },
  writers: {
    variable: "PROGRESS_MAX_WRITERS",
    fallback: 1_000,
    least: 0,
    counter: "contributions_dropped",
    fill: (progress, n) => {
      const wire = new Wire();
      progress.addTransport(wire);
      const op = progress.start("job");
      op.carrier();
      for (let at = 0; at < n; at++) wire.tellOwner(op.id, { writer: String(at), parts: [{ current: 1 }] });
      return op.snapshot().current ?? 0;
    },
  },
  attributes: {
    variable: "PROGRESS_MAX_ATTRIBUTES",
    fallback: 64,
    least: 0,
    counter: "attributes_dropped",
    fill: (progress, n) => Object.keys(progress.start("job", { attributes: named(n) }).snapshot().attributes).length,
  },
  textLength: {
    variable: "PROGRESS_MAX_TEXT_LENGTH",
    fallback: 1_024,
    least: 16,
    counter: "text_clipped",
    fill: (progress, n) => {
      const op = progress.start("job");
      op.message(text(n));
      return op.snapshot().message!.length;
    },
  },
};

const { limits } = readSettings({}, {}, new Diagnostics({ warn() {} }));
const rows = Object.entries(LIMITS) as [keyof typeof limits, Limit][];

describe("the table", () => {
  it("has a row for every limit there is", () => {
    expect(Object.keys(LIMITS).sort()).toEqual(Object.keys(limits).sort());
  });

  it("is the one in the documentation", () => {
    const cells = docs.matchAll(/^\| `(\w+)` \| `(PROGRESS_MAX_\w+)` \| ([\d,]+) \|.*\|([^|]*)\|$/gm);
    const documented = [...cells].map(([, name, variable, fallback, counted]) => [
      name,
      variable,
      Number(fallback!.replaceAll(",", "")),
      counted!.match(/[a-z]+_[a-z_]+/g) ?? [],
    ]);
    const expected = rows.map(([name, { variable, fallback, counter }]) => [
      name,
      variable,
      fallback,
      // The depth is that of operations and levels together.
      name === "depth" ? ["operations_refused", "levels_refused"] : counter === undefined ? [] : [counter],
    ]);
    expect(documented.sort()).toEqual(expected.sort());
  });
});

describe.each(rows)("limits.%s", (name, { variable, fallback, least, counter, fill, beyond, atDefault }) => {
  const one = counter === undefined ? {} : { [counter]: 1 };
  const left = (limit: number) => beyond?.(limit) ?? limit;

  it("has its default", () => expect(limits[name]).toBe(fallback));

  it.runIf(atDefault !== false)(
    "by default holds that many, and one more is too many",
    async () => {
      expect(await filled({}, fill, fallback)).toEqual([fallback, {}]);
      expect(await filled({}, fill, fallback + 1)).toEqual([left(fallback), one]);
    },
    60_000,
  );

  it.each([least, least + 1, least + 2])("set to %d holds that many, and one more is too many", async (limit) => {
    const options = { limits: { [name]: limit } };
    expect(await filled(options, fill, limit)).toEqual([limit, {}]);
    expect(await filled(options, fill, limit + 1)).toEqual([left(limit), one]);
  });

  it("can be set by its variable, over which code wins", async () => {
    vi.stubEnv(variable, String(least + 1));
    expect(await filled({}, fill, least + 2)).toEqual([left(least + 1), one]);
    expect(await filled({ limits: { [name]: least + 2 } }, fill, least + 2)).toEqual([least + 2, {}]);
  });

  it("below its least it is refused at set-up", () => {
    expect(() => createProgress({ limits: { [name]: least - 1 } })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});

it("depth counts operations inside of operations as well", async () => {
  const nest = (progress: Progress, n: number): number =>
    n === 0
      ? 0
      : progress.operation(
          "job",
          (op) => ("core" in op && progress.getActive() === undefined ? 0 : 1) + nest(progress, n - 1),
        );
  expect(await filled({ limits: { depth: 3 } }, nest, 3)).toEqual([3, {}]);
  expect(await filled({ limits: { depth: 3 } }, nest, 4)).toEqual([3, { operations_refused: 1 }]);
});
