/** The workloads and pods of a cluster, each list once, whatever number of releases there are. */
import { HelmCdError } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import { compactObject, listPath, LIVE_RESOURCES, LiveObjects, type LiveResource } from '../core/report-live.js';
import { listItems, METADATA_ONLY, type ClusterReader } from '../kubernetes/listing.js';

/** Fewer namespaces than these are listed one by one: what else the cluster has does not matter then. */
const FEW_NAMESPACES = 5;
/** So many are tried one by one when the whole may not be listed. */
const MOST_NAMESPACES = 100;

async function listInto(
  reader: ClusterReader,
  resource: LiveResource,
  namespace: string,
  live: LiveObjects,
): Promise<boolean> {
  const { kind, plural, metadataOnly } = resource;
  const place = namespace === '' ? 'of all namespaces' : `in namespace ${namespace}`;
  const options = {
    what: `The ${plural} ${place} cannot be listed`,
    ...(metadataOnly ? { accept: METADATA_ONLY } : {}),
  };
  try {
    for await (const item of listItems(reader, listPath(resource, namespace), options)) {
      live.add(compactObject(kind, item as KubernetesObject));
    }
    return true;
  } catch (error) {
    if (error instanceof HelmCdError && (error.code === 'unauthorized' || error.code === 'not-found')) return false;
    throw error;
  }
}

/**
 * @param namespaces those whose objects are needed; none: those of all.
 * @param home the namespace to make do with when all were wanted, and may not be listed.
 * @returns the objects, and notes about kinds that may not be listed.
 * @throws HelmCdError `unreachable`, `cancelled`.
 */
export async function readLiveObjects(
  reader: ClusterReader,
  namespaces: readonly string[],
  home = '',
): Promise<{ readonly live: LiveObjects; readonly notes: readonly string[] }> {
  const live = new LiveObjects();
  const denied = new Map<string, string[]>();
  const whole = namespaces.length > FEW_NAMESPACES || home !== '';
  const single = home === '' ? namespaces : [home];
  await Promise.all(
    LIVE_RESOURCES.map(async (resource) => {
      if (whole && (await listInto(reader, resource, '', live))) return;
      for (const namespace of single.slice(0, MOST_NAMESPACES)) {
        if (await listInto(reader, resource, namespace, live)) continue;
        live.fail(resource.kind, namespace);
        denied.set(resource.plural, [...(denied.get(resource.plural) ?? []), namespace]);
      }
      for (const namespace of single.slice(MOST_NAMESPACES)) live.fail(resource.kind, namespace);
    }),
  );
  const notes = [...denied].map(([plural, places]) => {
    const named = places.slice(0, 5).join(', ');
    const more = places.length > 5 ? ` and ${places.length - 5} more` : '';
    return `The credentials may not list ${plural} in ${named}${more}.`;
  });
  return { live, notes };
}
