// `otel-progress list`: what is under way, as a table.

import type { Filter, OperationSource, Snapshot } from "../model.js";
import type { Command, Io } from "./command.js";
import { ASKING_EXITS } from "./failure.js";
import { ACTIVE, countOf, FILTERS, filterOf, SORT, sortOf } from "./filter-options.js";
import { FORMAT, jsonLine, noMore, oneLine, remark, shownOn } from "./output.js";
import { LIST_COLUMNS } from "./rows.js";
import { ASKED, openAsked } from "./sources.js";
import { table } from "./table.js";
import { answered } from "./unanswered.js";

const DEFAULT_LIMIT = 100;

export const command: Command = {
  usage: "list [options]",
  description:
    "Lists what is under way, latest first: how far each operation is, how fast, how long still. Of a history\n" +
    "(--journal, --jaeger) it lists what is there.",
  options: {
    all: { type: "boolean", short: "a", about: "also what has ended" },
    ...FILTERS,
    sort: SORT,
    limit: { type: "string", short: "n", value: "N", about: `at most so many (${DEFAULT_LIMIT})` },
    quiet: { type: "boolean", short: "q", about: "ids alone, one per line" },
    format: FORMAT,
    ...ASKED,
  },
  examples: [
    ["otel-progress list", "what the server on this machine is working on"],
    ["otel-progress list --all --status failed,lost --since 1d", "what went wrong since yesterday"],
    ["otel-progress list --type import --format json | jq '.operations[].percentage'", "for a program"],
    ["PROGRESS_URL=https://jobs.example.org/progress PROGRESS_TOKEN=… otel-progress list", "elsewhere"],
  ],
  exitCodes: ASKING_EXITS,
  async run(args, io) {
    noMore(args.positionals);
    const filter = filterOf(args, Date.now());
    const limit = countOf(args, "limit", DEFAULT_LIMIT);
    const opened = await openAsked(args, io.env);
    const { source, place } = opened;
    const activeOnly = filter.status === undefined && !args.flag("all") && source.capabilities.includes("live");
    const wanted = activeOnly ? { ...filter, status: ACTIVE } : filter;
    try {
      // One more than is shown, to know whether there are more.
      const question = { ...wanted, sort: sortOf(args), limit: limit + 1, levels: false };
      const found = await answered(place, () => source.list(question));
      const operations = found.slice(0, limit);
      const shown = shownOn(io.stdout, args, io.env);
      if (args.flag("quiet")) io.stdout.write(operations.map(({ id }) => `${oneLine(id)}\n`).join(""));
      else if (shown.format === "json") io.stdout.write(jsonLine({ operations }));
      else if (operations.length > 0) io.stdout.write(`${table(operations, LIST_COLUMNS, shown).join("\n")}\n`);
      else await answered(place, () => sayWhyNothing(io, source, filter, activeOnly));
      if (found.length > limit) remark(io, `there are more than ${limit}: --limit, or a filter, shows others`);
      return 0;
    } finally {
      await opened.close?.();
    }
  },
};

/** An empty list is an answer too, but one that makes a reader wonder. */
async function sayWhyNothing(io: Io, source: OperationSource, filter: Filter, activeOnly: boolean): Promise<void> {
  if (!activeOnly) return remark(io, "nothing was found");
  const [ended]: readonly Snapshot[] = await source.list({ ...filter, limit: 1, levels: false });
  const hint = ended === undefined ? "" : "; what has ended: otel-progress list --all";
  remark(io, `nothing is under way${hint}`);
}
