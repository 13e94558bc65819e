import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest } from '../../../src/core/digest.js';
import { startCluster, type TestCluster } from '../../support/cluster.js';
import { compileSources, runActionProcess, type CompiledSources } from '../../support/compiled.js';
import { writeChart, writeFiles } from '../../support/packed-charts.js';
import { serveFolder, type StaticServer } from '../../support/static-server.js';
import { temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(240_000);
const run = promisify(execFile);

let sources: CompiledSources;
let work: string;
let folder: string;
let server: StaticServer;
let digest: string;

/** Packages and publishes what is in charts/, as a process with these variables and this umask. */
async function publish(
  url: string,
  env: Record<string, string> = {},
  umask = 0o022,
  more: Record<string, string> = {},
) {
  const old = process.umask(umask);
  try {
    return await runActionProcess(
      sources,
      'publish-chart',
      { charts: 'charts/*', 'chart-repository': url, ...more },
      work,
      {
        PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}`,
        ...env,
      },
    );
  } finally {
    process.umask(old);
  }
}

beforeAll(async () => {
  sources = await compileSources();
  work = await temporaryFolder();
  folder = path.join(work, 'repository');
  await mkdir(folder);
  const chart = await writeChart(path.join(work, 'charts'), 'shop', '1.2.3', 'hello');
  const yaml = await readFile(path.join(chart, 'Chart.yaml'), 'utf8');
  await writeFiles(chart, {
    'Chart.yaml': `${yaml}dependencies:\n- name: lib\n  version: 0.1.0\n  repository: ""\n`,
    'files/ünïcödé 漢字.txt': 'a',
    [`files/${'long-'.repeat(30)}.txt`]: 'b',
    'charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 0.1.0\n',
    'charts/lib/templates/configmap.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-lib\ndata:\n  version: {{ .Chart.Version }}\n',
  });
  const published = await publish(pathToFileURL(folder).href);
  digest = published.outputs['digest'] ?? '';
  server = await serveFolder(folder);
});

afterAll(async () => {
  await server.close();
  await sources.remove();
  await rm(work, { recursive: true, force: true });
});

describe('a published archive', () => {
  it.each(['helm', 'helm3'])('is pulled, linted, shown and rendered by %s', async (program) => {
    const home = await mkdtemp(path.join(work, 'home-'));
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_CACHE_HOME: home,
      HELM_DATA_HOME: home,
    };
    const helm = async (...args: string[]) =>
      (await run(path.join(toolchainBin, program), args, { env, cwd: home })).stdout;
    await helm('pull', 'shop', '--repo', server.url, '--version', '1.2.3');
    const archive = path.join(home, 'shop-1.2.3.tgz');
    expect(sha256Digest(await readFile(archive))).toBe(digest);
    expect(await helm('lint', archive)).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(await helm('show', 'chart', archive)).toMatch(/^name: shop$/m);
    const rendered = await helm('template', 'r', archive);
    expect(rendered).toContain('# Source: shop/charts/lib/templates/configmap.yaml');
    expect(rendered).toContain('text: "hello"');
    await helm('pull', 'shop', '--repo', server.url, '--untar', '--untardir', 'out');
    expect(await readFile(path.join(home, 'out/shop/files/ünïcödé 漢字.txt'), 'utf8')).toBe('a');
    expect((await stat(path.join(home, 'out/shop', `files/${'long-'.repeat(30)}.txt`))).size).toBe(1);
  });

  it('has the same bytes in other time zones and languages, with another umask, at another time', async () => {
    const surroundings: [Record<string, string>, number][] = [
      [{ TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }, 0o077],
      [{ TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C', PATH: path.dirname(process.execPath) }, 0o000],
      // As if no helm were there.
      [{ SOURCE_DATE_EPOCH: '315532800' }, 0o027],
    ];
    for (const [env, umask] of surroundings) {
      const result = await publish(pathToFileURL(folder).href, env, umask);
      expect(result).toMatchObject({ code: 0, outputs: { result: 'already-published', digest } });
    }
  });

  it('is none when a file or the whole is too large; nothing is written then', async () => {
    const place = path.join(work, 'empty');
    await mkdir(place);
    const large = path.join(work, 'large');
    await writeChart(large, 'big', '1.0.0');
    const only = { charts: 'large/big' };
    await writeFile(path.join(large, 'big/one.bin'), '');
    await truncate(path.join(large, 'big/one.bin'), 5 * 1024 * 1024 + 1);
    const one = await publish(pathToFileURL(place).href, {}, 0o022, only);
    expect(one).toMatchObject({ code: 1 });
    expect(one.log).toContain('one.bin has 5.0 MiB, helm accepts 5.0 MiB a file.');
    await rm(path.join(large, 'big/one.bin'));
    for (let index = 0; index < 21; index++) {
      await writeFile(path.join(large, `big/${index}.bin`), '');
      await truncate(path.join(large, `big/${index}.bin`), 5 * 1024 * 1024);
    }
    const all = await publish(pathToFileURL(place).href, {}, 0o022, only);
    expect(all).toMatchObject({ code: 1 });
    expect(all.log).toContain('is larger than 100.0 MiB, which helm refuses.');
    expect(await run('find', [place, '-type', 'f'])).toMatchObject({ stdout: '' });
  });
});

describe('on a cluster', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster('archive');
  });

  afterAll(() => cluster.down());

  it.each(['helm', 'helm3'] as const)('it is installed by %s from the repository', async (program) => {
    const args = [
      'install',
      `by-${program}`,
      'shop',
      '--repo',
      server.url,
      '--version',
      '1.2.3',
      '--wait',
      '--timeout',
      '60s',
    ];
    await cluster.helm(program, ...args);
    const map = await cluster.get<{ data: Record<string, string> }>('configmap', `by-${program}`);
    expect(map?.data).toEqual({ chart: '1.2.3', text: 'hello' });
    expect(await cluster.get('configmap', `by-${program}-lib`)).toMatchObject({ data: { version: '0.1.0' } });
  });
});
