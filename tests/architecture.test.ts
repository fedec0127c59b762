// The rules of docs/architecture.md, checked on the text of the sources.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const list = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** Paths below src/, "state/cell.ts", with their texts. */
const sources = new Map(list(join(root, "src")).map((path) => [path, read(`src/${path}`)]));
const manifest = JSON.parse(read("package.json")) as {
  exports: Record<string, string | { types: string; browser?: string; default: string }>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  sideEffects: string[];
};

/** On top of everything: they put the parts together. */
const TOP = ["browser.ts", "index.ts", "mcp.ts", "react.ts", "register.ts", "sdk.ts", "testing.ts"];
/** As they are: the files of the program, which nothing else imports. */
const PROGRAM = "cli/";
/** On top as well: what connects the instances of an application with another library it uses. */
const GLUE = "bullmq/";
/** Beside them and the index of each folder: what only Node.js can load, apart from what a browser loads as well. */
const MORE_POINTS = ["query/node.ts"];
/** Entry points that a browser loads. */
const BROWSER = ["browser.ts", "react.ts", "query/http-source.ts"];
/** Where applications get an SDK set up for them. */
const SET_UP = ["sdk.ts", "testing.ts"];
const SDK = /^@opentelemetry\/(sdk-|exporter-|resources$|context-async-hooks$)/;

/** `redis` is both: an exporter and a source, which share one schema. */
const LAYERS = ["instrumentation", "exporters", "query", "redis"] as const;
type Layer = "core" | (typeof LAYERS)[number] | "top";
function layerOf(path: string): Layer {
  if (TOP.includes(path) || path.startsWith(PROGRAM) || path.startsWith(GLUE)) return "top";
  return LAYERS.find((folder) => path.startsWith(`${folder}/`)) ?? "core";
}

interface Import {
  readonly from: string;
  /** Path below src/, or the name of a module. */
  readonly to: string;
  readonly local: boolean;
  readonly typeOnly: boolean;
}

