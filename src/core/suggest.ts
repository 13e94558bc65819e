/** The number of single-character edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      // Before the first character there is nothing, which equals no character.
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** Beginnings that are shorter would fit too much. */
const SHORTEST_BEGINNING = 3;

/** More than one typing error, less than two: a word cut short or drawn out is close, a misspelled one is closer. */
const BEGINNING_ONLY = 1.5;

/** How far apart two words are for somebody who meant one and wrote the other. */
function distance(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const edits = editDistance(a, b);
  return short.length >= SHORTEST_BEGINNING && long.startsWith(short) ? Math.min(BEGINNING_ONLY, edits) : edits;
}

/** The known word that `word` was most likely meant to be, or nothing when none is close. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const apart = distance(word.toLowerCase(), candidate.toLowerCase());
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}

/** `, did you mean "x"?`, or an empty string: made to be put behind a message. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const suggestion = closest(word, known);
  return suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
}
