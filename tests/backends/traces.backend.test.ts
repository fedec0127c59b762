// What a run looks like in Jaeger: an application exports through the Collector, and its traces are read back by Jaeger's API.
// docs/semantic-conventions.md says what must be there.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { installPackage, runApplication } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import {
  eventsOf,
  type Jaeger,
  type JaegerSpan,
  type JaegerTrace,
  parentOf,
  progressOf,
  startJaeger,
  valuesOf,
} from "../services/jaeger.js";
import { showOutputOnFailure } from "../services/server.js";

let jaeger: Jaeger;
let collector: Collector;

beforeAll(async () => {
  jaeger = await startJaeger();
  collector = await startCollector({ jaegerOtlp: jaeger.otlp });
}, 60_000);
afterAll(async () => {
  await collector?.[Symbol.asyncDispose]();
  await jaeger?.[Symbol.asyncDispose]();
});
afterEach(showOutputOnFailure);

const NUMBER = expect.any(Number);
/** On every operation that lasted longer than a tick. */
const USAGE = {
  "progress.process.cpu_time": NUMBER,
  "progress.process.cpu_utilization": NUMBER,
  "progress.process.event_loop_utilization": NUMBER,
  "progress.process.memory": NUMBER,
};
const RATES = { "progress.rate.mean": NUMBER, "progress.rate.peak": NUMBER };
/** How OpenTelemetry's status ERROR looks in Jaeger. */
const failedWith = (code: string, message: string) => ({
  "error.type": code,
  error: true,
  "otel.status_code": "ERROR",
  "otel.status_description": message,
});
const namesOf = (span: JaegerSpan) => eventsOf(span).map(({ name }) => name);
const fieldsOf = (span: JaegerSpan, event: string) =>
  eventsOf(span)
    .filter(({ name }) => name === event)
    .map(({ fields }) => fields);