/** Static imports and re-exports, and imports at run time. Braces may span lines; the compiler settings keep the forms this few. */
function importsOf(path: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[\w*{][^;"']*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = text.matchAll(/\bimport\(()\s*"([^"]+)"/g);
  return [...statements, ...dynamic].map(([, type, to]) => {
    const local = to!.startsWith(".");
    const target = local ? normalize(join(dirname(path), to!)).replace(/\.js$/, ".ts") : to!;
    return { from: path, to: target, local, typeOnly: type !== undefined && type !== "" };
  });
}

const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
const say = ({ from, to }: Import) => `${from} -> ${to}`;
const packageOf = (name: string) => name.split("/", name.startsWith("@") ? 2 : 1).join("/");
const matching = (pattern: RegExp) => [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path);

describe("the reader of imports", () => {
  it("sees every form that occurs", () => {
    const text = [
      'import "./a.js";',
      'import { type B, b } from "../b.js";',
      'import type {\n  C,\n} from "node:c";',
      'import * as d from "d";',
      'export { e } from "./e/index.js";',
      'export type { F } from "./f.js";',
      'const g = await import("@scope/g");',
      'const h = { from: "h" };',
    ].join("\n");
    expect(importsOf("x/y.ts", text).map(({ to, typeOnly }) => [to, typeOnly])).toEqual([
      ["x/a.ts", false],
      ["b.ts", false],
      ["node:c", true],
      ["d", false],
      ["x/e/index.ts", false],
      ["x/f.ts", true],
      ["@scope/g", false],
    ]);
  });

  it("misses none: as many are found as there are statements with a module in them", () => {
    const counted = [...sources.values()].map(
      (text) => (text.match(/(^|\} )from "|^import "|\bimport\(/gm) ?? []).length,
    );
    const single = [...sources.values()].map((text) => (text.match(/^(import|export) [^{\n]* from "/gm) ?? []).length);
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    expect(imports.length).toBe(sum(counted) + sum(single));
  });

  it("finds a file behind every local import", () => {
    expect(imports.filter(({ local, to }) => local && !sources.has(to)).map(say)).toEqual([]);
  });
});

describe("who may import whom", () => {
  it("the core imports only itself", () => {
    const wrong = imports.filter(
      ({ from, to, local }) => layerOf(from) === "core" && !(local && layerOf(to) === "core"),
    );
    expect(wrong.map(say)).toEqual([]);
  });

  it("instrumentation, exporters, query and redis import the core and never each other", () => {
    const wrong = imports.filter(({ from, to, local }) => {
      const own = layerOf(from);
      return local && own !== "top" && own !== "core" && ![own, "core"].includes(layerOf(to));
    });
    expect(wrong.map(say)).toEqual([]);
  });

  it("SDK packages come in as values in the set-up and the test double only", () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => SDK.test(to) && !typeOnly && !SET_UP.includes(from));
    expect(wrong.map(say)).toEqual([]);
  });

  it("Node.js modules are named with node:", () => {
    const wrong = imports.filter(({ to, local }) => !local && isBuiltin(to) && !to.startsWith("node:"));
    expect(wrong.map(say)).toEqual([]);
  });

  it("the core knows no process, and no timers but those of its clock", () => {
    const core = [...sources].filter(([path]) => layerOf(path) === "core");
    const using = (pattern: RegExp) => core.filter(([, text]) => pattern.test(text)).map(([path]) => path);
    expect(using(/^(?!\s*(\/\/|\/?\*)).*\b(?<!\.)(process\.|Buffer\b|globalThis\b|require\()/m)).toEqual([]);
    expect(using(/\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)\(/)).toEqual(["clock.ts"]);
  });

  it("what a browser loads asks for React, and for nothing of Node.js", () => {
    const needed = imports.filter(({ typeOnly }) => !typeOnly);
    const reached = new Set(BROWSER);
    for (const path of reached) for (const { from, to } of needed) if (from === path) reached.add(to);
    expect([...reached].filter((path) => !sources.has(path))).toEqual(["react"]);
    const process = /^(?!\s*(\/\/|\/?\*)).*\b(?<!\.)(process\.|Buffer\b|require\()/m;
    expect([...reached].filter((path) => process.test(sources.get(path) ?? ""))).toEqual([]);
  });

  it("there are no cycles at run time", () => {
    const needed = imports.filter(({ local, typeOnly }) => local && !typeOnly);
    const edges = new Map([...sources.keys()].map((path) => [path, needed.filter(({ from }) => from === path)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      if (trail.includes(path) || done.has(path)) return;
      for (const { to } of edges.get(path)!) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const path of sources.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

describe("what a file may hold", () => {
  it("no default exports, no export *, no variables of a module that change", () => {
    expect(matching(/^export default|\bas default\b/m)).toEqual([]);
    expect(matching(/^export \*/m)).toEqual([]);
    expect(matching(/^(export )?(let|var) /m)).toEqual([]);
  });

  it("at most 300 lines, tests 400", () => {
    const lines = (path: string) => read(path).split("\n").length - 1;
    const long = (folder: string, most: number) =>
      list(join(root, folder))
        .map((path) => `${folder}/${path}`)
        .filter((path) => lines(path) > most);
    expect([...long("src", 300), ...long("examples", 300), ...long("bench", 300), ...long("tests", 400)]).toEqual([]);
  });

  it("names are in kebab-case, and none says only that there is something", () => {
    const parts = [...sources.keys()].flatMap((path) => path.replace(/\.ts$/, "").split("/"));
    expect(parts.filter((part) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(part))).toEqual([]);
    expect(parts.filter((part) => /^(utils?|helpers?|commons?|types?|misc|shared)$/.test(part))).toEqual([]);
    const tests = list(join(root, "tests")).map((path) => basename(path));
    expect(tests.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|mjs|json)$/.test(name))).toEqual([]);
  });
});

describe("every source file has its test", () => {
  /** Nothing to run in them: interfaces and types. */
  const TYPES = ["contribution-transport.ts", "model.ts", "exporter-host.ts", "instrumentation/handles.ts"];
  /** Names only: what they name is tested where it is. */
  const INDEX = ["index.ts", "bullmq/index.ts", "exporters/index.ts", "query/index.ts", "redis/index.ts"];
  const OTHERS: Record<string, string> = {
    "query/openapi-schemas.ts": "data; openapi.test.ts holds it against a validator and against what a server answers",
    "semconv.ts": "constants; the tests of the recorder and the metrics spell them out",
    "cli/command.ts": "interfaces and the class of an error without code",
    "cli/commands.ts": "a table; tests/cli/dispatch.test.ts goes through each of its lines",
    "instrumentation/core.ts": "an interface and a hidden property that every test with an instance goes through",
  };

  /** They mean something only with a server: tests/redis/*.redis.test.ts run all of them with a real one. */
  const WITH_SERVER = [
    ...["exporter", "feed", "joined-link", "mirror", "partition", "sweeper", "writer"],
    ...["claim", "collect", "flush", "look", "notify", "pull", "script", "send", "share", "versions"].map(
      (name) => `scripts/${name}`,
    ),
  ].map((name) => `redis/${name}.ts`);

  it("at the mirrored path", () => {
    const exempt = [...TYPES, ...INDEX, ...WITH_SERVER, ...Object.keys(OTHERS)];
    const tested = (path: string) =>
      [".test.ts", ".redis.test.ts"].some((ending) => existsSync(join(root, "tests", path.replace(/\.ts$/, ending))));
    const missing = [...sources.keys()].filter((path) => !exempt.includes(path) && !tested(path));
    expect(missing).toEqual([]);
  });

  it("and what is exempt has nothing to test", () => {
    const code = /^(export )?(const|function|async function|class|abstract class) /m;
    expect(TYPES.filter((path) => code.test(sources.get(path)!))).toEqual([]);
    const bare = (text: string) =>
      text.replaceAll(/^\/\/.*$/gm, "").replaceAll(/export (type )?\{[^}]*\} from "[^"]+";/g, "");
    expect(INDEX.filter((path) => bare(sources.get(path)!).trim() !== "")).toEqual([]);
    expect(/^(export )?(function|class) /m.test(sources.get("semconv.ts")!)).toBe(false);
  });
});

describe("the package", () => {
  const entries = Object.entries(manifest.exports).filter(([subpath]) => subpath !== "./package.json");

  it("exports exactly the entry points, types beside code", () => {
    const named = entries.map(([subpath, target]) => {
      const source = subpath === "." ? "index" : subpath.slice(2);
      const file = sources.has(`${source}.ts`) ? source : `${source}/index`;
      const other = subpath === "." ? { browser: "./dist/browser.js" } : {};
      expect(target, subpath).toEqual({ types: `./dist/${file}.d.ts`, ...other, default: `./dist/${file}.js` });
      return `${file}.ts`;
    });
    const points = [...sources.keys()].filter(
      (path) => [...TOP.slice(1), ...MORE_POINTS].includes(path) || /^(\w+\/)?index\.ts$/.test(path),
    );
    expect(named.sort()).toEqual(points.sort());
    expect(manifest.exports["./package.json"]).toBe("./package.json");
  });

  it("builds each source file to code, declarations and their maps, and nothing else", () => {
    const out = mkdtempSync(join(tmpdir(), "otel-progress-build-"));
    try {
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", out], { cwd: root });
      const expected = [...sources.keys()].flatMap((path) =>
        [".d.ts", ".d.ts.map", ".js", ".js.map"].map((ending) => path.replace(/\.ts$/, ending)),
      );
      expect(list(out)).toEqual(expected.sort());
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });

  it("says which of its files do something when they are merely imported", () => {
    expect(manifest.sideEffects).toEqual(["./dist/register.js"]);
  });

  it("declares exactly the packages it imports; only the OpenTelemetry API must be there", () => {
    const used = imports.filter(({ to, local }) => !local && !isBuiltin(to)).map(({ to }) => packageOf(to));
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    expect([...new Set(used)].sort()).toEqual(declared.sort());
    expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith("@opentelemetry/"))).toEqual([]);
    const optional = Object.keys(manifest.peerDependenciesMeta).filter(
      (name) => manifest.peerDependenciesMeta[name]!.optional,
    );
    const peers = Object.keys(manifest.peerDependencies).filter((name) => !optional.includes(name));
    expect(peers).toEqual(["@opentelemetry/api"]);
  });
});

describe("the repository", () => {
  const words = (text: string, pattern: RegExp) => [...new Set(text.match(pattern) ?? [])].sort();

  it("documents every environment variable it reads, and no other of its own", () => {
    const all = [...sources.values()].join("\n");
    const documented = read("docs/configuration.md");
    const own = /\bPROGRESS_[A-Z_]+[A-Z]\b/g;
    expect(words(documented, own)).toEqual(words(all, own));
    const others = words(all, /(?<=\b(env\[|exporterKind\()")OTEL_[A-Z_]+(?=")/g);
    expect(others).toContain("OTEL_METRIC_EXPORT_INTERVAL");
    expect(others.filter((name) => !documented.includes(name))).toEqual([]);
  });

  it("holds no path of a machine and no address of a registry", () => {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    const path = /(^|["'`\s=(:])\/(work|root|opt|home\/\w+|Users\/\w+)\/\w/m;
    const registry =
      /https?:\/\/[^\s"'/]*(registry|npmjs|artifactory|nexus|verdaccio)[^\s"'/]*\/[^\s"']*\.tgz|\b_authToken\b/;
    const files = tracked.filter((name) => name !== "" && existsSync(join(root, name)));
    const wrong = files.filter((name) => path.test(read(name)) || registry.test(read(name)));
    expect(files.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
    expect(read(".npmrc")).not.toMatch(/^(@\w+:)?registry\b/m);
  });
});
