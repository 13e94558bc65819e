/** Whether a text is a glob rather than the path of one thing. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** The alternatives of the first `{a,b}`, with the braces' rest expanded in its turn. */
function expandBraces(pattern: string): readonly string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (match === null) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return (match[1] ?? '').split(',').flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function partToExpression(part: string): string {
  return part.replace(/\*+|\?|\[!?[^\]]+\]|[^*?[]+|\[/g, (token) => {
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('[')) {
      const inside = token
        .slice(1, -1)
        .replace(/^!/, '^')
        .replace(/[\\[\]]/g, '\\$&');
      return `[${inside}]`;
    }
    return escapeRegExp(token);
  });
}

/**
 * A glob for paths with `/`, as in shells and workflow files: `*` and `?` within one folder, `**` any number of
 * folders, `[a-z]`, `{one,two}`.
 * @returns a test for whole paths.
 */
export function pathGlob(pattern: string): (path: string) => boolean {
  const expressions = expandBraces(pattern.replace(/^\.\//, '').replace(/\/+$/, '')).map((choice) => {
    const parts = choice.split('/');
    let source = '';
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      if (part === '**') source += last ? '.*' : '(?:[^/]+/)*';
      else source += partToExpression(part) + (last ? '' : '/');
    }
    return new RegExp(`^${source}$`, 's');
  });
  return (path) => expressions.some((expression) => expression.test(path));
}
