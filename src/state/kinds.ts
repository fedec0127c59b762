// One Kind per operation type and level type. Beyond the limit a type keeps its name in the live state but is counted under
// "other": a type that carries an id by mistake must not fill memory or metrics.

import { Kind, Tally } from "./kind.js";

export const OTHER = "other";

export class Kinds {
  readonly #operations = new Map<string, Kind>();
  /** Level kinds by operation type. */
  readonly #levels = new Map<string, Map<string, Kind>>();
  readonly #limit: number;
  /** Told of every kind that is counted by its own name, when it is first seen. */
  onKind: (kind: Kind) => void = () => {};
  #levelKinds = 0;
  #other: Kind | undefined;
  #otherLevel: Kind | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  operation(type: string): Kind {
    const known = this.#operations.get(type);
    if (known !== undefined) return known;
    if (type === OTHER || this.#operations.size >= this.#limit) {
      this.#other ??= new Kind(OTHER, undefined, new Tally());
      return new Kind(type, undefined, this.#other.tally);
    }
    const kind = new Kind(type, undefined, new Tally());
    this.#operations.set(type, kind);
    this.onKind(kind);
    return kind;
  }

  level(operationType: string, level: string): Kind {
    const known = this.#levels.get(operationType)?.get(level);
    if (known !== undefined) return known;
    if ((operationType === OTHER && level === OTHER) || this.#levelKinds >= this.#limit) {
      this.#otherLevel ??= new Kind(OTHER, OTHER, new Tally());
      return new Kind(operationType, level, this.#otherLevel.tally);
    }
    const kind = new Kind(operationType, level, new Tally());
    const levels = this.#levels.get(operationType) ?? new Map<string, Kind>();
    this.#levels.set(operationType, levels.set(level, kind));
    this.#levelKinds++;
    this.onKind(kind);
    return kind;
  }

  /** The kind under which `kind` is counted: itself, or "other" beyond the limit. */
  countedAs(kind: Kind): Kind {
    if (kind.tally === this.#other?.tally) return this.#other;
    return kind.tally === this.#otherLevel?.tally ? this.#otherLevel : kind;
  }

  /** Those that are counted, "other" among them. */
  *operations(): IterableIterator<Kind> {
    yield* this.#operations.values();
    if (this.#other !== undefined) yield this.#other;
  }

  *levels(): IterableIterator<Kind> {
    for (const levels of this.#levels.values()) yield* levels.values();
    if (this.#otherLevel !== undefined) yield this.#otherLevel;
  }

  /** An operation of this type completed: see Tally.learn. */
  learnLevels(operationType: string): void {
    for (const kind of this.#levels.get(operationType)?.values() ?? []) kind.tally.learn();
  }
}
