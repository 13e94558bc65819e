/**
 * The part of YAML that most of a render and of a repository's index is: block maps and lists, one value a line, text
 * that goes on over several, literal blocks. It is read here in a fraction of the time that a whole parser takes; whatever
 * looks any different is left to that one.
 */

/** What a document is when this is not for it. */
export const NOT_PLAIN = Symbol('not plain');

/** A document that is nested deeper is left to the whole parser. */
const MAX_DEPTH = 100;

const KEY = /^[A-Za-z_][\w./-]*$/;
/** One line of printable ASCII that begins like no other form of node. */
const PLAIN = /^(?:[A-Za-z0-9_./+$(=~]|-[\w.])[ -~]*$/;
/** Whole on its line. The escapes are those that JSON has as well. */
const DOUBLE_QUOTED = /^"(?:[ !#-[\]-~]|\\["\\nt])*"$/;
const SINGLE_QUOTED = /^'(?:[ -&(-~]|'')*'$/;
/** Text that begins in quotes and goes on below; the next line of it; its last. */
const OPEN: Readonly<Record<string, { first: RegExp; next: RegExp; last: RegExp }>> = {
  '"': { first: /^"[ !#-[\]-~]*$/, next: /^[ !#-[\]-~]+$/, last: /^[ !#-[\]-~]*"$/ },
  "'": { first: /^'(?:[ -&(-~]|'')*$/, next: /^(?:[ -&(-~]|'')+$/, last: /^(?:[ -&(-~]|'')*'$/ },
};
/** A further line of text without quotes. */
const NEXT = /^[A-Za-z0-9(][ -~]*$/;
/** What ends a plain scalar, or begins a comment. */
const ENDS_PLAIN = /: |#|[: ]$/;
/** No tabs, carriage returns or line breaks of Unicode, and nothing that is not printable. */
const TEXT = /^[\n -~\u00a1-\u1fff\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffc]*$/;
/** A list or map in brackets, whole on its line; what looks like one that is a key is left alone. */
const FLOW = /^(?:\[.*\]|\{.*\})$/;
const FLOW_KEY = /[\]}] *:/;
/** Letters that words for true, false and null begin with; no such word is longer than five letters. */
const WORD = /^[yntfo]/i;
const LONGEST_WORD = 5;

const SPACE = 32;
const HASH = 35;
const DASH = 45;

/** What is in a line, by the whole parser's own rules. */
export interface Scalars {
  /** What a plain scalar is: text, number, boolean or null. */
  resolve(plain: string): unknown;
  /** A list or map in brackets, as a document of its own; NOT_PLAIN when it is no such thing. */
  flow(text: string): unknown;
}

class NotPlain extends Error {}
const notPlain = new NotPlain('not plain');
const leave = (): never => {
  throw notPlain;
};

class Reader {
  private readonly lines: readonly string[];
  private readonly scalars: Scalars;
  /** The line that is read next, and its indentation; -1 behind the last. */
  private at = -1;
  private indent = -1;

  constructor(text: string, scalars: Scalars) {
    this.lines = text.split('\n');
    this.scalars = scalars;
    this.advance();
  }

