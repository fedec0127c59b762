// Bars in a terminal for everything that runs; an ended operation leaves one calm line above them.

import { createLogUpdate } from "log-update";
import sliceAnsi from "slice-ansi";
import type { OperationExporter, Snapshot } from "../model.js";
import { type BarOptions, renderBars, renderEnd } from "../render.js";

export interface TerminalBarsOptions {
  /** @default process.stderr, so that stdout stays free for data */
  readonly stream?: NodeJS.WriteStream | undefined;
  /** Width of a bar in characters. @default 20 */
  readonly barWidth?: number | undefined;
  /** Width of the names in characters. @default 30 */
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
  readonly #options: Omit<BarOptions, "frame">;
  /** Running operations with the time of their snapshot, in order of their starts. */
  readonly #running = new Map<string, { snapshot: Snapshot; atMillis: number }>();
  #frame = 0;
  #drawnMillis = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(stream: NodeJS.WriteStream, options: TerminalBarsOptions) {
    this.#stream = stream;
    this.#log = createLogUpdate(stream);
    this.#options = {
      barWidth: options.barWidth ?? 20,
      nameWidth: options.nameWidth ?? 30,
      levels: options.levels ?? 5,
      color: options.color ?? stream.hasColors?.() ?? false,
      unicode: options.unicode ?? (process.platform !== "win32" || "WT_SESSION" in process.env),
    };
  }

  export(changed: readonly Snapshot[]): void {
    const ended = changed.filter((snapshot) => "endedAt" in snapshot || snapshot.status === "lost");
    for (const snapshot of changed) this.#running.set(snapshot.id, { snapshot, atMillis: performance.now() });
    for (const { id } of ended) this.#running.delete(id);
    if (ended.length > 0)
      this.#log.persist(ended.map((snapshot) => this.#clip(renderEnd(snapshot, this.#options))).join("\n"));
    this.#draw(ended.length > 0);
  }

  async shutdown(): Promise<void> {
    this[Symbol.dispose]();
  }

  /** Leaves what is drawn, shows the cursor again, and stops the timer. */
  [Symbol.dispose](): void {
    this.#stop();
    this.#log.done();
  }

  #draw(force: boolean): void {
    const now = performance.now();
    if (!force && now - this.#drawnMillis < LEAST_MILLIS) return;
    this.#drawnMillis = now;
    if (this.#running.size === 0) return this.#rest();
    this.#timer ??= setInterval(() => this.#draw(false), IDLE_MILLIS).unref();
    this.#frame++;
    const rows = Math.max(1, (this.#stream.rows ?? 24) - 1);
    const lines = [...this.#running.values()].flatMap(({ snapshot, atMillis }) =>
      renderBars(later(snapshot, (now - atMillis) / 1000), { ...this.#options, frame: this.#frame }),
    );
    const shown =
      lines.length > rows ? [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more lines`] : lines;
    this.#log(shown.map((line) => this.#clip(line)).join("\n"));
  }

  /** Nothing runs: the cursor is shown again. */
  #rest(): void {
    this.#stop();
    this.#log.clear();
    this.#log.done();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #clip(line: string): string {
    return sliceAnsi(line, 0, Math.max(20, (this.#stream.columns ?? 80) - 1));
  }
}

/** The same snapshot `seconds` later: its time went on. */
function later(snapshot: Snapshot, seconds: number): Snapshot {
  return snapshot.status === "running" ? { ...snapshot, elapsedSeconds: snapshot.elapsedSeconds + seconds } : snapshot;
}
