// Ctrl-C and its like for a command that goes on until then: it ends by itself, in order, and its exit code says what ended it.

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** While it is there the process stays alive, and the first such signal aborts; the second ends the process as always. */
export class Interruption implements Disposable {
  readonly #abort = new AbortController();
  readonly #hold = setInterval(() => {}, 2 ** 30);
  /** 128 and the number of the signal, as shells have it; undefined while there was none. */
  exitCode: number | undefined;

  constructor() {
    for (const name of names()) process.once(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #interrupt = (name: NodeJS.Signals): void => {
    this.exitCode = 128 + SIGNALS[name as keyof typeof SIGNALS];
    this[Symbol.dispose]();
    this.#abort.abort();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#hold);
    for (const name of names()) process.off(name, this.#interrupt);
  }
}

const names = () => Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
