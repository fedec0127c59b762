// Runs the command lines in docs/cli.md and puts what they print below them. `node scripts/capture-cli.mjs` after `npm run build`;
// with --check nothing is written, and it fails when the document is not what the program prints.
//
// A line that begins with "$ " in a block marked `console` is run by sh, with a server whose clock is turned by hand, so the same
// comes out every time. What goes on for ever is interrupted after its first output. `console tty` is a terminal's screen.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import headless from "@xterm/headless";
import { serveProgress } from "otel-progress/query/node";
import { createTestProgress } from "otel-progress/testing";

const DOCUMENT = fileURLToPath(new URL("../docs/cli.md", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const [WIDTH, HEIGHT] = [96, 16];
/** In the last row of the bars: all of them are drawn then. */
const LAST_ROW = "south.csv";
const USUAL = "http://127.0.0.1:4680";

/** What the document shows: imports that ended, one that failed, one under way in parts, a backup that stands still. */
async function scene() {
  const { progress, advance } = createTestProgress();
  for (const [id, seconds] of Object.entries({ "job-3": 42, "job-4": 51, "job-5": 187 })) {
    const op = progress.start("import", { id, name: "Import customers", total: 900, unit: "row" });
    await advance(`${seconds}s`);
    op.increment(900);
    op.complete();
  }
  const failing = progress.start("thumbnails", { id: "job-6", name: "Thumbnails", total: 40, unit: "file" });
  await advance("9s");
  failing.increment(12);
  failing.fail(new Error("no space left on device"));
  const backup = progress.start("backup", { id: "backup-1", name: "Nightly backup", total: 5e9, unit: "By" });
  backup.increment(13e8);
  await advance("20m");
  const op = progress.start("import", { id: "job-7", name: "Import customers", total: 900, unit: "row" });
  const files = ["north.csv", "south.csv"].map((name) => op.declare("file", { name, total: 450, unit: "row" }));
  const first = files[0].start();
  for (let seconds = 0; seconds < 30; seconds++) {
    first.increment(15);
    op.increment(15);
    await advance("1s");
  }
  first.complete();
  const second = files[1].start();
  second.increment(18);
  op.increment(18);
  op.message("row 468");
  await advance("2s");
  return { progress, finish: () => finish(op, second, advance) };
}

async function finish(op, level, advance) {
  level.increment(432);
  level.complete();
  op.increment(432);
  op.complete();
  await advance("1s");
}

const place = mkdtempSync(join(tmpdir(), "otel-progress-capture-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
mkdirSync(join(place, "journal"));
writeFileSync(join(place, "otel-progress"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`, {
  mode: 0o755,
});

const { progress, finish: finishJob } = await scene();
const server = await serveProgress({ source: progress.live, port: 0 });
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(PROGRESS_|OTEL_|CI$|GITHUB_|GITLAB_|NO_COLOR$|FORCE_COLOR$|TERM$)/.test(name),
  ),
);
const env = { ...environment, TERM: "xterm-256color", PATH: `${place}:${process.env.PATH}`, PROGRESS_URL: server.url };

/** What a command prints, stdout and stderr as they come. */
async function printed(line, terminal) {
  const goesOn = /^otel-progress (serve|watch)\b/.test(line);
  const words = `${line}${terminal ? " --format tty" : ""}`;
  const script = goesOn ? `exec ${words} 2>&1` : `{ ${words}; } 2>&1`;
  const child = spawn("sh", ["-c", script], { cwd: place, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  let shown = false;
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    if (!goesOn || shown || (terminal && !output.includes(LAST_ROW))) return;
    shown = true;
    afterFirst(line, child);
  });
  await ended;
  return terminal ? screenOf(output) : output;
}

function afterFirst(line, child) {
  if (/^otel-progress watch job-7\b/.test(line)) finishJob();
  else child.kill("SIGINT");
}

/** As it looks after all of it; a spinner stands where it may be. */
async function screenOf(output) {
  const terminal = new headless.Terminal({ cols: WIDTH, rows: HEIGHT, convertEol: true, allowProposedApi: true });
  await new Promise((resolve) => terminal.write(output, resolve));
  const rows = Array.from({ length: HEIGHT }, (_, row) => terminal.buffer.active.getLine(row).translateToString(true));
  return `${rows
    .join("\n")
    .trimEnd()
    .replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, "⠋")}\n`;
}

/** The document with what its commands print now. */
async function captured(document) {
  let made = "";
  let from = 0;
  for (const match of document.matchAll(/```console( tty)?\n([\s\S]*?)```/g)) {
    made += `${document.slice(from, match.index)}\`\`\`console${match[1] ?? ""}\n`;
    for (const [command] of match[2].matchAll(/^\$ .*$/gm)) {
      const output = await printed(command.slice(2), match[1] !== undefined);
      made += `${command}\n${output.replaceAll(/http:\/\/127\.0\.0\.1:\d{4,5}/g, USUAL)}`;
    }
    made += "```";
    from = match.index + match[0].length;
  }
  return made + document.slice(from);
}

/** Without what goes on while a screen is drawn. */
function steady(text) {
  return text.replace(/\beta \d+s \(\d+s–\d+s\)/g, "eta …").replace(/ stalled 20m 3\ds$/gm, " stalled …");
}

const before = readFileSync(DOCUMENT, "utf8");
const after = await captured(before);
await server.close();
if (!process.argv.includes("--check")) writeFileSync(DOCUMENT, after);
else if (steady(after) !== steady(before)) {
  const [old, now] = [before, after].map((text) => steady(text).split("\n"));
  const at = now.findIndex((line, index) => line !== old[index]);
  console.error(
    `docs/cli.md:${at + 1} says\n${old[at]}\nbut the program prints\n${now[at]}\nRun: node scripts/capture-cli.mjs`,
  );
  process.exitCode = 1;
}
