/** The releases of a report as a table; each has a second row with everything about it. */
import { anchor, html, type Content, type Markup } from './html.js';
import {
  commitMark,
  digestMark,
  pill,
  scrolling,
  tableHead,
  timeMark,
  type Column,
  type Tone,
} from './report-html-parts.js';
import type { ReleaseEntry, Report, WorkloadEntry } from './report-model.js';
import { workloadTable } from './report-html-workloads.js';
import { levelOf } from './report-order.js';
import { plural, testsText } from './report-words.js';

const COLUMNS: readonly Column[] = [
  { title: 'Release', sort: 'text' },
  { title: 'Status', sort: 'number' },
  { title: 'Ready', sort: 'number', numeric: true },
  { title: 'Environment', sort: 'text' },
  { title: 'Chart', sort: 'text' },
  { title: 'Rev.', sort: 'number', numeric: true },
  { title: 'Deployed', sort: 'number' },
  { title: 'Origin', sort: 'text' },
  { title: 'Verified, tests', sort: 'text' },
  { title: 'Drift', sort: 'number' },
];

const RANK = { bad: 0, warning: 1, fine: 2 } as const;

function readyOf({ workloads }: ReleaseEntry): { readonly ready: number; readonly desired: number } | undefined {
  const counted = workloads.filter(({ desired }) => desired !== null);
  if (counted.length === 0) return undefined;
  const sum = (of: (one: WorkloadEntry) => number) => counted.reduce((all, one) => all + of(one), 0);
  return { ready: sum((one) => one.ready), desired: sum((one) => one.desired ?? 0) };
}

function verifiedCell({ verified, tests, madeBy }: ReleaseEntry): Content {
  const tone: Tone = verified === 'yes' ? 'fine' : verified === 'no' ? 'bad' : 'plain';
  const word =
    verified === 'yes'
      ? 'verified'
      : verified === 'no'
        ? 'not verified'
        : madeBy === 'helm'
          ? 'by helm alone'
          : 'unknown';
  return html`${pill(tone, word)}<small class="${tests.result === 'failed' ? 'bad-text' : 'muted'}"
      >${testsText(tests)}</small
    >`;
}

function driftCell({ drift }: ReleaseEntry): Content {
  if (drift.state === 'drifted') return pill('warning', plural(drift.lines.length, 'difference'));
  if (drift.state === 'none') return pill('fine', 'none');
  return html`<span class="muted" title="${drift.note}">not known</span>`;
}

/** What helm says; of what helm finds in order though it is not, that. */
function statusCell(release: ReleaseEntry): Content {
  const level = levelOf(release);
  const status = release.status.replace('pending-', 'pending ');
  if (level === 'fine' || status !== 'deployed') return pill(level, status);
  return html`${pill(level, level === 'bad' ? 'in trouble' : 'to look at')}<small class="muted">${status}</small>`;
}

function originCell({ commit, run, madeBy }: ReleaseEntry): Content {
  if (commit === null && run === null) return html`<span class="muted">${madeBy === 'helm' ? 'helm' : '–'}</span>`;
  return html`${commitMark(commit)}${run === null ? '' : html`<small>${anchor(run.url, `run ${run.text}`)}</small>`}`;
}

