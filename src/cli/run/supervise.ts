// One program and its operation, from the start of the program to the end of its output.

import { atMost } from "../../clock.js";
import type { Operation } from "../../index.js";
import type { Environment } from "../command.js";
import { type Exit, settle } from "./ending.js";
import { Phases } from "./phases.js";
import { type Piped, startProgram } from "./program.js";
import { intoDescriptor, intoStream, relay, type Sink } from "./relay.js";
import { Watcher } from "./watcher.js";

/** What the program wrote before it ended is looked at for this long; who reads us may not be reading. */
const DRAIN_MILLIS = 1_000;

export interface Task {
  readonly command: readonly string[];
  /** What it is called in messages. */
  readonly file: string;
  readonly env: Environment;
  /** Outputs that come through us. */
  readonly piped: readonly (1 | 2)[];
  /** Those of them that go to a terminal on which bars are drawn: they pass above the bars. */
  readonly above: readonly (1 | 2)[];
}

export interface Supervised {
  readonly exitCode: number;
  readonly exit: Exit;
  /** The output was passed on, up to what processes write that the program left behind; or why it could not be. */
  readonly passed: Promise<readonly Error[]>;
}

export async function supervise(op: Operation, task: Task): Promise<Supervised> {
  const program = startProgram(task.command, task.env, task.piped, (signal) => op.requestCancel(signal));
  if (program.pid !== undefined) op.setAttributes({ "process.pid": program.pid });
  const stop = () => {
    // Asked by a signal, the program has that signal already.
    if (program.asked === undefined) program.stop();
  };
  op.signal.addEventListener("abort", stop, { once: true });
  const looks = program.outputs.map((piped) => look(op, task, piped));
  const passed = Promise.allSettled(looks.map(({ done }) => done)).then(failures);
  const exit = await program.ended;
  op.signal.removeEventListener("abort", stop);
  const broken = (await atMost(DRAIN_MILLIS, passed))?.[0];
  for (const { watcher, phases } of looks) {
    watcher[Symbol.dispose]();
    if (exit.code === 0) phases.end();
  }
  return { exitCode: settle(op, task.file, exit, program.asked, broken), exit, passed };
}

const failures = (results: readonly PromiseSettledResult<void>[]): Error[] =>
  results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));

function look(op: Operation, { above }: Task, { source, descriptor }: Piped) {
  const phases = new Phases(op);
  const watcher = new Watcher(phases);
  const done = relay(source, sinkOf(descriptor, above.includes(descriptor)), (chunk) => watcher.see(chunk));
  return { done, watcher, phases };
}

function sinkOf(descriptor: 1 | 2, above: boolean): Sink {
  return above ? intoStream(process[descriptor === 1 ? "stdout" : "stderr"]) : intoDescriptor(descriptor);
}
