// Metrics on their way through the Collector into Prometheus: under the names and with the attributes that the documents promise,
// and so that every alert, every panel of the dashboard and every query of the runbook finds what it asks for.

import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as semconv from "../../src/semconv.js";
import { type Alertmanager, startAlertmanager } from "../services/alertmanager.js";
import { type Installation, installPackage, startWorker, type Worker } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import { getJson, until } from "../services/polling.js";
import { numberOf, type Prometheus, startPrometheus } from "../services/prometheus.js";
import { showOutputOnFailure } from "../services/server.js";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

let installation: Installation;
let collector: Collector;
let alertmanager: Alertmanager;
let prometheus: Prometheus;
/** Where everything happens that can happen, and one that was killed at work. */
let worker: Worker;
let victim: Worker;

/** For how long the Collector exposes what it hears nothing of any more. Five minutes in its configuration. */
const EXPIRATION_SECONDS = 5;

beforeAll(async () => {
  installation = installPackage(["worker.mjs"]);
  collector = await startCollector({
    settings: [`exporters::prometheus::metric_expiration: ${EXPIRATION_SECONDS}s`],
  });
  alertmanager = await startAlertmanager();
  prometheus = await startPrometheus({
    targets: {
      collector: collector.metricsTarget,
      "collector-self": collector.selfTarget,
      alertmanager: alertmanager.target,
    },
  });
  const options = { endpoint: collector.endpoint, exportInterval: "1s" };
  [worker, victim] = await Promise.all([
    startWorker(installation, { ...options, serviceName: "worker" }),
    startWorker(installation, { ...options, serviceName: "victim", instance: "victim-1" }),
  ]);
  await everythingHappens();
}, 60_000);
afterAll(async () => {
  await Promise.all([worker, victim, prometheus, alertmanager, collector].map((one) => one?.[Symbol.asyncDispose]()));
  installation?.[Symbol.dispose]();
}, 30_000);
afterEach(showOutputOnFailure);

async function everythingHappens(): Promise<void> {
  await victim.call("start", "lost", "import", { total: 10 });
  // One that goes on and on, after enough of its kind to know how long they take.
  await worker.call("run", "import", 20, 20);
  await worker.call("start", "import-1", "import", { name: "Nightly import", total: 100_000 });
  await worker.call("level", "song-1", "import-1", "song", { total: 10 });
  for (const method of ["increment", "itemFailed", "itemSkipped"]) await worker.call("tell", "song-1", method);
  await worker.call("tell", "song-1", "complete");
  await worker.call("move", "import-1");
  await worker.call("tell", "import-1", "increment", -1);
  // One that is stuck.
  await worker.call("start", "search-1", "search", { total: 5, stallTimeout: "500ms" });
  // Some that fail, of a type that Prometheus knew before: its counters have a value to grow from.
  for (let i = 0; i < 5; i++) await worker.call("start", `flaky-${i}`, "flaky", {});
  await prometheus.queryUntil('progress_operation_finished_total{progress_operation_type="flaky"}');
  for (let i = 0; i < 5; i++) await worker.call("fail", `flaky-${i}`, "disk is full", "ENOSPC");
  await worker.call("flush");
  await prometheus.queryUntil('progress_operation_active{job="victim"} == 1');
  await victim.kill();
  await prometheus.queryUntil('progress_operation_finished_total{progress_operation_type="flaky"} == 5');
}

const TYPED = ["progress_operation_type"];
const IDENTIFIED = ["progress_operation_id", "progress_operation_name", "progress_operation_type"];

/** All there are: their names here and in Prometheus, what they are there, and their labels besides job and instance. */
const METRICS: readonly [string, string, "gauge" | "counter" | "histogram", readonly string[]][] = [
  ["progress.operation.active", "progress_operation_active", "gauge", TYPED],
  ["progress.operation.stalled", "progress_operation_stalled", "gauge", TYPED],
  ["progress.operation.oldest_start_time", "progress_operation_oldest_start_time_seconds", "gauge", TYPED],
  ["progress.operation.expected_duration", "progress_operation_expected_duration_seconds", "gauge", TYPED],
  ["progress.instance.heartbeat_time", "progress_instance_heartbeat_time_seconds", "gauge", []],
  ["progress.operation.finished", "progress_operation_finished_total", "counter", [...TYPED, "progress_status"]],
  [
    "progress.operation.duration",
    "progress_operation_duration_seconds",
    "histogram",
    ["error_type", ...TYPED, "progress_status"],
  ],
  [
    "progress.level.duration",
    "progress_level_duration_seconds",
    "histogram",
    ["progress_level_type", ...TYPED, "progress_status"],
  ],
  ["progress.items", "progress_items_total", "counter", ["progress_item_status", "progress_level_type", ...TYPED]],
  ["progress.losses", "progress_losses_total", "counter", ["progress_loss_cause"]],
  ["progress.operation.ratio", "progress_operation_ratio", "gauge", IDENTIFIED],
  ["progress.operation.rate", "progress_operation_rate_per_second", "gauge", IDENTIFIED],
  ["progress.operation.elapsed_time", "progress_operation_elapsed_time_seconds", "gauge", IDENTIFIED],
  ["progress.operation.remaining_time", "progress_operation_remaining_time_seconds", "gauge", IDENTIFIED],
];

