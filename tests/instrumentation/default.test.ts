import { afterEach, expect, it, vi } from "vitest";
import { progress } from "../../src/instrumentation/default.js";

afterEach(() => vi.resetModules());

it("is one instance under a versioned symbol, so that every copy of the package shares it", async () => {
  const shared = globalThis as unknown as Record<symbol, unknown>;
  expect(shared[Symbol.for("otel-progress.default.v1")]).toBe(progress);
  vi.resetModules();
  const copy = await import("../../src/instrumentation/default.js");
  expect(copy.progress).toBe(progress);
});

it("runs work, and shows it to whoever asks for the default instance", async () => {
  const result = await progress.operation("job", { id: "default-test" }, async (op) => {
    op.increment(2);
    return progress.getActive()?.id;
  });
  expect(result).toBe("default-test");
  expect(progress.live.get("default-test")).toMatchObject({ status: "completed", current: 2, type: "job" });
});

it("is configured by the environment when it is first loaded", async () => {
  const shared = globalThis as unknown as Record<symbol, unknown>;
  const key = Symbol.for("otel-progress.default.v1");
  vi.stubEnv("PROGRESS_ENABLED", "false");
  vi.resetModules();
  delete shared[key];
  try {
    const copy = await import("../../src/instrumentation/default.js");
    copy.progress.operation("job", { id: "off" }, () => {});
    expect(copy.progress.live.get("off")).toBe(undefined);
  } finally {
    shared[key] = progress;
    vi.unstubAllEnvs();
  }
});
