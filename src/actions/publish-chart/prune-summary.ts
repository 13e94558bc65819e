import { formatBytes } from '../../core/byte-size.js';
import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import type { PrunedVersion } from './pruned-version.js';

/** Of one chart; the rest is in the result file. */
const LISTED = 300;

const isGoing = ({ result }: PrunedVersion) => result !== 'kept';
const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

function headline(result: string, versions: readonly PrunedVersion[], freed: number): string {
  const going = versions.filter((version) => version.result === 'planned' || version.result === 'removed').length;
  const size = freed === 0 ? '' : `, ${formatBytes(freed)}`;
  if (result === 'pruned') return `### 🧹 Removed ${count(going, 'version')}${size}`;
  if (result === 'planned') return `### 📋 Plan: ${count(going, 'version')} would be removed${size}`;
  return '### ☑️ Nothing is beyond its retention';
}

const VERDICTS: Readonly<Record<PrunedVersion['result'], string>> = {
  kept: 'stays',
  planned: '🧹 goes',
  removed: '🧹 gone',
  gone: 'gone already',
  changed: '⚠️ changed, left alone',
};

function row({ version, created, listed, result, reason, sizeBytes }: PrunedVersion): readonly string[] {
  return [
    `${escapeMarkdown(version)}${listed ? '' : ' (archive only)'}`,
    created === '' ? 'unknown' : escapeMarkdown(created.slice(0, 10)),
    sizeBytes === undefined ? '' : formatBytes(sizeBytes),
    `${VERDICTS[result]}: ${escapeMarkdown(reason)}`,
  ];
}

/** The versions of one chart, those that go first. */
function chartDetails(title: string, versions: readonly PrunedVersion[]): string {
  const sorted = [...versions.filter(isGoing), ...versions.filter((version) => !isGoing(version))];
  const rows = sorted.slice(0, LISTED).map(row);
  const more = sorted.length > LISTED ? `\n\n… and ${sorted.length - LISTED} more.` : '';
  return details(title, `${table(['Version', 'Published', 'Size', ''], rows)}${more}`, versions.some(isGoing));
}

/** The job summary of publish-chart with mode prune. @param freed in bytes, as far as it is known. */
export function summarizePruning(
  result: string,
  versions: readonly PrunedVersion[],
  freed: number,
  warnings: readonly string[],
): string {
  const groups = new Map<string, PrunedVersion[]>();
  for (const version of versions) {
    const key = `${version.name}\n${version.repository}`;
    groups.set(key, [...(groups.get(key) ?? []), version]);
  }
  const rows = [...groups.values()].map((group) => {
    const [first] = group;
    const going = group.filter(isGoing);
    const stays = group.length - going.length;
    const bytes = going.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
    return [
      `**${escapeMarkdown(first?.name ?? '')}**`,
      String(going.length),
      String(stays),
      bytes === 0 ? '' : formatBytes(bytes),
      code(first?.repository ?? ''),
    ];
  });
  const notes = warnings.map((warning) => `⚠️ ${escapeMarkdown(warning)}`);
  const next = result === 'planned' ? ['Nothing was removed. With `dry-run: false` it is.'] : [];
  return [
    headline(result, versions, freed),
    ...(rows.length === 0 ? [] : [table(['Chart', 'Goes', 'Stays', 'Size', 'Chart repository'], rows)]),
    ...next,
    ...notes,
    ...[...groups.values()].map((group) => chartDetails(`${group[0]?.name ?? ''}: every version`, group)),
  ].join('\n\n');
}
