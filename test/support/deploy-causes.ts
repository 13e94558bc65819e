/** What makes a deploy fail in the matrix, and how it must be told. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestCluster } from './cluster.js';
import { until, type MatrixWorld, type Situation, type Values } from './deploy-matrix.js';

export interface Cause {
  readonly name: string;
  /** Of the chart, besides the tag. */
  readonly values?: (situation: Situation) => Values;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Done in the namespace before the deploy. */
  readonly before?: (cluster: TestCluster, namespace: string, situation: Situation) => Promise<void>;
  readonly phase: 'preflight' | 'upgrade' | 'rollout' | 'test' | 'verify';
  /** Part of the failure's message. */
  readonly message: string;
  /** Of the evidence: the first object, and what must be found anywhere in it. */
  readonly object?: string;
  readonly evidence?: readonly string[];
  /** In which situations there is such a thing; default: all. */
  readonly happens?: (situation: Situation) => boolean;
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

/** What the API server must not take: the one name never, the other only when it is meant. */
const POLICIES = [
  { name: 'never', says: 'nobody may be called denied', allows: "object.metadata.name != 'denied'" },
  {
    name: 'not-really',
    says: 'this was only fine as a try',
    allows: "object.metadata.name != 'denied-for-real' || (has(request.dryRun) && request.dryRun)",
  },
] as const;

/** Sets admission policies up, and waits until they are in force. */
export async function setAdmissionUp({ cluster, folder }: MatrixWorld): Promise<void> {
  for (const { name, says, allows } of POLICIES) {
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
        },
        validations: [{ expression: allows, message: says }],
      },
    });
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
  }
  for (const [name, flags] of [
    ['denied', ['--dry-run=server']],
    ['denied-for-real', []],
  ] as const) {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(configMap(name)));
    await until(`${name} is denied`, async () => {
      const made = await cluster.kubectl('create', '--filename', file, ...flags).then(
        () => true,
        () => false,
      );
      if (made && flags.length === 0) await cluster.kubectl('delete', '--filename', file);
      return !made;
    });
  }
}

async function namespaceFor(cluster: TestCluster, namespace: string, { start }: Situation): Promise<void> {
  if (start === 'first install') await cluster.kubectl('create', 'namespace', namespace);
}

async function setQuota(cluster: TestCluster, namespace: string, hard: Readonly<Record<string, string>>) {
  const metadata = { name: 'few', namespace };
  await cluster.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
  const [key = ''] = Object.keys(hard);
  // Until the controller has counted, nothing is refused.
  await until(`the quota of ${namespace} is counted`, async () => {
    const quota = await cluster.get<{ status?: { used?: Record<string, string> } }>(
      ...['resourcequota', 'few', '--namespace', namespace],
    );
    return quota?.status?.used?.[key] !== undefined;
  });
}

const onInstall = ({ start }: Situation) => start === 'first install';
/** Where nothing is touched there is no way back whose hook could fail. */
const once = ({ hookFails }: Situation) => !hookFails;

