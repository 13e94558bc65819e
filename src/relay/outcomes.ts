import type { ImagePush } from './provider.js';
import type { CallOutcome } from './refusal.js';
import type { TagOutcome } from './tag-work.js';

/** A pushed tag and what became of it. */
export interface PushResult {
  readonly push: ImagePush;
  readonly outcome: 'dispatched' | 'duplicate' | 'not-routed' | 'tag-refused' | 'gone' | 'failed' | 'deadline';
  readonly work?: TagOutcome;
}

/** Of several pushes the one that matters most names the whole call. */
const BY_WEIGHT = ['deadline', 'failed', 'dispatched', 'duplicate', 'gone', 'tag-refused', 'not-routed'] as const;

/** A tag's outcome: the one of several repositories' that matters most. */
export function pushOutcome(work: TagOutcome): PushResult['outcome'] {
  if (work.state !== 'resolved') return work.state;
  const outcomes = new Set(work.told.map(({ outcome }) => outcome));
  if (outcomes.has('failed')) return 'failed';
  return outcomes.has('dispatched') ? 'dispatched' : 'duplicate';
}

export function callOutcome(results: readonly PushResult[]): CallOutcome {
  const outcomes = new Set(results.map(({ outcome }) => outcome));
  return BY_WEIGHT.find((outcome) => outcomes.has(outcome)) ?? 'ignored';
}

/** Whether the sender should call again. */
export function isUnfinished(results: readonly PushResult[]): boolean {
  return results.some(({ outcome }) => outcome === 'failed' || outcome === 'deadline');
}

/** `ghcr.io/acme/api:1.2.3@sha256:…`, as far as it is known. */
export function referenceOf({ push, work }: PushResult): string {
  const digest = work?.state === 'resolved' ? `@${work.digest}` : '';
  return `${push.image}:${push.tag}${digest}`;
}

/** What went wrong, each reason once. */
export function reasonsOf(results: readonly PushResult[]): readonly string[] {
  const reasons = results.flatMap(({ work }) => {
    if (work?.state === 'failed') return [work.reason];
    return work?.state === 'resolved' ? work.told.flatMap(({ reason }) => reason ?? []) : [];
  });
  return [...new Set(reasons)];
}

/** What the sender is told of each tag. */
export function toldToSender(result: PushResult): Readonly<Record<string, unknown>> {
  const { push, outcome, work } = result;
  const repositories =
    work?.state === 'resolved'
      ? { to: work.told.map(({ repository, event, outcome: done }) => ({ repository, event, outcome: done })) }
      : {};
  const digest = work?.state === 'resolved' ? { digest: work.digest } : {};
  return { image: push.image, tag: push.tag, ...digest, outcome, ...repositories };
}
