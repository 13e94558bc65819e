import type { BumpPlan, PlannedChange } from '../../core/bump-request.js';
import { summarizeImages } from '../../core/commit-message.js';
import { formatPlace } from '../../core/errors.js';
import { parseImageReference, shortImageName } from '../../core/image-reference.js';
import { code, codeBlock, details, escapeMarkdown, table } from '../../core/markdown.js';
import { renderRenderedChange, type RenderedChange } from '../../core/rendered-change.js';
import { unifiedDiff } from '../../core/unified-diff.js';
import { verifiedLine, type VerifiedImage } from './verified-image.js';

/** A longer diff is not what anybody reads in a summary. */
const DIFF_LIMIT = 100_000;

/** What was done about a pull request. */
export interface PullRequestReport {
  /** Empty while there is none. */
  readonly number: string;
  /** Its page. */
  readonly url: string;
  readonly done: 'opened' | 'updated' | 'closed' | 'merged' | 'none';
  /** Whether this run made the commit that it has. */
  readonly changed: boolean;
  /** Whether GitHub merges it by itself when its checks and reviews are there. */
  readonly waiting: boolean;
  /** The base's commit that a merge made; empty without one. */
  readonly mergeCommit: string;
}

export interface BumpReport {
  readonly result: 'bumped' | 'pull-request' | 'unchanged' | 'planned';
  readonly repository: string;
  readonly branch: string;
  readonly environment: string;
  readonly commit: string;
  /** Page of the commit; empty when there is none. */
  readonly commitUrl: string;
  /** Whether the server vouches for the commit; nothing when it has no word for that. */
  readonly verified: boolean | undefined;
  /** Nothing when it was not done by pull request. */
  readonly pull?: PullRequestReport | undefined;
  readonly plan: BumpPlan;
  /** The images as they were found in their registries; none when they were not looked up. */
  readonly images: readonly VerifiedImage[];
  /** What changes in the rendered manifests; nothing when that was not asked for. */
  readonly rendered?: RenderedChange | undefined;
  readonly attempts: number;
  /** Event type of the repository_dispatch that was sent; empty for none. */
  readonly dispatched: string;
}

/** All files' changes as one unified diff. */
export function diffOf(plan: BumpPlan): string {
  return plan.files
    .map(({ path, before, after }) => unifiedDiff(before, after, { from: `a/${path}`, to: `b/${path}` }))
    .join('');
}

/** An image for people: by its tag, without one by its digest. */
function label(reference: string): string {
  const { name = reference, tag } = parseImageReference(reference) ?? {};
  return tag === undefined ? reference : `${name}:${tag}`;
}

function orEmpty(text: string): string {
  return text === '' ? '(empty)' : text;
}

/** `charts/shop/values.yaml:5`, without the column. */
function lineOf(change: Pick<PlannedChange, 'place'>): string {
  const { file, line } = change.place;
  return formatPlace({ file, ...(line === undefined ? {} : { line }) });
}

/** What will be or was written, a line each, as the log has it. */
export function planLines(plan: BumpPlan): readonly string[] {
  const changes = plan.changes.map((change) => {
    const also = change.alsoAt.length === 0 ? '' : `  (through aliases also ${change.alsoAt.join(', ')})`;
    return `${lineOf(change)}  ${change.pointer}  ${orEmpty(change.from)} → ${orEmpty(change.to)}${also}`;
  });
  const charts = plan.charts
    .filter(({ from, to }) => from !== to)
    .map(({ versionPlace: { file, scalar }, from, to }) => {
      const { line = 1 } = file.placeOf(scalar.start);
      return `${formatPlace({ file: file.name, line })}  /version  ${from} → ${to}`;
    });
  const followed = plan.followed.map((change) => `${lineOf(change)}  ${change.pointer}  ${change.from} → ${change.to}`);
  // A value that several images share is there once for each of them.
  return [...new Set([...changes, ...charts, ...followed, ...statusLines(plan)])];
}

/** What was left as it is, and why. */
export function statusLines(plan: BumpPlan): readonly string[] {
  return [
    ...plan.upToDate.map((change) => `${lineOf(change)}  ${change.pointer}  is ${orEmpty(change.to)} already`),
    ...plan.refused.map(({ image, chart, reason }) => `${label(image)} in ${chart || 'the chart'}: ${reason}`),
    ...plan.notes,
  ];
}

