import { code, escapeMarkdown, table } from '../../core/markdown.js';
import { publicationFiles, type Publication } from '../../core/publication.js';
import type { StoredChart } from '../../stores/store.js';
import type { End } from './ends.js';

export interface Promotion {
  readonly publication: Publication;
  readonly from: End;
  /** The newest version that `to` had. */
  readonly before: StoredChart | undefined;
}

function headline(result: string, { publication, from }: Promotion): string {
  const what = escapeMarkdown(`${publication.name} ${publication.version}`);
  const way = `from ${escapeMarkdown(from.environment || from.repository)} to ${escapeMarkdown(publication.environment || publication.repository)}`;
  if (result === 'promoted') return `### ✅ Promoted ${what} ${way}`;
  if (result === 'already-published') return `### ☑️ ${what} was promoted ${way} before`;
  return publication.state === 'conflict'
    ? `### ❌ Plan: ${what} cannot be promoted ${way}`
    : `### 📋 Plan: promote ${what} ${way}`;
}

/** The job summary of promote-chart. */
export function summarize(result: string, promotion: Promotion): string {
  const { publication, from, before } = promotion;
  const there =
    publication.state === 'conflict' ? '❌ other bytes' : result === 'planned' ? 'to come' : '✅ same bytes';
  const rows = [
    [escapeMarkdown(from.environment || '–'), code(from.repository), code(publication.digest), '✅ source'],
    [escapeMarkdown(publication.environment || '–'), code(publication.repository), code(publication.digest), there],
  ];
  const previous =
    before === undefined
      ? 'The target had no version of it before.'
      : `The newest version in the target was ${code(before.version)}.`;
  const reason = publication.reason === undefined ? [] : [`- ${escapeMarkdown(publication.reason)}`];
  return [
    headline(result, promotion),
    table(['Environment', 'Chart repository', 'Digest', ''], rows),
    ...reason,
    previous,
    publicationFiles([publication]),
  ].join('\n\n');
}
