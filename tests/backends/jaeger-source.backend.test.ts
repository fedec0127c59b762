// History from a real Jaeger: what the live source of a process said of its operations at the end is what is rebuilt from their
// spans after it is gone. Operations that run, and that were lost, too.

import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ListOptions, OperationSource, Snapshot } from "../../src/model.js";
import { createJaegerSource } from "../../src/query/jaeger-source.js";
import { record } from "../query/jaeger/recording.js";
import { asSpansHold } from "../query/jaeger/spans-hold.js";
import { installPackage, runApplication, startWorker } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import { type Jaeger, startJaeger, valuesOf } from "../services/jaeger.js";
import { type Patience, until } from "../services/polling.js";
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

const idsOf = (snapshots: readonly Snapshot[]) => snapshots.map(({ id }) => id);
const seen = (source: OperationSource, id: string, holds: (snapshot: Snapshot) => boolean, patience?: Patience) =>
  until(
    `${id} is in the history`,
    async () => source.get(id),
    (found) => found !== undefined && holds(found),
    patience,
  ) as Promise<Snapshot>;

describe.each(["sdk2", "sdk3"] as const)("of a process on %s that is gone", (sdk) => {
  const service = `history-${sdk}`;
  let live: readonly Snapshot[];
  let source: OperationSource;

  const recordTraces = async (name: "completed" | "failed", ...ids: readonly string[]) => {
    const traces = await jaeger.search({ service, tags: { "progress.operation.id": ids[0]! } });
    record(name, { traces, live: live.filter(({ id }) => ids.includes(id)) });
  };

  beforeAll(async () => {
    using installation = installPackage(["history.mjs"], sdk);
    const resource = { OTEL_SERVICE_NAME: service, OTEL_NODE_RESOURCE_DETECTORS: "env,host,process" };
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, ...resource };
    live = JSON.parse(await runApplication(installation, "history.mjs", env)) as Snapshot[];
    source = createJaegerSource({ url: jaeger.url, service });
    await seen(source, "foreign-1", () => true);
    if (sdk === "sdk2") await recordTraces("completed", "import-1", "convert-1");
    if (sdk === "sdk2") await recordTraces("failed", "export-1");
  }, 60_000);

  it("K5: every operation is rebuilt as the live source said it was", async () => {
    const { processes } = (await jaeger.search({ service }))[0]!;
    const instanceId = String(valuesOf(Object.values(processes)[0]!.tags)["service.instance.id"]);
    const own = live.filter(({ id }) => id !== "foreign-1");
    expect(own).toHaveLength(9);
    for (const said of own) {
      const rebuilt = (await source.get(said.id))!;
      expect(rebuilt.instance).toMatchObject({ host: said.instance.host, pid: said.instance.pid });
      expect(rebuilt, said.id).toEqual(asSpansHold(said, instanceId));
    }
  });

  it("one that was taken in from a span of others has what is on that span", async () => {
    const said = live.find(({ id }) => id === "foreign-1")!;
    const { rate, peakRate, meanRate, process, curve, ...shared } = said;
    const rebuilt = (await source.get("foreign-1"))!;
    const held = asSpansHold(shared as Snapshot, rebuilt.instance.id);
    expect(rebuilt).toEqual({ ...held, attributes: { codec: "av1" } });
    expect(rebuilt).toMatchObject({ percentage: 50, error: { message: "codec is unknown" } });
  });

  it("lists what passes a filter, as the live source would", async () => {
    const list = async (options: ListOptions) => idsOf(await source.list(options)).sort();
    expect(await list({ status: ["completed"] })).toEqual(["convert-1", "import-1", "report-1"]);
    expect(await list({ status: ["cancelled", "failed"], type: "export" })).toEqual([
      "export-1",
      "export-2",
      "export-3",
    ]);
    expect(await list({ type: "report" })).toEqual(["report-1", "report-2"]);
    expect(await list({ type: "transcode" })).toEqual(["foreign-1"]);
    expect(await list({ text: "NIGHTLY" })).toEqual(["import-1"]);
    expect(await list({ parentId: "import-1" })).toEqual(["convert-1"]);
    expect(await list({ status: ["running"] })).toEqual([]);
    const { startedAt } = live.find(({ id }) => id === "search-1")!;
    const later = live.filter((one) => one.startedAt! >= startedAt! && one.id !== "foreign-1");
    expect(await list({ since: startedAt })).toEqual(idsOf(later).sort());
    expect(await list({ until: new Date(startedAt!) })).not.toContain("search-1");
    expect(await list({ until: new Date(startedAt!) })).toContain("import-1");
  });

  it("gives the latest first, and no more than it was asked for", async () => {
    expect(idsOf(await source.list({ limit: 2 }))).toEqual(["report-2", "report-1"]);
    expect(idsOf(await source.list({ limit: 1, sort: "duration" }))).toEqual(["import-1"]);
  });

  it("knows neither what never was nor other services", async () => {
    expect(await source.get("nobody")).toBeUndefined();
    expect(await createJaegerSource({ url: jaeger.url, service: "nobody" }).list()).toEqual([]);
    const all = await createJaegerSource({ url: jaeger.url }).list({ type: "import" });
    expect(new Set(all.map(({ instance }) => instance.id)).size).toBe(all.length);
  });

  it("counts what it finds", async () => {
    expect(await source.stats()).toMatchObject({
      active: 0,
      byStatus: { completed: 3, failed: 5, cancelled: 1, running: 0, lost: 0 },
      losses: {},
    });
  });
});

