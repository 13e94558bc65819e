/** What of a report comes first, and what is to be worried about. */
import type { Concern, ImageEntry, ReleaseEntry, Totals } from './report-model.js';

const bad = (what: string): Concern => ({ level: 'bad', what });
const warning = (what: string): Concern => ({ level: 'warning', what });

/** Statuses of helm that are as they should be. */
const FINE = new Set(['deployed', 'superseded', 'uninstalled']);

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function ofStatus({ status, before }: Pick<ReleaseEntry, 'status' | 'before'>): Concern[] {
  if (FINE.has(status)) return [];
  const still =
    before === null ? '' : `; revision ${before.revision} (${before.chartVersion}) was the last one deployed`;
  if (status === 'unknown') return [warning('its record could not be read')];
  return [bad(`helm says ${status.replace(/^pending-(.*)$/, 'pending: its $1 has not ended')}${still}`)];
}

function ofOutcome({ outcome, status }: Pick<ReleaseEntry, 'outcome' | 'status'>): Concern[] {
  if (outcome === 'failed' && status !== 'failed') return [bad('its deploy failed')];
  // What is pending by helm, too, was said.
  if (outcome === 'pending' && FINE.has(status)) return [warning('the run that deployed it was not seen through')];
  return [];
}

/** Why a release should be looked at, the gravest first. */
export function concernsOf(release: Omit<ReleaseEntry, 'concerns'>): readonly Concern[] {
  const concerns: Concern[] = [...ofStatus(release), ...ofOutcome(release)];
  const failed = release.tests.tests.filter(({ phase }) => phase === 'Failed');
  if (failed.length > 0) concerns.push(bad(`failed: ${failed.map(({ name }) => `test ${name}`).join(', ')}`));
  for (const { kind, name, state, message, problems } of release.workloads) {
    if (state === 'failed' || state === 'missing') concerns.push(bad(`${kind} ${name}: ${message}`));
    else if (state === 'progressing' && problems.length > 0) {
      concerns.push(bad(`${kind} ${name}: ${message} (${problems[0] ?? ''})`));
    } else if (state === 'progressing') concerns.push(warning(`${kind} ${name}: ${message}`));
  }
  for (const { kind, name, stale } of release.workloads) {
    for (const line of stale) concerns.push(warning(`${kind} ${name}, ${line}`));
  }
  if (release.drift.state === 'drifted')
    concerns.push(warning(`drift: ${plural(release.drift.lines.length, 'difference')} from what was released`));
  return [...concerns.filter(({ level }) => level === 'bad'), ...concerns.filter(({ level }) => level === 'warning')];
}

/** `bad`, `warning`, or `fine`. */
export function levelOf({ concerns }: Pick<ReleaseEntry, 'concerns'>): 'bad' | 'warning' | 'fine' {
  return concerns[0]?.level ?? 'fine';
}

const RANKS = { bad: 0, warning: 1, fine: 2 } as const;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The gravest first; then by cluster, namespace and name. */
export function orderReleases(releases: readonly ReleaseEntry[]): readonly ReleaseEntry[] {
  return [...releases].sort(
    (a, b) =>
      RANKS[levelOf(a)] - RANKS[levelOf(b)] ||
      compareText(a.cluster, b.cluster) ||
      compareText(a.namespace, b.namespace) ||
      compareText(a.name, b.name),
  );
}

/** By name; of one name what more pods run first. */
export function orderImages(images: readonly ImageEntry[]): readonly ImageEntry[] {
  return [...images].sort((a, b) => compareText(a.name, b.name) || b.pods - a.pods || compareText(a.digest, b.digest));
}

/** The numbers that a report begins with. */
export function totalsOf(releases: readonly ReleaseEntry[], images: readonly ImageEntry[]): Totals {
  const count = (is: (release: ReleaseEntry) => boolean) => releases.filter(is).length;
  return {
    releases: releases.length,
    bad: count((release) => levelOf(release) === 'bad'),
    warnings: count((release) => levelOf(release) === 'warning'),
    drifted: count(({ drift }) => drift.state === 'drifted'),
    unverified: count(({ verified }) => verified !== 'yes'),
    pods: releases.reduce((sum, { workloads }) => sum + workloads.reduce((all, { ready }) => all + ready, 0), 0),
    images: images.length,
    unsigned: images.filter(({ attached }) => attached !== null && attached.signatures + attached.attestations === 0)
      .length,
  };
}
