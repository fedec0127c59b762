// Bars in a real terminal, of real programs, as people see them: in windows of several sizes, while these change, beside other
// output, and after every way a program can end.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, installPackage } from "../services/application.js";
import { until } from "../services/polling.js";
import { commandOf, Window } from "./window.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Something to read for the examples: enough for a few seconds. */
const FILES = join(root, "node_modules/@opentelemetry");

let installation: Installation;
beforeAll(() => {
  installation = installPackage(["bars.mjs"]);
  for (const name of ["demo.mjs", "terminal.mjs"]) {
    copyFileSync(join(root, "examples", name), join(installation.folder, name));
  }
});
afterAll(() => installation?.[Symbol.dispose]());

const open = (command: string, columns: number, rows = 24) =>
  new Window(commandOf(command), { columns, rows, folder: installation.folder });
const bars = (scenario: string, columns = 80) => open(`node bars.mjs ${scenario}`, columns);

/** The rows with bars, and how often each operation is among them. */
const rowsOf = (window: Window) => window.shown.filter((line) => /[━─╌]/.test(line));
const volumes = (lines: readonly string[]) => lines.flatMap((line) => line.match(/Copy vol[ume]*\S* ?\d?/g) ?? []);

describe("ten concurrent operations", () => {
  it("F16: have a row each in a window of 60 columns, columns below each other, nothing wrapped", async () => {
    using window = bars("ten", 60);
    await window.shows(/paused/);
    const rows = rowsOf(window);
    expect(rows.length).toBe(10);
    expect(window.shown.length).toBe(10);
    expect(new Set(rows.map((row) => row.indexOf("%"))).size).toBe(1);
    expect(rows[0]).toMatch(/^. Copy volume 0 {2}╸─+ +8% /);
    expect(rows[3]).toMatch(/^‖ Copy volume 3 {2}━+╸?─+ +35% .*paused/);
  });

  it("have counts, rates and messages where there is room for them", async () => {
    using window = bars("ten", 130);
    await window.shows(/paused/);
    expect(rowsOf(window)[0]).toMatch(/ 8% {3}87\.7 MB of 1 GB .* part 7$/);
    expect(rowsOf(window)[3]).toMatch(/paused +the disk is full$/);
  });

  it("are counted where the window is too low", async () => {
    using window = open("node bars.mjs ten", 60, 6);
    await window.shows(/and 6 more/);
    expect(window.all.length).toBe(5);
  });

  it("follow the window when it changes its size", async () => {
    using window = bars("ten", 110);
    await window.shows(/paused/);
    for (const columns of [50, 120, 60, 110]) {
      window.resize(columns, 24);
      await until(
        `each operation is there once in ${columns} columns`,
        () => ({ rows: rowsOf(window), named: volumes(window.shown) }),
        ({ rows, named }) => rows.length === 10 && named.length === 10,
      );
    }
    expect(window.shown.length).toBe(10);
    expect(window.cursorIsVisible).toBe(true);
  });
});

describe("after Ctrl-Z and fg", () => {
  it("what the shell wrote is left as it is, and the bars go on below it", async () => {
    using window = open("sh -c 'set -m; node bars.mjs ten; echo in the shell; sleep 1; fg'", 80, 40);
    await window.shows(/paused/);
    window.keys("C-z");
    await window.shows(/in the shell[\s\S]*Copy volume 9/);
    const rows = window.shown;
    const shell = rows.findIndex((row) => row.endsWith("in the shell"));
    expect(rows.slice(0, shell).filter((row) => row.includes("Copy volume")).length).toBe(10);
    expect(rows.slice(shell).filter((row) => row.includes("Copy volume")).length).toBe(10);
  });
});

