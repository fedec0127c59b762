import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import { ASKED, openAsked, openServed, SERVED } from "../../src/cli/sources.js";
import { HISTORY_ENDING } from "../../src/history-files.js";
import { snapshotOf } from "../query/source.js";
import { serve } from "./invoke.js";

const folder = mkdtempSync(join(tmpdir(), "otel-progress-sources-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ended = snapshotOf("old-1", 0, { status: "completed", endedAt: "2026-01-01T00:00:01.000Z" } as never);
writeFileSync(join(folder, `a${HISTORY_ENDING}`), `${JSON.stringify(ended)}\n`);

const command = { usage: "", description: "", examples: [], run: async () => 0 };
const asked = (words: readonly string[], env = {}) =>
  openAsked(readArguments({ ...command, options: ASKED }, words), env);
const served = (words: readonly string[], env = {}) =>
  openServed(readArguments({ ...command, options: SERVED }, words), env);

describe("what is asked", () => {
  it("is the server of the environment, or the one that is named, with its token", async () => {
    await using one = await serve({ token: "secret" });
    one.test.progress.start("import", { id: "a" });
    const PROGRESS_TOKEN = "secret";
    const fromEnvironment = await asked([], { PROGRESS_URL: one.server.url, PROGRESS_TOKEN });
    expect(fromEnvironment.place).toBe(one.server.url);
    expect(await fromEnvironment.source.list()).toMatchObject([{ id: "a" }]);
    const named = await asked(["--url", one.server.url, "--token", "secret"], {
      PROGRESS_URL: "http://other",
      PROGRESS_TOKEN: "x",
    });
    expect(await named.source.list()).toMatchObject([{ id: "a" }]);
  });

  it("is the usual port of this machine when nothing is said, or an empty variable", async () => {
    expect((await asked([], { PROGRESS_URL: "", PROGRESS_TOKEN: "" })).place).toBe("http://127.0.0.1:4680");
  });

  it("is the history of a journal", async () => {
    const { source, place } = await asked(["--journal", folder], { PROGRESS_URL: "http://other" });
    expect(place).toBe(`the journal in ${folder}`);
    expect(await source.list()).toMatchObject([{ id: "old-1", status: "completed" }]);
  });

  it("is a Jaeger", async () => {
    expect(await asked(["--jaeger", "http://localhost:16686/"])).toMatchObject({
      place: "the Jaeger at http://localhost:16686/",
      traceUrl: "http://localhost:16686/trace/{traceId}",
    });
  });

  it("is one place, and one that is there", async () => {
    await expect(asked(["--url", "http://a", "--journal", folder])).rejects.toThrowError(
      "--url and --journal are two places; say one of them",
    );
    await expect(asked(["--journal", ""])).rejects.toThrowError('--journal: expected DIR, received ""');
    await expect(asked(["--token", "a b"])).rejects.toThrowError("the token: expected visible ASCII");
    await expect(asked(["--url", "localhost"])).rejects.toMatchObject({ code: "INVALID_OPTION" });
    const missing = join(folder, "missing");
    await expect(asked(["--journal", missing])).rejects.toMatchObject({
      exitCode: 3,
      message: `there is no directory ${missing}`,
    });
    const file = join(folder, `a${HISTORY_ENDING}`);
    await expect(asked(["--journal", file])).rejects.toMatchObject({ exitCode: 3, message: `${file} is no directory` });
    await expect(asked(["--journal", join(file, "below")])).rejects.toMatchObject({ exitCode: 3, message: /ENOTDIR/ });
  });
});

describe("what is served", () => {
  it("is a history; its directory may come later", async () => {
    const { source } = await served(["--journal", join(folder, "later")]);
    expect(await source.list()).toEqual([]);
  });

  it("is the journal of the environment when nothing is said", async () => {
    expect((await served([], { PROGRESS_JOURNAL: folder })).place).toBe(`the journal in ${folder}`);
    await expect(served([])).rejects.toThrowError("say what to serve: --journal DIR or --jaeger URL or --redis URL");
  });
});
