import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { webChart, writeFiles } from '../support/charts.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import {
  closedPort,
  contentsOf,
  everythingOf,
  expectRefusal,
  openCompositeWorld,
  pathWith,
  type CompositeWorld,
  type Refusal,
} from '../support/composite-world.js';

jest.setTimeout(120_000);

const ACTION = 'deploy-chart';
const TOKEN = 'wrong-token-of-this-test-0123456789';
const CONFIG = `charts:
  web: { path: charts/web }
environments:
  develop:
    branch: main
    repository: s3://charts/develop
    cluster: { namespace: from-config }
`;

let cluster: TestCluster;
/** The text of the cluster's kubeconfig. */
let kubeconfig: string;
let world: CompositeWorld;

beforeAll(async () => {
  cluster = await startCluster('composite');
  kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
});
afterAll(async () => {
  await cluster.down();
});
beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, { 'helm-cd.yaml': CONFIG, ...Object.fromEntries(chart) });
});
afterEach(async () => {
  await world.close();
});

/** A kubeconfig for somebody the cluster does not know. */
function kubeconfigFor(server: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: it
    cluster: { server: ${server}, insecure-skip-tls-verify: true }
users:
  - name: me
    user:
      token: ${TOKEN}
contexts:
  - name: main
    context: { cluster: it, user: me, namespace: default }
current-context: main
`;
}

const namespaces = async () =>
  (await cluster.kubectl('get', 'namespaces', '--output=name'))
    .split('\n')
    .filter((name) => name !== '')
    .sort();

describe('deploy-chart by its action.yml', () => {
  it('deploys with the kubeconfig as text, hands over every output, and leaves no secret', async () => {
    const before = await contentsOf(world.workspace);
    const result = await world.run({
      chart: './charts/web',
      environment: 'develop',
      namespace: 'deployed',
      release: 'shop',
      kubeconfig,
    });
    expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(result.outcome).toBe('success');
    expect(result.outputs).toMatchObject({
      result: 'deployed',
      revision: '1',
      'failed-phase': '',
      'evidence-file': '',
      'chart-version': '0.1.0',
    });
    expect(result.outputs['chart-digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(result.outputs['plan-digest']).not.toBe('');
    expect(await readFile(result.outputs['diff-file'] ?? '', 'utf8')).toContain('kind: Deployment');
    expect(JSON.parse(result.outputs['tests'] ?? '')).toEqual([expect.objectContaining({ name: expect.any(String) })]);
    expect(await cluster.helm('helm', 'list', '--namespace', 'deployed', '--short')).toBe('shop\n');
    expect(await contentsOf(world.workspace)).toEqual(before);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);

    const everything = await everythingOf(result);
    for (const [, secret = ''] of kubeconfig.matchAll(/(?:client-key-data|token): (\S{20,})/g)) {
      expect(everything).not.toContain(secret);
    }
    // What is no secret stays readable.
    expect(result.summary).toContain('shop');
  });

  it('plans from helm-cd.yaml without changing anything, with the kubeconfig as base64', async () => {
    const before = await namespaces();
    const inputs = {
      environment: 'develop',
      chart: './charts/web',
      kubeconfig: Buffer.from(kubeconfig).toString('base64'),
    };
    const result = await world.run({ ...inputs, 'dry-run': 'true' });
    expect(result.outputs).toMatchObject({ result: 'planned', revision: '', 'chart-version': '0.1.0' });
    expect(result.summary).toContain('from-config');
    expect(await namespaces()).toEqual(before);
  });
});

describe('deploy-chart refuses, and changes nothing:', () => {
  it.each<[string, Record<string, string>, Refusal]>([
    ['an unknown boolean', { test: 'no' }, { code: 'input', message: 'Input "test" is neither true nor false: "no"' }],
    ['no duration', { timeout: '5 min' }, { code: 'input', message: 'Input "timeout" is not a duration: "5 min"' }],
    [
      'an unknown choice',
      { 'on-first-install-failure': 'delete' },
      { code: 'input', message: 'Input "on-first-install-failure" has the unknown value "delete"' },
    ],
    ['a release name that is none', { release: 'My_Shop' }, { code: 'input', message: '"My_Shop"' }],
    [
      'a digest that is none',
      { 'chart-digest': 'sha256:abc' },
      { code: 'input', message: 'Input "chart-digest" is no SHA-256 digest: "sha256:abc"' },
    ],
    [
      'two kubeconfigs',
      { 'kubeconfig-file': 'kubeconfig' },
      { code: 'input', message: 'Inputs "kubeconfig" and "kubeconfig-file" were both given.' },
    ],
    [
      'an unknown environment',
      { environment: 'devlop' },
      { code: 'config', message: 'helm-cd.yaml has no environment "devlop", did you mean "develop"?' },
    ],
    [
      'a chart that does not exist',
      { chart: './charts/wbe' },
      { code: 'not-found', message: 'Input "chart" names no chart: ./charts/wbe' },
    ],
    [
      'a GitHub Deployment without a token',
      { 'github-deployment': 'true', token: '' },
      { code: 'input', message: 'Input "github-deployment" needs "token".' },
    ],
  ])('%s', async (_, inputs, refusal) => {
    const before = await namespaces();
    await expectRefusal(
      await world.run({ chart: './charts/web', namespace: 'refused', kubeconfig, ...inputs }),
      ACTION,
      refusal,
    );
    expect(await namespaces()).toEqual(before);
  });

  it('no chart when there is no helm-cd.yaml', async () => {
    await writeFiles(world.folder, { 'empty/README.md': '' });
    const result = await world.run({ namespace: 'x', kubeconfig }, { workspace: `${world.folder}/empty` });
    await expectRefusal(result, ACTION, { code: 'input', message: 'Input "chart" is required but empty.' });
  });

  it('a helm-cd.yaml that is broken, at its line', async () => {
    await writeFiles(world.workspace, { 'helm-cd.yaml': `${CONFIG}    values: {}\n` });
    const message = 'environments.develop.values must be of type array';
    const result = await world.run({ chart: './charts/web', kubeconfig });
    await expectRefusal(result, ACTION, { code: 'config', message, file: 'helm-cd.yaml', line: 8 });
  });
});

/** These fail in the course of a deploy: the action's own result says in which phase. */
describe('deploy-chart fails before it changes anything:', () => {
  async function expectPreflight(inputs: Record<string, string>, code: string, message: RegExp, environment = {}) {
    const before = await namespaces();
    const all = { chart: './charts/web', environment: 'develop', namespace: 'refused', kubeconfig, ...inputs };
    const result = await world.run(all, { environment });
    const errors = result.annotations.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/^The deploy.* failed in phase preflight: /);
    expect(errors[0]?.message).toMatch(message);
    expect(result).toMatchObject({ outcome: 'failure', exitCode: 1 });
    expect(result.outputs).toMatchObject({ result: 'failed', 'failed-phase': 'preflight', revision: '' });
    const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as {
      error?: { code: string };
    };
    expect(document.error?.code).toBe(code);
    expect(await namespaces()).toEqual(before);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
    return result;
  }

  it('a cluster that cannot be reached', async () => {
    const server = `https://127.0.0.1:${await closedPort()}`;
    const result = await expectPreflight({ kubeconfig: kubeconfigFor(server) }, 'unreachable', new RegExp(server));
    expect(await everythingOf(result)).not.toContain(TOKEN);
  });

  it('wrong credentials, and shows them nowhere', async () => {
    const result = await expectPreflight(
      { kubeconfig: kubeconfigFor(cluster.server) },
      'unauthorized',
      /[Uu]nauthorized|credentials/,
    );
    expect(result.masks).toContain(TOKEN);
    expect(await everythingOf(result)).not.toContain(TOKEN);
  });

  it('a kubeconfig that is none', async () => {
    await expectPreflight({ kubeconfig: 'not: a kubeconfig' }, 'input', /kubeconfig/);
  });

  it('a values file that does not exist', async () => {
    await expectPreflight({ values: 'env/nowhere.yaml' }, 'file', /env\/nowhere\.yaml/);
  });

  it('no helm on PATH, and none that could be downloaded', async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const environment = { PATH: await pathWith(world.folder, 'kubectl'), HTTPS_PROXY: proxy, https_proxy: proxy };
    await expectPreflight(
      {},
      'tool',
      /No suitable helm is on PATH, and helm \S+ could not be downloaded: .*ECONNREFUSED/,
      environment,
    );
  });

  it('a chart repository that cannot be reached', async () => {
    const endpoint = `http://127.0.0.1:${await closedPort()}`;
    const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y-secret' };
    await expectPreflight({ chart: 'web', 'endpoint-url': endpoint }, 'unreachable', /ECONNREFUSED/, environment);
  });
});
