import { describe, expect, it } from "vitest";
import type { ProgressError } from "../../src/errors.js";
import type { Level } from "../../src/instrumentation/handles.js";
import type { LevelStatus } from "../../src/model.js";
import { isTerminal, mayBecome } from "../../src/state/transitions.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

/** Row: from; column: to, in the same order. Written out a second time on purpose. */
const STATUSES: readonly LevelStatus[] = [
  "pending",
  "running",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "lost",
];
const TABLE: Readonly<Record<LevelStatus, string>> = {
  //          pe ru pa co fa ca sk lo
  pending: "   -  x  -  -  -  x  x  -",
  running: "   -  -  x  x  x  x  x  x",
  paused: "    -  x  -  x  x  x  x  x",
  completed: " -  -  -  -  -  -  -  -",
  failed: "    -  -  -  -  -  -  -  -",
  cancelled: " -  -  -  -  -  -  -  -",
  skipped: "   -  -  -  -  -  -  -  -",
  lost: "      -  -  -  -  -  -  -  -",
};
const pairs = STATUSES.flatMap((from) => {
  const marks = TABLE[from].trim().split(/ +/);
  return STATUSES.map((to, column) => [from, to, marks[column] === "x"] as const);
});

describe("mayBecome", () => {
  it("the table names every pair of statuses", () => {
    expect([pairs.length, Object.keys(TABLE)]).toEqual([64, STATUSES]);
  });

  it.each(pairs)("%s → %s is allowed: %s", (from, to, allowed) => {
    expect(mayBecome(from, to)).toBe(allowed);
  });
});

describe("isTerminal", () => {
  it.each(STATUSES)("%s is terminal exactly when nothing may follow it", (status) => {
    expect(isTerminal(status)).toBe(!TABLE[status].includes("x"));
  });
});

// ── the same table, driven through handles ──

const VERBS = ["start", "pause", "resume", "complete", "fail", "cancel", "skip", "newAttempt", "dispose"] as const;
type Verb = (typeof VERBS)[number];
/** A level or operation that can be brought into any status it may have, by the verbs of users alone. */
interface Subject {
  readonly handle: Level;
  /** Of the declared level; an operation has none. */
  start(): void;
  /** Ends it from above. */
  close(): void;
}
const WAYS: Readonly<Record<string, (subject: Subject) => void>> = {
  pending: () => {},
  running: ({ start }) => start(),
  paused: ({ start, handle }) => [start(), handle.pause("lunch")],
  completed: ({ start, handle }) => [start(), handle.complete("sum")],
  failed: ({ start, handle }) => [start(), handle.fail(new Error("x"))],
  cancelled: ({ start, handle }) => [start(), handle.cancel("enough")],
  skipped: ({ start, handle }) => [start(), handle.skip("cached")],
  closed: ({ start, close }) => [start(), close()],
  closedEarly: ({ close }) => close(),
};

/** The misuse that a verb is, as the tables have it. */
const MISUSE: Readonly<Record<string, string>> = { wrong: "INVALID_TRANSITION", over: "ENDED" };
/**
 * What a verb does in a status: the status that follows, or the misuse that it is, or "." for nothing at all, or "late" for
 * nothing but a count of late calls. What refuses, ignores or counts leaves the snapshot as it was.
 */
const LEVELS: Readonly<Record<string, string>> = {
  //             start   pause  resume  complete  fail   cancel    skip    newAttempt dispose
  pending: "     running over   over    wrong     wrong  cancelled skipped over       wrong",
  running: "     .       paused wrong   completed failed cancelled skipped running    failed!",
  paused: "      .       wrong  running completed failed cancelled skipped paused     failed!",
  completed: "   .       over   over    .         .      .         .       over       .",
  failed: "      .       over   over    .         .      .         .       over       .",
  cancelled: "   .       over   over    .         .      .         .       over       .",
  skipped: "     .       over   over    .         .      .         .       over       .",
  closed: "      .       late   late    .         .      .         .       late       .",
  closedEarly: " .       late   late    .         .      .         .       late       .",
};
const OPERATIONS: Readonly<Record<string, string>> = {
  //             start   pause  resume  complete  fail   cancel    skip    newAttempt dispose
  running: "     .       paused wrong   completed failed cancelled wrong   running    failed!",
  paused: "      .       wrong  running completed failed cancelled wrong   paused     failed!",
  completed: "   .       over   over    .         .      .         .       over       .",
  failed: "      .       over   over    .         .      .         .       over       .",
  cancelled: "   .       over   over    .         .      .         .       over       .",
};
const cellsOf = (table: Readonly<Record<string, string>>) =>
  Object.entries(table).flatMap(([from, row]) => {
    const cells = row.trim().split(/ +/);
    expect(cells).toHaveLength(VERBS.length);
    return VERBS.map((verb, column) => [from, verb, cells[column]!] as const);
  });

