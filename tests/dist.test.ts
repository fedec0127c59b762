// The package as npm delivers it: packed, installed into empty projects elsewhere, used there. Nothing may come from here.

import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributesOf, type Receiver, startReceiver } from "./otlp-receiver.js";
import { plainEnv } from "./services/application.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(emptyPlace(), "otel-progress-dist-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A temporary folder with no packages above it: they would be found instead of what is missing. */
function emptyPlace(): string {
  const above = (folder: string): string[] =>
    dirname(folder) === folder ? [folder] : [folder, ...above(dirname(folder))];
  const places = [tmpdir(), "/var/tmp", homedir()]
    .filter((place) => existsSync(place))
    .map((place) => realpathSync(place));
  const place = places.find(
    (candidate) => !above(candidate).some((folder) => existsSync(join(folder, "node_modules"))),
  );
  if (place === undefined)
    throw new Error(`node_modules lies above each of ${places.join(", ")}; set TMPDIR elsewhere`);
  return place;
}

/** What an application on each OpenTelemetry would install; React beside them. */
const INSTALLATIONS = {
  "the API alone": ["@opentelemetry/api@1.9.1"],
  "SDK 2": [
    "@opentelemetry/api@1.9.1",
    "@opentelemetry/context-async-hooks@2.12.0",
    "@opentelemetry/exporter-metrics-otlp-http@0.223.0",
    "@opentelemetry/exporter-trace-otlp-http@0.223.0",
    "@opentelemetry/resources@2.12.0",
    "@opentelemetry/sdk-metrics@2.12.1",
    "@opentelemetry/sdk-node@0.223.0",
    "@opentelemetry/sdk-trace@2.12.1",
    "react@18.3.1",
  ],
  "SDK 3": [
    "@opentelemetry/api@1.10.0",
    "@opentelemetry/context-async-hooks@3.1.1",
    "@opentelemetry/exporter-metrics-otlp-http@0.301.0",
    "@opentelemetry/exporter-trace-otlp-http@0.301.0",
    "@opentelemetry/resources@3.1.1",
    "@opentelemetry/sdk-metrics@3.1.1",
    "@opentelemetry/sdk-node@0.301.0",
    "@opentelemetry/sdk-trace@3.1.1",
    "react@19.3.1",
  ],
};
type Installation = keyof typeof INSTALLATIONS;
const folderOf = (installation: Installation) => join(scratch, installation.replaceAll(" ", "-").toLowerCase());

/** What runs there. */
const APPLICATIONS = [
  new URL("./applications/app.mjs", import.meta.url),
  new URL("./applications/plain-app.mjs", import.meta.url),
  new URL("./applications/telemetry-app.mjs", import.meta.url),
  new URL("./applications/subpaths.mjs", import.meta.url),
  new URL("./applications/server-app.mjs", import.meta.url),
];

/** Public names by subpath. */
const NAMES = {
  "otel-progress": ["ProgressError", "createProgress", "defineOperation", "progress"],
  "otel-progress/exporters": [
    "consoleExporter",
    "consoleLines",
    "exportFrom",
    "logLines",
    "logRecords",
    "lspProgress",
    "terminalBars",
  ],
  "otel-progress/mcp": ["createToolOperation", "progressResources", "publishChanges", "toolOperation"],
  "otel-progress/query": [
    "HttpSourceError",
    "createHttpSource",
    "createJaegerSource",
    "createProgressHandler",
    "createReadToken",
    "formatDuration",
    "formatPercentage",
    "formatProgress",
    "formatQuantity",
    "formatRate",
    "formatReport",
  ],
  "otel-progress/query/node": ["createJournalSource", "serveProgress"],
  "otel-progress/bullmq": ["followQueue", "trackWorker"],
  "otel-progress/redis": ["createRedisExporter", "createRedisSource"],
  "otel-progress/react": ["OperationEndedError", "useOperations", "usePipelineStages", "useProgress"],
  "otel-progress/testing": ["ManualClock", "createTestProgress", "startTestTelemetry"],
  "otel-progress/sdk": ["ProgressMetricProducer", "ProgressSpanProcessor", "progressSdkOptions", "startTelemetry"],
};

interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; one that does not end by itself is killed in the end, and has no code. A busy machine takes its time. */
function run(cwd: string, program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { cwd, env: plainEnv(env), timeout: 240_000, maxBuffer: 1e8 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr }),
    );
  });
}

const node = (installation: Installation, args: readonly string[], env: Record<string, string> = {}) =>
  run(folderOf(installation), process.execPath, args, env);

async function must(ended: Promise<Ended>): Promise<string> {
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

const NOT_COPIED = new Set(["node_modules", ".git", "dist", "coverage", ".cache", ".ci"]);
let packed: { filename: string; files: { path: string }[] };

beforeAll(async () => {
  const source = join(scratch, "source");
  // A copy, so that the build folder of this checkout stays as it is for whoever uses it meanwhile.
  cpSync(root, source, {
    recursive: true,
    filter: (path) =>
      !relative(root, path)
        .split("/")
        .some((part) => NOT_COPIED.has(part)),
  });
  symlinkSync(join(root, "node_modules"), join(source, "node_modules"));
  const pack = ["pack", "--json", "--pack-destination", scratch];
  packed = (JSON.parse(await must(run(source, "npm", pack))) as (typeof packed)[])[0]!;
  rmSync(source, { recursive: true });
  await Promise.all((Object.keys(INSTALLATIONS) as Installation[]).map(install));
});

async function install(installation: Installation): Promise<void> {
  const folder = folderOf(installation);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }');
  for (const file of APPLICATIONS) cpSync(file, join(folder, basename(file.pathname)));
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await must(run(folder, "npm", ["install", ...flags, join(scratch, packed.filename), ...INSTALLATIONS[installation]]));
}

/** Everything below a folder with this name, as paths. */
function below(folder: string, name: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((path) => path === name || path.endsWith(`/${name}`)).sort();
}

describe("the tarball", () => {
  it("holds the built files of every source, the papers, and nothing else", async () => {
    const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
    const built = sources
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => [".d.ts", ".d.ts.map", ".js", ".js.map"].map((end) => `dist/${path.replace(/\.ts$/, end)}`));
    const papers = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    expect(packed.files.map(({ path }) => path).sort()).toEqual([...built, ...papers].sort());
  });
});

describe.each(Object.keys(INSTALLATIONS) as Installation[])("installed beside %s", (installation) => {
  it("is a folder of its own and brings no OpenTelemetry", () => {
    const modules = join(folderOf(installation), "node_modules");
    expect(realpathSync(join(modules, "otel-progress"))).toBe(join(modules, "otel-progress"));
    expect(below(modules, "@opentelemetry/api")).toEqual(["@opentelemetry/api"]);
    expect(below(join(modules, "otel-progress"), "node_modules")).toEqual([]);
  });

  it("keeps what is inside to itself", async () => {
    const inner = ["otel-progress/dist/index.js", "otel-progress/instrumentation"];
    const found = JSON.parse(await must(node(installation, ["subpaths.mjs", ...inner]))) as Record<string, string>;
    expect(Object.values(found).map((text) => text.split(":")[0])).toEqual(
      inner.map(() => "ERR_PACKAGE_PATH_NOT_EXPORTED"),
    );
  });

  it("runs an application without telemetry, which ends by itself", async () => {
    expect(await node(installation, ["plain-app.mjs"])).toEqual({ code: 0, stdout: "completed\n", stderr: "" });
  });
});

