// What every OperationSource promises, by what it says it can do. Run on each of them: what is written on one side is asked
// for on the other.

import { describe, expect, it } from "vitest";
import type { Progress } from "../../src/index.js";
import type { Change, Filter, LevelSnapshot, ListOptions, OperationSource, Snapshot } from "../../src/model.js";
import { eventually } from "./eventually.js";

export interface Subject extends AsyncDisposable {
  readonly source: OperationSource;
  /** Where the work is. Its time stands still but for `advance`. */
  readonly progress: Progress;
  /** Lets time pass for the work. What it leads to may arrive later. */
  advance(millis: number): Promise<void>;
  /** What was written is where the source looks for it; at once, where this is absent. */
  readonly arrive?: () => Promise<void>;
}
export interface ContractOptions {
  /** What of a snapshot must be the same on both sides. @default everything */
  readonly comparable?: (snapshot: Snapshot) => unknown;
}

const ids = (snapshots: readonly Snapshot[]) => snapshots.map(({ id }) => id);

/** Keeps every change, and what they lead to; `ended` resolves when the watch is over. */
function watching(source: OperationSource, ...args: Parameters<OperationSource["watch"]>) {
  const changes: Change[] = [];
  const state = new Map<string, Snapshot>();
  const ended = (async () => {
    for await (const change of source.watch(...args)) {
      changes.push(change);
      for (const one of change.kind === "snapshot" ? change.operations : change.changed) state.set(one.id, one);
      for (const id of change.kind === "snapshot" ? [] : change.removed) state.delete(id);
    }
  })();
  return { changes, state, ended };
}

