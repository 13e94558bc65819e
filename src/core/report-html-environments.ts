/** What each environment has, and what it is behind by. */
import { anchor, html, type Content, type Markup } from './html.js';
import { pill, scrolling, tableHead, type Column, type Tone } from './report-html-parts.js';
import type { EnvironmentsEntry, EnvironmentStep, Gap, Report } from './report-model.js';
import { plural } from './report-words.js';

function matrix({ names, rows }: EnvironmentsEntry): Markup {
  const cells = (row: EnvironmentsEntry['rows'][number]) =>
    row.cells.map((cell) =>
      cell === null
        ? html`<td class="muted">–</td>`
        : html`<td>
            <strong>${cell.version || 'unknown'}</strong
            >${cell.status === 'deployed' ? '' : html`<small class="bad-text">${cell.status}</small>`}
          </td>`,
    );
  return scrolling(
    'Chart versions by environment',
    html`<table class="matrix">
      <caption class="hidden">
        Chart versions by environment
      </caption>
      <thead>
        <tr>
          <th scope="col">Release</th>
          ${names.map((name, index) => html`<th scope="col">${index === 0 ? '' : html`<span class="arrow" aria-hidden="true">→</span> `}${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              <th scope="row">${row.release}</th>
              ${cells(row)}
            </tr> `,
        )}
      </tbody>
    </table>`,
  );
}

const COLUMNS: readonly Column[] = [
  { title: 'Release', sort: 'text' },
  { title: 'Environment', sort: 'text' },
  { title: 'What', sort: 'text' },
  { title: 'There', sort: 'none' },
  { title: 'To come', sort: 'none' },
  { title: 'Behind by', sort: 'number' },
];

const TONES: Readonly<Record<Gap['state'], Tone>> = {
  same: 'fine',
  behind: 'warning',
  ahead: 'plain',
  different: 'warning',
  missing: 'warning',
};

function behind({ state, commits, url }: Gap): Content {
  const word =
    commits !== null && commits > 0 ? plural(commits, 'commit') : state === 'missing' ? 'not there yet' : state;
  return html`${pill(TONES[state], word)} ${url === '' ? '' : anchor(url, 'compare')}`;
}

function gapGroup({ release, from, to }: EnvironmentStep, gap: Gap): Markup {
  return html`<tbody class="entry">
    <tr>
      <th scope="row" data-key="${release}">${release}</th>
      <td data-key="${to}"><span class="chip">${to}</span> <span class="muted">behind ${from}</span></td>
      <td data-key="${`${gap.what} ${gap.name}`}"><span class="kind">${gap.what}</span> ${gap.name}</td>
      <td>${gap.behind || '–'}</td>
      <td>${gap.ahead}</td>
      <td data-key="${gap.commits ?? ''}">${behind(gap)}</td>
    </tr>
  </tbody>`;
}

/** @returns nothing when there are no environments to compare. */
export function environmentsSection({ environments }: Report): Content {
  if (environments === null) return '';
  const gaps = environments.steps.flatMap((step) => {
    if (step.state === 'missing') {
      const gap: Gap = {
        what: 'chart',
        name: step.release,
        ahead: 'all of it',
        behind: '',
        state: 'missing',
        commits: null,
        url: '',
      };
      return [gapGroup(step, gap)];
    }
    return step.gaps.filter(({ state }) => state !== 'same').map((gap) => gapGroup(step, gap));
  });
  return html`<section id="environments" aria-labelledby="environments-title" tabindex="-1">
    <h2 id="environments-title">Environments</h2>
    ${matrix(environments)}
    ${
      gaps.length === 0
        ? html`<p class="muted">Every environment has what the one before it has.</p>`
        : html`<h3>What is still to come</h3>
            ${scrolling(
              'What is still to come',
              html`<table class="sortable">
                <caption class="hidden">
                  Differences between environments
                </caption>
                ${tableHead(COLUMNS)}${gaps}
              </table>`,
            )}`
    }
  </section>`;
}
