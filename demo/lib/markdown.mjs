// Cuts the part worth showing on a terminal out of a job summary.

/** The fenced blocks of a Markdown text. @returns {{ language: string, text: string }[]} */
function fences(markdown) {
  return [...markdown.matchAll(/^(`{3,})(\w*)\n([\s\S]*?)^\1 *$/gm)].map(([, , language, text]) => ({
    language,
    text: text.trimEnd(),
  }));
}

function plain(markdown) {
  return markdown.replaceAll('**', '').replace(/\\([^\w\s])/g, '$1');
}

/** Of a diff: its overview and the first object, which is the one that changes most. */
export function diffIn(markdown) {
  const diff = fences(markdown).find(({ language }) => language === 'diff')?.text ?? '';
  const [overview, ...objects] = diff.split(/\n(?=--- )/);
  const more = objects.length > 1 ? [`… and ${objects.length - 1} more objects, in the summary`] : [];
  return [overview, ...objects.slice(0, 1), ...more].join('\n').replace(/\n{2,}/g, '\n');
}

/** Of a failure: what failed, what was done about it, and the log that tells why. */
export function evidenceIn(markdown) {
  const sentences = plain(markdown.split('\n|')[0].replace(/^#.*$/m, ''));
  const [, evidence = ''] = markdown.split(/^#+ Evidence$/m);
  return [sentences, fences(evidence)[0]?.text ?? ''].map((text) => text.replace(/\n{2,}/g, '\n').trim()).join('\n');
}
