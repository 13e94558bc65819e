/** Watches a rollout until it is complete, has failed, or the time is up. */
import { HelmCdError } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import type { Graces } from '../core/pod-problems.js';
import type { Services } from '../core/ports.js';
import type { ObjectRef } from '../core/release-manifest.js';
import { assessRollout, customArgument, isCustom, watchedResources, type ObjectRollout } from '../core/rollout.js';
import { RolloutTracker, timeoutMessage, type RolloutFailure } from '../core/rollout-tracker.js';
import type { Cluster } from '../kubernetes/cluster.js';

const POLL_MS = 500;
/** At first: what changes little is there at once. */
const FIRST_POLL_MS = 100;

export interface WatchOptions {
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly graces: Graces;
  /** Goes on after the job was cancelled, for a rollback. */
  readonly ignoreCancel?: boolean;
}

export interface WatchResult {
  /** Nothing when everything is ready. */
  readonly failure: RolloutFailure | undefined;
  readonly timedOut: boolean;
  readonly rollouts: readonly ObjectRollout[];
}

/** The objects to look at, with their ReplicaSets and pods, of every namespace concerned. */
export async function fetchRollout(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  namespace: string,
  ignoreCancel: boolean,
): Promise<readonly KubernetesObject[]> {
  const namespaces = new Set(refs.map((ref) => (ref.namespace === '' ? namespace : ref.namespace)));
  const lists = await Promise.all(
    [...namespaces].map((home) => {
      const here = refs.filter((ref) => (ref.namespace === '' ? namespace : ref.namespace) === home);
      const resources = watchedResources(here);
      // By name: whoever may deploy a custom resource may not always list all of them.
      const customs = here.filter(isCustom).map(customArgument);
      const what = `The state of the objects in namespace ${home} cannot be read`;
      const get = (...args: readonly string[]) =>
        cluster.list(what, ['get', ...args, '--ignore-not-found'], { namespace: home, ignoreCancel });
      return Promise.all([
        resources.length === 0 ? [] : get(resources.join(',')),
        customs.length === 0 ? [] : get(...customs),
      ]);
    }),
  );
  return lists.flat(2);
}

/** Not the services' clock when cancelled: that one refuses to wait then. */
function pause(milliseconds: number, services: Services, ignoreCancel: boolean): Promise<void> {
  if (!ignoreCancel) return services.clock.sleep(milliseconds);
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Looks twice a second, at first more often, and less often where a look takes long; says every change in one line. A look that fails because
 * the server does not answer is repeated until the time is up.
 */
export async function watchRollout(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  services: Services,
  options: WatchOptions,
): Promise<WatchResult> {
  if (refs.length === 0) return { failure: undefined, timedOut: false, rollouts: [] };
  const { namespace, timeoutMs, graces, ignoreCancel = false } = options;
  const tracker = new RolloutTracker(namespace, graces);
  const start = services.clock.now();
  let rollouts: readonly ObjectRollout[] = [];
  for (let shortest = FIRST_POLL_MS; ; shortest = Math.min(POLL_MS, shortest * 1.5)) {
    const before = services.clock.now();
    try {
      rollouts = assessRollout(refs, namespace, await fetchRollout(cluster, refs, namespace, ignoreCancel));
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'unreachable') throw error;
      services.log.info(error.message);
    }
    const now = services.clock.now();
    const view = tracker.look(rollouts, now);
    for (const line of view.lines) services.log.info(line);
    if (view.failure !== undefined) return { failure: view.failure, timedOut: false, rollouts };
    if (view.done && rollouts.length > 0) return { failure: undefined, timedOut: false, rollouts };
    if (now - start >= timeoutMs) {
      const message = timeoutMessage(rollouts, namespace, Math.round(timeoutMs / 1000));
      const objects = rollouts.filter((rollout) => rollout.state !== 'ready');
      return { failure: { reason: 'Timeout', message, objects }, timedOut: true, rollouts };
    }
    await pause(Math.min(5000, Math.max(shortest, 2 * (now - before))), services, ignoreCancel);
  }
}
