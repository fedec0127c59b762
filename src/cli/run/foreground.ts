// Who else got a signal. What is typed at a terminal (Ctrl-C, Ctrl-\) goes to its whole foreground process group, so to the program
// as well: passing it on would deliver it twice, and the second Ctrl-C makes many programs give up their clean-up.

import { readFileSync } from "node:fs";
import { isatty } from "node:tty";

/** Those that a terminal sends. */
const TYPED: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP"];

/** Whether the program has to be told of `signal` by us. */
export function needsPassing(signal: NodeJS.Signals): boolean {
  return !TYPED.includes(signal) || !inForeground();
}

/** Whether we are in the foreground of a terminal. */
function inForeground(): boolean {
  try {
    return isForeground(readFileSync("/proc/self/stat", "utf8"));
  } catch {
    // Not Linux: a process with a terminal is taken for one in its foreground.
    return [0, 1, 2].some((descriptor) => isatty(descriptor));
  }
}

/** "pid (name) state ppid pgrp session tty_nr tpgid …"; the name may hold anything. */
function isForeground(stat: string): boolean {
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
