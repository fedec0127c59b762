import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests against real servers; they fail with how to start a server that is missing. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["tests/**/*.redis.test.ts", "tests/**/*.backend.test.ts", "tests/**/*.browser.test.ts"],
    setupFiles: ["tests/seed.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Servers, browsers and load tests: one file at a time, or they measure each other.
    fileParallelism: false,
    passWithNoTests: true,
  },
});
export default config;