function title({ result, plan, environment }: BumpReport): string {
  const to = environment === '' ? '' : ` (${environment})`;
  if (result === 'unchanged') {
    const newer = plan.refused.some(({ because }) => because === 'newer-build');
    const policy = plan.refused.length > 0 && plan.upToDate.length === 0;
    const why = newer ? '⏸️ Unchanged: a newer build is there' : '⏸️ Unchanged: the tag is not accepted here';
    return `### ${newer || policy ? why : '✅ Unchanged: it is up to date'}${escapeMarkdown(to)}`;
  }
  const images = summarizeImages(plan.changes).map(({ name, old, now }) => {
    return `${shortImageName(name)} ${old === '' ? '' : `${old} → `}${now}`;
  });
  const charts = plan.charts.filter(({ from, to }) => from !== to).map(({ name, to }) => `${name} ${to}`);
  const text = `${images.join(', ')}${charts.length === 0 ? '' : ` · chart ${charts.join(', ')}`}${to}`;
  const word = { planned: '📋 Planned', 'pull-request': '🔀 Pull request', bumped: '✅ Bumped' }[result];
  return `### ${word}: ${escapeMarkdown(text)}`;
}

/** What was done about the pull request, or would be. */
export function pullRequestLine({ result, branch, pull }: BumpReport): string {
  if (pull === undefined) return '';
  const name = pull.number === '' ? '' : `#${pull.number}`;
  if (result === 'planned') {
    if (pull.done === 'closed') return `would close ${name}`;
    return name === '' ? `would be opened from ${branch}` : `would update ${name}`;
  }
  if (pull.done === 'none') return name;
  return `${name === '' ? '' : `${name} `}${pull.done}${pull.waiting ? ', GitHub merges it when its checks pass' : ''}`;
}

function facts(report: BumpReport): string {
  const { commit, commitUrl, verified } = report;
  const short = commit.slice(0, 12);
  const link = commitUrl === '' ? code(short) : `[${code(short)}](${commitUrl})`;
  const rows: readonly (readonly [string, string])[] = [
    ['repository', code(report.repository)],
    ['branch', code(report.branch)],
    [
      'commit',
      commit === '' || verified === undefined ? link : `${link} ${verified ? '(verified)' : '(not verified)'}`,
    ],
    ['pull request', report.pull?.url ? `[${pullRequestLine(report)}](${report.pull.url})` : pullRequestLine(report)],
    ['attempts', report.attempts > 1 ? `${report.attempts} (others pushed meanwhile)` : ''],
    ['repository_dispatch', code(report.dispatched)],
  ];
  return rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `**${name}** ${value}`)
    .join(' · ');
}

/** The job summary: the result, what changed where, and the diff. */
export function renderSummary(report: BumpReport): string {
  const { plan } = report;
  const changes = plan.changes.map((change) => [
    code(label(change.image)),
    code(lineOf(change)),
    code(change.pointer),
    code(orEmpty(change.from)),
    code(orEmpty(change.to)),
  ]);
  const charts = plan.charts
    .filter(({ from, to }) => from !== to)
    .map(({ name, from, to, versionPlace }) => [
      escapeMarkdown(`chart ${name}`),
      code(versionPlace.file.name),
      code('/version'),
      code(from),
      code(to),
    ]);
  const followed = plan.followed.map((change) => [
    'follows',
    code(lineOf(change)),
    code(change.pointer),
    code(change.from),
    code(change.to),
  ]);
  const rows = [...changes, ...charts, ...followed];
  const diff = diffOf(plan);
  const shown = diff.length > DIFF_LIMIT ? `${diff.slice(0, DIFF_LIMIT)}\n… cut` : diff;
  const remarks = [...report.images.map(verifiedLine), ...statusLines(plan)].map((line) => `- ${escapeMarkdown(line)}`);
  return [
    title(report),
    facts(report),
    rows.length === 0 ? '' : table(['what', 'file', 'value', 'old', 'new'], rows),
    remarks.join('\n'),
    report.rendered === undefined ? '' : renderRenderedChange(report.rendered),
    diff === '' ? '' : details('Diff', codeBlock(shown, 'diff')),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
