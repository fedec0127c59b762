// Answers of a real Jaeger, kept for the unit tests. Anew: RECORD=1 npm run test:services -- jaeger-source, then biome. What tells
// of the machine is taken out.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Snapshot } from "../../../src/model.js";
import type { JaegerSpan, JaegerTrace } from "../../services/jaeger.js";

export interface Recorded {
  /** What Jaeger answered. */
  readonly traces: readonly JaegerTrace[];
  /** What the live source of the process said, where it was asked. */
  readonly live: readonly Snapshot[];
}

type Name = "completed" | "failed" | "running" | "lost";
const pathOf = (name: Name, part: string) => fileURLToPath(new URL(`recorded-${name}-${part}.json`, import.meta.url));

export function recorded(name: Name): Recorded {
  const read = (part: string) => JSON.parse(readFileSync(pathOf(name, part), "utf8"));
  return { traces: read("traces"), live: read("live") };
}

export function record(name: Name, { traces, live }: Recorded): void {
  if (process.env["RECORD"] !== "1") return;
  const plain = traces.map((trace) => ({
    ...trace,
    spans: trace.spans.map(plainSpan),
    processes: plainProcesses(trace),
  }));
  const said = live.map((snapshot) => ({ ...snapshot, instance: { ...snapshot.instance, ...MACHINE } }));
  writeFileSync(pathOf(name, "traces"), JSON.stringify(plain));
  writeFileSync(pathOf(name, "live"), JSON.stringify(said));
}

const MACHINE = { host: "host-1", pid: 4_242 };

function plainSpan({ logs, tags, ...span }: JaegerSpan) {
  const oneLine = <T>(value: T) => (typeof value === "string" ? value.split("\n")[0]! : value);
  const plainLogs = logs.map(({ timestamp, fields }) => ({
    timestamp,
    fields: fields.map((field) => ({ ...field, value: oneLine(field.value) })),
  }));
  return { ...span, tags, logs: plainLogs };
}

function plainProcesses({ processes }: JaegerTrace) {
  const named: Readonly<Record<string, string | number>> = { "host.name": MACHINE.host, "process.pid": MACHINE.pid };
  const kept = [...Object.keys(named), "service.instance.id", "telemetry.sdk.language"];
  return Object.fromEntries(
    Object.entries(processes).map(([key, { serviceName, tags }]) => {
      const some = tags.filter((tag) => kept.includes(tag.key));
      return [key, { serviceName, tags: some.map((tag) => ({ ...tag, value: named[tag.key] ?? tag.value })) }];
    }),
  );
}
