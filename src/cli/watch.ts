// `otel-progress watch`: bars for what is under way at a server, or one operation followed to its end.

import { consoleLines } from "../exporters/console-lines.js";
import type { OperationExporter, Snapshot } from "../model.js";
import type { HttpSource } from "../query/http-source.js";
import type { Command, Io } from "./command.js";
import { ASKING_EXITS, EXIT } from "./failure.js";
import { FILTERS, filterOf } from "./filter-options.js";
import { Following } from "./following.js";
import { unknownId } from "./get.js";
import { Interruption } from "./interruption.js";
import { FORMAT, harmless, noMore, remark, type Shown, shownOn } from "./output.js";
import { openServer, SERVER } from "./sources.js";
import { explained } from "./unanswered.js";

export const command: Command = {
  usage: "watch [ID] [options]",
  description:
    "Draws what is under way at a server as bars that move, or follows one operation to its end and says with its exit\n" +
    "code how it ended. A server that goes away is waited for. Where there is no terminal, and in CI, it writes lines.\n" +
    "For a fleet in Redis that server is otel-progress serve --redis URL.",
  options: {
    wait: { type: "boolean", short: "w", about: "wait for the server, and for ID, to be there" },
    type: FILTERS["type"]!,
    text: FILTERS["text"]!,
    format: FORMAT,
    ...SERVER,
  },
  examples: [
    ["otel-progress watch", "everything that runs, until Ctrl-C"],
    ["otel-progress watch job-7 && ./deploy.sh", "goes on only when job-7 completed"],
    ["otel-progress watch job-7 --wait --format json > job-7.ndjson", "from before it begins, as snapshots"],
  ],
  exitCodes: [
    [`${EXIT.ok}`, "ID completed"],
    [`${EXIT.failed}`, "ID failed"],
    ...ASKING_EXITS.slice(2),
    [`${EXIT.unknown}`, "ID is not known there, or no longer"],
    [`${EXIT.cancelled}`, "ID was cancelled"],
    [`${EXIT.lost}`, "ID was lost: its process died"],
    ["130", "Ctrl-C"],
  ],
  async run(args, io) {
    const [id, ...more] = args.positionals;
    noMore(more);
    const filter = { ...filterOf(args, Date.now()), ...(id !== undefined && { id }) };
    const { source, place } = await openServer(args, io.env);
    const shown = shownOn(io.stdout, args, io.env);
    const exporter = await exporterFor(shown, io);
    // Above the bars where there are bars.
    const say = (text: string) => (shown.format === "tty" ? io.stdout.write(`${harmless(text)}\n`) : remark(io, text));
    const following = new Following({ exporter, place, id, wait: args.flag("wait"), say });
    using interruption = new Interruption();
    try {
      await follow(source, filter, following, interruption.signal, args.flag("wait"));
    } catch (error) {
      throw explained(place, error);
    } finally {
      following.stop();
      await exporter.shutdown?.();
    }
    if (following.unknown) throw await unknownId(source, place, id!);
    return following.end === undefined ? (interruption.exitCode ?? EXIT.ok) : exitOf(following.end);
  },
};

/** Until there is nothing more to see. Rejects when the server refuses, or is not there and nobody waits for it. */
async function follow(
  source: HttpSource,
  filter: Parameters<HttpSource["watch"]>[0],
  following: Following,
  interrupted: AbortSignal,
  wait: boolean,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupted, stop.signal]);
  let broken: unknown;
  const onConnection = (state: "open" | "broken", error?: unknown) => {
    if (state === "open" || following.opened || wait) return following.connection(state);
    broken = error;
    stop.abort();
  };
  for await (const change of source.watch(filter, { signal, onConnection })) {
    following.apply(change);
    if (following.end !== undefined || following.unknown) break;
  }
  if (broken !== undefined) throw broken;
}

async function exporterFor(shown: Shown, { stdout }: Io): Promise<OperationExporter> {
  if (shown.format !== "tty") return consoleLines({ format: shown.format, stream: stdout });
  const { terminalBars } = await import("../exporters/terminal-bars.js");
  return terminalBars({ stream: stdout as NodeJS.WriteStream, color: shown.color, unicode: shown.unicode });
}

function exitOf({ status }: Snapshot): number {
  if (status === "failed" || status === "cancelled" || status === "lost") return EXIT[status];
  return EXIT.ok;
}
