// What the clock of a Redis shows now, as far as its answers tell. Two machines never agree exactly: what was taken for true is
// kept for as long as the next answers allow it, so that times that are told of do not jitter.

export class ServerTime {
  /** Its clock minus ours. */
  #ahead = Number.NaN;

  /** It was asked at `asked`, by a clock of ours that never goes back, answered at `answered`, and its clock showed `remote` in between. */
  saw(asked: number, answered: number, remote: number): void {
    const [least, most] = [remote - answered, remote - asked];
    this.#ahead = Number.isNaN(this.#ahead) ? least : Math.min(most, Math.max(least, this.#ahead));
  }

  /** Unix milliseconds there, at `local` here; NaN before the first answer. */
  at(local: number): number {
    return local + this.#ahead;
  }
}
