/** What became of a release's charts, remembered by its lock: the one object that is there before the first revision and after the last. */
import { messageOf } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import { LABELS } from '../core/release-outcome.js';
import { MEMORY_ANNOTATION, readMemory, withTried, type TriedChart } from '../core/release-memory.js';
import type { Revision } from '../core/release.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { ReleaseContext } from './roll-back.js';

const TIMEOUT_MS = 15_000;

/** The name of a release's lock. */
export function lockName({ release }: Pick<ReleaseTarget, 'release'>): string {
  return `helm-cd-${release}`;
}

/**
 * What is remembered of a release.
 * @returns nothing when there is no lock, or it may not be read.
 */
export async function recallTried(cluster: Cluster, target: ReleaseTarget): Promise<readonly TriedChart[] | undefined> {
  const lock = `leases.coordination.k8s.io/${lockName(target)}`;
  const options = { namespace: target.namespace, timeoutMs: TIMEOUT_MS, ignoreCancel: true };
  const reply = await cluster.call(['get', lock, '--output=json'], options);
  if (reply.failure !== undefined) return undefined;
  const { metadata } = JSON.parse(reply.stdout) as KubernetesObject;
  return readMemory(metadata?.annotations?.[MEMORY_ANNOTATION]);
}

/**
 * Remembers how the deploy of a revision's chart ended. The lock is held, so that nobody else does. What cannot be remembered is
 * no failure: helm's records tell the same, as long as they are there.
 * @param reason why it failed; empty when it did not.
 */
export async function rememberOutcome(
  { cluster, target, services }: Pick<ReleaseContext, 'cluster' | 'target' | 'services'>,
  revision: Revision,
  outcome: TriedChart['outcome'],
  reason: string,
): Promise<void> {
  const digest = revision.labels[LABELS.chartDigest] ?? '';
  if (digest === '') return;
  try {
    const tried = await recallTried(cluster, target);
    if (tried === undefined) return;
    const at = new Date(services.clock.now()).toISOString();
    const run = revision.labels[LABELS.run] ?? '';
    const { chartVersion: version, revision: number } = revision;
    const value = withTried(tried, { version, digest, outcome, revision: number, at, reason, run });
    const change = JSON.stringify({ metadata: { annotations: { [MEMORY_ANNOTATION]: value } } });
    const lock = `leases.coordination.k8s.io/${lockName(target)}`;
    const options = { namespace: target.namespace, timeoutMs: TIMEOUT_MS, ignoreCancel: true };
    const reply = await cluster.call(['patch', lock, '--type=merge', `--patch=${change}`], options);
    if (reply.failure !== undefined) throw new Error(reply.message);
  } catch (error) {
    services.log.debug(`How this deploy ended could not be kept beside the release's history: ${messageOf(error)}`);
  }
}
