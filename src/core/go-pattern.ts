/**
 * Go's `filepath.Match`, to the letter: `*` and `?` match anything but a slash, `[a-z]` and `[^a-z]` one character (a
 * slash too), a backslash takes the next character as it is, and the whole text must match. What is malformed is only
 * noticed when the comparison gets that far, and helm relies on it.
 */
export type GoMatch = 'yes' | 'no' | 'malformed';

type Characters = readonly string[];

interface Chunk {
  /** Whether a star stood before it. */
  readonly star: boolean;
  /** No star in it. */
  readonly chunk: Characters;
  readonly rest: Characters;
}

function scanChunk(pattern: Characters): Chunk {
  let start = 0;
  while (pattern[start] === '*') start += 1;
  let inClass = false;
  let end = start;
  for (; end < pattern.length; end++) {
    const character = pattern[end];
    if (character === '\\') end += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '*' && !inClass) break;
  }
  return { star: start > 0, chunk: pattern.slice(start, end), rest: pattern.slice(Math.min(end, pattern.length)) };
}

/** A character of a class at `at`, and where the next one is; nothing when there is none. */
function classCharacter(chunk: Characters, at: number): { readonly code: number; readonly next: number } | undefined {
  const first = chunk[at];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const place = first === '\\' ? at + 1 : at;
  const code = chunk[place]?.codePointAt(0);
  // A class that ends here was never closed.
  return code === undefined || place + 1 >= chunk.length ? undefined : { code, next: place + 1 };
}

/** Whether a class accepts a character, and where it ends; nothing when it is malformed. */
function matchClass(chunk: Characters, start: number, character: string | undefined) {
  let at = start;
  const negated = chunk[at] === '^';
  if (negated) at += 1;
  const code = character?.codePointAt(0) ?? -1;
  let found = false;
  for (let ranges = 0; ranges === 0 || chunk[at] !== ']'; ranges++) {
    const low = classCharacter(chunk, at);
    if (low === undefined) return undefined;
    let high = low;
    if (chunk[low.next] === '-') {
      const end = classCharacter(chunk, low.next + 1);
      if (end === undefined) return undefined;
      high = end;
    }
    found ||= low.code <= code && code <= high.code;
    at = high.next;
  }
  return { accepts: found !== negated, next: at + 1 };
}

/** What is left of the text after the chunk was found at its start; nothing when it was not. */
function matchChunk(chunk: Characters, text: Characters): Characters | undefined | 'malformed' {
  let failed = false;
  let position = 0;
  for (let at = 0; at < chunk.length; position++) {
    failed ||= position >= text.length;
    const character: string | undefined = failed ? undefined : text[position];
    if (chunk[at] === '[') {
      const result = matchClass(chunk, at + 1, character);
      if (result === undefined) return 'malformed';
      failed ||= !result.accepts;
      at = result.next;
      continue;
    }
    if (chunk[at] === '?') failed ||= character === '/';
    else {
      if (chunk[at] === '\\') at += 1;
      if (at >= chunk.length) return 'malformed';
      failed ||= chunk[at] !== character;
    }
    at += 1;
  }
  return failed ? undefined : text.slice(position);
}

/** Compares a text with a pattern. */
export function matchGoPattern(pattern: string, text: string): GoMatch {
  let left: Characters = Array.from(text);
  for (let rest: Characters = Array.from(pattern); rest.length > 0;) {
    const { star, chunk, rest: next } = scanChunk(rest);
    if (star && chunk.length === 0) return left.includes('/') ? 'no' : 'yes';
    rest = next;
    let found: Characters | undefined;
    for (let skipped = 0; ; skipped++) {
      const after = matchChunk(chunk, left.slice(skipped));
      if (after === 'malformed') return 'malformed';
      // The last chunk must use up the text.
      if (after !== undefined && (after.length === 0 || rest.length > 0)) {
        found = after;
        break;
      }
      if (!star || skipped >= left.length || left[skipped] === '/') break;
    }
    if (found === undefined) return 'no';
    left = found;
  }
  return left.length === 0 ? 'yes' : 'no';
}
