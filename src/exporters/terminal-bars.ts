// Bars in a terminal for everything that runs; an ended operation leaves one calm line above them.

import { createLogUpdate } from "log-update";
import sliceAnsi from "slice-ansi";
import type { OperationExporter, Snapshot } from "../model.js";
import { type BarOptions, hasEnded, renderBars, renderEnd } from "../render.js";
import { PassingOutput } from "./passing-output.js";

export interface TerminalBarsOptions {
  /** @default process.stderr, so that stdout stays free for data */
  readonly stream?: NodeJS.WriteStream | undefined;
  /** Width of a bar in characters. @default 20, or 10 in a narrow window */
  readonly barWidth?: number | undefined;
  /** Width of the names in characters. @default 30, less in a narrow window */
  readonly nameWidth?: number | undefined;
  /** Levels shown under each operation. @default 5 */
  readonly levels?: number | undefined;
  /** ANSI colours. @default what the stream supports; NO_COLOR and FORCE_COLOR are honoured */
  readonly color?: boolean | undefined;
  /** Characters beyond ASCII. @default unless the terminal is known not to have them */
  readonly unicode?: boolean | undefined;
}

/** Shortest time between two drawings: 20 a second. */
const LEAST_MILLIS = 50;
/** Redrawn this often although nothing was reported, so that the time goes on and a stall is seen. */
const IDLE_MILLIS = 250;

/** Draws bars on a terminal. Finishes inside of `export`, so they also move while the event loop is blocked. */
export function terminalBars(options: TerminalBarsOptions = {}): OperationExporter & Disposable {
  return new TerminalBars(options.stream ?? process.stderr, options);
}

class TerminalBars implements OperationExporter, Disposable {
  readonly synchronous = true;
  readonly #stream: NodeJS.WriteStream;
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #given: TerminalBarsOptions;
  readonly #options: Omit<BarOptions, "frame" | "barWidth" | "nameWidth">;
  /** Lets other output pass above the bars while they are there. */
  readonly #passing: PassingOutput;
  /** Running operations with the time of their snapshot, in order of their starts. */
  readonly #running = new Map<string, { snapshot: Snapshot; atMillis: number }>();
  #frame = 0;
  #drawnMillis = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(stream: NodeJS.WriteStream, options: TerminalBarsOptions) {
    this.#stream = stream;
    // With the cursor left alone no signal handler is needed to bring it back.
    this.#log = createLogUpdate(stream, { showCursor: true });
    this.#given = options;
    this.#options = {
      levels: options.levels ?? 5,
      color: options.color ?? stream.hasColors?.() ?? false,
      unicode: options.unicode ?? (process.platform !== "win32" || "WT_SESSION" in process.env),
    };
    this.#passing = new PassingOutput(
      [process.stdout, stream].filter(({ isTTY }) => isTTY),
      {
        before: () => this.#log.clear(),
        after: () => this.#draw(true),
      },
    );
  }

  export(changed: readonly Snapshot[], removed: readonly string[]): void {
    const lines: string[] = [];
    for (const id of removed) this.#running.delete(id);
    // In order: an id may have ended and begun again.
    for (const snapshot of changed) {
      if (hasEnded(snapshot)) {
        this.#running.delete(snapshot.id);
        lines.push(this.#clip(renderEnd(snapshot, this.#options)));
      } else this.#running.set(snapshot.id, { snapshot, atMillis: performance.now() });
    }
    if (lines.length > 0) this.#passing.own(() => this.#log.persist(lines.join("\n")));
    this.#draw(lines.length > 0);
  }

  async shutdown(): Promise<void> {
    this[Symbol.dispose]();
  }

  /** Leaves what is drawn, shows the cursor again, and stops the timer. */
  [Symbol.dispose](): void {
    this.#stop();
    this.#passing.own(() => this.#log.done());
  }

  #draw(force: boolean): void {
    const now = performance.now();
    if (this.#running.size > 0) this.#timer ??= setInterval(() => this.#draw(false), IDLE_MILLIS).unref();
    if (!force && now - this.#drawnMillis < LEAST_MILLIS) return;
    this.#drawnMillis = now;
    if (this.#running.size === 0) return this.#rest();
    this.#passing.start();
    this.#frame++;
    const rows = Math.max(1, (this.#stream.rows ?? 24) - 1);
    const lines = [...this.#running.values()].flatMap(({ snapshot, atMillis }) =>
      renderBars(later(snapshot, (now - atMillis) / 1000), { ...this.#options, ...this.#widths(), frame: this.#frame }),
    );
    const shown =
      lines.length > rows ? [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more lines`] : lines;
    this.#passing.own(() => this.#log(shown.map((line) => this.#clip(line)).join("\n")));
  }

  /** Nothing runs: the cursor is shown again. */
  #rest(): void {
    this.#stop();
    this.#passing.own(() => {
      this.#log.clear();
      this.#log.done();
    });
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#passing.stop();
  }

  /** Narrow windows get narrow columns, so that the numbers are still seen. */
  #widths(): { barWidth: number; nameWidth: number } {
    const columns = this.#columns;
    const { barWidth = columns < 90 ? 10 : 20, nameWidth = Math.min(30, Math.max(12, Math.floor(columns / 3.5))) } =
      this.#given;
    return { barWidth, nameWidth };
  }

  get #columns(): number {
    return Math.max(20, this.#stream.columns ?? 80);
  }

  #clip(line: string): string {
    return sliceAnsi(line, 0, this.#columns - 1);
  }
}

/** The same snapshot `seconds` later: its time went on. */
function later(snapshot: Snapshot, seconds: number): Snapshot {
  return snapshot.status === "running" ? { ...snapshot, elapsedSeconds: snapshot.elapsedSeconds + seconds } : snapshot;
}
