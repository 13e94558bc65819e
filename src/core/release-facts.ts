/** What a release is on and what became of earlier deploys, by the labels of helm's records and by the release's lock. */
import type { KubernetesObject } from './kubernetes-object.js';
import type { LeaseState } from './lease-state.js';
import type { ReleaseFacts, RunningChart } from './pending-types.js';
import { LABELS, outcomeOf, type Outcome } from './release-outcome.js';
import type { TriedChart } from './release-memory.js';

/** A revision's record without its content. */
export interface RecordHead {
  readonly name: string;
  readonly release: string;
  readonly revision: number;
  /** As helm's label has it. */
  readonly status: string;
  /** RFC 3339. */
  readonly created: string;
  readonly digest: string;
  readonly outcome: Outcome | undefined;
  readonly run: string;
}

/** Reads the metadata of a Secret of helm's; nothing for one that is none. */
export function readRecordHead({ metadata }: KubernetesObject): RecordHead | undefined {
  const {
    name = '',
    labels = {},
    creationTimestamp: created = '',
  } = (metadata ?? {}) as {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  const [, release = '', number = ''] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(name) ?? [];
  if (release === '') return undefined;
  const revision = Number(number);
  return {
    name,
    release,
    revision,
    status: labels['status'] ?? 'unknown',
    created,
    digest: labels[LABELS.chartDigest] ?? '',
    outcome: outcomeOf({ revision, labels }),
    run: labels[LABELS.run] ?? '',
  };
}

/** helm's own default time limit: for so long an operation of somebody else's may go on. */
const FOREIGN_MS = 5 * 60_000;

const byRevision = (a: RecordHead, b: RecordHead) => b.revision - a.revision;

/** The record of the revision that is in service: its chart is in its content only. */
export function recordInService(heads: readonly RecordHead[]): RecordHead | undefined {
  return [...heads].sort(byRevision).find(({ status }) => status === 'deployed');
}

/** Whose lock it is, while it is alive; empty when nobody holds it. */
export function livingHolder(lease: LeaseState | undefined, now: number): string {
  if (lease === undefined || lease.holder === '') return '';
  const age = now - Date.parse(lease.renewTime);
  // As who wants the lock himself judges it by the time that is written there.
  return age < 2 * lease.durationSeconds * 1000 ? lease.holder : '';
}

const isOpen = ({ status }: RecordHead) => status.startsWith('pending-') || status === 'uninstalling';

function busyWith(newest: RecordHead | undefined, holder: string, now: number): string {
  if (holder !== '') return `${holder} is deploying it.`;
  if (newest === undefined || !isOpen(newest)) return '';
  const age = now - Date.parse(newest.created);
  return age < FOREIGN_MS ? `Revision ${newest.revision} is ${newest.status}: a run is at work.` : '';
}

function leftBy(newest: RecordHead | undefined): string {
  if (newest === undefined) return '';
  const what = `Revision ${newest.revision}`;
  if (isOpen(newest))
    return `${what} was left ${newest.status} by a run that never finished; a deploy puts it in order.`;
  return newest.status === 'deployed' && newest.outcome === 'pending'
    ? `${what} was not seen through to its end, for the run that deployed it was ended.`
    : '';
}

/** What the labels alone tell of archives that were tried; the newest word on each counts. */
function triedByLabels(heads: readonly RecordHead[], details: ReadonlyMap<number, Detail>): readonly TriedChart[] {
  const tried = new Map<string, TriedChart>();
  for (const head of [...heads].sort(byRevision).reverse()) {
    const { digest, outcome, revision, created, run } = head;
    if (digest === '' || (outcome !== 'passed' && outcome !== 'failed')) continue;
    const { version = '', reason = '' } = details.get(revision) ?? {};
    tried.delete(digest);
    tried.set(digest, {
      version,
      digest,
      outcome,
      revision,
      at: created,
      reason: outcome === 'failed' ? reason : '',
      run,
    });
  }
  return [...tried.values()];
}

/** What a record's content says. */
export interface Detail {
  readonly chart: string;
  readonly version: string;
  /** Why it failed; empty otherwise. */
  readonly reason: string;
  readonly isRollback: boolean;
}

/** The record before one: what was in service until a rollback made this one. */
export function recordBefore(heads: readonly RecordHead[], revision: number): RecordHead | undefined {
  return [...heads].sort(byRevision).find((head) => head.revision < revision);
}

/** Failed revisions that the memory does not have: of these the content must be read, to say what failed and why. */
export function unexplained(heads: readonly RecordHead[], memory: readonly TriedChart[]): readonly RecordHead[] {
  return heads.filter(
    ({ outcome, digest, revision }) =>
      outcome === 'failed' && digest !== '' && !memory.some((one) => one.digest === digest && one.revision >= revision),
  );
}

/**
 * @param heads of this release.
 * @param details by revision, as far as contents were read: at least of the one that is in service.
 * @param memory of the release's lock.
 * @param now milliseconds since 1970.
 */
export function releaseFacts(
  heads: readonly RecordHead[],
  details: ReadonlyMap<number, Detail>,
  memory: readonly TriedChart[],
  lease: LeaseState | undefined,
  now: number,
): ReleaseFacts {
  const newest = [...heads].sort(byRevision)[0];
  const inService = recordInService(heads);
  const detail = inService === undefined ? undefined : details.get(inService.revision);
  const running: RunningChart | undefined =
    inService === undefined || detail === undefined
      ? undefined
      : {
          revision: inService.revision,
          chart: detail.chart,
          version: detail.version,
          digest: inService.digest,
          outcome: inService.outcome,
        };
  const before = inService === undefined || !detail?.isRollback ? undefined : recordBefore(heads, inService.revision);
  const leftDetail = before === undefined ? undefined : details.get(before.revision);
  // A deploy that was ended half-way says nothing against its version.
  const left =
    before === undefined || leftDetail === undefined || before.outcome === 'pending' || isOpen(before)
      ? undefined
      : { version: leftDetail.version, digest: before.digest, revision: before.revision };
  const labelled = triedByLabels(heads, details);
  // Whichever was later is true. Revisions begin anew with a release that was uninstalled, times do not.
  const known = memory.filter(
    (one) => !labelled.some((other) => other.digest === one.digest && Date.parse(other.at) > Date.parse(one.at)),
  );
  const rest = labelled.filter((one) => !known.some(({ digest }) => digest === one.digest));
  const busy = busyWith(newest, livingHolder(lease, now), now);
  return { running, busy, interrupted: busy === '' ? leftBy(newest) : '', left, tried: [...known, ...rest] };
}
