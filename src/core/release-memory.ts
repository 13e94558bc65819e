/**
 * What became of the charts that helm-cd deployed as a release, kept where it outlives helm's own history: that is pruned after
 * some revisions, and gone with a first install that was uninstalled. It is an annotation of the release's lock, which stays.
 */
import { labelValue } from './release-outcome.js';

/** Of the Lease `helm-cd-RELEASE`: a JSON list of `TriedChart`, the newest last. */
export const MEMORY_ANNOTATION = 'helm-cd/tried';

/** An archive that was deployed once, and how that ended the last time. */
export interface TriedChart {
  readonly version: string;
  /** As the label `helm-cd/chart-digest` has it: 63 hex digits of the archive's SHA-256. */
  readonly digest: string;
  readonly outcome: 'passed' | 'failed';
  readonly revision: number;
  /** RFC 3339. */
  readonly at: string;
  /** Why it failed, in a sentence; empty for one that passed. */
  readonly reason: string;
  /** GitHub's run that deployed it, `RUN-ATTEMPT`; empty outside GitHub. */
  readonly run: string;
}

/** So many of each outcome are kept: some kilobytes. */
const KEPT = 20;
const LONGEST_REASON = 200;

function isTried(value: unknown): value is TriedChart {
  if (typeof value !== 'object' || value === null) return false;
  const { version, digest, outcome, revision, at, reason, run } = value as Record<string, unknown>;
  const texts = [version, digest, at, reason, run].every((text) => typeof text === 'string');
  return texts && typeof revision === 'number' && (outcome === 'passed' || outcome === 'failed');
}

/** Reads the annotation. Whatever somebody made of it, what is no such list says nothing. */
export function readMemory(annotation: string | undefined): readonly TriedChart[] {
  if (annotation === undefined || annotation === '') return [];
  try {
    const list = JSON.parse(annotation) as unknown;
    return Array.isArray(list) ? list.filter(isTried) : [];
  } catch {
    return [];
  }
}

/** The annotation with one more; the same archive is in it once, with what was last. */
export function withTried(tried: readonly TriedChart[], added: TriedChart): string {
  const reason = added.reason.replace(/\s+/g, ' ').trim();
  const short = reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 1)}…`;
  const all = [
    ...tried.filter(({ digest }) => digest !== added.digest),
    { ...added, reason: short, run: labelValue(added.run) },
  ];
  const kept = (['passed', 'failed'] as const).flatMap((wanted) =>
    all.filter(({ outcome }) => outcome === wanted).slice(-KEPT),
  );
  return JSON.stringify(all.filter((one) => kept.includes(one)));
}
