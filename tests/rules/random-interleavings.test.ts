// Whatever is done to operations and the levels below them, in whatever order: what must stay true.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import type { Handle } from "../../src/instrumentation/handle.js";
import type { PendingLevel } from "../../src/instrumentation/handles.js";
import { NoopHandle } from "../../src/instrumentation/no-op.js";
import { isTerminal } from "../../src/state/transitions.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

const VERBS = [
  ...[
    "level",
    "level",
    "nested",
    "nested",
    "detached",
    "declare",
    "startDeclared",
    "skipDeclared",
    "increment",
    "increment",
  ],
  ...["complete", "complete", "fail", "cancel", "skip", "dispose", "pause", "pause", "resume", "newAttempt"],
  ...["requestCancel", "wait", "waitLong", "clearHistory", "percentage", "heartbeat"],
] as const;
interface Step {
  readonly at: number;
  readonly verb: (typeof VERBS)[number];
}
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ at: fc.nat(12), verb: fc.constantFrom(...VERBS) }), {
  maxLength: 40,
});
const reactions = fc.oneof(fc.constant([]), steps);

/** A handle, its signal as it was read at its start, and what was asked of it. */
interface Node {
  readonly handle: Handle;
  readonly signal: AbortSignal;
  /** What must have aborted the signal by now. */
  asked: boolean;
  /** What it looked like when it had ended, its parts aside. */
  ended: string | undefined;
}

class Run {
  readonly test: TestProgress;
  readonly nodes: Node[] = [];
  readonly pending: PendingLevel[] = [];

  /** What those who listen to the signals do when they abort, one after the other. */
  readonly reactions: Step[];

  constructor(test: TestProgress, reactions: readonly Step[]) {
    this.test = test;
    this.reactions = [...reactions];
    this.#add(test.progress.start("job", { timeout: "1h" }) as unknown as Handle);
  }

  take({ at, verb }: Step): void {
    const handle = this.#target(at);
    const { progress, clock } = this.test;
    const scopes = coreOf(progress).scopes;
    if (verb === "level") this.#add(handle.startLevel("part") as unknown as Handle);
    else if (verb === "nested" || verb === "detached") {
      const options = { detached: verb === "detached", abandonAfter: "30m" } as const;
      this.#add(scopes.run(handle, () => progress.start("nested", options)) as unknown as Handle);
    } else if (verb === "declare") this.pending.push(handle.declare("part"));
    else if (verb === "startDeclared") this.#add(this.pending.shift()?.start() as unknown as Handle);
    else if (verb === "skipDeclared") this.pending.shift()?.skip();
    else if (verb === "dispose") handle[Symbol.dispose]();
    else if (verb === "wait") clock.advance(250);
    else if (verb === "waitLong") {
      clock.block(25 * 60_000);
      clock.advance(100);
    } else if (verb === "clearHistory") progress.live.clearHistory();
    else if (verb === "percentage") handle.update({ percentage: 40 });
    else if (verb === "requestCancel") this.#request(handle);
    else handle[verb as "complete"]();
  }

  /** One that is open, most of the time; there always is one. */
  #target(at: number): Handle {
    const isOpen = ({ handle }: Node) => !isTerminal(handle.status);
    if (!this.nodes.some(isOpen)) this.#add(this.test.progress.start("job") as unknown as Handle);
    const among = at < 11 ? this.nodes.filter(isOpen) : this.nodes;
    return among[at % among.length]!.handle;
  }

  #add(handle: Handle | undefined): void {
    if (handle === undefined || handle instanceof NoopHandle || this.nodes.some((node) => node.handle === handle))
      return;
    if (isTerminal(handle.status)) return;
    const node = { handle, signal: handle.signal, asked: false, ended: undefined };
    node.asked = node.signal.aborted;
    node.signal.addEventListener("abort", () => {
      const reaction = this.reactions.shift();
      if (reaction !== undefined) this.take(reaction);
    });
    this.nodes.push(node);
  }

  #request(handle: Handle): void {
    if (!handle.isOperation) return;
    for (const node of this.nodes)
      if (!isTerminal(handle.status) && !isTerminal(node.handle.status) && isWithin(node.handle, handle))
        node.asked = true;
    handle.requestCancel("asked");
  }
}

