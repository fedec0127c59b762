// A Collector that is slow, hangs, or is not there for a minute: the work goes on as without telemetry, memory stays bounded, what
// could not be exported is counted, and export resumes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Installation, installPackage } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import { type Jaeger, startJaeger } from "../services/jaeger.js";
import { until } from "../services/polling.js";
import { showOutputOnFailure } from "../services/server.js";
import { type SlowProxy, startSlowProxy } from "../services/slow-proxy.js";

let jaeger: Jaeger;
let collector: Collector;
let proxy: SlowProxy;
let installation: Installation;

beforeAll(async () => {
  installation = installPackage(["pressed.mjs"]);
  jaeger = await startJaeger();
  collector = await startCollector({ jaegerOtlp: jaeger.otlp });
  proxy = await startSlowProxy(collector.otlpPort);
}, 60_000);
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
  await jaeger?.[Symbol.asyncDispose]();
  installation?.[Symbol.dispose]();
});
afterEach(showOutputOnFailure);

interface Line {
  readonly done: number;
  /** Milliseconds spent in the work, telemetry included. */
  readonly worked: number;
  readonly heapUsed: number;
  readonly losses: Readonly<Record<string, number>>;
}

class Pressed {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;

  constructor(options: { telemetry: boolean; millis: number; serviceName?: string }) {
    const env = {
      PATH: process.env["PATH"],
      OTEL_EXPORTER_OTLP_ENDPOINT: proxy.endpoint,
      OTEL_NODE_RESOURCE_DETECTORS: "env",
    };
    const args = ["--expose-gc", "pressed.mjs", JSON.stringify(options)];
    this.#child = spawn(process.execPath, args, {
      cwd: installation.folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.lines.push(JSON.parse(line) as Line));
  }

  async ended(): Promise<Line> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return this.lines.at(-1)!;
  }
}
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));
const microsPerOperation = (from: Line, to: Line) => ((to.worked - from.worked) * 1e3) / (to.done - from.done);

describe("a Collector that is away for a minute, then slow, then hangs", () => {
  it("neither stops the work nor fills the memory; losses are counted and export resumes", async () => {
    const plain = await new Pressed({ telemetry: false, millis: 10_000 }).ended();
    const run = new Pressed({ telemetry: true, millis: 110_000, serviceName: "pressed" });
    await until(
      "it works",
      () => run.lines.length,
      (lines) => lines >= 6,
    );
    const [first, before] = [run.lines[1]!, run.lines.at(-1)!];
    await collector.server.stop();
    await seconds(60);
    const away = run.lines.at(-1)!;
    await collector.server.start();
    await seconds(12);
    const back = run.lines.at(-1)!;
    proxy.delayMillis = 2_000;
    await seconds(10);
    const slow = run.lines.at(-1)!;
    proxy.delayMillis = 0;
    proxy.hanging = true;
    await seconds(10);
    const hung = run.lines.at(-1)!;
    proxy.hanging = false;
    const last = await run.ended();

    console.log(
      `µs per operation: without telemetry ${((plain.worked * 1e3) / plain.done).toFixed(0)}, ` +
        `Collector there ${microsPerOperation(first, before).toFixed(0)}, away ${microsPerOperation(before, away).toFixed(0)}, ` +
        `slow ${microsPerOperation(back, slow).toFixed(0)}, hanging ${microsPerOperation(slow, hung).toFixed(0)}; ` +
        `heap ${(before.heapUsed / 1e6).toFixed(1)} MB before, ${(away.heapUsed / 1e6).toFixed(1)} MB after a minute away; ` +
        `spans dropped ${last.losses["spans_dropped"]} of ${last.done}`,
    );
    expect(before.losses).toEqual({});
    expect(away.done).toBeGreaterThan(before.done + 10_000);
    // The queue of spans, the batch under way, the history: nothing that grows with the time away.
    expect(Math.max(...run.lines.map(({ heapUsed }) => heapUsed))).toBeLessThan(before.heapUsed + 40e6);
    expect(away.losses["spans_dropped"]).toBeGreaterThan(5_000);
    expect(Object.keys(last.losses)).toEqual(["spans_dropped"]);
    const arrived = await jaeger.search({ service: "pressed" }, (traces) => traces.length > 0);
    const newest = Math.max(...arrived.flatMap(({ spans }) => spans.map(({ startTime }) => startTime / 1e3)));
    expect(newest).toBeGreaterThan(Date.now() - 60_000);
    expect(last.losses["spans_dropped"]).toBeLessThan(last.done - before.done);
  }, 200_000);
});
