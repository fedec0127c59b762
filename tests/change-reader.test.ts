import { expect, it, vi } from "vitest";
import { ChangeReader } from "../src/change-reader.js";
import type { Snapshot } from "../src/model.js";

const shot = (id: string, current = 0) => ({ id, current }) as Snapshot;
const start = () => {
  const [begin, left] = [vi.fn(), vi.fn()];
  return { begin, left, reader: new ChangeReader(begin, left) };
};
const over = { done: true, value: undefined };

it("begins when the first change is wanted, and not before", async () => {
  const { begin, reader } = start();
  expect([reader[Symbol.asyncIterator](), begin.mock.calls.length]).toEqual([reader, 0]);
  const first = reader.next();
  void reader.next();
  expect(begin).toHaveBeenCalledTimes(1);
  reader.snapshot([shot("a")]);
  expect(await first).toEqual({ done: false, value: { kind: "snapshot", operations: [shot("a")] } });
});

it("gives the whole state first, also when updates came before it was read, and merges those", async () => {
  const { reader } = start();
  reader.snapshot([shot("a")]);
  reader.update([shot("a", 1)], [], 0);
  reader.update([shot("a", 2), shot("b", 1)], [], 4);
  expect((await reader.next()).value).toEqual({ kind: "snapshot", operations: [shot("a")] });
  expect((await reader.next()).value).toEqual({
    kind: "update",
    changed: [shot("a", 2), shot("b", 1)],
    removed: [],
    missed: 5,
  });
});

it("tells a second whole state as an update", async () => {
  const { reader } = start();
  reader.snapshot([shot("a"), shot("b")]);
  await reader.next();
  reader.snapshot([shot("b", 2)]);
  expect((await reader.next()).value).toEqual({ kind: "update", changed: [shot("b", 2)], removed: ["a"], missed: 0 });
});

it("answers who waits in order, one change each", async () => {
  const { reader } = start();
  const [first, second, third] = [reader.next(), reader.next(), reader.next()];
  reader.snapshot([]);
  reader.update([shot("a", 1)], [], 0);
  reader.end();
  expect((await Promise.all([first, second, third])).map(({ value }) => value?.kind)).toEqual([
    "snapshot",
    "update",
    undefined,
  ]);
});

it("refuses an update before the whole state, which nothing could be made of", () => {
  expect(() => start().reader.update([shot("a")], [], 0)).toThrow("an update came before the whole state");
});

it("when there is no more to come gives what is here, then the error once", async () => {
  const { reader } = start();
  reader.snapshot([shot("a")]);
  reader.end(new Error("refused"));
  reader.end(new Error("another"));
  reader.snapshot([shot("late")]);
  reader.update([shot("late")], [], 0);
  expect((await reader.next()).value).toEqual({ kind: "snapshot", operations: [shot("a")] });
  await expect(reader.next()).rejects.toThrow("refused");
  expect(await reader.next()).toEqual(over);
});

it("that is left gives nothing more, also to who waits, and what was left is told of it", async () => {
  const { left, reader } = start();
  const waiting = reader.next();
  expect(await reader.return()).toEqual(over);
  expect([await waiting, await reader.next(), left.mock.calls.length]).toEqual([over, over, 1]);
  const full = start();
  full.reader.snapshot([shot("a")]);
  full.reader.leave();
  expect([await full.reader.next(), full.begin.mock.calls.length]).toEqual([over, 0]);
});
