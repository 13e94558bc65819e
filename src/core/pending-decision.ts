/**
 * Which version of a chart a release should be on, by what its repository has, what runs, what failed before, and what the
 * environment before it has tested.
 */
import semver from 'semver';
import { formatAge } from './age.js';
import { chartDigestLabel } from './release-outcome.js';
import type {
  NeedVersion,
  OfferedVersion,
  PendingDecision,
  PendingQuestion,
  PendingState,
  VersionAlarm,
} from './pending-types.js';
import type { TriedChart } from './release-memory.js';

/** Greater than 0 when `a` is newer; build metadata does not count. What is no version is older than all. */
function order(a: string, b: string): number {
  const [left, right] = [semver.parse(a, { loose: true }), semver.parse(b, { loose: true })];
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  return left.compare(right);
}

/** A long list of versions that wait is not worth telling. */
const MOST_NOTES = 5;

const short = (label: string) => `sha256:${label.slice(0, 12)}…`;

class Decider {
  private readonly question: PendingQuestion;
  private readonly notes: string[] = [];
  private alarm: VersionAlarm | undefined;

  constructor(question: PendingQuestion) {
    this.question = question;
  }

  decide(): PendingDecision | NeedVersion {
    const { versions, constraint, release, repository, chart } = this.question;
    const { running } = release;
    const other = this.checkRunning();
    if (other !== undefined) return other;

    const newest = versions.find((offer) => this.isAccepted(offer));
    if (this.alarm !== undefined && this.question.stopOnAlarm) {
      // A deploy of something newer would make the alarm go away unheard.
      const overwritten = versions.find(({ version }) => version === this.alarm?.version);
      return this.answer('alarm', overwritten, this.alarm.message);
    }
    if (release.busy !== '') return this.answer('in-progress', newest, release.busy);
    if (versions.length === 0) {
      return this.answer('not-published', undefined, `${repository} has no version of ${chart}.`);
    }
    if (newest === undefined) {
      const reason = `None of the ${versions.length} versions in ${repository} satisfies "${constraint?.text ?? ''}".`;
      return this.answer('not-published', undefined, reason);
    }
    if (running !== undefined && running.chart !== chart) {
      const reason = `The release is of another chart: ${running.chart} ${running.version} runs.`;
      return this.answer('held', newest, reason);
    }
    return this.choose(newest);
  }

  private isAccepted({ version }: OfferedVersion): boolean {
    return this.question.constraint?.accepts(version) ?? true;
  }

  /** What runs must be what the repository has under the same version. */
  private checkRunning(): NeedVersion | undefined {
    const { running } = this.question.release;
    if (running === undefined || running.chart !== this.question.chart) return undefined;
    const same = this.question.versions.find(({ version }) => version === running.version);
    if (running.digest === '' || same === undefined) return undefined;
    if (!same.isResolved) return { need: same.version };
    this.compareBytes(same, running.digest, `revision ${running.revision} runs`);
    return undefined;
  }

  /** Raises an alarm when a version has other bytes than those that were deployed as it. */
  private compareBytes({ version, digest }: OfferedVersion, deployed: string, what: string): void {
    if (digest === undefined || chartDigestLabel(digest) === deployed) return;
    const { chart, repository } = this.question;
    this.alarm = {
      version,
      digest,
      deployedDigest: `sha256:${deployed}`,
      message: `${chart} ${version} in ${repository} is ${digest}, but ${what} ${chart} ${version} made of ${short(deployed)}: a published version was overwritten.`,
    };
  }

  /**
   * What may take the place of what runs, newest first: no more of a long list than is needed is looked at. What a run left
   * half-done may be deployed again.
   */
  private *candidates(): Generator<OfferedVersion> {
    const { running, interrupted } = this.question.release;
    const isOpen = interrupted !== '' || running?.outcome === 'failed' || running?.outcome === 'pending';
    for (const offer of this.question.versions) {
      if (!this.isAccepted(offer)) continue;
      const compared = running === undefined ? 1 : order(offer.version, running.version);
      if (compared < 0) return;
      if (compared > 0 || (isOpen && offer.version === running?.version)) yield offer;
    }
  }

