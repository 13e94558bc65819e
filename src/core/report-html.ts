/**
 * A report as one page of HTML that needs nothing else: it can be opened from a file, published, or kept. All that it shows is in
 * it as real tables; the script only sorts, filters and folds. Its policy allows its own style and script, and no connection.
 */
import { createHash } from 'node:crypto';
import { html, anchor, Markup, type Content } from './html.js';
import { environmentsSection } from './report-html-environments.js';
import { imagesSection } from './report-html-images.js';
import { releasesSection } from './report-html-releases.js';
import { SCRIPT } from './report-html-script.js';
import { STYLE } from './report-html-style.js';
import type { Report } from './report-model.js';
import { plural } from './report-words.js';

const sourceHash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** https://www.w3.org/TR/CSP3/: nothing is loaded, and only these two texts are style and script. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${sourceHash(STYLE)}`,
  `script-src ${sourceHash(SCRIPT)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// Byte for byte what the policy's hashes are of.
const STYLE_ELEMENT = new Markup(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = new Markup(`<script>${SCRIPT}</script>`);

const LOGO = new Markup(
  '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><circle cx="16" cy="16" r="9" fill="none" stroke="currentColor" stroke-width="2.5"/><circle cx="16" cy="16" r="2.6" fill="currentColor"/><path d="M16 2v9M16 21v9M2 16h9M21 16h9M6.1 6.1l6.4 6.4M19.5 19.5l6.4 6.4M25.9 6.1l-6.4 6.4M12.5 19.5l-6.4 6.4" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"/></svg>',
);

function tile(value: number, label: string, kind: string, note: Content = ''): Markup {
  return html`<li class="tile ${value === 0 && kind !== 'plain' ? 'zero' : kind}">
    <strong>${value}</strong><span>${label}</span>${note}
  </li>`;
}

function tiles({ totals, clusters }: Report): Markup {
  return html`<ul class="tiles" aria-label="Totals">
    ${tile(totals.releases, totals.releases === 1 ? 'release' : 'releases', 'plain', html`<small>${plural(clusters.length, 'cluster')}, ${plural(totals.pods, 'ready pod')}</small>`)}
    ${tile(totals.bad, 'in trouble', 'bad', html`<small>failed, pending, or not running</small>`)}
    ${tile(totals.warnings, 'to look at', 'warning', html`<small>not as they should be</small>`)}
    ${tile(totals.drifted, 'drifted', 'warning', html`<small>changed behind the release’s back</small>`)}
    ${tile(totals.unverified, 'not verified', 'plain', html`<small>nobody saw rollout and tests through</small>`)}
    ${tile(totals.images, totals.images === 1 ? 'image' : 'images', 'plain', html`<small>${totals.unsigned} found without a signature</small>`)}
  </ul>`;
}

function notesSection({ notes }: Report): Content {
  if (notes.length === 0) return '';
  return html`<section class="notes" aria-labelledby="notes-title">
    <h2 id="notes-title">What could not be looked at</h2>
    <ul>
      ${notes.map((note) => html`<li>${note}</li> `)}
    </ul>
  </section>`;
}

function header(report: Report): Markup {
  const { title, generatedAt, clusters, run } = report;
  const when = `${generatedAt.slice(0, 10)} ${generatedAt.slice(11, 16)} UTC`;
  const names = clusters.map(({ name, server, reached }, index) => [
    index === 0 ? '' : ', ',
    html`<span title="${server}">${name}${reached ? '' : ' (not reached)'}</span>`,
  ]);
  return html`<header class="top">
    <div class="brand">
      ${LOGO}
      <div>
        <h1>${title}</h1>
        <p>
          ${clusters.length === 1 ? 'Cluster' : 'Clusters'} ${names} · as of
          <time datetime="${generatedAt}">${when}</time>${run === null ? '' : html` · ${anchor(run.url, run.text)}`}
        </p>
      </div>
    </div>
    <button type="button" id="theme" class="needs-script" aria-label="Theme: automatic. Change">
      Theme: automatic
    </button>
  </header>`;
}

/** The page of a report. */
export function reportHtml(report: Report): string {
  const hasEnvironments = report.environments !== null;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="helm-cd report-releases" />
        <link rel="icon" href="data:," />
        <title>${report.title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#releases">Skip to the releases</a>
        ${header(report)}
        <main>
          ${tiles(report)} ${notesSection(report)}
          <nav aria-label="Parts of the report">
            <a href="#releases">Releases</a>${hasEnvironments ? html`<a href="#environments">Environments</a>` : ''}<a
              href="#images"
              >Images</a
            >
          </nav>
          ${releasesSection(report)} ${environmentsSection(report)} ${imagesSection(report)}
        </main>
        <footer><p>Written by helm-cd report-releases. Times are UTC.</p></footer>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `;
  return page.text;
}
