import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles } from '../support/charts.js';
import {
  closedPort,
  contentsOf,
  expectRefusal,
  openCompositeWorld,
  pathWith,
  type CompositeWorld,
  type Refusal,
} from '../support/composite-world.js';

jest.setTimeout(180_000);

const ACTION = 'validate-chart';
const CONFIG = `charts:
  web: { path: charts/web }
environments:
  develop:
    branch: main
    repository: s3://charts/develop
    kubernetes: ['1.36']
`;

let world: CompositeWorld;
beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, { 'helm-cd.yaml': CONFIG, ...Object.fromEntries(chart) });
});
afterEach(async () => {
  await world.close();
});

describe('validate-chart by its action.yml', () => {
  it('finds a good chart valid, and hands over every output', async () => {
    const before = await contentsOf(world.workspace);
    const result = await world.run({});
    expect(result.log).not.toContain('::error');
    expect(result.outcome).toBe('success');
    expect(result.outputs).toMatchObject({
      result: 'valid',
      errors: '0',
      'not-validated': '0',
      'sarif-file': '',
      'junit-file': '',
    });
    expect(JSON.parse(result.outputs['charts'] ?? '')).toEqual([
      { name: 'web', version: '0.1.0', path: 'charts/web', valid: true },
    ]);
    expect(result.summary).toContain('web');
    expect(await contentsOf(world.workspace)).toEqual(before);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
  });

  it('finds a bad chart invalid, on its file and line', async () => {
    await writeFiles(world.workspace, {
      'charts/web/templates/extra.yaml':
        'apiVersion: v1\nkind: Service\nmetadata:\n  name: extra\nspec:\n  ports:\n    - prot: 80\n',
    });
    const result = await world.run({});
    expect(result).toMatchObject({ outcome: 'failure', exitCode: 1, outputs: { result: 'invalid', errors: '2' } });
    const places = result.annotations.filter(({ file }) => file !== undefined);
    expect(places).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: 'error', file: 'charts/web/templates/extra.yaml', line: 7 }),
      ]),
    );
    expect(result.log).toContain('prot');
  });
});

describe('validate-chart refuses, and changes nothing:', () => {
  it.each<[string, Record<string, string>, Refusal]>([
    [
      'an unknown boolean',
      { strict: 'yes' },
      { code: 'input', message: 'Input "strict" is neither true nor false: "yes"' },
    ],
    [
      'an unknown choice',
      { parity: 'warning' },
      {
        code: 'input',
        message: 'Input "parity" has the unknown value "warning", did you mean "warn"? Valid values: error, warn, off.',
      },
    ],
    [
      'an unknown environment',
      { environments: 'devlop' },
      { code: 'config', message: 'helm-cd.yaml has no environment "devlop", did you mean "develop"?' },
    ],
    ['a chart that does not exist', { charts: 'charts/wbe' }, { code: 'not-found', message: 'charts/wbe' }],
    ['a glob that no chart matches', { charts: 'chart/*' }, { code: 'not-found', message: 'chart/*' }],
    [
      'a configuration that does not exist',
      { config: 'cd.yaml' },
      { code: 'config', message: 'Input "config" names a file that cannot be read: cd.yaml' },
    ],
    ['a Kubernetes version that is none', { 'kubernetes-versions': 'latest' }, { code: 'input', message: 'latest' }],
    [
      'a helm version that is none',
      { 'helm-version': 'newest' },
      { code: 'input', message: 'Input "helm-version" is no version of helm 3 or 4: "newest"' },
    ],
    ['schemas that do not exist', { schemas: 'crds' }, { code: 'not-found', message: 'crds' }],
  ])('%s', async (_, inputs, refusal) => {
    const before = await contentsOf(world.workspace);
    await expectRefusal(await world.run(inputs), ACTION, refusal);
    expect(await contentsOf(world.workspace)).toEqual(before);
  });

  it('a helm-cd.yaml with an unknown key, at its line', async () => {
    await writeFiles(world.workspace, { 'helm-cd.yaml': `${CONFIG}    vales: []\n` });
    await expectRefusal(await world.run({}), ACTION, {
      code: 'config',
      message: 'unknown key "vales" in environments.develop, did you mean "values"?',
      file: 'helm-cd.yaml',
      line: 8,
    });
  });

  it('a workspace without any chart', async () => {
    const empty = path.join(world.folder, 'empty');
    await writeFiles(empty, { 'README.md': 'Nothing here.\n' });
    await expectRefusal(await world.run({}, { workspace: empty }), ACTION, { code: 'not-found', message: /chart/ });
  });

  it('to go on without helm when it is not on PATH and cannot be downloaded', async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const environment = { PATH: await pathWith(world.folder), HTTPS_PROXY: proxy, https_proxy: proxy };
    const result = await world.run({}, { environment });
    await expectRefusal(result, ACTION, {
      code: 'tool',
      message:
        /^No suitable helm is on PATH, and helm \d+\.\d+\.\d+ could not be downloaded: .*ECONNREFUSED.* Install helm on the runner, or let it reach get\.helm\.sh\.$/,
    });
  });
});

it('what validate-chart writes to the result file says which helm judged', async () => {
  const result = await world.run({ 'helm-version': '3' });
  const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as { helm: string };
  expect(document.helm).toMatch(/^3\.\d+\.\d+$/);
});