export function describeOperationSource(
  name: string,
  create: () => Promise<Subject>,
  capabilities: OperationSource["capabilities"],
  { comparable = (snapshot) => snapshot }: ContractOptions = {},
): void {
  const can = (capability: OperationSource["capabilities"][number]) => capabilities.includes(capability);
  const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
  const same = (found: Snapshot | undefined, expected: Snapshot) => {
    expect(found).toBeDefined();
    expect(plain(comparable(found!))).toEqual(plain(comparable(expected)));
  };

  describe(`${name} as a source`, () => {
    it("says what it can do", async () => {
      await using subject = await create();
      expect([...subject.source.capabilities].sort()).toEqual([...capabilities].sort());
    });

    it("knows nothing of an operation that never was", async () => {
      await using subject = await create();
      for (const id of ["unknown", "", ".", "..", "a/b"]) expect(await subject.source.get(id)).toBe(undefined);
    });
  });

  describe.runIf(can("live"))(`${name}, live`, () => {
    it("gives a running operation as it is on the other side, with its levels", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const attributes = { tenant: "x", sizes: [1, 2], dry: true };
      const op = progress.start("import", { id: "a", name: "Nightly <b>", total: 10, unit: "row", attributes });
      const level = op.startLevel("part", { id: "p", name: "first", total: 3 });
      level.increment(2);
      op.message("reading ü");
      await advance(500);
      op.increment(4);
      await subject.arrive?.();
      same(await source.get("a"), op.snapshot());
    });

    it("time passes for what runs though nothing happens to it, and stands still for what is paused or has ended", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const running = progress.start("job", { id: "running", stallTimeout: "5s" });
      running.startLevel("part", { id: "open" }).startLevel("part", { id: "inner" });
      running.startLevel("part", { id: "done" }).complete();
      const paused = progress.start("job", { id: "paused" });
      paused.startLevel("part", { id: "waits" });
      paused.pause();
      progress.start("job", { id: "ended" }).complete();
      const timesOf = ({ status, elapsedSeconds, levels, ...more }: Snapshot | LevelSnapshot): unknown => [
        status,
        Number(elapsedSeconds.toFixed(6)),
        "stalled" in more ? Number(more.stalled?.seconds.toFixed(6)) : undefined,
        levels.map(timesOf),
      ];
      const seen = async () => (await source.list()).map((one) => [one.id, timesOf(one)]).sort();
      const meant = () =>
        progress.live
          .list()
          .map((one) => [one.id, timesOf(one)])
          .sort();
      await advance(400);
      await subject.arrive?.();
      await advance(2_000);
      expect(await seen()).toEqual(meant());
      expect((await source.get("running"))!.elapsedSeconds).toBeCloseTo(2.4, 6);
      await advance(4_000);
      await subject.arrive?.();
      await advance(3_000);
      expect(await seen()).toEqual(meant());
      expect(await source.get("running")).toMatchObject({ stalled: { seconds: expect.closeTo(9.3, 6) } });
      expect(ids(await source.list({ sort: "duration", limit: 1 }))).toEqual(["running"]);
    });

    it("finds every id, whatever is in it", async () => {
      await using subject = await create();
      const odd = [
        "..",
        ".",
        "a/b",
        "a?b=c&d#e",
        "100%",
        "%2e%2e",
        "ü \u{1f600}",
        "<img src=x>",
        "a+b",
        " ",
        "null",
        "a,b",
      ];
      for (const id of odd) subject.progress.start("job", { id });
      await subject.arrive?.();
      for (const id of odd) {
        expect((await subject.source.get(id))?.id).toBe(id);
        expect(ids(await subject.source.list({ id }))).toEqual([id]);
      }
    });

    it("lists by status, type, text, time and parent, in order, cut", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const first = progress.start("import", { id: "a", name: "Nightly" });
      await advance(1_000);
      progress.start("export", { id: "b" }).message("Writing ROWS, & more");
      await advance(1_000);
      progress.operation("import", { id: "c" }, () => {
        progress.start("child", { id: "d" }).fail("bad");
      });
      await advance(1_000);
      first.pause();
      await subject.arrive?.();
      const at = (seconds: number) => `2026-01-01T00:00:0${seconds}.000Z`;
      const asked: [ListOptions, string[]][] = [
        [{ status: ["running"] }, ["b"]],
        [{ status: ["paused", "failed"] }, ["d", "a"]],
        [{ type: "import" }, ["c", "a"]],
        [{ text: "rows, & MORE" }, ["b"]],
        [{ since: at(1), until: new Date(at(2)) }, ["b"]],
        [{ parentId: "c" }, ["d"]],
        [{ parentId: null, type: "import" }, ["c", "a"]],
        [{ parentId: null, since: at(1), limit: 1, sort: "updated" }, ["c"]],
        [{ type: "nothing" }, []],
        [{ status: [] }, []],
        [{ type: "" }, []],
        [{ id: "" }, []],
        [{ text: "", status: ["paused"] }, ["a"]],
        [{ limit: 0 }, []],
        [{ sort: "duration", limit: 2 }, ["a", "b"]],
      ];
      for (const [options, expected] of asked)
        expect([options, ids(await source.list(options))]).toEqual([options, expected]);
      const all = await source.list();
      expect(ids(all).sort()).toEqual(["a", "b", "c", "d"]);
      for (const snapshot of all) same(snapshot, progress.live.get(snapshot.id)!);
    });

    it("gives at most 100 unless told, and as many as it is told", async () => {
      await using subject = await create();
      for (let n = 0; n < 1_205; n++) subject.progress.start("job", { id: `op${n}` });
      await subject.arrive?.();
      expect((await subject.source.list()).length).toBe(100);
      const many = await subject.source.list({ limit: 1_202 });
      expect([many.length, new Set(ids(many)).size]).toEqual([1_202, 1_202]);
      expect((await subject.source.list({ limit: 5_000 })).length).toBe(1_205);
    });

    it("counts as the other side does", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const [a, b] = ["x", "x"].map((type) => progress.start(type));
      progress.start("y").pause();
      await advance(2_000);
      a!.complete();
      b!.fail("bad");
      await subject.arrive?.();
      expect(await source.stats()).toMatchObject(plain(progress.live.stats()) as object);
    });
  });

  describe.runIf(can("history"))(`${name}, of what has ended`, () => {
    it("gives it with how it ended", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const ops = ["completed", "failed", "cancelled"].map((id) => progress.start("job", { id, total: 2 }));
      ops[1]!.startLevel("part", { id: "p", name: "first", total: 3, attributes: { size: 1 } }).increment(2);
      await advance(300);
      ops[0]!.complete({ frames: 900 });
      ops[1]!.fail(new Error("bad", { cause: new Error("worse") }), { code: "E_BAD", details: { row: 7 } });
      ops[2]!.cancel("not needed");
      await subject.arrive?.();
      for (const op of ops) same(await source.get(op.id), op.snapshot());
      expect(ids(await source.list({ status: ["failed"] }))).toEqual(["failed"]);
    });

    it("lists by status, type, text, time and parent, in order, cut", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const first = progress.start("import", { id: "a", name: "Nightly" });
      await advance(1_000);
      progress.start("export", { id: "b", name: "ROWS, & more" }).complete();
      await advance(1_000);
      await progress.operation("import", { id: "c" }, async () => {
        progress.start("child", { id: "d" }).fail("bad");
        await advance(1_000);
      });
      first.cancel();
      await subject.arrive?.();
      const at = (seconds: number) => `2026-01-01T00:00:0${seconds}.000Z`;
      const asked: [ListOptions, string[]][] = [
        [{ status: ["completed"] }, ["b", "c"]],
        [{ status: ["cancelled", "failed"] }, ["a", "d"]],
        [{ status: ["running", "paused", "lost"] }, []],
        [{ type: "import" }, ["a", "c"]],
        [{ type: "import", status: ["completed"] }, ["c"]],
        [{ text: "rows, & MORE" }, ["b"]],
        [{ since: at(1), until: new Date(at(2)) }, ["b"]],
        [{ since: at(2) }, ["c", "d"]],
        [{ parentId: "c" }, ["d"]],
        [{ parentId: null, type: "import" }, ["a", "c"]],
        [{ id: "d" }, ["d"]],
        [{ type: "nothing" }, []],
        [{ status: [] }, []],
        [{ type: "" }, []],
        [{ id: "" }, []],
        [{ text: "", status: ["failed"] }, ["d"]],
        [{ limit: 0 }, []],
      ];
      for (const [options, expected] of asked)
        expect([options, ids(await source.list(options)).sort()]).toEqual([options, expected]);
      expect(ids(await source.list({ sort: "duration", limit: 2 }))).toEqual(["a", "c"]);
      expect(ids(await source.list({ parentId: null }))).toEqual(["c", "b", "a"]);
      expect(ids(await source.list({ sort: "updated", limit: 2 })).sort()).toEqual(["a", "c"]);
    });
  });

  describe.runIf(can("live") && can("history"))(`${name}, of what is forgotten`, () => {
    it("forgets what the other side forgets", async () => {
      await using subject = await create();
      subject.progress.operation("job", { id: "a" }, () => {});
      await subject.arrive?.();
      expect((await subject.source.get("a"))?.status).toBe("completed");
      subject.progress.live.clearHistory();
      await subject.arrive?.();
      expect([await subject.source.get("a"), await subject.source.list()]).toEqual([undefined, []]);
    });
  });

  describe.runIf(can("watch"))(`${name}, watched`, () => {
    it("gives the whole state first, then every changed operation as a complete snapshot", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      progress.operation("job", { id: "old" }, () => {});
      const op = progress.start("job", { id: "a", total: 4 });
      await subject.arrive?.();
      const { changes, state } = watching(source);
      await eventually(() => expect(changes.length).toBe(1));
      expect(changes[0]!.kind === "snapshot" && ids(changes[0]!.operations).sort()).toEqual(["a", "old"]);
      same(state.get("a"), op.snapshot());
      op.startLevel("part", { id: "p" }).increment(3);
      op.increment();
      await advance(100);
      await eventually(() => expect(state.get("a")!.current).toBe(1));
      same(state.get("a"), op.snapshot());
      const late = progress.start("job", { id: "late" });
      op.complete({ n: 1 });
      await advance(100);
      await eventually(() => expect([state.get("a")!.status, state.has("late")]).toEqual(["completed", true]));
      same(state.get("a"), op.snapshot());
      same(state.get("late"), late.snapshot());
      expect(changes.slice(1).every((change) => change.kind === "update" && change.missed === 0)).toBe(true);
    });

    it("tells of what leaves the filter or the history that it is gone", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const [a, b] = ["a", "b"].map((id) => progress.start("job", { id }));
      progress.start("other", { id: "c" });
      await subject.arrive?.();
      const filter: Filter = { type: "job", status: ["running", "completed"] };
      const all = watching(source, filter);
      const one = watching(source, { id: "b" });
      const none = watching(source, { status: [] });
      const told = () => [all, one].map(({ state }) => [...state].map(([id, { status }]) => `${id} ${status}`).sort());
      await eventually(() => expect(told()).toEqual([["a running", "b running"], ["b running"]]));
      a!.pause();
      b!.complete();
      await advance(100);
      await eventually(() => expect(told()).toEqual([["b completed"], ["b completed"]]));
      progress.live.clearHistory();
      a!.resume();
      await advance(100);
      await eventually(() => expect(told()).toEqual([["a running"], []]));
      expect(none.changes).toEqual([{ kind: "snapshot", operations: [] }]);
    });

    it("gives one who reads slowly the latest of each operation, and how many states he missed", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const op = progress.start("job", { id: "a" });
      await subject.arrive?.();
      const slow = source.watch()[Symbol.asyncIterator]();
      await slow.next();
      const quick = watching(source);
      await eventually(() => expect(quick.changes.length).toBe(1));
      for (let n = 1; n <= 5; n++) {
        op.increment();
        await advance(100);
        await eventually(() => expect(quick.state.get("a")!.current ?? 0).toBe(n));
      }
      const { value } = await slow.next();
      const change = value as Change & { kind: "update" };
      same(change.changed[0], op.snapshot());
      expect([change.kind, change.changed.length, change.removed, change.missed]).toEqual(["update", 1, [], 4]);
      op.increment();
      const next = slow.next();
      await advance(100);
      expect((await next).value).toMatchObject({ kind: "update", removed: [], missed: 0 });
      await slow.return?.();
    });

    it("ends with its signal, and can be left while it waits", async () => {
      await using subject = await create();
      const controller = new AbortController();
      const { changes, ended } = watching(subject.source, {}, { signal: controller.signal });
      await eventually(() => expect(changes.length).toBe(1));
      controller.abort();
      await ended;
      const left = subject.source.watch()[Symbol.asyncIterator]();
      await left.next();
      const pending = left.next();
      expect(await left.return!()).toEqual({ done: true, value: undefined });
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(await left.next()).toEqual({ done: true, value: undefined });
    });

    it("of 1,000 operations tells each, and then only what changes", async () => {
      await using subject = await create();
      const { progress, source, advance } = subject;
      const ops = Array.from({ length: 1_000 }, (_, n) => progress.start("job", { id: `op${n}` }));
      await subject.arrive?.();
      const { changes, state } = watching(source);
      await eventually(() => expect(state.size).toBe(1_000));
      for (let n = 0; n < 1_000; n += 10) ops[n]!.increment(n + 1);
      await advance(100);
      await eventually(() => expect(state.get("op990")!.current).toBe(991));
      expect(changes[1]!.kind === "update" && changes[1]!.changed.length).toBe(100);
      for (let n = 0; n < 1_000; n += 10) same(state.get(`op${n}`), ops[n]!.snapshot());
    });
  });

  describe.runIf(!can("watch"))(`${name}, which cannot be watched`, () => {
    it("says so", async () => {
      await using subject = await create();
      expect(() => subject.source.watch()).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    });
  });

  describe.runIf(can("control"))(`${name}, controlled`, () => {
    it("asks for cancellation with a reason, which is seen on both sides; what is not running cannot be asked", async () => {
      await using subject = await create();
      const { progress, source } = subject;
      const op = progress.start("job", { id: "a/b" });
      const { signal } = op;
      await subject.arrive?.();
      expect(await source.requestCancel!("a/b", "too slow")).toBe(true);
      expect([signal.aborted, op.snapshot()]).toMatchObject([true, { cancelRequested: { reason: "too slow" } }]);
      same(await source.get("a/b"), op.snapshot());
      op.cancel();
      await subject.arrive?.();
      expect([await source.requestCancel!("a/b"), await source.requestCancel!("unknown")]).toEqual([false, false]);
    });
  });
}
