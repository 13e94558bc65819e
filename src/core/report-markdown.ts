/** A report as GitHub-flavoured Markdown: what matters most first, and no longer than a job summary may be. */
import { formatBytes } from './byte-size.js';
import { code, details, escapeMarkdown, table } from './markdown.js';
import { levelOf } from './report-order.js';
import { gapText, plural, shortCommit, shortDigest, stepText, testsText } from './report-words.js';
import type { ImageEntry, Link, ReleaseEntry, Report } from './report-model.js';

/** A job summary holds 1 MiB; a little is left for who writes it. */
const LIMIT_BYTES = 1024 * 1024 - 8192;

const MARKS = { bad: '🔴', warning: '🟡', fine: '🟢' } as const;

function link({ text, url }: Link, short = text): string {
  return !/^https?:\/\//.test(url) ? code(short) : `[${code(short)}](${url.replace(/[()\s<>]/g, encodeURIComponent)})`;
}

function ready({ workloads }: ReleaseEntry): string {
  const counted = workloads.filter(({ desired }) => desired !== null);
  if (counted.length === 0) return '–';
  const sum = (of: (one: (typeof counted)[number]) => number) => counted.reduce((all, one) => all + of(one), 0);
  return `${sum((one) => one.ready)}/${sum((one) => one.desired ?? 0)}`;
}

function releaseRow(release: ReleaseEntry, manyClusters: boolean): readonly string[] {
  const { chart, drift, verified } = release;
  const place = manyClusters ? `${release.cluster} / ${release.namespace}` : release.namespace;
  return [
    `${MARKS[levelOf(release)]} ${escapeMarkdown(release.status)}`,
    `**${escapeMarkdown(release.name)}**`,
    escapeMarkdown(place),
    escapeMarkdown(release.environment || '–'),
    `${escapeMarkdown(`${chart.name} ${chart.version}`.trim() || '–')}${chart.digest === '' ? '' : ` ${code(shortDigest(chart.digest))}`}`,
    String(release.revision || '–'),
    escapeMarkdown(release.deployedAt.slice(0, 16).replace('T', ' ') || '–'),
    release.commit === null ? '–' : link(release.commit, shortCommit(release.commit.text)),
    `${{ yes: '✅', no: '❌', unknown: '–' }[verified]} ${testsText(release.tests)}`,
    { none: 'none', drifted: `⚠️ ${drift.lines.length}`, unknown: '–' }[drift.state],
    ready(release),
  ];
}

const HEADER = [
  'Status',
  'Release',
  'Namespace',
  'Environment',
  'Chart',
  'Rev.',
  'Deployed (UTC)',
  'Commit',
  'Verified, tests',
  'Drift',
  'Ready',
];

function troubles(release: ReleaseEntry): string {
  const { concerns, workloads, drift, description, run } = release;
  const lines = [
    ...concerns.map(({ level, what }) => `- ${MARKS[level]} ${escapeMarkdown(what)}`),
    ...(description === '' ? [] : [`- ${escapeMarkdown(description)}`]),
    ...(run === null ? [] : [`- Run ${link(run)}`]),
    ...workloads.flatMap(({ problems }) => problems.map((problem) => `- ${escapeMarkdown(problem)}`)),
    ...drift.lines.map((line) => `- drift: ${escapeMarkdown(line)}`),
  ];
  return details(
    `${release.name} in ${release.namespace}: ${plural(concerns.length, 'concern')}`,
    lines.join('\n'),
    levelOf(release) === 'bad',
  );
}

function imageRow(image: ImageEntry): readonly string[] {
  const { facts, attached, commit } = image;
  const [largest = null] = (facts?.platforms ?? []).map(({ size }) => size).sort((a, b) => (b ?? 0) - (a ?? 0));
  const signed =
    attached === null
      ? '–'
      : attached.signatures > 0
        ? '✅ signed'
        : attached.attestations > 0
          ? '✅ attested'
          : '❌ none';
  return [
    code(image.name),
    image.tags.map((tag) => code(tag)).join(' ') || '–',
    code(shortDigest(image.digest)) || '–',
    escapeMarkdown((facts?.platforms ?? []).map(({ platform }) => platform).join(', ') || '–'),
    largest === null ? '–' : formatBytes(largest),
    escapeMarkdown(facts?.created.slice(0, 10) || '–'),
    [
      commit === null ? '–' : link(commit, shortCommit(commit.text)),
      ...image.pullRequests.map(({ number, url }) => link({ text: `#${number}`, url })),
    ].join(' '),
    signed,
    String(image.pods),
    escapeMarkdown(image.note),
  ];
}

