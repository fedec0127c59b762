import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { HISTORY_ENDING } from "../../src/history-files.js";
import { snapshotOf } from "../query/source.js";
import { invoke, serve } from "./invoke.js";

const folder = mkdtempSync(join(tmpdir(), "otel-progress-history-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function filled() {
  const served = await serve();
  const { progress, advance } = served.test;
  for (const seconds of [2, 4, 30]) {
    const op = progress.start("import", { id: `i-${seconds}`, total: 10, unit: "row" });
    await advance(`${seconds}s`);
    op.increment(10);
    op.complete();
  }
  progress.start("resize", { id: "r-1" }).fail(new Error("no space left"));
  progress.start("import", { id: "running" });
  return served;
}

describe("history", () => {
  it("lists what has ended, and sums up each type", async () => {
    await using served = await filled();
    expect(await invoke(["history"], { env: served.env })).toEqual({
      code: 0,
      stdout: [
        "ID    NAME    TYPE    STATUS     DONE  ITEMS          STARTED (UTC)        TIME  NOTE",
        "r-1   resize  resize  failed                          2026-01-01 00:00:36    0s  no space left",
        "i-30  import  import  completed  100%  10 of 10 rows  2026-01-01 00:00:06   30s",
        "i-4   import  import  completed  100%  10 of 10 rows  2026-01-01 00:00:02    4s",
        "i-2   import  import  completed  100%  10 of 10 rows  2026-01-01 00:00:00    2s",
        "",
        "TYPE    COMPLETED  FAILED  CANCELLED  LOST  P50  P95  LONGEST",
        "import          3       0          0     0   4s  30s      30s",
        "resize          0       1          0     0",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("counts also what is not listed, and says how much that is", async () => {
    await using served = await filled();
    const { stdout } = await invoke(["history", "-n", "1", "--sort", "duration"], { env: served.env });
    expect(stdout).toMatch(/^ID .*\ni-30 .*\nand 3 more, counted below\n\nTYPE .*\nimport +3 /);
  });

  it("gives programs both", async () => {
    await using served = await filled();
    const { stdout } = await invoke(["history", "-n", "1", "--type", "import", "-f", "json"], { env: served.env });
    expect(JSON.parse(stdout)).toMatchObject({
      operations: [{ id: "i-30", status: "completed" }],
      types: [{ type: "import", ended: 3, completed: 3, p50Seconds: 4, p95Seconds: 30, longestSeconds: 30 }],
    });
  });

  it("takes other statuses when it is told to", async () => {
    await using served = await filled();
    const { stdout } = await invoke(["history", "--status", "failed", "-f", "json"], { env: served.env });
    expect(JSON.parse(stdout)).toMatchObject({ operations: [{ id: "r-1" }], types: [{ type: "resize" }] });
  });

  it("reads a journal without a server", async () => {
    const lines = [1, 2].map((at) =>
      JSON.stringify(
        snapshotOf(`old-${at}`, at, { status: "completed", endedAt: "2026-01-01T00:00:09.000Z" } as never),
      ),
    );
    writeFileSync(join(folder, `a${HISTORY_ENDING}`), `${lines.join("\n")}\n`);
    const { code, stdout } = await invoke(["history", "--journal", folder]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^old-2 .*\nold-1 /m)]);
  });

  it("says so where nothing was found", async () => {
    await using served = await serve();
    expect(await invoke(["history"], { env: served.env })).toEqual({
      code: 0,
      stdout: "",
      stderr: "otel-progress: nothing that ended was found\n",
    });
  });
});
