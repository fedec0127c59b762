// The whole of the roll-up against a plain model of its rules, after every step of any run.

import fc from "fast-check";
import { describe } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { rollUp } from "../../src/rollup.js";
import * as model from "./model.js";
import { holds } from "./property.js";
import { cases, type Pair, runTree, type TreeRun } from "./tree-run.js";

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;
const say = (value: unknown): string => JSON.stringify(value, (key, each) => (key === "parent" ? undefined : each));

function sameRaw({ real, plain }: Pair, run: TreeRun, failing: boolean): void {
  const is = rollUp(real, failing);
  const must = model.roll(plain, run.past, failing);
  const same =
    near(is.floor, must.fraction ?? 0) && near(is.coverage, must.coverage) && is.estimated === must.estimated;
  if (!same) throw new Error(`${failing ? "about to fail " : ""}${say(is)}, expected ${say(must)} of ${say(plain)}`);
}

function sameShown({ real, plain }: Pair, run: TreeRun): void {
  const { percentage, current, total, overrun, coverage, estimated, revised, status, attempt } =
    real.snapshot() as Snapshot;
  const must = model.readAll(plain, run.past);
  const raw = model.roll(plain, run.past);
  const open = !model.ended(plain);
  const raised = model.raisedTotal(plain);
  const expected = {
    percentage: must,
    current: plain.current > 0 || plain.total !== undefined ? model.doneOf(plain) : undefined,
    total: raised,
    overrun: plain.total !== undefined && raised! > plain.total ? true : undefined,
    coverage: must !== undefined && raw.coverage < 1 && open ? raw.coverage : undefined,
    estimated: must !== undefined && plain.shownGuess && plain.status !== "completed" ? true : undefined,
    revised: open && raw.fraction !== undefined && model.percent(raw.fraction) < must! ? true : undefined,
    status: plain.status,
    attempt: plain.attempt,
  };
  const is = { percentage, current, total, overrun, coverage, estimated, revised, status, attempt };
  for (const [key, value] of Object.entries(expected)) {
    const one = is[key as keyof typeof is];
    const same = typeof one === "number" && typeof value === "number" ? Math.abs(one - value) < 2e-6 : one === value;
    if (!same) throw new Error(`${key}: ${say(one)}, expected ${say(value)} of ${say(plain)}`);
  }
}

describe("the roll-up and its plain model", () => {
  holds(
    "rules 1 to 9 and 12",
    "raw fraction, coverage and what is shown are those of the model after every step",
    20_000,
    fc.property(cases(30), (given) => {
      runTree(given, (run, touched, step) => {
        for (const pair of run.pairs) sameRaw(pair, run, false);
        if (touched.plain.final === undefined) sameRaw(touched, run, true);
        if (step === undefined || step.verb === "read") sameShown(touched, run);
        if (step === given.steps.at(-1)) for (const pair of run.pairs) sameShown(pair, run);
      });
    }),
  );
});
