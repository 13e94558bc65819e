/** A template as its actions, each with the key of the manifest that it stands below. */
import { parseAction, type TemplateAction } from './template-expression.js';
import { lexTemplate } from './template-lexer.js';

/** One action of a template. */
export interface TemplateStep extends TemplateAction {
  readonly role: 'open' | 'middle' | 'close' | 'define' | 'output' | 'silent';
  /** The key of the manifest that the action stands below. */
  readonly field: string | undefined;
}

/** What an action's content is, without the dashes that trim white space; nothing for a comment. */
function contentOf(action: string): string | undefined {
  const content = action
    .slice(2, -2)
    .replace(/^-(?=\s)/, '')
    .replace(/\s-$/, '')
    .trim();
  return content === '' || content.startsWith('/*') ? undefined : content;
}

const KEY_LINE = /^(\s*)(?:- )?([A-Za-z][\w-]*):\s*(?:\||>|\{\{|#|$)/;

/** The actions of a template in their order; nothing when it does not parse. */
export function readSteps(text: string): readonly TemplateStep[] | undefined {
  const tokens = lexTemplate(text);
  if (tokens === undefined) return undefined;
  // The keys of the manifest above, outermost first; those as deep as the next line are closed by it.
  const keys: { readonly indent: number; readonly key: string }[] = [];
  const steps: TemplateStep[] = [];
  let lineStart = 0;
  const readLines = (until: number) => {
    for (let end = text.indexOf('\n', lineStart); end !== -1 && end < until; end = text.indexOf('\n', lineStart)) {
      const match = KEY_LINE.exec(text.slice(lineStart, end));
      if (match !== null) {
        const indent = match[1]?.length ?? 0;
        while ((keys.at(-1)?.indent ?? -1) >= indent) keys.pop();
        keys.push({ indent, key: match[2] ?? '' });
      }
      lineStart = end + 1;
    }
  };
  for (const token of tokens) {
    if (token.kind !== 'action') continue;
    const content = contentOf(text.slice(token.start, token.end));
    if (content === undefined) continue;
    readLines(token.start);
    const line = text.slice(lineStart, token.start);
    const own = /^\s*(?:- )?["']?([A-Za-z][\w-]*)["']?:\s/.exec(line)?.[1];
    const indent = /n?indent\s+(\d+)/.exec(content)?.[1];
    const depth = indent === undefined ? line.length + 1 : Number(indent);
    const field = own ?? keys.findLast((entry) => entry.indent < depth)?.key;
    steps.push({ ...parseAction(content), role: token.role, field });
  }
  return steps;
}
