import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readContext } from '../../src/runtime/context.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, rollbackChart, type DeployRun } from '../support/deploy.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';

jest.setTimeout(120_000);

const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';

const run = (id: number, status: string) => ({
  id,
  name: 'deploy',
  event: 'push',
  headBranch: 'main',
  headSha: '0123456789abcdef0123456789abcdef01234567',
  runNumber: id,
  status,
  conclusion: status === 'completed' ? 'cancelled' : null,
});

let cluster: TestCluster;
let github: GitHubServer;
let head: string;
beforeAll(async () => {
  cluster = await startCluster('deploy-github');
});
afterAll(async () => {
  await cluster.down();
});
beforeEach(async () => {
  github = await startGitHubServer({
    repositories: [
      {
        owner: 'acme',
        name: 'shop',
        files: { 'Chart.yaml': 'name: app\n' },
        runs: [run(5, 'completed'), run(7, 'in_progress')],
      },
    ],
    tokens: [TOKEN],
  });
  head = (await github.repository('acme', 'shop').head()) ?? '';
});
afterEach(async () => {
  expect([github.violations, github.faults.pending]).toEqual([[], []]);
  await github.close();
});

const setup = () => ({
  cluster,
  helm: '4',
  overrides: {
    context: readContext({
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SHA: head,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GRAPHQL_URL: github.graphqlUrl,
      GITHUB_SERVER_URL: github.serverUrl,
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: '1',
    }),
  },
});
const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
  deployChart(setup(), { namespace, 'github-deployment': 'true', token: TOKEN, ...inputs });

/** `app 1.0.0: in_progress success`, in the order in which they were made. */
const states = () =>
  github.deployments.map(({ description, statuses }) =>
    [`${description}:`, ...statuses.map(({ state }) => state)].join(' '),
  );

describe('GitHub Deployments of deploys', () => {
  it('tell what happened: a success after the tests, a failure, and what it was rolled back to', async () => {
    const namespace = 'told';
    const first = await deploy(namespace, { 'environment-url': 'https://shop.example.com' });
    expect(first.result).toBe('deployed');
    expect(states()).toEqual(['app 1.0.0: in_progress success']);
    expect(github.deployments[0]).toMatchObject({
      sha: head,
      environment: namespace,
      task: `deploy:${namespace}/app`,
      payload: {
        release: 'app',
        chart: { name: 'app', version: '1.0.0', digest: first.outputs['chart-digest'] },
        images: ['registry.example/app:1.0.0'],
      },
    });
    expect(github.deployments[0]?.statuses.at(-1)?.environmentUrl).toBe('https://shop.example.com');

    expect((await deploy(namespace)).result).toBe('unchanged');
    expect((await deploy(namespace, { set: 'tag=1.1.0', 'dry-run': 'true' })).result).toBe('planned');
    expect(github.deployments).toHaveLength(1);

    const failed = await deploy(namespace, { set: 'tag=1.1.0\ntest.outcome=test-fails' });
    expect(failed.result).toBe('rolled-back');
    expect(states()).toEqual([
      'app 1.0.0: in_progress success inactive',
      'app 1.0.0: in_progress failure',
      'Rollback to revision 1: app 1.0.0: in_progress success',
    ]);
    expect(github.deployments[1]?.statuses.at(-1)?.description).toMatch(/^test: test app-test failed/);

    await deploy(namespace, { set: 'tag=1.2.0', test: 'false' });
    const back = await rollbackChart(setup(), { namespace, 'github-deployment': 'true', token: TOKEN });
    expect(back.result).toBe('rolled-back');
    expect(states().slice(2)).toEqual([
      'Rollback to revision 1: app 1.0.0: in_progress success inactive',
      'app 1.0.0: in_progress success inactive',
      'app 1.0.0: in_progress success',
    ]);
  });

  it('are not worth a failed deploy', async () => {
    const run = await deploy('untold', { token: 'ghs_nobody' });
    expect(run.result).toBe('deployed');
    expect(run.log).toMatch(/warning: A GitHub Deployment of [0-9a-f]{7} in acme\/shop cannot be made: /);
  });
});

describe('a lock whose holder is gone', () => {
  /** Held by a run, and good for an hour. */
  async function hold(namespace: string, holder: string): Promise<void> {
    const renewTime = new Date(Date.now() + 3600_000).toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: holder, leaseDurationSeconds: 3600, renewTime };
    await cluster.kubectl('create', 'namespace', namespace);
    await cluster.apply({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'helm-cd-app', namespace },
      spec,
    });
  }
  it('is taken over at once when GitHub says that the run is completed', async () => {
    await hold('over', 'acme/shop run 5 attempt 1 (abc123)');
    const deployed = await deploy('over', { test: 'false', 'github-deployment': 'false' });
    expect(deployed.result).toBe('deployed');
    expect(deployed.log).toContain(
      'The lock was held by acme/shop run 5 attempt 1 (abc123), which is gone: taking it over.',
    );
  });

  it('is waited for while the run goes on, and when GitHub does not know it', async () => {
    await hold('alive', 'acme/shop run 7 attempt 1 (abc123)');
    const waiting = await deploy('alive', { 'lock-timeout': '2s', 'github-deployment': 'false' });
    expect(waiting.failure).toContain('Another deploy holds this release: acme/shop run 7 attempt 1 (abc123).');
    await hold('unknown', 'acme/shop run 6 attempt 1 (abc123)');
    const unknown = await deploy('unknown', { 'lock-timeout': '2s', 'github-deployment': 'false' });
    expect(unknown.failure).toContain('Another deploy holds this release: acme/shop run 6 attempt 1 (abc123).');
  });
});
