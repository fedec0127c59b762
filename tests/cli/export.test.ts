import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { dispatch } from "../../src/cli/dispatch.js";
import { HISTORY_ENDING } from "../../src/history-files.js";
import type { ListOptions } from "../../src/model.js";
import { serveProgress } from "../../src/query/node.js";
import { eventually } from "../contracts/eventually.js";
import { snapshotOf } from "../query/source.js";
import { invoke, Kept, serve } from "./invoke.js";

const folder = mkdtempSync(join(tmpdir(), "otel-progress-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function filled(count: number) {
  const served = await serve();
  const { progress, advance } = served.test;
  for (let at = 0; at < count; at++) {
    const op = progress.start(at % 2 === 0 ? "import" : "resize", { id: `op-${at}`, name: "=1+1\u001b[2J" });
    op.startLevel("file").complete();
    // Of those that ended not as many are kept.
    if (count < 1_000) op.complete();
    if (at % 100 === 0) await advance("1s");
  }
  return served;
}
const ids = (ndjson: string) =>
  ndjson
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { id: string }).id);

describe("export", () => {
  it("writes everything as ndjson, page by page, nothing twice and nothing left out", async () => {
    await using served = await filled(2_100);
    const { code, stdout, stderr } = await invoke(["export"], { env: served.env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(new Set(ids(stdout)).size).toBe(2_100);
    expect(ids(stdout).length).toBe(2_100);
  });

  it("writes the same as GET /export does", async () => {
    await using served = await filled(5);
    for (const query of ["format=ndjson", "format=csv", "format=ndjson&levels=tree", "format=csv&type=import"]) {
      const wanted = new URLSearchParams(query);
      const words = [
        "export",
        "--format",
        wanted.get("format")!,
        ...(wanted.has("levels") ? ["-l"] : []),
        ...(wanted.has("type") ? ["-t", "import"] : []),
      ];
      const { stdout } = await invoke(words, { env: served.env });
      expect(stdout).toBe(await (await fetch(`${served.server.url}/export?${query}`)).text());
    }
  });

  it("lets nothing move the cursor of a terminal", async () => {
    await using served = await filled(1);
    const { stdout } = await invoke(["export", "--format", "csv"], { env: served.env, columns: 80 });
    expect(stdout).toContain("op-0,import,'=1+1 [2J,completed,");
    expect(stdout.match(/\r\n/g)?.length).toBe(2);
  });

  it("reads a journal at once, in both forms", async () => {
    const one = snapshotOf("old-1", 0, { status: "completed", endedAt: "2026-01-01T00:00:09.000Z" } as never);
    writeFileSync(join(folder, `a${HISTORY_ENDING}`), `${JSON.stringify(one)}\n`);
    expect(ids((await invoke(["export", "--journal", folder])).stdout)).toEqual(["old-1"]);
    const { stdout } = await invoke(["export", "--journal", folder, "-f", "csv"]);
    expect(stdout).toMatch(/^id,type,name,.*\r\nold-1,import,import,completed,.*\r\n$/);
  });

  it("asks for no more than its reader takes", async () => {
    await using served = await filled(2_100);
    const { live } = served.test.progress;
    let asked = 0;
    const list = (options?: ListOptions) => {
      asked++;
      return live.list(options);
    };
    await using server = await serveProgress({ source: { ...live, list }, port: 0 });
    let take: (() => void) | undefined;
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void (take = done) });
    const env = { PROGRESS_URL: server.url };
    const ended = dispatch(["export"], { stdin: process.stdin, stdout: slow, stderr: new Kept(), env });
    const piece = async () => {
      await eventually(() => expect(take).toBeDefined());
      const taken = take!;
      take = undefined;
      return taken;
    };
    let taken = await piece();
    const before = asked;
    await new Promise(setImmediate);
    expect(asked).toBe(before);
    // However many pieces a page comes in.
    while (asked === before) {
      taken();
      taken = await piece();
    }
    slow.destroy(new Error("gone"));
    expect(await ended).toBe(1);
  });
});
