/** Which revision a rollback by hand goes to. */
import { HelmCdError } from './errors.js';
import { badContents, lastKnownGood, latest, whyNotGood } from './release-good.js';
import type { Revision } from './release.js';

export interface RollbackChoice {
  readonly to: Revision;
  /** Why it is not known to be good, when it was asked for all the same. */
  readonly doubt?: string;
}

/** Enough to choose from. */
const LISTED = 10;

/** `5 deployed (shop 1.4.0, 2026-11-20T10:00:00Z)`, newest first. */
export function describeRevisions(history: readonly Revision[]): string {
  const newestFirst = [...history].sort((a, b) => b.revision - a.revision);
  const described = newestFirst
    .slice(0, LISTED)
    .map(({ revision, status, chartName, chartVersion }) => `${revision} ${status} (${chartName} ${chartVersion})`);
  const more = newestFirst.length > LISTED ? `, and ${newestFirst.length - LISTED} older ones` : '';
  return `${described.join(', ')}${more}`;
}

/**
 * Chooses the revision to go back to.
 * @param history of the release, at least one revision.
 * @param wanted a revision's number; 0: the last known good one whose content is another than today's.
 * @throws HelmCdError `not-found` when there is no such revision, or none is known to be good.
 */
export function chooseRevision(history: readonly Revision[], wanted: number): RollbackChoice {
  const current = latest(history);
  if (wanted === 0) {
    const to = lastKnownGood(history, current);
    if (to !== undefined) return { to };
    throw new HelmCdError('not-found', 'No earlier revision is known to be good.', {
      hint: `Name one in to-revision, if you know better: ${describeRevisions(history)}.`,
    });
  }
  const to = history.find(({ revision }) => revision === wanted);
  if (to === undefined) {
    throw new HelmCdError('not-found', `The release has no revision ${wanted}.`, {
      hint: `It has ${describeRevisions(history)}.`,
    });
  }
  const doubt = whyNotGood(to, badContents(history, undefined));
  return { to, ...(doubt === undefined ? {} : { doubt }) };
}
