import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readChartFolder } from '../../../src/charts/chart-files.js';
import { findCharts } from '../../../src/charts/find-charts.js';
import { parseConfig } from '../../../src/config/parse.js';
import { isGlob, pathGlob } from '../../../src/core/path-glob.js';
import { writeFiles } from '../../support/packed-charts.js';
import { temporaryFolder } from '../../support/services.js';

let work: string;

beforeAll(async () => {
  work = await temporaryFolder();
  const chartYaml = 'apiVersion: v2\nname: x\nversion: 1.0.0\n';
  await writeFiles(work, {
    'charts/api/Chart.yaml': chartYaml,
    'charts/api/charts/sub/Chart.yaml': chartYaml,
    'charts/web/Chart.yaml': chartYaml,
    'deploy/ops/Chart.yaml': chartYaml,
    'node_modules/x/Chart.yaml': chartYaml,
    'empty/readme.md': '',
    'dist/api-1.0.0.tgz': 'x',
  });
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

const CONFIG = parseConfig(
  'helm-cd.yaml',
  'charts:\n  shop: { path: charts/api }\n  gone: { path: charts/gone }\nenvironments:\n  develop: { branch: develop, repository: "file:///x" }\n',
);

const paths = async (wanted: string[], options: Partial<Parameters<typeof findCharts>[1]> = {}) =>
  (await findCharts(wanted, { workingDirectory: work, ...options })).map((found) => found.path);

describe('findCharts', () => {
  it('finds every chart, but none inside another or in node_modules', async () => {
    expect(await paths([])).toEqual(['charts/api', 'charts/web', 'deploy/ops']);
  });

  it('takes folders, globs, Chart.yaml itself and names, each once', async () => {
    expect(await paths(['charts/web', './charts/web/', 'charts/*'])).toEqual(['charts/web', 'charts/api']);
    expect(await paths(['**/ops', 'charts/api/Chart.yaml'])).toEqual(['deploy/ops', 'charts/api']);
    expect(await paths(['shop'], { config: CONFIG })).toEqual(['charts/api']);
    const [found] = await findCharts(['charts/api'], { workingDirectory: work, config: CONFIG });
    expect(found).toMatchObject({ kind: 'folder', config: { name: 'shop' }, location: path.join(work, 'charts/api') });
  });

  it('takes the charts of helm-cd.yaml when none is named', async () => {
    const config = { ...CONFIG, charts: CONFIG.charts.slice(0, 1) };
    expect(await paths([], { config })).toEqual(['charts/api']);
  });

  it('takes packaged charts where they are allowed', async () => {
    expect(await paths(['dist/api-1.0.0.tgz'], { archives: true })).toEqual(['dist/api-1.0.0.tgz']);
    await expect(paths(['dist/api-1.0.0.tgz'])).rejects.toMatchObject({ code: 'not-found' });
  });

  it('takes the working directory itself when that is a chart', async () => {
    expect(await findCharts([], { workingDirectory: path.join(work, 'charts/api') })).toMatchObject([{ path: '.' }]);
  });

  it.each<[string, string[], Partial<Parameters<typeof findCharts>[1]>, string]>([
    ['a folder that is not there', ['charts/nothing'], {}, 'There is no chart "charts/nothing"'],
    ['a folder without Chart.yaml', ['empty'], {}, 'There is no chart "empty"'],
    ['a misspelt name', ['shopp'], { config: CONFIG }, 'There is no chart "shopp", did you mean "shop"?'],
    ['a chart of helm-cd.yaml that is not there', [], { config: CONFIG }, 'There is no chart "gone"'],
    ['a glob without a match', ['apps/*'], {}, 'No chart matches "apps/*" in the input "charts".'],
  ])('refuses %s', async (_, wanted, options, message) => {
    await expect(paths(wanted, options)).rejects.toMatchObject({ code: 'not-found', message });
  });

  it('says so when there is none at all', async () => {
    await expect(findCharts([], { workingDirectory: path.join(work, 'empty') })).rejects.toMatchObject({
      code: 'not-found',
      message: `There is no chart below ${path.join(work, 'empty')}: no Chart.yaml was found.`,
    });
  });
});

describe('pathGlob', () => {
  it.each([
    ['charts/*', ['charts/a'], ['charts', 'charts/a/b', 'x/charts/a']],
    ['charts/**', ['charts/a', 'charts/a/b'], ['charts', 'x/charts/a']],
    ['**/a', ['a', 'x/a', 'x/y/a'], ['x/ab', 'a/b']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'ab']],
    ['{api,web}', ['api', 'web'], ['apiweb', 'ap']],
    ['x{1,2{a,b}}', ['x1', 'x2a', 'x2b'], ['x2', 'x']],
    ['a?c', ['abc'], ['ac', 'a/c']],
    ['[a-c]x', ['ax', 'cx'], ['dx']],
    ['[!a]x', ['bx'], ['ax']],
    ['./a/', ['a'], ['a/b']],
    ['a.b', ['a.b'], ['axb']],
    ['[', ['['], ['a']],
  ])('%s', (pattern, yes, no) => {
    const matches = pathGlob(pattern);
    expect([...yes, ...no].filter(matches)).toEqual(yes);
  });

  it('is told from a path', () => {
    expect(['charts/*', 'a?', '[a]', '{a}'].every(isGlob)).toBe(true);
    expect(isGlob('charts/api-1.0')).toBe(false);
  });
});

describe('readChartFolder', () => {
  it('follows links, drops byte order marks, and obeys .helmignore', async () => {
    const folder = path.join(work, 'linked');
    await writeFiles(folder, {
      'Chart.yaml': '\ufeffname: x\n',
      'a/b.txt': 'b',
      'skip/c.txt': 'c',
      '.helmignore': 'skip/\n',
    });
    await mkdir(path.join(work, 'outside'));
    await writeFile(path.join(work, 'outside/d.txt'), 'd');
    await symlink(path.join(work, 'outside'), path.join(folder, 'e'));
    await symlink('a/b.txt', path.join(folder, 'f.txt'));
    const files = await readChartFolder(folder);
    expect(files.map((file) => [file.path, Buffer.from(file.data).toString()])).toEqual([
      ['.helmignore', 'skip/\n'],
      ['Chart.yaml', 'name: x\n'],
      ['a/b.txt', 'b'],
      ['e/d.txt', 'd'],
      ['f.txt', 'b'],
    ]);
  });

  it.each([
    ['a link that leads nowhere', 'nowhere', 'cannot be read: it is a link that leads nowhere'],
    ['a link to a folder it is in', '.', 'is a link to a folder that it is in.'],
  ])('refuses %s', async (name, target, message) => {
    const folder = path.join(work, `bad-${name.length}`);
    await writeFiles(folder, { 'Chart.yaml': 'name: x\n' });
    await symlink(target, path.join(folder, 'link'));
    await expect(readChartFolder(folder)).rejects.toMatchObject({
      code: 'file',
      message: `${path.join(folder, 'link')} ${message}`,
    });
  });
});
