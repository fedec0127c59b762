// The asking commands as what they are to a shell: processes, with pipes and signals.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../contracts/eventually.js";
import { type Installation, installPackage, plainEnv } from "../services/application.js";
import { ownPort } from "../services/own-port.js";
import { deserted, serve } from "./invoke.js";

let installation: Installation;
let main: string;
beforeAll(() => {
  installation = installPackage([], process.env["SDK"] as "sdk2" | "sdk3");
  main = join(installation.folder, "node_modules/otel-progress/dist/cli/main.js");
});
afterAll(() => installation?.[Symbol.dispose]());

const start = (words: readonly string[], env: Record<string, string> = {}, flags: readonly string[] = []) =>
  spawn(process.execPath, [...flags, main, ...words], { cwd: installation.folder, env: plainEnv(env) });

async function ended(child: ChildProcessWithoutNullStreams) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { stdout, stderr, code, signal };
}
/** What it has said so far; read while it goes on. */
function heard(child: ChildProcessWithoutNullStreams) {
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (said.stdout += chunk));
  child.stderr.on("data", (chunk) => (said.stderr += chunk));
  return said;
}

/** Whoever asks it for a package of OpenTelemetry is refused. */
const WITHOUT = [
  "--import",
  `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(
    `data:text/javascript,export async function resolve(name,context,next){
      if(name.startsWith("@opentelemetry/"))throw new Error("asked for "+name);return next(name,context)}`.replace(
      /\s+/g,
      " ",
    ),
  )})`,
];

describe("a command that asks", () => {
  it("loads no OpenTelemetry", async () => {
    await using served = await serve();
    served.test.progress.start("import", { id: "job-7" }).complete();
    const env = { PROGRESS_URL: served.server.url };
    mkdirSync(join(installation.folder, "journal"), { recursive: true });
    for (const words of [
      ["help"],
      ["list", "-a"],
      ["get", "job-7"],
      ["history"],
      ["export"],
      ["list", "--journal", "journal"],
    ]) {
      expect([words, await ended(start(words, env, WITHOUT))]).toMatchObject([words, { code: 0, signal: null }]);
    }
    expect((await ended(start(["run", "--", "true"], env, WITHOUT))).stderr).toContain("asked for @opentelemetry/api");
  });

  it("ends quietly when its reader leaves, as head does, with what SIGPIPE would be", async () => {
    await using served = await serve();
    const { progress } = served.test;
    for (let at = 0; at < 900; at++)
      progress.start("import", { id: `job-${at}`, description: "x".repeat(900) }).complete();
    for (const words of [["export"], ["list", "-a", "-n", "900", "-f", "json"]]) {
      const child = start(words, { PROGRESS_URL: served.server.url });
      child.stdout.once("data", () => child.stdout.destroy());
      const [stderr, [code, signal]] = await Promise.all([text(child.stderr), once(child, "exit")]);
      expect([words, stderr, code, signal]).toEqual([words, "", 141, null]);
    }
  });

  it("has its exit code also when nobody reads what it remarks", async () => {
    const child = start(["list"], { PROGRESS_URL: await deserted() });
    child.stderr.destroy();
    expect(await once(child, "exit")).toEqual([3, null]);
  });

  it("has its answer on stdout and everything else on stderr", async () => {
    const url = await deserted();
    expect(await ended(start(["list"], { PROGRESS_URL: url }))).toMatchObject({ code: 3, stdout: "" });
    expect(await ended(start(["--version"]))).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await ended(start(["lst"]))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean list?"),
    });
  });
});

describe("a command that goes on", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("serves until %s, and then lets go of its port", async (signal) => {
    const child = start(["serve", "--journal", "journal", "--port", "0"]);
    const said = heard(child);
    const url = await eventually(() => /http:\S+[^/](?=\/ until)/.exec(said.stdout)![0]);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(said.stderr).toBe("");
    await expect(fetch(`${url}/healthz`)).rejects.toThrowError();
  });

  it("watches while the server is gone, though nothing else keeps it alive, until Ctrl-C", async () => {
    const served = await serve();
    served.test.progress.start("import", { id: "job-7" });
    const child = start(["watch", "job-7"], { PROGRESS_URL: served.server.url });
    const said = heard(child);
    await eventually(() => expect(said.stdout).toContain("import"));
    await served[Symbol.asyncDispose]();
    await eventually(() => expect(said.stderr).toContain("went away; it is tried again\n"));
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
  });

  it("outlives a server that is killed, and finds the next one at its place", async () => {
    await using served = await serve();
    served.test.progress.start("import", { id: "job-7" });
    const port = await ownPort();
    const first = start(["serve", "--journal", "journal", "--port", `${port}`]);
    const said = heard(first);
    const url = await eventually(() => /http:\S+[^/](?=\/ until)/.exec(said.stdout)![0]);
    first.kill("SIGKILL");
    await once(first, "exit");
    const watching = start(["watch", "job-7", "--wait"], { PROGRESS_URL: url });
    const seen = heard(watching);
    await eventually(() => expect(seen.stderr).toContain(`nothing answers at ${url} yet`));
    await using again = await serve({ source: served.test.progress.live, port });
    await eventually(() => expect(seen.stdout).toContain("import"));
    expect(again.server.url).toBe(url);
    served.test.progress.handle("job-7")!.complete();
    await served.test.advance("200ms");
    expect(await once(watching, "exit")).toEqual([0, null]);
  });
});
