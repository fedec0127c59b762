import { describe, expect, it } from "vitest";
import { serveProgress } from "../../src/query/node.js";
import { eventually } from "../contracts/eventually.js";
import { ownPort } from "../services/own-port.js";
import { begin, deserted, invoke, serve } from "./invoke.js";

describe("watch", () => {
  it("follows one to its end, in lines where there is no terminal", async () => {
    await using served = await serve();
    const { progress, advance } = served.test;
    const op = progress.start("import", { id: "job-7", total: 4 });
    progress.start("other", { id: "job-8" });
    const watching = begin(["watch", "job-7"], { env: served.env });
    await eventually(() => expect(watching.stdout.text).toContain("start import: 4, id job-7\n"));
    op.increment(4);
    op.complete();
    await advance("200ms");
    const { code, stdout, stderr } = await watching.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nok import\b.*\n$/);
    expect(stdout).not.toContain("job-8");
  });

  it.each([
    ["completed", 0],
    ["failed", 1],
    ["cancelled", 6],
    ["lost", 7],
  ])("says with its exit code that it %s: %i", async (status, code) => {
    const why = status === "failed" ? { error: { type: "Error", message: "no disk" } } : {};
    const source = await import("../query/source.js");
    const snapshot = source.snapshotOf("a", 0, {
      status,
      endedAt: "2026-01-01T00:00:01.000Z",
      lastSeenAt: "2026-01-01T00:00:01.000Z",
      ...why,
    } as never);
    async function* watch() {
      yield { kind: "snapshot", operations: [snapshot] } as const;
      await new Promise(() => {});
    }
    await using served = await serve({
      source: source.sourceOf([snapshot], { capabilities: ["live", "watch"], watch }),
    });
    expect(await invoke(["watch", "a"], { env: served.env })).toMatchObject({ code, stderr: "" });
  });

  it("goes on when the server goes away and comes back, and says so calmly", async () => {
    await using served = await serve({ port: await ownPort() });
    const { progress, advance } = served.test;
    const op = progress.start("import", { id: "job-7", total: 4 });
    const watching = begin(["watch", "job-7", "--format", "json"], { env: served.env });
    await eventually(() => expect(watching.stdout.text).toContain('"job-7"'));
    await served.server.close();
    await eventually(() => expect(watching.stderr.text).toContain("went away; it is tried again\n"));
    op.increment(4);
    await advance("1s");
    await using _again = await serveProgress({ source: progress.live, port: served.server.port });
    await eventually(() => expect(watching.stderr.text).toContain("is there again\n"));
    op.complete();
    await advance("200ms");
    const { code, stdout, stderr } = await watching.ended;
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string; current: number });
    expect([code, lines[0]!.current, lines.at(-1)]).toMatchObject([0, 0, { status: "completed", current: 4 }]);
    const { url } = served.server;
    expect(stderr).toBe(`otel-progress: ${url} went away; it is tried again\notel-progress: ${url} is there again\n`);
  });

  it("says that one is gone which the server that came back does not know", async () => {
    await using served = await serve({ port: await ownPort() });
    served.test.progress.start("import", { id: "job-7" });
    const watching = begin(["watch", "job-7"], { env: served.env });
    await eventually(() => expect(watching.stdout.text).toContain("import"));
    await served.server.close();
    await using other = await serve({ port: served.server.port });
    const { code, stderr } = await watching.ended;
    expect(other.server.port).toBe(served.server.port);
    expect([code, stderr]).toEqual([5, expect.stringContaining(`${served.server.url} has no operation "job-7"\n`)]);
  });

  it("waits with --wait for the server and the operation", async () => {
    const url = await deserted();
    const watching = begin(["watch", "job-7", "--wait"], { env: { PROGRESS_URL: url } });
    await eventually(() =>
      expect(watching.stderr.text).toBe(`otel-progress: nothing answers at ${url} yet; waiting for it\n`),
    );
    await using served = await serve({ port: Number(new URL(url).port) });
    await eventually(() => expect(watching.stderr.text).toContain("waiting for job-7 to begin"));
    served.test.progress.start("import", { id: "job-7" }).complete();
    await served.test.advance("200ms");
    expect(await watching.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok import\b/m) });
  });

  it("does not wait without it", async () => {
    const url = await deserted();
    expect(await invoke(["watch"], { env: { PROGRESS_URL: url } })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`nothing answers at ${url}.`),
    });
    await using served = await serve();
    served.test.progress.start("import", { id: "job-7" });
    expect(await invoke(["watch", "job-8"], { env: served.env })).toEqual({
      code: 5,
      stdout: "",
      stderr: `otel-progress: ${served.server.url} has no operation "job-8". Did you mean job-7?\n`,
    });
  });

  it("is refused by a server that wants a token", async () => {
    await using served = await serve({ token: "secret" });
    expect(await invoke(["watch"], { env: served.env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("PROGRESS_TOKEN"),
    });
    const { env } = served;
    served.test.progress.start("import", { id: "a" }).complete();
    expect(await invoke(["watch", "a"], { env: { ...env, PROGRESS_TOKEN: "secret" } })).toMatchObject({ code: 0 });
  });

  it("ends at Ctrl-C, with bars on a terminal left as they are", async () => {
    await using served = await serve();
    served.test.progress.start("import", { id: "job-7", name: "Nightly \u0007import", total: 4 }).increment();
    served.test.progress.start("export", { id: "job-8", name: "Not of this type" });
    const watching = begin(["watch", "--type", "import"], { env: served.env, columns: 90 });
    await eventually(() => expect(watching.stdout.text).toMatch(/Nightly {2}import[\s\S]*━[\s\S]* 25%/));
    process.emit("SIGINT", "SIGINT");
    const { code, stdout } = await watching.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain("Not of this type");
    expect(stdout).not.toContain("\u0007");
  });
});
