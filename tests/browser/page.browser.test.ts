// The page in a real Chromium, before a real server: what it shows of work that runs, stands still, fails, is lost, and of a
// server that goes away and comes back.

import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProgress, type Progress } from "../../src/index.js";
import { type ProgressServer, serveProgress } from "../../src/query/node.js";
import { installPackage, startWorker } from "../services/application.js";
import { until } from "../services/polling.js";
import { chromiumForTests, type Visit, visit } from "./chromium.js";

const browser = chromiumForTests();
let progress: Progress;
let server: ProgressServer;
let visited: Visit;
beforeEach(async () => {
  progress = createProgress({ stallTimeout: "1s" });
  server = await serveProgress({ source: progress.live, port: 0, traceUrl: "https://traces.example/{traceId}" });
  visited = await visit(browser(), `${server.url}/`);
  await text("#connection", "Live");
});
afterEach(async () => {
  await visited?.[Symbol.asyncDispose]();
  await server?.close();
  await progress?.shutdown();
});

const find = (selector: string): Locator => visited.page.locator(selector);
/** What the first of them shows now; nothing when there is none. */
const read = async (elements: Locator) => ((await elements.allInnerTexts())[0] ?? "").trim();
/** Waits until an element says exactly this. */
const text = (selector: string, expected: string | RegExp) =>
  until(
    `${selector} says ${expected}`,
    () => read(find(selector)),
    (found) => (typeof expected === "string" ? found === expected : expected.test(found)),
  );
const names = (section: string) => find(`#${section} .operations > .operation > .row .name`).allInnerTexts();
const row = (name: string) =>
  find(".operation").filter({ has: visited.page.getByRole("button", { name, exact: true }) });

