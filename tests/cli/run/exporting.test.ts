import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startExport, wantsExport } from "../../../src/cli/run/exporting.js";
import { attributesOf, startReceiver } from "../../otlp-receiver.js";

const DEFAULT = Symbol.for("otel-progress.default.v1");

/** As in a new process: the default instance keeps to the SDK it found. */
async function fresh() {
  vi.resetModules();
  delete (globalThis as { [DEFAULT]?: unknown })[DEFAULT];
  const { startExport } = await import("../../../src/cli/run/exporting.js");
  return { startExport, progress: (await import("../../../src/index.js")).progress };
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) vi.stubEnv(name, undefined);
  vi.stubEnv("OTEL_LOGS_EXPORTER", "none");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("../../../src/sdk.js");
  for (const api of [trace, metrics, context, propagation]) api.disable();
  process.removeAllListeners("beforeExit");
});

describe("whether something is exported", () => {
  it.each([
    [{}, false],
    [{ OTEL_SERVICE_NAME: "ci" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://localhost:4318/v1/traces" }, true],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://localhost:4318/v1/metrics" }, true],
    [{ OTEL_TRACES_EXPORTER: "otlp" }, true],
    [{ OTEL_TRACES_EXPORTER: "console" }, false],
    [{ OTEL_TRACES_EXPORTER: "otlp", OTEL_SDK_DISABLED: "true" }, false],
  ])("with %j: %s", (env, wanted) => {
    expect(wantsExport(env)).toBe(wanted);
  });

  it("without it nothing is set up", async () => {
    const finish = await startExport({}, "tool", false, () => {});
    expect(trace.getTracer("test").startSpan("s").isRecording()).toBe(false);
    await finish();
  });
});

/** Exports an operation with this in our environment; what the receiver was told of the process. */
async function exported(env: Readonly<Record<string, string>>, withArguments = false) {
  await using receiver = await startReceiver();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { startExport, progress } = await fresh();
  const finish = await startExport({ ...process.env }, "tool", withArguments, () => {});
  progress.operation("tool", () => {});
  await finish();
  return { resource: receiver.resource(), spans: receiver.spans().map(({ attributes }) => attributesOf(attributes)) };
}

it("what is exported is of a service with the program's name, and does not hold our command line", async () => {
  const { resource, spans } = await exported({});
  expect(spans.map((span) => span["progress.operation.type"])).toEqual(["tool"]);
  expect(resource["service.name"]).toBe("unknown_service:tool");
  expect(Object.keys(resource).filter((key) => key.startsWith("process."))).toEqual([]);
});

it("the service's name of the environment wins", async () => {
  expect((await exported({ OTEL_SERVICE_NAME: "ci" })).resource["service.name"]).toBe("ci");
});

it("also as an attribute of the resource", async () => {
  const { resource } = await exported({ OTEL_RESOURCE_ATTRIBUTES: "a=b,service.name=ci" });
  expect(resource["service.name"]).toBe("ci");
});

it("detectors that were chosen are used, apart from that of the process", async () => {
  const { resource } = await exported({
    OTEL_NODE_RESOURCE_DETECTORS: "process, env",
    OTEL_RESOURCE_ATTRIBUTES: "a=b",
  });
  expect(Object.keys(resource).filter((key) => /^(process|host)\./.test(key))).toEqual([]);
  expect(resource["a"]).toBe("b");
});

it("when only that was chosen there is none", async () => {
  await exported({ OTEL_NODE_RESOURCE_DETECTORS: "process" });
  expect(process.env["OTEL_NODE_RESOURCE_DETECTORS"]).toBe("none");
});

it("with the arguments recorded, our command line may be known as well", async () => {
  const { resource } = await exported({ OTEL_NODE_RESOURCE_DETECTORS: "process" }, true);
  expect(resource).toHaveProperty("process.command");
});

it("nothing of the SDK goes to the console", async () => {
  const written = vi.spyOn(console, "log").mockImplementation(() => {});
  const listed = vi.spyOn(console, "dir").mockImplementation(() => {});
  await exported({ OTEL_LOG_LEVEL: "debug", OTEL_METRICS_EXPORTER: "console" });
  expect([written.mock.calls, listed.mock.calls]).toEqual([[], []]);
  vi.restoreAllMocks();
});

it("an SDK that is there already exports by itself", async () => {
  const env = { OTEL_TRACES_EXPORTER: "otlp" };
  const { startExport } = await fresh();
  const tracer = trace.getTracer("none");
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  vi.doMock("../../../src/sdk.js", () => {
    throw new Error("loaded");
  });
  const problems: string[] = [];
  await (await startExport(env, "tool", false, (text) => problems.push(text)))();
  expect(problems).toEqual([]);
});

it("packages that are missing are told, and the program runs", async () => {
  vi.doMock("../../../src/sdk.js", () => ({
    startTelemetry() {
      const message =
        "Cannot find package '@opentelemetry/sdk-node' imported from /app/node_modules/otel-progress/dist/sdk.js";
      throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
    },
  }));
  const problems: string[] = [];
  const { startExport } = await fresh();
  await (await startExport({ OTEL_TRACES_EXPORTER: "otlp" }, "tool", false, (text) => problems.push(text)))();
  expect(problems).toEqual([
    expect.stringMatching(
      /^nothing is exported: Cannot find package '@opentelemetry\/sdk-node': npm install @opentelemetry/,
    ),
  ]);
});
