import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { webChart, writeFiles } from '../support/charts.js';
import { runComposite } from '../support/composite.js';
import {
  closedPort,
  contentsOf,
  expectRefusal,
  openCompositeWorld,
  type CompositeWorld,
  type Refusal,
} from '../support/composite-world.js';
import { projectRoot } from '../support/services.js';

jest.setTimeout(180_000);

const ACTION = 'promote-chart';
const INPUTS = { chart: 'web', from: 'develop', to: 'production' };

let world: CompositeWorld;
let shelves: string;
let digest: string;

/** Both repositories are folders; develop's has one version of one chart. */
beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  shelves = path.join(world.folder, 'shelves');
  for (const name of ['develop', 'production']) await mkdir(path.join(shelves, name), { recursive: true });
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, {
    'helm-cd.yaml': `environments:
  develop:
    branch: develop
    repository: file://${shelves}/develop
  staging:
    branch: main
    repository: file://${shelves}/staging
  production:
    promote-from: develop
    repository: file://${shelves}/production
`,
    ...Object.fromEntries(chart),
  });
  const { folder, workspace } = world;
  const published = await runComposite('publish-chart', { folder, workspace, inputs: { environment: 'develop' } });
  digest = published.outputs['digest'] ?? '';
});
afterEach(async () => {
  await world.close();
});

const contents = async (name: string) => contentsOf(path.join(shelves, name));

describe('promote-chart by its action.yml', () => {
  it('copies the very bytes, and hands over every output; again it finds the work done', async () => {
    const first = await world.run(INPUTS);
    expect(first.outcome).toBe('success');
    expect(first.outputs).toMatchObject({ result: 'promoted', name: 'web', version: '0.1.0', digest });
    expect((await contents('production'))['web-0.1.0.tgz']).toBe((await contents('develop'))['web-0.1.0.tgz']);
    const before = await contents('production');
    const second = await world.run(INPUTS);
    expect(second.outputs).toMatchObject({ result: 'already-published', digest });
    expect(await contents('production')).toEqual(before);
  });

  it('plans without changing anything', async () => {
    const result = await world.run({ ...INPUTS, 'dry-run': 'true' });
    expect(result.outputs).toMatchObject({ result: 'planned', digest });
    expect(await readdir(path.join(shelves, 'production'))).toEqual([]);
  });
});

describe('promote-chart between registries, by its action.yml', () => {
  const NAME = `promote-composite-${process.pid}`;
  let host: string;
  beforeAll(async () => {
    ({ host } = await startRegistry({ name: NAME }));
  });
  afterAll(() => stopRegistry({ name: NAME }));

  it('copies the manifest, and tells where every environment stands', async () => {
    const staging = `oci://${host}/staging`;
    const { folder, workspace } = world;
    await runComposite('publish-chart', {
      folder,
      workspace,
      inputs: { charts: 'charts/web', 'chart-repository': staging },
    });
    const config = path.join(workspace, 'helm-cd.yaml');
    await writeFile(
      config,
      (await readFile(config, 'utf8'))
        .replace(`file://${shelves}/staging`, staging)
        .replace('promote-from: develop', 'promote-from: staging')
        .replace(`file://${shelves}/production`, `oci://${host}/production`),
    );
    const result = await world.run({ ...INPUTS, from: 'staging' });
    expect(result.outputs).toMatchObject({ result: 'promoted', digest, url: `oci://${host}/production/web:0.1.0` });
    const summary = await readFile(result.outputs['summary-file'] ?? '', 'utf8');
    for (const environment of ['develop', 'staging', 'production']) {
      expect(summary).toMatch(new RegExp(`\\*\\*${environment}\\*\\*.*✅ same bytes`));
    }
    expect(summary).toContain('- Blobs: 2 taken over within the registry.');
    const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as object;
    const schema = await readFile(path.join(projectRoot, 'schema/promote-chart-result.schema.json'), 'utf8');
    const check = new Ajv({ allErrors: true }).compile(JSON.parse(schema) as object);
    check(document);
    expect(check.errors ?? []).toEqual([]);
  });
});

describe('promote-chart refuses, and changes nothing:', () => {
  it.each<[string, Record<string, string>, Refusal]>([
    ['no chart', { chart: '' }, { code: 'input', message: 'Input "chart" is required but empty.' }],
    ['no origin', { from: '' }, { code: 'input', message: 'Input "from" is required but empty.' }],
    ['no destination', { to: '' }, { code: 'input', message: 'Input "to" is required but empty.' }],
    [
      'an unknown boolean',
      { 'dry-run': '1' },
      { code: 'input', message: 'Input "dry-run" is neither true nor false: "1"' },
    ],
    [
      'an unknown environment',
      { to: 'prodution' },
      { code: 'config', message: 'helm-cd.yaml has no environment "prodution", did you mean "production"?' },
    ],
    [
      'a way that helm-cd.yaml does not know',
      { from: 'staging' },
      { code: 'refused', message: 'Environment production is promoted from develop, not from staging.' },
    ],
    [
      'an environment that is fed by pushes',
      { from: 'develop', to: 'staging' },
      { code: 'refused', message: 'Environment staging is fed by pushes to main, never by promotion.' },
    ],
    ['the same repository twice', { from: 'production' }, { code: 'input', message: '"production"' }],
    ['a chart that is not there', { chart: 'wbe' }, { code: 'not-found', message: 'wbe' }],
    ['a version that is not there', { version: '9.9.9' }, { code: 'not-found', message: '9.9.9' }],
    [
      'half a login for the origin',
      { 'from-username': 'robot' },
      { code: 'input', message: 'Input "from-username" is given without "from-password".' },
    ],
    [
      'an origin that is no web address',
      { 'from-endpoint-url': 's3.example.com' },
      { code: 'input', message: 'Input "from-endpoint-url" is no http(s) URL: "s3.example.com"' },
    ],
    [
      'nobody to tell',
      { notify: 'acme' },
      { code: 'input', message: 'Input "notify" names no GitHub repository: "acme"' },
    ],
    [
      'a login that nobody asks for',
      { username: 'robot', password: 'secret-1234' },
      { code: 'input', message: 'The inputs "username" and "password" have no meaning for either repository.' },
    ],
    [
      'a cluster that vouches, without a way to it',
      { 'require-verified': 'true' },
      { code: 'input', message: 'There is no cluster to deploy to' },
    ],
  ])('%s', async (_, inputs, refusal) => {
    const before = await contents('develop');
    await expectRefusal(await world.run({ ...INPUTS, ...inputs }), ACTION, refusal);
    expect(await contents('develop')).toEqual(before);
    expect(await readdir(path.join(shelves, 'production'))).toEqual([]);
  });

  it('an origin that cannot be reached', async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y-secret' };
    const inputs = { ...INPUTS, from: 's3://charts/develop', to: `file://${shelves}/other` };
    const endpoint = `http://127.0.0.1:${await closedPort()}`;
    const result = await world.run({ ...inputs, 'endpoint-url': endpoint }, { environment });
    await expectRefusal(result, ACTION, { code: 'unreachable', message: 'ECONNREFUSED' });
  });
});
