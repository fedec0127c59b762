// The program of a command line as an operation, from reading that line to our own end.

import { context } from "@opentelemetry/api";
import { progress } from "../../index.js";
import type { Arguments, Io } from "../command.js";
import { remark } from "../output.js";
import { contextOf, environmentFor } from "./carried.js";
import { showing } from "./display.js";
import { OWN_FAILURE, ownSignal, why } from "./ending.js";
import { startExport } from "./exporting.js";
import { readPlan } from "./plan.js";
import { type Supervised, supervise } from "./supervise.js";

/** Resolves with the exit code when the program has ended, its output has passed, and all is exported or the time for that is up. */
export async function runAsOperation(args: Arguments, io: Io): Promise<number> {
  const plan = readPlan(args, io.env);
  // A copy: what we change for our own SDK is none of the program's business.
  const env = { ...io.env };
  const say = (text: string) => remark(io, text);
  // First, since it may refuse: an export that was begun would keep us.
  const finishShowing = await showing(plan, io);
  const finishExport = await startExport(env, plan.name, plan.recordArguments, say);
  const { exitCode, exit, passed, snapshot } = await context.with(contextOf(env), () =>
    progress.operation(plan.type, plan.options, async (op) => {
      const supervised = await supervise(op, { ...plan, env: environmentFor(op, env) });
      return { ...supervised, snapshot: () => op.snapshot() };
    }),
  );
  if (exit.error !== undefined) say(why(plan.file, exit));
  const [inTime, broken] = await Promise.all([finishExport(), passed]);
  for (const { message } of broken) say(`its output cannot be passed on: ${message}`);
  finishShowing(snapshot());
  // Whoever we work for ourselves has our last word then, and nothing of us is left in the temporary folder.
  await progress.shutdown();
  if (exitCode > 128) endBySignal(exit);
  const own = exitCode === 0 && broken.length > 0 ? OWN_FAILURE : exitCode;
  // What is still trying to reach its receiver would keep us.
  if (!inTime) process.exit(own);
  return own;
}

/** As the program did: a shell goes on with its loop after a command that merely returned 130. */
function endBySignal(exit: Supervised["exit"]): void {
  const signal = ownSignal(exit);
  if (signal !== undefined && process.platform !== "win32") process.kill(process.pid, signal);
}
