import { describe, expect, it } from "vitest";
import type { LevelState } from "../../../src/contribution-transport.js";
import type { ProgressOptions } from "../../../src/instrumentation/options.js";
import { memberOf, Wire } from "./wire.js";

const level = (id: string, more: Partial<LevelState> = {}): LevelState => ({
  id,
  type: "part",
  status: "running",
  current: 0,
  ...more,
});
const done = (id: string): LevelState => level(id, { status: "completed" });

/** An operation, and what writers say of it. */
function told(options: ProgressOptions = {}) {
  const wire = new Wire();
  const { progress } = memberOf(wire, "o", options);
  const op = progress.start("job", { id: "job" });
  op.carrier();
  let sequence = 0;
  const say = (part: object, more: object = {}) =>
    wire.tellOwner("job", { sequence: ++sequence, parts: [{ current: 0, ...part }], ...more });
  const shown = () => op.snapshot().levels.map(({ id, status, current = 0 }) => [id, status, current]);
  return { wire, op, say, shown, losses: () => progress.live.stats().losses };
}

describe("what a writer says", () => {
  it("is taken over from its newest state; an older one, or the same again, changes nothing", () => {
    const { wire, op, losses } = told();
    wire.tellOwner("job", { sequence: 5, parts: [{ current: 7, levels: [level("a", { current: 2 })] }] });
    wire.tellOwner("job", { sequence: 5, parts: [{ current: 9 }] });
    wire.tellOwner("job", { sequence: 4, parts: [{ current: 1, levels: [done("b")] }] });
    expect([op.snapshot().current, op.snapshot().counts?.total, losses()]).toEqual([7, 1, {}]);
  });

  it("levels that ended unseen are counted, those told of no more are ended", () => {
    const { op, say, shown } = told();
    say({ levels: [level("a"), level("b"), level("c")] });
    say({ levels: [done("z")], ended: { completed: 100, failed: 2, excluded: 1 } });
    expect(shown()).toEqual([
      ["a", "completed", 0],
      ["b", "completed", 0],
      ["c", "completed", 0],
      ["z", "completed", 0],
    ]);
    expect(op.snapshot()).toMatchObject({ counts: { total: 102, completed: 100, failed: 2 }, droppedLevels: 99 });
    say({ levels: [done("z")], ended: { completed: 100, failed: 2, excluded: 1 } });
    expect(op.snapshot().counts).toMatchObject({ total: 102 });
  });

  it("an open level that there was no room for stays open", () => {
    const { say, shown } = told();
    say({ levels: [level("a"), level("b")] });
    say({ levels: [level("a")], ended: { completed: 0, failed: 0, excluded: 0 } });
    say({ levels: [level("a")], ended: { completed: 0, failed: 1, excluded: 0 } });
    expect(shown()).toEqual([
      ["a", "running", 0],
      ["b", "failed", 0],
    ]);
  });

  it("levels of one id are one, whose creator says how it ends, and to which all add", () => {
    const { wire, op, losses } = told();
    const both = (writer: string, told: LevelState) => (sequence: number) =>
      wire.tellOwner("job", {
        writer,
        sequence,
        parts: [
          {
            current: 0,
            levels: [told],
            ended: { completed: told.status === "completed" ? 1 : 0, failed: 0, excluded: 0 },
          },
        ],
      });
    both("a", level("l", { current: 3, total: 10 }))(1);
    both("b", level("l", { current: 4, total: 99, name: "B", status: "completed" }))(1);
    expect(op.snapshot()).toMatchObject({
      counts: { total: 1 },
      levels: [{ name: "part", total: 10, current: 7, status: "running" }],
    });
    both("a", level("l", { current: 5, total: 10, status: "completed" }))(2);
    both("b", level("l", { current: 8, status: "completed" }))(2);
    expect(op.snapshot()).toMatchObject({ counts: { total: 1, completed: 1 }, levels: [{ current: 9 }] });
    expect(losses()).toEqual({});
  });

  it("of a level that has ended, or been ended by its parent, is late", () => {
    const { op, say, losses } = told();
    say({ levels: [level("a", { levels: [level("b")] })] });
    (op.getLevel("a") as { complete(): void }).complete();
    say({
      levels: [
        level("a", {
          current: 1,
          levels: [level("b", { current: 1 })],
          ended: { completed: 5, failed: 0, excluded: 0 },
        }),
      ],
    });
    expect(losses()["late_updates"]).toBeGreaterThan(0);
    expect(op.snapshot().levels).toMatchObject([
      { status: "completed", levels: [{ status: "cancelled", reason: "parent ended" }] },
    ]);
  });

  it("a new attempt of a level begins its counts and parts anew", () => {
    const { op, say } = told();
    say({ levels: [level("a", { current: 5, levels: [done("b")], ended: { completed: 1, failed: 0, excluded: 0 } })] });
    say({
      levels: [
        level("a", { attempt: 2, current: 2, levels: [done("c")], ended: { completed: 1, failed: 0, excluded: 0 } }),
      ],
    });
    expect(op.snapshot().levels).toMatchObject([{ attempt: 2, current: 2, levels: [{ id: "c" }] }]);
    expect(op.snapshot().levels[0]!.levels).toHaveLength(1);
  });

  it("parts of levels that another writer has not told of yet wait for that", () => {
    const { wire, op } = told();
    wire.tellOwner("job", { writer: "b", parts: [{ levelId: "l", current: 4 }] });
    expect(op.snapshot().levels).toEqual([]);
    wire.tellOwner("job", { writer: "a", parts: [{ current: 0, levels: [level("l")] }] });
    expect(op.snapshot().levels).toMatchObject([{ id: "l", current: 4 }]);
  });

  it("of messages the latest is shown, of percentages the highest, of attributes all", () => {
    const { wire, op } = told();
    const say = (writer: string, part: object) => wire.tellOwner("job", { writer, parts: [{ current: 0, ...part }] });
    say("b", { message: "second", messageAt: 20, reported: 0.5, attributes: { b: 1, both: "b" } });
    say("a", { message: "first", messageAt: 10, reported: 0.3, attributes: { a: 1, both: "a" } });
    expect(op.snapshot()).toMatchObject({ message: "second", percentage: 50, attributes: { a: 1, b: 1, both: "b" } });
    op.message("own");
    say("c", { message: "first", messageAt: 10 });
    expect(op.snapshot().message).toBe("own");
  });

  it("heartbeats keep abandonment away", async () => {
    const wire = new Wire();
    const { progress, clock } = memberOf(wire, "o");
    const op = progress.start("job", { id: "job", abandonAfter: "10s" });
    op.carrier();
    for (let at = 1; at <= 3; at++) {
      clock.advance(8_000);
      wire.tellOwner("job", { sequence: at, parts: [{ current: 0, heartbeats: at }] });
    }
    expect(op.snapshot().status).toBe("running");
    clock.advance(11_000);
    expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "ABANDONED" } });
  });

  it("when it vanishes, what it has open is lost; what it says later of others counts", () => {
    const { wire, op, say, shown } = told();
    say({ current: 2, levels: [level("a"), done("b")], ended: { completed: 1, failed: 0, excluded: 0 } });
    wire.vanished("job", "w");
    wire.vanished("job", "w");
    wire.vanished("job", "nobody");
    expect(shown()).toEqual([
      ["a", "lost", 0],
      ["b", "completed", 0],
    ]);
    say({ current: 3, levels: [done("a"), done("b"), level("c")], ended: { completed: 2, failed: 0, excluded: 0 } });
    expect(shown().at(-1)).toEqual(["c", "running", 0]);
    expect(op.snapshot()).toMatchObject({ current: 3, counts: { total: 3, completed: 1, failed: 1 } });
  });

  it("that is no more open leaves nothing open", () => {
    const { say, shown } = told();
    say({ levels: [level("a")] }, { open: false });
    expect(shown()).toEqual([["a", "lost", 0]]);
  });

  it("a level that failed or was lost is begun anew by another writer, in its place, as its next attempt", () => {
    for (const before of ["failed", "lost"] as const)
      for (const early of [true, false]) {
        const { wire, op, losses } = told();
        const say = (writer: string, sequence: number, told: LevelState, failed: number) =>
          wire.tellOwner("job", {
            writer,
            sequence,
            parts: [{ current: 0, levels: [told], ended: { completed: 0, failed, excluded: 0 } }],
          });
        say("a", 1, level("l", { current: 5, levels: [level("below")] }), 0);
        if (early) say("b", 1, level("l", { current: 1 }), 0);
        if (before === "lost") wire.vanished("job", "a");
        else say("a", 2, level("l", { current: 5, status: "failed" }), 1);
        expect(op.snapshot().levels).toMatchObject([{ id: "l", status: before }]);
        say("b", 2, level("l", { current: 2, levels: [level("below")] }), 0);
        expect(op.snapshot()).toMatchObject({
          counts: { total: 1, failed: 0, pending: 1 },
          levels: [
            { id: "l", status: "running", current: 2, attempt: 2, levels: [{ id: "below", status: "running" }] },
          ],
        });
        say("b", 3, level("l", { current: 6, status: "completed" }), 0);
        expect(op.snapshot()).toMatchObject({
          counts: { total: 1, completed: 1, failed: 0 },
          levels: [{ current: 6 }],
        });
        expect(losses()).toEqual({});
      }
  });

  it("a next attempt of a level that failed, told by another writer only as ended, takes its place; no other end does", () => {
    const { wire, op, losses } = told();
    const say = (writer: string, sequence: number, told: LevelState) =>
      wire.tellOwner("job", {
        writer,
        sequence,
        parts: [{ current: 0, levels: [told], ended: { completed: 0, failed: 0, excluded: 0, [told.status]: 1 } }],
      });
    say("a", 1, level("l", { current: 5, status: "failed" }));
    say("b", 1, level("l", { status: "completed" }));
    expect(op.snapshot().levels).toMatchObject([{ id: "l", status: "failed", current: 5 }]);
    const second = level("l", { current: 6, status: "failed", attempt: 2 });
    say("c", 1, second);
    say("c", 2, second);
    expect(op.snapshot().levels).toMatchObject([{ id: "l", status: "failed", current: 6, attempt: 2 }]);
    say("b", 2, level("l", { current: 7, status: "completed", attempt: 3 }));
    say("a", 2, level("l", { current: 5, status: "failed" }));
    expect(op.snapshot()).toMatchObject({
      counts: { total: 1, completed: 1, failed: 0 },
      levels: [{ id: "l", status: "completed", current: 7, attempt: 3 }],
    });
    expect(losses()).toEqual({});
  });

  it("levels beyond a limit are counted when they have ended", () => {
    const { op, say, losses } = told({ limits: { openLevels: 1 } });
    say({ levels: [level("a"), level("b")] });
    say({ levels: [level("a")], ended: { completed: 1, failed: 0, excluded: 0 } });
    expect([op.snapshot().counts, losses()]).toMatchObject([{ total: 2, completed: 1 }, { levels_refused: 1 }]);
  });
});
