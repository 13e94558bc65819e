/**
 * What helm-cd writes down about a revision, as labels of helm's own release record: what it is made of, and how the
 * deploy ended. Helm keeps such labels when it changes the record's status, and copies them to the next revision; so the
 * outcome names the revision it belongs to, and a copy says nothing about another one.
 */
import type { Revision } from './release.js';

export const LABELS = {
  outcome: 'helm-cd/outcome',
  commit: 'helm-cd/commit',
  run: 'helm-cd/run',
  chartDigest: 'helm-cd/chart-digest',
  environment: 'helm-cd/environment',
} as const;

/**
 * - `pending`: helm-cd has begun; if it is still so when nobody holds the lock, that run was ended half-way.
 * - `passed`: rollout, tests and verification were good.
 * - `failed`: one of them was not.
 * - `restored`: made by a rollback to a good revision, and its rollout was good.
 */
export type Outcome = 'pending' | 'passed' | 'failed' | 'restored';

const OUTCOMES: readonly string[] = ['pending', 'passed', 'failed', 'restored'] satisfies readonly Outcome[];

/** A label's value: at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

export function outcomeLabel(revision: number, outcome: Outcome): string {
  return `${revision}.${outcome}`;
}

/** What helm-cd recorded about this very revision; nothing for one that was made by helm alone. */
export function outcomeOf(revision: Pick<Revision, 'revision' | 'labels'>): Outcome | undefined {
  const match = /^(\d+)\.([a-z]+)$/.exec(revision.labels[LABELS.outcome] ?? '');
  const [, number, outcome = ''] = match ?? [];
  if (Number(number) !== revision.revision || !OUTCOMES.includes(outcome)) return undefined;
  return outcome as Outcome;
}

export interface Origin {
  readonly commit: string;
  readonly runId: string;
  readonly runAttempt: string;
  /** `sha256:…`, or empty for a chart that is no archive. */
  readonly chartDigest: string;
  readonly environment: string;
}

/** The chart digest as the label holds it: 63 of its 64 hex digits, for a label's value has no room for more. */
export function chartDigestLabel(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 63);
}

/** All labels of a new revision. One that is unknown is removed (`null`), or the previous revision's would stay. */
export function originLabels(revision: number, origin: Origin): Record<string, string> {
  const run = origin.runId === '' ? '' : `${origin.runId}-${origin.runAttempt}`;
  const labels: Record<string, string> = {
    [LABELS.outcome]: outcomeLabel(revision, 'pending'),
    [LABELS.commit]: labelValue(origin.commit),
    [LABELS.run]: labelValue(run),
    [LABELS.chartDigest]: chartDigestLabel(origin.chartDigest),
    [LABELS.environment]: labelValue(origin.environment),
  };
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value === '' ? 'null' : value]));
}
