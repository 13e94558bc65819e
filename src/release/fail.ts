/** What happens after a failure: evidence first, then the way back. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../core/errors.js';
import { evidenceDocument, evidenceGroups } from '../core/evidence-markdown.js';
import type { Revision } from '../core/release.js';
import { collectEvidence } from './evidence.js';
import { readNewer } from './history.js';
import type { ReleaseContext } from './roll-back.js';
import { settleFailure } from './settle.js';
import type { PhaseFailure } from './phase-failure.js';
import type { ReleaseReport } from './report.js';

/** A cancelled job has about ten seconds. */
const CANCELLED_EVIDENCE_MS = 2000;

/**
 * Collects why it failed, into the report, the log and files.
 * @param before the newest revision before the change.
 */
async function gatherEvidence(
  context: ReleaseContext,
  failure: PhaseFailure,
  before: number,
  report: ReleaseReport,
): Promise<void> {
  const { cluster, services, target } = context;
  const touched = await readNewer(cluster, target, before, { ignoreCancel: true });
  const evidence = await collectEvidence(cluster, services, {
    ...target,
    revision: touched,
    revisionNumber: touched?.revision ?? 0,
    phase: failure.phase,
    cause: failure.message,
    tests: report.tests,
    output: failure.output,
    since: report.appliedAt,
    hurried: failure.phase === 'cancelled',
  });
  const file = path.join(services.reports, 'evidence.json');
  await writeFile(file, services.masks.redact(`${JSON.stringify(evidence, null, 2)}\n`));
  await writeFile(path.join(services.reports, 'evidence.md'), services.masks.redact(evidenceDocument(evidence)));
  report.evidence = evidence;
  report.evidenceFile = file;
  for (const { title, text } of evidenceGroups(evidence)) services.log.group(title, text);
}

/** What is to become of a release after a failure. */
export interface WaysBack {
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
  readonly rollbackTimeoutMs: number;
}

/** Says what failed and collects evidence of it. Whatever goes wrong with the evidence, things go on. */
export async function reportFailure(
  context: ReleaseContext,
  failure: PhaseFailure,
  before: number,
  report: ReleaseReport,
): Promise<void> {
  const { services } = context;
  services.log.info(`✗ ${failure.phase}: ${failure.message}`);
  report.failedPhase = failure.phase;
  report.failure = failure.message;
  const gathering = gatherEvidence(context, failure, before, report).catch((error: unknown) =>
    services.log.warning(`Evidence could not be collected: ${messageOf(error)}`),
  );
  if (failure.phase === 'cancelled') {
    await Promise.race([gathering, new Promise((resolve) => setTimeout(resolve, CANCELLED_EVIDENCE_MS).unref())]);
  } else {
    await gathering;
  }
}

/**
 * Collects evidence and settles the release as the inputs say.
 * @returns the revision that the release was rolled back to, if it was.
 */
export async function handleFailure(
  context: ReleaseContext,
  ways: WaysBack,
  failure: PhaseFailure,
  before: number,
  report: ReleaseReport,
): Promise<Revision | undefined> {
  const { services } = context;
  await reportFailure(context, failure, before, report);
  try {
    const settlement = await settleFailure(context, {
      previous: before,
      reason: services.masks.redact(failure.message),
      cancelled: failure.phase === 'cancelled',
      rollback: ways.rollback,
      onFirstInstallFailure: ways.onFirstInstallFailure,
      timeoutMs: ways.rollbackTimeoutMs,
    });
    report.result = settlement.result;
    report.revision = settlement.revision;
    report.settlement = settlement.message;
    return settlement.restored;
  } catch (error) {
    report.settlement = `The release could not be brought back: ${messageOf(error)} The next deploy will do it.`;
    services.log.error(report.settlement);
    return undefined;
  }
}
