// Output to logs and loggers, with the types it must take. Checked like usage.test-d.ts; nothing in here runs.

import { LoggerProvider } from "@opentelemetry/sdk-logs";
import { consoleExporter, consoleLines, exportFrom, logLines, logRecords } from "../../src/exporters/index.js";
import { progress } from "../../src/index.js";

export async function log(signal: AbortSignal): Promise<void> {
  progress.addExporter(consoleExporter({ format: "plain", color: true, ci: "none" }));
  progress.addExporter(consoleLines({ color: false, ci: "github" }));
  progress.addExporter(logLines({ logger: console }));
  progress.addExporter(logRecords({ logger: new LoggerProvider().getLogger("cli") }));
  const following: Promise<void> = exportFrom(progress.live, consoleLines(), { filter: { type: "cli.copy" }, signal });
  await following;
  // @ts-expect-error: a logger takes warnings too
  logLines({ logger: { info: console.info, error: console.error } });
  // @ts-expect-error: where records go cannot be guessed
  logRecords({});
}
