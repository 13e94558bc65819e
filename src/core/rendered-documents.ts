/** What `helm template` prints, taken apart without losing where each document comes from. */

export interface RenderedDocument {
  /** The template as helm names it: `shop/templates/api.yaml`, `shop/charts/common/templates/x.yaml`. */
  readonly source: string;
  /** The document, without its `---`, its `# Source:` line, and blank lines around it. */
  readonly text: string;
}

const SOURCE = '# Source: ';

/** Whether a text holds anything besides comments and white space. */
function hasContent(text: string): boolean {
  return /^[ \t]*[^#\s]/m.test(text);
}

/** `---`, alone or followed by white space, at the start of a line. */
function separatorAt(text: string, offset: number): boolean {
  if (!text.startsWith('---', offset)) return false;
  const next = text[offset + 3];
  return next === undefined || next === '\n' || next === '\r' || next === ' ' || next === '\t';
}

/**
 * The documents of a render, in its order, without those that hold only comments. A document without a `# Source:` line
 * has that of the document before it: helm 3 prints the line once and then a separator of the template's own.
 */
export function splitRender(render: string): readonly RenderedDocument[] {
  const documents: RenderedDocument[] = [];
  let source = '';
  const take = (from: number, to: number) => {
    let start = from;
    if (render.startsWith(SOURCE, start)) {
      const end = render.indexOf('\n', start);
      source = render.slice(start + SOURCE.length, end === -1 || end > to ? to : end).trim();
      start = end === -1 ? to : Math.min(end + 1, to);
    }
    const text = render.slice(start, to);
    if (hasContent(text)) documents.push({ source, text: text.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd() });
  };
  let start = 0;
  for (let line = 0; line < render.length;) {
    const end = render.indexOf('\n', line);
    const next = end === -1 ? render.length : end + 1;
    if (separatorAt(render, line)) {
      take(start, line);
      start = next;
    }
    line = next;
  }
  take(start, render.length);
  return documents;
}
