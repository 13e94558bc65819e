import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { readChartFolder } from '../../src/charts/chart-files.js';
import { unpackChart } from '../../src/charts/unpack.js';
import type { HelmCdError } from '../../src/core/errors.js';
import { writeFiles } from '../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

let services: TestServices;
let folder: string;

beforeAll(async () => {
  services = await createTestServices();
  folder = path.join(services.workingDirectory, 'shop');
  const names = [
    ...[
      'a.txt',
      'b.txt',
      'a.md',
      'docs/a.txt',
      'docs/b.md',
      'docs/deep/a.txt',
      'env/a.yaml',
      'x/env/a.yaml',
      '.hidden',
    ],
    ...['templates/a.yaml', 'templates/.x.yaml', 'templates/b/.y', 'files/a b.txt', 'files/[a].txt', 'files/*.txt'],
  ];
  await writeFiles(folder, {
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    ...Object.fromEntries(names.map((name) => [name, '# x\n'])),
  });
  await mkdir(path.join(folder, 'empty'));
});

afterAll(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

const rule = fc.oneof(
  fc.constantFrom(
    '*.txt',
    'docs/',
    '/docs',
    'docs/*',
    'docs/deep',
    '!*.yaml',
    '!Chart.yaml',
    'env',
    '/env/',
    'a*',
    '?.md',
  ),
  fc.constantFrom(
    '[ab].txt',
    '[^a].txt',
    '*/a.txt',
    '.*',
    '# x',
    '',
    ' b.txt ',
    'templates/*',
    '/',
    '!',
    'files/\\[a\\].txt',
    'x/env',
  ),
  fc.constantFrom('**', '[', 'a\\', 'files/a b.txt', 'docs/deep/a.txt', '*', '!docs/', '!templates'),
  fc.string({
    unit: fc.constantFrom('a', 'd', 'o', 'c', 's', '*', '/', '.', '?', '[', ']', '!', '-', 't', 'x'),
    maxLength: 8,
  }),
);

/** The files helm packs, or that it fails. */
async function byHelm(program: string): Promise<string[] | 'fails'> {
  const args = ['package', folder, '--destination', services.temp];
  const result = await services.processes.run(path.join(toolchainBin, program), args, { accept: 'any' });
  if (result.code !== 0) return 'fails';
  const archive = await readFile(path.join(services.temp, 'shop-1.0.0.tgz'));
  return (await unpackChart(archive, 'shop')).map((file) => file.path).sort();
}

async function byUs(): Promise<string[] | 'fails'> {
  return readChartFolder(folder).then(
    (files) => (files.some((file) => file.path === 'Chart.yaml') ? files.map((file) => file.path).sort() : 'fails'),
    (error: unknown) => {
      expect((error as HelmCdError).code).toBe('file');
      return 'fails' as const;
    },
  );
}

describe('.helmignore', () => {
  it.each(['helm', 'helm3'])('leaves in what %s leaves in, whatever the rules', async (program) => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 4 }), async (rules) => {
        await writeFile(path.join(folder, '.helmignore'), rules.join('\n'));
        expect(await byUs()).toEqual(await byHelm(program));
      }),
      { numRuns: 30 },
    );
  });
});
