/** Whether live objects are as they were released: the API server is asked what it would change if they were applied again. */
import { findDrift } from '../core/drift.js';
import { readObjects, type ManifestObject } from '../core/release-manifest.js';
import { driftLines } from '../core/report-drift.js';
import type { DriftEntry } from '../core/report-model.js';
import type { Cluster } from '../kubernetes/cluster.js';

/** What helm calls itself as a field manager. */
const FIELD_MANAGER = 'helm';

const unknown = (note: string): DriftEntry => ({ state: 'unknown', lines: [], note });

/** Looks at releases of one cluster. Where that is not permitted, it is found out once. */
export class DriftReader {
  private readonly cluster: Cluster;
  private readonly denied = new Set<string>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Namespaces in which it is not permitted, as far as was tried. */
  get deniedNamespaces(): readonly string[] {
    return [...this.denied];
  }

  /**
   * @param objects of the manifest that was deployed.
   * @throws HelmCdError `cancelled`, `timeout`
   */
  async look(objects: readonly ManifestObject[], namespace: string): Promise<DriftEntry> {
    if (this.denied.has(namespace)) return unknown('needs the permission to patch');
    if (objects.length === 0) return { state: 'none', lines: [], note: '' };
    const found = await this.cluster.objects.getEach(objects, namespace);
    const present = found.flatMap(({ status, object }, index) =>
      status === 200 && object !== undefined ? [{ released: objects[index], live: object }] : [],
    );
    const applied = await this.cluster.objects.dryRunEach(
      present.flatMap(({ released }) => (released === undefined ? [] : [released])),
      { namespace, fieldManager: FIELD_MANAGER, force: true },
    );
    const forbidden = [...found, ...applied].filter(({ status }) => status === 403 || status === 401).length;
    if (
      forbidden === found.length + applied.length ||
      (applied.length > 0 && applied.every(({ status }) => status === 403))
    ) {
      this.denied.add(namespace);
      return unknown('needs the permission to patch');
    }
    const asList = (items: readonly unknown[]) => readObjects(JSON.stringify({ kind: 'List', items }), namespace);
    // An object of which it is not known whether it is there is no missing one.
    const looked = objects.filter((_, index) => found[index]?.status === 200 || found[index]?.status === 404);
    const live = asList(present.map((one) => one.live));
    const after = asList(applied.flatMap(({ object }) => (object === undefined ? [] : [object])));
    const lines = driftLines(findDrift(looked, looked, live, after), namespace);
    const left = objects.length - looked.length + applied.filter(({ object }) => object === undefined).length;
    const note = left === 0 ? '' : `${left} of ${objects.length} objects could not be looked at`;
    if (lines.length > 0) return { state: 'drifted', lines, note };
    return left === 0 ? { state: 'none', lines, note } : { state: 'unknown', lines, note };
  }
}