  private nothingNewer(newest: OfferedVersion): PendingDecision {
    const { release, repository, constraint, versions } = this.question;
    const { version: runs = '', revision = 0 } = release.running ?? {};
    const compared = order(newest.version, runs);
    if (compared === 0) {
      if (newest.version !== runs) this.notes.push(`It differs from ${runs}, which runs, in build metadata only.`);
      if (this.alarm !== undefined) return this.answer('alarm', newest, this.alarm.message);
      return this.answer('up-to-date', newest, `Revision ${revision} runs ${runs}.`);
    }
    const within = constraint === undefined ? '' : ` that satisfies "${constraint.text}"`;
    const isThere = versions.some(({ version }) => version === runs);
    const gone = isThere ? '' : ` ${runs} is not in ${repository} (any more).`;
    const reason = `${runs} runs, which is newer than ${newest.version}, the newest${within} in ${repository}.${gone} Nothing is ever deployed backwards.`;
    return this.answer('ahead', newest, reason);
  }

  private choose(newest: OfferedVersion): PendingDecision | NeedVersion {
    const { upstream, release } = this.question;
    const passedOver: { state: PendingState; offer: OfferedVersion; reason: string }[] = [];
    for (const offer of this.candidates()) {
      if (upstream !== undefined && upstream.facts?.running === undefined) {
        const { environment, problem } = upstream;
        const why =
          problem === ''
            ? `Nothing runs in ${environment}, which it is promoted from.`
            : `${environment}, which it is promoted from, cannot be looked at: ${problem}`;
        return this.answer(problem === '' ? 'held' : 'unreadable', offer, why);
      }
      // What runs already has been let in.
      const isAgain = offer.version === release.running?.version;
      const obstacle = isAgain ? undefined : (this.notFollowing(offer) ?? this.tooYoung(offer));
      if (obstacle !== undefined && 'need' in obstacle) return obstacle;
      if (obstacle === undefined) {
        this.notes.push(...passedOver.slice(0, MOST_NOTES).map(({ reason }) => reason));
        return this.judge(offer);
      }
      passedOver.push({ ...obstacle, offer });
    }
    const [first, ...rest] = passedOver;
    if (first === undefined) return this.nothingNewer(newest);
    this.notes.push(...rest.slice(0, MOST_NOTES).map(({ reason }) => reason));
    return this.answer(first.state, first.offer, first.reason);
  }

  /** Why a version may not follow the environment that this one is promoted from. */
  private notFollowing(offer: OfferedVersion): { state: PendingState; reason: string } | NeedVersion | undefined {
    const { upstream } = this.question;
    if (upstream?.facts?.running === undefined) return undefined;
    const { environment, facts, requireVerified } = upstream;
    const runs = facts.running?.version ?? '';
    if (order(offer.version, runs) > 0) {
      return { state: 'held', reason: `${offer.version} is newer than ${runs}, which runs in ${environment}.` };
    }
    if (!requireVerified) return undefined;
    if (!offer.isResolved) return { need: offer.version };
    const label = chartDigestLabel(offer.digest ?? '');
    const isVerified = facts.tried.some(({ digest, outcome }) => outcome === 'passed' && digest === label);
    if (isVerified) return undefined;
    const what = offer.digest === undefined ? 'has no known digest' : `(${short(label)}) has not passed`;
    return { state: 'held', reason: `${offer.version} ${what} in ${environment}, which it is promoted from.` };
  }

