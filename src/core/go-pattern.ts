/**
 * Patterns of Go's `path.Match`: `*` and `?` match anything but a slash, `[a-z]` and `[^a-z]` one character, a backslash
 * takes the next character as it is. A pattern always matches the whole text.
 */
export interface GoPattern {
  readonly expression: RegExp;
}

const SPECIAL = /[\\^$.*+?()[\]{}|/]/;

function escapeCharacter(character: string): string {
  return SPECIAL.test(character) ? `\\${character}` : character;
}

/** The characters of a class, from after `[` to its `]`; nothing when the pattern is malformed. */
function parseClass(characters: readonly string[], start: number): { source: string; next: number } | undefined {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at += 1;
  let source = '';
  const one = (): string | undefined => {
    let character = characters[at];
    if (character === undefined || character === '-' || character === ']') return undefined;
    if (character === '\\') character = characters[(at += 1)];
    at += 1;
    return character;
  };
  for (let ranges = 0; ranges === 0 || characters[at] !== ']'; ranges++) {
    const low = one();
    if (low === undefined || at >= characters.length) return undefined;
    let high = low;
    if (characters[at] === '-') {
      at += 1;
      const end = one();
      if (end === undefined || at >= characters.length) return undefined;
      high = end;
    }
    const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
    // A range the wrong way round is legal in Go and matches nothing.
    if (from <= to) source += `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;
  }
  // An empty class matches nothing, an empty negated one anything: both are the same in JavaScript.
  return { source: `[${negated ? '^' : ''}${source}]`, next: at + 1 };
}

/** The pattern, or nothing when Go would call it malformed. */
export function parseGoPattern(pattern: string): GoPattern | undefined {
  const characters = [...pattern];
  let source = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const parsed = parseClass(characters, at + 1);
      if (parsed === undefined) return undefined;
      source += parsed.source;
      at = parsed.next - 1;
    } else if (character === '\\') {
      const next = characters[(at += 1)];
      if (next === undefined) return undefined;
      source += escapeCharacter(next);
    } else source += escapeCharacter(character);
  }
  return { expression: new RegExp(`^${source}$`, 'su') };
}

export function matchGoPattern(pattern: GoPattern, text: string): boolean {
  return pattern.expression.test(text);
}
