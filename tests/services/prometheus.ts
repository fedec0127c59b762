// A real Prometheus with deploy/prometheus: a copy of it with free ports and short intervals, read back by its HTTP API.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binary } from "./binaries.js";
import { getJson, type Patience, until } from "./polling.js";
import { freePorts, Server } from "./server.js";

const DEPLOYED = fileURLToPath(new URL("../../deploy/prometheus", import.meta.url));

export interface PrometheusOptions {
  /** Hosts and ports for the files in targets/. */
  readonly targets: Readonly<Partial<Record<"collector" | "collector-self" | "alertmanager" | "direct", string>>>;
  /** Which of the two configurations. @default "prometheus.yml" */
  readonly config?: "prometheus.yml" | "prometheus-direct.yml";
  /** How often it scrapes and evaluates rules. @default "1s" */
  readonly interval?: string;
  /** What becomes of rules.yml. @default unchanged */
  readonly rules?: (text: string) => string;
  readonly flags?: readonly string[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus extends AsyncDisposable {
  readonly server: Server;
  readonly url: string;
  /** The copy that it runs with. */
  readonly folder: string;
  /** An instant query, as of now, or of so many seconds from now. */
  query(expression: string, inSeconds?: number): Promise<Sample[]>;
  /** Asks until `holds`; without it, until there is a sample that is a number. */
  queryUntil(
    expression: string,
    holds?: (samples: readonly Sample[]) => boolean,
    patience?: Patience & { readonly inSeconds?: number },
  ): Promise<Sample[]>;
}

/** The copy, with short intervals and other targets. Nothing else of it changes. */
function copyOf(options: PrometheusOptions): string {
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-prometheus-"));
  cpSync(DEPLOYED, folder, { recursive: true });
  const { config = "prometheus.yml", interval = "1s", rules = (text) => text, targets } = options;
  const edit = (name: string, change: (text: string) => string) =>
    writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));
  edit(config, (text) => text.replaceAll(/^( +(?:scrape|evaluation)_(?:interval|timeout)): \w+$/gm, `$1: ${interval}`));
  edit("rules.yml", rules);
  for (const [name, target] of Object.entries(targets)) {
    writeFileSync(join(folder, "targets", `${name}.yml`), `- targets: ["${target}"]\n`);
  }
  return folder;
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const program = binary("PROMETHEUS_BIN");
  const folder = copyOf(options);
  const data = join(folder, "data");
  mkdirSync(data);
  const { port } = await freePorts("port");
  const url = `http://127.0.0.1:${port}`;
  const server = new Server({
    name: "Prometheus",
    program,
    args: [
      `--config.file=${join(folder, options.config ?? "prometheus.yml")}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
      ...(options.flags ?? []),
    ],
    readyUrl: `${url}/-/ready`,
  });
  await server.start();
  const query = (expression: string, inSeconds = 0) => ask(url, expression, inSeconds);
  return {
    server,
    url,
    folder,
    query,
    queryUntil: (expression, holds = (samples) => samples.some(({ value }) => !Number.isNaN(value)), patience = {}) =>
      until(`this holds in Prometheus: ${expression}`, () => query(expression, patience.inSeconds), holds, patience),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, expression: string, inSeconds: number): Promise<Sample[]> {
  const parameters = new URLSearchParams({ query: expression, time: String(Date.now() / 1000 + inSeconds) });
  const { data } = await getJson<{
    data: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
  }>(`${url}/api/v1/query?${parameters}`);
  if (data.resultType !== "vector") throw new Error(`${expression} is a ${data.resultType}, not a vector`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** The number of the sample with these labels, among others; undefined when there is none, or are several. */
export function numberOf(
  samples: readonly Sample[],
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  );
  return found.length === 1 ? found[0]!.value : undefined;
}