describe("beside the API alone", () => {
  const installation = "the API alone";

  it("every subpath loads but the set-up and the hooks, which name the package they miss", async () => {
    const found = JSON.parse(await must(node(installation, ["subpaths.mjs", ...Object.keys(NAMES)])));
    expect(found).toEqual({
      ...NAMES,
      "otel-progress/sdk": expect.stringMatching(/^ERR_MODULE_NOT_FOUND: Cannot find package '@opentelemetry\/[\w-]+'/),
      "otel-progress/react": expect.stringMatching(/^ERR_MODULE_NOT_FOUND: Cannot find package 'react'/),
    });
  });

  it("its program runs: a history over a journal that is empty, and help", async () => {
    const program = join(folderOf(installation), "node_modules/.bin/otel-progress");
    const version = (JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }).version;
    const here = folderOf(installation);
    expect(await run(here, program, ["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect(await run(here, program, ["export", "--journal", "."])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await run(here, program, ["export", "--journal", "nowhere"])).code).toBe(3);
    const help = await run(here, program, ["help", "watch"]);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: otel-progress watch"), stderr: "" });
  });

  it("is definitions in a browser", async () => {
    const args = ["--conditions=browser", "subpaths.mjs", "otel-progress"];
    const found = JSON.parse(await must(node(installation, args)));
    expect(found).toEqual({ "otel-progress": ["ProgressError", "defineOperation"] });
  });

  it("serves the page and what it asks for, and ends by itself", async () => {
    const stdout = "text/html; charset=utf-8\ntext/javascript; charset=utf-8\nrunning 50\n";
    expect(await node(installation, ["server-app.mjs"])).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("preloading it says what is missing and leaves the application alone", async () => {
    const { code, stdout, stderr } = await node(installation, ["--import", "otel-progress/register", "plain-app.mjs"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "completed\n" });
    expect(stderr).toMatch(
      /^otel-progress: set-up failed, the application runs without it: Cannot find package '@opentelemetry\/[\w-]+': npm install @opentelemetry\/.*\n$/,
    );
  });

  it("preloading it with the SDK disabled still shows progress", async () => {
    const env = { OTEL_SDK_DISABLED: "true", PROGRESS_FORMAT: "plain" };
    const { code, stderr } = await node(installation, ["--import", "otel-progress/register", "plain-app.mjs"], env);
    expect(code).toBe(0);
    expect(stderr).toMatch(/catalog\.import/);
  });
});

describe.each(["SDK 2", "SDK 3"] as const)("beside %s", (installation) => {
  it("every subpath loads and has its names", async () => {
    const args = ["subpaths.mjs", ...Object.keys(NAMES), "otel-progress/register"];
    const found = JSON.parse(await must(node(installation, args, { OTEL_SDK_DISABLED: "true" })));
    expect(found).toEqual({ ...NAMES, "otel-progress/register": [] });
  });

  it("types resolve in an application, with libraries checked", async () => {
    const folder = folderOf(installation);
    await must(run(folder, "npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "@types/node@22"]));
    for (const name of ["usage", "misuse"]) {
      const text = await readFile(join(root, `tests/types/${name}.test-d.ts`), "utf8");
      const published = text.replaceAll(/"\.\.\/\.\.\/src\/(\w+)(\/index)?\.js"/g, '"otel-progress/$1"');
      writeFileSync(join(folder, `${name}.ts`), published.replaceAll('"otel-progress/index"', '"otel-progress"'));
    }
    const flags = "--module nodenext --target es2022 --strict --noEmit --skipLibCheck false --types node".split(" ");
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const ended = await run(folder, process.execPath, [tsc, ...flags, "usage.ts", "misuse.ts"]);
    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  describe("and a receiver", () => {
    let receiver: Receiver;
    let ended: Ended;

    /** Runs an application that exports to a receiver of its own. */
    const exporting = (...args: string[]) =>
      beforeAll(async () => {
        receiver = await startReceiver();
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_SERVICE_NAME: "consumer" };
        ended = await node(installation, args, env);
        return () => receiver[Symbol.asyncDispose]();
      });
    const endsWell = () =>
      it("ends by itself and has nothing to complain about", () => {
        expect(ended).toEqual({ code: 0, stdout: "completed\n", stderr: "" });
      });
    const named = (name: string) => receiver.spans().find((span) => span.name === name)!;
    const metricsArrive = () =>
      it("metrics arrive", () => {
        expect(receiver.metrics().get("progress.operation.duration")).toBe(1);
        expect([...receiver.metrics().keys()]).toEqual(
          expect.arrayContaining(["progress.operation.finished", "progress.operation.active", "progress.items"]),
        );
      });

    describe("progressSdkOptions in a NodeSDK of the application, started after progress was used", () => {
      exporting("app.mjs");
      endsWell();
      metricsArrive();

      it("spans leave, the parts under their wholes, those of the application among them", () => {
        expect(receiver.spans().map(({ name }) => name)).toEqual(["SELECT", "song", "catalog.import"]);
        const [select, song, operation] = receiver.spans();
        expect(operation!.parentSpanId).toBeUndefined();
        expect([select!.parentSpanId, song!.parentSpanId]).toEqual([song!.spanId, operation!.spanId]);
        expect(new Set(receiver.spans().map(({ traceId }) => traceId)).size).toBe(1);
      });

      it("spans say what they are and how they ended", () => {
        const rates = { "progress.rate.mean": expect.any(Number), "progress.rate.peak": expect.any(Number) };
        const whole = attributesOf(named("catalog.import").attributes);
        // There when it took longer than a tick, which is up to the machine.
        for (const name of Object.keys(whole)) if (name.startsWith("progress.process.")) delete whole[name];
        expect(whole).toEqual({
          "progress.operation.id": "job-1",
          "progress.operation.type": "catalog.import",
          "progress.operation.name": "Nightly",
          "progress.status": "completed",
          "progress.current": 3,
          "progress.total": 3,
          "progress.unit": "row",
          "progress.ratio": 1,
          ...rates,
        });
        expect(attributesOf(named("song").attributes)).toEqual({
          "progress.operation.id": "job-1",
          "progress.operation.type": "catalog.import",
          "progress.level.id": "song-1",
          "progress.level.type": "song",
          "progress.level.name": "Help!",
          "progress.status": "completed",
          "progress.current": 2,
          "progress.total": 2,
          "progress.ratio": 1,
          ...rates,
        });
        expect(receiver.resource()["service.name"]).toBe("consumer");
      });
    });

    describe("node --import otel-progress/register", () => {
      exporting("--import", "otel-progress/register", "plain-app.mjs");
      endsWell();
      metricsArrive();

      it("spans leave without a line of code", () => {
        expect(receiver.spans().map(({ name }) => name)).toEqual(["song", "catalog.import"]);
        expect(named("song").parentSpanId).toBe(named("catalog.import").spanId);
        expect(receiver.resource()["service.name"]).toBe("consumer");
      });
    });

    describe("startTelemetry", () => {
      exporting("telemetry-app.mjs");
      endsWell();
      metricsArrive();

      it("spans leave although nobody shut it down", () => {
        expect(receiver.spans().map(({ name }) => name)).toEqual(["catalog.import"]);
      });
    });
  });
});

describe.concurrent("with nobody to receive", () => {
  const applications = [["app.mjs"], ["telemetry-app.mjs"], ["--import", "otel-progress/register", "plain-app.mjs"]];

  it.each([
    ["SDK 2", "refuses connections"],
    ["SDK 3", "refuses connections"],
    ["SDK 2", "never answers"],
    ["SDK 3", "never answers"],
  ] as const)(
    "beside %s applications end by themselves with code 0 when the endpoint %s",
    async (installation, how) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      if (how === "refuses connections") await new Promise((resolve) => server.close(resolve));
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
      const all = await Promise.all(applications.map((args) => node(installation, args, env)));
      server.close();
      const expected = applications.map(() => ({ code: 0, stdout: "completed\n" }));
      expect(all.map(({ code, stdout }) => ({ code, stdout }))).toEqual(expected);
    },
  );
});
