// The page in a real Chromium, as different people use it: by keyboard, by ear, in the dark, in a narrow window, with a thousand
// operations, with names that mean harm, by an address somebody sent them, with a token.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProgress, type Progress } from "../../src/index.js";
import { createReadToken } from "../../src/query/index.js";
import { type ProgressServer, type ServeOptions, serveProgress } from "../../src/query/node.js";
import { until } from "../services/polling.js";
import { chromiumForTests, type Visit, type VisitOptions, visit } from "./chromium.js";

const browser = chromiumForTests();
let progress: Progress;
let server: ProgressServer;
let visited: Visit;
beforeEach(() => {
  progress = createProgress({ stallTimeout: "300ms" });
});
afterEach(async () => {
  await visited?.[Symbol.asyncDispose]();
  await server?.close();
  await progress?.shutdown();
});

async function open(
  query = "",
  { width = 1200, height = 900, dark = false, ...options }: Partial<ServeOptions> & VisitOptions = {},
): Promise<Page> {
  server = await serveProgress({ source: progress.live, port: 0, ...options });
  visited = await visit(browser(), `${server.url}/${query}`, { width, height, dark });
  return visited.page;
}
const find = (selector: string): Locator => visited.page.locator(selector);
const read = async (elements: Locator) => ((await elements.allInnerTexts())[0] ?? "").trim();
const shows = (selector: string, expected: string) =>
  until(
    `${selector} says ${expected}`,
    () => read(find(selector)),
    (found) => found === expected,
  );
const names = (section: string) => find(`#${section} .operations > .operation > .row .name`).allInnerTexts();
const namesAre = (section: string, expected: readonly string[]) =>
  until(
    `${section} has ${expected}`,
    () => names(section),
    (found) => found.join("\n") === expected.join("\n"),
  );
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

