/** One replacement: the characters from `start` up to, not including, `end` become `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function inOrder(splices: readonly Splice[], length: number): readonly Splice[] {
  const sorted = [...splices].sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const splice of sorted) {
    if (splice.start < end || splice.end < splice.start || splice.end > length) {
      throw new RangeError(`splices overlap or leave the text: ${splice.start}-${splice.end} of ${length}`);
    }
    end = splice.end;
  }
  return sorted;
}

/**
 * Replaces exactly the given ranges of a text, in any order. What is inserted at one place stays in the order given.
 * @throws RangeError when two of them overlap or one leaves the text.
 */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let from = 0;
  for (const splice of inOrder(splices, text.length)) {
    result += text.slice(from, splice.start) + splice.text;
    from = splice.end;
  }
  return result + text.slice(from);
}

/**
 * Whether `after` is `before` with nothing but the given ranges replaced, compared byte by byte in UTF-8: every byte
 * outside them is there, equal, and in its order.
 */
export function differsOnlyIn(before: string, after: string, splices: readonly Splice[]): boolean {
  const old = Buffer.from(before);
  const now = Buffer.from(after);
  let oldAt = 0;
  let nowAt = 0;
  let charactersAt = 0;
  for (const splice of inOrder(splices, before.length)) {
    const kept = Buffer.byteLength(before.slice(charactersAt, splice.start));
    if (!old.subarray(oldAt, oldAt + kept).equals(now.subarray(nowAt, nowAt + kept))) return false;
    const removed = Buffer.byteLength(before.slice(splice.start, splice.end));
    const added = Buffer.from(splice.text);
    oldAt += kept + removed;
    nowAt += kept;
    if (!now.subarray(nowAt, nowAt + added.length).equals(added)) return false;
    nowAt += added.length;
    charactersAt = splice.end;
  }
  return old.subarray(oldAt).equals(now.subarray(nowAt));
}
