import { appendFile } from 'node:fs/promises';
import { describeDrift, type Drift } from '../core/drift.js';
import type { SecretMarks } from '../core/secret-text.js';
import type { ReleaseReport } from './report.js';
import type { ReleaseContext } from './roll-back.js';

/** Says what somebody has changed in the cluster: in the log, in the diff file, and, by the report, in the summary. */
export async function showDrift(
  { services, target }: ReleaseContext,
  drift: readonly Drift[],
  marks: SecretMarks,
  report: ReleaseReport,
): Promise<void> {
  if (drift.length === 0) return;
  report.drift = describeDrift(drift, target.namespace, marks).map((line) => services.masks.redact(line));
  const title = `Changed in the cluster since the last deploy, and set back by this one (${drift.length} ${drift.length === 1 ? 'object' : 'objects'})`;
  services.log.group(title, report.drift.join('\n'));
  if (report.diffFile !== '') await appendFile(report.diffFile, `\n${[`${title}:`, ...report.drift].join('\n')}\n`);
}
