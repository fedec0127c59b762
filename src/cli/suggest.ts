// What was probably meant by a word that is not known.

/** The known word nearest to this one, if it is near: what it begins, or one that a slip of the finger or two away. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const distance = word !== "" && name.startsWith(word) ? 0.5 : editDistance(word, name, most);
    if (distance <= most && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** As a sentence behind the one that says what is wrong; nothing when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>, prefix = ""): string {
  const name = suggest(word, known);
  return name === undefined ? "" : `. Did you mean ${prefix}${name}?`;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that make one word of the other (optimal string alignment);
 * infinite when they are more than `most` by their lengths alone.
 */
function editDistance(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY;
  let [before, above]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(above![column]! + 1, line[column - 1]! + 1, above![column - 1]! + (same ? 0 : 1));
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) least = Math.min(least, before![column - 2]! + 1);
      line.push(least);
    }
    [before, above] = [above, line];
  }
  return above![to.length]!;
}
