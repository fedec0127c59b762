import { expect, test } from "vitest";
import { exportFrom } from "../../src/exporters/export-from.js";
import type { Change, OperationExporter, OperationSource, Snapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";
import { ended, later, operation } from "./snapshots.js";

/** Remembers what it was told: "id status" and "-id". */
function recorder(): OperationExporter & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    export(changed, removed) {
      told.push(...changed.map(({ id, status }) => `${id} ${status}`), ...removed.map((id) => `-${id}`));
    },
    forceFlush: async () => void told.push("flushed"),
    shutdown: async () => void told.push("shut down"),
  };
}

/** A source that says this and ends. */
function source(...changes: Change[]): OperationSource {
  return {
    async *watch() {
      yield* changes;
    },
  } as Partial<OperationSource> as OperationSource;
}
const whole = (...operations: Snapshot[]): Change => ({ kind: "snapshot", operations });
const update = (changed: Snapshot[], removed: string[] = []): Change => ({
  kind: "update",
  changed,
  removed,
  missed: 0,
});

test("what runs and what changes is told, what had ended before is not", async () => {
  const exporter = recorder();
  await exportFrom(
    source(whole(ended(1, { id: "old" }), operation({ id: "a" })), update([ended(5, { id: "a" })], ["old"])),
    exporter,
  );
  expect(exporter.told).toEqual(["a running", "a completed", "-old", "flushed", "shut down"]);
});

test("after a broken connection nothing is told twice, and what was missed is", async () => {
  const exporter = recorder();
  const a = ended(5, { id: "a" });
  await exportFrom(
    source(
      whole(operation({ id: "a" }), operation({ id: "b" }), operation({ id: "c" })),
      update([a]),
      whole(a, ended(6, { id: "b" }), ended(7, { id: "new" })),
    ),
    exporter,
  );
  expect(exporter.told.slice(3, -2)).toEqual(["a completed", "b completed", "new completed", "-c"]);
});

test("it follows a live source until the signal is aborted", async () => {
  const t = createTestProgress();
  const exporter = recorder();
  const stop = new AbortController();
  const following = exportFrom(t.progress.live, exporter, { filter: { type: "import" }, signal: stop.signal });
  await t.advance("100ms");
  t.progress.start("import", { id: "a" });
  t.progress.start("other", { id: "b" });
  await t.advance("100ms");
  stop.abort();
  await following;
  expect(exporter.told).toEqual(["a running", "flushed", "shut down"]);
});

test("a source or an exporter that fails rejects it, and the exporter is shut down", async () => {
  const exporter = recorder();
  const failing = {
    async *watch(): AsyncGenerator<Change> {
      yield whole(later(1, { id: "a" }));
      throw new Error("gone");
    },
  } as Partial<OperationSource> as OperationSource;
  await expect(exportFrom(failing, exporter)).rejects.toThrow("gone");
  expect(exporter.told).toEqual(["a running", "shut down"]);
  const full: OperationExporter = {
    export() {
      throw new Error("full");
    },
  };
  await expect(exportFrom(source(whole(operation())), full)).rejects.toThrow("full");
});

test("what is no source, and what is no exporter, is refused with what was expected", async () => {
  const { progress } = createTestProgress();
  await expect(exportFrom(progress as never, recorder())).rejects.toThrow(
    "source: expected an object with watch(), such as progress.live, received an object",
  );
  await expect(exportFrom(progress.live, undefined as never)).rejects.toThrow(
    "exporter: expected an object with export()",
  );
});
