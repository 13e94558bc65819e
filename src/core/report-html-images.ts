/** The images of a report as a table. */
import { formatBytes } from './byte-size.js';
import { anchor, html, type Content, type Markup } from './html.js';
import { commitMark, digestMark, pill, scrolling, tableHead, timeMark, type Column } from './report-html-parts.js';
import type { ImageEntry, Report } from './report-model.js';
import { plural } from './report-words.js';

const COLUMNS: readonly Column[] = [
  { title: 'Image', sort: 'text' },
  { title: 'Digest', sort: 'text' },
  { title: 'Platforms, size', sort: 'number' },
  { title: 'Built', sort: 'number' },
  { title: 'Commit', sort: 'text' },
  { title: 'Pull request, build', sort: 'text' },
  { title: 'Signed', sort: 'text' },
  { title: 'Pods', sort: 'number', numeric: true },
];

function largest({ facts }: ImageEntry): number | undefined {
  const sizes = (facts?.platforms ?? []).flatMap(({ size }) => (size === null ? [] : [size]));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

function platformsCell(image: ImageEntry): Content {
  if (image.facts === null) return html`<span class="muted">unknown</span>`;
  const names = image.facts.platforms.map(({ platform }) => platform || 'any').join(', ');
  const size = largest(image);
  return html`${names}<small class="muted">${size === undefined ? 'size unknown' : formatBytes(size)}</small>`;
}

function attachedCell({ attached }: ImageEntry): Content {
  if (attached === null) return html`<span class="muted">unknown</span>`;
  const { signatures, attestations, sboms } = attached;
  const parts = [
    ...(signatures > 0 ? [plural(signatures, 'signature')] : []),
    ...(attestations > 0 ? [plural(attestations, 'attestation')] : []),
    ...(sboms > 0 ? [plural(sboms, 'SBOM')] : []),
  ];
  if (parts.length === 0) return pill('plain', 'none found');
  const word = signatures > 0 ? 'signed' : attestations > 0 ? 'attested' : 'described';
  return html`${pill(signatures + attestations > 0 ? 'fine' : 'plain', word)}<small class="muted"
      >${parts.join(', ')}</small
    >`;
}

function buildCell({ pullRequests, builds }: ImageEntry): Content {
  const pulls = pullRequests.map(({ number, title, url }) => html`<div>${anchor(url, `#${number}`)} ${title}</div>`);
  const runs = builds.map(({ name, number, conclusion, url }) => {
    const tone = conclusion === 'success' ? 'fine' : conclusion === 'failure' ? 'bad' : 'plain';
    return html`<div><small>${pill(tone, conclusion || 'unknown')} ${anchor(url, `${name} ${number}`)}</small></div>`;
  });
  return pulls.length + runs.length === 0 ? html`<span class="muted">–</span>` : [pulls, runs];
}

function usedBy({ usedBy: uses }: ImageEntry): Content {
  const names = uses.slice(0, 6).map(({ release, namespace }) => `${namespace}/${release}`);
  return html`<small class="muted"
    >in ${names.join(', ')}${uses.length > 6 ? ` and ${uses.length - 6} more` : ''}</small
  >`;
}

function imageGroup(image: ImageEntry, index: number, now: string): Markup {
  const { name, tags, digest, facts, commit, commitTitle, note, pods } = image;
  const title = facts?.title === undefined || facts.title === '' ? '' : html`<small>${facts.title}</small>`;
  const version =
    facts === null || facts.version === '' || tags.includes(facts.version)
      ? ''
      : html` <span class="muted">${facts.version}</span>`;
  return html`<tbody class="entry" id="image-${index}">
    <tr>
      <th scope="row" data-key="${name}">
        <code class="reference">${name}</code
        >${tags.map((tag) => html` <span class="chip">${tag}</span>`)}${version}${title}${usedBy(image)}${note === '' ? '' : html`<small class="note">${note}</small>`}
      </th>
      <td data-key="${digest}">${digest === '' ? html`<span class="muted">unknown</span>` : digestMark(digest)}</td>
      <td data-key="${largest(image) ?? ''}">${platformsCell(image)}</td>
      <td data-key="${Date.parse(facts?.created ?? '') || ''}">${timeMark(facts?.created ?? '', now)}</td>
      <td data-key="${commit?.text ?? ''}">
        ${commit === null ? html`<span class="muted">unknown</span>` : commitMark(commit)}${commitTitle === '' ? '' : html`<small>${commitTitle}</small>`}
      </td>
      <td data-key="${image.pullRequests[0]?.number ?? ''}">${buildCell(image)}</td>
      <td data-key="${image.attached === null ? '' : image.attached.signatures}">${attachedCell(image)}</td>
      <td class="number" data-key="${pods}">${pods}</td>
    </tr>
  </tbody>`;
}

export function imagesSection({ images, generatedAt }: Report): Markup {
  const rows = images.map((image, index) => imageGroup(image, index, generatedAt));
  return html`<section id="images" aria-labelledby="images-title" tabindex="-1">
    <h2 id="images-title">Images</h2>
    ${
      images.length === 0
        ? html`<p class="muted">None run.</p>`
        : scrolling(
            'Images',
            html`<table class="sortable">
              <caption class="hidden">
                Images that run, by name
              </caption>
              ${tableHead(COLUMNS)}${rows}
            </table>`,
          )
    }
  </section>`;
}
