// examples/react as its README starts it, opened as its user would.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { get, until } from "../services/polling.js";
import { freePorts } from "../services/server.js";
import { startChromium } from "./chromium.js";
import { complaintsOf, installBesideReact } from "./react-site.js";

let installation: ReturnType<typeof installBesideReact>;
let server: ChildProcess;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  installation = installBesideReact("19", "vite");
  cpSync(fileURLToPath(new URL("../../examples/react", import.meta.url)), installation.folder, { recursive: true });
  const { web } = await freePorts("web");
  const env = { ...process.env, NODE_ENV: "development", PORT: String(web) };
  server = spawn(process.execPath, ["server.mjs"], { cwd: installation.folder, env, stdio: "ignore" });
  const url = `http://localhost:${web}/`;
  await until(
    "the example answers",
    () => get(url),
    (text) => text.includes("<title>Clips</title>"),
  );
  browser = await startChromium();
  page = await browser.newPage();
  complaints = complaintsOf(page);
  await page.goto(url);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.kill("SIGKILL");
  installation?.[Symbol.dispose]();
});

const make = (name: string) => page.getByRole("button", { name }).click();
const status = (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor({ timeout: 20_000 });

it("makes a clip, stage by stage, and says when it is ready", async () => {
  await make("Make a clip");
  await page.locator('[aria-current="step"]', { hasText: "Rendering" }).waitFor();
  const value = Number(await page.getByRole("progressbar").getAttribute("value"));
  expect(value >= 60 && value < 90).toBe(true);
  await status("Clip is ready");
  await page.getByText("Clip: completed, 100 %").waitFor();
});

it("says why one failed", async () => {
  await make("Make one that fails");
  await status("failed");
  expect(await page.getByRole("alert").textContent()).toBe("Broken failed: frame 10 cannot be read");
  expect(await page.getByRole("listitem").filter({ hasText: ":" }).allTextContents()).toEqual([
    "Broken: failed, 75 %",
    "Clip: completed, 100 %",
  ]);
});

it("says that the server is away, and has had nothing to complain about", async () => {
  await make("Make a clip");
  await page.locator('[aria-current="step"]', { hasText: "Transcribing" }).waitFor();
  expect(complaints).toEqual([]);
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
  await status("The server is away");
});
