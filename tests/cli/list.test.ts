import { describe, expect, it } from "vitest";
import { widthOf } from "../../src/cli/columns.js";
import { deserted, invoke, type Served, type Surroundings, serve } from "./invoke.js";

/** Something of everything. */
async function filled(): Promise<Served> {
  const served = await serve();
  const { progress, advance } = served.test;
  progress.start("resize", { id: "r-1", name: "Resize a.png" }).fail(new Error("no space left"));
  await advance("1s");
  const backup = progress.start("backup", { id: "b-1", name: "Backup", total: 5e9, unit: "By" });
  backup.increment(3e8);
  await advance("10m");
  const op = progress.start("import", {
    id: "job-7",
    name: "Nightly\u0007 import 日本",
    total: 100,
    unit: "row",
  });
  for (let row = 0; row < 40; row++) {
    op.increment();
    await advance("100ms");
  }
  op.message("row 40");
  return served;
}

const list = (served: Served, words: readonly string[] = [], surroundings: Surroundings = {}) =>
  invoke(["list", ...words], { ...surroundings, env: { ...served.env, ...surroundings.env } });

describe("list", () => {
  it("shows what is under way, latest first, and what stalls", async () => {
    await using served = await filled();
    expect(await list(served)).toEqual({
      code: 0,
      stdout:
        "ID     NAME                  TYPE    STATUS          DONE  ITEMS           RATE         TIME  LEFT  NOTE\n" +
        "job-7  Nightly  import 日本  import  running          40%  40 of 100 rows  10 rows/s      4s  5.9s  row 40\n" +
        "b-1    Backup                backup  stalled 10m 3s    6%  300 MB of 5 GB             10m 4s\n",
      stderr: "",
    });
  });

  it("shows with --all what has ended too, and why", async () => {
    await using served = await filled();
    const { stdout } = await list(served, ["--all", "--type", "resize"]);
    expect(stdout).toBe(
      "ID   NAME          TYPE    STATUS  TIME  NOTE\nr-1  Resize a.png  resize  failed    0s  no space left\n",
    );
  });

  it("fits a window, coloured, and leaves colours where NO_COLOR is set", async () => {
    await using served = await filled();
    const { stdout } = await list(served, [], { columns: 70 });
    expect(
      stdout
        .split("\n")
        .map(widthOf)
        .every((width) => width < 70),
    ).toBe(true);
    expect(stdout).toContain("\u001b[33mstalled 10m 3s\u001b[0m");
    const without = await list(served, [], { columns: 70, env: { NO_COLOR: "1" } });
    expect(without.stdout).not.toContain("\u001b");
    expect(without.stdout).toMatch(/^job-7 .* 40% /m);
  });

  it("is plain in CI and on a dumb terminal, whatever the window", async () => {
    await using served = await filled();
    const plain = (await list(served)).stdout;
    expect((await list(served, [], { columns: 40, env: { CI: "true" } })).stdout).toBe(plain);
    expect((await list(served, [], { columns: 40, env: { TERM: "dumb" } })).stdout).toBe(plain);
  });

  it("gives programs what GET /operations answers, and nothing that moves a cursor", async () => {
    await using served = await filled();
    const { stdout } = await list(served, ["--format", "json"]);
    const answer = await (await fetch(`${served.server.url}/operations?status=pending,running,paused`)).json();
    expect(JSON.parse(stdout)).toEqual(answer);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it("gives ids alone with --quiet, one per line", async () => {
    await using served = await filled();
    expect((await list(served, ["-aq"])).stdout).toBe("job-7\nb-1\nr-1\n");
  });

  it("filters, sorts and cuts, and says when there are more", async () => {
    await using served = await filled();
    expect((await list(served, ["-q", "-a", "--status", "failed,lost"])).stdout).toBe("r-1\n");
    expect((await list(served, ["-q", "-a", "-s", "failed", "-s", "running", "--text", "RESIZE"])).stdout).toBe(
      "r-1\n",
    );
    expect((await list(served, ["-q", "--sort", "duration"])).stdout).toBe("b-1\njob-7\n");
    expect((await list(served, ["-q", "-a", "--until", "2026-01-01T00:00:01Z"])).stdout).toBe("r-1\n");
    expect(await list(served, ["-q", "-n", "1"])).toEqual({
      code: 0,
      stdout: "job-7\n",
      stderr: "otel-progress: there are more than 1: --limit, or a filter, shows others\n",
    });
  });

  it("says so on stderr where there is nothing to show, and where else to look", async () => {
    await using served = await serve();
    expect(await list(served)).toEqual({ code: 0, stdout: "", stderr: "otel-progress: nothing is under way\n" });
    served.test.progress.start("import").complete();
    expect((await list(served)).stderr).toBe(
      "otel-progress: nothing is under way; what has ended: otel-progress list --all\n",
    );
    expect((await list(served, ["--all", "--type", "export"])).stderr).toBe("otel-progress: nothing was found\n");
    expect((await list(served, ["--format", "json"])).stdout).toBe('{"operations":[]}\n');
  });

  it("says where nothing answers, with what to do about it", async () => {
    const url = await deserted();
    expect(await invoke(["list"], { env: { PROGRESS_URL: url } })).toEqual({
      code: 3,
      stdout: "",
      stderr:
        `otel-progress: nothing answers at ${url}. Start what serves there (serveProgress in the application, ` +
        "or otel-progress serve), or say where with --url or PROGRESS_URL\n",
    });
  });

  it("refuses what it does not know", async () => {
    expect(await invoke(["list", "job-7"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"job-7" is more'),
    });
    expect((await invoke(["list", "--limit", "0"])).stderr).toMatch(
      /--limit: expected a whole number, 1 or more, received "0"/,
    );
    expect((await invoke(["list", "--limt", "3"])).stderr).toMatch(/Unknown option '--limt'\. Did you mean --limit\?/);
  });
});
