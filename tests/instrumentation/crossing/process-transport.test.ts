import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgress } from "../../../src/instrumentation/progress.js";
import type { Carrier } from "../../../src/model.js";
import { eventually } from "../../contracts/eventually.js";
import { type Installation, installPackage } from "../../services/application.js";
import { startChild } from "./members.js";

let installation: Installation;
beforeAll(() => {
  installation = installPackage(["member.mjs"]);
});
afterAll(() => installation[Symbol.dispose]());

const environment = (carrier: Carrier) => ({ PROGRESS_CARRIER: JSON.stringify(carrier) });
const fieldsOf = ({ progress }: Carrier) => new URLSearchParams(progress);
const socketOf = (carrier: Carrier) =>
  fieldsOf(carrier)
    .getAll("at")
    .find((address) => address.startsWith("process:"))!
    .slice("process:".length);

/** Lines that a connection is answered with, until it is closed. */
async function talk(path: string, ...lines: string[]): Promise<string[]> {
  const socket = connect(path);
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  socket.on("error", () => {});
  for (const line of lines) socket.write(`${line}\n`);
  await new Promise((resolve) => socket.on("close", resolve));
  return heard.split("\n").filter((line) => line !== "");
}

describe("child processes", () => {
  it("F23: with a carrier in their environment have their operations in that of their parent", async () => {
    await using progress = createProgress();
    const op = progress.start("build", { id: "job" });
    await using child = await startChild(installation, environment(op.carrier()));
    await child.call("operation", "c", "compile", { name: "Compile", total: 4 });
    await child.call("tell", "c", "increment", 3);
    await child.call("level", "l", "c", "file", {});
    await eventually(() =>
      expect(op.snapshot().levels).toMatchObject([
        {
          id: "c",
          type: "compile",
          name: "Compile",
          status: "running",
          current: 3,
          total: 4,
          percentage: 75,
          levels: [{ id: "c/l" }],
        },
      ]),
    );
    expect(await child.call("snapshot", "c")).toMatchObject({ parentId: "job" });
    await child.call("tell", "c", "fail", "no memory");
    await child.call("letGo");
    // It has ended, so everything is here.
    expect(await child.ended).toBe(0);
    expect(op.snapshot().levels[0]).toMatchObject({ status: "failed", error: { message: "no memory" } });
    op.complete();
    expect(progress.live.stats().losses).toEqual({});
  });

  it("hand it on to theirs", async () => {
    await using progress = createProgress();
    const op = progress.start("build", { id: "job" });
    await using child = await startChild(installation, environment(op.carrier()));
    await child.call("operation", "c", "compile", {});
    await using grandchild = await startChild(installation, environment(await child.call<Carrier>("carrier", "c")));
    await grandchild.call("operation", "g", "link", { total: 2 });
    await grandchild.call("tell", "g", "increment");
    await eventually(() =>
      expect(op.snapshot().levels[0]!.levels).toMatchObject([{ id: "c/g", type: "link", current: 1, percentage: 50 }]),
    );
  });

  it("killed in the middle leave their open levels lost, at once, and what they counted stays", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { total: 10 });
    await using child = await startChild(installation);
    await using other = await startChild(installation);
    for (const [{ call }, level] of [
      [child, "outer"],
      [other, "aside"],
    ] as const) {
      await call("join", "op", op.carrier());
      await call("tell", "op", "increment", 2);
      await call("level", level, "op", "part", {});
    }
    await child.call("level", "inner", "outer", "part", {});
    await eventually(() => {
      expect(op.snapshot()).toMatchObject({ current: 4, counts: { total: 2 } });
      expect(op.getLevel("inner")).toBeDefined();
    });
    const lost = new Promise((resolve) => progress.subscribe(({ level }) => resolve(level?.id), { events: ["lost"] }));
    await child.kill();
    expect(await lost).toBe("inner");
    const levels = new Map(op.snapshot().levels.map((level) => [level.id, level]));
    expect(levels.get("outer")).toMatchObject({ status: "lost", levels: [{ id: "inner", status: "lost" }] });
    expect(levels.get("aside")).toMatchObject({ status: "running" });
    expect(op.snapshot()).toMatchObject({ status: "running", current: 4, counts: { failed: 1 } });
    // Another one takes it up.
    await other.call("level", "outer", "op", "part", {});
    await eventually(() => expect(op.snapshot()).toMatchObject({ counts: { failed: 0, total: 2 } }));
    expect(op.getLevel("outer")?.snapshot()).toMatchObject({ status: "running", attempt: 2 });
  });

  it("that call process.exit tell what they have open before", async () => {
    await using progress = createProgress();
    const op = progress.start("import");
    await using child = await startChild(installation);
    await child.call("join", "op", op.carrier());
    await child.call("level", "part", "op", "part", {});
    await child.call("tell", "op", "increment", 2);
    await child.call("flush");
    await child.call("tell", "op", "increment", 3);
    child.tell("exit", 3);
    expect(await child.ended).toBe(3);
    await eventually(() => expect(op.snapshot()).toMatchObject({ current: 5, levels: [{ status: "lost" }] }));
  });

  it("are asked to stop with the operation, and may ask for it", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    await using child = await startChild(installation);
    await child.call("join", "op", op.carrier());
    const aborted = child.call("aborted", "op");
    op.requestCancel("enough");
    expect(await aborted).toBe("cancelled: enough");
    const other = progress.start("import", { id: "other" });
    await child.call("join", "op", other.carrier());
    await child.call("requestCancel", "other", "from there");
    await eventually(() => expect(other.snapshot()).toMatchObject({ cancelRequested: { reason: "from there" } }));
  });

  it("go on when the owner is gone, and end when they are done", async () => {
    await using owner = await startChild(installation);
    await using child = await startChild(installation);
    await owner.call("operation", "job", "import", {});
    await child.call("join", "op", await owner.call("carrier", "job"));
    await child.call("tell", "op", "increment");
    await child.call("flush");
    expect(await owner.call("snapshot", "job")).toMatchObject({ current: 1 });
    await owner.kill();
    await child.call("tell", "op", "increment", 4);
    await child.call("flush");
    expect(await child.call("snapshot", "job")).toMatchObject({ current: 5 });
    await child.call("leave", "op");
    await child.call("letGo");
    expect(await child.ended).toBe(0);
  });

  it("that come when the operation is over are told so", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    const carrier = op.carrier();
    await using child = await startChild(installation);
    await child.call("join", "op", carrier);
    await child.call("flush");
    op.complete();
    await child.call("leave", "op");
    // By the child when it has heard of the end, else by the owner when it hears of the child.
    const lateUpdates = async () => {
      const { late_updates: there = 0 } = (await child.call("losses")) as { late_updates?: number };
      return there + (progress.live.stats().losses["late_updates"] ?? 0);
    };
    await eventually(async () => expect(await lateUpdates()).toBe(1));
    await using late = await startChild(installation);
    await late.call("joinAtOnce", carrier, 1);
    await eventually(async () => expect(await lateUpdates()).toBe(2));
  });
});

