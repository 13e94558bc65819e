/** What a rollback would change, in the form in which it can be shown and approved. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  countOfChanges,
  describeChange,
  diffReleases,
  formatDiff,
  type ObjectChange,
} from '../../core/release-diff.js';
import { deployedRevision, latest } from '../../core/release-good.js';
import { LABELS } from '../../core/release-outcome.js';
import { planDigest } from '../../core/release-plan.js';
import type { Revision } from '../../core/release.js';
import { createSecretMarks, type SecretMarks } from '../../core/secret-text.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { readSecretPlaces, secretsAt } from '../../release/secret-places.js';

export interface RollbackPlan {
  readonly changes: readonly ObjectChange[];
  /** Fit to be shown. */
  readonly diff: string;
  readonly diffFile: string;
  readonly digest: string;
  /** How secrets are shown; nothing when it is not known what is secret. */
  readonly marks: SecretMarks | undefined;
}

/**
 * Plans a rollback; changes nothing.
 * @param secretFiles the SOPS files that the release was deployed with. Of one that cannot be looked at it is not known
 *   what it keeps secret: then only the list of what changes is shown.
 */
export async function planRollback(
  { target, services }: ReleaseContext,
  history: readonly Revision[],
  to: Revision,
  secretFiles: readonly string[],
): Promise<RollbackPlan> {
  const base = deployedRevision(history) ?? latest(history);
  const { places, unknown } = await readSecretPlaces(secretFiles);
  const secrets = secretsAt(places, base === undefined ? [to] : [to, base]);
  for (const secret of secrets) services.masks.add(secret);
  const marks = createSecretMarks(secrets);
  const changes = diffReleases(base, to, target.namespace, marks).map((change) =>
    unknown.length === 0 ? change : { ...change, diff: '' },
  );
  const from = `${base?.chartName ?? ''} ${base?.chartVersion ?? ''} (revision ${base?.revision ?? 0})`;
  const title = `${target.release} in ${target.namespace}: ${from} → ${to.chartName} ${to.chartVersion} (revision ${to.revision})`;
  const withheld = `What changes in each is not shown: ${unknown.join(', ')} cannot be read here, and says what is secret.`;
  const text =
    unknown.length === 0
      ? formatDiff(changes, target.namespace)
      : [
          countOfChanges(changes),
          ...changes.map((change) => describeChange(change, target.namespace)),
          '',
          withheld,
        ].join('\n');
  const diff = services.masks.redact(`${title}\n${text}`);
  const diffFile = path.join(services.reports, 'diff.txt');
  await writeFile(diffFile, diff);
  services.log.info(`Plan: ${title}: ${countOfChanges(changes)}`);
  const chartDigest = to.labels[LABELS.chartDigest] ?? '';
  return {
    changes,
    diff,
    diffFile,
    digest: planDigest({ ...target, chartDigest, next: to, base }),
    marks: unknown.length === 0 ? marks : undefined,
  };
}
