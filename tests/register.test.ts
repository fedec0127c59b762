import { context, diag, metrics, propagation, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startReceiver } from "./otlp-receiver.js";

const DEFAULT = Symbol.for("otel-progress.default.v1");

/** What preloading it does, with the default instance it sets up. */
async function register() {
  vi.resetModules();
  delete (globalThis as { [DEFAULT]?: unknown })[DEFAULT];
  await import("../src/register.js");
  return (await import("../src/index.js")).progress;
}

beforeEach(() => {
  vi.stubEnv("OTEL_NODE_RESOURCE_DETECTORS", "env");
  vi.stubEnv("OTEL_LOGS_EXPORTER", "none");
  vi.stubEnv("PROGRESS_FORMAT", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const api of [trace, metrics, context, propagation, diag]) api.disable();
  for (const event of ["SIGTERM", "SIGINT", "beforeExit"]) process.removeAllListeners(event);
});

test("by environment alone, operations are exported; a signal exports what is left and then ends the process", async () => {
  await using receiver = await startReceiver();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint);
  const progress = await register();
  progress.operation("import", () => {});
  const killed = new Promise((resolve) => {
    vi.spyOn(process, "kill").mockImplementation((_pid, signal) => {
      resolve(signal);
      return true;
    });
  });
  process.emit("SIGTERM", "SIGTERM");
  expect(await killed).toBe("SIGTERM");
  expect(receiver.spans().map(({ name }) => name)).toEqual(["import"]);
});

test("an application with a signal handler of its own decides itself when to end", async () => {
  await using receiver = await startReceiver();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint);
  const progress = await register();
  progress.operation("import", () => {});
  const kill = vi.spyOn(process, "kill").mockReturnValue(true);
  process.on("SIGINT", () => {});
  process.emit("SIGINT", "SIGINT");
  await vi.waitFor(() => expect(receiver.spans().length).toBe(1), { timeout: 50_000 });
  expect(kill).not.toHaveBeenCalled();
  progress.operation("draining", () => {});
  process.emit("beforeExit", 0);
  await vi.waitFor(() => expect(receiver.spans().length).toBe(2), { timeout: 50_000 });
});

test("output is written only when it is asked for", async () => {
  vi.stubEnv("OTEL_SDK_DISABLED", "true");
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const quiet = await register();
  quiet.operation("quiet", () => {});
  await quiet.forceFlush();
  expect(written).not.toHaveBeenCalled();

  vi.stubEnv("PROGRESS_FORMAT", "plain");
  const loud = await register();
  loud.operation("loud", () => {});
  await loud.shutdown();
  expect(written.mock.calls.join("")).toContain("ok loud");
});

test("a set-up that fails is reported, with what to install, and the application runs", async () => {
  vi.doMock("../src/sdk.js", () => ({
    startTelemetry() {
      const message = "Cannot find package '@opentelemetry/sdk-node' imported from /app/sdk.js";
      throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
    },
  }));
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const progress = await register();
  vi.doUnmock("../src/sdk.js");
  expect(progress.operation("import", () => 7)).toBe(7);
  expect(written.mock.calls.join("")).toContain(
    "otel-progress: set-up failed, the application runs without it: Cannot find package '@opentelemetry/sdk-node': npm install @opentelemetry/",
  );
});
