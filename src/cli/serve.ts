// `otel-progress serve`: the page and the API of docs/http.md over a history or a fleet, in a process of its own.

import { LOCAL_HOSTS } from "../query/access.js";
import type { ProgressServer, ServeOptions } from "../query/node.js";
import { type Arguments, type Command, type Environment, UsageError } from "./command.js";
import { EXIT, Failure } from "./failure.js";
import { Interruption } from "./interruption.js";
import { noMore, remark } from "./output.js";
import { type Opened, openServed, SERVED } from "./sources.js";

const DEFAULT_PORT = 4680;

export const command: Command = {
  usage: "serve --journal DIR | --jaeger URL | --redis URL [options]",
  description:
    "Serves a page for people and an API for programs over a journal directory, a Jaeger, or a fleet in Redis, until\n" +
    "Ctrl-C. Only this machine can ask unless a host and a token are given.",
  options: {
    ...SERVED,
    port: { type: "string", short: "p", value: "PORT", about: `0 takes any that is free (${DEFAULT_PORT})` },
    host: {
      type: "string",
      value: "HOST",
      about: "where it listens; others than this machine need a token (127.0.0.1)",
    },
    "allow-host": {
      type: "string",
      multiple: true,
      value: "NAME",
      about: "a name it is called by besides localhost; may be repeated",
    },
    token: { type: "string", value: "TOKEN", about: "who asks must send it; better in PROGRESS_TOKEN" },
    control: { type: "boolean", about: "operations can be cancelled; needs a token, and a source that can be told" },
  },
  examples: [
    ["otel-progress serve --journal /var/lib/app/progress", "then open http://127.0.0.1:4680/"],
    ["otel-progress serve --jaeger http://localhost:16686 --port 8080", "history from traces, linked to them"],
    ["otel-progress serve --redis redis://localhost:6379", "all instances of a fleet, live"],
    [
      "PROGRESS_TOKEN=… otel-progress serve --journal DIR --host 0.0.0.0 --allow-host ops.example.org",
      "for other machines",
    ],
  ],
  exitCodes: [
    [`${EXIT.ok}`, "Ctrl-C, or asked to end"],
    [`${EXIT.failed}`, "it cannot listen there"],
    [`${EXIT.misuse}`, "wrong arguments"],
  ],
  async run(args, io) {
    noMore(args.positionals);
    const options = optionsOf(args, io.env);
    using interruption = new Interruption();
    const opened = await openServed(args, io.env);
    try {
      checkControl(args, opened);
      const onError = (error: unknown) => remark(io, error instanceof Error ? error.message : String(error));
      const server = await listening({ ...options, onError, source: opened.source, traceUrl: opened.traceUrl });
      io.stdout.write(`Serving ${opened.place} at ${server.url}/ until Ctrl-C.\n`);
      await new Promise((resolve) => interruption.signal.addEventListener("abort", resolve));
      await server.close();
      return EXIT.ok;
    } finally {
      await opened.close?.();
    }
  },
};

function optionsOf(
  args: Arguments,
  env: Environment,
): Pick<ServeOptions, "port" | "host" | "token" | "control" | "hosts"> {
  const host = args.text("host");
  return {
    port: portOf(args.text("port")),
    host,
    token: args.text("token") ?? (env["PROGRESS_TOKEN"] || undefined),
    control: args.flag("control"),
    hosts: namesOf(args.texts("allow-host"), host),
  };
}

function portOf(given: string | undefined): number {
  if (given === undefined) return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new UsageError(`--port: expected 0 to 65535, received ${JSON.stringify(given)}`);
}

/** Beside those of this machine, which are known without saying. */
function namesOf(names: readonly string[], host: string | undefined): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  const own = host === undefined ? [] : [host.includes(":") ? `[${host}]` : host];
  return [...LOCAL_HOSTS, ...own, ...names];
}

function checkControl(args: Arguments, { source, place }: Opened): void {
  if (!args.flag("control") || source.capabilities.includes("control")) return;
  throw new UsageError(`--control: ${place} is a history, in which nothing can be cancelled`);
}

async function listening(options: ServeOptions): Promise<ProgressServer> {
  const { serveProgress } = await import("../query/node.js");
  try {
    return await serveProgress({ ...options, keepAlive: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const at = `${options.host ?? "127.0.0.1"}:${options.port}`;
    if (code === "EADDRINUSE")
      throw new Failure(EXIT.failed, `something listens at ${at} already; --port 0 takes a port that is free`, error);
    if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new Failure(EXIT.failed, `it cannot listen at ${at}: ${message}`, error);
    throw error;
  }
}
