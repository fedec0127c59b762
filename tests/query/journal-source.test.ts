import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HISTORY_ENDING, OLDER } from "../../src/history-files.js";
import { historyLine } from "../../src/instrumentation/journal/history.js";
import { HistoryFile } from "../../src/instrumentation/journal/history-file.js";
import type { Snapshot } from "../../src/model.js";
import { createJournalSource } from "../../src/query/journal-source.js";
import { createTestProgress } from "../../src/testing.js";
import { describeOperationSource } from "../contracts/operation-source.js";
import { snapshotOf } from "./source.js";

const newDirectory = () => mkdtempSync(join(tmpdir(), "otel-progress-history-"));

/** Everything that ended is written, however short it was. */
async function start() {
  const { progress, advance } = createTestProgress();
  const directory = newDirectory();
  return {
    progress,
    source: createJournalSource(directory),
    advance,
    arrive: async () => {
      const ended = progress.live.list({ status: ["completed", "failed", "cancelled"] });
      new HistoryFile(directory, "it").append(ended.map((snapshot) => historyLine(snapshot)!));
    },
    async [Symbol.asyncDispose]() {
      await progress.shutdown();
      rmSync(directory, { recursive: true });
    },
  };
}
describeOperationSource("the history in a journal", start, ["history"]);

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const path = (name: string) => join(directory, name);
const write = (name: string, ...lines: (string | Snapshot)[]) =>
  writeFileSync(
    path(name),
    lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );
const ended = (id: string, startedMillis = 0, more: object = {}) =>
  snapshotOf(id, startedMillis, { status: "completed", endedAt: "2026-01-01T00:01:00.000Z", ...more } as object);
const lost = (id: string, startedMillis = 0, more: object = {}) =>
  snapshotOf(id, startedMillis, { status: "lost", lastSeenAt: "2026-01-01T00:00:30.000Z", ...more } as object);
const listed = async () => (await createJournalSource(directory).list()).map(({ id, status }) => `${id} ${status}`);

describe("what is in the directory", () => {
  it("is read from the files of all instances, the older ones too, anew at every question", async () => {
    const source = createJournalSource(directory);
    expect([await source.list(), await source.get("a")]).toEqual([[], undefined]);
    write(`one${HISTORY_ENDING}`, ended("a", 3));
    write(`one${HISTORY_ENDING}${OLDER}`, ended("b", 2));
    write(`two${HISTORY_ENDING}`, lost("c", 1));
    write("two.v1.progress-journal", ended("d"));
    mkdirSync(path(`folder${HISTORY_ENDING}`));
    expect(await listed()).toEqual(["a completed", "b completed", "c lost"]);
    expect((await source.get("c"))?.status).toBe("lost");
  });

  it("is told once, also when a file was renamed while it was read", async () => {
    write(`one${HISTORY_ENDING}`, ended("a"));
    write(`one${HISTORY_ENDING}${OLDER}`, ended("a"));
    expect(await listed()).toEqual(["a completed"]);
  });

  it("has every run with an id; asked for one, the latest is given", async () => {
    write(`one${HISTORY_ENDING}`, ended("a", 9, { name: "second" }), ended("a", 1, { name: "first" }));
    expect(await listed()).toEqual(["a completed", "a completed"]);
    expect((await createJournalSource(directory).get("a"))?.name).toBe("second");
  });

  it("of one that was taken for dead and went on has the end that it came to", async () => {
    const elsewhere = { instance: { id: "other" } };
    write(`finder${HISTORY_ENDING}`, lost("a", 1), lost("b"), lost("a", 1, elsewhere), lost("a", 5_000));
    write(`it${HISTORY_ENDING}`, ended("a"));
    expect((await listed()).sort()).toEqual(["a completed", "a lost", "a lost", "b lost"]);
    expect(await createJournalSource(directory).list({ status: ["lost"], until: "2026-01-01T00:00:01Z" })).toHaveLength(
      2,
    );
  });

  it("is frozen to its depths, and without levels where none are wanted", async () => {
    const level = { ...ended("p"), operationId: "a" };
    write(`one${HISTORY_ENDING}`, ended("a", 0, { levels: [level] }));
    const source = createJournalSource(directory);
    const [[whole], [bare]] = await Promise.all([source.list(), source.list({ levels: false })]);
    expect([Object.isFrozen(whole), Object.isFrozen(whole!.levels[0]!.attributes)]).toEqual([true, true]);
    expect(bare).toEqual({ ...whole, levels: [] });
  });
});

describe("what is damaged", () => {
  it("is passed over and counted: lines, and files larger than any that are written", async () => {
    write(`one${HISTORY_ENDING}`, "{", ended("a"), JSON.stringify(ended("b")).slice(0, -1), snapshotOf("c"));
    write(`two${HISTORY_ENDING}`);
    truncateSync(path(`two${HISTORY_ENDING}`), 16 * 1024 * 1024 + 1);
    expect(await listed()).toEqual(["a completed"]);
    const { byStatus, losses } = await createJournalSource(directory).stats();
    expect([byStatus.completed, losses]).toEqual([1, { journal_damaged: 4 }]);
  });

  it("is nothing where there is no directory yet", async () => {
    const { active, losses } = await createJournalSource(path("later")).stats();
    expect([active, losses]).toEqual([0, {}]);
  });

  it("is an error where the directory is none", async () => {
    write("file");
    const source = createJournalSource(path("file"));
    for (const ask of [() => source.get("a"), () => source.list(), () => source.stats()])
      await expect(ask()).rejects.toMatchObject({ code: "SOURCE_FAILED", cause: { code: "ENOTDIR" } });
  });

  it.each([undefined, "", 7])("is a path like %s", (wrong) => {
    expect(() => createJournalSource(wrong as string)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
