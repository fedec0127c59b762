import { describe, expect, it } from "vitest";
import { createTestProgress } from "../../../src/testing.js";
import { memberOf, Wire } from "./wire.js";

function owned(limits: object = {}) {
  const wire = new Wire();
  const owner = memberOf(wire, "o", { limits });
  const op = owner.progress.start("job", { id: "job" });
  op.carrier();
  return { wire, op, ...owner, losses: () => owner.progress.live.stats().losses };
}
const part = (current: number) => ({ parts: [{ current }] });

describe("an operation with carriers", () => {
  it("refuses what is no state, of another operation, or without its key", () => {
    const { wire, op, losses } = owned();
    const wrong = [
      { version: 2 },
      { operationId: "other" },
      { key: "a.b" },
      { parts: [{ current: -1 }] },
      { writer: "" },
    ];
    for (const each of wrong) wire.tellOwner("job", each);
    wire.tellOwnerAnything("job", "text");
    expect([op.snapshot().current, losses()]).toEqual([undefined, { contributions_refused: wrong.length + 1 }]);
  });

  it("tells the way to it of each carrier, those of its levels too", () => {
    const { wire, op } = owned();
    op.startLevel("part").carrier();
    expect(wire.handedOut).toEqual(["job", "job"]);
  });

  it("refuses the key of the operation of that id before it", () => {
    const wire = new Wire();
    const { progress } = memberOf(wire, "o");
    const before = progress.start("job", { id: "job" });
    before.carrier();
    const key = wire.keyOf("job");
    before.complete();
    progress.start("job", { id: "job" }).carrier();
    wire.tellOwner("job", { key, ...part(5) });
    expect(progress.live.stats().losses).toEqual({ contributions_refused: 1 });
  });

  it("holds writers up to the limit at once, those that are done apart", () => {
    const { wire, op, losses } = owned({ writers: 2 });
    for (const writer of ["a", "b"]) wire.tellOwner("job", { writer, open: false, ...part(1) });
    for (const writer of ["c", "d", "e"]) wire.tellOwner("job", { writer, ...part(1) });
    expect([op.snapshot().current, losses()]).toEqual([4, { contributions_dropped: 1 }]);
    wire.tellOwner("job", { writer: "c", sequence: 2, open: false, ...part(2) });
    wire.tellOwner("job", { writer: "e", sequence: 2, ...part(1) });
    wire.tellOwner("job", { writer: "a", sequence: 2, ...part(3) });
    expect(op.snapshot().current).toBe(8);
  });

  it("tells what is to stop, once, and again to whoever comes later", () => {
    const { wire, op, clock } = owned();
    const level = op.startLevel("part", { id: "l" });
    wire.tellOwner("job", { writer: "a", parts: [{ levelId: "l", current: 1 }] });
    clock.advance(1_000);
    expect(wire.notices).toEqual([]);
    level.fail(new Error("no disk"));
    clock.advance(1_000);
    const about = { version: 1, operationId: "job", key: wire.keyOf("job") };
    const failed = { ...about, ended: false, aborted: [{ levelId: "l", reason: "no disk" }] };
    expect(wire.notices).toEqual([failed]);
    op.requestCancel();
    op.requestCancel();
    const both = { ...failed, aborted: [{}, ...failed.aborted] };
    expect(wire.notices).toEqual([failed, both]);
    wire.tellOwner("job", { writer: "b", ...part(1) });
    expect(wire.notices).toEqual([failed, both, both]);
    op.cancel("done with it");
    expect(wire.notices.at(-1)).toEqual({
      ...both,
      ended: true,
      aborted: [{ reason: "done with it" }, failed.aborted[0]],
    });
  });

  it("gives its writers up when the instance is shut down", async () => {
    const { wire, op, progress, losses } = owned();
    await progress.shutdown();
    expect(wire.closed).toBe(1);
    expect(op.snapshot().status).toBe("running");
    expect(losses()).toEqual({});
  });

  it("outlives transports that throw", () => {
    const broken = () => {
      throw new Error("broken");
    };
    const { progress } = createTestProgress({ strict: false });
    progress.addTransport({ name: "a", own: broken, join: broken, shutdown: broken });
    progress.addTransport({
      name: "b",
      own: () => ({ address: "x", tell: broken, drain: broken, close: broken }),
      join: broken,
    });
    const op = progress.start("job");
    expect(op.carrier().progress).toContain("at=b%3Ax");
    op.requestCancel();
    op.complete();
    expect(op.snapshot().status).toBe("completed");
    expect(progress.live.stats().losses["internal_errors"]).toBeGreaterThan(3);
    return progress.shutdown();
  });
});
