import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { readContext } from '../../src/runtime/context.js';
import { chartWithImages } from '../support/bare-repository.js';
import { runBump } from '../support/bump-run.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';

let server: GitHubServer;
const started: string[] = [];

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') }],
    tokens: ['ghs_app', { token: 'ghs_own', kind: 'workflow' }],
  });
});
afterEach(async () => {
  await server.close();
  for (const folder of started.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function bump(inputs: Record<string, string>) {
  const result = await runBump(
    {
      repository: 'acme/charts',
      token: 'ghs_app',
      'server-url': server.serverUrl,
      'api-url': server.apiUrl,
      'graphql-url': server.graphqlUrl,
      ...inputs,
    },
    { context: readContext({ GITHUB_REPOSITORY: 'acme/api', GITHUB_SHA: 'c0ffee', GITHUB_RUN_ID: '7' }) },
  );
  started.push(result.services.workingDirectory);
  return result;
}

describe('bump-image-tag by GitHub’s API', () => {
  it('reads everything with one query and commits with one mutation', async () => {
    const charts = server.repository('acme', 'charts');
    const before = await charts.head('main');
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0', chart: 'charts/shop' });
    expect(result).toMatchObject({ result: 'bumped', ok: true });
    expect(result.outputs).toMatchObject({ changed: 'true', 'commit-verified': 'true', branch: 'main', attempts: '1' });
    expect(result.outputs['commit-sha']).toBe(await charts.head('main'));
    expect(await charts.read(VALUES)).toContain('1.1.0');
    expect(await charts.read(CHART)).toContain('version: 1.1.0');
    expect((await charts.log('main')).length).toBe(2);
    expect(before).not.toBe(result.outputs['commit-sha']);
    expect([server.violations, server.count()]).toEqual([[], 2]);
  });
});
