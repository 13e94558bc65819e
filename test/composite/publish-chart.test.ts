import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { webChart, writeFiles } from '../support/charts.js';
import {
  closedPort,
  contentsOf,
  everythingOf,
  expectRefusal,
  openCompositeWorld,
  type CompositeWorld,
  type Refusal,
} from '../support/composite-world.js';

jest.setTimeout(180_000);

const ACTION = 'publish-chart';
const SECRET = 'TheWrongSecretKeyOfThisTest/0000000000+a';
const s3Name = `publish-composite-${process.pid}`;
let s3: Awaited<ReturnType<typeof startS3>>;
let world: CompositeWorld;
/** A chart repository in a folder, and its URL. */
let shelf: string;
let repository: string;

const config = () => `charts:
  web: { path: charts/web }
environments:
  develop:
    branch: main
    repository: ${repository}
`;

beforeAll(async () => {
  s3 = await startS3({ name: s3Name, bucket: 'charts' });
});
afterAll(async () => {
  await stopS3({ name: s3Name });
});
beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  shelf = path.join(world.folder, 'shelf');
  repository = `file://${shelf}`;
  await mkdir(shelf);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, { 'helm-cd.yaml': config(), ...Object.fromEntries(chart) });
});
afterEach(async () => {
  await world.close();
});

