import { DEFAULT_GRACES } from '../core/pod-problems.js';
import type { Services } from '../core/ports.js';
import type { Helm } from '../helm/helm.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import type { ReleaseContext } from './roll-back.js';

/** client-go's 5 calls a second make a large chart crawl. */
const HELM_LIMITS = { HELM_QPS: '50', HELM_BURST_LIMIT: '300' };

export interface ReleaseContextOptions {
  readonly helm: Helm;
  /** The name of helm's program. */
  readonly program: string;
  readonly cluster: Cluster;
  readonly services: Services;
  readonly target: ReleaseTarget;
  readonly historyMax: number;
  readonly unschedulableMs: number;
  readonly forceConflicts: boolean;
}

/** Everything that changes of a release need. */
export function createReleaseContext(options: ReleaseContextOptions): ReleaseContext {
  const { helm, cluster, services, target, historyMax, forceConflicts } = options;
  return {
    helm,
    cluster: { ...cluster, environment: { ...cluster.environment, ...HELM_LIMITS } },
    services,
    target,
    historyMax,
    graces: { ...DEFAULT_GRACES, unschedulable: options.unschedulableMs },
    forceConflicts,
    fieldManager: options.program,
  };
}
