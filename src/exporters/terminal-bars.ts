// Bars in a terminal for everything that runs; an ended operation leaves one line above them. Told by the publisher, drawn
// from here; terminal/ says what is drawn and how it gets onto the screen.

import type { OperationExporter, Snapshot } from "../model.js";
import { hasEnded } from "../status-changes.js";
import { PassingOutput } from "./passing-output.js";
import { type BarSettings, barSettings, type TerminalBarsOptions } from "./terminal/bar-options.js";
import { endedLine } from "./terminal/ended-line.js";
import { ExitGuard } from "./terminal/exit-guard.js";
import { renderFrame } from "./terminal/frame.js";
import { Layout } from "./terminal/layout.js";
import { SayingMemory } from "./terminal/sayings.js";
import { Screen, type ScreenRow } from "./terminal/screen.js";
import { Taskbar } from "./terminal/taskbar.js";

export type { TerminalBarsOptions } from "./terminal/bar-options.js";

/** Output of the application takes the bars away; they are back after this at the latest. */
const BACK_MILLIS = 16;
const SPINNER_MILLIS = 100;
const EARLY_MILLIS = 2;
/** The next drawing is put off by so many times what the last one took. */
const COST_FACTOR = 9;
/** A timer that is late by this: the event loop is blocked, or the process was stopped (Ctrl-Z) and goes on. */
const LATE_MILLIS = 250;
/** Lines that wait while the application's own line is open; older ones are only counted. */
const WAITING_MOST = 1_000;

/** Draws bars on a terminal. Finishes inside of `export`, so they also move while the event loop is blocked. Throws ProgressError INVALID_OPTION. */
export function terminalBars(options: TerminalBarsOptions = {}): OperationExporter & Disposable {
  return new TerminalBars(barSettings(options));
}

class TerminalBars implements OperationExporter, Disposable {
  readonly synchronous = true;
  readonly #settings: BarSettings;
  readonly #screen: Screen;
  readonly #layout: Layout;
  readonly #memory = new SayingMemory();
  readonly #passing: PassingOutput;
  readonly #guard: ExitGuard;
  readonly #taskbar: Taskbar;
  /** Running operations with the time of their snapshot, in order of their starts. */
  readonly #running = new Map<string, { snapshot: Snapshot; atMillis: number }>();
  /** Ended ones whose lines are not written yet; emptied by every drawing. */
  #ended: Snapshot[] = [];
  #endedUnsaid = 0;
  /** What is, or was before the application wrote, below its output. */
  #rows: readonly ScreenRow[] = [];
  #drawnMillis = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** When the event loop was last known to turn, and what the process had computed by then, in microseconds. */
  #turnedMillis = 0;
  #turnedCpu: NodeJS.CpuUsage = { user: 0, system: 0 };
  /** When the screen was last left to others. */
  #leftMillis = Number.NEGATIVE_INFINITY;
  #turn: { readonly immediate: NodeJS.Immediate; readonly sinceMillis: number } | undefined;
  #backTimer: ReturnType<typeof setTimeout> | undefined;
  #backMillis = Number.NEGATIVE_INFINITY;
  /** Nothing waits for a later drawing any more. */
  #exiting = false;
  /** The terminal is gone, or we were told to stop. */
  #closed = false;

