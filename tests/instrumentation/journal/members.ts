// Instances of one service that share a directory of journals, each with a clock of its own, and what is in that directory.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Core, coreOf } from "../../../src/instrumentation/core.js";
import { ENDING } from "../../../src/instrumentation/journal/journal-file.js";
import type { ProcessIdentity } from "../../../src/instrumentation/journal/process-identity.js";
import type { ProgressOptions } from "../../../src/instrumentation/options.js";
import { createInstance, type Progress } from "../../../src/instrumentation/progress.js";
import type { ProgressEvent } from "../../../src/model.js";
import { ManualClock } from "../../../src/testing.js";

export const START: number = Date.UTC(2026, 0, 1);

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const task of undo.splice(0).reverse()) await task();
});

/** A directory for one test. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "otel-progress-journal-"));
  undo.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An instance until the end of the test. */
export class Member {
  readonly clock: ManualClock = new ManualClock();
  readonly progress: Progress;
  readonly core: Core;
  readonly events: ProgressEvent[] = [];
  readonly path: string;

  constructor(directory: string, id: string, options: ProgressOptions = {}) {
    let ids = 0;
    const instance = { id, host: `host-of-${id}`, pid: 7 };
    const given = {
      strict: true,
      clock: this.clock,
      journal: directory,
      stallTimeout: "7d",
      checkpointAfter: "never",
      ...options,
    } as const;
    const progress = createInstance(given, { instance, newId: () => `${id}-${++ids}` });
    this.progress = progress;
    this.core = coreOf(progress);
    this.path = join(directory, id + ENDING);
    progress.subscribe((event) => void this.events.push(event), { events: ["lost"] });
    undo.push(() => progress.shutdown());
  }

  get losses(): Readonly<Record<string, number>> {
    return this.progress.live.stats().losses;
  }

  /** The lines of its file, parsed; none when there is no file. */
  lines(): Line[] {
    return linesOf(this.path);
  }

  /** Its process is dead from now on: nothing of it goes on, and its file says that a dead process wrote it. */
  die(identity: ProcessIdentity = deadProcess()): void {
    const [header, ...rest] = readFileSync(this.path, "utf8").split("\n");
    const { process: _, ...kept } = JSON.parse(header!);
    writeFileSync(this.path, [JSON.stringify({ ...kept, process: identity }), ...rest].join("\n"));
    this.#beat();
  }

  /** Adds to its file as it is, without touching its time. */
  write(text: string): void {
    writeFileSync(this.path, readFileSync(this.path, "utf8") + text);
    this.#beat();
  }

  #beat(): void {
    utimesSync(this.path, this.clock.epochMillis() / 1_000, this.clock.epochMillis() / 1_000);
  }
}

/** A line of a journal, whatever is in it. */
// biome-ignore lint/suspicious/noExplicitAny: what the tests are about
export type Line = any;

export function linesOf(path: string): Line[] {
  const text = readdirSync(join(path, "..")).includes(path.slice(path.lastIndexOf("/") + 1))
    ? readFileSync(path, "utf8")
    : "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** A process of this machine that has ended, and is not taken for another one that got its pid since. */
export function deadProcess(): ProcessIdentity {
  return { host: hostname(), pid: spawnSync("true").pid, startTicks: 1 };
}

/** One that looks at what others left at an age of `seconds`, once. */
export async function finder(
  directory: string,
  id = "finder",
  seconds = 60,
  options: ProgressOptions = {},
): Promise<Member> {
  const member = new Member(directory, id, options);
  member.clock.block(seconds * 1_000);
  await turn();
  return member;
}

/** The event loop turns once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
