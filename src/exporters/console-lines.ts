// Progress as lines, for logs, CI and pipes: few enough to read, or JSON for machines.

import type { OperationExporter, Snapshot } from "../model.js";
import { hasEnded, renderEnd, renderLine } from "../render.js";

/** Where text goes; `process.stdout`, `process.stderr` and files fit. */
export interface TextStream {
  write(text: string): unknown;
}

export interface ConsoleLinesOptions {
  /**
   * "plain": per operation a line when it starts, one when it ends, and between them at most one per 5 seconds: when 5 %
   * more are done, when a minute has passed, or when its stage or status changed.
   * "json": complete snapshots, one per line, at most one a second per operation, and at every change of status.
   * @default "plain"
   */
  readonly format?: "plain" | "json" | undefined;
  /** @default process.stderr for plain lines, process.stdout for JSON */
  readonly stream?: TextStream | undefined;
}

/** What was last said of an operation. */
interface Said {
  readonly status: string;
  readonly stage: string | undefined;
  readonly stalled: boolean;
  readonly percentage: number;
  readonly atMillis: number;
}

const PLAIN = { theme: { color: false, unicode: false }, percent: 5, millis: 5_000, silenceMillis: 60_000 };
const JSON_MILLIS = 1_000;

/** Writes lines to a stream as operations progress. Finishes inside of `export`, so it also speaks from a blocked loop. */
export function consoleLines(options: ConsoleLinesOptions = {}): OperationExporter {
  const json = options.format === "json";
  const stream = options.stream ?? (json ? process.stdout : process.stderr);
  /** Running operations only. */
  const said = new Map<string, Said>();
  return {
    synchronous: true,
    export(changed, removed) {
      let text = "";
      for (const id of removed) said.delete(id);
      for (const snapshot of changed) {
        const before = said.get(snapshot.id);
        if (before === undefined || worthSaying(before, snapshot, json)) {
          text += `${json ? JSON.stringify(snapshot) : plainLine(snapshot)}\n`;
          said.set(snapshot.id, sayingOf(snapshot));
        }
        if (hasEnded(snapshot)) said.delete(snapshot.id);
      }
      if (text !== "") stream.write(text);
    },
  };
}

function plainLine(snapshot: Snapshot): string {
  return hasEnded(snapshot) ? renderEnd(snapshot, PLAIN.theme) : renderLine(snapshot);
}

function worthSaying(before: Said, snapshot: Snapshot, json: boolean): boolean {
  const now = sayingOf(snapshot);
  if (now.status !== before.status || now.stage !== before.stage || now.stalled !== before.stalled) return true;
  const millis = now.atMillis - before.atMillis;
  if (json) return millis >= JSON_MILLIS;
  return (
    millis >= PLAIN.millis && (now.percentage - before.percentage >= PLAIN.percent || millis >= PLAIN.silenceMillis)
  );
}

function sayingOf(snapshot: Snapshot): Said {
  return {
    status: snapshot.status,
    stage: snapshot.stage,
    stalled: "stalled" in snapshot && snapshot.stalled !== undefined,
    percentage: snapshot.percentage ?? 0,
    atMillis: Date.parse(snapshot.updatedAt),
  };
}