describe("the examples", () => {
  it.each([110, 60])("run in %d columns and end with what they did", async (columns) => {
    using window = open(`node terminal.mjs ${FILES} --files=400`, columns, 20);
    await window.shows(/status 0/);
    const all = window.all.join("\n");
    expect(all).toMatch(/✔ Find files {2}400 files {2}in /);
    for (const name of ["Copy", "Compare", "Checksums", "Measure packages", "Count lines"]) {
      expect(all).toMatch(new RegExp(`^✔ ${name} {2}.* in `, "m"));
    }
    expect(rowsOf(window)).toEqual([]);
    expect(window.cursorIsVisible).toBe(true);
  });

  it.each([110, 60])("the demo shows its packages as they are packed in %d columns", async (columns) => {
    using window = open(`node demo.mjs ${FILES}`, columns, 20);
    await window.shows(/Pack .*\n(.*\n)?. └─ /);
    expect(window.shown.filter((line) => line.length > columns)).toEqual([]);
    await window.shows(/status 0/);
    expect(window.all.join("\n")).toMatch(/^✔ Pack .* in /m);
    expect(window.all.filter((line) => /^. [├└]─/.test(line))).toEqual([]);
  });
});

describe("what the program writes itself", () => {
  it("stands above the bars, complete and in order, however fast it comes", async () => {
    using window = bars("output", 100);
    await window.shows(/half a line$/m);
    expect(rowsOf(window)).toEqual([]);
    await window.shows(/status 0/);
    const all = window.all;
    const failed = all.findIndex((line) => line.startsWith("✖ Copy volume 0"));
    expect(all[failed]).toMatch(/failed after .* ECONNRESET: connection reset by peer$/);
    const own = all.filter((line) => !/^[✖‖] |[━─]/.test(line));
    expect(own).toEqual([
      "a line on stdout",
      "a line on stderr",
      "half a line, and the other half",
      "red bytes",
      "text in hex",
      ...Array.from({ length: 500 }, (_, index) => `fast line ${index + 1}`),
      "after the end",
      "status 0",
    ]);
    // What ran at the end stays, once.
    expect(rowsOf(window).length).toBe(9);
    expect(all.at(-2)).toBe("after the end");
  });
});

describe("however it ends, the cursor is there and the status is what it would have been", () => {
  it.each(["", " taskbar"])("on Ctrl-C (%s)", async (taskbar) => {
    using window = bars(`ten${taskbar}`);
    await window.shows(/paused/);
    window.keys("C-c");
    await window.shows(/status 130/);
    expect(window.cursorIsVisible).toBe(true);
    expect(rowsOf(window).length).toBe(10);
  });

  it.each(["", " taskbar"])("on Ctrl-C that the program handles (%s)", async (taskbar) => {
    using window = bars(`handled${taskbar}`);
    await window.shows(/paused/);
    window.keys("C-c");
    await window.shows(/status 7/);
    expect(window.screen).toMatch(/cleaning up\n✔ Copy volume 0/);
    expect(window.cursorIsVisible).toBe(true);
  });

  it.each(["", " taskbar"])("on Ctrl-C while the event loop is blocked (%s)", async (taskbar) => {
    using window = bars(`blocked${taskbar}`);
    await window.shows(/Count without a pause .* [2-9](\.\d)?s/);
    window.keys("C-c");
    await window.shows(/status 130/);
    expect(window.cursorIsVisible).toBe(true);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGKILL", 137],
  ] as const)("on %s", async (signal, status) => {
    using window = bars("ten taskbar");
    await window.shows(/paused/);
    process.kill(window.processes[0]!, signal);
    await window.shows(new RegExp(`status ${status}`));
    expect(window.cursorIsVisible).toBe(true);
    expect(rowsOf(window).length).toBe(10);
  });

  it("on an exception that nobody catches, whose trace stands below the bars", async () => {
    using window = bars("throws", 100);
    await window.shows(/status 1$/m);
    expect(window.cursorIsVisible).toBe(true);
    expect(rowsOf(window).length).toBe(10);
    expect(window.screen).toMatch(/Error: nobody catches this/);
  });

  it("on process.exit", async () => {
    using window = bars("exits");
    await window.shows(/status 3/);
    expect(window.cursorIsVisible).toBe(true);
    expect(rowsOf(window).length).toBe(10);
  });
});
