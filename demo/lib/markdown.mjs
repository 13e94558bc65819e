// Cuts the part worth showing out of a job summary.

/** The fenced blocks of a Markdown text. @returns {{ language: string, text: string }[]} */
function fences(markdown) {
  return [...markdown.matchAll(/^(`{3,})(\w*)\n([\s\S]*?)^\1 *$/gm)].map(([, , language, text]) => ({
    language,
    text: text.trimEnd(),
  }));
}

function cut(text, lines) {
  const all = text.split('\n');
  return all.length <= lines ? text : [...all.slice(0, lines), `… ${all.length - lines} more lines`].join('\n');
}

/** The first diff, at most so many lines of it. */
export function diffIn(markdown, lines = 24) {
  const diff = fences(markdown).find(({ language }) => language === 'diff');
  return cut(diff?.text ?? markdown, lines);
}

/** What a person would read first of a failure. */
export function evidenceIn(markdown, lines = 14) {
  return cut(markdown.trim(), lines);
}
