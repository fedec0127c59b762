// The hooks in a real browser, with both Reacts, against a real server on another origin.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress, defineOperation, type Progress } from "../../src/index.js";
import { type ProgressServer, serveProgress } from "../../src/query/node.js";
import { createReadToken } from "../../src/query/read-tokens.js";
import { startChromium } from "./chromium.js";
import { complaintsOf, type ReactVersion, type Site, servePage } from "./react-site.js";

const clip = defineOperation("video.clip", { stages: { reading: [0, 50], writing: [50, 100] } });
const SECRET = "a secret of thirty-two characters";
/** Streams are closed a tenth of a second after the last component left. */
const SOON = { timeout: 10_000, interval: 50 };

interface Part {
  readonly what: "One" | "Many" | "Stages";
  readonly name: string;
  readonly id?: string;
  readonly filter?: object;
  readonly options?: object;
}
interface PageWindow {
  show(...lists: readonly (readonly Part[])[]): void;
  readonly told: readonly string[];
  readonly reactVersion: string;
}

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

describe.each(["18", "19"] as const)("React %s", (version: ReactVersion) => {
  let site: Site;
  let progress: Progress;
  let server: ProgressServer;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    site = await servePage("react-page.mjs", version);
  }, 60_000);
  afterAll(() => site[Symbol.asyncDispose]());

  beforeEach(async () => {
    progress = createProgress();
    server = await serve();
    page = await browser.newPage();
    complaints = complaintsOf(page);
    await page.goto(site.origin);
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
    await server.close();
    await progress.shutdown();
  });

  const serve = (port = 0, access: { readonly token?: string; readonly readTokenSecret?: string } = {}) =>
    serveProgress({ source: progress.live, origins: [site.origin], port, ...access });
  const show = (...lists: (readonly Part[])[]) =>
    page.evaluate((all) => (window as unknown as PageWindow).show(...all), lists);
  const one = (name: string, options: object = {}): Part => ({
    what: "One",
    name,
    id: "job",
    options: { url: server.url, ...options },
  });
  const shows = (name: string, text: string) => expect.poll(() => page.textContent(`#${name}`), SOON).toBe(text);
  const told = () => page.evaluate(() => (window as unknown as PageWindow).told);
  const tells = (...lines: string[]) => expect.poll(told, SOON).toEqual(lines);
  const streams = async () =>
    ((await (await fetch(`${server.url}/stats`)).json()) as { subscribers: number }).subscribers;
  const hasStreams = (count: number) => expect.poll(streams, SOON).toBe(count);

  it("is what the page runs on", async () => {
    const found = await page.evaluate(() => (window as unknown as PageWindow).reactVersion);
    expect(found.split(".")[0]).toBe(version);
  });

  it("F24: follows an operation from before its start to its completion, tells it once, and gives the stream back", async () => {
    await show([one("a"), { what: "Stages", name: "stages" }]);
    await shows("a", "open - - - -");
    await shows("stages", "reading 50, writing 100");
    await hasStreams(1);
    const operation = progress.start(clip, { id: "job" });
    operation.enterStage("reading", { percentage: 50 });
    await shows("a", "open running reading 25 -");
    operation.enterStage("writing");
    await shows("a", "open running writing 50 -");
    operation.complete();
    await shows("a", "closed completed writing 100 -");
    await hasStreams(0);
    await show([one("a"), one("late")]);
    await shows("late", (await page.textContent("#a"))!);
    await tells("a: job completed", "late: job completed");
  });

  it("shows a failure with its reason, and tells it once", async () => {
    const operation = progress.start(clip, { id: "job", name: "Holiday" });
    await show([one("a")]);
    await shows("a", "open running - 0 -");
    operation.fail(new Error("frame 10 cannot be read"));
    await shows("a", "closed failed - 0 Holiday failed: frame 10 cannot be read");
    await hasStreams(0);
    await tells("a: OperationEndedError");
  });

  it("leaves the server when the last component is unmounted", async () => {
    await show([one("a"), one("b")]);
    await hasStreams(1);
    await show([one("b")]);
    await shows("b", "open - - - -");
    await page.waitForTimeout(300);
    expect(await streams()).toBe(1);
    await show([]);
    await hasStreams(0);
    expect(await told()).toEqual([]);
  });

  it("shares one stream among components of one tree and of another", async () => {
    const operation = progress.start(clip, { id: "job" });
    await show([one("a"), one("b")], [one("c")]);
    await hasStreams(1);
    operation.enterStage("writing");
    for (const name of ["a", "b", "c"]) await shows(name, "open running writing 50 -");
    operation.complete();
    await expect
      .poll(async () => [...(await told())].sort(), SOON)
      .toEqual(["a: job completed", "b: job completed", "c: job completed"]);
  });

  it("survives a restart of the server, catches up with what happened meanwhile, and tells the end once", async () => {
    const operation = progress.start(clip, { id: "job" });
    operation.enterStage("reading");
    await show([one("a"), { what: "Many", name: "all", filter: { type: "video.clip" }, options: { url: server.url } }]);
    await shows("a", "open running reading 0 -");
    await server.close();
    await expect.poll(() => page.textContent("#a"), SOON).toMatch(/^reconnecting running reading 0 ./);
    await shows("all", "reconnecting, job running");
    operation.enterStage("writing");
    server = await serve(server.port);
    await shows("a", "open running writing 50 -");
    await shows("all", "open, job running");
    operation.complete();
    await shows("a", "closed completed writing 100 -");
    await shows("all", "open, job completed");
    const [first, ...more] = await told();
    expect([first?.startsWith("a: "), more]).toEqual([true, ["a: job completed"]]);
  });

  it("goes on after a restart that forgot the operation, and shows it when it begins again", async () => {
    progress.start(clip, { id: "job" });
    await show([one("a")]);
    await shows("a", "open running - 0 -");
    const { port } = server;
    await server.close();
    await progress.shutdown();
    progress = createProgress();
    server = await serve(port);
    await shows("a", "open - - - -");
    progress.start(clip, { id: "job" }).complete();
    await shows("a", "closed completed - 100 -");
  });

  it("is told that a token is needed, and follows once it has one", async () => {
    await server.close();
    server = await serve(0, { token: "secret", readTokenSecret: SECRET });
    progress.start(clip, { id: "job" });
    await show([one("a")]);
    await expect.poll(() => page.textContent("#a"), SOON).toMatch(/^closed - - - 401 A token is needed/);
    await show([one("a", { token: "wrong" })]);
    await expect.poll(() => page.textContent("#a"), SOON).toMatch(/^closed - - - 401 /);
    await show([one("a", { token: await createReadToken(SECRET, "job", { expiresIn: "1h" }) })]);
    await shows("a", "open running - 0 -");
    await show([one("a", { token: "secret" })]);
    await shows("a", "open running - 0 -");
    await expect.poll(async () => (await told()).length, SOON).toBe(2);
  });

  it("polls when it is told to, and stops at the end", async () => {
    const operation = progress.start(clip, { id: "job" });
    const asked = vi.fn();
    page.on("request", (request) => {
      if (request.url().endsWith("/operations/job") && request.method() === "GET") asked();
    });
    await show([one("a", { pollInterval: "100ms" })]);
    await shows("a", "open running - 0 -");
    expect(await streams()).toBe(0);
    operation.enterStage("writing");
    await shows("a", "open running writing 50 -");
    operation.complete();
    await shows("a", "closed completed writing 100 -");
    const count = asked.mock.calls.length;
    await page.waitForTimeout(400);
    expect([count > 2, asked.mock.calls.length]).toEqual([true, count]);
  });

  it("lists operations that pass a filter as they come and go", async () => {
    const options = { url: server.url };
    await show([
      { what: "Many", name: "running", filter: { status: ["running"] }, options },
      { what: "Many", name: "last", filter: { type: "video.clip", limit: 1 }, options },
    ]);
    await shows("running", "open");
    const first = progress.start(clip, { id: "first" });
    await shows("running", "open, first running");
    await page.waitForTimeout(20);
    progress.start("other", { id: "second" });
    await shows("running", "open, second running, first running");
    first.complete();
    await shows("running", "open, second running");
    await shows("last", "open, first completed");
  });
});