describe("of a process that runs, or was killed", () => {
  const journal = mkdtempSync(join(tmpdir(), "otel-progress-journal-"));
  afterAll(() => rmSync(journal, { recursive: true, force: true }));
  const environment = { PROGRESS_CHECKPOINT_AFTER: "1s", PROGRESS_JOURNAL: journal };

  it("is as of the last sign of it: from its beginning on, then with its numbers, then lost", async () => {
    using installation = installPackage(["worker.mjs"]);
    const start = () =>
      startWorker(installation, {
        endpoint: collector.endpoint,
        serviceName: "runner",
        exportInterval: "1s",
        env: environment,
      });
    const source = createJaegerSource({ url: jaeger.url, service: "runner" });
    const victim = await start();
    await victim.call("start", "film", "video.encode", { name: "Film", total: 1_000, unit: "frame" });
    await victim.call("level", "scene-1", "film", "scene");
    await victim.call("tell", "scene-1", "complete");
    await victim.call("move", "film");

    const early = await seen(source, "film", () => true, { every: 500 });
    expect(early).toMatchObject({ status: "running", name: "Film", type: "video.encode" });
    expect(idsOf(await source.list({ status: ["running"] }))).toEqual(["film"]);
    const later = await seen(source, "film", ({ current }) => current !== undefined, { within: 60_000, every: 500 });
    record("running", { traces: await jaeger.search({ service: "runner" }), live: [] });
    expect(later).toMatchObject({
      status: "running",
      startedAt: early.startedAt,
      total: 1_000,
      unit: "frame",
      counts: { total: 1, completed: 1, failed: 0, pending: 0 },
      levels: [{ id: "scene-1", status: "completed" }],
    });
    expect(later.percentage).toBe(later.current! / 10);
    expect(later.elapsedSeconds).toBeGreaterThan(29);

    await victim.kill();
    const before = Date.now() / 1_000 - 31;
    for (const name of readdirSync(journal)) utimesSync(join(journal, name), before, before);
    await using next = await start();
    await next.call("flush");
    const lost = await seen(source, "film", ({ status }) => status === "lost");
    record("lost", { traces: await jaeger.search({ service: "runner" }), live: [] });
    expect(lost).toMatchObject({ startedAt: early.startedAt, spanId: early.spanId, lastSeenAt: lost.updatedAt });
    expect(lost.current).toBeGreaterThanOrEqual(later.current!);
    expect(idsOf(await source.list({ status: ["lost"] }))).toEqual(["film"]);
    expect(await source.list({ status: ["running", "paused"] })).toEqual([]);
  }, 120_000);
});

describe("a server that is no Jaeger, or not there", () => {
  it("is said to be that, with what it answered", async () => {
    const failure = (url: string) => (createJaegerSource({ url }).list() as Promise<unknown>).catch(String);
    expect(await failure(collector.endpoint)).toMatch(/^ProgressError: Jaeger, \/api\/services: it answered 404/);
    expect(await failure(`${jaeger.url}/elsewhere`)).toMatch(/expected an answer of Jaeger's API: <!DOCTYPE html>/);
    expect(await failure("http://127.0.0.1:1")).toMatch(
      /^ProgressError: Jaeger, \/api\/services: .*(REFUSED|bad port)/,
    );
  });
});