  /** To the next line that is neither empty nor a comment. */
  private advance(): void {
    for (this.at += 1; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at] ?? '';
      let indent = 0;
      while (line.charCodeAt(indent) === SPACE) indent++;
      if (indent === line.length || line.charCodeAt(indent) === HASH) continue;
      this.indent = indent;
      return;
    }
    this.indent = -1;
  }

  document(): unknown {
    if (this.indent === -1) leave();
    const value = this.block(this.indent, 0);
    return this.indent === -1 ? value : leave();
  }

  private line(): string {
    return this.lines[this.at] ?? '';
  }

  private isItem(): boolean {
    const line = this.line();
    return line.charCodeAt(this.indent) === DASH && line.charCodeAt(this.indent + 1) === SPACE;
  }

  /** The map or list that begins on this line. */
  private block(indent: number, depth: number): unknown {
    if (depth > MAX_DEPTH) leave();
    return this.isItem() ? this.list(indent, depth) : this.map(indent, indent, depth);
  }

  private list(indent: number, depth: number): unknown[] {
    const items: unknown[] = [];
    while (this.indent === indent && this.isItem()) {
      const line = this.line();
      let column = indent + 2;
      while (line.charCodeAt(column) === SPACE) column++;
      const rest = line.slice(column);
      items.push(/^[\w./-]+:(?: |$)/.test(rest) ? this.map(indent, column, depth + 1) : this.scalar(rest, indent));
    }
    return items;
  }

  /**
   * @param indent of the line on which it begins.
   * @param column of its keys: behind the dash when it is an item of a list.
   */
  private map(indent: number, column: number, depth: number): Record<string, unknown> {
    if (depth > MAX_DEPTH) leave();
    const map: Record<string, unknown> = {};
    let expected = indent;
    while (this.indent === expected) {
      const line = this.line();
      const colon = line.indexOf(':', column);
      const key = line.slice(column, colon);
      if (colon === -1 || key === '__proto__' || !KEY.test(key) || this.plain(key) !== key) leave();
      if (Object.hasOwn(map, key)) leave();
      if (colon === line.length - 1) map[key] = this.below(column, depth);
      else if (line.charCodeAt(colon + 1) !== SPACE) leave();
      else {
        let start = colon + 2;
        while (line.charCodeAt(start) === SPACE) start++;
        map[key] = start === line.length ? this.below(column, depth) : this.scalar(line.slice(start), column);
      }
      expected = column;
      if (this.indent === column && this.isItem()) leave();
    }
    return map;
  }

  /** What is below a key without a value on its line. */
  private below(column: number, depth: number): unknown {
    this.advance();
    if (this.indent > column) return this.block(this.indent, depth + 1);
    if (this.indent === column && this.isItem()) return this.list(column, depth + 1);
    return null;
  }

  /** The value that ends a line; `column` is that of the map or list it is in. */
  private scalar(text: string, column: number): unknown {
    if (text === '|' || text === '|-') return this.literal(text === '|', column);
    if (OPEN[text.charAt(0)]?.first.test(text) === true) return this.openQuote(text, column);
    const value = this.inline(text);
    const first = this.at;
    this.advance();
    return this.indent > column ? this.further(text, first, column) : value;
  }

  /** Plain text that goes on below: the line breaks stand for spaces. */
  private further(text: string, first: number, column: number): unknown {
    if (!PLAIN.test(text) || FLOW.test(text)) leave();
    let folded = text;
    let last = first;
    while (this.indent > column) {
      const more = this.line().slice(this.indent);
      // Neither empty lines nor comments in between.
      if (this.at !== last + 1 || !NEXT.test(more) || ENDS_PLAIN.test(more)) leave();
      folded += ` ${more}`;
      last = this.at;
      this.advance();
    }
    return this.plain(folded);
  }

  private openQuote(text: string, column: number): string {
    const quote = text.charAt(0);
    const { next, last } = OPEN[quote] ?? leave();
    if (text === quote || text.endsWith(' ')) leave();
    let folded = text.slice(1);
    for (;;) {
      this.at += 1;
      const line = this.lines[this.at] ?? '';
      const more = line.trimStart();
      if (line.length - more.length <= column || more.endsWith(' ')) leave();
      if (last.test(more)) {
        folded += ` ${more.slice(0, -1)}`;
        break;
      }
      if (!next.test(more)) leave();
      folded += ` ${more}`;
    }
    this.advance();
    if (folded.endsWith(' ') || this.indent > column) leave();
    return quote === '"' ? folded : folded.replaceAll("''", "'");
  }

  private inline(text: string): unknown {
    if (text === '{}') return {};
    if (text === '[]') return [];
    if (DOUBLE_QUOTED.test(text)) return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
    if (SINGLE_QUOTED.test(text)) return text.slice(1, -1).replaceAll("''", "'");
    if (FLOW.test(text)) return FLOW_KEY.test(text) ? leave() : this.flow(text);
    const isPlain = PLAIN.test(text) && !ENDS_PLAIN.test(text);
    return isPlain ? this.plain(text) : leave();
  }

  private flow(text: string): unknown {
    const value = this.scalars.flow(text);
    return value === NOT_PLAIN ? leave() : value;
  }

  private plain(text: string): unknown {
    const first = text.charCodeAt(0) | 32;
    const isWord = first >= 97 && first <= 122 && (text.length > LONGEST_WORD || !WORD.test(text));
    return isWord ? text : this.scalars.resolve(text);
  }

  private literal(endsWithBreak: boolean, column: number): string {
    const content: string[] = [];
    let indent = 0;
    let next = this.at + 1;
    for (; next < this.lines.length; next++) {
      const line = this.lines[next] ?? '';
      if (line === '') {
        content.push('');
        continue;
      }
      let own = 0;
      while (line.charCodeAt(own) === SPACE) own++;
      if (own === line.length) leave();
      if (indent === 0) {
        if (content.length > 0 || own <= column) leave();
        indent = own;
      }
      if (own < indent) break;
      content.push(line.slice(indent));
    }
    if (indent === 0) leave();
    while (content.at(-1) === '') content.pop();
    this.at = next - 1;
    this.advance();
    if (this.indent > column) leave();
    return content.join('\n') + (endsWithBreak ? '\n' : '');
  }
}

/**
 * Reads a document of plain YAML.
 * @returns its content, the same that any parser of YAML gives, or NOT_PLAIN.
 */
export function readPlainYaml(text: string, scalars: Scalars): unknown {
  if (!TEXT.test(text)) return NOT_PLAIN;
  try {
    return new Reader(text, scalars).document();
  } catch (error) {
    if (error instanceof NotPlain) return NOT_PLAIN;
    throw error;
  }
}