function fact(name: string, value: Content): Content {
  return value === '' || value === null
    ? ''
    : html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div> `;
}

function list(title: string, items: readonly Content[], kind = ''): Content {
  if (items.length === 0) return '';
  return html`<div class="list ${kind}">
    <h3>${title}</h3>
    <ul>
      ${items.map((item) => html`<li>${item}</li> `)}
    </ul>
  </div>`;
}

function detail(release: ReleaseEntry, anchors: ReadonlyMap<string, string>): Markup {
  const { concerns, chart, description, before, drift, tests, revisions, outcome } = release;
  return html`${list(
      'To look at',
      concerns.map(
        ({ level, what }) =>
          html`<span class="sign ${level}" aria-hidden="true">${level === 'bad' ? '✕' : '▲'}</span> ${what}`,
      ),
      'concerns',
    )}
    <dl class="facts">
      ${fact('Description', description)}${fact('Chart digest', chart.digest === '' ? '' : html`<code>${chart.digest}</code>`)}${fact('Chart repository', chart.repository)}${fact('App version', chart.appVersion)}${fact('Outcome', outcome)}${fact('Deployed before', before === null ? '' : `revision ${before.revision}, ${before.chartVersion}`)}${fact('Revisions kept', revisions === 0 ? '' : String(revisions))}${fact('Drift', drift.note)}
    </dl>
    ${workloadTable(release, anchors)}
    <div class="columns">
      ${list(
        'Tests',
        tests.tests.map(({ name, phase, at }) => [
          pill(phase === 'Succeeded' ? 'fine' : phase === 'Failed' ? 'bad' : 'plain', phase.toLowerCase()),
          ` ${name}`,
          at === '' ? '' : html` <span class="muted">${at.slice(0, 16).replace('T', ' ')}</span>`,
        ]),
      )}${list('Drift', drift.lines)}
    </div>`;
}

function releaseGroup(
  release: ReleaseEntry,
  index: number,
  report: Report,
  anchors: ReadonlyMap<string, string>,
): Markup {
  const { name, namespace, cluster, environment, chart, status, revision, deployedAt, commit, verified, tests, drift } =
    release;
  const level = levelOf(release);
  const ready = readyOf(release);
  const missing = ready === undefined ? 0 : ready.desired - ready.ready;
  const flags = [
    drift.state === 'drifted' ? 'drifted' : '',
    verified === 'yes' ? '' : 'unverified',
    tests.result === 'failed' ? 'failed-tests' : '',
    release.workloads.some(({ stale }) => stale.length > 0) ? 'stale' : '',
  ].filter((flag) => flag !== '');
  const words = [
    name,
    namespace,
    cluster,
    environment,
    chart.name,
    chart.version,
    status,
    commit?.text ?? '',
    ...release.workloads.flatMap((one) => [one.name, ...one.containers.map(({ image }) => image)]),
  ];
  const place = report.clusters.length > 1 ? `${namespace} · ${cluster}` : namespace;
  return html`<tbody
    class="entry ${level}"
    id="release-${index}"
    data-level="${level}"
    data-cluster="${cluster}"
    data-namespace="${namespace}"
    data-environment="${environment}"
    data-flags="${flags.join(' ')}"
    data-text="${words.join(' ').toLowerCase()}"
  >
    <tr>
      <th scope="row" data-key="${`${name} ${namespace}`}">
        <span class="name">${name}</span><small class="muted">${place}</small>
      </th>
      <td data-key="${RANK[level]}">${statusCell(release)}</td>
      <td class="number" data-key="${ready === undefined ? '' : -missing}">
        ${ready === undefined ? '–' : html`<span class="${missing > 0 ? 'bad-text' : ''}">${ready.ready}/${ready.desired}</span>`}
      </td>
      <td data-key="${environment}">
        ${environment === '' ? html`<span class="muted">–</span>` : html`<span class="chip">${environment}</span>`}
      </td>
      <td data-key="${`${chart.name} ${chart.version}`}">
        ${chart.name === '' ? html`<span class="muted">unknown</span>` : html`${chart.name} <strong>${chart.version}</strong>`}<small
          >${digestMark(chart.digest)}</small
        >
      </td>
      <td class="number" data-key="${revision}">${revision === 0 ? '–' : revision}</td>
      <td data-key="${Date.parse(deployedAt) || ''}">${timeMark(deployedAt, report.generatedAt)}</td>
      <td data-key="${commit?.text ?? ''}">${originCell(release)}</td>
      <td data-key="${`${verified} ${tests.result}`}">${verifiedCell(release)}</td>
      <td data-key="${drift.state === 'unknown' ? '' : drift.lines.length}">${driftCell(release)}</td>
    </tr>
    <tr class="detail">
      <td colspan="${COLUMNS.length}"><div class="detail-box">${detail(release, anchors)}</div></td>
    </tr>
  </tbody>`;
}

function choice(id: string, label: string, all: string, values: readonly string[]): Content {
  if (values.length < 2) return '';
  const options = values.map((value) => html`<option value="${value}">${value || 'none'}</option>`);
  return html`<label
    >${label}
    <select id="${id}" data-filter="${id}">
      <option value="*">${all}</option>
      ${options}
    </select></label
  >`;
}

function controls({ releases }: Report): Markup {
  const values = (of: (release: ReleaseEntry) => string) => [...new Set(releases.map(of))].sort();
  const count = (level: string) => releases.filter((release) => levelOf(release) === level).length;
  const levels: readonly (readonly [string, string])[] = [
    ['*', `All (${releases.length})`],
    ['bad', `In trouble (${count('bad')})`],
    ['warning', `To look at (${count('warning')})`],
    ['fine', `Well (${count('fine')})`],
  ];
  return html`<form class="controls needs-script" role="search" aria-label="Filter the releases">
      <label class="grow"
        >Filter <input type="search" id="text" placeholder="Release, chart, image, commit …" autocomplete="off"
      /></label>
      ${choice(
        'cluster',
        'Cluster',
        'All',
        values(({ cluster }) => cluster),
      )}
      ${choice(
        'namespace',
        'Namespace',
        'All',
        values(({ namespace }) => namespace),
      )}
      ${choice(
        'environment',
        'Environment',
        'All',
        values(({ environment }) => environment),
      )}
      <label
        >Only
        <select id="flag">
          <option value="*">everything</option>
          <option value="drifted">drifted</option>
          <option value="unverified">not verified</option>
          <option value="failed-tests">failed tests</option>
          <option value="stale">old images still running</option>
        </select></label
      >
      <fieldset class="levels">
        <legend>Status</legend>
        ${levels.map(([value, label], index) => html`<label><input type="radio" name="level" value="${value}" ${index === 0 ? html` checked` : ''} /><span>${label}</span></label>`)}
      </fieldset>
      <button type="button" id="fold" aria-pressed="false">Show all details</button>
    </form>
    <p id="count" class="muted needs-script" role="status"></p>`;
}

/** @returns the section, also when there are no releases. */
export function releasesSection(report: Report): Markup {
  const anchors = new Map(report.images.map(({ name, digest }, index) => [`${name}@${digest}`, `image-${index}`]));
  const rows = report.releases.map((release, index) => releaseGroup(release, index, report, anchors));
  return html`<section id="releases" aria-labelledby="releases-title" tabindex="-1">
    <h2 id="releases-title">Releases</h2>
    ${
      report.releases.length === 0
        ? html`<p class="muted">There are none.</p>`
        : html`${controls(report)}${scrolling(
              'Releases',
              html`<table class="sortable" id="release-table">
                <caption class="hidden">
                  Releases, the gravest first
                </caption>
                ${tableHead(COLUMNS)}${rows}
              </table>`,
            )}
            <p id="none" class="muted" hidden>No release is left by this filter.</p>`
    }
  </section>`;
}
