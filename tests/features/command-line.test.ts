// The rows of docs/features.md about asking, from a shell.

import { afterEach, beforeEach, expect, it } from "vitest";
import { formatReport } from "../../src/query/report.js";
import { invoke, type Served, serve } from "../cli/invoke.js";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served[Symbol.asyncDispose]());
const run = async (line: string) => {
  const { code, stdout, stderr } = await invoke(line.split(" "), { env: served.env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

it("F13: the verbose report of an operation is printed by otel-progress get", async () => {
  const { progress, advance } = served.test;
  const op = progress.start("setlist.process", { id: "abc123", name: "My Setlist" });
  const song = op.startLevel("song", { id: "song-001", name: "audio1.wav", total: 20, unit: "action" });
  song.increment(10);
  await advance("10s");
  const report = await run("get abc123");
  expect(report).toBe(`${formatReport(op.snapshot())}\n`);
  expect(report).toMatch(
    /^setlist\.process: "My Setlist" \(ID: abc123\)\n[\s\S]*\n {2}song 1\/1: audio1\.wav \(ID: song-001\)\n/,
  );
});

it("F14: logs of progress are exported and listed from a shell, filtered by type, status, time and text", async () => {
  const { progress, advance } = served.test;
  progress.start("import", { id: "old", name: "Nightly" }).complete();
  await advance("1h");
  progress.start("import", { id: "new", name: "Nightly" }).complete();
  progress.start("import", { id: "bad" }).fail(new Error("no header"));
  const filters = "--type import --status completed --since 2026-01-01T00:30:00Z --text night";
  const lines = (await run(`export ${filters}`)).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([JSON.parse(JSON.stringify(progress.live.get("new")))]);
  expect(await run(`list --quiet ${filters}`)).toBe("new\n");
  expect(await run("export --format csv --until 2026-01-01T00:30:00Z")).toMatch(
    /^id,type,.*\r\nold,import,Nightly,completed,.*\r\n$/,
  );
});

it("F15: one state, many endpoints: a command line, in a table, as JSON, followed to its end", async () => {
  const { progress, advance } = served.test;
  const op = progress.start("import", { id: "a", total: 2 });
  op.increment();
  await advance("1s");
  expect(await run("list")).toMatch(/^ID .*\na +import +import +running +50% /);
  expect(JSON.parse(await run("list --format json"))).toMatchObject({ operations: [{ id: "a", percentage: 50 }] });
  op.complete();
  expect(await run("watch a")).toContain("import");
  expect(await run("history")).toMatch(/^ID .*\na +import +import +completed /);
});
