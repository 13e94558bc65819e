import type { Pointer } from './json-pointer.js';

/** One of the things that a template may take a text from. */
export interface TemplateLink {
  /**
   * `values`: a path below `.Values`; `relative`: a path below something that only the template knows; `app-version`:
   * Chart.yaml's; `literal`: a text in the template.
   */
  readonly kind: 'values' | 'relative' | 'app-version' | 'literal';
  readonly path: Pointer;
  /** What the template puts in front of it: `v` for `printf "v%s" …`. */
  readonly prefix: string;
}

/** What an action does with a pipeline's result. */
export interface TemplateStatement {
  /** `if`, `with`, `else`, …; an assignment's variable; nothing for an output. */
  readonly keyword?: string;
  readonly variable?: string;
  readonly declares?: boolean;
  /** What the result is taken from: the first of them that is not empty. */
  readonly links: readonly TemplateLink[];
  /** It is a condition that holds when the links are empty. */
  readonly negated: boolean;
  /** Every path below `.Values` that is named at all. */
  readonly mentions: readonly Pointer[];
}

/** A value of a template, as far as it is understood. */
interface Value {
  readonly links: readonly TemplateLink[];
  /** A bare word: the name of a function. */
  readonly word?: string;
  readonly text?: string;
  readonly negated?: boolean;
}

const TOKEN = /"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*'|:=|[()|,=]|[^\s()|,"'`=:]+|:/g;
const KEYWORDS = ['if', 'with', 'range', 'else', 'end', 'define', 'block', 'template', 'break', 'continue'];
const NOTHING: Value = { links: [] };
/** Parentheses in each other; more are no template that anybody wrote. */
const DEEPEST = 200;

function joined(values: readonly (Value | undefined)[]): Value {
  return { links: values.flatMap((value) => value?.links ?? []) };
}

function withoutLiterals(value: Value): Value {
  return { links: value.links.filter(({ kind }) => kind !== 'literal') };
}

/** The path below a value, when it is one. */
function below(base: Value | undefined, keys: readonly (string | undefined)[]): Value {
  const [link] = base?.links ?? [];
  if (link === undefined || (link.kind !== 'values' && link.kind !== 'relative')) return NOTHING;
  if (keys.includes(undefined)) return NOTHING;
  return { links: [pathLink(link.kind, [...link.path, ...keys.flatMap((key) => key ?? [])])] };
}

/** A path with `global` in it is one of the values' own, however the template came by it. */
function pathLink(kind: 'values' | 'relative', path: Pointer): TemplateLink {
  const global = kind === 'relative' ? path.indexOf('global') : -1;
  return global < 0 ? { kind, path, prefix: '' } : { kind: 'values', path: path.slice(global), prefix: '' };
}

/** Reads one action of a Go template, tolerantly: what is not understood is taken from nowhere. */
class Reader {
  private readonly tokens: readonly { text: string; start: number; end: number }[];
  private readonly variables: ReadonlyMap<string, readonly TemplateLink[]>;
  readonly mentions: Pointer[] = [];
  private at = 0;
  private depth = 0;

  constructor(content: string, variables: ReadonlyMap<string, readonly TemplateLink[]>) {
    this.tokens = [...content.matchAll(TOKEN)].map((match) => {
      return { text: match[0], start: match.index, end: match.index + match[0].length };
    });
    this.variables = variables;
  }

  peek(offset = 0): string | undefined {
    return this.tokens[this.at + offset]?.text;
  }

  skip(count: number): void {
    this.at += count;
  }

  pipeline(): Value {
    this.depth += 1;
    const value = this.depth > DEEPEST ? NOTHING : this.commands();
    this.depth -= 1;
    return value;
  }

  private commands(): Value {
    let result: Value | undefined;
    for (;;) {
      result = this.command(result);
      if (this.peek() !== '|') break;
      this.at += 1;
    }
    return result;
  }

  private command(piped: Value | undefined): Value {
    const operands: Value[] = [];
    for (let token = this.peek(); token !== undefined && token !== ')' && token !== '|'; token = this.peek()) {
      operands.push(this.operand());
    }
    const [first, ...rest] = operands;
    if (first === undefined) return piped ?? NOTHING;
    return first.word === undefined ? first : call(first.word, piped === undefined ? rest : [...rest, piped]);
  }

