/** Values that an environment lacks, that are plain in one and secret in another, and that nothing reads. */
import type { Finding } from '../../core/findings.js';
import type { ChartContents } from '../chart-contents.js';
import type { PlannedCell } from '../plan.js';
import { EnvironmentSet, type ParityOptions } from './environment-set.js';
import { readEnvironments, type EnvironmentValues } from './environment-values.js';
import { KnownValues } from './known-values.js';
import { MissingValues } from './missing-values.js';
import { plainSecrets } from './plain-secrets.js';
import type { ParityReport } from './report.js';
import { unknownValues } from './unknown-values.js';

export type { ParityOptions };

export interface ParityCheck {
  readonly findings: readonly Finding[];
  readonly report: ParityReport;
}

function notesOf(environments: readonly EnvironmentValues[], chart: string): readonly string[] {
  const notes = environments.flatMap(({ name, unreadable }) =>
    unreadable.map(
      (file) => `${chart}: the secrets of ${name} in ${file.path}: SOPS has encrypted it as one value, keys and all`,
    ),
  );
  const [only] = environments;
  if (environments.length !== 1 || only === undefined || only.isEmpty) return notes;
  return [...notes, `${chart}: whether environments agree on their values: there is only ${only.name}`];
}

/**
 * Compares what the environments set with each other and with what the chart knows.
 * @param cells the renders to be made; one of each environment is looked at.
 * @param chart the chart's folder, relative to the working directory.
 */
export async function checkParity(
  cells: readonly PlannedCell[],
  contents: ChartContents,
  chart: string,
  options: ParityOptions,
): Promise<ParityCheck> {
  const environments = await readEnvironments(cells);
  const names = environments.map(({ name }) => name);
  const notes = notesOf(environments, chart);
  // Nothing to compare; the chart need not be looked through for it.
  if (environments.every(({ isEmpty }) => isEmpty)) {
    return { findings: [], report: { environments: names, rows: [], ignored: 0, notes } };
  }
  const known = new KnownValues(
    contents,
    environments.flatMap(({ texts }) => texts),
  );
  const set = new EnvironmentSet(chart, environments, options);
  const missing = new MissingValues(set, known);
  return {
    findings: [...missing.findings, ...plainSecrets(set), ...unknownValues(set, known)],
    report: { environments: names, rows: missing.rows, ignored: missing.ignored, notes },
  };
}
