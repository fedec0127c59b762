// A real Chromium without a window, and what every test of a page wants to know of it: that it asked nobody but its own server,
// and complained of nothing.

import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { binary } from "../services/binaries.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: binary("CHROMIUM_BIN"), args: FLAGS });

/** The browser of a test file, there from before its first test until after its last. */
export function chromiumForTests(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await startChromium();
  }, 30_000);
  afterAll(() => browser?.close());
  return () => browser!;
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, and what the browser wrote to its console as one: violations of the policy among them. */
  readonly complaints: readonly string[];
  /** Hosts that were asked for anything. */
  readonly hosts: ReadonlySet<string>;
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** A page of its own: no storage is shared with another. */
export async function visit(browser: Browser, address: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1200, height = 900, dark = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    locale: "en-US",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => request.url().startsWith("data:") || hosts.add(new URL(request.url()).host));
  await page.goto(address);
  return { page, complaints, hosts, [Symbol.asyncDispose]: () => context.close() };
}