describe.each(["sdk2", "sdk3"] as const)("an application on %s", (sdk) => {
  /** One service per SDK: both write to the same Jaeger. */
  const service = `importer-${sdk}`;
  let traces: readonly JaegerTrace[];
  const spans = () => traces.flatMap((trace) => trace.spans);
  const span = (attribute: string, value: string) => {
    const [found, ...others] = spans().filter(({ tags }) => valuesOf(tags)[attribute] === value);
    expect(others).toEqual([]);
    return found!;
  };
  const operation = (id: string) =>
    spans().find(
      (one) => valuesOf(one.tags)["progress.operation.id"] === id && !valuesOf(one.tags)["progress.level.id"],
    )!;
  const level = (id: string) => span("progress.level.id", id);

  beforeAll(async () => {
    using installation = installPackage(["importer.mjs"], sdk);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SERVICE_NAME: service };
    expect(await runApplication(installation, "importer.mjs", env)).toBe("failed\n");
    traces = await jaeger.search({ service }, (found) => found.flatMap((trace) => trace.spans).length >= 8);
  }, 60_000);

  it("K4: has one trace per operation, with its levels and the spans of others in it", () => {
    const names = traces.map((trace) => trace.spans.map(({ operationName }) => operationName).sort());
    expect(names.sort()).toEqual([
      ["SELECT", "catalog.import", "cover", "song", "song"],
      ["catalog.export", "upload"],
      ["catalog.search"],
    ]);
  });

  it("hangs every part under its whole", () => {
    const importing = operation("import-1").spanID;
    expect([importing, operation("export-1").spanID, operation("search-1").spanID].map((id) => typeof id)).toEqual(
      Array(3).fill("string"),
    );
    const parents = {
      "import-1": parentOf(operation("import-1")),
      "song-1": parentOf(level("song-1")),
      "song-2": parentOf(level("song-2")),
      "cover-1": parentOf(level("cover-1")),
      SELECT: parentOf(spans().find(({ operationName }) => operationName === "SELECT")!),
      "upload-1": parentOf(level("upload-1")),
    };
    expect(parents).toEqual({
      "import-1": undefined,
      "song-1": importing,
      "song-2": importing,
      "cover-1": level("song-1").spanID,
      SELECT: importing,
      "upload-1": operation("export-1").spanID,
    });
  });

  it("has no span twice, and nothing that Jaeger warns of", () => {
    const ids = spans().map(({ spanID }) => spanID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(spans().filter(({ warnings }) => warnings !== null && warnings.length > 0)).toEqual([]);
    expect(spans().filter(({ duration }) => duration <= 0)).toEqual([]);
  });

  it("says on the span of an operation what it was and how it ended", () => {
    expect(progressOf(operation("import-1"))).toEqual({
      "progress.operation.id": "import-1",
      "progress.operation.type": "catalog.import",
      "progress.operation.name": "Nightly import",
      "progress.current": 2,
      "progress.total": 2,
      "progress.unit": "song",
      "progress.ratio": 1,
      "progress.status": "completed",
      ...USAGE,
    });
    expect(valuesOf(operation("import-1").tags)).toMatchObject({
      tenant: "acme",
      "span.kind": "internal",
      "otel.scope.name": "otel-progress",
    });
  });

  it("says on the span of a level whose it is, and what was settled how", () => {
    expect(progressOf(level("song-1"))).toEqual({
      "progress.operation.id": "import-1",
      "progress.operation.type": "catalog.import",
      "progress.level.id": "song-1",
      "progress.level.type": "song",
      "progress.level.name": "Ouverture",
      "progress.current": 4,
      "progress.total": 4,
      "progress.unit": "take",
      "progress.ratio": 1,
      "progress.items.failed": 1,
      "progress.items.skipped": 1,
      "progress.status": "completed",
      ...RATES,
    });
    expect(progressOf(level("cover-1"))).toEqual({
      "progress.operation.id": "import-1",
      "progress.operation.type": "catalog.import",
      "progress.level.id": "cover-1",
      "progress.level.type": "cover",
      "progress.ratio": 1,
      "progress.status": "completed",
    });
  });

  it("shows a failure where it happened and above, with its exception", () => {
    expect(progressOf(operation("export-1"))).toEqual({
      "progress.operation.id": "export-1",
      "progress.operation.type": "catalog.export",
      "progress.current": 2,
      "progress.total": 10,
      "progress.ratio": 0.2,
      "progress.attempt": 2,
      "progress.status": "failed",
      ...failedWith("ENOSPC", "disk is full"),
      ...RATES,
      ...USAGE,
    });
    expect(progressOf(level("upload-1"))).toMatchObject(failedWith("ENOSPC", "disk is full"));
    for (const failed of [operation("export-1"), level("upload-1")]) {
      expect(fieldsOf(failed, "exception")).toEqual([
        expect.objectContaining({ "exception.type": "ENOSPC", "exception.message": "disk is full" }),
      ]);
    }
  });

  it("leaves the status of a cancelled one unset, and says why it was", () => {
    expect(progressOf(operation("search-1"))).toEqual({
      "progress.operation.id": "search-1",
      "progress.operation.type": "catalog.search",
      "progress.reason": "nobody waits",
      "progress.status": "cancelled",
      ...USAGE,
    });
    expect(fieldsOf(operation("search-1"), "progress.status")).toEqual([
      { "progress.status": "cancelled", "progress.reason": "nobody waits" },
    ]);
  });

  it("tells by updates how far it was, when: from the beginning to the end, in order", () => {
    const { startTime, duration } = operation("import-1");
    const updates = eventsOf(operation("import-1")).filter(({ name }) => name === "progress.update");
    const ratios = updates.map(({ fields }) => fields["progress.ratio"] as number);
    const times = updates.map(({ timestamp }) => timestamp - startTime);
    expect([ratios[0], ratios.at(-1)]).toEqual([0, 1]);
    expect(ratios.length).toBeGreaterThan(4);
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    // Both are rounded to microseconds.
    expect(Math.abs(times.at(-1)! - duration)).toBeLessThanOrEqual(1);
    expect(updates.at(-1)!.fields).toEqual({
      "progress.current": 2,
      "progress.total": 2,
      "progress.ratio": 1,
      "progress.message": "reading",
    });
    expect(fieldsOf(level("song-1"), "progress.update").some((fields) => "progress.rate.current" in fields)).toBe(true);
  });

  it("tells of the pause, of the stall and what it waited for, of the new attempt, and of the user's own event", () => {
    const importing = operation("import-1");
    expect(namesOf(importing).filter((name) => name !== "progress.update")).toEqual([
      "checkpoint.written",
      "progress.status",
      "progress.status",
      "progress.stalled",
      "progress.recovered",
    ]);
    expect(fieldsOf(importing, "checkpoint.written")).toEqual([{ rows: 2 }]);
    expect(fieldsOf(importing, "progress.status")).toEqual([
      { "progress.status": "paused", "progress.reason": "quota" },
      { "progress.status": "running" },
    ]);
    const [stalled] = fieldsOf(importing, "progress.stalled");
    expect(JSON.parse(String(stalled!["progress.waiting_on"]))).toEqual(["SELECT"]);
    expect(stalled!["progress.idle_time"]).toBeGreaterThan(0.3);
    expect(stalled!["progress.idle_time"]).toBeLessThan(0.9);
    expect(fieldsOf(operation("export-1"), "progress.attempt")).toEqual([
      { "progress.attempt": 2, "progress.reason": "connection lost" },
    ]);
  });

  it("is found by the attributes that the runbook and the dashboard search for", async () => {
    const byId = await jaeger.search({ service, tags: { "progress.operation.id": "export-1" } });
    expect(byId).toHaveLength(1);
    const failed = await jaeger.search({ service, operation: "catalog.export", tags: { "progress.status": "failed" } });
    expect(failed.map(({ traceID }) => traceID)).toEqual(byId.map(({ traceID }) => traceID));
  });

  it("is one process of a service, with an id of its own", () => {
    const processes = traces.flatMap((trace) => Object.values(trace.processes));
    const ids = processes.map(({ tags }) => valuesOf(tags)["service.instance.id"]);
    expect(new Set(processes.map(({ serviceName }) => serviceName))).toEqual(new Set([service]));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[\da-f-]{36}$/);
  });
});