describe("the socket", () => {
  it("is for this user alone, and goes with the instance", async () => {
    const progress = createProgress();
    const path = socketOf(progress.start("import").carrier());
    expect([existsSync(path), statSync(dirname(path)).mode & 0o777]).toEqual([true, 0o700]);
    await progress.shutdown();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("listens to nobody without a key, who sends no JSON, or too much of it", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    const carrier = op.carrier();
    const path = socketOf(carrier);
    const state = {
      version: 1,
      operationId: "job",
      key: "",
      writer: "w",
      sequence: 1,
      open: true,
      parts: [{ current: 9 }],
    };
    const wrong = [
      ["{"],
      ["null"],
      ["x".repeat(2_000_000)],
      [JSON.stringify({ operationId: "job", writer: "w" })],
      [JSON.stringify({ operationId: "job", key: "a.b", writer: "w" }), JSON.stringify({ ...state, key: "a.b" })],
    ];
    for (const lines of wrong) expect(await talk(path, ...lines)).toEqual([]);
    expect([op.snapshot().current, progress.live.stats().losses]).toEqual([
      undefined,
      { contributions_refused: wrong.length },
    ]);
  });

  it("takes from a connection only what its first line said", async () => {
    await using progress = createProgress();
    const op = progress.start("import", { id: "job" });
    const carrier = op.carrier();
    const key = fieldsOf(carrier).get("key")!;
    const state = {
      version: 1,
      operationId: "job",
      key,
      writer: "w",
      sequence: 7,
      open: false,
      parts: [{ current: 9 }],
    };
    const hello = JSON.stringify({ operationId: "job", key, writer: "w" });
    const lines = [hello, JSON.stringify({ ...state, writer: "v" }), JSON.stringify(state), "?"];
    expect(await talk(socketOf(carrier), ...lines)).toEqual(['{"taken":7}']);
    expect([op.snapshot().current, progress.live.stats().losses]).toEqual([9, { contributions_refused: 2 }]);
    expect(await talk(socketOf(carrier), JSON.stringify({ operationId: "job", key: `${key}x`, writer: "w" }))).toEqual(
      [],
    );
  });
});
