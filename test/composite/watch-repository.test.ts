import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { webChart, writeFiles } from '../support/charts.js';
import { runComposite, type CompositeResult } from '../support/composite.js';
import { contentsOf, expectRefusal, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { projectRoot, toolchainBin } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
let world: CompositeWorld;
let shelf: string;

beforeAll(async () => {
  cluster = await startCluster('watch-composite');
});
afterAll(() => cluster.down());

beforeEach(async () => {
  world = await openCompositeWorld('watch-repository');
  shelf = path.join(world.folder, 'shelf');
  await mkdir(shelf);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, {
    'helm-cd.yaml': `charts:
  web: { path: charts/web }
environments:
  develop: { branch: develop, repository: 'file://${shelf}', mode: deployment, cluster: { namespace: develop } }
  production: { promote-from: develop, repository: 'file://${shelf}', cluster: { namespace: production } }
`,
    ...Object.fromEntries(chart),
  });
});
afterEach(() => world.close());

const environment = { PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}` };
const watch = (inputs: Record<string, string> = {}) =>
  world.run({ 'kubeconfig-file': cluster.kubeconfig, ...inputs }, { environment });

async function documentOf(result: CompositeResult): Promise<unknown> {
  const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as unknown;
  const schema = JSON.parse(
    await readFile(path.join(projectRoot, 'schema/watch-repository-result.schema.json'), 'utf8'),
  ) as object;
  const ajv = new Ajv({ allErrors: true });
  const validate = ajv.compile(schema);
  validate(document);
  expect(validate.errors).toBeNull();
  return document;
}

describe('watch-repository by its action.yml', () => {
  it('hands over a matrix that a workflow can take, and nothing when nothing is due', async () => {
    const empty = await watch();
    expect(empty).toMatchObject({
      outcome: 'success',
      outputs: { result: 'up-to-date', pending: '[]', count: '0', delivery: '[]', alarms: '[]', unreadable: '[]' },
    });
    expect(await documentOf(empty)).toMatchObject({
      releases: [{ state: 'not-published' }, { state: 'not-published', environment: 'production' }],
    });

    const { folder, workspace } = world;
    await runComposite('publish-chart', { folder, workspace, inputs: { environment: 'develop' } });
    const before = await contentsOf(world.folder);
    const due = await watch();
    expect(due).toMatchObject({ outcome: 'success', outputs: { result: 'pending', count: '1', quarantined: '[]' } });
    expect(JSON.parse(due.outputs['pending'] ?? '')).toEqual([
      {
        environment: 'develop',
        chart: 'web',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        from: '',
        release: 'web',
        namespace: 'develop',
        repository: `file://${shelf}`,
        reason: expect.stringContaining('nothing is installed'),
      },
    ]);
    expect(due.summary).toContain('### 🚀 1 deploy due');
    expect(due.summary).toContain('Nothing runs in develop, which it is promoted from.');
    await documentOf(due);
    // It only looks.
    expect(await contentsOf(shelf)).toEqual(
      Object.fromEntries(
        Object.entries(before)
          .filter(([name]) => name.startsWith('shelf/') && name !== 'shelf/')
          .map(([name, digest]) => [name.slice('shelf/'.length), digest]),
      ),
    );
  });

  it('sets its outputs before it fails for a cluster that cannot be reached', async () => {
    const result = await watch({ 'kube-context': 'nowhere' });
    expect(result).toMatchObject({ outcome: 'failure', exitCode: 1, outputs: { result: 'unreadable', pending: '[]' } });
    expect(JSON.parse(result.outputs['unreadable'] ?? '')).toHaveLength(2);
    expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', message: expect.stringMatching(/^2 releases could not be compared: .*"nowhere"/) },
    ]);
    await documentOf(result);
    expect((await watch({ 'kube-context': 'nowhere', 'on-unreadable': 'warn' })).outcome).toBe('success');
  });

  it.each<[string, Record<string, string>, string | RegExp, string]>([
    [
      'an unknown environment',
      { environments: 'develp' },
      'helm-cd.yaml has no environment "develp", did you mean "develop"?',
      'config',
    ],
    ['no constraint', { versions: 'newest' }, 'Input "versions" is no constraint for versions: "newest"', 'input'],
    ['no age', { 'min-age': 'long' }, 'Input "min-age" is no age: "long"', 'input'],
    ['a matrix that GitHub refuses', { limit: '300' }, 'Input "limit" is no number from 1 to 256: "300"', 'input'],
    [
      'one namespace for two environments',
      { namespace: 'web' },
      'Input "namespace" is for one environment, but 2 are looked at.',
      'input',
    ],
    [
      'an environment twice',
      { environments: 'develop\ndevelop' },
      'Input "environments" has "develop" twice.',
      'input',
    ],
    [
      'a login that nothing takes',
      { username: 'u', password: 'p' },
      'The inputs "username" and "password" have no meaning for any of the repositories.',
      'input',
    ],
    [
      'nothing to look at',
      { config: '', 'working-directory': 'charts' },
      'There is no helm-cd.yaml that says what to look at.',
      'input',
    ],
  ])('refuses %s', async (_, inputs, message, code) => {
    await expectRefusal(await watch(inputs), 'watch-repository', { code, message });
  });
});
