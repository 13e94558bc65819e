/** The revisions of a release, read from and written to helm's own records in the cluster. */
import { HelmCdError } from '../core/errors.js';
import type { Revision } from '../core/release.js';
import { readRecord, changeRecord, type RecordChange } from '../helm/release-record.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { CallOptions, Cluster } from '../kubernetes/cluster.js';

/** A record may have 1 MiB, and there may be any number of them. */
const READ_TIMEOUT_MS = 120_000;

function describe({ release, namespace }: ReleaseTarget): string {
  return `The history of release ${release} in namespace ${namespace} cannot be read`;
}

/**
 * All revisions with their manifests, oldest first, in one call. None when the release, or its namespace, does not exist.
 * @throws HelmCdError `unauthorized` when the records may not be read, `file` when one is damaged.
 */
export async function readHistory(
  cluster: Cluster,
  target: ReleaseTarget,
  options: CallOptions = {},
): Promise<readonly Revision[]> {
  return readRecords(cluster, target, '', options);
}

async function readRecords(
  cluster: Cluster,
  target: ReleaseTarget,
  more: string,
  options: CallOptions,
): Promise<readonly Revision[]> {
  const selector = `--selector=owner=helm,name=${target.release}${more}`;
  const secrets = await cluster.list(describe(target), ['get', 'secrets', selector], {
    namespace: target.namespace,
    timeoutMs: READ_TIMEOUT_MS,
    ...options,
  });
  return secrets.map(readRecord).sort((a, b) => a.revision - b.revision);
}

/** One revision, without the others: each may be a megabyte. Nothing when it is not there. */
export async function readRevision(
  cluster: Cluster,
  target: ReleaseTarget,
  revision: number,
  options: CallOptions = {},
): Promise<Revision | undefined> {
  return (await readRecords(cluster, target, `,version=${revision}`, options))[0];
}

/** Helm gives the next number; whatever else somebody's own helm did meanwhile has the ones after it. */
const LOOKED_AHEAD = 10;

/** The newest revision, if it came after `before`; those up to there are not read. */
export async function readNewer(
  cluster: Cluster,
  target: ReleaseTarget,
  before: number,
  options: CallOptions = {},
): Promise<Revision | undefined> {
  const numbers = Array.from({ length: LOOKED_AHEAD }, (_, index) => before + 1 + index);
  return (await readRecords(cluster, target, `,version in (${numbers.join(',')})`, options)).at(-1);
}

/**
 * Writes labels, a description or a status into a revision's record.
 * @returns whether it was written; a record that is gone, or that is changed by somebody else again and again, stays.
 */
export async function annotateRevision(
  cluster: Cluster,
  target: ReleaseTarget,
  revision: number,
  change: RecordChange,
): Promise<boolean> {
  const name = `sh.helm.release.v1.${target.release}.v${revision}`;
  const options = { namespace: target.namespace, ignoreCancel: true };
  for (let attempt = 0; attempt < 3; attempt++) {
    const [secret] = await cluster
      .list(`The record ${name} cannot be read`, ['get', 'secret', name], options)
      .catch((error: unknown) => {
        if (error instanceof HelmCdError && error.code === 'not-found') return [];
        throw error;
      });
    if (secret === undefined) return false;
    const changed = JSON.stringify(changeRecord(secret, change));
    const reply = await cluster.call(['replace', '--filename=-'], { ...options, input: changed });
    if (reply.failure === undefined) return true;
    if (reply.failure !== 'conflict') {
      throw new HelmCdError('tool', `The record ${name} cannot be written: ${reply.message}`);
    }
  }
  return false;
}
