/** Go templates, taken apart as far as it takes to know what of them is text. */

export interface TemplateText {
  readonly kind: 'text';
  readonly start: number;
  readonly end: number;
}

export interface TemplateAction {
  readonly kind: 'action';
  readonly start: number;
  readonly end: number;
  /** `open` begins a block, `middle` is an else, `close` an end, `define` begins a named template. */
  readonly role: 'open' | 'middle' | 'close' | 'define' | 'output' | 'silent';
  /** `{{- `: white space before it is dropped. */
  readonly trimLeft: boolean;
  /** ` -}}`: white space after it is dropped. */
  readonly trimRight: boolean;
}

export type TemplateToken = TemplateText | TemplateAction;

/** The offset just behind a quoted text that starts at `start`; -1 when it does not end. */
function skipQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote !== '`') at++;
    else if (text[at] === quote) return at + 1;
  }
  return -1;
}

/** The offset just behind the `}}` of an action whose content starts at `start`; -1 when it does not end. */
function findEnd(text: string, start: number): number {
  const comment = /^(?:-\s+|\s*)\/\*/.exec(text.slice(start, start + 16));
  if (comment !== null) {
    const close = text.indexOf('*/', start + comment[0].length);
    const end = close === -1 ? -1 : text.indexOf('}}', close);
    return end === -1 ? -1 : end + 2;
  }
  for (let at = start; at !== -1 && at < text.length;) {
    const character = text[at];
    if (character === '"' || character === '`' || character === "'") at = skipQuoted(text, at);
    else if (character === '}' && text[at + 1] === '}') return at + 2;
    else at++;
  }
  return -1;
}

function roleOf(content: string): TemplateAction['role'] {
  const body = content.trim();
  const word = /^[a-z]+/.exec(body)?.[0];
  switch (word) {
    case 'if':
    case 'range':
    case 'with':
      return 'open';
    case 'define':
    case 'block':
      return 'define';
    case 'else':
      return 'middle';
    case 'end':
      return 'close';
    case 'break':
    case 'continue':
      return 'silent';
    default:
      return body.startsWith('/*') || /^\$\w*\s*:?=(?!=)/.test(body) || body === '' ? 'silent' : 'output';
  }
}

/**
 * The tokens of a template, which together are all of it.
 * @returns nothing when an action does not end: such a template does not parse.
 */
export function lexTemplate(text: string): readonly TemplateToken[] | undefined {
  const tokens: TemplateToken[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const textEnd = open === -1 ? text.length : open;
    if (textEnd > at) tokens.push({ kind: 'text', start: at, end: textEnd });
    if (open === -1) break;
    const end = findEnd(text, open + 2);
    if (end === -1) return undefined;
    const content = text.slice(open + 2, end - 2);
    const trimLeft = /^-\s/.test(content);
    const trimRight = /\s-$/.test(content);
    const inner = content.slice(trimLeft ? 1 : 0, trimRight ? -1 : undefined);
    tokens.push({ kind: 'action', start: open, end, role: roleOf(inner), trimLeft, trimRight });
    at = end;
  }
  return tokens;
}
