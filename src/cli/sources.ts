// Where operations are asked for: the table of what can be asked besides a server, its options, and how it is opened. Each
// kind is loaded when it is named.

import { stat } from "node:fs/promises";
import type { OperationSource } from "../model.js";
import type { HttpSource } from "../query/http-source.js";
import { type Arguments, type Environment, type OptionSpec, UsageError } from "./command.js";
import { EXIT, Failure } from "./failure.js";

export interface Opened {
  readonly source: OperationSource;
  /** As messages call it: "http://127.0.0.1:4680". */
  readonly place: string;
  /** Where the page of `serve` links traces to. */
  readonly traceUrl?: string;
  close?(): Promise<void>;
}

interface Kind {
  readonly option: OptionSpec;
  /** What else can be said about it. */
  readonly more?: Readonly<Record<string, OptionSpec>>;
  /** `mustExist`: to be asked now; otherwise it may come into being later. */
  open(value: string, mustExist: boolean, args: Arguments): Promise<Opened>;
}

/** By the option that names one. A kind is one entry here, and its options are there for every command. */
const KINDS: Readonly<Record<string, Kind>> = {
  journal: {
    option: { type: "string", value: "DIR", about: "what ended, from the histories in this journal directory" },
    async open(directory, mustExist) {
      const { createJournalSource } = await import("../query/journal-source.js");
      const source = createJournalSource(directory);
      if (mustExist) await requireDirectory(directory);
      return { source, place: `the journal in ${directory}` };
    },
  },
  jaeger: {
    option: { type: "string", value: "URL", about: "what is in this Jaeger, by its query service" },
    async open(url) {
      const { createJaegerSource } = await import("../query/jaeger-source.js");
      const traceUrl = `${url.replace(/\/+$/, "")}/trace/{traceId}`;
      return { source: createJaegerSource({ url }), place: `the Jaeger at ${url}`, traceUrl };
    },
  },
  redis: {
    option: { type: "string", value: "URL", about: "the fleet in this Redis or Valkey, by the package redis" },
    more: {
      "redis-prefix": { type: "string", value: "TEXT", about: "of the keys of the fleet (otel-progress)" },
      "redis-lease": { type: "string", value: "TIME", about: "of the fleet: the same as everywhere in it (10s)" },
    },
    async open(url, _mustExist, args) {
      const { openRedis } = await import("./redis-place.js");
      return openRedis({ url, prefix: args.text("redis-prefix"), lease: args.text("redis-lease") });
    },
  },
};

const optionsOf = (kinds: Readonly<Record<string, Kind>>): Readonly<Record<string, OptionSpec>> =>
  Object.assign({}, ...Object.entries(kinds).map(([name, { option, more }]) => ({ [name]: option, ...more })));

const DEFAULT_URL = "http://127.0.0.1:4680";
/** Of `serve`. */
export const SERVED: Readonly<Record<string, OptionSpec>> = optionsOf(KINDS);
/** Of a server that is asked. */
export const SERVER: Readonly<Record<string, OptionSpec>> = {
  url: { type: "string", value: "URL", about: `the server to ask (PROGRESS_URL, else ${DEFAULT_URL})` },
  token: { type: "string", value: "TOKEN", about: "its token; better in PROGRESS_TOKEN, which ps does not show" },
};
/** Of the commands that ask. */
export const ASKED: Readonly<Record<string, OptionSpec>> = { ...SERVER, ...SERVED };

/** What the options name; without any, the server of the environment. */
export async function openAsked(args: Arguments, env: Environment): Promise<Opened> {
  const named = only(args, ["url", ...Object.keys(KINDS)]);
  if (named === undefined || named === "url")
    return openServer(args, env, (await import("./quick-fetch.js")).quickFetch);
  return KINDS[named]!.open(args.text(named)!, true, args);
}

/** What the options name; without any, the journal of the environment. */
export async function openServed(args: Arguments, env: Environment): Promise<Opened> {
  const named = only(args, Object.keys(KINDS));
  if (named !== undefined) return KINDS[named]!.open(args.text(named)!, false, args);
  const directory = env["PROGRESS_JOURNAL"];
  if (directory) return KINDS["journal"]!.open(directory, false, args);
  const ways = Object.entries(KINDS).map(([name, { option }]) => `--${name} ${option.value}`);
  throw new UsageError(`say what to serve: ${ways.join(" or ")}`);
}

/** Throws ProgressError INVALID_OPTION for what is no address. */
export async function openServer(
  args: Arguments,
  env: Environment,
  fetch?: typeof globalThis.fetch,
): Promise<ServerSource> {
  const { createHttpSource } = await import("../query/http-source.js");
  const url = args.text("url") ?? (env["PROGRESS_URL"] || DEFAULT_URL);
  const token = args.text("token") ?? (env["PROGRESS_TOKEN"] || undefined);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new UsageError("the token: expected visible ASCII characters without spaces");
  return { source: createHttpSource({ url, token, fetch }), place: url };
}
interface ServerSource extends Opened {
  readonly source: HttpSource;
}

function only(args: Arguments, names: readonly string[]): string | undefined {
  const given = names.filter((name) => args.text(name) !== undefined);
  const empty = given.find((name) => args.text(name) === "");
  if (empty !== undefined) throw new UsageError(`--${empty}: expected ${ASKED[empty]!.value}, received ""`);
  if (given.length <= 1) return given[0];
  throw new UsageError(`--${given[0]} and --${given[1]} are two places; say one of them`);
}

/** A slip in the name would otherwise look like a history without anything in it. */
async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    throw new Failure(EXIT.unreachable, found.code === "ENOENT" ? `there is no directory ${path}` : found.message);
  if (!found.isDirectory()) throw new Failure(EXIT.unreachable, `${path} is no directory`);
}
