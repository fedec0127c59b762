// Progress as lines, for logs, CI and pipes: few enough to read, or JSON for machines.

import { checkMethods, expectedButReceived, type ProgressError } from "../errors.js";
import { formatJson, singleLine } from "../format.js";
import type { OperationExporter, Snapshot } from "../model.js";
import { CI_MARKS, type CiMarks, type CiService, ciServiceOf, withoutCommands } from "./ci-marks.js";
import { LineStream, type TextStream } from "./line-stream.js";
import { COMPLETE, type Listener, type Notice, Notices, READABLE } from "./notices.js";
import { nameOf, plainLine } from "./plain-line.js";
import { hasColor } from "./terminal/environment.js";

export interface ConsoleLinesOptions {
  /**
   * "plain": per operation a line when it starts, one when it ends, and between them at most one per 5 seconds: when 5 %
   * more are done, when its stage changed, or when nothing was said for as long as it had run then, at most a minute. Stalls,
   * recoveries, attempts, pauses and requests to cancel are said at once, at most one a second.
   * "json": complete snapshots, one per line, as in `GET /export?format=ndjson`: whatever changed, at most one a second
   * per operation, and every change of status.
   * @default "plain"
   */
  readonly format?: "plain" | "json" | undefined;
  /** A closed pipe ends the output, not the work; for a slow reader lines wait. @default process.stderr for plain lines, process.stdout for JSON */
  readonly stream?: TextStream | undefined;
  /** ANSI colours of plain lines. @default false, unless FORCE_COLOR is set */
  readonly color?: boolean | undefined;
  /**
   * Whose job log plain lines are in. There an operation that starts while no other one has its group opens a group that folds
   * all output up to its end; on GitHub failures become annotations. @default as GITHUB_ACTIONS and GITLAB_CI say
   */
  readonly ci?: CiService | undefined;
}

/**
 * Writes lines to a stream as operations progress. Finishes inside of `export`, so it also speaks from a blocked loop. Throws
 * ProgressError INVALID_OPTION.
 */
export function consoleLines(options: ConsoleLinesOptions = {}): OperationExporter {
  const { format = "plain", stream = format === "json" ? process.stdout : process.stderr } = options;
  checkMethods("console lines, stream", stream, ["write"]);
  if (format === "json") return new Notices(COMPLETE, new JsonLog(stream));
  if (format !== "plain") throw refused("format", '"plain" or "json"', format);
  // What is no terminal has colours when FORCE_COLOR says so.
  const { color = hasColor({}, process.env), ci = ciServiceOf(process.env) } = options;
  if (!Object.hasOwn(CI_MARKS, ci)) throw refused("ci", Object.keys(CI_MARKS).join(", "), ci);
  return new Notices(READABLE, new PlainLog(stream, color, CI_MARKS[ci]));
}

function refused(option: string, expected: string, received: unknown): ProgressError {
  return expectedButReceived("INVALID_OPTION", `console lines, ${option}`, expected, received);
}

class JsonLog implements Listener {
  readonly #lines: LineStream;

  constructor(stream: TextStream) {
    this.#lines = new LineStream(stream);
  }

  tell({ snapshot }: Notice): boolean {
    if (!this.#lines.ready) return false;
    this.#lines.write(formatJson(snapshot));
    return true;
  }
}

class PlainLog implements Listener {
  readonly #lines: LineStream;
  readonly #color: boolean;
  readonly #marks: CiMarks;
  /** What running operations are called, and who bears each name. */
  readonly #names: Map<string, string> = new Map();
  readonly #bearers: Map<string, Set<string>> = new Map();
  /** The operation whose group is open. */
  #group: { readonly id: string; readonly key: string } | undefined;
  #groups = 0;

  constructor(stream: TextStream, color: boolean, marks: CiMarks) {
    this.#lines = new LineStream(stream);
    this.#color = color;
    this.#marks = marks;
  }

  tell(notice: Notice): boolean {
    if (!this.#lines.ready) return false;
    const { happening, snapshot } = notice;
    if (happening === "started" || this.#names.has(snapshot.id)) this.#name(snapshot.id, nameOf(snapshot));
    if (happening === "started") this.#start(notice, nameOf(snapshot));
    else if (happening === "ended") this.#end(notice, this.#calledNow(snapshot));
    else this.#lines.write(this.#line(notice, this.#calledNow(snapshot)));
    return true;
  }

  forget(snapshot: Snapshot): void {
    this.#name(snapshot.id, undefined);
    if (this.#group?.id === snapshot.id) this.#closeGroup();
  }

  /** Its name may change while it runs; without one it is gone. */
  #name(id: string, name: string | undefined): void {
    const before = this.#names.get(id);
    if (name === before) return;
    if (before !== undefined) {
      const ids = this.#bearers.get(before)!;
      ids.delete(id);
      if (ids.size === 0) this.#bearers.delete(before);
    }
    if (name === undefined) return void this.#names.delete(id);
    this.#names.set(id, name);
    this.#bearers.set(name, (this.#bearers.get(name) ?? new Set()).add(id));
  }

  #start(notice: Notice, name: string): void {
    const { id } = notice.snapshot;
    const line = this.#line(notice, name);
    if (this.#group !== undefined) return this.#lines.write(line);
    this.#group = { id, key: `${process.pid}_${++this.#groups}` };
    this.#lines.write(this.#marks.open(line, this.#group.key, Date.now()));
  }

  #end(notice: Notice, name: string): void {
    const { status } = notice.snapshot;
    // Outside of the group: it is seen although that is folded.
    this.forget(notice.snapshot);
    const line = this.#line(notice, name);
    this.#lines.write(status === "failed" || status === "lost" ? this.#marks.error(name, line) : line);
  }

  #closeGroup(): void {
    const end = this.#group && this.#marks.close(this.#group.key, Date.now());
    if (end !== undefined) this.#lines.write(end);
    this.#group = undefined;
  }

  /** With its id where others of that name run. */
  #calledNow(snapshot: Snapshot): string {
    const name = nameOf(snapshot);
    return (this.#bearers.get(name)?.size ?? 0) > 1 ? `${name} [${singleLine(snapshot.id)}]` : name;
  }

  #line(notice: Notice, name: string): string {
    return withoutCommands(plainLine(notice, { name, color: this.#color }));
  }
}