describe('publish-chart by its action.yml', () => {
  it('publishes, and hands over every output; again it finds the work done', async () => {
    const first = await world.run({ environment: 'develop' });
    expect(first.outcome).toBe('success');
    expect(first.outputs).toMatchObject({ result: 'published', name: 'web', version: '0.1.0' });
    expect(first.outputs['digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await readFile(first.outputs['package'] ?? '')).length).toBeGreaterThan(100);
    expect(JSON.parse(first.outputs['charts'] ?? '')).toEqual([
      expect.objectContaining({
        name: 'web',
        version: '0.1.0',
        digest: first.outputs['digest'],
        environment: 'develop',
      }),
    ]);
    expect((await readdir(shelf)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      'index.yaml',
      'web-0.1.0.tgz',
    ]);
    const before = await contentsOf(shelf);
    const second = await world.run({ environment: 'develop' });
    expect(second.outputs).toMatchObject({ result: 'already-published', digest: first.outputs['digest'] });
    expect(await contentsOf(shelf)).toEqual(before);
  });

  it('publishes to S3 with the credentials of the environment, and shows them nowhere', async () => {
    const environment = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey };
    const inputs = { 'chart-repository': 's3://charts/composite', 'endpoint-url': s3.endpoint, region: s3.region };
    const result = await world.run(inputs, { environment });
    expect(result.outputs).toMatchObject({ result: 'published', url: expect.stringContaining('web-0.1.0.tgz') });
    expect(await everythingOf(result)).not.toContain(s3.secretAccessKey);
  });

  it('plans without changing anything', async () => {
    const result = await world.run({ environment: 'develop', 'dry-run': 'true' });
    expect(result.outputs).toMatchObject({ result: 'planned', name: 'web', version: '0.1.0' });
    expect(await readdir(shelf)).toEqual([]);
  });
});

describe('publish-chart refuses, and changes nothing:', () => {
  it.each<[string, Record<string, string>, Refusal]>([
    [
      'an unknown boolean',
      { 'dry-run': 'True' },
      { code: 'input', message: 'Input "dry-run" is neither true nor false: "True"' },
    ],
    [
      'no duration',
      { 'verify-timeout': '2 minutes' },
      { code: 'input', message: 'Input "verify-timeout" is not a duration: "2 minutes"' },
    ],
    [
      'an unknown environment',
      { environment: 'devlop' },
      { code: 'config', message: 'helm-cd.yaml has no environment "devlop", did you mean "develop"?' },
    ],
    ['a chart that does not exist', { charts: 'charts/wbe' }, { code: 'not-found', message: 'charts/wbe' }],
    ['an archive that does not exist', { charts: 'web-0.1.0.tgz' }, { code: 'not-found', message: 'web-0.1.0.tgz' }],
    ['a version that is none', { version: '1.0' }, { code: 'input', message: '1.0' }],
    [
      'a kind of repository that is unknown',
      { 'chart-repository': 'ftp://host/charts' },
      { code: 'input', message: 'ftp://host/charts' },
    ],
    ['a notification to nobody', { notify: 'acme' }, { code: 'input', message: 'acme' }],
    [
      'a folder that cannot be one',
      { 'chart-repository': 'file:///dev/null/charts' },
      { code: 'input', message: '/dev/null is no folder' },
    ],
  ])('%s', async (_, inputs, refusal) => {
    const before = await contentsOf(world.workspace);
    await expectRefusal(await world.run({ environment: 'develop', ...inputs }), ACTION, refusal);
    expect(await readdir(shelf)).toEqual([]);
    expect(await contentsOf(world.workspace)).toEqual(before);
  });

  it('an environment that no branch feeds, when none is named', async () => {
    const result = await world.run({}, { environment: { GITHUB_REF_NAME: 'feature' } });
    await expectRefusal(result, ACTION, {
      code: 'config',
      message: 'No environment in helm-cd.yaml is fed by the branch "feature".',
    });
  });

  it('no repository at all', async () => {
    await writeFiles(world.workspace, { 'helm-cd.yaml': '' });
    await world
      .run({ charts: 'charts/web' })
      .then((result) => expectRefusal(result, ACTION, { code: 'config', message: 'helm-cd.yaml' }));
  });

  it('a helm-cd.yaml that is broken, at its line', async () => {
    await writeFiles(world.workspace, { 'helm-cd.yaml': `${config()}    mode: automatic\n` });
    await expectRefusal(await world.run({ environment: 'develop' }), ACTION, {
      code: 'config',
      message: 'environments.develop.mode is none of: deployment, delivery',
      file: 'helm-cd.yaml',
      line: 7,
    });
  });

  it('a Chart.yaml that is broken, at its line', async () => {
    await writeFiles(world.workspace, { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\n version: 0.1.0\n' });
    const result = await world.run({ environment: 'develop' });
    await expectRefusal(result, ACTION, {
      code: 'file',
      message: /Chart\.yaml/,
      file: 'charts/web/Chart.yaml',
      line: 3,
    });
    expect(await readdir(shelf)).toEqual([]);
  });

  it('other contents under a version that is taken', async () => {
    await world.run({ environment: 'develop' });
    const before = await contentsOf(shelf);
    await writeFile(path.join(world.workspace, 'charts/web/values.yaml'), 'replicas: 2\n');
    const result = await world.run({ environment: 'develop' });
    await expectRefusal(result, ACTION, {
      code: 'conflict',
      message: /web.*0\.1\.0.*sha256:[0-9a-f]{64}[^]*sha256:[0-9a-f]{64}/,
    });
    expect(await contentsOf(shelf)).toEqual(before);
  });

  it('a server that cannot be reached', async () => {
    const endpoint = `http://127.0.0.1:${await closedPort()}`;
    const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: SECRET };
    const result = await world.run({ 'chart-repository': 's3://charts/x', 'endpoint-url': endpoint }, { environment });
    await expectRefusal(result, ACTION, { code: 'unreachable', message: 'ECONNREFUSED' });
  });

  it('wrong credentials, and shows them nowhere', async () => {
    const environment = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: SECRET };
    const inputs = { 'chart-repository': 's3://charts/wrong', 'endpoint-url': s3.endpoint, region: s3.region };
    const result = await world.run(inputs, { environment });
    await expectRefusal(result, ACTION, { code: 'unauthorized', message: 's3://charts/wrong' });
    expect(await everythingOf(result)).not.toContain(SECRET);
    expect(await readdir(path.join(s3.directory, 'charts'))).not.toContain('wrong');
  });

  it('no credentials', async () => {
    const environment = { AWS_EC2_METADATA_DISABLED: 'true' };
    const inputs = { 'chart-repository': 's3://charts/none', 'endpoint-url': s3.endpoint };
    await expectRefusal(await world.run(inputs, { environment }), ACTION, {
      code: 'unauthorized',
      message: /credentials/i,
    });
  });
});