describe("in Prometheus", () => {
  it("there is a row here for every metric of the contract", () => {
    const names = Object.entries(semconv).filter(([name]) => name.startsWith("METRIC_"));
    expect(METRICS.map(([name]) => name).sort()).toEqual(names.map(([, name]) => name).sort());
  });

  it.each(METRICS)("%s is %s, a %s, with its attributes as labels", async (_, name, kind, labels) => {
    const series = kind === "histogram" ? `${name}_count` : name;
    const samples = await prometheus.queryUntil(`${series}{job="worker"}`, (found) => found.length > 0);
    const found = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    expect([...found].sort()).toEqual(["__name__", "instance", "job", ...labels].sort());
    expect(await collector.exposed()).toContain(`# TYPE ${name} ${kind}\n`);
  });

  it("K4: values are those of the work", async () => {
    const value = async (series: string, labels: Record<string, string> = {}) =>
      numberOf(await prometheus.query(`${series}{job="worker"}`), labels);
    const ended = (status: string, type = "import") =>
      value("progress_operation_finished_total", { progress_operation_type: type, progress_status: status });
    expect([await ended("completed"), await ended("failed"), await ended("cancelled")]).toEqual([20, 0, 0]);
    expect(await ended("failed", "flaky")).toBe(5);
    expect(await value("progress_operation_active", { progress_operation_type: "import" })).toBe(1);
    expect(await value("progress_operation_active", { progress_operation_type: "flaky" })).toBe(0);
    expect(await value("progress_operation_stalled", { progress_operation_type: "search" })).toBe(1);
    expect(await value("progress_losses_total", { progress_loss_cause: "misuse" })).toBe(1);
    const items = { progress_level_type: "song" };
    for (const status of ["done", "failed", "skipped"]) {
      expect(await value("progress_items_total", { ...items, progress_item_status: status })).toBe(1);
    }
    const completed = { progress_operation_type: "import", progress_status: "completed" };
    expect(await value("progress_operation_duration_seconds_count", completed)).toBe(20);
    const expected = await value("progress_operation_expected_duration_seconds");
    expect(expected).toBeGreaterThan(0.019);
    expect(expected).toBeLessThan(1);
    const beat = await value("progress_instance_heartbeat_time_seconds");
    expect(Math.abs(Date.now() / 1000 - beat!)).toBeLessThan(5);
    expect(await value("progress_operation_rate_per_second", { progress_operation_id: "import-1" })).toBeGreaterThan(5);
  });

  it("every process is an instance, and none is the Collector's", async () => {
    const samples = await prometheus.query("progress_instance_heartbeat_time_seconds");
    const [own] = samples.filter(({ labels }) => labels["job"] === "worker");
    expect(own!.labels["instance"]).toMatch(/^[\da-f-]{36}$/);
    expect(samples.filter(({ labels }) => labels["job"]!.startsWith("collector"))).toEqual([]);
    expect(await prometheus.query(`target_info{instance="${own!.labels["instance"]}"}`)).toHaveLength(1);
  });

  it("the Collector's metrics of spans lead to traces", async () => {
    const name = "traces_span_metrics_calls_total";
    const [failed] = await prometheus.queryUntil(`${name}{progress_operation_type="flaky", progress_status="failed"}`);
    expect(failed!.labels).not.toHaveProperty("instance");
    expect(failed!.labels["job"]).toBe("worker");
    const exemplars = await until(
      "Prometheus has exemplars",
      () => {
        const range = { start: String(Date.now() / 1000 - 300), end: String(Date.now() / 1000) };
        const query = 'traces_span_metrics_duration_milliseconds_bucket{progress_operation_type="flaky"}';
        const parameters = new URLSearchParams({ query, ...range });
        type Exemplars = { data: { exemplars: { labels: Record<string, string> }[] }[] };
        return getJson<Exemplars>(`${prometheus.url}/api/v1/query_exemplars?${parameters}`);
      },
      ({ data }) => data.length > 0,
    );
    expect(exemplars.data[0]!.exemplars[0]!.labels["trace_id"]).toMatch(/^[\da-f]{32}$/);
  });
});

