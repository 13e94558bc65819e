/** Releases whose records may not be read: what helm wrote on their workloads tells that they are there. */
import { nameOf } from './kubernetes-object.js';
import type { LiveObject, LiveObjects } from './report-live.js';
import type { ReleaseEntry } from './report-model.js';
import { factsWithoutBody } from './report-release.js';
import { workloadEntries } from './report-workloads.js';

const API_VERSIONS: Readonly<Record<string, string>> = { Job: 'batch/v1', CronJob: 'batch/v1', Pod: 'v1' };

/** `shop-1.2.0` of the label `helm.sh/chart`, in which a + of the version is a _. */
export function chartOfLabel(label: string): { readonly name: string; readonly version: string } {
  const match = /^(.+?)-(v?\d+\.\d+\.\d+.*)$/.exec(label);
  return match === null
    ? { name: label, version: '' }
    : { name: match[1] ?? '', version: (match[2] ?? '').replace(/_/g, '+') };
}

function releaseOf({ metadata }: LiveObject): { readonly name: string; readonly namespace: string } | undefined {
  const name = metadata.annotations?.['meta.helm.sh/release-name'] ?? '';
  if (name === '' || metadata.labels?.['app.kubernetes.io/managed-by'] !== 'Helm') return undefined;
  return { name, namespace: metadata.annotations?.['meta.helm.sh/release-namespace'] ?? metadata.namespace ?? '' };
}

/** The releases that own workloads, with what is known of them without a record. */
export function liveReleases(
  live: LiveObjects,
): readonly Omit<ReleaseEntry, 'concerns' | 'cluster' | 'environment' | 'drift'>[] {
  const found = new Map<string, { name: string; namespace: string; objects: LiveObject[] }>();
  for (const objects of live.all()) {
    for (const object of objects) {
      const release = releaseOf(object);
      if (release === undefined || (object.metadata.ownerReferences ?? []).length > 0) continue;
      const key = `${release.namespace}/${release.name}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { ...release, objects: [object] });
      else known.objects.push(object);
    }
  }
  return [...found.values()].map(({ name, namespace, objects }) => {
    const newest = { namespace, secret: '', release: name, revision: 0, status: 'unknown', labels: {} };
    const facts = factsWithoutBody({ namespace, release: name, revisions: 0, newest, deployed: undefined });
    const label = objects.map(({ metadata }) => metadata.labels?.['helm.sh/chart'] ?? '').find((text) => text !== '');
    const refs = objects.map((object) => ({
      apiVersion: API_VERSIONS[object.kind] ?? 'apps/v1',
      kind: object.kind,
      namespace: object.metadata.namespace ?? '',
      name: nameOf(object),
    }));
    return {
      ...facts,
      chart: { ...facts.chart, ...(label === undefined ? {} : chartOfLabel(label)) },
      workloads: workloadEntries(refs, namespace, live),
    };
  });
}
