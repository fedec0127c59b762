import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));
/** About the repository and the built package: run once, not per SDK. */
const ABOUT_PACKAGE = ["architecture", "compose", "dashboard", "dist", "docs", "mcp", "types"].map(
  (name) => `tests/${name}.test.ts`,
);
/** Properties of the rules on thousands of random runs: the same under every SDK, so they run once too. */
const PROPERTIES = ["tests/rules/rollup-*.test.ts"];
/** Before every test file. */
const SET_UP = ["tests/seed.ts"];
const SERVICES = ["tests/**/*.redis.test.ts", "tests/**/*.backend.test.ts", "tests/**/*.browser.test.ts"];

/** Run by tests with a real Redis only: tests/redis/*.redis.test.ts. */
const WITH_SERVER = [
  "carriers",
  "exporter",
  "feed",
  "joined-link",
  "mirror",
  "partition",
  "source",
  "sweeper",
  "watchman",
]
  .concat("writer", "scripts/*")
  .map((name) => `src/redis/${name}.ts`);

/** Resolves OpenTelemetry, the API with it, from one of the compat workspaces: what an application on that major has. */
function sdk(name: "sdk2" | "sdk3") {
  const require = createRequire(`${root}compat/${name}/package.json`);
  return {
    name: `resolve-${name}`,
    enforce: "pre" as const,
    resolveId(source: string) {
      if (!source.startsWith("@opentelemetry/")) return undefined;
      return { id: require.resolve(source), external: true };
    },
  };
}

const project = (name: "sdk2" | "sdk3") => ({
  plugins: [sdk(name)],
  test: {
    name,
    env: { SDK: name },
    setupFiles: SET_UP,
    // Nothing in them waits for time to pass, but a busy machine takes its time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    include: ["tests/**/*.test.ts"],
    exclude: [...ABOUT_PACKAGE, ...PROPERTIES, ...SERVICES],
  },
});

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project("sdk2"),
      project("sdk3"),
      { test: { name: "package", include: ABOUT_PACKAGE, testTimeout: 300_000, hookTimeout: 300_000 } },
      { test: { name: "rules", include: PROPERTIES, setupFiles: SET_UP, testTimeout: 300_000 } },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/model.ts", "src/instrumentation/handles.ts", "src/instrumentation/core.ts", ...WITH_SERVER],
      reporter: ["text-summary", ["text", { skipFull: true }]],
      thresholds: { lines: 95, branches: 95 },
    },
  },
});
export default config;