  constructor(settings: BarSettings) {
    this.#settings = settings;
    const { stream } = settings;
    this.#screen = new Screen(stream);
    this.#layout = new Layout(settings.columns);
    this.#passing = new PassingOutput(
      [process.stdout, process.stderr, stream].filter(({ isTTY }) => isTTY),
      { before: () => this.#makeWay(), after: (lineIsOpen) => this.#comeBack(lineIsOpen) },
    );
    this.#taskbar = new Taskbar((sequence) => this.#passing.own(() => stream.write(sequence)));
    this.#guard = new ExitGuard({
      exit: () => {
        this.#exiting = true;
        this.#draw(true);
        this.#taskbar.clear();
      },
      signal: () => this.#taskbar.clear(),
      resume: () => this.#leave(),
    });
  }

  export(changed: readonly Snapshot[], removed: readonly string[]): void {
    for (const id of removed) this.#running.delete(id);
    // In order: an id may have ended and begun again.
    for (const snapshot of changed) {
      if (hasEnded(snapshot)) {
        this.#running.delete(snapshot.id);
        this.#ended.push(snapshot);
      } else this.#running.set(snapshot.id, { snapshot, atMillis: performance.now() });
    }
    this.#endedUnsaid += this.#ended.splice(0, this.#ended.length - WAITING_MOST).length;
    this.#draw(this.#exiting || this.#running.size === 0);
  }

  async forceFlush(): Promise<void> {
    this.#draw(true);
  }

  async shutdown(): Promise<void> {
    this[Symbol.dispose]();
  }

  /** Leaves what is drawn, and lets go of the terminal. */
  [Symbol.dispose](): void {
    this.#draw(true);
    this.#rest();
    this.#closed = true;
  }

  #draw(now: boolean, interval = this.#settings.intervalMillis): void {
    const millis = performance.now();
    if (this.#closed || (!this.#isDrawing && this.#running.size + this.#ended.length === 0)) return;
    this.#begin(millis);
    if (!now && millis - this.#drawnMillis < interval) return;
    if (!now && this.#waitsForTurn(millis)) return;
    // An open line would be broken, and what a slow terminal has not taken yet would only grow.
    if (this.#passing.lineIsOpen || (!now && this.#settings.stream.writableNeedDrain)) return;
    this.#rows = this.#frame(millis);
    this.#passing.own(() => this.#screen.draw(this.#rows, this.#linesOfEnded()));
    if (this.#settings.taskbar) this.#taskbar.show(this.#snapshots(), millis);
    // Of very many operations drawing takes its time: at most a tenth of all.
    this.#drawnMillis = millis + (performance.now() - millis) * COST_FACTOR;
    if (this.#running.size === 0) this.#rest();
  }

  get #isDrawing(): boolean {
    return this.#timer !== undefined;
  }

  #begin(millis: number): void {
    if (!this.#isDrawing) {
      this.#knowTurn(millis);
      this.#timer = setInterval(() => this.#tick(), this.#settings.intervalMillis).unref();
      this.#settings.stream.off("error", this.#lose).on("error", this.#lose);
      this.#passing.start();
      this.#guard.start();
    }
    // Only what is shown outside of the window needs to be put right after a signal.
    if (this.#settings.taskbar && !this.#isLate(millis)) this.#guard.catchSignals();
    else this.#guard.letSignals();
  }

  #tick(): void {
    const millis = performance.now();
    if (!this.#isLate(millis)) this.#knowTurn(millis);
    // Timers are a little early at times; waiting for the next one would halve the pace.
    this.#draw(false, this.#settings.intervalMillis - EARLY_MILLIS);
  }

  #isLate(millis: number): boolean {
    return millis - this.#turnedMillis > this.#settings.intervalMillis + LATE_MILLIS;
  }

  /** After a stop we must hear of it before we draw: one turn of the loop later. When that does not come, the loop is blocked. */
  #waitsForTurn(millis: number): boolean {
    if (!this.#isLate(millis)) return false;
    this.#turn ??= { immediate: setImmediate(() => this.#turned()).unref(), sinceMillis: millis };
    return millis - this.#turn.sinceMillis < this.#settings.intervalMillis;
  }

  #turned(): void {
    this.#turn = undefined;
    this.#knowTurn(performance.now());
    this.#draw(false);
  }

  #knowTurn(millis: number): void {
    this.#turnedMillis = millis;
    this.#turnedCpu = process.cpuUsage();
  }

  /** Late without having computed: it was stopped, or waited for another program. Timers run before we hear of it. */
  #stoodStill(millis: number): boolean {
    if (!this.#isLate(millis)) return false;
    const { user, system } = process.cpuUsage(this.#turnedCpu);
    return (user + system) / 1_000 < (millis - this.#turnedMillis) / 2;
  }

  /** Others have written below the rows meanwhile; once for each time that it stood still. */
  #leave(): void {
    const millis = performance.now();
    if (millis - this.#leftMillis > LATE_MILLIS) this.#screen.leave();
    this.#leftMillis = millis;
    this.#knowTurn(millis);
  }

  #frame(millis: number): ScreenRow[] {
    const running = [...this.#running.values()].map(({ snapshot, atMillis }) => ({
      snapshot,
      agoSeconds: (millis - atMillis) / 1_000,
    }));
    const view = { ...this.#settings.theme, frame: Math.floor(millis / SPINNER_MILLIS) };
    // The last column stays free: some terminals wrap as soon as it is written. So does the last line, for the cursor.
    const window = { columns: this.#screen.columns - 1, rows: Math.max(1, (this.#settings.stream.rows || 24) - 1) };
    return renderFrame(running, { ...this.#settings, layout: this.#layout, memory: this.#memory }, view, window);
  }

  *#snapshots(): Iterable<Snapshot> {
    for (const { snapshot } of this.#running.values()) yield snapshot;
  }

  #linesOfEnded(): string {
    const { theme } = this.#settings;
    const lines = this.#ended.map((snapshot) => endedLine(snapshot, theme, this.#screen.columns - 1));
    if (this.#endedUnsaid > 0) lines.unshift(`and ${this.#endedUnsaid} more have ended`);
    this.#ended = [];
    this.#endedUnsaid = 0;
    return lines.map((line) => `${line}\r\n`).join("");
  }

  #makeWay(): void {
    clearTimeout(this.#backTimer);
    this.#backTimer = undefined;
    if (this.#stoodStill(performance.now())) this.#leave();
    this.#screen.erase();
  }

  /** At once after single lines; not more often than anybody can see when many are written. */
  #comeBack(lineIsOpen: boolean): void {
    if (lineIsOpen) return this.#screen.release();
    const millis = performance.now();
    const wait = BACK_MILLIS - (millis - this.#backMillis);
    if (wait > 0) {
      this.#backTimer = setTimeout(() => this.#comeBack(this.#passing.lineIsOpen), wait).unref();
      return;
    }
    this.#backMillis = millis;
    this.#passing.own(() => this.#screen.draw(this.#rows));
  }

  /** Nothing runs, or nothing more is to be drawn. */
  #rest(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#backTimer);
    clearImmediate(this.#turn?.immediate);
    this.#timer = this.#backTimer = this.#turn = undefined;
    this.#taskbar.clear();
    this.#passing.own(() => this.#screen.release());
    this.#screen.leave();
    this.#rows = [];
    this.#passing.stop();
    this.#guard.stop();
    setImmediate(() => this.#letGo());
  }

  /** A stream tells of an error only after the write. */
  #letGo(): void {
    if (!this.#isDrawing) this.#settings.stream.off("error", this.#lose);
  }

  /** The terminal is gone: the work goes on without. */
  readonly #lose = (): void => {
    this.#closed = true;
    this.#running.clear();
    this.#ended = [];
    this.#rest();
  };
}
