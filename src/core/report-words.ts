/** Words that a report uses in every format. */
import type { EnvironmentStep, Gap, TestsEntry } from './report-model.js';

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `sha256:` and twelve digits. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}

/** `3 tests passed`. */
export function testsText({ result, tests }: TestsEntry): string {
  if (result === 'none') return 'no tests';
  if (result === 'unknown') return 'tests unknown';
  if (result === 'failed') {
    const failed = tests.filter(({ phase }) => phase === 'Failed').length;
    return `${failed} of ${plural(tests.length, 'test')} failed`;
  }
  return result === 'not run' ? 'tests not run' : `${plural(tests.length, 'test')} ${result}`;
}

/** `ghcr.io/acme/api 1.0.0, to come 1.1.0 (3 commits)`. */
export function gapText({ name, ahead, behind, state, commits }: Gap): string {
  if (state === 'missing') return `${name}: not there yet, to come ${ahead}`;
  if (state === 'same') return `${name} ${behind}: the same`;
  const count = commits === null ? '' : `, ${plural(commits, 'commit')}`;
  if (state === 'ahead') return `${name} ${behind}: newer than ${ahead}`;
  return `${name} ${behind}, to come ${ahead}${count}`;
}

/** `shop: production is behind staging (chart 1.0.0 → 1.1.0)`. */
export function stepText({ release, from, to, state, gaps }: EnvironmentStep): string {
  if (state === 'missing') return `${release}: not in ${to} yet`;
  if (state === 'same') return `${release}: ${to} is as ${from}`;
  const commits = gaps.filter(({ what }) => what === 'image').reduce((sum, gap) => sum + (gap.commits ?? 0), 0);
  const by = commits === 0 ? '' : ` by ${plural(commits, 'commit')}`;
  return state === 'behind'
    ? `${release}: ${to} is behind ${from}${by}`
    : `${release}: ${to} is not as ${from}${by === '' ? '' : `, it lacks ${plural(commits, 'commit')}`}`;
}

/** A reference in which a digest is short: `ghcr.io/acme/api:1.1.0@sha256:519e8d515345…`. */
export function shortReference(reference: string): string {
  return reference.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
}
