import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DeploymentRecord, type DeploymentFacts } from '../../src/github/deployments.js';
import type { Repository } from '../../src/github/repository.js';
import { createGitHub } from '../../src/runtime/github.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';

jest.setTimeout(180_000);

let server: GitHubServer;
let head: string;
let warnings: string[];
const log = { warning: (message: string) => void warnings.push(message) };

beforeEach(async () => {
  warnings = [];
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'shop', files: { 'Chart.yaml': 'name: shop\n' } }],
    tokens: ['ghs_app', { token: 'ghs_reader', permissions: { contents: 'read' } }],
  });
  head = (await server.repository('acme', 'shop').head()) ?? '';
});
afterEach(async () => {
  await server.close();
  expect([server.violations, server.faults.pending]).toEqual([[], []]);
});

function repository(token = 'ghs_app', cancelled = new AbortController().signal): Repository {
  const access = { token, apiUrl: server.apiUrl, graphqlUrl: server.graphqlUrl, ignoreCancel: true };
  const clock = { now: () => Date.now(), sleep: () => Promise.reject(new Error('nobody waits by the job’s clock')) };
  return { client: createGitHub(cancelled)(access), owner: 'acme', name: 'shop', clock };
}

const facts = (more: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  environment: 'production',
  release: 'shop/shop',
  ref: head,
  ownRef: head,
  description: 'shop 1.0.0',
  payload: { chart: { name: 'shop', version: '1.0.0' } },
  environmentUrl: 'https://shop.example.com',
  logUrl: 'https://github.com/acme/shop/actions/runs/1',
  ...more,
});

/** `shop 1.0.0: in_progress success`, in the order in which they were made. */
const states = () =>
  server.deployments.map(({ description, statuses }) =>
    [`${description}:`, ...statuses.map(({ state }) => state)].join(' '),
  );

describe('a GitHub Deployment', () => {
  it('is in progress, then a success; only then the one before, also of production, is inactive', async () => {
    const first = await DeploymentRecord.start(repository(), facts(), log);
    await first.end('success', 'Revision 1');
    const second = await DeploymentRecord.start(repository(), facts({ description: 'shop 1.1.0' }), log);
    expect(states()).toEqual(['shop 1.0.0: in_progress success', 'shop 1.1.0: in_progress']);
    await second.end('success', 'Revision 2');
    expect(states()).toEqual(['shop 1.0.0: in_progress success inactive', 'shop 1.1.0: in_progress success']);
    expect(server.deployments[1]).toMatchObject({
      sha: head,
      environment: 'production',
      productionEnvironment: true,
      task: 'deploy:shop/shop',
      statuses: [
        { state: 'in_progress' },
        { logUrl: 'https://github.com/acme/shop/actions/runs/1', environmentUrl: 'https://shop.example.com' },
      ],
    });
    expect(warnings).toEqual([]);
  });

  it('that fails leaves the one before in service', async () => {
    await (await DeploymentRecord.start(repository(), facts(), log)).end('success', 'Revision 1');
    const bad = await DeploymentRecord.start(repository(), facts({ description: 'shop 1.1.0' }), log);
    await bad.end('failure', `test: ${'x'.repeat(300)}`);
    expect(states()).toEqual(['shop 1.0.0: in_progress success', 'shop 1.1.0: in_progress failure']);
    expect(server.deployments[1]?.statuses[1]?.description).toHaveLength(140);
  });

  it('of another release of the same environment is none of its business', async () => {
    await (
      await DeploymentRecord.start(repository(), facts({ release: 'shop/api', description: 'api' }), log)
    ).end('success', 'Revision 1');
    await (await DeploymentRecord.start(repository(), facts(), log)).end('success', 'Revision 1');
    expect(states()).toEqual(['api: in_progress success', 'shop 1.0.0: in_progress success']);
  });

  it('that nobody finished is an error once a later one is a success', async () => {
    await DeploymentRecord.start(repository(), facts({ description: 'killed' }), log);
    await (await DeploymentRecord.start(repository(), facts(), log)).end('success', 'Revision 2');
    expect(states()).toEqual(['killed: in_progress error', 'shop 1.0.0: in_progress success']);
  });

  it('of a commit that the repository does not have is made at the run’s own', async () => {
    const ref = '0123456789abcdef0123456789abcdef01234567';
    await (await DeploymentRecord.start(repository(), facts({ ref }), log)).end('success', 'Revision 1');
    expect(server.deployments).toMatchObject([{ sha: head }]);
    expect(warnings).toEqual([]);
  });

  it('is made whatever checks are under way, and tells how a cancelled job ended', async () => {
    const cancel = new AbortController();
    const record = await DeploymentRecord.start(repository('ghs_app', cancel.signal), facts(), log);
    cancel.abort();
    await record.end('failure', 'cancelled');
    expect(states()).toEqual(['shop 1.0.0: in_progress failure']);
  });

  it('survives an answer that is lost', async () => {
    server.faults.add({ on: 'repos/create-deployment-status', kind: 'answer', when: 'before', status: 502 });
    await (await DeploymentRecord.start(repository(), facts(), log)).end('success', 'Revision 1');
    expect(states()).toEqual(['shop 1.0.0: in_progress success']);
    expect(warnings).toEqual([]);
  });

  it('that may not be made is a warning that says what the job needs', async () => {
    const record = await DeploymentRecord.start(repository('ghs_reader'), facts(), log);
    await record.end('success', 'Revision 1');
    expect(record.id).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^A GitHub Deployment of [0-9a-f]{7} in acme\/shop cannot be made: .*\. The job needs permissions: deployments: write\.$/,
      ),
    ]);
  });
});