  private operand(): Value {
    const token = this.tokens[this.at];
    this.at += 1;
    if (token === undefined) return NOTHING;
    if (token.text !== '(') return this.word(token.text);
    const inner = this.pipeline();
    const close = this.tokens[this.at];
    this.at += 1;
    const field = this.tokens[this.at];
    if (close === undefined || field?.start !== close.end || !field.text.startsWith('.')) return inner;
    this.at += 1;
    const value = below(inner, field.text.slice(1).split('.'));
    this.note(value);
    return value;
  }

  private word(token: string): Value {
    if (/^["'`]/.test(token)) {
      const text = token.slice(1, -1);
      return { links: text === '' ? [] : [{ kind: 'literal', path: [], prefix: '' }], text };
    }
    if (/^[A-Za-z_]\w*$/.test(token)) return { links: [], word: token };
    if (!/^\$?\w*(?:\.\w+)*\.?$/.test(token) || /^\d/.test(token)) return NOTHING;
    const [head = '', ...keys] = token.split('.').filter((key, index) => index === 0 || key !== '');
    const values = keys.indexOf('Values');
    if (values >= 0) {
      const value: Value = { links: [pathLink('values', keys.slice(values + 1))] };
      this.note(value);
      return value;
    }
    if (/^chart$/i.test(keys.at(-2) ?? '') && keys.at(-1) === 'AppVersion') {
      return { links: [{ kind: 'app-version', path: [], prefix: '' }] };
    }
    const known = keys.length === 0 ? this.variables.get(head) : undefined;
    if (known !== undefined) return { links: known };
    const value: Value = { links: [pathLink('relative', head.length > 1 ? [head.slice(1), ...keys] : keys)] };
    this.note(value);
    return value;
  }

  private note(value: Value): void {
    for (const { kind, path } of value.links) if (kind === 'values') this.mentions.push(path);
  }
}

/** What a function's result is taken from. */
function call(name: string, args: readonly Value[]): Value {
  const [first, second] = args;
  switch (name) {
    case 'default':
      return joined([second, first]);
    case 'coalesce':
    case 'or':
      return joined(args);
    case 'and':
      return args.at(-1) ?? NOTHING;
    case 'ternary':
      return joined([first, second]);
    case 'printf': {
      const prefix = /^([^%]*)%[sv]$/.exec(first?.text ?? '')?.[1];
      const { links } = joined(args.slice(1));
      if (prefix === undefined || args.length !== 2) return { links };
      return { links: links.map((link) => ({ ...link, prefix: `${prefix}${link.prefix}` })) };
    }
    case 'index':
    case 'get':
      return below(
        first,
        args.slice(1).map(({ text }) => text),
      );
    case 'dig':
      return joined([
        below(
          args.at(-1),
          args.slice(0, -2).map(({ text }) => text),
        ),
        args.at(-2),
      ]);
    case 'required':
      return second ?? NOTHING;
    case 'not':
    case 'empty':
      return { ...(first ?? NOTHING), negated: first?.negated !== true };
    case 'include':
    case 'template':
    case 'eq':
    case 'ne':
    case 'dict':
    case 'list':
      return NOTHING;
    default:
      // quote, toString, trimPrefix "v", replace "+" "_", …: the same text, more or less.
      return joined(args.map(withoutLiterals));
  }
}

/**
 * Reads the content of one action, without its braces and dashes.
 * @param variables what is known of the template's variables, `$` included in their names.
 */
export function readStatement(
  content: string,
  variables: ReadonlyMap<string, readonly TemplateLink[]>,
): TemplateStatement {
  const reader = new Reader(content, variables);
  const statement = (value: Value, more: Partial<TemplateStatement>): TemplateStatement => {
    return { links: value.links, negated: value.negated === true, mentions: reader.mentions, ...more };
  };
  const first = reader.peek();
  const second = reader.peek(1);
  if (first?.startsWith('$') === true && (second === ':=' || second === '=')) {
    reader.skip(2);
    return statement(reader.pipeline(), { variable: first, declares: second === ':=' });
  }
  if (first === undefined || !KEYWORDS.includes(first)) return statement(reader.pipeline(), {});
  reader.skip(first === 'else' && second !== undefined ? 2 : 1);
  // `with $x := …`, `if $x := …`
  if (reader.peek(1) === ':=') reader.skip(2);
  return statement(reader.pipeline(), { keyword: first });
}
