// Alerts as they reach whoever is on call: real processes, a real Collector, Prometheus and Alertmanager. What takes minutes is run
// twelve times faster: the rules are those of deploy/prometheus/rules.yml with every duration in them divided by twelve, by a
// program and not by hand, and so are the export, scrape and expiration times around them. 15 s are 1.25 s, three minutes are 15 s.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Alert, type Alertmanager, startAlertmanager } from "../services/alertmanager.js";
import { type Installation, installPackage, startWorker, type Worker } from "../services/application.js";
import { run } from "../services/binaries.js";
import { type Collector, startCollector } from "../services/collector.js";
import { faster } from "../services/faster.js";
import { type Prometheus, startPrometheus } from "../services/prometheus.js";
import { showOutputOnFailure } from "../services/server.js";

const TIMES = 12;
const millis = (seconds: number) => Math.round((seconds * 1000) / TIMES);
const interval = `${millis(15)}ms`;

describe("the files", () => {
  it("are right: rules, their tests, Prometheus and Alertmanager", () => {
    expect(run("PROMTOOL_BIN", ["check", "rules", "deploy/prometheus/rules.yml"])).toContain("SUCCESS: 4 rules found");
    expect(run("PROMTOOL_BIN", ["test", "rules", "deploy/prometheus/rules.test.yml"])).toContain("SUCCESS");
    for (const name of ["prometheus.yml", "prometheus-direct.yml"]) {
      expect(run("PROMTOOL_BIN", ["check", "config", `deploy/prometheus/${name}`])).toContain("SUCCESS");
    }
    expect(run("AMTOOL_BIN", ["check-config", "deploy/alertmanager/alertmanager.yml"])).toContain("SUCCESS");
  });

  it("become faster in nothing but their times", () => {
    const rule =
      "x[1h] > 0\nand (time() - progress_instance_heartbeat_time_seconds) >= 180\nincrease(y[15m]) >= 4\nfor: 1m\n";
    expect(faster(rule, 12)).toBe(
      "x[300000ms] > 0\nand (time() - progress_instance_heartbeat_time_seconds) >= 15\nincrease(y[75000ms]) >= 4\nfor: 5000ms\n",
    );
  });
});

