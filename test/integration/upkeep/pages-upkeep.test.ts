import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { readContext } from '../../../src/runtime/context.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { startGitHubServer, type GitHubServer } from '../../support/github-server/index.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { findingsOf, holdingsOf, publishAll } from '../../support/upkeep.js';

jest.setTimeout(180_000);

const TOKEN = 'ghs_charts';

let services: TestServices;
let server: GitHubServer;
let store: ChartStore;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { 'README.md': 'The sources.\n' }, pages: { buildMs: 50 } }],
    tokens: [{ token: TOKEN, kind: 'workflow', repositories: ['acme/charts'] }],
  });
  const { apiUrl, graphqlUrl, serverUrl } = server;
  services = await createTestServices({ context: { ...readContext({}), apiUrl, graphqlUrl, serverUrl } });
  store = await openStore('pages://acme/charts', { token: TOKEN }, services);
});

afterEach(async () => {
  const { violations } = server;
  await server.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

describe('a chart repository on GitHub Pages', () => {
  it('is pruned by commits of GitHub’s own interface, and checked', async () => {
    await publishAll(store, 'shop 1.0.0 *', 'shop 1.1.0', 'shop 2.0.0');
    expect(await holdingsOf(store)).toEqual(['2.0.0', '1.1.0', '1.0.0']);
    expect(await findingsOf(store)).toEqual([]);
    const all = await store.upkeep.holdings(['shop']);
    expect(all.every(({ sizeBytes }) => (sizeBytes ?? 0) > 300)).toBe(true);
    const removals = await store.upkeep.remove(all.filter(({ version }) => version !== '2.0.0'));
    expect(removals.map(({ state }) => state)).toEqual(['removed', 'removed']);
    expect(await holdingsOf(store)).toEqual(['2.0.0']);
    expect(await findingsOf(store)).toEqual([]);
    const charts = server.repository('acme', 'charts');
    expect(await charts.read('shop-1.0.0.tgz', 'gh-pages')).toBeUndefined();
    expect(await charts.read('shop-1.0.0.tgz.prov', 'gh-pages')).toBeUndefined();
    expect(await charts.read('.nojekyll', 'gh-pages')).toContain('GitHub Pages');
  });
});