  private tooYoung(offer: OfferedVersion): { state: PendingState; reason: string } | NeedVersion | undefined {
    const { minAgeMs, now, firstSeen } = this.question;
    if (minAgeMs <= 0) return undefined;
    if (!offer.isResolved) return { need: offer.version };
    const created = offer.created ?? firstSeen?.(offer) ?? '';
    const published = Date.parse(created);
    if (Number.isNaN(published)) {
      const reason = `When ${offer.version} was published is not known, so that min-age (${formatAge(minAgeMs)}) cannot be kept; with a cache-folder it counts from when it is seen first.`;
      return { state: 'waiting', reason };
    }
    const missing = published + minAgeMs - now;
    if (missing <= 0) return undefined;
    const reason = `${offer.version} was ${offer.created === undefined ? 'first seen' : 'published'} ${created} and waits ${formatAge(missing)} more, for min-age is ${formatAge(minAgeMs)}.`;
    return { state: 'waiting', reason };
  }

  /** Whether the version that is due may be tried. */
  private judge(offer: OfferedVersion): PendingDecision | NeedVersion {
    if (!offer.isResolved) return { need: offer.version };
    const { release, retryQuarantined, isAutomatic } = this.question;
    const { tried, running, interrupted } = release;
    const namesake = tried.find((one) => one.version === offer.version && !this.isOf(offer, one));
    if (namesake !== undefined && !tried.some((one) => this.isOf(offer, one))) {
      if (this.alarm !== undefined) this.notes.push(this.alarm.message);
      this.compareBytes(offer, namesake.digest, `revision ${namesake.revision} was`);
    }
    if (this.alarm?.version === offer.version) return this.answer('alarm', offer, this.alarm.message);
    const known = this.knownBad(offer);
    if (known !== undefined && !retryQuarantined) {
      const reason = `${known.reason} It is not tried again until something newer appears.`;
      return { ...this.answer('quarantined', offer, reason), quarantinedRevision: known.revision };
    }
    if (known !== undefined) this.notes.push(known.reason);
    const from = running === undefined ? 'nothing is installed' : `revision ${running.revision} is ${running.version}`;
    const isAgain = running?.version === offer.version;
    if (!isAgain && interrupted !== '') this.notes.push(interrupted);
    const reason = isAgain
      ? interrupted || `Revision ${running.revision} was not seen through to its end.`
      : `${offer.version} is due: ${from}.`;
    return this.answer(isAutomatic ? 'pending' : 'delivery', offer, reason);
  }

  /** Why a version has had its chance here: it failed, or was in service and taken back by a person. */
  private knownBad(offer: OfferedVersion): { readonly reason: string; readonly revision: number } | undefined {
    const { tried, running, left } = this.question.release;
    const one = tried.find((candidate) => this.isOf(offer, candidate));
    if (one?.outcome === 'failed') {
      const why = (one.reason || 'the reason was not recorded').replace(/[.…]?$/, '.');
      return {
        reason: `${offer.version} was deployed as revision ${one.revision} (${one.at}) and failed: ${why}`,
        revision: one.revision,
      };
    }
    if (running === undefined || running.version === offer.version) return undefined;
    const wasLeft =
      left !== undefined && left.version === offer.version && (left.digest === '' || this.isOf(offer, left));
    if (one === undefined && !wasLeft) return undefined;
    const revision = wasLeft ? left.revision : (one?.revision ?? 0);
    return {
      reason: `${offer.version} was in service as revision ${revision}, and the release was taken back to ${running.version}.`,
      revision,
    };
  }

  /** By its bytes; by its version alone where the repository does not tell them. */
  private isOf(offer: OfferedVersion, { digest, version }: Pick<TriedChart, 'digest' | 'version'>): boolean {
    return offer.digest === undefined ? version === offer.version : digest === chartDigestLabel(offer.digest);
  }

  private answer(state: PendingState, offer: OfferedVersion | undefined, reason: string): PendingDecision {
    return {
      state,
      version: offer?.version ?? '',
      digest: offer?.digest ?? '',
      reason,
      notes: this.notes,
      alarm: this.alarm,
      quarantinedRevision: 0,
    };
  }
}

/**
 * Decides about one release. Nothing is asked for: where a version must be, its name comes back, and the question is put again with
 * what the repository said of it.
 */
export function decidePending(question: PendingQuestion): PendingDecision | NeedVersion {
  return new Decider(question).decide();
}
