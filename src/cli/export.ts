// `otel-progress export`: everything that passes the filters, written as it is read.

import { once } from "node:events";
import type { Filter, OperationSource, Snapshot } from "../model.js";
import { CSV_HEADER, csvLine, EXPORT_FORMATS, exportStream } from "../query/export.js";
import type { Command, Output } from "./command.js";
import { ASKING_EXITS } from "./failure.js";
import { FILTERS, filterOf } from "./filter-options.js";
import { harmless, noMore } from "./output.js";
import { ASKED, openAsked } from "./sources.js";
import { answered } from "./unanswered.js";

/** With what is asked for beside it, as many as a server gives at once. */
const PAGE = 990;

type ExportFormat = (typeof EXPORT_FORMATS)[number];
interface Wanted {
  readonly format: ExportFormat;
  readonly levels: boolean;
}

export const command: Command = {
  usage: "export [options]",
  description:
    "Writes all operations that pass the filters to stdout, latest first: complete snapshots, one JSON document per line, or\n" +
    "rows for a spreadsheet. Nothing is held back or collected: | head -1 ends it after the first page.",
  options: {
    format: { type: "string", short: "f", choices: EXPORT_FORMATS, about: "form of the lines (ndjson)" },
    levels: { type: "boolean", short: "l", about: "with the levels of each; ndjson only" },
    ...FILTERS,
    ...ASKED,
  },
  examples: [
    ["otel-progress export --format csv --since 7d > week.csv", "a week, for a spreadsheet"],
    ["otel-progress export --levels | jq 'select(.status == \"failed\")'", "what failed, with its parts"],
    ["otel-progress export --journal /var/lib/app/progress", "without a server"],
  ],
  exitCodes: [...ASKING_EXITS, ["141", "whoever read it left before the end"]],
  async run(args, io) {
    noMore(args.positionals);
    const format = (args.text("format") ?? "ndjson") as ExportFormat;
    const wanted = { format, levels: args.flag("levels") && format === "ndjson" };
    const filter = filterOf(args, Date.now());
    const opened = await openAsked(args, io.env);
    try {
      await answered(opened.place, () => writeAll(io.stdout, pieces(opened.source, filter, wanted)));
      return 0;
    } finally {
      await opened.close?.();
    }
  },
};

/** A server is asked page by page. A history reads all of itself for any page, so it is asked once. */
function pieces(source: OperationSource, filter: Filter, wanted: Wanted): AsyncIterable<string> {
  return source.capabilities.includes("live") ? paged(source, filter, wanted) : read(source, filter, wanted);
}

async function* paged(source: OperationSource, filter: Filter, wanted: Wanted): AsyncIterable<string> {
  const decoder = new TextDecoder();
  const prepare = (snapshot: Snapshot) => snapshot;
  for await (const bytes of exportStream(source, filter, { ...wanted, prepare, page: PAGE }))
    yield decoder.decode(bytes, { stream: true });
}

async function* read(source: OperationSource, filter: Filter, { format, levels }: Wanted): AsyncIterable<string> {
  if (format === "csv") yield CSV_HEADER;
  for (const snapshot of await source.list({ ...filter, levels, limit: Number.POSITIVE_INFINITY }))
    yield format === "csv" ? csvLine(snapshot) : `${JSON.stringify(snapshot)}\n`;
}

/** No faster than it is read. On a terminal nothing may move the cursor. */
async function writeAll(stdout: Output, texts: AsyncIterable<string>): Promise<void> {
  for await (const text of texts)
    if (!stdout.write(stdout.isTTY === true ? harmless(text) : text)) await once(stdout, "drain");
}
