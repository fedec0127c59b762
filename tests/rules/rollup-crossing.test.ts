// Rule 10 with whole carriers: several instances work for one operation, and what they say of it is lost, repeated and reordered on
// the way. In the end the owner knows exactly what they did, as if they had all worked in its process.

import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Level, Scope } from "../../src/instrumentation/handles.js";
import type { LevelSnapshot, Snapshot } from "../../src/model.js";
import { memberOf, Wire } from "../instrumentation/crossing/wire.js";
import { holds, must } from "./property.js";

const WRITERS = ["a", "b", "c"] as const;
/** Fractions too: what is counted may be hours. */
const amount = fc.oneof(
  fc.nat(20),
  fc.nat(100).map((n) => n / 10),
);
const step = fc.record({
  writer: fc.constantFrom(...WRITERS),
  what: fc.constantFrom("increment", "set", "fail", "skip", "begin", "work", "end", "shared", "say", "rest", "tick"),
  n: amount,
  at: fc.nat(5),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What becomes of each message: when it arrives, if it does, and when it arrives once more. */
const fate = fc.record({ lost: fc.boolean(), delay: fc.nat(30), again: fc.option(fc.nat(60), { nil: undefined }) });
type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never;

interface Worker {
  readonly scope: Scope;
  readonly shared: Scope;
  readonly levels: Level[];
  begun: number;
}

/** Does one step of the work, wherever the scopes lead. */
function work(worker: Worker, name: string, { what, n, at }: Step): void {
  const { scope, shared, levels } = worker;
  const level = levels[at % Math.max(1, levels.length)];
  if (what === "increment") scope.increment(n);
  else if (what === "fail") scope.itemFailed(undefined, n);
  else if (what === "skip") scope.itemSkipped(n);
  else if (what === "shared") shared.increment(n);
  else if (what === "say") scope.update({ message: `${name} ${n}`, attributes: { [`a${at % 2}`]: n } });
  else if (what === "begin" && levels.length < 6) {
    const parent = at % 3 === 0 && level?.signal.aborted === false ? level : scope;
    const id = `${name}${++worker.begun}`;
    levels.push(parent.startLevel("part", n > 10 ? { id, total: n } : { id }));
  } else if (what === "work") level?.increment(n);
  else if (what === "end" && level !== undefined) {
    levels.splice(levels.indexOf(level), 1);
    if (at === 0) level.fail(new Error("no"));
    else if (at === 1) level.skip();
    else level.complete();
  }
}

/** What the owner shows, without times, and in an order that does not depend on who came first. */
function shown(snapshot: Snapshot | LevelSnapshot): unknown {
  const { current, failedItems, skippedItems, message, attributes, status, total, levels } = snapshot;
  const counts = (snapshot as Snapshot).counts;
  const below = levels.map((level) => [level.id, shown(level)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return { current, failedItems, skippedItems, message, attributes, status, total, counts, below };
}

function run(steps: readonly Step[], fates: readonly Fate[], direct: boolean): unknown {
  const wire = new Wire();
  wire.direct = direct;
  const owner = memberOf(wire, "owner");
  const op = owner.progress.start("import", { id: "job", total: 500 });
  const shared = op.startLevel("shared", { id: "shared", total: 100 });
  const [carrier, sharedCarrier] = [op.carrier(), shared.carrier()];
  const members = new Map(WRITERS.map((name) => [name as string, memberOf(wire, name)]));
  const workers = new Map<string, Worker>();
  const leave: (() => void)[] = [];
  for (const [name, { progress }] of members) {
    const staying = (scope: Scope) => new Promise<Scope>((resolve) => leave.push(() => resolve(scope)));
    let [own, other]: (Scope | undefined)[] = [];
    void progress.join(carrier, (scope) => staying((own = scope)));
    void progress.join(sharedCarrier, (scope) => staying((other = scope)));
    workers.set(name, { scope: own!, shared: other!, levels: [], begun: 0 });
  }
  const due: { readonly at: number; readonly text: string }[] = [];
  let messages = 0;
  let highest = 0;
  const pass = (now: number): void => {
    for (const text of wire.sent.splice(0)) {
      const { lost, delay, again } = fates[messages++ % fates.length]!;
      if (!lost) due.push({ at: now + delay, text });
      if (again !== undefined) due.push({ at: now + again, text });
    }
    const arrived = due.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const message of arrived) due.splice(due.indexOf(message), 1);
    wire.deliver(arrived.map(({ text }) => text));
    const { percentage = 0 } = op.snapshot();
    must(percentage >= highest, `percentage fell from ${highest} to ${percentage}`);
    highest = percentage;
  };
  steps.forEach((each, now) => {
    const worker = workers.get(each.writer)!;
    if (each.what === "tick") for (const member of members.values()) member.tick();
    else work(worker, each.writer, each);
    if (each.at < 4) members.get(each.writer)!.tick();
    if (!direct) pass(now);
  });
  // Each says once more how it is; what was still under way comes after that, and all of it may come again.
  const late = [...due, ...due].map(({ text }) => text);
  wire.direct = true;
  wire.resend();
  wire.deliver(late);
  return shown(op.snapshot());
}

describe("work of several instances for one operation", () => {
  holds(
    10,
    "comes to the same whatever is lost, repeated and reordered on the way, and its percentage never falls",
    300,
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(fate, { minLength: 20, maxLength: 20 }), (steps, fates) => {
      expect(run(steps, fates, false)).toEqual(run(steps, fates, true));
    }),
  );
});
