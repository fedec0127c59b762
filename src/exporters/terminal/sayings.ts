// What the columns say of each row, worked out once per drawing; and once per snapshot, where it does not change with time.

import { STANDING, say, type TextColumn, type View } from "./columns.js";
import { type Piece, widthOfPieces } from "./pieces.js";
import type { Shown, TreeRow } from "./tree.js";

export interface Saying {
  readonly pieces: readonly Piece[];
  readonly width: number;
}
export type Sayings = Partial<Record<TextColumn, Saying>>;

export class SayingMemory {
  /** Gone with its snapshot. */
  readonly #known = new WeakMap<Shown, Sayings>();

  /** The view of one memory is always in the same units and characters. */
  of(row: TreeRow, columns: readonly TextColumn[], view: View): Sayings {
    const known = this.#knownOf(row.shown);
    const sayings: Sayings = {};
    for (const column of columns) {
      sayings[column] = STANDING.has(column)
        ? (known[column] ??= saying(column, row, view))
        : saying(column, row, view);
    }
    return sayings;
  }

  #knownOf(shown: Shown): Sayings {
    let known = this.#known.get(shown);
    if (known === undefined) this.#known.set(shown, (known = {}));
    return known;
  }
}

function saying(column: TextColumn, row: TreeRow, view: View): Saying {
  const pieces = say(column, row, view);
  return { pieces, width: widthOfPieces(pieces) };
}
