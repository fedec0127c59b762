// The documents tell the truth: every JavaScript block runs as it stands, and prints what its comments say.

import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
/** Inside the package, so that "otel-progress" is the package itself. */
const scratch = join(root, ".cache", "docs");
/** Nothing takes nearly as long, but on a busy machine. */
const MOST_MILLIS = 240_000;
/** Files below a folder of the repository that end like this. */
function files(folder: string, ending: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}
const documents = ["README.md", "CONTRIBUTING.md", ...files("docs", ".md")];

let receiver: Server;
let endpoint: string;
const received: string[] = [];

beforeAll(async () => {
  await run("npm", ["run", "build", "--silent"], { cwd: root });
  mkdirSync(scratch, { recursive: true });
  receiver = createServer((request, response) => {
    received.push(request.url ?? "");
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end("{}"));
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterAll(async () => {
  receiver.close();
  await run("rm", ["-rf", scratch]);
});

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);
}

/** Runs a block in a process of its own, with the receiver in place of the Collector it names. */
async function execute(name: string, code: string): Promise<{ stdout: string; stderr: string }> {
  const file = join(scratch, `${name}.mjs`);
  writeFileSync(file, code.replaceAll("http://localhost:4318", endpoint));
  return run(process.execPath, [file], { cwd: root, timeout: MOST_MILLIS, env: { ...process.env, CI: "true" } });
}

/** What a block says that it prints: the comments behind its console.log calls. */
function promised(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]!);
}

for (const document of documents) {
  const found = blocks(readFileSync(join(root, document), "utf8"), "js");
  if (found.length === 0) continue;
  describe(document, () => {
    test.each(found.map((code, index) => [index + 1, code] as const))(
      "block %i runs and prints what it says",
      async (index, code) => {
        const { stdout } = await execute(`${document.replaceAll("/", "-")}-${index}`, code);
        expect(stdout.split("\n").filter((line) => promised(code).includes(line))).toEqual(promised(code));
      },
    );
  });
}

test("the block about OpenTelemetry exported traces and metrics", () => {
  expect(new Set(received)).toEqual(new Set(["/v1/traces", "/v1/metrics"]));
});

test("every link between the documents leads somewhere", () => {
  const broken = documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
      .map((match) => join(dirname(document), match[1]!))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${document} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

test("the README names the two commands that set everything up", () => {
  const commands = blocks(readFileSync(join(root, "README.md"), "utf8"), "sh").map((block) => block.trim());
  expect(commands).toContain("npm ci && npm run demo");
  expect(commands).toContain("npm ci && npm test");
});

test("the demo packs a folder, reports it as a tree, sums up its telemetry and exits by itself", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/demo.mjs", "src"], {
    cwd: root,
    timeout: MOST_MILLIS,
  });
  const count = files("src", ".ts").length;
  expect(stdout).toContain(`  Progress: ${count} of ${count} files\n`);
  expect(stdout).toMatch(/^Telemetry: \d+ spans in 1 trace, \d+ events, \d+ metrics$/m);
  expect(stdout).toContain("progress.operation.finished: 3 series");
  expect(stderr).toContain("ok Pack src");
});

test("the demo counts what cannot be read as failed, and links and empty files as skipped", async () => {
  const folder = join(scratch, "odd", "package");
  rmSync(join(scratch, "odd"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "full.txt"), "text");
  writeFileSync(join(folder, "empty.txt"), "");
  symlinkSync("nowhere", join(folder, "link"));
  // A path longer than the system takes cannot be read by anybody, not even by root.
  await run("sh", ["-c", 'name=$(printf "%0250d" 0); for i in $(seq 20); do mkdir $name && cd -P $name; done'], {
    cwd: folder,
  });
  const { stdout } = await run(process.execPath, ["examples/demo.mjs", join(scratch, "odd")], {
    cwd: root,
    timeout: MOST_MILLIS,
  });
  expect(stdout).toContain("  Progress: 4 of 4 files\n");
  expect(stdout).toContain("  Failed items: 1\n");
  expect(stdout).toContain("  Skipped items: 2\n");
});

test("the demo with --serve shows itself in a browser, also when it is done, until Ctrl-C", async () => {
  const demo = execFile(process.execPath, ["examples/demo.mjs", "--serve=0", "src"], {
    cwd: root,
    timeout: MOST_MILLIS,
  });
  const ended = new Promise((resolve) => demo.once("exit", resolve));
  let told = "";
  demo.stdout!.on("data", (chunk: string) => {
    told += chunk;
  });
  while (!told.includes("until Ctrl-C")) await new Promise((resolve) => setTimeout(resolve, 20));
  const address = /^Progress is shown at (http:\/\/127\.0\.0\.1:\d+\/)$/m.exec(told)![1]!;
  expect(await (await fetch(address)).text()).toContain("<title>Progress</title>");
  const list = (await (await fetch(`${address}operations`)).json()) as { operations: unknown[] };
  expect(list.operations).toMatchObject([{ type: "demo.pack", name: "Pack src", status: "completed" }]);
  expect(await (await fetch(`${address}stages/demo.pack`)).json()).toMatchObject([
    { name: "scan" },
    { name: "compress" },
  ]);
  demo.kill("SIGINT");
  expect(await ended).toBe(0);
});

test("docs/cli.md shows what the command line prints", async () => {
  await run(process.execPath, ["scripts/capture-cli.mjs", "--check"], { cwd: root, timeout: MOST_MILLIS });
});

test("every row of docs/features.md has a test that is named after it in each file it links", () => {
  const rows = readFileSync(join(root, "docs/features.md"), "utf8")
    .split("\n")
    .filter((line) => /^\| [FK]\d/.test(line));
  const missing = rows.flatMap((row) => {
    const [, ids, , , links] = row.split("|").map((cell) => cell.trim());
    const name = ids!.replace(", ", " and ");
    const linked = [...(links ?? "").matchAll(/\(\.\.\/([^)]*)\)/g)].map((match) => match[1]!);
    const named = (file: string) => new RegExp(`^ *it\\("${name}: `, "m").test(readFileSync(join(root, file), "utf8"));
    return linked.length === 0 ? [row] : linked.filter((file) => !named(file)).map((file) => `${name} in ${file}`);
  });
  expect([rows.length, missing]).toEqual([36, []]);
});

test("the example with threads hashes a folder by several of them, as one operation", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/worker-threads.mjs", "src", "3"], {
    cwd: root,
    timeout: MOST_MILLIS,
  });
  expect(stdout).toContain("  Status: Completed (100%, 3 of 3 parts completed, ");
  const count = files("src", "").filter((path) => statSync(join(root, path)).isFile()).length;
  expect(stdout).toContain(`  Progress: ${count} of ${count} files\n`);
  expect(stderr).toContain("ok Hash src");
});

test("the example with child processes shows their operations as parts of one", async () => {
  const { stdout } = await run(process.execPath, ["examples/child-process.mjs", "src", "docs"], {
    cwd: root,
    timeout: MOST_MILLIS,
  });
  expect(stdout).toContain("  Status: Completed (100%, 2 of 2 parts completed)\n");
});
