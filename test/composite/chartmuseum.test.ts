import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import path from 'node:path';
import { webChart, writeFiles } from '../support/charts.js';
import { startChartMuseum, type ChartMuseum } from '../support/chartmuseum/index.js';
import { everythingOf, expectRefusal, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';

jest.setTimeout(180_000);

const LOGIN = { username: 'keeper', password: 'TheMuseumKeepersPassword/000+a' };
const BASIC = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');

let world: CompositeWorld;
let museum: ChartMuseum;
let repository: string;

async function open(action: string): Promise<void> {
  world = await openCompositeWorld(action);
  const folder = path.join(world.folder, 'museum');
  museum = await startChartMuseum({ folder, depth: 2, user: LOGIN });
  repository = `${museum.url.replace('http:', 'http+chartmuseum:')}/acme/develop`;
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, {
    'helm-cd.yaml': `charts:\n  web: { path: charts/web }\nenvironments:\n  develop: { branch: main, repository: '${repository}' }\n`,
    ...Object.fromEntries(chart),
  });
}

afterEach(async () => {
  await museum.close();
  await world.close();
});

describe('publish-chart by its action.yml, to a ChartMuseum', () => {
  beforeEach(() => open('publish-chart'));

  it('publishes with a login that is shown nowhere; again it finds the work done', async () => {
    const first = await world.run({ environment: 'develop', ...LOGIN });
    expect(first.outcome).toBe('success');
    expect(first.outputs).toMatchObject({
      result: 'published',
      version: '0.1.0',
      url: `${museum.url}/acme/develop/charts/web-0.1.0.tgz`,
    });
    expect(await museum.storage('acme/develop').files()).toEqual(['web-0.1.0.tgz']);
    const everything = await everythingOf(first);
    for (const secret of [LOGIN.password, BASIC]) expect(everything).not.toContain(secret);
    const second = await world.run({ environment: 'develop', ...LOGIN });
    expect(second.outputs).toMatchObject({ result: 'already-published', digest: first.outputs['digest'] });
  });

  it('is refused without the login, and with a wrong one', async () => {
    const message = `${museum.url}/acme/develop/index.yaml cannot be read: unauthorized (HTTP 401).`;
    await expectRefusal(await world.run({ environment: 'develop' }), 'publish-chart', {
      code: 'unauthorized',
      message,
    });
    const wrong = await world.run({ environment: 'develop', ...LOGIN, password: 'TheWrongPassword' });
    await expectRefusal(wrong, 'publish-chart', { code: 'unauthorized', message });
    expect(await everythingOf(wrong)).not.toContain('TheWrongPassword');
    expect(await museum.storage('acme/develop').files()).toEqual([]);
  });
});

describe('promote-chart by its action.yml', () => {
  beforeEach(() => open('publish-chart'));

  it('takes a chart from a plain repository on the web', async () => {
    await world.run({ environment: 'develop', ...LOGIN });
    const from = `${museum.url}/acme/develop`;
    const to = `${museum.url.replace('http:', 'http+chartmuseum:')}/acme/production`;
    const other = await openCompositeWorld('promote-chart');
    try {
      const login = { 'from-username': LOGIN.username, 'from-password': LOGIN.password };
      const result = await other.run({ chart: 'web', from, to, ...LOGIN, ...login });
      expect(result.outputs).toMatchObject({ result: 'promoted', version: '0.1.0' });
      expect(await museum.storage('acme/production').read('web-0.1.0.tgz')).toEqual(
        await museum.storage('acme/develop').read('web-0.1.0.tgz'),
      );
      expect(await everythingOf(result)).not.toContain(LOGIN.password);
    } finally {
      await other.close();
    }
  });
});
