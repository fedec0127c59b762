import type { Framing } from "../../src/query/frame.js";
import type { EventSink } from "../../src/query/reader.js";

/** A frame as its reader sees it. */
export interface Seen {
  readonly event?: string;
  readonly id?: string;
  readonly data?: {
    readonly time: string;
    readonly operations?: readonly Record<string, unknown>[];
    readonly changed?: readonly Record<string, unknown>[];
    readonly removed?: readonly string[];
    readonly missed?: number;
  };
  readonly comment?: true;
}

/** A connection whose other end takes what it is told to take. */
export class TestSink implements EventSink {
  readonly written: Uint8Array[] = [];
  readonly framing: Framing;
  /** While it is stuck, all that is written waits. */
  stuck = false;
  waiting = 0;
  closed = 0;

  constructor(framing: Framing = "stream") {
    this.framing = framing;
  }

  write(bytes: Uint8Array): void {
    this.written.push(bytes);
    if (this.stuck) this.waiting += bytes.length;
  }

  close(): void {
    this.closed++;
  }

  /** Takes what waits. */
  drain(): void {
    this.stuck = false;
    this.waiting = 0;
  }

  get texts(): string[] {
    return this.written.map((bytes) => new TextDecoder().decode(bytes));
  }

  get frames(): Seen[] {
    return this.texts.map(parse);
  }

  /** "snapshot a,b", or "a 3,b 4 -c missed 2", of each frame. */
  get brief(): string[] {
    return this.frames.map(brief);
  }
}

function parse(text: string): Seen {
  if (text === ":\n\n") return { comment: true };
  const [, event, id, data] = /^event: (\w+)\nid: (\S+)\ndata: (.*)\n\n$/.exec(text) ?? [];
  if (data === undefined) throw new Error(`no frame: ${text}`);
  return { event: event!, id: id!, data: JSON.parse(data) };
}

function brief({ event, data, comment }: Seen): string {
  if (comment) return "heartbeat";
  const names = (data!.operations ?? data!.changed)!.map(({ id, current }) =>
    current === undefined ? id : `${id} ${current}`,
  );
  if (event === "snapshot") return `snapshot ${names.join(",")}`;
  const removed = data!.removed!.map((id) => ` -${id}`).join("");
  return `${names.join(",")}${removed}${data!.missed! > 0 ? ` missed ${data!.missed}` : ""}`;
}
