// Puts the script of the page, src/query/web/client/, into one text in src/query/web/script.ts: so it needs no file at run
// time and no build step where the package is used.
//
//   node scripts/build-page.mjs             after every change of the client
//   node scripts/build-page.mjs --check     fails when that was forgotten

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = fileURLToPath(new URL("../src/query/web/script.ts", import.meta.url));
const ENTRY = "\0page";

const start = {
  name: "page",
  resolveId: (id) => (id === "page" ? ENTRY : null),
  load: (id) =>
    id === ENTRY ? `import { App } from "${root}src/query/web/client/app.ts"; void new App().start();` : null,
};

const { output } = await build({
  root,
  configFile: false,
  logLevel: "error",
  plugins: [start],
  build: { write: false, target: "es2022", minify: true, rollupOptions: { input: "page" }, modulePreload: false },
});
const [{ code }, ...others] = output;
if (others.length > 0) throw new Error(`expected one file, received ${output.map(({ fileName }) => fileName)}`);

const escaped = code
  .trim()
  .replaceAll("\\", "\\\\")
  .replaceAll("`", "\\`")
  .replaceAll("${", "\\${")
  .replaceAll("\n", "\\n");
const text = `// Made by scripts/build-page.mjs from src/query/web/client/: do not edit.

export const SCRIPT: string = \`${escaped}\\n\`;
`;

if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  console.error("src/query/web/script.ts is not what the client is. Run: node scripts/build-page.mjs");
  process.exitCode = 1;
}
