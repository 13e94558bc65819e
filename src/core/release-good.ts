/** Which revision a failed deploy goes back to. */
import { contentHash, failedTests, isPending, type Revision } from './release.js';
import { outcomeOf } from './release-outcome.js';

/** Why a revision is no good one to go back to; nothing when it is. */
export function whyNotGood(candidate: Revision, badContents: ReadonlySet<string>): string | undefined {
  if (candidate.status !== 'deployed' && candidate.status !== 'superseded') return `it is ${candidate.status}`;
  const outcome = outcomeOf(candidate);
  if (outcome === 'pending') return 'the run that made it never finished';
  if (outcome === 'failed') return 'its deploy failed';
  const [test] = failedTests(candidate);
  if (test !== undefined) return `its test ${test.name} failed`;
  if (badContents.has(contentHash(candidate))) return 'it is a copy of what failed';
  return undefined;
}

/** The contents that are known not to work: that of `bad`, and of what was tested, failed, and never passed. */
export function badContents(history: readonly Revision[], bad: Revision | undefined): Set<string> {
  const passed = new Set(
    history.filter((revision) => outcomeOf(revision) === 'passed').map((revision) => contentHash(revision)),
  );
  const failed = history.filter(
    (revision) =>
      (failedTests(revision).length > 0 || outcomeOf(revision) === 'failed') && !passed.has(contentHash(revision)),
  );
  return new Set([...failed, ...(bad === undefined ? [] : [bad])].map((revision) => contentHash(revision)));
}

/**
 * The newest revision that is known to work: deployed or superseded, tests not failed, and not itself a copy of what
 * failed. Revisions made by helm alone count as good unless a test of theirs failed. It is computed, never "one before".
 * @param bad the revision to leave; nothing finds the newest good one of all.
 */
export function lastKnownGood(history: readonly Revision[], bad?: Revision): Revision | undefined {
  const contents = badContents(history, bad);
  return [...history]
    .filter((candidate) => candidate.revision !== bad?.revision)
    .sort((a, b) => b.revision - a.revision)
    .find((candidate) => whyNotGood(candidate, contents) === undefined);
}

/**
 * Where to go from the newest revision. One that is `pending-rollback` is a copy of an earlier one, whose content is not to
 * blame: then it is the newest good one of all others.
 */
export function wayBack(history: readonly Revision[], newest: Revision): Revision | undefined {
  if (newest.status !== 'pending-rollback') return lastKnownGood(history, newest);
  return lastKnownGood(history.filter(({ revision }) => revision !== newest.revision));
}

/**
 * Whether a revision other than `except` was ever in service, be it one that is not known to be good. Then a failed deploy
 * is no failed first install, and nothing is uninstalled.
 */
export function everInService(history: readonly Revision[], except: number): boolean {
  return history.some((revision) => {
    const outcome = outcomeOf(revision);
    const applied = revision.status === 'deployed' || revision.status === 'superseded';
    return revision.revision !== except && applied && outcome !== 'pending' && outcome !== 'failed';
  });
}

/** The newest revision, or nothing. */
export function latest(history: readonly Revision[]): Revision | undefined {
  return [...history].sort((a, b) => b.revision - a.revision)[0];
}

/** What the cluster runs according to helm: the newest revision that is deployed. */
export function deployedRevision(history: readonly Revision[]): Revision | undefined {
  return latest(history.filter((revision) => revision.status === 'deployed'));
}

/** The revision that an ended run left in the middle of an operation, if the newest is one. */
export function interrupted(history: readonly Revision[]): Revision | undefined {
  const newest = latest(history);
  if (newest === undefined) return undefined;
  return isPending(newest) || newest.status === 'uninstalling' ? newest : undefined;
}
