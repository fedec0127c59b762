// Puts things right when the process ends while bars are there, and gets out of the way of how it ends: signals keep their
// effect, the exit code stays what it was.

/** What a terminal sends on Ctrl-C and when it goes, and what others send to end a process. */
const SIGNALS: readonly NodeJS.Signals[] = process.platform === "win32" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];

export interface ExitActions {
  /** The process exits: the last that can be written. */
  exit(): void;
  /** A signal has come: the process may end without an exit event, or go on when the application handles it. */
  signal(): void;
  /** The process was stopped (Ctrl-Z) and goes on: the screen belongs to somebody else by now. */
  resume(): void;
}

export class ExitGuard {
  readonly #actions: ExitActions;
  #active = false;
  #catching = false;

  constructor(actions: ExitActions) {
    this.#actions = actions;
  }

  start(): void {
    if (this.#active) return;
    this.#active = true;
    process.on("exit", this.#exit);
    if (process.platform !== "win32") process.on("SIGCONT", this.#resume);
  }

  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    this.letSignals();
    process.off("exit", this.#exit);
    if (process.platform !== "win32") process.off("SIGCONT", this.#resume);
  }

  /** From now on `signal` is called for them, before any listener of the application. */
  catchSignals(): void {
    if (this.#catching || !this.#active) return;
    this.#catching = true;
    for (const signal of SIGNALS) process.prependListener(signal, this.#signal);
  }

  /** Gives signals back: while the event loop is blocked, a listener would keep Ctrl-C from having any effect. */
  letSignals(): void {
    if (!this.#catching) return;
    this.#catching = false;
    for (const signal of SIGNALS) process.off(signal, this.#signal);
  }

  readonly #exit = (): void => this.#actions.exit();
  readonly #resume = (): void => this.#actions.resume();
  readonly #signal = (signal: NodeJS.Signals): void => {
    this.#actions.signal();
    // Gone before others count who is left to handle the signal. With nobody left, its own effect is what is due.
    this.letSignals();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
}
