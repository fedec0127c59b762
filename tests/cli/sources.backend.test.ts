// The command line over a real Jaeger: what a process that is gone sent there.

import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../contracts/eventually.js";
import { installPackage, runApplication } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import { type Jaeger, startJaeger } from "../services/jaeger.js";
import { until } from "../services/polling.js";
import { begin, invoke } from "./invoke.js";

let jaeger: Jaeger;
let collector: Collector;
beforeAll(async () => {
  jaeger = await startJaeger();
  collector = await startCollector({ jaegerOtlp: jaeger.otlp });
  using installation = installPackage(["history.mjs"]);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SERVICE_NAME: "history" };
  await runApplication(installation, "history.mjs", env);
  await until(
    "the history is in Jaeger",
    () => invoke(["get", "foreign-1", "--jaeger", jaeger.url]),
    ({ code }) => code === 0,
  );
}, 60_000);
afterAll(async () => {
  await collector?.[Symbol.asyncDispose]();
  await jaeger?.[Symbol.asyncDispose]();
});

it("lists, sums up, tells and exports what is in Jaeger", async () => {
  const ask = (...words: string[]) => invoke([...words, "--jaeger", jaeger.url]);
  expect((await ask("list", "--quiet")).stdout.split("\n")).toEqual(expect.arrayContaining(["import-1", "export-1"]));
  expect((await ask("history")).stdout).toMatch(/\nTYPE +COMPLETED +FAILED [\s\S]*\nimport +\d+ /);
  expect((await ask("get", "export-1")).stdout).toMatch(/\n {2}Status: Failed /);
  const lines = (await ask("export", "--status", "failed")).stdout.trimEnd().split("\n");
  const exported = lines.map((line) => JSON.parse(line) as { id: string; status: string });
  expect(exported.map(({ id }) => id)).toContain("export-1");
  expect(new Set(exported.map(({ status }) => status))).toEqual(new Set(["failed"]));
});

it("serves what is in Jaeger, each operation linked to its trace", async () => {
  const running = begin(["serve", "--jaeger", jaeger.url, "--port", "0"]);
  const url = await eventually(() => / at (http:\S+)\/ until Ctrl-C/.exec(running.stdout.text)![1]!);
  const page = await (await fetch(`${url}/page.json`)).json();
  expect(page).toEqual({ traceUrl: `${jaeger.url.replace(/\/$/, "")}/trace/{traceId}` });
  expect((await invoke(["list", "-aq", "--url", url])).stdout).toContain("import-1\n");
  process.emit("SIGINT", "SIGINT");
  expect((await running.ended).code).toBe(0);
});

it("says when no Jaeger answers there", async () => {
  const { code, stderr } = await invoke(["list", "--jaeger", collector.endpoint]);
  expect([code, stderr]).toEqual([3, expect.stringMatching(/^otel-progress: .*Jaeger/)]);
});
