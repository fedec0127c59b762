// The dashboard that Grafana loads: what its generator writes, with data sources that are provisioned. Its queries are run in
// tests/backends/metrics.backend.test.ts.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as semconv from "../src/semconv.js";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const committed = read("deploy/grafana/dashboards/otel-progress.json");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
const panels = (JSON.parse(committed) as { panels: Panel[] }).panels;

describe("the dashboard", () => {
  it("is what node scripts/build-dashboard.mjs writes", () => {
    const script = fileURLToPath(new URL("../scripts/build-dashboard.mjs", import.meta.url));
    expect(execFileSync(process.execPath, [script, "--print"], { encoding: "utf8" })).toBe(committed);
  });

  it("names data sources by uids that are provisioned", () => {
    const provisioned = [
      ...read("deploy/grafana/provisioning/datasources/datasources.yml").matchAll(/^ {4}uid: (\S+)/gm),
    ];
    const used = [...committed.matchAll(/"uid": "([^"]+)"/g)].map(([, uid]) => uid);
    expect(new Set(used)).toEqual(new Set(["otel-progress", "prometheus", "jaeger"]));
    expect(provisioned.map(([, uid]) => uid)).toEqual(expect.arrayContaining(["prometheus", "jaeger", "alertmanager"]));
    expect(read("deploy/grafana/provisioning/datasources/datasources.yml")).toContain("name: Alertmanager");
  });

  it("names no metric that does not exist", () => {
    const ours = Object.entries(semconv)
      .filter(([name]) => name.startsWith("METRIC_"))
      .map(([, name]) => name.replaceAll(".", "_"));
    const used = new Set(
      [...committed.matchAll(/progress_(?:operation|level|instance|items|losses)\w*(?=\{)/g)].map(String),
    );
    const plain = [...used].map((name) =>
      name.replace(/_(total|bucket|sum|count)$/, "").replace(/_(seconds|per_second)$/, ""),
    );
    expect(plain.filter((name) => !ours.includes(name))).toEqual([]);
    expect(ours.filter((name) => !plain.includes(name))).toEqual([]);
  });

  it("has panels that do not overlap, each with an id of its own and a word about what it shows", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type, description }) => type !== "row" && !description).map(({ title }) => title)).toEqual(
      [],
    );
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});
