import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import type { ChartReport } from '../../validation/check-chart.js';
import type { ParityState } from '../../validation/parity/report.js';

/** More rows than anybody reads in a summary; the result file has all. */
const SHOWN = 100;

const MARKS: Readonly<Record<ParityState, string>> = {
  set: '✓',
  encrypted: '🔒',
  removed: 'null',
  default: 'default',
  off: 'off',
  missing: '❌',
  unknown: '?',
};

const LEGEND =
  '✓ set, 🔒 set and encrypted, null: default taken away, default: left to the chart, off: part of what is switched off, ❌ missing.';

/** The values of a chart that some environments set and others do not; empty when there are none. */
export function parityTable({ name, parity }: ChartReport): string {
  if (parity === undefined || parity.rows.length + parity.ignored === 0) return '';
  const { environments, rows, ignored } = parity;
  const lines = rows.slice(0, SHOWN).map((row) => [
    `${code(row.path)}${row.values > 1 ? ` (${row.values} values)` : ''}`,
    ...environments.map((environment) => {
      const state = row.states[environment];
      return state === undefined ? '–' : MARKS[state];
    }),
  ]);
  const more = rows.length > SHOWN ? [`… and ${rows.length - SHOWN} more in the result file.`] : [];
  const hidden = ignored > 0 ? [`${ignored} more are ignored by helm-cd.yaml.`] : [];
  const body = rows.length === 0 ? [] : [table(['value', ...environments.map(escapeMarkdown)], lines), LEGEND];
  const count = `${rows.length} ${rows.length === 1 ? 'value' : 'values'}`;
  return details(`${name}: ${count} that not all environments set`, [...body, ...more, ...hidden].join('\n\n'));
}
