import { afterEach, expect, it, vi } from "vitest";
import { atExit } from "../../src/instrumentation/process-exit.js";
import type { OperationExporter, Snapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

const listeners = () => process.listeners("exit");
const before = listeners().length;
afterEach(() => expect(listeners()).toHaveLength(before));

/** What the process does when it exits, for the listener that was added last. */
const exit = () => listeners().at(-1)!.call(process, 0);

it("one listener serves all tasks, each called once, and it goes with the last of them", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  const removers = [atExit(first), atExit(second)];
  expect(listeners()).toHaveLength(before + 1);
  exit();
  expect([first.mock.calls, second.mock.calls]).toEqual([[[]], [[]]]);
  removers[0]!();
  exit();
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 2]);
  removers[1]!();
  expect(listeners()).toHaveLength(before);
});

it("removing twice is harmless", () => {
  const remove = atExit(() => {});
  remove();
  remove();
  const other = atExit(() => {});
  remove();
  expect(listeners()).toHaveLength(before + 1);
  other();
});

it("a synchronous exporter sees the final state at exit, an asynchronous one is not disturbed", async () => {
  const test = createTestProgress();
  const exporter = (synchronous?: true): OperationExporter & { seen: (readonly Snapshot[])[] } => {
    const seen: (readonly Snapshot[])[] = [];
    return { seen, ...(synchronous && { synchronous }), export: (changed) => void seen.push(changed) };
  };
  const [sync, async] = [exporter(true), exporter()];
  test.progress.addExporter(sync);
  test.progress.addExporter(async);
  test.progress.start("job", { total: 4 }).increment(3);
  exit();
  expect(sync.seen.map((changed) => changed.map(({ current }) => current))).toEqual([[3]]);
  expect(async.seen).toEqual([]);
  await test.progress.shutdown();
});
