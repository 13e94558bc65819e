import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareChart } from '../../src/charts/prepare.js';
import { createHelm, type Helm } from '../../src/helm/helm.js';
import { createTestServices, projectRoot, type TestServices } from '../support/services.js';
import { serveFolder, type StaticServer } from '../support/static-server.js';

let services: TestServices;
let work: string;
let server: StaticServer | undefined;
const helms: Record<string, Helm> = {};

beforeEach(async () => {
  services = await createTestServices();
  work = services.workingDirectory;
  for (const major of ['3', '4']) helms[major] = createHelm(await services.tools.helm(major), services);
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(work, { recursive: true, force: true });
});

function helm(major: string): Helm {
  const found = helms[major];
  if (found === undefined) throw new Error(`no helm ${major}`);
  return found;
}

async function chart(folder: string, chartYaml: string, files: Record<string, string> = {}): Promise<string> {
  const target = path.join(work, folder);
  await mkdir(path.join(target, 'templates'), { recursive: true });
  await writeFile(path.join(target, 'Chart.yaml'), chartYaml);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(target, name)), { recursive: true });
    await writeFile(path.join(target, name), text);
  }
  return target;
}

const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  chart: {{ .Chart.Name }}\n`;

describe.each(['3', '4'])('prepareChart with helm %s', (major) => {
  it('returns the folder itself when nothing is missing', async () => {
    const folder = await chart('plain', 'apiVersion: v2\nname: plain\nversion: 1.0.0\n');
    expect(await prepareChart(folder, helm(major), services)).toBe(folder);
  });

  it('adds a local dependency of the example chart to a copy that helm renders, and leaves the folder alone', async () => {
    await cp(path.join(projectRoot, 'examples/shop/charts'), path.join(work, 'charts'), { recursive: true });
    const folder = path.join(work, 'charts/shop');
    await rm(path.join(folder, 'charts'), { recursive: true, force: true });
    const prepared = await prepareChart(folder, helm(major), services);
    expect(prepared.startsWith(services.temp)).toBe(true);
    expect(await readdir(path.join(prepared, 'charts'))).toEqual(['common']);
    expect(await readdir(folder)).not.toContain('charts');
    expect(await readdir(prepared)).not.toContain('env');
    const rendered = await helm(major).run(['template', 'shop', prepared]);
    expect(rendered.stdout).toContain('# Source: shop/templates/');
  });

  it('prepares dependencies of dependencies, and fetches from a repository', async () => {
    const library = await chart('library', 'apiVersion: v2\nname: library\nversion: 1.2.0\n', {
      'templates/a.yaml': configMap('library'),
    });
    await helm(major).run(['package', library, '--destination', path.join(work, 'repository')]);
    await helm(major).run(['repo', 'index', path.join(work, 'repository')]);
    server = await serveFolder(path.join(work, 'repository'));
    await chart(
      'middle',
      `apiVersion: v2\nname: middle\nversion: 0.1.0\ndependencies:\n- name: library\n  version: ^1.0.0\n  repository: ${server.url}\n`,
      { 'templates/a.yaml': configMap('middle') },
    );
    const top = await chart(
      'top',
      'apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies:\n- name: middle\n  version: 0.1.x\n  repository: file://../middle\n',
      { 'templates/a.yaml': configMap('top') },
    );
    const prepared = await prepareChart(top, helm(major), services);
    const rendered = await helm(major).run(['template', 'x', prepared]);
    expect(rendered.stdout.match(/chart: \w+/g)?.sort()).toEqual(['chart: library', 'chart: middle', 'chart: top']);
  });

  it('keeps the files of a dependency from the .helmignore of its parent', async () => {
    await chart('common', 'apiVersion: v2\nname: common\nversion: 0.2.0\n', {
      'templates/a.yaml': configMap('common'),
    });
    const folder = await chart(
      'app',
      'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: common, version: 0.2.0, repository: "file://../common"}\n',
      { 'templates/b.yaml': configMap('app'), '.helmignore': 'a.yaml\n' },
    );
    const prepared = await prepareChart(folder, helm(major), services);
    expect(await readdir(path.join(prepared, 'charts'))).toEqual(['common.tgz']);
    const rendered = await helm(major).run(['template', 'x', prepared]);
    expect(rendered.stdout).toContain('chart: common');
  });

  it('replaces a vendored chart whose source has moved on, and keeps one that fits', async () => {
    await chart('common', 'apiVersion: v2\nname: common\nversion: 0.2.0\n');
    const folder = await chart(
      'app',
      'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: common, version: ">=0.1.0", repository: "file://../common"}\n',
      { 'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 0.1.0\n' },
    );
    const prepared = await prepareChart(folder, helm(major), services);
    expect(await readFile(path.join(prepared, 'charts/common/Chart.yaml'), 'utf8')).toContain('0.2.0');
    await writeFile(path.join(folder, 'charts/common/Chart.yaml'), 'apiVersion: v2\nname: common\nversion: 0.2.0\n');
    expect(await prepareChart(folder, helm(major), services)).toBe(folder);
  });
});

describe('prepareChart refuses', () => {
  const withDependency = (rest: string) =>
    `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- name: common\n  version: 0.1.0\n  ${rest}\n`;

  it('a Chart.lock that is out of step with Chart.yaml', async () => {
    await chart('common', 'apiVersion: v2\nname: common\nversion: 0.1.0\n');
    const folder = await chart('app', withDependency('repository: file://../common'), {
      'Chart.lock':
        'dependencies:\n- name: common\n  repository: file://../common\n  version: 0.0.9\ndigest: sha256:0\n',
    });
    await expect(prepareChart(folder, helm('4'), services)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Chart.lock of'),
      hint: expect.stringContaining('helm dependency update'),
    });
  });

  it('a local dependency that is not there', async () => {
    const folder = await chart('app', withDependency('repository: file://../common'));
    await expect(prepareChart(folder, helm('4'), services)).rejects.toMatchObject({
      code: 'not-found',
      message: `Dependency common of ${folder} is not at ${path.join(work, 'common')}`,
    });
  });

  it('a dependency without a repository that is not in charts/', async () => {
    const folder = await chart('app', withDependency('condition: common.enabled'));
    await expect(prepareChart(folder, helm('4'), services)).rejects.toMatchObject({
      code: 'not-found',
      message: `Dependency common of ${folder} is not in its charts/ folder.`,
    });
  });

  it('a repository that does not answer, naming it', async () => {
    const folder = await chart('app', withDependency('repository: http://127.0.0.1:9'));
    const clock = { ...services.clock, sleep: () => Promise.resolve() };
    await expect(prepareChart(folder, helm('4'), { ...services, clock })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('Dependency common 0.1.0 of'),
    });
  });

  it('charts that depend on each other in a circle', async () => {
    const folder = await chart('app', withDependency('repository: file://../common'));
    await chart(
      'common',
      'apiVersion: v2\nname: common\nversion: 0.1.0\ndependencies:\n- {name: app, version: 1.0.0, repository: "file://../app"}\n',
    );
    await expect(prepareChart(folder, helm('4'), services)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('in a circle'),
    });
  });

  it('a .helmignore that would hide the dependencies', async () => {
    await chart('common', 'apiVersion: v2\nname: common\nversion: 0.1.0\n');
    const folder = await chart('app', withDependency('repository: file://../common'), { '.helmignore': 'charts/\n' });
    await expect(prepareChart(folder, helm('4'), services)).rejects.toMatchObject({
      code: 'conflict',
      message: `${folder}/.helmignore hides the dependencies in charts/ from helm.`,
    });
  });
});
