// The command line as people see it: in the windows of a real terminal, and completed by real shells.

import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { widthOf } from "../../src/cli/columns.js";
import { type Installation, installPackage } from "../services/application.js";
import { ownPort } from "../services/own-port.js";
import { shellOf, Window, type WindowOptions } from "../terminal/window.js";
import { type Served, serve } from "./invoke.js";

let installation: Installation;
beforeAll(() => {
  installation = installPackage([]);
  const main = join(installation.folder, "node_modules/otel-progress/dist/cli/main.js");
  const program = join(installation.folder, "otel-progress");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => installation?.[Symbol.dispose]());

async function filled(): Promise<Served> {
  const served = await serve({ port: await ownPort() });
  const { progress, advance } = served.test;
  const op = progress.start("import", {
    id: "job-7",
    name: "Nightly \u001b[2Jimport 日本語 👨‍👩‍👧 of all customers",
    total: 1000,
    unit: "row",
  });
  progress.start("backup", { id: "job:8", name: "Backup", total: 5e9, unit: "By" }).increment(1e9);
  for (let second = 0; second < 20; second++) {
    op.increment(20);
    await advance("1s");
  }
  return served;
}

function open(
  served: Served,
  size: Pick<WindowOptions, "columns" | "rows">,
  shell: "bash" | "zsh" | "fish" = "bash",
): Window {
  const PATH = `${installation.folder}:${process.env["PATH"]}`;
  return new Window(shellOf(shell), { ...size, env: { PATH, PS1: "$ ", PROGRESS_URL: served.server.url } });
}

describe("in a window", () => {
  it("of 60 columns a list is no wider, wide characters in their columns", async () => {
    await using served = await filled();
    using window = open(served, { columns: 60, rows: 10 });
    window.keys("clear; otel-progress list", "Enter");
    const screen = await window.shows(/job:8/);
    const lines = screen.split("\n").slice(-4, -1);
    expect(lines[0]).toMatch(/^ID {5}NAME .*DONE +TIME/);
    const [first, second] = lines.slice(1).map((line) => widthOf(/^.*?\d+%/.exec(line)![0]));
    expect(first).toBe(second);
    expect(lines.every((line) => widthOf(line) < 60)).toBe(true);
  });

  it("bars move until Ctrl-C, which leaves the prompt and a cursor", async () => {
    await using served = await filled();
    const { progress, advance } = served.test;
    using window = open(served, { columns: 60, rows: 12 });
    window.keys("clear; otel-progress watch; echo code $?", "Enter");
    await window.shows(/40%/);
    progress.handle("job-7")!.increment(200);
    await advance("1s");
    await window.shows(/60%/);
    progress.handle("job-7")!.complete();
    await advance("1s");
    const screen = await window.shows(/^✔ Nightly/m);
    expect(screen.split("\n").every((line) => widthOf(line) <= 60)).toBe(true);
    window.keys("C-c");
    await window.shows(/code 130\n\$$/);
    window.keys("echo still here", "Enter");
    await window.shows(/^still here$/m);
  });

  it("bars come down when the server goes away, and up when it is back", async () => {
    await using served = await filled();
    using window = open(served, { columns: 100, rows: 12 });
    window.keys("clear; otel-progress watch", "Enter");
    await window.shows(/━.* 40%/);
    await served.server.close();
    const without = await window.shows(/went away; it is tried again/);
    expect(without).not.toContain("40%");
    await using again = await serve({ source: served.test.progress.live, port: served.server.port });
    const back = await window.shows(/━.* 40%/);
    expect(back).toContain(`${again.server.url} is there again`);
  });
});

describe.each(["bash", "zsh", "fish"] as const)("%s", (shell) => {
  const SET_UP = {
    bash: "source <(otel-progress completion bash)",
    zsh: "PS1='$ '; autoload -Uz compinit && compinit -D && source <(otel-progress completion zsh)",
    fish: "function fish_prompt; echo '$ '; end; otel-progress completion fish | source",
  };

  /** What Tab makes of a line. */
  async function completed(served: Served, lines: readonly (readonly [typed: string, expected: RegExp])[]) {
    using window = open(served, { columns: 100, rows: 30 }, shell);
    window.keys(`${SET_UP[shell]}; clear; echo rea''dy`, "Enter");
    await window.shows(/^ready/m);
    for (const [typed, expected] of lines) {
      window.keys("C-u");
      window.keys("-l", typed);
      window.keys("Tab");
      await window.shows(expected);
    }
  }

  it("completes commands, options and their values", async () => {
    await using served = await filled();
    await completed(served, [
      ["otel-progress hist", /otel-progress history/],
      ["otel-progress list --form", /otel-progress list --format/],
      ["otel-progress list --sort dur", /--sort duration/],
      ["otel-progress list --status fai", /--status failed/],
      ["otel-progress completion fi", /completion fish/],
      ["otel-progress help wa", /help watch/],
    ]);
  });

  it("completes ids, whatever characters are in them", async () => {
    await using served = await filled();
    served.test.progress.start("import", { id: "x$(touch pwned)" });
    await completed(served, [
      ["otel-progress get job-", /get job-7/],
      ["otel-progress watch job:", /watch job:8|watch job\\:8/],
      ["otel-progress get x", /get 'x\$\(touch pwned\)'|get x\\\$\\\(touch\\ pwned\\\)/],
    ]);
  });

  it("completes the program behind run", async () => {
    await using served = await filled();
    writeFileSync(join(installation.folder, "otel-progress-other"), "#!/bin/sh\n", { mode: 0o755 });
    await completed(served, [["otel-progress run -- otel-progress-o", /run -- otel-progress-other/]]);
  });
});