describe("real processes", () => {
  let installation: Installation;
  let collector: Collector;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  const workers = new Map<string, Worker>();
  const worker = (instance: string) => workers.get(instance)!;

  beforeAll(async () => {
    installation = installPackage(["worker.mjs"]);
    collector = await startCollector({ settings: [`exporters::prometheus::metric_expiration: ${millis(300)}ms`] });
    alertmanager = await startAlertmanager();
    prometheus = await startPrometheus({
      targets: {
        collector: collector.metricsTarget,
        "collector-self": collector.selfTarget,
        alertmanager: alertmanager.target,
      },
      interval,
      rules: (text) => faster(text, TIMES),
      flags: [`--query.lookback-delta=${millis(300)}ms`],
    });
    await Promise.all(Object.entries(STORIES).map(([instance, story]) => begin(instance, story)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...workers.values()].map((one) => one[Symbol.asyncDispose]()));
    await Promise.all([prometheus, alertmanager, collector].map((one) => one?.[Symbol.asyncDispose]()));
    installation?.[Symbol.dispose]();
  }, 30_000);
  afterEach(showOutputOnFailure);

  interface Story {
    /** How often it exports. @default as the other intervals */
    readonly exportInterval?: string;
    begin(it: Worker): Promise<void>;
  }

  /** One moves all the time. Its limit is shorter than a minute is here. */
  async function busy(one: Worker, id: string): Promise<void> {
    await one.call("start", id, "import", { total: 1_000_000, stallTimeout: "4s" });
    await one.call("move", id);
  }
  const STORIES: Readonly<Record<string, Story>> = {
    // Beside the stuck one there is one of the same type that moves, in the same process.
    stuck: {
      async begin(one) {
        await busy(one, "import-1");
        await one.call("start", "import-2", "import", { total: 10, stallTimeout: "2s" });
      },
    },
    neighbour: { begin: (one) => busy(one, "import-3") },
    victim: { begin: (one) => busy(one, "import-4") },
    // What OpenTelemetry has by default: every 60 s.
    seldom: { exportInterval: `${millis(60)}ms`, begin: (one) => busy(one, "import-5") },
    paused: {
      async begin(one) {
        await one.call("start", "import-6", "import", { total: 10, stallTimeout: "2s" });
        await one.call("tell", "import-6", "increment");
        await one.call("tell", "import-6", "pause", "out of hours");
      },
    },
    idle: { begin: (one) => one.call("run", "import", 3, 10) },
    // Does its work and leaves.
    leaving: { begin: (one) => one.call("run", "import", 1, 10) },
  };

  async function begin(instance: string, story: Story): Promise<void> {
    const { exportInterval = interval } = story;
    const options = { endpoint: collector.endpoint, serviceName: "workers", instance, exportInterval };
    const one = await startWorker(installation, options);
    workers.set(instance, one);
    await story.begin(one);
    await one.call("flush");
    await prometheus.queryUntil(`progress_operation_active{instance="${instance}"}`);
  }

  const named = (alerts: readonly Alert[], name: string) => alerts.filter(({ labels }) => labels["alertname"] === name);
  const instances = (alerts: readonly Alert[]) => alerts.map(({ labels }) => labels["instance"]);

  it("K5: a stalled operation fires, although its neighbours move", async () => {
    const alerts = await alertmanager.alertsUntil(
      "a stall",
      (all) => named(all, "ProgressOperationStalled").length > 0,
    );
    expect(
      named(alerts, "ProgressOperationStalled").map(({ labels, annotations }) => ({ labels, annotations })),
    ).toEqual([
      {
        labels: {
          alertname: "ProgressOperationStalled",
          severity: "warning",
          job: "workers",
          instance: "stuck",
          progress_operation_type: "import",
        },
        annotations: {
          summary: "workers: 1 import stalled",
          description: "On stuck, nothing in 1 running import has moved for longer than its own limit.",
          runbook: "docs/alerts.md#progressoperationstalled",
        },
      },
    ]);
  });

  it("it resolves when the operation moves", async () => {
    await worker("stuck").call("move", "import-2");
    await alertmanager.alertsUntil("no stall", (all) => named(all, "ProgressOperationStalled").length === 0);
    expect(await prometheus.query('ALERTS{alertname="ProgressOperationStalled"}')).toEqual([]);
    expect(await prometheus.query('progress_operation_stalled{instance="stuck"} == 0')).toHaveLength(1);
  });

  it("kill -9 fires three minutes later, of what was at work, although its neighbours live", async () => {
    await worker("leaving").call("shutdown");
    await worker("leaving").kill();
    await worker("idle").kill();
    await worker("victim").kill();
    const killed = Date.now();
    const alerts = await alertmanager.alertsUntil(
      "one vanished",
      (all) => named(all, "ProgressWorkerVanished").length > 0,
    );
    const [vanished] = named(alerts, "ProgressWorkerVanished");
    expect(instances(named(alerts, "ProgressWorkerVanished"))).toEqual(["victim"]);
    expect(vanished!.labels).toMatchObject({ severity: "critical", progress_operation_type: "import" });
    expect(vanished!.annotations["summary"]).toBe("workers: a worker vanished with 1 import running");
    // Its last sign of life was at most one export before the end.
    const late = Date.parse(vanished!.startsAt) - killed;
    expect(late).toBeGreaterThanOrEqual(millis(180 - 15) - 100);
    expect(late).toBeLessThan(millis(180 + 60));
  });

  it("it goes on firing when the Collector has forgotten the process", async () => {
    await prometheus.queryUntil('progress_operation_active{instance="victim"}', (samples) => samples.length === 0);
    await sleep(millis(60));
    expect(instances(await alertmanager.alerts())).toEqual(["victim"]);
  });

  it("nothing else fired, or was about to: not the idle, the leaving, the paused, the busy, and who exports seldom", async () => {
    // Ten minutes of the faster time, at least.
    const [age] = await prometheus.queryUntil(
      'time() - progress_operation_oldest_start_time_seconds{instance="paused"}',
      (samples) => samples[0] !== undefined && samples[0].value > millis(600) / 1000,
      { within: 60_000 },
    );
    expect(age!.value).toBeGreaterThan(50);
    const all = await prometheus.query("count by (alertname, instance) (count_over_time(ALERTS[1h]))");
    expect(all.map(({ labels }) => `${labels["alertname"]} ${labels["instance"]}`).sort()).toEqual([
      "ProgressOperationStalled stuck",
      "ProgressWorkerVanished victim",
    ]);
    const alive = await prometheus.query("progress_operation_active > 0");
    expect(alive.map(({ labels }) => labels["instance"]).sort()).toEqual(["neighbour", "paused", "seldom", "stuck"]);
  });
});
