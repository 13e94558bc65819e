/** The expressions of Go templates, as far as it takes to know which values they read. */

export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  /** A number, `true`, `nil`: nothing that comes from values. */
  | { readonly kind: 'constant' }
  /** `.a.b` of the dot, of a variable (`$`, `$x`) or of another expression. */
  | { readonly kind: 'field'; readonly of: '.' | `$${string}` | Expression; readonly keys: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

/** What an action says. */
export interface TemplateAction {
  /** `if`, `with`, `range`, `else`, `end`, `define`, `block`, `template`; nothing for an output or an assignment. */
  readonly keyword?: string;
  /** `else if`, `else with`. */
  readonly chained?: string;
  /** Variables that get the result: `$x := …`, `range $k, $v := …`. */
  readonly variables: readonly string[];
  /** Nothing for a bare `else` or `end`. */
  readonly expression: Expression | undefined;
}

const TOKEN = /"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*'|:=|[()|,=]|[^\s()|,"'`=:]+|:/g;
const KEYWORDS = new Set(['if', 'with', 'range', 'else', 'end', 'define', 'block', 'template', 'break', 'continue']);
/** Parentheses in each other; more are no template that anybody wrote. */
const DEEPEST = 100;

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const CONSTANT: Expression = { kind: 'constant' };

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(content: string) {
    this.tokens = [...content.matchAll(TOKEN)].map((match) => {
      return { text: match[0], start: match.index, end: match.index + match[0].length };
    });
  }

  peek(offset = 0): string | undefined {
    return this.tokens[this.at + offset]?.text;
  }

  next(): string | undefined {
    this.at += 1;
    return this.tokens[this.at - 1]?.text;
  }

  pipeline(): Expression | undefined {
    if (this.peek() === undefined) return undefined;
    this.depth += 1;
    let result: Expression | undefined;
    if (this.depth <= DEEPEST) {
      do {
        if (result !== undefined) this.at += 1;
        result = this.command(result);
      } while (this.peek() === '|');
    }
    this.depth -= 1;
    return result ?? CONSTANT;
  }

  /** `"name" argument`, as a call of `template`. */
  template(): Expression {
    const name = this.operand().expression;
    const argument = this.pipeline();
    return { kind: 'call', name: 'template', args: argument === undefined ? [name] : [name, argument] };
  }

  private command(piped: Expression | undefined): Expression {
    const operands: { expression: Expression; word?: string }[] = [];
    for (let token = this.peek(); token !== undefined && token !== ')' && token !== '|'; token = this.peek()) {
      operands.push(this.operand());
    }
    const [first, ...rest] = operands;
    if (first === undefined) return piped ?? CONSTANT;
    const args = [...rest.map(({ expression }) => expression), ...(piped === undefined ? [] : [piped])];
    if (first.word !== undefined) return { kind: 'call', name: first.word, args };
    // A method, such as .Capabilities.APIVersions.Has "v1": its arguments are read, its result is none of the values.
    return args.length === 0 ? first.expression : { kind: 'call', name: 'has', args: [first.expression, ...args] };
  }

  private operand(): { expression: Expression; word?: string } {
    const token = this.tokens[this.at];
    this.at += 1;
    if (token === undefined) return { expression: CONSTANT };
    if (token.text !== '(') return this.word(token.text);
    const inner = this.pipeline() ?? CONSTANT;
    const close = this.tokens[this.at];
    this.at += 1;
    const field = this.tokens[this.at];
    if (close === undefined || field?.start !== close.end || !field.text.startsWith('.')) return { expression: inner };
    this.at += 1;
    return { expression: { kind: 'field', of: inner, keys: keysOf(field.text) } };
  }

  private word(token: string): { expression: Expression; word?: string } {
    if (/^["'`]/.test(token)) return { expression: { kind: 'text', text: token.slice(1, -1) } };
    if (token.startsWith('.')) return { expression: { kind: 'field', of: '.', keys: keysOf(token) } };
    const variable = /^\$\w*/.exec(token)?.[0];
    if (variable !== undefined) {
      const keys = keysOf(token.slice(variable.length));
      return { expression: { kind: 'field', of: `$${variable.slice(1)}`, keys } };
    }
    if (/^(?:true|false|nil)$/.test(token) || !/^[A-Za-z_]/.test(token)) return { expression: CONSTANT };
    return { expression: { kind: 'call', name: token, args: [] }, word: token };
  }
}

function keysOf(path: string): readonly string[] {
  return path.split('.').filter((key) => key !== '');
}

/** Reads the content of one action, without its braces and dashes. */
export function parseAction(content: string): TemplateAction {
  const parser = new Parser(content);
  const word = parser.peek() ?? '';
  const keyword = KEYWORDS.has(word) ? parser.next() : undefined;
  const after = parser.peek() ?? '';
  const chained = keyword === 'else' && KEYWORDS.has(after) ? parser.next() : undefined;
  const variables: string[] = [];
  const isList = parser.peek(1) === ',' && parser.peek(3) === ':=';
  const assigns = parser.peek(1) === ':=' || parser.peek(1) === '=';
  if (parser.peek()?.startsWith('$') === true && (isList || assigns)) {
    for (let token = parser.next(); token !== undefined && token !== ':=' && token !== '='; token = parser.next()) {
      if (token !== ',') variables.push(token);
    }
  }
  const takesName = keyword === 'template' || keyword === 'block';
  const expression = takesName ? parser.template() : parser.pipeline();
  return {
    ...(keyword === undefined ? {} : { keyword }),
    ...(chained === undefined ? {} : { chained }),
    variables,
    expression,
  };
}
