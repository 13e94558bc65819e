import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chartWithImages, createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { expectSoundHistory, fleetOf, TO } from '../support/bump-fleet.js';
import { compileSources, runActionProcess, startAction, type CompiledSources } from '../support/compiled.js';
import { temporaryFolder } from '../support/services.js';

jest.setTimeout(120_000);

const VALUES = 'charts/shop/values.yaml';
const ENVIRONMENT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

let sources: CompiledSources;
let folder: string;

beforeAll(async () => {
  sources = await compileSources();
});
afterAll(async () => {
  await sources.remove();
});
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-race-');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const bump = (charts: BareRepository, image: string, own: string, env: Record<string, string> = {}) =>
  runActionProcess(sources, 'bump-image-tag', { images: image, repository: charts.url }, path.join(folder, own), {
    ...ENVIRONMENT,
    ...env,
  });

/** The chart's version at each commit, oldest first. */
const versionsOf = (charts: BareRepository) =>
  [...charts.log()]
    .reverse()
    .map((oid) => /^version: (\S+)/m.exec(charts.git('show', `${oid}:charts/shop/Chart.yaml`))?.[1] ?? '');

describe('processes that bump one repository', () => {
  it('twelve at the same moment all land: in one line, nobody’s byte is lost, no version is given twice', async () => {
    const { services, files } = fleetOf(12);
    const charts = createBareRepository(folder, files);
    const results = await Promise.all(services.map(({ name, image }) => bump(charts, `${image}:${TO}`, name)));
    for (const { code, log, outputs } of results)
      expect({ code, log, result: outputs['result'] }).toMatchObject({ code: 0, result: 'bumped' });
    expectSoundHistory(charts.git, services);
    expect(new Set(results.map(({ outputs }) => outputs['commit-sha']))).toEqual(new Set(charts.log().slice(0, 12)));
    const attempts = results.map(({ outputs }) => Number(outputs['attempts']));
    process.stdout.write(`12 writers by git: ${attempts.reduce((sum, each) => sum + each, 0)} attempts\n`);
  });

  it('two that bump the same image leave the newer one, whoever is first', async () => {
    const charts = createBareRepository(folder, chartWithImages('api'));
    const results = await Promise.all([
      bump(charts, 'ghcr.io/acme/api:1.1.0', 'older'),
      bump(charts, 'ghcr.io/acme/api:1.2.0', 'newer'),
    ]);
    const [older, newer] = results;
    expect(newer).toMatchObject({ code: 0 });
    expect(charts.read(VALUES)).toContain('tag: 1.2.0 # of api');
    if (older.code !== 0) expect(older.log).toContain('ghcr.io/acme/api would go back from 1.2.0 to 1.1.0.');
    expect(new Set(versionsOf(charts)).size).toBe(charts.log().length);
  });
});

describe('what is held against every race', () => {
  const { services, files } = fleetOf(2);
  const [one] = services;
  const values = (text: string) => text.replace("tag: '1.0.0'}   # of service-0", "tag: '1.0.1'}   # of service-0");
  const version = (text: string, to: string) => text.replace('version: 1.0.0', `version: ${to}`);
  const VALUES_FILE = 'charts/shop/values.yaml';
  const CHART_FILE = 'charts/shop/Chart.yaml';
  const [oldValues = '', oldChart = ''] = [files[VALUES_FILE], files[CHART_FILE]];

  /** A commit that says it is the first service's bump. */
  function commitAs(charts: BareRepository, changes: Record<string, string>, chartVersion: string): void {
    const message = `x\n\nImage: ${one?.image ?? ''}:${TO}\nChart-Version: shop ${chartVersion}\n`;
    charts.commit(changes, 'main', {}, message);
  }

  it.each([
    ['a sound bump', { [VALUES_FILE]: values(oldValues), [CHART_FILE]: version(oldChart, '1.0.1') }, undefined],
    [
      'a line feed that is lost',
      { [VALUES_FILE]: values(oldValues).replace('🚀\r\n', '🚀\n'), [CHART_FILE]: version(oldChart, '1.0.1') },
      /toEqual/,
    ],
    ['a version that is given twice', { [VALUES_FILE]: values(oldValues) }, /toEqual/],
    [
      'a version that is skipped',
      { [VALUES_FILE]: values(oldValues), [CHART_FILE]: version(oldChart, '1.0.2') },
      /toBe/,
    ],
    ['a bump that is not there', undefined, /toEqual/],
  ] as [string, Record<string, string> | undefined, RegExp | undefined][])('sees %s', (_, changes, failure) => {
    const charts = createBareRepository(folder, files);
    const to = /^version: (\S+)/m.exec(changes?.[CHART_FILE] ?? '')?.[1] ?? '1.0.0';
    if (changes !== undefined) commitAs(charts, changes, to);
    const check = () => expectSoundHistory(charts.git, services.slice(0, 1));
    if (failure === undefined) check();
    else expect(check).toThrow(failure);
  });
});

describe('a process that is killed', () => {
  /** A git that stops at a command until it is killed: before it runs, or after it has run. */
  async function stoppingGit(command: string, when: 'before' | 'after'): Promise<string> {
    const bin = path.join(folder, `bin-${command}-${when}`);
    await mkdir(bin);
    // Until the one that started it is gone: nothing may be left of a test.
    const stop = `: > "${folder}/stopped"; while kill -0 $PPID 2>/dev/null; do sleep 0.1; done; exit 1`;
    const script = when === 'before' ? stop : `PATH="\${PATH#*:}" git "$@"; ${stop}`;
    await writeFile(
      path.join(bin, 'git'),
      `#!/bin/bash\ncase " $* " in *" ${command} "*) ${script};; *) PATH="\${PATH#*:}" exec git "$@";; esac\n`,
    );
    await chmod(path.join(bin, 'git'), 0o755);
    return `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`;
  }

  it.each([
    ['clone', 'before', 1],
    ['clone', 'after', 1],
    ['ls-tree', 'before', 1],
    ['fetch', 'before', 1],
    ['fetch', 'after', 1],
    ['cat-file', 'before', 1],
    ['fast-import', 'after', 1],
    ['push', 'before', 1],
    ['push', 'after', 2],
  ] as const)(
    'at %s (%s it) leaves the repository whole, and the next run completes the work',
    async (command, when, commits) => {
      const charts = createBareRepository(folder, chartWithImages('api'));
      // As most servers do: then contents are fetched when they are needed.
      charts.git('config', 'uploadpack.allowFilter', 'true');
      charts.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
      const inputs = { images: 'ghcr.io/acme/api:1.1.0', repository: charts.url };
      const env = { ...ENVIRONMENT, PATH: await stoppingGit(command, when) };
      const running = await startAction(sources, 'bump-image-tag', inputs, path.join(folder, 'killed'), env);
      const stopped = path.join(folder, 'stopped');
      for (let waited = 0; !existsSync(stopped) && waited < 30_000; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(existsSync(stopped)).toBe(true);
      running.process.kill('SIGKILL');
      expect(await running.result).toMatchObject({ signal: 'SIGKILL' });

      expect(charts.log()).toHaveLength(commits);
      charts.git('fsck', '--strict');
      const again = await bump(charts, 'ghcr.io/acme/api:1.1.0', 'again');
      expect(again).toMatchObject({ code: 0, outputs: { result: commits === 1 ? 'bumped' : 'unchanged' } });
      expect(charts.read(VALUES)).toContain('tag: 1.1.0 # of api');
      expect(versionsOf(charts)).toEqual(['1.0.0', '1.1.0']);
    },
  );
});