/** Alerts by name with their expressions, as Prometheus has loaded them. */
async function rules(): Promise<Map<string, string>> {
  type Rules = { data: { groups: { rules: { name: string; query: string }[] }[] } };
  const { data } = await getJson<Rules>(`${prometheus.url}/api/v1/rules`);
  return new Map(data.groups.flatMap((group) => group.rules.map(({ name, query }) => [name, query])));
}

describe("every alert's expression has an answer for", () => {
  it.each([
    ["ProgressOperationStalled", "a stuck operation", { job: "worker", progress_operation_type: "search" }, 0],
    ["ProgressOperationOverdue", "one that takes too long", { job: "worker", progress_operation_type: "import" }, 0],
    ["ProgressFailureRateHigh", "a type that fails", { job: "worker", progress_operation_type: "flaky" }, 0],
    // As of four minutes from now: that is how long it takes until a process is missed.
    ["ProgressWorkerVanished", "a process that was killed", { job: "victim", instance: "victim-1" }, 240],
  ])("%s: %s", async (name, _, labels, inSeconds) => {
    const expression = (await rules()).get(name)!;
    const found = await prometheus.queryUntil(expression, (samples) => numberOf(samples, labels) !== undefined, {
      inSeconds,
    });
    expect(numberOf(found, labels)).toBeGreaterThan(0);
  });

  it("all of them are here", async () => {
    expect([...(await rules()).keys()]).toHaveLength(4);
  });
});

interface Target {
  readonly expr?: string;
  readonly datasource?: { readonly uid: string };
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}
const dashboard = JSON.parse(read("deploy/grafana/dashboards/otel-progress.json")) as Dashboard;

describe("every query of the dashboard has data in it", () => {
  const queries = [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => (expr === undefined ? [] : [[title, expr] as const])),
    ),
    ...dashboard.annotations.list.map(({ name, expr }) => [name, expr] as const),
  ];
  /** What Grafana fills in when everything is chosen. */
  const filledIn = (expression: string) =>
    expression
      .replaceAll("$__rate_interval", "1m")
      .replaceAll("$__range", "1h")
      .replaceAll(/\$(job|type)\b/g, ".*");

  it.each(queries)("%s: %s", async (_, expression) => {
    expect(filledIn(expression)).not.toMatch(/\$[a-z_]/i);
    await prometheus.queryUntil(filledIn(expression));
  });

  it("there are many", () => {
    expect(queries.length).toBeGreaterThan(25);
  });

  it("a first failure counts, although its counter was born with it", async () => {
    const why = queries.find(([title]) => title === "Why they failed")![1];
    expect((await prometheus.query(filledIn(why))).map(({ labels, value }) => [labels["error_type"], value])).toEqual([
      ["ENOSPC", 5],
    ]);
  });
});

describe("every query of the runbook", () => {
  const queries = [...read("docs/alerts.md").matchAll(/```promql\n([^`]+)```/g)].map(([, text]) => text!.trim());

  it.each(queries.map((text) => [text.replaceAll(/\s+/g, " ")]))("is one: %s", async (query) => {
    const filled = query.replaceAll("JOB", "worker").replaceAll("INSTANCE", "victim-1").replaceAll("TYPE", "import");
    await expect(prometheus.query(filled)).resolves.toBeInstanceOf(Array);
  });

  it("is found", () => {
    expect(queries.length).toBeGreaterThan(10);
  });
});

describe("an operation that ends", () => {
  it("takes its own series with it at the next export, and leaves those of its type", async () => {
    const own = 'progress_operation_id="import-1"';
    expect(await collector.exposed()).toContain(own);
    await worker.call("rest", "import-1");
    await worker.call("tell", "import-1", "complete");
    const ended = Date.now();
    await until(
      "the Collector exposes it no more",
      () => collector.exposed(),
      (text) => !text.includes(own),
    );
    // The export that lacks it comes within a second; the Collector drops what it has not heard of for its time.
    expect(Date.now() - ended).toBeLessThan((1 + EXPIRATION_SECONDS + 2) * 1000);
    expect(await collector.exposed()).toMatch(/progress_operation_active\{[^}]*job="worker"[^}]*"import"\} 0\n/);
    await prometheus.queryUntil(`{${own}}`, (samples) => samples.length === 0);
  });
});
