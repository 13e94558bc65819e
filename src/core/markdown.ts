/** GitHub-flavoured Markdown for job summaries and pull requests. */
import { withoutControls } from './plain-text.js';

/** Text that shows as it is: nothing in it is markup or a mention. (A URL is still shown as a link to itself.) */
export function escapeMarkdown(text: string): string {
  return escapeHtml(text)
    .replace(/[\\`*_[\]#|~]/g, '\\$&')
    .replace(/@/g, '@\u200b');
}

/** Text for inside an HTML tag, where Markdown has no meaning and a backslash would be shown. */
function escapeHtml(text: string): string {
  return withoutControls(text, true).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Inline code, also when the text holds back-ticks or is empty. Safe inside a table. */
export function code(text: string): string {
  const oneLine = withoutControls(text).replace(/\s+/g, ' ').replace(/\|/g, '\\|');
  if (oneLine.trim() === '') return '';
  const longest = Math.max(0, ...[...oneLine.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${oneLine}${fence}` : `${fence} ${oneLine} ${fence}`;
}

/** A fenced block, whatever the text holds. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

/** A table; cells are Markdown already, so escape what comes from outside. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\n/g, '<br>')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A foldable part. */
export function details(title: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}>\n<summary>${escapeHtml(title)}</summary>\n\n${body}\n\n</details>`;
}

/** At most `limit` bytes of UTF-8, cut between lines, with a note that says what is missing. */
export function cutToBytes(text: string, limit: number, note: string): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const room = limit - Buffer.byteLength(note) - 2;
  const bytes = Buffer.from(text).subarray(0, Math.max(0, room));
  const end = bytes.lastIndexOf(0x0a);
  return `${bytes.subarray(0, Math.max(0, end)).toString()}\n\n${note}`;
}
