import { context, diag, metrics, propagation, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "../src/index.js";
import { progressSdkOptions, startTelemetry } from "../src/sdk.js";
import { ManualClock } from "../src/testing.js";
import { attributesOf, startReceiver } from "./otlp-receiver.js";

beforeEach(() => {
  vi.stubEnv("OTEL_NODE_RESOURCE_DETECTORS", "env");
  vi.stubEnv("OTEL_LOGS_EXPORTER", "none");
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const api of [trace, metrics, context, propagation, diag]) api.disable();
});

test("with progressSdkOptions a NodeSDK exports spans and metrics, although spanProcessors switch its own exporter off", async () => {
  await using receiver = await startReceiver();
  // By the computer's clock there would be rates, and on a busy machine figures of the process and an update more.
  await using progress = createProgress({ clock: new ManualClock() });
  const sdk = new NodeSDK(progressSdkOptions({ serviceName: "importer", endpoint: `${receiver.endpoint}/`, progress }));
  sdk.start();
  progress.operation("import", { id: "job-1", total: 2 }, (op) => {
    op.level("song", (level) => level.increment());
    op.increment(2);
  });
  await sdk.shutdown();

  const [song, operation] = receiver.spans();
  expect([song!.name, operation!.name]).toEqual(["song", "import"]);
  expect(song!.traceId).toBe(operation!.traceId);
  expect(song!.parentSpanId).toBe(operation!.spanId);
  expect(attributesOf(operation!.attributes)).toEqual({
    "progress.operation.id": "job-1",
    "progress.operation.type": "import",
    "progress.status": "completed",
    "progress.current": 2,
    "progress.total": 2,
    "progress.ratio": 1,
  });
  expect(operation!.events?.map(({ name }) => name)).toEqual(["progress.update", "progress.update"]);
  expect(Object.fromEntries(receiver.metrics())).toMatchObject({
    "progress.operation.active": 1,
    "progress.operation.finished": 3,
    "progress.operation.duration": 1,
    "progress.items": 2,
  });
  expect(receiver.resource()["service.name"]).toBe("importer");
});

test("every process is an instance of its own", () => {
  const ids = [progressSdkOptions(), progressSdkOptions()].map(
    ({ resource }) => resource.attributes["service.instance.id"],
  );
  expect(new Set(ids).size).toBe(2);
});

test("startTelemetry exports what was left when it is shut down, and shutting down twice is once", async () => {
  await using receiver = await startReceiver();
  await using progress = createProgress();
  const telemetry = startTelemetry({ endpoint: receiver.endpoint, progress });
  progress.operation("import", () => {});
  await Promise.all([telemetry.shutdown(), telemetry.shutdown()]);
  await telemetry[Symbol.asyncDispose]();
  expect(receiver.spans().map(({ name }) => name)).toEqual(["import"]);
});

test("an instrument made before the SDK started works after it", async () => {
  await using receiver = await startReceiver();
  await using progress = createProgress();
  progress.operation("early", () => {});
  const telemetry = startTelemetry({ endpoint: receiver.endpoint, progress });
  progress.operation("late", () => {});
  await telemetry.shutdown();
  expect(receiver.metrics().get("progress.operation.active")).toBe(2);
  expect(receiver.metrics().get("progress.operation.duration")).toBe(1);
});

test("an endpoint that is no URL is refused at set-up", () => {
  expect(() => startTelemetry({ endpoint: "nowhere" })).toThrowError(
    expect.objectContaining({
      code: "INVALID_OPTION",
      message: 'endpoint: expected an http or https URL, received "nowhere"',
    }),
  );
});

test("a receiver that is not there is reported and disturbs nothing", async () => {
  await using progress = createProgress();
  const telemetry = startTelemetry({ endpoint: "http://127.0.0.1:9", progress });
  progress.operation("import", () => {});
  await expect(telemetry.shutdown()).resolves.toBeUndefined();
}, 20_000);

test("OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER choose otlp, console or none", () => {
  const count = () => {
    const { spanProcessors, metricReaders } = progressSdkOptions();
    return [spanProcessors.length, metricReaders.length];
  };
  expect(count()).toEqual([2, 1]);
  vi.stubEnv("OTEL_TRACES_EXPORTER", "console");
  vi.stubEnv("OTEL_METRICS_EXPORTER", "console");
  expect(count()).toEqual([2, 1]);
  vi.stubEnv("OTEL_TRACES_EXPORTER", "none");
  vi.stubEnv("OTEL_METRICS_EXPORTER", "none");
  expect(count()).toEqual([1, 0]);
});

test("an exporter that does not exist is reported, and OTLP used", () => {
  const warned: string[] = [];
  diag.setLogger({ warn: (text: string) => warned.push(text), error() {}, info() {}, debug() {}, verbose() {} });
  vi.stubEnv("OTEL_TRACES_EXPORTER", "zipkin");
  expect(progressSdkOptions().spanProcessors.length).toBe(2);
  expect(warned).toEqual([
    'otel-progress: OTEL_TRACES_EXPORTER: expected otlp, console or none, received "zipkin"; otlp is used',
  ]);
});

test("the export interval comes from the option, then from the environment; what is no duration is refused", () => {
  vi.stubEnv("OTEL_METRIC_EXPORT_INTERVAL", "1000");
  expect(progressSdkOptions().metricReaders.length).toBe(1);
  expect(() => progressSdkOptions({ exportInterval: "soon" as never })).toThrowError(
    expect.objectContaining({ code: "INVALID_OPTION" }),
  );
});

test("an export interval that no reader takes is refused at set-up", () => {
  for (const exportInterval of ["0s", "30d"] as const) {
    expect(() => progressSdkOptions({ exportInterval })).toThrowError(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  }
  expect(() => progressSdkOptions({ endpoint: "localhost:4318" })).toThrowError(
    expect.objectContaining({ code: "INVALID_OPTION" }),
  );
});

test("forceFlush exports what there is, and more can follow", async () => {
  await using receiver = await startReceiver();
  await using progress = createProgress();
  const telemetry = startTelemetry({ endpoint: receiver.endpoint, progress });
  progress.operation("first", () => {});
  await telemetry.forceFlush();
  expect(receiver.spans().map(({ name }) => name)).toEqual(["first"]);
  progress.operation("second", () => {});
  await telemetry.shutdown();
  expect(receiver.spans().map(({ name }) => name)).toEqual(["first", "second"]);
});