describe("a running job", () => {
  it("F15: is followed from its start to its end, and then is history", async () => {
    await text("#running .empty", "Nothing is under way.");
    const operation = progress.start("catalog.import", { name: "Nightly", total: 200, unit: "row" });
    const level = operation.startLevel("file", { name: "a.csv", total: 10 });
    level.increment(3);
    operation.increment(50);
    await text("#running .percent", "25%");
    await text("#running .amount", "50 of 200 rows");
    await text("#running .level .name", "a.csv");
    await text("#running .level .percent", "30%");
    await text("#counts", "1 running");
    expect(await visited.page.title()).toBe("25% Nightly · Progress");
    operation.message("page 7");
    await text("#running .note", "page 7");
    level.complete();
    operation.increment(150);
    operation.complete();
    await text("#running .tone", "Completed");
    await text("#announcer", "Completed: Nightly.");
    await until(
      "it is among the ended",
      () => names("history"),
      (found) => found[0] === "Nightly",
    );
    expect(await names("running")).toEqual([]);
    await text("#history .facts .elapsed", /s$/);
    expect(visited.complaints).toEqual([]);
    expect([...visited.hosts]).toEqual([new URL(server.url).host]);
  });

  it("is a progress bar also for those who hear it, and says of a guess that it is one", async () => {
    const sure = progress.start("import", { name: "Sure", total: 8, unit: "row" });
    sure.increment(2);
    const open = progress.start("scan", { name: "Open end" });
    open.increment(5);
    const floor = progress.start("backup", { name: "Floor" });
    floor.startLevel("part", { total: 2 }).increment(1);
    floor.startLevel("part");
    const opaque = progress.start("train", { name: "Opaque" });
    const guess = opaque.level("fit", { simulate: { expected: "4s" } }, () => new Promise<void>(() => {}));
    guess.catch(() => {});
    const bar = (name: string) => visited.page.getByRole("progressbar", { name, exact: true });
    await until(
      "the guess is shown",
      () => read(row("Opaque").locator(".percent")),
      (found) => /^~\d+%$/.test(found),
    );
    expect(await bar("Sure").getAttribute("value")).toBe("25");
    expect(await bar("Sure").getAttribute("aria-valuetext")).toBe("25 percent, 2 of 8 rows");
    expect(await bar("Open end").getAttribute("value")).toBe(null);
    expect(await bar("Open end").getAttribute("aria-valuetext")).toBe("5");
    expect(await bar("Opaque").getAttribute("aria-valuetext")).toMatch(/^about \d+ percent/);
    expect(await read(row("Floor").locator(".percent"))).toMatch(/^≥\d+%$/);
  });

  it("opens to its curves, its attributes and its trace, and the address remembers it", async () => {
    const operation = progress.start("import", {
      id: "job/1",
      name: "Open me",
      total: 1e6,
      attributes: { region: "eu" },
    });
    for (let step = 0; step < 8; step++) {
      operation.increment(step * 1000);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    await row("Open me").locator(".toggle").click();
    await row("Open me").locator(".curve").first().waitFor();
    expect(await row("Open me").locator("figcaption").allInnerTexts()).toEqual([
      expect.stringMatching(/^Progress\s+100%$/),
      expect.stringMatching(/^Rate\s+up to [\d,.]+\/s$/),
    ]);
    expect(await read(row("Open me").locator("dl"))).toMatch(/region\s+eu/);
    expect(new URL(visited.page.url()).search).toBe("?open=job%2F1");
    await visited.page.reload();
    await row("Open me").locator(".curve").first().waitFor();
    operation.complete();
    await until(
      "it is among the ended, still open",
      () => find("#history .detail .known").count(),
      (count) => count === 1,
    );
  });
});

describe("work in trouble", () => {
  it("stands on top while it stalls, and goes back when it moves", async () => {
    const busy = progress.start("steady", { name: "Busy", total: 1e6 });
    const moving = setInterval(() => busy.increment(), 50);
    const stuck = progress.start("import", { name: "Stuck", total: 10 });
    stuck.increment(4);
    await until(
      "it needs attention",
      () => names("attention"),
      (found) => found[0] === "Stuck",
    );
    expect(await names("running")).toEqual(["Busy"]);
    await text("#attention .note", /^No progress for \d/);
    const before = await read(find("#attention .note"));
    await until(
      "the clock goes on although nothing comes",
      () => read(find("#attention .note")),
      (found) => found !== before,
    );
    await text("#announcer", "Stalled: Stuck.");
    expect(await visited.page.title()).toBe("1 stalled, 1 running · Progress");
    stuck.increment();
    await until(
      "it is back",
      () => names("running"),
      (found) => found.join() === "Busy,Stuck",
    );
    expect(await find("#attention").isVisible()).toBe(false);
    clearInterval(moving);
  });

  it("that failed says with what, and stays in the history with it", async () => {
    const operation = progress.start("mail.send", { name: "Letters", total: 10 });
    operation.increment(4);
    await text("#running .percent", "40%");
    operation.fail(new Error("the server answered 451"), { code: "SMTP_BUSY" });
    await text("#running .note", "SMTP_BUSY: the server answered 451");
    await text("#history .note", "SMTP_BUSY: the server answered 451");
    await text("#history .tone", "Failed");
    await text("#announcer", "Failed: Letters.");
  });

  it("that was lost with its process stands on top, with how far it was", async () => {
    const journal = mkdtempSync(join(tmpdir(), "otel-progress-journal-"));
    using installation = installPackage(["worker.mjs"]);
    await using victim = await startWorker(installation, {
      endpoint: "http://127.0.0.1:9",
      serviceName: "victim",
      exportInterval: "1h",
      env: { PROGRESS_JOURNAL: journal },
    });
    await victim.call("start", "nightly", "catalog.import", { name: "Nightly", total: 100, unit: "row" });
    await victim.call("tell", "nightly", "update", { current: 42 });
    await until(
      "the journal has a file",
      () => readdirSync(journal),
      (found) => found.length === 1,
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await victim.kill();
    const before = Date.now() / 1_000 - 31;
    for (const name of readdirSync(journal)) utimesSync(join(journal, name), before, before);
    const next = createProgress({ journal });
    await using other = await serveProgress({ source: next.live, port: 0 });
    await visited.page.goto(`${other.url}/`);
    await until(
      "it needs attention",
      () => names("attention"),
      (found) => found.join() === "Nightly",
    );
    await text("#attention .tone", "Lost");
    await text("#attention .percent", "42%");
    await text("#attention .note", /^Its process is gone; last seen (just now|\d+ minutes? ago)$/);
    expect(await names("history")).toEqual([]);
    await next.shutdown();
    rmSync(journal, { recursive: true, force: true });
  }, 60_000);
});

describe("a server that goes away", () => {
  it("is said, clocks stand still, and after its return everything is followed again", async () => {
    const operation = progress.start("import", { name: "Survivor", total: 100, stallTimeout: "1m" });
    operation.increment(10);
    await text("#running .percent", "10%");
    const { port } = server;
    await server.close();
    await text("#connection", /^The server .*; trying again\. As of \d/);
    const elapsed = await read(find("#running .elapsed"));
    operation.increment(30);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await read(find("#running .elapsed"))).toBe(elapsed);
    expect(await read(find("#running .percent"))).toBe("10%");
    server = await serveProgress({ source: progress.live, port });
    await text("#connection", "Live");
    await text("#running .percent", "40%");
    operation.increment(10);
    await text("#running .percent", "50%");
  });

  it("forgets what it no longer knows when another process answers", async () => {
    progress.start("import", { name: "Before", total: 100 }).increment(10);
    await text("#running .percent", "10%");
    const { port } = server;
    await server.close();
    const second = createProgress();
    second.start("import", { name: "After", total: 100 }).increment(20);
    server = await serveProgress({ source: second.live, port });
    await until(
      "only the new one is there",
      () => names("running"),
      (found) => found.join() === "After",
    );
    await second.shutdown();
  });
});
