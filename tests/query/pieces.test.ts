import { describe, expect, test } from "vitest";
import type { Filter, OperationSource, Snapshot } from "../../src/model.js";
import { inPieces, isAtHand, withLevels } from "../../src/query/pieces.js";
import { createTestProgress } from "../../src/testing.js";
import { snapshotOf, sourceOf } from "./source.js";

async function all(source: OperationSource, filter: Filter, operations: readonly Snapshot[]): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for await (const snapshot of withLevels(source, filter, operations)) found.push(snapshot);
  return found;
}

describe("operations with their levels", () => {
  test("are asked for one by one where the source is at hand", async () => {
    await using t = createTestProgress();
    const ops = ["a", "b"].map((id) => t.progress.start("import", { id }));
    for (const op of ops) op.startLevel("part").startLevel("page");
    const { live } = t.progress;
    const bare = live.list({ levels: false });
    expect(bare.every(({ levels }) => levels.length === 0)).toBe(true);
    expect(await all(live, {}, bare)).toEqual(live.list());
  });

  test("are as they came where it is not: they were asked for with them", async () => {
    const source = sourceOf([], { get: () => expect.unreachable("asked") });
    const given = [snapshotOf("a"), snapshotOf("b")];
    expect([isAtHand(source), await all(source, {}, given)]).toEqual([false, given]);
  });

  test("are all that such a source found: what a filter means there is for it to say", async () => {
    const given = [snapshotOf("a", 0, { description: "the nightly one" })];
    expect(await all(sourceOf([]), { text: "nightly" }, given)).toEqual(given);
  });

  test("are those of the same run, whatever runs under the id now", async () => {
    await using t = createTestProgress();
    for (const rows of [1, 2]) {
      const op = t.progress.start("import", { id: "a" });
      op.startLevel("part", { id: `p${rows}` });
      op.complete({ rows });
      await t.advance("1s");
    }
    const { live } = t.progress;
    const found = await all(live, {}, live.list({ levels: false }));
    expect(found.map(({ levels }) => levels.map(({ id }) => id))).toEqual([["p2"], ["p1"]]);
  });

  test("are left out when the filter does not let them pass any more, and have none when they are forgotten", async () => {
    await using t = createTestProgress();
    const [ends, stays] = ["ends", "stays"].map((id) => t.progress.start("import", { id }));
    const { live } = t.progress;
    const filter = { status: ["running"] } as const;
    const bare = live.list({ ...filter, levels: false });
    ends!.complete();
    expect(await all(live, filter, bare)).toEqual([stays!.snapshot()]);
    stays!.complete();
    live.clearHistory();
    expect(await all(live, filter, bare)).toEqual(bare);
  });
});

describe("texts in pieces", () => {
  test("are joined while that is quick, and everybody has a turn between those that take long", async () => {
    const order: string[] = [];
    async function* texts() {
      yield "a";
      yield "b";
      for (const text of ["c", "d"]) {
        const end = performance.now() + 40;
        while (performance.now() < end);
        order.push(text);
        setTimeout(() => order.push("turn"), 0);
        yield text;
      }
    }
    expect(await new Response(inPieces(texts())).text()).toBe("abcd");
    expect(order.slice(0, 3)).toEqual(["c", "turn", "d"]);
  });

  test("end with an empty one", async () => {
    async function* texts() {
      yield* ["", "a", "b", "", "", "c"];
    }
    const pieces: string[] = [];
    for await (const bytes of inPieces(texts())) pieces.push(Buffer.from(bytes).toString());
    expect(pieces).toEqual(["ab", "c"]);
  });

  test("are not made before they are wanted, and no further when nobody wants them", async () => {
    const made: string[] = [];
    async function* texts() {
      try {
        for (let n = 0; ; n++) {
          made.push(`${n}`);
          const end = performance.now() + 40;
          while (performance.now() < end);
          yield `${n}`;
        }
      } finally {
        made.push("over");
      }
    }
    const reader = inPieces(texts()).getReader();
    expect(made).toEqual([]);
    await reader.read();
    await reader.cancel();
    expect(made).toEqual(["0", "over"]);
  });

  test("break off when one cannot be made; none at all are an end", async () => {
    async function* failing() {
      yield "a";
      throw new Error("away");
    }
    async function* none() {}
    const told: unknown[] = [];
    const text = new Response(inPieces(failing(), (error) => told.push(error))).text();
    await expect(text).rejects.toThrow("away");
    expect(told).toEqual([new Error("away")]);
    await expect(new Response(inPieces(failing())).text()).rejects.toThrow("away");
    expect(await new Response(inPieces(none())).text()).toBe("");
  });
});
