// Whether the process that wrote something still lives. A pid alone says little: it is used again, and in containers
// everybody has pid 1.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { peek } from "../clean.js";

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Clock ticks between the boot of the machine and the start of the process; absent where the system does not tell. */
  readonly startTicks?: number | undefined;
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, startTicks: statusOf(process.pid)?.startTicks };
}

/** Whether a process of that identity runs on this machine, as far as can be told; of another machine nothing can. */
export function isAlive({ host, pid, startTicks }: ProcessIdentity): boolean {
  if (host !== hostname() || !exists(pid)) return false;
  const now = statusOf(pid);
  if (now === undefined) return true;
  // One that nobody has asked how it ended is kept, dead, as a zombie.
  return !/[ZX]/.test(now.state) && (startTicks === undefined || startTicks === now.startTicks);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat, counted behind the name, which may hold anything. See proc_pid_stat(5). */
function statusOf(pid: number): { readonly state: string; readonly startTicks: number } | undefined {
  const stat = peek(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields?.[0], Number(fields?.[19])];
  return state !== undefined && Number.isSafeInteger(startTicks) ? { state, startTicks } : undefined;
}
