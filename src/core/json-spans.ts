/** Where things are in a JSON text, so that it can be changed without touching the rest. The text must be valid JSON. */

export interface Span {
  readonly start: number;
  /** After the last character. */
  readonly end: number;
}

export interface Member extends Span {
  readonly key: string;
  /** Of the value; the member's own span starts at its key. */
  readonly value: Span;
}

const SPACE = /[\s]*/y;
const SCALAR = /[^\s,\]}]+/y;
const QUOTE = 34;
const BACKSLASH = 92;
/** Each closing one is two further. */
const BRACKET = 91;
const BRACE = 123;

function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  expression.test(text);
  return Math.max(at, expression.lastIndex);
}

const skipSpace = (text: string, at: number) => skip(SPACE, text, at);

/** The offset after the string that starts at `at`: after the first quote before which backslashes are in pairs. */
function skipString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  throw new Error('the JSON text ends too early');
}

/** The offset after the value that starts at `at`. */
function skipValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return skipString(text, at);
  if (first !== '{' && first !== '[') return skip(SCALAR, text, at);
  // Character by character: of a text of 20 MB there are millions, and any pattern is several times slower.
  let depth = 0;
  let position = at;
  do {
    const code = text.charCodeAt(position);
    if (code === QUOTE) position = skipString(text, position);
    else {
      if (code === BRACKET || code === BRACE) depth++;
      else if (code === BRACKET + 2 || code === BRACE + 2) depth--;
      else if (Number.isNaN(code)) throw new Error('the JSON text ends too early');
      position++;
    }
  } while (depth > 0);
  return position;
}

/** The members of the object that starts at `start` (its brace). */
export function membersOf(text: string, start: number): readonly Member[] {
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== '}') {
    const keyEnd = skipString(text, at);
    const colon = skipSpace(text, keyEnd);
    const valueStart = skipSpace(text, colon + 1);
    const valueEnd = skipValue(text, valueStart);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    members.push({ key, start: at, end: valueEnd, value: { start: valueStart, end: valueEnd } });
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/** The items of the array that starts at `start` (its bracket). */
export function itemsOf(text: string, start: number): readonly Span[] {
  const items: Span[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== ']') {
    const end = skipValue(text, at);
    items.push({ start: at, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return items;
}

/** The offset of the text's one value. */
export function valueStart(text: string): number {
  return skipSpace(text, text.startsWith('\ufeff') ? 1 : 0);
}
