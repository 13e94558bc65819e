/** Pieces that the parts of the page share. */
import { anchor, html, type Content, type Markup } from './html.js';
import type { Link } from './report-model.js';
import { shortCommit, shortDigest, shortReference } from './report-words.js';

/** How a column is sorted: by text, by number (missing ones last), or not at all. */
export interface Column {
  readonly title: string;
  readonly sort: 'text' | 'number' | 'none';
  readonly numeric?: true;
}

/** The head of a table that can be sorted: the script makes a button of each title. */
export function tableHead(columns: readonly Column[]): Markup {
  const cells = columns.map(({ title, sort, numeric }) =>
    sort === 'none'
      ? html`<th scope="col">${title}</th>`
      : html`<th scope="col" data-sort-by="${sort}" ${numeric ? html` class="number"` : ''}>${title}</th>`,
  );
  return html`<thead>
    <tr>
      ${cells}
    </tr>
  </thead>`;
}

/** A wide table, which scrolls by itself: with the keyboard, too. */
export function scrolling(label: string, table: Content): Markup {
  return html`<div class="scroll" role="group" aria-label="${label}" tabindex="0">${table}</div>`;
}

/** A digest, short; the whole is its title and can be copied from there. */
export function digestMark(digest: string): Content {
  return digest === '' ? '' : html`<code class="digest" title="${digest}">${shortDigest(digest)}</code>`;
}

/** An image reference, its digest short; the whole is its title. */
export function referenceMark(reference: string): Markup {
  return html`<code class="reference" title="${reference}">${shortReference(reference)}</code>`;
}

export function commitMark(commit: Link | null): Content {
  if (commit === null) return '';
  return anchor(
    commit.url,
    html`<code title="${commit.text}">${shortCommit(commit.text)}</code>`,
    `Commit ${shortCommit(commit.text)}`,
  );
}

/** `3 hours ago`, as of the report, with the time itself as title. */
export function timeMark(time: string, now: string): Content {
  const then = Date.parse(time);
  if (!Number.isFinite(then)) return html`<span class="muted">unknown</span>`;
  const iso = new Date(then).toISOString();
  return html`<time datetime="${iso}" title="${`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}"
    >${ago(Date.parse(now) - then)}</time
  >`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** In words, of milliseconds. */
export function ago(milliseconds: number): string {
  if (milliseconds < 60_000) return 'just now';
  const [name, size] = UNITS.find(([, length]) => milliseconds >= length) ?? ['minute', 60_000];
  const count = Math.floor(milliseconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'} ago`;
}

export type Tone = 'bad' | 'warning' | 'fine' | 'plain';

const SIGNS: Readonly<Record<Tone, string>> = { bad: '✕', warning: '▲', fine: '✓', plain: '–' };

/** A state: by its word and sign, never by its colour alone. */
export function pill(tone: Tone, text: string): Markup {
  return html`<span class="pill ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${text}</span>`;
}
