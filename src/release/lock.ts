/** The release's lock, and the namespace that it lives in. */
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { acquireLease, type HeldLease } from '../kubernetes/lease.js';
import { isAttemptOver } from '../github/run-state.js';
import type { ReleaseTarget } from '../helm/lifecycle.js';
import { lockName } from './memory.js';
import { randomBytes } from 'node:crypto';

/** Whether the namespace is there; credentials that may not ask are taken to work in one that is. */
export async function namespaceExists(cluster: Cluster, namespace: string): Promise<boolean> {
  const reply = await cluster.call(['get', 'namespace', namespace, '--output=name', '--ignore-not-found']);
  if (reply.failure === undefined) return reply.stdout.trim() !== '';
  if (reply.failure === 'forbidden') return true;
  if (reply.failure === 'not-found') return false;
  throw new HelmCdError('tool', `Namespace ${namespace} cannot be looked up: ${reply.message}`);
}

/** Creates the namespace; somebody else may do so at the same moment. */
export async function createNamespace(cluster: Cluster, namespace: string, services: Services): Promise<void> {
  const reply = await cluster.call(['create', 'namespace', namespace]);
  if (reply.failure === 'already-exists') return;
  if (reply.failure === undefined) return services.log.info(`Created namespace ${namespace}`);
  const code = reply.failure === 'forbidden' || reply.failure === 'unauthorized' ? 'unauthorized' : 'tool';
  throw new HelmCdError(code, `Namespace ${namespace} cannot be created: ${reply.message}`, {
    hint: 'Create it beforehand, and set create-namespace: false.',
  });
}

/** Who holds the lock, for those who wait: `acme/shop run 123 attempt 1`. The end makes it this process alone. */
function holderOf({ context }: Services): string {
  const unique = randomBytes(3).toString('hex');
  if (context.runId === '') return `helm-cd ${unique}`;
  return `${context.repository} run ${context.runId} attempt ${context.runAttempt} (${unique})`;
}

/** Asks GitHub whether the run that holds the lock is over: then nobody renews it any more. */
function goneByGitHub(token: string, services: Services): ((holder: string) => Promise<boolean>) | undefined {
  if (token === '') return undefined;
  const { apiUrl, graphqlUrl } = services.context;
  return async (holder) => {
    const match = /^([^/\s]+)\/(\S+) run (\d+) attempt (\d+) /.exec(holder);
    if (match === null) return false;
    const [, owner = '', name = '', runId = '', attempt = ''] = match;
    const client = services.github({ token, apiUrl, graphqlUrl });
    return (await isAttemptOver(client, { owner, name, runId, attempt: Number(attempt) })) === true;
  };
}

/**
 * Takes the lock of a release.
 * @param options `token`: to ask GitHub whether the run that holds it is over; empty: then its lease must run out.
 *   `holder`: who we are, when an earlier process held it for us.
 */
export function lockRelease(
  cluster: Cluster,
  target: ReleaseTarget,
  options: { readonly timeoutMs: number; readonly token?: string; readonly holder?: string },
  services: Services,
): Promise<HeldLease> {
  const isGone = goneByGitHub(options.token ?? '', services);
  return acquireLease(cluster, services, {
    namespace: target.namespace,
    name: lockName(target),
    holder: options.holder ?? holderOf(services),
    timeoutMs: options.timeoutMs,
    ...(isGone === undefined ? {} : { isGone }),
  });
}