function isWithin(inner: Handle, outer: Handle): boolean {
  for (let at: Handle["parent"] | Handle = inner; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}
/** The fields that stay: parts of it may still be folded, nested operations may still end. */
function lasting(handle: Handle): unknown {
  const { levels: _levels, droppedLevels: _dropped, counts: _counts, ...rest } = handle.snapshot();
  return rest;
}

/** What is wrong, in words; compared by hand, since this runs after every step. */
function wrong({ test, nodes, pending }: Run, reacting: boolean): string[] {
  const { state } = coreOf(test.progress);
  const open = nodes.filter(({ handle }) => !isTerminal(handle.status)).map(({ handle }) => handle);
  const operations = open.filter(({ isOperation }) => isOperation);
  const found: string[] = [];
  const same = (what: string, is: unknown, expected: unknown) => {
    if (is !== expected) found.push(`${what} is ${is}, not ${expected}`);
  };
  const idsOf = (entries: Iterable<{ readonly id: string }>) =>
    [...entries]
      .map(({ id }) => id)
      .sort()
      .join();
  same("active", test.progress.live.stats().active, operations.length);
  same(
    "live slots",
    state.slabs.reduce((sum, { live }) => sum + live, 0),
    open.length,
  );
  same("active ids", idsOf(state.active()), idsOf(operations));
  for (const { handle, signal, asked } of nodes) {
    const { id, status } = handle;
    same(`slot of ${id}`, handle.slab === undefined, isTerminal(status));
    same(`outcome of ${id}`, handle.outcome !== undefined, isTerminal(status));
    // A reaction may end what the request would have reached next.
    if (!reacting) same(`signal of ${id}`, signal.aborted, asked || status === "failed" || status === "cancelled");
    if (!handle.isOperation && !isTerminal(status))
      same(`parent of ${id} ended`, isTerminal(handle.parent!.status), false);
    if (!(handle.snapshot().elapsedSeconds >= 0)) found.push(`time of ${id} is ${handle.snapshot().elapsedSeconds}`);
  }
  for (const node of nodes) {
    if (!isTerminal(node.handle.status)) continue;
    const now = JSON.stringify(lasting(node.handle));
    same(`end of ${node.handle.id}`, now, (node.ended ??= now));
  }
  for (const operation of operations) {
    const levels = open.filter((handle) => !handle.isOperation && handle.operation === operation).length;
    const declared = new Set(pending.map(({ id }) => operation.getLevel(id)).filter((level) => level !== undefined));
    const waiting = [...declared].filter((level) => (level as Handle).status === "pending").length;
    same(`open levels of ${operation.id}`, operation.extra?.openLevels ?? 0, levels + waiting);
  }
  return found;
}

describe("in any order of what users may do", () => {
  it.each([
    ["with room for all", {}],
    ["with hardly any room", { levelsPerOperation: 1, finished: 1, openLevels: 3, depth: 4 }],
  ] as const)(
    "counts, parents, signals and ends agree, nothing throws, and in the end nothing is left: %s",
    async (_how, limits) => {
      await fc.assert(
        fc.asyncProperty(steps, reactions, async (taken, reacting) => {
          await using test = createTestProgress({ strict: false, limits });
          const run = new Run(test, reacting);
          for (const step of taken) {
            run.take(step);
            if (wrong(run, reacting.length > 0).length > 0) break;
          }
          expect(wrong(run, reacting.length > 0)).toEqual([]);
          for (const { handle } of run.nodes) if (handle.isOperation) handle.complete();
          expect(wrong(run, reacting.length > 0)).toEqual([]);
          expect(test.progress.live.stats().active).toBe(0);
          expect(coreOf(test.progress).state.slabs.map(({ live }) => live)).toEqual([0]);
          expect(test.progress.live.stats().losses).not.toHaveProperty("internal_errors");
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );
});
