/** Which releases there are: helm's records by their metadata, and the bodies of those that are shown. */
import { HelmCdError } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import { recordEntry, RecordIndex, type RecordEntry, type WantedRecords } from '../core/report-release.js';
import type { Revision } from '../core/release.js';
import { readRecord } from '../helm/release-record.js';
import { failureOf, listItems, METADATA_ONLY, read, type ClusterReader } from '../kubernetes/listing.js';

/** helm 3 and 4 mark their records so (pkg/storage/driver). */
const RECORDS = { selector: 'owner=helm', accept: METADATA_ONLY };

const secrets = (namespace: string) =>
  namespace === '' ? '/api/v1/secrets' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;

export interface FoundReleases {
  readonly releases: readonly WantedRecords[];
  /** Namespaces, or '' for all of them, whose records may not be listed. */
  readonly denied: readonly string[];
}

/**
 * The releases of a cluster, without the bodies of their records.
 * @param namespaces empty: all of them.
 * @throws HelmCdError `unreachable`, `cancelled`.
 */
export async function findReleases(reader: ClusterReader, namespaces: readonly string[]): Promise<FoundReleases> {
  const index = new RecordIndex();
  const denied: string[] = [];
  for (const namespace of namespaces.length === 0 ? [''] : namespaces) {
    const place = namespace === '' ? 'in all namespaces' : `in namespace ${namespace}`;
    const what = `The releases ${place} cannot be listed`;
    try {
      for await (const item of listItems(reader, secrets(namespace), { ...RECORDS, what })) {
        const entry = recordEntry(item as KubernetesObject);
        if (entry !== undefined) index.add(entry);
      }
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'unauthorized') throw error;
      denied.push(namespace);
    }
  }
  return { releases: index.releases(), denied };
}

/**
 * One record with its body; nothing when it is gone by now.
 * @throws HelmCdError `unauthorized` when it may not be read, `file` when it is damaged.
 */
export async function readRevision(reader: ClusterReader, entry: RecordEntry): Promise<Revision | undefined> {
  const path = `${secrets(entry.namespace)}/${encodeURIComponent(entry.secret)}`;
  const answer = await read(reader, path);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw failureOf(`The release record ${entry.secret} cannot be read`, answer);
  return readRecord(JSON.parse(answer.body) as KubernetesObject);
}
