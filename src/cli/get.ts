// `otel-progress get`: everything about one operation, with the tree of its levels.

import { describe } from "../errors.js";
import type { OperationSource } from "../model.js";
import type { Command } from "./command.js";
import { ASKING_EXITS, EXIT, Failure } from "./failure.js";
import { countOf } from "./filter-options.js";
import { FORMAT, harmless, jsonLine, onlyWord, shownOn } from "./output.js";
import { ASKED, openAsked } from "./sources.js";
import { suggest } from "./suggest.js";
import { answered } from "./unanswered.js";

const DEFAULT_LEVELS = 10;
/** Ids looked at for one that may have been meant. */
const LOOKED_AT = 1000;

export const command: Command = {
  usage: "get ID [options]",
  description:
    "Tells everything about one operation: status, progress, rate, remaining time with its range, what it waits on,\n" +
    "why it failed, and the tree of its levels with the same of each.",
  options: {
    levels: {
      type: "string",
      value: "N",
      about: `levels under each parent: failed and running ones, then the longest (${DEFAULT_LEVELS})`,
    },
    format: FORMAT,
    ...ASKED,
  },
  examples: [
    ["otel-progress get job-7", "how far it is, part by part"],
    ["otel-progress get job-7 --format json | jq .error", "the complete snapshot, for a program"],
    ["otel-progress get job-7 --jaeger http://localhost:16686", "one of last week, rebuilt from its spans"],
  ],
  exitCodes: [...ASKING_EXITS, [`${EXIT.unknown}`, "no operation of that id is known there"]],
  async run(args, io) {
    const id = onlyWord(args, "operation: otel-progress get ID");
    const levels = countOf(args, "levels", DEFAULT_LEVELS);
    const opened = await openAsked(args, io.env);
    const { source, place } = opened;
    try {
      const snapshot = await answered(place, () => source.get(id));
      if (snapshot === undefined) throw await answered(place, () => unknownId(source, place, id));
      const { format } = shownOn(io.stdout, args, io.env);
      const { formatReport } = await import("../query/report.js");
      io.stdout.write(format === "json" ? jsonLine(snapshot) : `${harmless(formatReport(snapshot, { levels }))}\n`);
      return 0;
    } finally {
      await opened.close?.();
    }
  },
};

/** With the id that was probably meant. */
export async function unknownId(source: OperationSource, place: string, id: string): Promise<Failure> {
  const known = await source.list({ limit: LOOKED_AT, levels: false });
  const near = suggest(id, new Set(known.map((one) => one.id)));
  const hint = near === undefined ? "" : `. Did you mean ${harmless(near)}?`;
  return new Failure(EXIT.unknown, `${place} has no operation ${describe(id)}${hint}`);
}
