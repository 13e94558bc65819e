import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import type { PendingItem, PendingReport } from '../../core/pending-report.js';
import type { PendingState } from '../../core/pending-types.js';

/** So many rows are shown; the result file has all. */
const ROWS = 200;

const SIGNS: Readonly<Record<PendingState, string>> = {
  pending: '🚀 due',
  delivery: '✋ waits for a person',
  'up-to-date': '✅ up to date',
  waiting: '⏳ too young',
  held: '⏸️ held back',
  quarantined: '🚫 quarantined',
  'in-progress': '🔄 in progress',
  ahead: '⏪ ahead',
  'not-published': '▫️ not published',
  alarm: '🚨 overwritten',
  unreadable: '❓ not readable',
};

/** In this order they are told: what wants somebody first. */
const ORDER: readonly PendingState[] = [
  ...(['alarm', 'unreadable', 'pending', 'delivery', 'quarantined', 'held', 'waiting', 'in-progress'] as const),
  ...(['ahead', 'not-published', 'up-to-date'] as const),
];

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function headline({ result, pending, alarms, unreadable }: PendingReport): string {
  const due = pending.length === 0 ? 'no deploy is due' : `${plural(pending.length, 'deploy')} due`;
  switch (result) {
    case 'alarm':
      return `### 🚨 ${plural(alarms.length, 'published version')} overwritten, ${due}`;
    case 'pending':
      return `### 🚀 ${due[0]?.toUpperCase() ?? ''}${due.slice(1)}`;
    case 'unreadable':
      return `### ❓ ${plural(unreadable.length, 'release')} could not be compared, ${due}`;
    case 'up-to-date':
      return '### ✅ No deploy is due';
  }
}

/** `develop/shop: pending 1.2.0 (runs 1.1.0): …`, with what else is to be known. */
export function describeItem(item: PendingItem): string {
  const { environment, chart, state, from, reason, notes } = item;
  const what = `${environment === '' ? '' : `${environment}/`}${chart}`;
  const runs = from === '' ? '' : `, ${from} runs`;
  return [`${what}: ${state}${runs}. ${reason}`, ...notes.map((note) => `  ${note}`)].join('\n');
}

function rowOf(item: PendingItem): readonly string[] {
  const { environment, chart, release, namespace, state, version, from, reason, notes, alarm } = item;
  const where = release === chart ? code(namespace) : `${code(release)} in ${code(namespace)}`;
  const more = alarm === undefined || alarm.message === reason ? notes : [...notes, `🚨 ${alarm.message}`];
  return [
    escapeMarkdown(environment || '–'),
    escapeMarkdown(chart),
    where || '–',
    escapeMarkdown(from || '–'),
    escapeMarkdown(version || '–'),
    SIGNS[state],
    [reason, ...more].map(escapeMarkdown).join('\n'),
  ];
}

const HEADER = ['Environment', 'Chart', 'Where', 'Runs', 'Newest', '', 'Why'];

function tableOf(items: readonly PendingItem[]): string {
  const more = items.length > ROWS ? `\n\n… and ${items.length - ROWS} more; the result file has all of them.` : '';
  return `${table(HEADER, items.slice(0, ROWS).map(rowOf))}${more}`;
}

/** The job summary of watch-repository. */
export function summarize(report: PendingReport, items: readonly PendingItem[]): string {
  const counts = ORDER.flatMap((state) => {
    const count = items.filter((item) => item.state === state).length;
    return count === 0 ? [] : [`${SIGNS[state]}: ${count}`];
  });
  const quiet = items.filter(({ state, alarm }) => state === 'up-to-date' && alarm === undefined);
  const loud = items.filter((item) => !quiet.includes(item));
  const left = report.more === 0 ? [] : [`> ⚠️ ${report.more} more are due than "limit" lets into the matrix.`];
  return [
    headline(report),
    ...left,
    counts.join(' · '),
    ...(loud.length === 0 ? [] : [tableOf(loud)]),
    ...(quiet.length === 0 ? [] : [details(`${plural(quiet.length, 'release')} up to date`, tableOf(quiet))]),
  ].join('\n\n');
}
