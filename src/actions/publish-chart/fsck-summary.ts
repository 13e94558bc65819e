import { formatBytes } from '../../core/byte-size.js';
import { code, escapeMarkdown, table } from '../../core/markdown.js';
import type { CheckedFinding, CheckedRepository } from './checked-repository.js';

/** The rest is in the result file. */
const LISTED = 500;

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

function headline(result: string, findings: readonly CheckedFinding[]): string {
  const left = findings.filter(({ state, level }) => state === 'found' && level === 'error').length;
  const mended = findings.filter(({ state }) => state === 'mended').length;
  const also = mended === 0 ? '' : `, ${mended} mended`;
  if (result === 'broken') return `### ❌ Broken: ${count(left, 'error')}${also}`;
  return result === 'repaired' ? `### 🔧 Repaired: ${mended} mended` : '### ✅ Sound';
}

const LEVELS: Readonly<Record<CheckedFinding['level'], string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };
const RANK: Readonly<Record<CheckedFinding['level'], number>> = { error: 0, warning: 1, info: 2 };

function whatToDo({ state, mend }: CheckedFinding): string {
  if (state === 'mended') return '🔧 mended';
  if (state === 'gone') return 'not so any more';
  return mend === undefined ? 'for a person to decide' : `with \`repair\`: ${escapeMarkdown(mend)}`;
}

/** The job summary of publish-chart with mode fsck. */
export function summarizeCheck(
  result: string,
  repositories: readonly CheckedRepository[],
  findings: readonly CheckedFinding[],
): string {
  const sorted = [...findings].sort((a, b) => RANK[a.level] - RANK[b.level]);
  const rows = sorted
    .slice(0, LISTED)
    .map((finding) => [
      `${LEVELS[finding.level]} ${code(finding.code)}`,
      escapeMarkdown(finding.message),
      finding.level === 'info' ? '' : whatToDo(finding),
    ]);
  const more = sorted.length > LISTED ? [`… and ${sorted.length - LISTED} more.`] : [];
  const looked = repositories.map(
    ({ repository, charts, versions, archives, bytes }) =>
      `${code(repository)}: ${count(charts, 'chart')}, ${count(versions, 'version')}, ${count(archives, 'archive')} read (${formatBytes(bytes)}).`,
  );
  return [
    headline(result, findings),
    looked.join('\n'),
    ...(rows.length === 0 ? [] : [table(['Finding', 'What', 'To do'], rows)]),
    ...more,
  ].join('\n\n');
}
