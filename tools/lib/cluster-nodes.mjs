// The nodes of a simulated cluster, and the wait until workloads can be sent to it.
import { waitFor } from './wait.mjs';

const nodeNames = (count) => Array.from({ length: count }, (_, index) => `node-${index + 1}`);

/** @param {ReturnType<import('./kube-client.mjs').kubeClient>} request */
export async function createNodes(request, count) {
  for (const name of nodeNames(count)) {
    const labels = {
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/hostname': name,
    };
    await request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  }
}

const isReady = (node) => node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');

/** Ready: every node can take pods, and the default namespace has the service account that pods run under. */
export async function waitUntilReady(request, count, stop) {
  await waitFor(
    'the nodes to be ready',
    async () => {
      const nodes = await Promise.all(nodeNames(count).map((name) => request('GET', `/api/v1/nodes/${name}`)));
      // A new node is tainted until the controller manager has seen that it is ready.
      return nodes.every((node) => isReady(node) && !node.spec.taints);
    },
    { timeoutMs: 60_000, stop },
  );
  await waitFor(
    'the default service account to exist',
    async () => (await request('GET', '/api/v1/namespaces/default/serviceaccounts/default')) !== undefined,
    { timeoutMs: 60_000, stop },
  );
}
