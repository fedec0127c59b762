// Cancelling from the page in a real Chromium: with the keyboard alone, by who may, told where it is asked.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createProgress, type Progress } from "../../src/index.js";
import { createReadToken } from "../../src/query/index.js";
import { type ProgressServer, serveProgress } from "../../src/query/node.js";
import { chromiumForTests, type Visit, type VisitOptions, visit } from "./chromium.js";

const TOKEN = "operators-have-this-one";
const SECRET = "a secret of some length";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = chromiumForTests();
let progress: Progress;
let server: ProgressServer;
let visited: Visit;
beforeEach(async () => {
  progress = createProgress();
  const options = { token: TOKEN, readTokenSecret: SECRET, control: true };
  server = await serveProgress({ source: progress.live, port: 0, ...options });
});
afterEach(async () => {
  await visited?.[Symbol.asyncDispose]();
  await server?.close();
  await progress?.shutdown();
});

async function open(query: string, options: VisitOptions = {}): Promise<Page> {
  visited = await visit(browser(), `${server.url}/${query}`, options);
  await visited.page.locator("#running .detail").waitFor();
  return visited.page;
}

it("is done with the keyboard alone, seen where the work is, and told to those who listen", async () => {
  const op = progress.start("import", { id: "a", name: "Nightly", total: 10 });
  const page = await open(`?open=a#token=${TOKEN}`);
  const { keyboard } = page;
  const focus = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await page.locator("#running .toggle").focus();
  await keyboard.press("Tab");
  expect(await focus()).toBe("Cancel…");
  await keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Cancel Nightly?" }).waitFor();
  await keyboard.press("Escape");
  expect([await page.locator("dialog").isVisible(), await focus(), op.snapshot().status]).toEqual([
    false,
    "Cancel…",
    "running",
  ]);
  await keyboard.press("Enter");
  await keyboard.type("too slow / wrong file");
  await keyboard.press("Enter");
  await page.getByText("Asked to cancel: too slow / wrong file").waitFor();
  expect(op.signal.reason).toMatchObject({ message: expect.stringContaining("too slow / wrong file") });
  expect([await focus(), await page.locator("#announcer").textContent()]).toEqual([
    "Nightly",
    "Asked to cancel: Nightly.",
  ]);
  await page.locator(".cancel").waitFor({ state: "hidden" });
  op.cancel("as asked");
  await page.locator("#history .operation, #running li[data-tone=cancelled]").first().waitFor();
  expect(visited.complaints).toEqual([]);
});

it("says what the server says against it, and leaves the question open", async () => {
  const op = progress.start("import", { id: "a", name: "Nightly" });
  const page = await open(`?open=a#token=${TOKEN}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  op.complete();
  await page.getByRole("button", { name: "Ask to cancel" }).click();
  await page.getByRole("alert").getByText("The operation has ended: it is completed").waitFor();
  await page.getByRole("button", { name: "Keep running" }).click();
  await page.locator("dialog").waitFor({ state: "hidden" });
});

it("is not offered with a token for one operation", async () => {
  progress.start("import", { id: "a" });
  const token = await createReadToken(SECRET, "a");
  const page = await open(`?id=a#token=${token}`);
  expect(await page.locator(".cancel").isVisible()).toBe(false);
});

it.each<[string, VisitOptions]>([
  ["light", {}],
  ["narrow and dark", { width: 340, height: 700, dark: true }],
])("asks in a way that axe has nothing against: %s", async (_, options) => {
  progress.start("import", { id: "a", name: "x".repeat(200) });
  const page = await open(`?open=a#token=${TOKEN}`, options);
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
    return (await axe.run()).violations.map(({ id }) => id);
  });
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});
