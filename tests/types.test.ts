// The types hold for those who use the package: what is wrong does not compile, for the reason given, and the built
// declarations say the same as the sources, with either OpenTelemetry major and every library check on.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "otel-progress-types-"));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const usage = read("tests/types/usage.test-d.ts");
const crossing = read("tests/types/crossing.test-d.ts");
const misuse = read("tests/types/misuse.test-d.ts");

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the compiler on a folder or configuration; gives its complaints, one per line, indented details left out. */
function compile(...args: string[]): Promise<string[]> {
  const program = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "--pretty", "false", ...args], { cwd: root }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.split("\n").filter((line) => line !== "" && !line.startsWith(" "))),
    );
  });
}

/** A project of its own in a temporary folder. */
function project(name: string, files: Record<string, string>, compilerOptions: object): string {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const config = { compilerOptions, files: Object.keys(files) };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return folder;
}

/** A project that sees the sources, with the dependencies of the repository. */
function ofSources(name: string, files: Record<string, string>): string {
  const folder = project(name, files, strict);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** The options of the repository, for files elsewhere. */
const strict = {
  ...(JSON.parse(read("tsconfig.json")) as { compilerOptions: object }).compilerOptions,
  declaration: false,
  isolatedDeclarations: false,
  typeRoots: [join(root, "node_modules/@types")],
};

const DIRECTIVE = /^\/\/ @ts-expect-error (TS\d+)$/;

/** What each directive says that the line below it does wrong: "line: code". */
function announced(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const code = DIRECTIVE.exec(line.trim())?.[1];
    return code === undefined ? [] : [`${index + 2}: ${code}`];
  });
}

/** The same for what the compiler said, each code once per line. */
function found(complaints: readonly string[]): string[] {
  const short = complaints.map((line) => line.replace(/^.*\((\d+),\d+\): error (TS\d+): .*$/, "$1: $2"));
  return [...new Set(short)];
}

describe("the sources", () => {
  it("every directive in the misuses names the error it stands for", () => {
    expect(announced(misuse)).toHaveLength(misuse.split("@ts-expect-error").length - 1);
    expect(announced(misuse).length).toBeGreaterThan(29);
  });

  it("without its directive every misuse is the error it is said to be, and there are no others", async () => {
    const bare = misuse.replaceAll("@ts-expect-error", "").replaceAll('"../../src/', `"${root}src/`);
    const folder = ofSources("bare", { "misuse.ts": bare });
    expect(found(await compile("-p", folder))).toEqual(announced(misuse));
  });

  it("uses and misuses compile as they stand", async () => {
    const here = (text: string) => text.replaceAll('"../../src/', `"${root}src/`);
    const folder = ofSources("sources", {
      "usage.ts": here(usage),
      "crossing.ts": here(crossing),
      "misuse.ts": here(misuse),
    });
    expect(await compile("-p", folder)).toEqual([]);
  });

  it("a wrong result type in a use is an error: the assertions assert", async () => {
    const wrong = usage
      .replace("assertType<Equal<typeof n, Promise<number>>>()", "assertType<Equal<typeof n, Promise<unknown>>>()")
      .replace("assertType<Equal<typeof d, void>>()", "assertType<Equal<typeof d, any>>()")
      .replaceAll('"../../src/', `"${root}src/`);
    const folder = ofSources("wrong", { "usage.ts": wrong });
    expect((await compile("-p", folder)).map((line) => line.replace(/^.*error /, ""))).toEqual([
      "TS2344: Type 'false' does not satisfy the constraint 'true'.",
      "TS2344: Type 'false' does not satisfy the constraint 'true'.",
    ]);
  });
});

describe("the built declarations", () => {
  const built = join(scratch, "built");

  beforeAll(async () => {
    expect(await compile("-p", join(root, "tsconfig.build.json"), "--outDir", join(built, "dist"))).toEqual([]);
    writeFileSync(join(built, "package.json"), read("package.json"));
  });

  const published = (text: string) =>
    text
      .replaceAll('"../../src/index.js"', '"otel-progress"')
      .replaceAll(/"\.\.\/\.\.\/src\/(\w+)(\/index)?\.js"/g, '"otel-progress/$1"');

  /** An application with this OpenTelemetry; the package is a folder in it, as npm would lay it out. */
  function application(sdk: string, name: string, files: Record<string, string>, compilerOptions: object): string {
    const folder = project(`${name}-${sdk}`, files, { ...compilerOptions, skipLibCheck: false });
    const modules = join(folder, "node_modules");
    mkdirSync(modules);
    // Copied, not linked: its imports must be resolved from the application, not from here.
    cpSync(built, join(modules, "otel-progress"), { recursive: true });
    const installed = sdk === "sdk2" ? "node_modules" : "compat/sdk3/node_modules";
    symlinkSync(join(root, installed, "@opentelemetry"), join(modules, "@opentelemetry"));
    symlinkSync(join(root, "node_modules/@types"), join(modules, "@types"));
    return folder;
  }

  /** Every subpath, in a project that has chosen little. */
  const plain = `
    import { progress } from "otel-progress";
    import { consoleExporter } from "otel-progress/exporters";
    import { formatReport } from "otel-progress/query";
    import { useProgress } from "otel-progress/react";
    import "otel-progress/register";
    import { progressSdkOptions } from "otel-progress/sdk";
    import { createTestProgress } from "otel-progress/testing";
    import metadata from "otel-progress/package.json" with { type: "json" };
    const reports: string[] = progress.live.list().map((snapshot) => formatReport(snapshot));
    progress.addExporter(consoleExporter());
    console.log(reports, useProgress, createTestProgress().clock, progressSdkOptions(), metadata.version);
  `;
  const modest = { target: "es2022", lib: ["es2022"], types: ["node"], strict: true, noEmit: true };

  describe.each(["sdk2", "sdk3"])("under %s", (sdk) => {
    it("mean the same to uses and misuses as the sources do", async () => {
      const files = {
        "usage.ts": published(usage),
        "crossing.ts": published(crossing),
        "misuse.ts": published(misuse),
      };
      const folder = application(sdk, "strict", files, { ...strict, typeRoots: undefined });
      expect(await compile("-p", folder)).toEqual([]);
    });

    it.each([
      ["nodenext", "nodenext"],
      ["preserve", "bundler"],
    ])(
      "compile in a project with module %s, resolution %s and the plain ES2022 library",
      async (module, resolution) => {
        const options = { ...modest, module, moduleResolution: resolution };
        const folder = application(sdk, `plain-${module}`, { "plain.ts": plain }, options);
        expect(await compile("-p", folder)).toEqual([]);
      },
    );
  });
});