/** Rows as tables of bounded length: a part that does not fit is left out as a whole. */
function tables(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  room: number,
): { text: string; shown: number } {
  let size = 0;
  let shown = 0;
  for (const row of rows) {
    size += Buffer.byteLength(row.join(' | ')) + 8;
    if (size > room) break;
    shown++;
  }
  return { text: shown === 0 ? '' : table(header, rows.slice(0, shown)), shown };
}

function environmentsPart({ environments }: Report): readonly string[] {
  if (environments === null) return [];
  const rows = environments.rows.map(({ release, cells }) => [
    escapeMarkdown(release),
    ...cells.map((cell) => (cell === null ? '–' : escapeMarkdown(cell.version))),
  ]);
  const behind = environments.steps
    .filter(({ state }) => state !== 'same')
    .map((step) => {
      const gaps = step.gaps
        .filter(({ state }) => state !== 'same')
        .map(
          (gap) =>
            `  - ${gap.url === '' ? escapeMarkdown(gapText(gap)) : `${escapeMarkdown(gapText(gap))}: ${link({ text: 'compare', url: gap.url })}`}`,
        );
      return [`- ${escapeMarkdown(stepText(step))}`, ...gaps].join('\n');
    });
  return [
    '#### Environments',
    table(['Release', ...environments.names.map(escapeMarkdown)], rows),
    ...(behind.length === 0 ? ['All environments are on the same versions.'] : [behind.join('\n')]),
  ];
}

/** The headline: how many there are, and how they are. */
export function headline({ totals, title }: Report): string {
  const { releases, bad, warnings } = totals;
  const parts = [
    plural(releases, 'release'),
    ...(bad > 0 ? [`${bad} in trouble`] : []),
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
    ...(bad + warnings === 0 && releases > 0 ? ['all is well'] : []),
  ];
  const mark = bad > 0 ? MARKS.bad : warnings > 0 ? MARKS.warning : MARKS.fine;
  return `### ${mark} ${escapeMarkdown(title)}: ${parts.join(', ')}`;
}

/** The whole report; of one that is too long, the end is left out with a note. */
export function reportMarkdown(report: Report): string {
  const { releases, images, notes, clusters, totals } = report;
  const parts: string[] = [headline(report)];
  let room = LIMIT_BYTES;
  const add = (...texts: readonly string[]) => {
    for (const text of texts) {
      const size = Buffer.byteLength(text) + 2;
      if (size > room) {
        parts.push(
          '_The rest was left out: a job summary holds at most 1 MiB. The JSON and HTML reports have all of it._',
        );
        room = 0;
        return;
      }
      room -= size;
      parts.push(text);
    }
  };
  const names = clusters.map(({ name, reached }) => `${escapeMarkdown(name)}${reached ? '' : ' (not reached)'}`);
  add(
    `${names.length === 1 ? 'Cluster' : 'Clusters'} ${names.join(', ')} at ${report.generatedAt.slice(0, 16).replace('T', ' ')} UTC: ${plural(totals.pods, 'ready pod')}, ${plural(totals.images, 'image')}, ${totals.drifted} drifted, ${totals.unverified} not verified by helm-cd.`,
    ...(notes.length === 0
      ? []
      : [
          notes
            .slice(0, 50)
            .map((note) => `> ⚠️ ${escapeMarkdown(note)}`)
            .join('\n>\n'),
        ]),
  );
  const many = clusters.length > 1;
  const releaseTable = tables(
    HEADER,
    releases.map((release) => releaseRow(release, many)),
    room * 0.6,
  );
  if (releaseTable.shown > 0) add('#### Releases', releaseTable.text);
  if (releaseTable.shown < releases.length)
    add(`… and ${releases.length - releaseTable.shown} more, without concerns of their own that are graver.`);
  add(
    ...releases
      .filter((release) => release.concerns.length > 0)
      .map(troubles)
      .slice(0, 200),
  );
  add(...environmentsPart(report));
  if (images.length > 0) {
    const header = ['Image', 'Tags', 'Digest', 'Platforms', 'Size', 'Created', 'Commit', 'Signed', 'Pods', 'Note'];
    const imageTable = tables(header, images.map(imageRow), room - 1000);
    if (imageTable.shown > 0) add('#### Images', imageTable.text);
    if (imageTable.shown < images.length) add(`… and ${images.length - imageTable.shown} more images.`);
  }
  return `${parts.join('\n\n')}\n`;
}
