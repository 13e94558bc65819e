import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, historyOf, type DeployRun } from '../support/deploy.js';
import { projectRoot } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-permissions');
});
afterAll(async () => {
  await cluster.down();
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A kubeconfig of a service account with these rules in its namespace. */
async function deployerIn(namespace: string, rules: readonly Rule[]): Promise<string> {
  await cluster.kubectl('create', 'namespace', namespace).catch(() => undefined);
  await cluster.kubectl('create', 'serviceaccount', 'deployer', '-n', namespace);
  const metadata = { name: 'deployer', namespace };
  await cluster.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules });
  await cluster.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
  });
  const token = (await cluster.kubectl('create', 'token', 'deployer', '-n', namespace)).trim();
  const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as { users: { user: Record<string, unknown> }[] };
  config.users[0]!.user = { token };
  return stringify(config);
}

const deploy = (kubeconfig: string, namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
  deployChart({ cluster, helm: '4' }, { kubeconfig, 'kubeconfig-file': '', namespace, test: 'false', ...inputs });

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const all = { apiGroups: ['', 'apps', 'coordination.k8s.io'], resources: ['*'], verbs: [...READ, ...WRITE] };

describe('permissions that are missing', () => {
  it('are told all at once, before anything is touched', async () => {
    const namespace = 'few';
    const kubeconfig = await deployerIn(namespace, [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...READ, ...WRITE] },
      { apiGroups: [''], resources: ['services'], verbs: [...READ, ...WRITE] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: READ },
    ]);
    const run = await deploy(kubeconfig, namespace);
    expect(run.result).toBe('failed');
    expect(run.outputs['failed-phase']).toBe('preflight');
    expect(run.report.failure.split('\n')).toEqual([
      'The credentials may not do what this deploy needs:',
      '- update, delete secrets in few',
      '- get, create, patch configmaps in few',
      '- create, patch deployments.apps in few',
    ]);
    expect(await historyOf(cluster, namespace)).toEqual([]);
  });

  it('for what would be deleted are found, too', async () => {
    const namespace = 'kept';
    const extra = 'extra[0].apiVersion=v1\nextra[0].kind=ServiceAccount\nextra[0].metadata.name=more';
    const rest = {
      ...all,
      resources: ['secrets', 'configmaps', 'services', 'deployments', 'replicasets', 'pods', 'leases'],
    };
    const kubeconfig = await deployerIn(namespace, [
      rest,
      { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'create', 'patch'] },
    ]);
    expect((await deploy(kubeconfig, namespace, { set: extra })).result).toBe('deployed');
    const run = await deploy(kubeconfig, namespace);
    expect(run.report.failure).toBe(
      'The credentials may not do what this deploy needs:\n- delete serviceaccounts in kept',
    );
    expect((await historyOf(cluster, namespace)).map(({ status }) => status)).toEqual(['deployed']);
  });

  it('are none with the role of examples/rbac', async () => {
    const namespace = 'shipped';
    const documents = parseAllDocuments(
      await readFile(path.join(projectRoot, 'examples/rbac/deploy-chart.yaml'), 'utf8'),
    );
    const role = documents.map((document) => document.toJS() as { kind: string; rules: Rule[] });
    const kubeconfig = await deployerIn(namespace, role.find(({ kind }) => kind === 'Role')!.rules);
    const tested = await deploy(kubeconfig, namespace, { test: 'true' });
    expect(tested.failure).toBeUndefined();
    expect(tested.log).not.toMatch(/forbidden|Forbidden|may not/);
    expect(tested.result).toBe('deployed');
    const failed = await deploy(kubeconfig, namespace, { set: 'outcome=crash-loop', timeout: '40s' });
    expect(failed.result).toBe('rolled-back');
  });

  it('are none when a role allows everything, by any name', async () => {
    const namespace = 'any';
    const kubeconfig = await deployerIn(namespace, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
    const run = await deploy(kubeconfig, namespace);
    expect(run.failure).toBeUndefined();
    expect(run.result).toBe('deployed');
  });
});