function levelOf({ progress }: TestProgress): Subject {
  const op = progress.start("job");
  const pending = op.declare("part", { id: "p", total: 4 });
  return { handle: op.getLevel("p")!, start: () => pending.start(), close: () => op.complete() };
}
function operationOf({ progress }: TestProgress): Subject {
  // At run time the class has all verbs; the types of an operation leave `skip` out.
  const handle = progress.start("job", { total: 4 }) as unknown as Level;
  return { handle, start: () => {}, close: () => {} };
}
function call({ handle, start }: Subject, verb: Verb): void {
  if (verb === "start") start();
  else if (verb === "dispose") handle[Symbol.dispose]();
  else if (verb === "fail") handle.fail(new Error("called"));
  else handle[verb]("called");
}

/** Brings a subject into `from`, calls `verb`, and gives everything that came of it. */
async function driven(make: (test: TestProgress) => Subject, from: string, verb: Verb, strict: boolean) {
  await using test = createTestProgress({ strict });
  const subject = make(test);
  WAYS[from]!(subject);
  await test.advance("100ms");
  const before = subject.handle.snapshot();
  const told = test.events.length;
  let thrown: unknown;
  try {
    call(subject, verb);
  } catch (error) {
    thrown = (error as ProgressError).code;
  }
  const after = subject.handle.snapshot();
  const { losses } = test.progress.live.stats();
  await test.advance(0);
  return { before, after, thrown, codes: test.misuse(), losses, told: test.events.length - told };
}

describe.each([
  ["level", levelOf, cellsOf(LEVELS)],
  ["operation", operationOf, cellsOf(OPERATIONS)],
] as const)("the verbs of a handle: %s", (_what, make, cells) => {
  it.each(cells)("%s, %s → %s", async (from, verb, expected) => {
    for (const strict of [true, false]) {
      const { before, after, thrown, codes, losses, told } = await driven(make, from, verb, strict);
      const misuse = MISUSE[expected];
      if (misuse !== undefined || expected === "." || expected === "late") {
        expect(after).toEqual(before);
        expect(told).toBe(0);
      } else {
        expect(after.status).toBe(expected.replace("!", ""));
        expect(after.attempt).toBe(verb === "newAttempt" ? 2 : 1);
        expect(told).toBe(verb === "newAttempt" ? 0 : 1);
      }
      expect(codes).toEqual(misuse === undefined ? [] : [misuse]);
      expect(thrown).toBe(strict ? misuse : undefined);
      const counted = { ".": {}, late: { late_updates: 1 } }[expected] ?? {};
      // `dispose` of what nobody ended is an end, and misuse that never throws: it would hide the error that left the block.
      expect(losses).toEqual((misuse !== undefined && !strict) || expected === "failed!" ? { misuse: 1 } : counted);
    }
  });

  it("the table and the one of all statuses say the same", () => {
    const TO: Partial<Record<Verb, LevelStatus>> = {
      start: "running",
      pause: "paused",
      resume: "running",
      complete: "completed",
      fail: "failed",
      cancel: "cancelled",
      skip: "skipped",
      dispose: "failed",
    };
    const reached = cells.filter(([from, verb]) => from in TABLE && TO[verb] !== undefined);
    for (const [from, verb, expected] of reached) {
      const to = TO[verb]!;
      if (verb === "start" && from !== "pending") continue; // a second start is the same level
      if (verb === "resume" && from === "pending") continue; // what has not begun is started, not resumed
      if (verb === "skip" && make === operationOf) continue; // operations are never skipped
      expect([from, verb, expected.replace("!", "") === to]).toEqual([from, verb, mayBecome(from as LevelStatus, to)]);
    }
    expect(reached.length).toBe(new Set(cells.map(([from]) => from).filter((from) => from in TABLE)).size * 8);
  });
});