/** Something of everything there is to see. */
async function fill(): Promise<void> {
  const running = progress.start("import", { name: "Steady", total: 100, stallTimeout: "1h", unit: "row" });
  running.increment(30);
  running.message("row 30");
  const part = running.startLevel("file", { name: "a.csv", total: 10 });
  part.increment(4);
  running.startLevel("file", { name: "b.csv" });
  progress.start("scan", { name: "Open end", stallTimeout: "1h" }).increment(7);
  progress.start("index", { name: "Paused", total: 9 }).pause("not now");
  progress.start("report", { name: "Stuck", total: 10 }).increment(1);
  progress.start("mail", { name: "Broken" }).fail(new Error("no space left"), { code: "ENOSPC" });
  await sleep(5); // one after the other
  progress.start("mail", { name: "Given up" }).cancel("superseded");
  await sleep(5);
  progress.start("mail", { name: "Done", total: 1 }).complete({ mails: 1 });
  await sleep(600); // Stuck is stalled now
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}
/** What the rules of WCAG and good practice find wrong with the page as it stands. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(
    () =>
      (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run() as Promise<{
        violations: Violation[];
      }>,
  );
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

describe("somebody who hears the page, or sees it otherwise", () => {
  const kinds: [string, VisitOptions][] = [
    ["light", {}],
    ["dark", { dark: true }],
    ["narrow", { width: 340, height: 700 }],
    ["narrow and dark", { width: 340, height: 700, dark: true }],
  ];
  it.each(kinds)("finds nothing that axe complains about: %s", async (_, options) => {
    await fill();
    const page = await open("", { ...options, traceUrl: "https://traces.example/{traceId}" });
    await namesAre("attention", ["Stuck"]);
    await find("#running .toggle").first().click();
    await find("#history .toggle").first().click();
    await find("#history .known").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(visited.complaints).toEqual([]);
  });

  it("sees it dark when the system is", async () => {
    const page = await open("", { dark: true });
    const shades = await page.evaluate(() =>
      [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color].map((color) =>
        Math.max(...(color.match(/\d+/g) ?? []).map(Number)),
      ),
    );
    expect([shades[0]! < 40, shades[1]! > 200]).toEqual([true, true]);
  });

  it("scrolls in one direction only, in a window of 320 pixels, whatever names are", async () => {
    await fill();
    progress.start("a.type.with.a.very.long.name.indeed.because.nobody.stopped.it", {
      name: "x".repeat(200),
      stallTimeout: "1h",
      total: 3,
    });
    const page = await open("", { width: 320, height: 600 });
    await namesAre("attention", ["Stuck"]);
    for (const toggle of await find(".toggle").all()) await toggle.click();
    await find("#history .known").first().waitFor();
    const aside = await page.evaluate(() => {
      scrollTo(1000, 0);
      return scrollX;
    });
    expect(aside).toBe(0);
  });
});

describe("the keyboard", () => {
  it("searches, goes from row to row, opens and closes, and shows where it is", async () => {
    await fill();
    const page = await open();
    await namesAre("attention", ["Stuck"]);
    await page.keyboard.press("/");
    await page.keyboard.type("steady");
    await namesAre("running", ["Steady"]);
    expect(new URL(page.url()).search).toBe("?q=steady");
    await page.keyboard.press("Escape");
    await namesAre("running", ["Steady", "Open end", "Paused"]);
    expect(new URL(page.url()).search).toBe("");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("Stuck");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("Steady");
    await page.keyboard.press("ArrowRight");
    await find("#running .detail").waitFor();
    expect(await find("#running .toggle").first().getAttribute("aria-expanded")).toBe("true");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    expect(outline).toBe("solid");
    await page.keyboard.press("ArrowLeft");
    expect(await find(".detail").count()).toBe(0);
    await page.keyboard.press("Enter");
    await find("#running .detail").waitFor();
  });

  it("stays on a row that moves to another section", async () => {
    const operation = progress.start("import", { name: "Mover", total: 100, stallTimeout: "2s" });
    operation.increment(1);
    const page = await open();
    await namesAre("running", ["Mover"]);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("Mover");
    await namesAre("attention", ["Mover"]);
    expect(await focused(page)).toBe("Mover");
  });
});

describe("names that mean harm", () => {
  it("are text, wherever they come", async () => {
    const harm = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const operation = progress.start(harm.slice(0, 60), {
      id: harm,
      name: harm,
      attributes: { [harm]: harm, link: "javascript:alert(1)" },
      stallTimeout: "1h",
    });
    operation.message(harm);
    operation.startLevel("part", { name: harm });
    const page = await open("", { traceUrl: "javascript:alert('{traceId}')" });
    await until(
      "it is there",
      () => names("running"),
      (found) => found.length === 1,
    );
    await find("#running .toggle").click();
    await find("#running .detail").waitFor();
    expect(await names("running")).toEqual([harm]);
    operation.fail(new Error(harm));
    await until(
      "it has ended",
      () => read(find("#history .note")),
      (found) => found === harm,
    );
    expect(await page.evaluate(() => document.querySelectorAll("main img, main script, main a[href]").length)).toBe(0);
    expect(await page.title()).toBe("Progress");
    expect(visited.complaints).toEqual([]);
  });
});

describe("a thousand operations that move all the time", () => {
  it("F20: are smooth, counted, shown bit by bit, and found by search", async () => {
    const operations = Array.from({ length: 1000 }, (_, n) =>
      progress.start("load", { name: `Job ${n}`, total: 1e6, stallTimeout: "1h" }),
    );
    const moving = setInterval(() => {
      for (const operation of operations) operation.increment(100);
    }, 100);
    const page = await open();
    await shows("#running .count", "1,000");
    expect((await names("running")).length).toBe(100);
    await shows("#running .show-more", "and 900 more");
    const gaps = await page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const all: number[] = [];
          let last = performance.now();
          const frame = (now: number) => {
            all.push(now - last);
            last = now;
            if (all.length < 180) requestAnimationFrame(frame);
            else resolve(all.sort((a, b) => a - b));
          };
          requestAnimationFrame(frame);
        }),
    );
    expect(gaps[90]).toBeLessThan(34);
    expect(gaps[171]).toBeLessThan(120);
    const before = await read(find("#running .amount"));
    await until(
      "it moves",
      () => read(find("#running .amount")),
      (found) => found !== before,
    );
    await find("#running .show-more").click();
    await shows("#running .show-more", "and 700 more");
    await find("[name=text]").fill("job 777");
    await namesAre("running", ["Job 777"]);
    clearInterval(moving);
  });
});

describe("an address", () => {
  it("holds what was chosen, so that another sees the same", async () => {
    await fill();
    const page = await open("?show=failed&q=br&type=mail");
    await namesAre("history", ["Broken"]);
    expect(await find("#running").isVisible()).toBe(false);
    expect(await find("[name=show]").inputValue()).toBe("failed");
    expect(await find("[name=type]").inputValue()).toBe("mail");
    await find("[name=show]").selectOption("cancelled");
    await shows("#history .empty", "Nothing that ended matches.");
    await find("[name=text]").fill("");
    await namesAre("history", ["Given up"]);
    expect(new URL(page.url()).search).toBe("?show=cancelled&type=mail");
  });

  it("may lie below any path", async () => {
    await fill();
    const page = await open("", { basePath: "/internal/progress" });
    await namesAre("attention", ["Stuck"]);
    await namesAre("history", ["Done", "Given up", "Broken"]);
    await page.goto(server.url);
    await namesAre("attention", ["Stuck"]);
    expect(visited.complaints).toEqual([]);
  });
});

describe("a server with a token", () => {
  it("shows nothing without it, asks for it, and keeps it out of the address", async () => {
    await fill();
    const page = await open("", { token: "open-sesame" });
    await find("#token").waitFor();
    expect(await find("#running").isVisible()).toBe(false);
    expect(await violations(page)).toEqual([]);
    await find("[name=token]").fill("wrong");
    await page.keyboard.press("Enter");
    await until(
      "it is refused",
      () => read(find("#token-reason")),
      (found) => found.includes("does not open"),
    );
    await find("[name=token]").fill("open-sesame");
    await page.keyboard.press("Enter");
    await namesAre("attention", ["Stuck"]);
    await namesAre("history", ["Done", "Given up", "Broken"]);
    await page.reload();
    await namesAre("attention", ["Stuck"]);
    expect(page.url()).toBe(`${server.url}/`);
  });

  it("lets in who opens a link with it in the tab that was refused", async () => {
    await fill();
    const page = await open("", { token: "open-sesame" });
    await find("#token").waitFor();
    await page.goto(`${server.url}/#token=open-sesame`);
    await namesAre("attention", ["Stuck"]);
    expect(page.url()).toBe(`${server.url}/`);
  });

  it("shows the one operation that a link is for", async () => {
    const secret = "a secret of some length";
    await fill();
    const operation = progress.start("import", { id: "mine", name: "Mine", total: 4, stallTimeout: "1h" });
    operation.increment(1);
    const token = await createReadToken(secret, "mine");
    const page = await open(`?id=mine#token=${token}`, { readTokenSecret: secret });
    await shows("#running .percent", "25%");
    expect(await names("running")).toEqual(["Mine"]);
    expect(page.url()).toBe(`${server.url}/?id=mine`);
    operation.increment(3);
    operation.complete();
    await shows("#running .tone", "Completed");
    expect(visited.complaints).toEqual([]);
  });
});
