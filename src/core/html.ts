/** HTML in which nothing that comes from outside can be markup. */
import { withoutControls } from './plain-text.js';

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: texts are escaped, markup is not; what is absent leaves nothing. */
export type Content = string | number | Markup | readonly Content[] | null | undefined | false;

/** For the content of an element and for a quoted attribute alike. */
export function escapeHtml(text: string): string {
  return withoutControls(text, true)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return escapeHtml(String(content));
}

/** A template of HTML: what is filled in is escaped, and attributes must be quoted. Its indentation is left out. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => part.replace(/\n\s+/g, '\n') + textOf(contents[index])).join(''));
}

/** A link to the web; of any other address only the content. */
export function anchor(url: string, content: Content, label = ''): Markup {
  if (!/^https?:\/\/[^\s]+$/i.test(url)) return html`${content}`;
  if (label === '') return html`<a href="${url}" rel="noopener noreferrer">${content}</a>`;
  return html`<a href="${url}" rel="noopener noreferrer" aria-label="${label}">${content}</a>`;
}
