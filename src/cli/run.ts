// `otel-progress run`: any program as an operation. What it does is in run/operation.ts, loaded when it is done.

import type { Command } from "./command.js";
import { FORMATS } from "./run/plan.js";

export const command: Command = {
  usage: "run [options] -- COMMAND [ARGS…]",
  description: [
    "Runs a program as an operation: seen live and in traces, with its exit code as status. Signals are passed on,",
    "stdin is left alone, and the program finds TRACEPARENT in its environment. With OTEL_EXPORTER_OTLP_ENDPOINT",
    "set the operation is exported; otherwise nothing waits for a receiver.",
    "",
    "On a terminal the program has the terminal. Output that is redirected passes through byte for byte, and progress",
    "is recognised in it: 45%, [3/10], 3 of 10, and the OSC 9;4 of terminals. Our own lines go to stderr.",
  ].join("\n"),
  options: {
    type: { type: "string", value: "TYPE", about: "type of the operation; default: the name of the program" },
    name: { type: "string", value: "TEXT", about: "its name for people; default: its type" },
    id: { type: "string", value: "ID", about: "its id; default: a new one" },
    total: { type: "string", value: "N", about: "phases expected, so that its percentage is over all of them" },
    timeout: { type: "string", value: "TIME", about: "longest time, 90s or 5m: then SIGTERM, 10 s later SIGKILL" },
    expected: { type: "string", value: "TIME", about: "usual time: progress is guessed from it until it is known" },
    "stall-timeout": { type: "string", value: "TIME", about: "longest time without progress; default: none" },
    attribute: { type: "string", short: "a", multiple: true, value: "KEY=VALUE", about: "attribute; may be repeated" },
    "record-arguments": { type: "boolean", about: "record the program's arguments, which may hold secrets" },
    parse: { type: "boolean", about: "recognise progress on a terminal too; the program then has no terminal" },
    "no-parse": { type: "boolean", about: "pass nothing through us; for the last bit of throughput" },
    format: { type: "string", choices: FORMATS, about: "on stderr; auto: a line at the end on a terminal, not in CI" },
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      about: "plain or json lines go there, not to stderr; /dev/fd/3 too",
    },
  },
  examples: [
    ["otel-progress run -- npm ci", "an installation as an operation"],
    ["otel-progress run --total 4 -- git clone --progress URL 2> log", "its phases, recognised in its output"],
    ["otel-progress run --format json --output build.ndjson -- make", "snapshots for a program, apart from the output"],
    ["otel-progress run --type backup --timeout 1h -- tar c /home > home.tar", "stopped after an hour"],
  ],
  exitCodes: [
    ["(the program's)", "128 + n when signal n ended it"],
    ["124", "it took longer than --timeout"],
    ["125", "wrong arguments, or a failure of our own"],
    ["126", "the program cannot be executed"],
    ["127", "the program was not found"],
  ],
  wraps: true,
  misuse: 125,
  failure: 125,
  run: async (args, io) => (await import("./run/operation.js")).runAsOperation(args, io),
};
