// An application with the built package and a React of the test's choice, bundled and served.

import { copyFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import { installPackage } from "../services/application.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = { "18": "compat/react18/node_modules", "19": "node_modules" };
export type ReactVersion = keyof typeof MODULES;

/** The built package in a folder, with React and what else is named beside it. */
export function installBesideReact(version: ReactVersion, ...others: string[]): ReturnType<typeof installPackage> {
  const installation = installPackage([]);
  const modules = join(installation.folder, "node_modules");
  for (const name of ["react", "react-dom"]) symlinkSync(join(root, MODULES[version], name), join(modules, name));
  for (const name of others) symlinkSync(join(root, "node_modules", name), join(modules, name));
  return installation;
}

export interface Site extends AsyncDisposable {
  readonly origin: string;
}

/** Bundles a page of tests/browser for development, as StrictMode does its double work only then, and serves it. */
export async function servePage(name: string, version: ReactVersion): Promise<Site> {
  using installation = installBesideReact(version);
  const { folder } = installation;
  const entry = join(folder, name);
  copyFileSync(join(root, "tests/browser", name), entry);
  const script = await bundle(folder, entry);
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/page.js" ? ["text/javascript", script] : ["text/html", PAGE];
    response.setHeader("content-type", `${type}; charset=utf-8`).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PAGE =
  '<!doctype html><title>React</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

async function bundle(folder: string, entry: string): Promise<string> {
  const built = await build({
    root: folder,
    mode: "development",
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, rollupOptions: { input: entry } },
  });
  const [output] = [built].flat();
  if (output === undefined || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

/** What a page complained about; connections that failed left out, where they are meant to. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    const bad = message.type() === "error" || message.type() === "warning";
    if (bad && !/^Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  return complaints;
}
