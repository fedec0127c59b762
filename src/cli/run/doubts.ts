// Numbers of which one look does not tell whether they are progress: "disk usage: 45%". They are when they grow. Kept for the
// lines of one stream by recognizer.ts.

/** Kinds that are kept; the one that was not seen for the longest time goes. */
const KEPT = 16;

interface Seen {
  readonly percentage: number;
  /** It grew once. From then on it may fall as well: then something else begins. */
  readonly grew: boolean;
}

export class Doubts {
  readonly #seen = new Map<string, Seen>();

  /** Whether `percentage` of this kind is progress, by what was seen of it. */
  isProgress(kind: string, percentage: number): boolean {
    const before = this.#seen.get(kind);
    return before !== undefined && (before.grew || percentage > before.percentage);
  }

  saw(kind: string, percentage: number): void {
    const grew = this.isProgress(kind, percentage);
    this.#seen.delete(kind);
    this.#seen.set(kind, { percentage, grew });
    if (this.#seen.size > KEPT) this.#seen.delete(this.#seen.keys().next().value!);
  }
}
