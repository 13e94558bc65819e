import type { Revision } from '../core/release.js';
import { readManifest } from '../core/release-manifest.js';
import { assessRollout, watchedObjects } from '../core/rollout.js';
import type { ReleaseContext } from './roll-back.js';
import { fetchRollout } from './watch.js';

/** Whether what a revision deployed is in order right now. */
export async function isHealthy(context: ReleaseContext, current: Revision): Promise<boolean> {
  const { namespace } = context.target;
  const refs = watchedObjects(readManifest(current.manifest, namespace));
  if (refs.length === 0) return true;
  const rollouts = assessRollout(refs, namespace, await fetchRollout(context.cluster, refs, namespace, false));
  return rollouts.every((rollout) => rollout.state === 'ready');
}
