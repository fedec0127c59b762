// Random runs for properties: what users may do to an operation and the levels below it, in any order.

import fc from "fast-check";
import type { Level, LevelOptions, Operation } from "../../src/instrumentation/handles.js";
import type { Entry } from "../../src/state/entry.js";

export type Node = Operation | Level;
export interface Step {
  /** Which of the nodes so far, modulo their number. */
  readonly at: number;
  readonly verb: string;
  readonly n: number;
  readonly options: LevelOptions;
}
// Said more than once: comes more often.
const VERBS = [
  ...["level", "level", "level", "declare", "increment", "increment", "grow", "shrink", "forgetTotal", "percentage"],
  ...["itemFailed", "itemSkipped", "complete", "complete", "fail", "skip", "cancel", "newAttempt", "read"],
] as const;
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const levelOptions = fc.record({
  total: optional(fc.integer({ min: 1, max: 20 })),
  weight: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 1 }),
  unit: optional(fc.constantFrom("row", "By")),
});
const step: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(30),
  verb: fc.constantFrom(...VERBS),
  n: fc.nat(12),
  options: levelOptions,
});
export const KINDS = ["a", "b", "c"] as const;

export const randomSteps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 40 });

/** Does one step of a run to the tree of `nodes`; what has ended is left alone. */
function take(nodes: Node[], { at, verb, n, options }: Step): void {
  const node = nodes[at % nodes.length] as Level;
  const isRoot = at % nodes.length === 0;
  if ((node as unknown as Entry).outcome !== undefined) return;
  if (verb === "level") nodes.push(node.startLevel(KINDS[n % 3]!, options));
  else if (verb === "declare") node.declare(KINDS[n % 3]!, options);
  else if (verb === "increment") node.increment(n);
  else if (verb === "grow") node.setTotal((node.snapshot().total ?? 0) + n);
  else if (verb === "shrink") node.setTotal(n);
  else if (verb === "forgetTotal") node.setTotal(undefined);
  else if (verb === "percentage") node.update({ percentage: n * 8 });
  else if (verb === "itemFailed") node.itemFailed(undefined, n);
  else if (verb === "itemSkipped") node.itemSkipped(n);
  else if (verb === "newAttempt") node.newAttempt();
  else if (verb === "read") node.snapshot();
  else if (isRoot) return;
  else if (verb === "complete") node.complete();
  else if (verb === "fail") node.fail(new Error("no"));
  else if (verb === "skip") node.skip();
  else node.cancel();
}

/** Does `steps` to `root` and calls `after` with all nodes so far after each of them; gives `root` back. */
export function randomRun(steps: readonly Step[], root: Operation, after: (nodes: readonly Node[]) => void): Operation {
  const nodes: Node[] = [root];
  for (const each of steps) {
    take(nodes, each);
    after(nodes);
  }
  return root;
}
