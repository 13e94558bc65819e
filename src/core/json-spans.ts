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

const STRUCTURE = /["{}[\]]/g;
const REST_OF_STRING = /[^"\\]*(?:\\.[^"\\]*)*"/y;
const SPACE = /[\s]*/y;
const SCALAR = /[^\s,\]}]+/y;

function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  expression.test(text);
  return Math.max(at, expression.lastIndex);
}

const skipSpace = (text: string, at: number) => skip(SPACE, text, at);
const skipString = (text: string, at: number) => skip(REST_OF_STRING, text, at + 1);

/** The offset after the value that starts at `at`. */
function skipValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return skipString(text, at);
  if (first !== '{' && first !== '[') return skip(SCALAR, text, at);
  let depth = 0;
  let position = at;
  do {
    STRUCTURE.lastIndex = position;
    const found = STRUCTURE.exec(text);
    if (found === null) throw new Error('the JSON text ends too early');
    if (found[0] === '"') position = skipString(text, found.index);
    else {
      depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      position = found.index + 1;
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
