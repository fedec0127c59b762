import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgress } from "../../../src/instrumentation/progress.js";
import { eventually } from "../../contracts/eventually.js";
import { type Installation, installPackage } from "../../services/application.js";
import { startThread } from "./members.js";

let installation: Installation;
beforeAll(() => {
  installation = installPackage(["member.mjs"]);
});
afterAll(() => installation[Symbol.dispose]());

describe("threads", () => {
  it("F23: several of them count in one operation, and on one level, at once", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { total: 100 });
    const level = op.startLevel("file", { total: 30 });
    const threads = await Promise.all([1, 2, 3].map(() => startThread(installation)));
    await Promise.all(
      threads.map(async ({ call }, at) => {
        await call("join", "op", op.carrier());
        await call("join", "level", level.carrier());
        await call("tell", "op", "increment", 10);
        await call("tell", "level", "increment", at + 1);
        await call("level", `part ${at}`, "op", "part", { total: 4 });
        await call("tell", `part ${at}`, "increment", 3);
      }),
    );
    await eventually(() => {
      const { current, levels } = op.snapshot();
      const parts = levels.filter(({ type }) => type === "part").map((part) => [part.status, part.current, part.total]);
      expect([current, level.snapshot().current, parts]).toEqual([30, 6, Array(3).fill(["running", 3, 4])]);
    });
    // Its last word is there before its answer.
    for (const [at, { call }] of threads.entries()) {
      await call("tell", `part ${at}`, "complete");
      await call("leave", "op");
      await call("leave", "level");
      await call("flush");
    }
    op.complete();
    expect(op.snapshot()).toMatchObject({ status: "completed", counts: { completed: 3, failed: 0 } });
    expect(progress.live.stats().losses).toEqual({});
    await Promise.all(threads.map(({ kill }) => kill()));
  });

  it("what is done in one turn of a blocked event loop is seen while it goes on, and counts when its result is there", async () => {
    await using progress = createProgress();
    const op = progress.start("import");
    await using thread = await startThread(installation);
    await thread.call("join", "op", op.carrier());
    const seen = new Set<number>();
    progress.subscribe(({ operation }) => void seen.add(operation.current ?? 0), { events: ["updated"] });
    // It is let go of when it has been seen to move: however long that takes on a busy machine.
    const released = new Int32Array(new SharedArrayBuffer(4));
    const blocked = thread.call("block", "op", released);
    await eventually(() => expect(seen.size).toBeGreaterThan(2));
    Atomics.store(released, 0, 1);
    await blocked;
    await thread.call("joinAtOnce", op.carrier(), 5);
    const before = op.snapshot().current!;
    await thread.call("joinAtOnce", op.carrier(), 5);
    op.complete();
    expect(op.snapshot().current).toBe(before + 5);
  });

  it("a cancel request reaches their signals, and one there reaches the owner", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    await using thread = await startThread(installation);
    await using other = await startThread(installation);
    for (const { call } of [thread, other]) await call("join", "op", op.carrier());
    const aborted = [thread, other].map(({ call }) => call("aborted", "op"));
    expect(await thread.call("requestCancel", "job", "enough")).toBe(true);
    expect(await Promise.all(aborted)).toEqual(["cancelled: enough", "cancelled: enough"]);
    expect(op.signal.aborted).toBe(true);
  });

  it("what a thread that fails has open is lost, and the operation goes on", async () => {
    await using progress = createProgress();
    const op = progress.start("import");
    const thread = await startThread(installation);
    await thread.call("join", "op", op.carrier());
    await thread.call("level", "part", "op", "part", {});
    await thread.call("throwLater");
    expect(await thread.ended).toBe(1);
    await eventually(() => expect(op.snapshot().levels.map(({ status }) => status)).toEqual(["lost"]));
    expect(op.snapshot()).toMatchObject({ status: "running", counts: { failed: 1 } });
  });

  it("end when their work is done, and are told when the operation is over", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    const carrier = op.carrier();
    await using late = await startThread(installation);
    const thread = await startThread(installation);
    await thread.call("join", "op", carrier);
    await thread.call("leave", "op");
    await thread.call("letGo");
    expect(await thread.ended).toBe(0);
    op.complete();
    await late.call("joinAtOnce", carrier, 1);
    await eventually(() => expect(progress.live.stats().losses).toEqual({ late_updates: 1 }));
    await eventually(async () => {
      await late.call("joinAtOnce", carrier, 1);
      expect(await late.call("losses")).toMatchObject({ late_updates: expect.any(Number) });
    });
  });
});
