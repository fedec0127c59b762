import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests against real servers; they fail with how to start a server that is missing. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["tests/**/*.redis.test.ts", "tests/**/*.backend.test.ts", "tests/**/*.browser.test.ts"],
    testTimeout: 120_000,
    passWithNoTests: true,
  },
});
export default config;
