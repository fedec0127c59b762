// Prometheus without a Collector: it scrapes the application, and deploy/prometheus/prometheus-direct.yml gives the metrics the names
// that rules and dashboard are written in.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Installation, installPackage, plainEnv } from "../services/application.js";
import { getJson } from "../services/polling.js";
import { type Prometheus, startPrometheus } from "../services/prometheus.js";
import { freePorts, Server, showOutputOnFailure } from "../services/server.js";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

let installation: Installation;
let application: Server;
let prometheus: Prometheus;
let target: string;

beforeAll(async () => {
  installation = installPackage(["scraped-app.mjs"]);
  const { port } = await freePorts("port");
  target = `127.0.0.1:${port}`;
  application = new Server({
    name: "application",
    program: process.execPath,
    args: [join(installation.folder, "scraped-app.mjs"), String(port)],
    env: { ...(plainEnv() as Record<string, string>), OTEL_TRACES_EXPORTER: "none" },
    readyUrl: `http://${target}/metrics`,
  });
  await application.start();
  prometheus = await startPrometheus({ config: "prometheus-direct.yml", targets: { direct: target } });
}, 120_000);
afterAll(async () => {
  await Promise.all([prometheus, application].map((one) => one?.[Symbol.asyncDispose]()));
  installation?.[Symbol.dispose]();
}, 30_000);
afterEach(showOutputOnFailure);

const text = read("deploy/prometheus/rules.yml") + read("deploy/grafana/dashboards/otel-progress.json");
const names = new Set(text.match(/\bprogress_(?:operation|level|instance|items|losses)\w*(?=[{[]| [->)])/g));

it("there are names of all metrics", () => {
  expect(names.size).toBeGreaterThanOrEqual(14);
});

it.each([...names].sort())("%s is what rules and dashboard look for, of this application", async (name) => {
  const samples = await prometheus.queryUntil(name);
  for (const { labels } of samples) {
    expect([labels["job"], labels["instance"]]).toEqual(["direct", target]);
    expect(Object.keys(labels).filter((label) => label.startsWith("otel_"))).toEqual([]);
  }
});

it("what is stuck and what takes too long is found by the expressions of the alerts", async () => {
  type Rules = { data: { groups: { rules: { name: string; query: string }[] }[] } };
  const { data } = await getJson<Rules>(`${prometheus.url}/api/v1/rules`);
  const rules = new Map(data.groups.flatMap((group) => group.rules.map(({ name, query }) => [name, query])));
  for (const [name, type] of [
    ["ProgressOperationStalled", "search"],
    ["ProgressOperationOverdue", "import"],
  ]) {
    const found = await prometheus.queryUntil(rules.get(name!)!);
    expect(found.map(({ labels }) => labels["progress_operation_type"])).toEqual([type]);
  }
});