const CAUSES: readonly Cause[] = [
  {
    name: 'render error',
    values: () => ({ greeting: { of: 'a wrong type' }, replicas: '{{' }),
    inputs: { set: 'extra=oops' },
    phase: 'preflight',
    message: 'helm cannot render the chart for this cluster',
    happens: once,
  },
  {
    name: 'admission refusal',
    values: () => ({ extra: [configMap('denied')] }),
    phase: 'preflight',
    message: 'nobody may be called denied',
    happens: once,
  },
  {
    name: 'admission refusal of real writes only',
    values: () => ({ extra: [configMap('denied-for-real')] }),
    phase: 'upgrade',
    message: 'this was only fine as a try',
    evidence: ['this was only fine as a try'],
  },
  {
    name: 'quota',
    values: () => ({ extra: [configMap('more')] }),
    before: async (cluster, namespace, situation) => {
      await namespaceFor(cluster, namespace, situation);
      // One is the cluster's own (kube-root-ca.crt), one the release's.
      await setQuota(cluster, namespace, { 'count/configmaps': onInstall(situation) ? '1' : '2' });
    },
    phase: 'preflight',
    message: 'exceeded quota: few',
    happens: once,
  },
  {
    name: 'quota of pods',
    before: async (cluster, namespace, situation) => {
      await namespaceFor(cluster, namespace, situation);
      await setQuota(cluster, namespace, { pods: onInstall(situation) ? '0' : '1' });
    },
    // The pods of a hook are refused, too: such a hook never ends.
    inputs: { 'rollback-timeout': '8s' },
    phase: 'rollout',
    message: 'exceeded quota: few',
    object: 'Deployment/app',
    evidence: ['exceeded quota: few'],
  },
  {
    name: 'object of somebody else',
    values: () => ({ extra: [configMap('theirs')] }),
    before: async (cluster, namespace, situation) => {
      await namespaceFor(cluster, namespace, situation);
      await cluster.kubectl('create', 'configmap', 'theirs', '--namespace', namespace);
    },
    phase: 'preflight',
    message: 'theirs',
    happens: once,
  },
  {
    name: 'field conflict',
    values: () => ({ replicas: 2 }),
    before: async (cluster, namespace) => {
      const fields = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' }, spec: { replicas: 3 } };
      const file = path.join(path.dirname(cluster.kubeconfig), `${namespace}-replicas.json`);
      await writeFile(file, JSON.stringify(fields));
      const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=autoscaler', '-n', namespace];
      await cluster.kubectl(...apply, '-f', file);
    },
    phase: 'preflight',
    message: 'Deployment/app: Apply failed with 1 conflict: conflict with "autoscaler": .spec.replicas',
    happens: (situation) => once(situation) && !onInstall(situation) && situation.helm === '4',
  },
  {
    name: 'never ready',
    values: () => ({ outcome: 'never-ready' }),
    inputs: { timeout: '4s' },
    phase: 'rollout',
    message: 'Deployment/app: not ready within',
    object: 'Deployment/app',
    evidence: ['Readiness probe failed'],
  },
  {
    name: 'crash loop',
    values: () => ({ outcome: 'crash-loop' }),
    phase: 'rollout',
    message: 'CrashLoopBackOff',
    object: 'Deployment/app',
    evidence: ['panic: configuration', 'CrashLoopBackOff'],
  },
  {
    name: 'image pull error',
    values: () => ({ outcome: 'image-pull-error' }),
    phase: 'rollout',
    message: 'ImagePullBackOff',
    object: 'Deployment/app',
    evidence: ['Back-off pulling image'],
  },
  {
    name: 'unschedulable',
    values: () => ({ nodeSelector: { disk: 'of-diamond' } }),
    inputs: { 'unschedulable-timeout': '3s' },
    phase: 'rollout',
    message: 'Unschedulable',
    object: 'Deployment/app',
    evidence: ['node affinity/selector'],
  },
  {
    name: 'hook fails',
    values: () => ({ hook: { events: 'post-install,post-upgrade', outcome: 'test-fails' } }),
    phase: 'upgrade',
    message: 'app-hook',
    object: 'Job/app-hook',
    evidence: ['expected HTTP 200, got 500'],
  },
  {
    name: 'test fails',
    values: () => ({ test: { outcome: 'test-fails' } }),
    phase: 'test',
    message: 'test app-test failed: test failed',
    object: 'Pod/app-test',
    evidence: ['expected HTTP 200, got 500'],
  },
  {
    name: 'test hangs',
    values: () => ({ test: { outcome: 'test-hangs' } }),
    inputs: { 'test-timeout': '4s' },
    phase: 'test',
    message: 'test app-test did not end in time',
    object: 'Pod/app-test',
  },
  {
    name: 'verify fails',
    inputs: { verify: 'echo "checking $RELEASE"; exit 7' },
    phase: 'verify',
    message: 'the verify command ended with exit code 7',
    evidence: ['checking app'],
  },
];

/** All of them, in the order of the table. */
export function allCauses(): readonly Cause[] {
  return CAUSES;
}
