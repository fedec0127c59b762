import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { HISTORY_ENDING } from "../../src/history-files.js";
import { eventually } from "../contracts/eventually.js";
import { snapshotOf } from "../query/source.js";
import { begin, invoke, type Surroundings, serve } from "./invoke.js";

const folder = mkdtempSync(join(tmpdir(), "otel-progress-serve-"));
const ended = snapshotOf("old-1", 0, { status: "completed", endedAt: "2026-01-01T00:00:09.000Z" } as never);
writeFileSync(join(folder, `a${HISTORY_ENDING}`), `${JSON.stringify(ended)}\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a server while `use` asks it; gives how it ended. */
async function serving(words: readonly string[], surroundings: Surroundings, use: (url: string) => Promise<void>) {
  const running = begin(["serve", "--journal", folder, "--port", "0", ...words], surroundings);
  const url = await eventually(() => {
    expect(running.stderr.text).toBe("");
    return / at (http:\/\/\S+)\/ until Ctrl-C\.\n$/.exec(running.stdout.text)![1]!;
  });
  try {
    await use(url);
  } finally {
    process.emit("SIGTERM", "SIGTERM");
  }
  return running.ended;
}
const statusOf = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).status;

describe("serve", () => {
  it("serves the page and the API over a journal until it is asked to end", async () => {
    const { code, stdout } = await serving([], {}, async (url) => {
      expect(await (await fetch(`${url}/`)).text()).toContain("<title>Progress</title>");
      expect(await (await fetch(`${url}/operations`)).json()).toMatchObject({ operations: [{ id: "old-1" }] });
      expect((await invoke(["list", "-q"], { env: { PROGRESS_URL: url } })).stdout).toBe("");
      expect((await invoke(["list", "-aq"], { env: { PROGRESS_URL: url } })).stdout).toBe("old-1\n");
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^Serving the journal in ${folder} at http://127\\.0\\.0\\.1:\\d+/ until Ctrl-C\\.\n$`),
    );
  });

  it("tells watch that a history changes no more", async () => {
    await serving([], {}, async (url) => {
      const { code, stderr } = await invoke(["watch"], { env: { PROGRESS_URL: url } });
      expect([code, stderr]).toEqual([1, expect.stringContaining("this source tells no changes")]);
    });
  });

  it("wants the token of the environment, or of the command line", async () => {
    await serving([], { env: { PROGRESS_TOKEN: "secret" } }, async (url) => {
      expect(await statusOf(`${url}/operations`)).toBe(401);
      expect(await statusOf(`${url}/operations`, { authorization: "Bearer secret" })).toBe(200);
    });
    await serving(["--token", "other"], { env: { PROGRESS_TOKEN: "secret" } }, async (url) => {
      expect(await statusOf(`${url}/operations`, { authorization: "Bearer other" })).toBe(200);
    });
  });

  it("answers to its own names, and to those it is told", async () => {
    const asked = async (url: string, name: string) => {
      const { port } = new URL(url);
      const { request } = await import("node:http");
      return new Promise((resolve, reject) => {
        const sent = request({ port, host: "127.0.0.1", path: "/operations", headers: { host: name } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on("error", reject).end();
      });
    };
    await serving(["--allow-host", "ops.example.org"], {}, async (url) => {
      expect(await asked(url, "ops.example.org")).toBe(200);
      expect(await asked(url, "localhost")).toBe(200);
      expect(await asked(url, "evil.example.org")).toBe(421);
    });
    await serving(["--host", "localhost", "--allow-host", "ops.example.org"], {}, async (url) => {
      expect(await statusOf(`${url}/healthz`)).toBe(200);
    });
    await serving([], {}, async (url) => {
      expect(await asked(url, "ops.example.org")).toBe(421);
    });
  });

  it("says what failed inside, which those who ask are not told", async () => {
    const broken = join(folder, "broken");
    const running = begin(["serve", "--journal", broken, "--port", "0"]);
    const url = await eventually(() => / at (http:\S+)\/ until/.exec(running.stdout.text)![1]!);
    writeFileSync(broken, "no directory");
    expect(await statusOf(`${url}/operations`)).toBe(500);
    process.emit("SIGINT", "SIGINT");
    expect(await running.ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^otel-progress: the history in the journal: ENOTDIR/),
    });
  });

  it.each([
    [[], "say what to serve: --journal DIR or --jaeger URL or --redis URL"],
    [["--journal", folder, "--port", "65536"], '--port: expected 0 to 65535, received "65536"'],
    [["--journal", folder, "--port", "x"], '--port: expected 0 to 65535, received "x"'],
    [["--journal", folder, "--jaeger", "http://a"], "--journal and --jaeger are two places; say one of them"],
    [["--journal", folder, "--host", "0.0.0.0"], "host: 0.0.0.0 can be reached from other machines"],
    [["--journal", folder, "--control", "--token", "t"], `--control: the journal in ${folder} is a history`],
    [["more"], '"more" is more than it takes'],
  ])("refuses %j", async (words, message) => {
    expect(await invoke(["serve", ...words])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it("says when something listens there already, or nothing can", async () => {
    await using other = await serve();
    const port = String(other.server.port);
    expect(await invoke(["serve", "--journal", folder, "--port", port])).toEqual({
      code: 1,
      stdout: "",
      stderr: `otel-progress: something listens at 127.0.0.1:${port} already; --port 0 takes a port that is free\n`,
    });
    const nowhere = ["serve", "--journal", folder, "--port", "0", "--host", "192.0.2.1", "--token", "t"];
    expect(await invoke(nowhere)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("it cannot listen at 192.0.2.1:0"),
    });
  });
});
