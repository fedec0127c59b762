// `otel-progress history`: what has ended, and how long work of each type takes.

import type { Snapshot } from "../model.js";
import type { Command } from "./command.js";
import { ASKING_EXITS } from "./failure.js";
import { countOf, ENDED, FILTERS, filterOf, SORT, sortOf } from "./filter-options.js";
import { FORMAT, jsonLine, noMore, remark, type Shown, shownOn } from "./output.js";
import { HISTORY_COLUMNS } from "./rows.js";
import { ASKED, openAsked } from "./sources.js";
import { table } from "./table.js";
import { statisticsOf, TYPE_COLUMNS, type TypeStatistics } from "./type-statistics.js";
import { answered } from "./unanswered.js";

const DEFAULT_LIMIT = 20;
/** So many go into the statistics. */
const MOST = 10_000;

export const command: Command = {
  usage: "history [options]",
  description:
    "Lists what has ended, latest first, and tells for each type how many completed and how long they took: half of them\n" +
    `at most P50, 95 of 100 at most P95. Up to ${MOST.toLocaleString("en-US")} operations are counted, the listed and the others.`,
  options: {
    limit: { type: "string", short: "n", value: "N", about: `list at most so many (${DEFAULT_LIMIT})` },
    ...FILTERS,
    sort: SORT,
    format: FORMAT,
    ...ASKED,
  },
  examples: [
    ["otel-progress history --type import --sort duration", "the slowest imports"],
    ["otel-progress history --journal /var/lib/app/progress --status lost", "what died with its process"],
    ["otel-progress history --since 7d --format json | jq '.types[].p95Seconds'", "for a program"],
  ],
  exitCodes: ASKING_EXITS,
  async run(args, io) {
    noMore(args.positionals);
    const filter = { status: ENDED, ...filterOf(args, Date.now()) };
    const limit = countOf(args, "limit", DEFAULT_LIMIT);
    const opened = await openAsked(args, io.env);
    try {
      const question = { ...filter, sort: sortOf(args), limit: MOST, levels: false };
      const found = await answered(opened.place, () => opened.source.list(question));
      const operations = found.slice(0, limit);
      const types = statisticsOf(found);
      const shown = shownOn(io.stdout, args, io.env);
      if (shown.format === "json") io.stdout.write(jsonLine({ operations, types }));
      else if (found.length === 0) remark(io, "nothing that ended was found");
      else io.stdout.write(`${text(operations, found.length, types, shown)}\n`);
      return 0;
    } finally {
      await opened.close?.();
    }
  },
};

function text(operations: readonly Snapshot[], found: number, types: readonly TypeStatistics[], shown: Shown): string {
  const rest = found - operations.length;
  const more = rest > 0 ? [`and ${found === MOST ? "at least " : ""}${rest} more, counted below`] : [];
  return [...table(operations, HISTORY_COLUMNS, shown), ...more, "", ...table(types, TYPE_COLUMNS, shown)].join("\n");
}
