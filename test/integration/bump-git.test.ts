import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessResult, Services } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { chartWithImages, createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { runBump, type GitHook } from '../support/bump-run.js';
import { temporaryFolder } from '../support/services.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const CONFIG = `environments:
  develop:
    branch: develop
    repository: file:///srv/develop
    values: [env/develop.yaml]
    bump: { tags: '>=1.0.0', version: prerelease }
  staging:
    branch: main
    repository: file:///srv/staging
`;

let folder: string;
let charts: BareRepository;
const started: string[] = [];

beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-bump-');
  charts = createBareRepository(folder, chartWithImages('api', 'web'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const each of started.splice(0)) await rm(each, { recursive: true, force: true });
});

async function bump(inputs: Record<string, string>, overrides: Partial<Services> = {}, hook?: GitHook) {
  const result = await runBump({ repository: charts.url, ...inputs }, overrides, hook);
  started.push(result.services.workingDirectory);
  return result;
}

describe('bump-image-tag on a git repository', () => {
  it('puts one commit onto the branch that changes two lines and nothing else', async () => {
    const before = charts.head();
    const result = await bump(
      { images: 'ghcr.io/acme/api:1.1.0' },
      {
        context: readContext({
          GITHUB_REPOSITORY: 'acme/api',
          GITHUB_SHA: 'c0ffee',
          GITHUB_RUN_ID: '7',
          GITHUB_ACTOR: 'joe',
        }),
      },
    );
    expect(result).toMatchObject({ result: 'bumped', ok: true });
    expect(result.outputs).toMatchObject({
      changed: 'true',
      'commit-sha': charts.head(),
      branch: 'main',
      'chart-versions': '{"shop":"1.1.0"}',
      attempts: '1',
    });
    expect(charts.log()).toEqual([result.outputs['commit-sha'], before]);
    expect(charts.git('diff', '-U0', `${before}..main`)).toContain(
      '\n-    tag: 1.0.0 # of api\n+    tag: 1.1.0 # of api\n',
    );
    expect(charts.git('diff', '--numstat', `${before}..main`)).toBe(`1\t1\t${CHART}\n1\t1\t${VALUES}\n`);
    expect(charts.read(VALUES).startsWith('# Written by services.\r\n')).toBe(true);
    expect(charts.git('log', '-1', '--format=%an <%ae>%n%(trailers:only)')).toMatch(
      /^joe <joe@users\.noreply\.github\.com>\nImage: ghcr\.io\/acme\/api:1\.1\.0\nChart-Version: shop 1\.1\.0\nSource-Repository: acme\/api\nSource-Commit: c0ffee\nSource-Run: https:\/\/github\.com\/acme\/api\/actions\/runs\/7\nHelm-CD-Bump: [0-9a-f]{32}\.[0-9a-f]{8}\n\n$/,
    );
    expect(result.services.log.lines).toContain(`  ${VALUES}:5  /api/image/tag  1.0.0 → 1.1.0`);
    expect(result.summary).toContain('### ✅ Bumped: api 1.0.0 → 1.1.0 · chart shop 1.1.0');
    charts.git('fsck', '--strict');
  });

  it('commits as git’s own configuration says, else as a bot', async () => {
    await bump({ images: 'ghcr.io/acme/api:1.1.0' });
    expect(charts.git('log', '-1', '--format=%an <%ae>').trim()).toBe(
      'helm-cd[bot] <helm-cd[bot]@users.noreply.github.com>',
    );
    const config = path.join(folder, 'gitconfig');
    await writeFile(config, '[user]\n\tname = Jo Ä\n\temail = jo@example.com\n');
    await bump({ images: 'ghcr.io/acme/api:1.2.0' }, { environment: { GIT_CONFIG_GLOBAL: config } });
    expect(charts.git('log', '-1', '--format=%an <%ae>').trim()).toBe('Jo Ä <jo@example.com>');
  });

  it('has nothing to do the second time', async () => {
    await bump({ images: 'ghcr.io/acme/api:1.1.0' });
    const after = charts.head();
    const again = await bump({ images: 'ghcr.io/acme/api:1.1.0' });
    expect(again).toMatchObject({
      result: 'unchanged',
      ok: true,
      outputs: { changed: 'false', 'commit-sha': '', diff: '' },
    });
    expect(again.services.log.lines).toContain(`  ${VALUES}:5  /api/image/tag  is 1.1.0 already`);
    expect(charts.head()).toBe(after);
  });

  it('bumps several images and charts in one commit', async () => {
    charts.commit({
      'charts/jobs/Chart.yaml': 'name: jobs\nversion: 0.1.0\n',
      'charts/jobs/values.yaml': 'image: ghcr.io/acme/web:1.0.0\n',
    });
    const before = charts.head();
    const result = await bump({ images: 'ghcr.io/acme/api:1.0.1\nghcr.io/acme/web:2.0.0' });
    expect(JSON.parse(result.outputs['chart-versions'] ?? '')).toEqual({ jobs: '1.0.0', shop: '2.0.0' });
    expect(charts.log().slice(0, 2)).toEqual([result.outputs['commit-sha'], before]);
    expect(charts.git('diff', '--name-only', `${before}..main`).trim().split('\n')).toHaveLength(4);
    const one = await bump({ images: 'ghcr.io/acme/web:2.0.1', chart: 'jobs' });
    expect(JSON.parse(one.outputs['chart-versions'] ?? '')).toEqual({ jobs: '1.0.1' });
    await expect(bump({ images: 'ghcr.io/acme/web:2.0.2', chart: 'jbos' })).rejects.toThrow(
      'Input "chart": the repository has no chart "jbos", did you mean "jobs"?',
    );
  });

  it('shows what it would do, as a patch that fits', async () => {
    const before = charts.head();
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0', 'dry-run': 'true' });
    expect(result).toMatchObject({
      result: 'planned',
      outputs: { changed: 'false', 'commit-sha': '', 'chart-versions': '{"shop":"1.1.0"}' },
    });
    expect(charts.head()).toBe(before);
    const work = path.join(folder, 'work');
    charts.git('worktree', 'add', '--quiet', work, 'main');
    execFileSync('git', ['apply', '-'], { cwd: work, input: result.outputs['diff'] ?? '' });
    expect(await readFile(path.join(work, VALUES), 'utf8')).toContain('tag: 1.1.0 # of api');
  });

  it('keeps modes, and reads files of any form', async () => {
    charts.commit({ [CHART]: '\ufeffname: shop\r\nversion: "1.0.0"' }, 'main', { [CHART]: '100755' });
    await bump({ images: 'ghcr.io/acme/api:1.1.0' });
    expect(charts.read(CHART)).toBe('\ufeffname: shop\r\nversion: "1.1.0"');
    expect(charts.git('ls-tree', 'main', CHART)).toMatch(/^100755 /);
  });

  it('works with a server that leaves out blobs, and with one that cannot', async () => {
    charts.commit(
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`big/${index}`, `${index} `.repeat(1000)])),
    );
    let fetches = 0;
    const count = (args: readonly string[], git: () => Promise<ProcessResult>) => {
      if (args.includes('--stdin')) fetches++;
      return git();
    };
    await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, count);
    expect(fetches).toBe(0);
    charts.git('config', 'uploadpack.allowFilter', 'true');
    const result = await bump({ images: 'ghcr.io/acme/api:1.2.0' }, {}, count);
    expect(result.result).toBe('bumped');
    expect(fetches).toBeGreaterThan(0);
    expect(charts.read(VALUES)).toContain('tag: 1.2.0 # of api');
    expect(charts.git('ls-tree', '-r', '--name-only', 'main').split('\n')).toContain('big/29');
    charts.git('fsck', '--strict');
  });

  it('works over ssh', async () => {
    const ssh = path.join(folder, 'ssh');
    await writeFile(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
    await chmod(ssh, 0o755);
    const environment = { GIT_SSH_COMMAND: ssh };
    await bump({ images: 'ghcr.io/acme/api:1.1.0', repository: `ssh://git@localhost${charts.path}` }, { environment });
    await bump({ images: 'ghcr.io/acme/api:1.2.0', repository: `git@localhost:${charts.path}` }, { environment });
    expect(charts.read(VALUES)).toContain('tag: 1.2.0 # of api');
  });

  it('says when git is missing', async () => {
    await expect(
      bump(
        { images: 'ghcr.io/acme/api:1.1.0' },
        {
          processes: { run: () => Promise.reject(new Error('git was not found on PATH')), find: async () => undefined },
        },
      ),
    ).rejects.toThrow('git was not found on PATH');
  });
});

describe('branches and environments', () => {
  beforeEach(() => {
    charts.commit({ 'helm-cd.yaml': CONFIG });
    charts.commit(
      {
        ...chartWithImages('api', 'web'),
        'helm-cd.yaml': CONFIG,
        'charts/shop/env/develop.yaml': 'api: {image: {tag: 1.0.5}}\n',
      },
      'develop',
    );
  });

  it('takes the environment of the branch, with its values and rules', async () => {
    const main = charts.head();
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0', branch: 'develop' });
    expect(result.outputs).toMatchObject({ branch: 'develop', 'chart-versions': '{"shop":"1.1.0-develop.1"}' });
    expect(charts.read('charts/shop/env/develop.yaml', 'develop')).toBe('api: {image: {tag: 1.1.0}}\n');
    expect(charts.read(VALUES, 'develop')).toContain('tag: 1.0.0 # of api');
    expect(charts.head()).toBe(main);
    expect((await bump({ images: 'ghcr.io/acme/web:1.0.1', branch: 'develop' })).outputs['chart-versions']).toBe(
      '{"shop":"1.1.0-develop.2"}',
    );
    expect(
      (await bump({ images: 'ghcr.io/acme/web:1.0.2', branch: 'develop', 'chart-version': 'minor' })).outputs[
        'chart-versions'
      ],
    ).toBe('{"shop":"1.1.0"}');
  });

  it('takes the branch of the environment', async () => {
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0', environment: 'develop' });
    expect(result.outputs['branch']).toBe('develop');
    const other = await bump({ images: 'ghcr.io/acme/api:1.1.0', environment: 'staging' });
    expect(other.outputs).toMatchObject({ branch: 'main', 'chart-versions': '{"shop":"1.1.0"}' });
  });

  it('leaves the branch alone when its policy does not accept the tag', async () => {
    const before = charts.head('develop');
    const result = await bump({ images: 'ghcr.io/acme/api:main-7', branch: 'develop' });
    expect(result).toMatchObject({ result: 'unchanged', ok: true });
    expect(result.summary).toContain('Unchanged: the tag is not accepted here');
    expect(result.services.log.text()).toContain('the tag main-7 is not accepted: the policy is ">=1.0.0"');
    expect(charts.head('develop')).toBe(before);
  });

  it('takes places from helm-cd.yaml, relative to the chart', async () => {
    const config = `charts:\n  shop:\n    path: charts/shop\n    images:\n      ghcr.io/acme/api: [versions.yaml#/api, ../../deploy.yaml#/api]\n${CONFIG}`;
    charts.commit({
      'helm-cd.yaml': config,
      'charts/shop/versions.yaml': 'api: 1.0.0\n',
      'deploy.yaml': 'api: 1.0.0\n',
    });
    await bump({ images: 'ghcr.io/acme/api:1.1.0' });
    expect([charts.read('charts/shop/versions.yaml'), charts.read('deploy.yaml')]).toEqual([
      'api: 1.1.0\n',
      'api: 1.1.0\n',
    ]);
    expect(charts.read(VALUES)).toContain('tag: 1.0.0 # of api');
  });

  it.each([
    [{ environment: 'develp' }, 'config', 'helm-cd.yaml has no environment "develp", did you mean "develop"?'],
    [{ branch: 'develp' }, 'not-found', /^The repository file:.* has no branch "develp", did you mean "develop"\?$/],
    [{ config: 'other.yaml' }, 'not-found', 'Input "config": the repository has no file other.yaml'],
    [{ config: '../x.yaml' }, 'input', 'Input "config" is no path inside the repository: "../x.yaml"'],
  ])('%j is an error', async (inputs, code, message) => {
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0', ...inputs })).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  it.each([
    [
      'charts: {shop: {path: charts/shp}}\n',
      'helm-cd.yaml: chart shop is not at charts/shp, did you mean "charts/shop"?',
    ],
    [
      'charts: {shop: {path: charts/shop, images: {"x:1": []}}}\n',
      'helm-cd.yaml: images of chart shop: "x:1" is no image without a tag.',
    ],
    [
      'charts: {shop: {path: charts/shop, images: {x: [a.yaml]}}}\n',
      'helm-cd.yaml: images of chart shop is no file#/json/pointer: "a.yaml"',
    ],
  ])('%j is an error', async (text, message) => {
    charts.commit({ 'helm-cd.yaml': `${text}${CONFIG}` });
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' })).rejects.toThrow(message);
  });

  it('refuses pull requests loudly: there are none by git', async () => {
    charts.commit({
      'helm-cd.yaml': CONFIG.replace(
        'repository: file:///srv/staging',
        'repository: x\n    bump: {strategy: pull-request}',
      ),
    });
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' })).rejects.toMatchObject({
      code: 'config',
      message: `helm-cd.yaml wants a pull request, but ${charts.url} is a git URL: only on GitHub can one be made.`,
    });
    expect((await bump({ images: 'ghcr.io/acme/api:1.1.0', strategy: 'direct' })).result).toBe('bumped');
  });
});

describe('what is refused changes nothing', () => {
  it.each([
    [{ images: 'ghcr.io/acme/api:0.9.0' }, 'refused', 'ghcr.io/acme/api would go back from 1.0.0 to 0.9.0.'],
    [
      { images: 'ghcr.io/acme/none:1.0.0' },
      'not-found',
      /^No place for ghcr\.io\/acme\/none was found in charts\/shop\. Images found there:\n.*values\.yaml:4 {2}ghcr\.io\/acme\/api, tag 1\.0\.0\n/,
    ],
    [
      { images: 'ghcr.io/acme/api:2.0.0', targets: `${VALUES}#/api/image/tg` },
      'not-found',
      `Target ${VALUES}#/api/image/tg does not exist, did you mean "/api/image/tag"?`,
    ],
    [{ images: 'ghcr.io/acme/api:2.0.0\nghcr.io/acme/none:1.0.0' }, 'not-found', /^No place for ghcr\.io\/acme\/none/],
  ])('%j', async (inputs, code, message) => {
    const before = charts.head();
    await expect(bump(inputs)).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(charts.head()).toBe(before);
  });

  it.each([
    ['a link', { [VALUES]: 'x' }, { [VALUES]: '120000' }, 'is a symbolic link, which is not followed'],
    ['broken YAML', { [VALUES]: 'a:\n  b: 1\n c: 2\n' }, {}, `${VALUES} is no valid YAML`],
    [
      'a version that is none',
      { [CHART]: 'name: shop\nversion: one\n' },
      {},
      'The chart\'s version "one" is no SemVer version',
    ],
  ])('%s', async (_, files, modes, message) => {
    charts.commit(files, 'main', modes);
    const before = charts.head();
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' })).rejects.toThrow(message);
    expect(charts.head()).toBe(before);
  });

  it('a file that is no UTF-8', async () => {
    const work = path.join(folder, 'work');
    execFileSync('git', ['clone', '--quiet', charts.path, work]);
    await writeFile(path.join(work, VALUES), Buffer.from('image: ghcr.io/acme/api:1.0.0 # \xfc\n', 'latin1'));
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', 'commit', '--quiet', '-am', 'x'], { cwd: work });
    execFileSync('git', ['push', '--quiet'], { cwd: work });
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' })).rejects.toMatchObject({
      code: 'file',
      message: `${VALUES} is no UTF-8 text.`,
    });
  });

  it('a hook of the server, in its words', async () => {
    const before = charts.head();
    const hook = path.join(charts.path, 'hooks/pre-receive');
    await mkdir(path.dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "no commits on Fridays" >&2\nexit 1\n');
    await chmod(hook, 0o755);
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /^The branch main does not accept the commit:\n\[remote rejected\] \(pre-receive hook declined\)\n.*no commits on Fridays/,
      ),
    });
    expect(charts.head()).toBe(before);
  });

  it('a repository without a commit, and one that is not there', async () => {
    const empty = path.join(folder, 'empty.git');
    execFileSync('git', ['init', '--quiet', '--bare', empty]);
    await expect(bump({ images: 'x/y:1', repository: `file://${empty}` })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('has no default branch with a commit'),
    });
    await expect(bump({ images: 'x/y:1', repository: `file://${folder}/none.git` })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^The repository file:.*none\.git cannot be read:\n/),
    });
    charts.commit({ 'README.md': 'no chart\n' }, 'nothing');
    await expect(bump({ images: 'x/y:1', branch: 'nothing' })).rejects.toMatchObject({
      code: 'not-found',
      message: 'The branch nothing has no chart: there is no Chart.yaml.',
    });
  });

  it('a repository without a name', async () => {
    await expect(runBump({ images: 'x/y:1' })).rejects.toThrow(
      'Input "repository" is empty, and outside GitHub there is no current one.',
    );
    await expect(bump({ images: 'x/y:1', dispatch: 'bumped' })).rejects.toThrow(
      'Input "dispatch" needs a GitHub repository',
    );
  });
});

describe('while others push', () => {
  const others = {
    [VALUES]: chartWithImages('api', 'web')[VALUES]!.replace('1.0.0 # of web', '1.7.0 # of web'),
    [CHART]: 'name: shop\nversion: 1.7.0\n',
  };

  it('computes edit and version again from the new head, and takes nothing from anybody', async () => {
    let pushes = 0;
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, (args, git) => {
      if (args[0] === 'push' && pushes++ === 0) charts.commit(others);
      return git();
    });
    expect(result.outputs).toMatchObject({ attempts: '2', 'chart-versions': '{"shop":"1.8.0"}' });
    expect(result.services.log.text()).toContain('Attempt 1: main moved on ([rejected] (');
    expect(charts.read(VALUES)).toBe(others[VALUES].replace('1.0.0 # of api', '1.1.0 # of api'));
    expect(charts.read(CHART)).toBe('name: shop\nversion: 1.8.0\n');
    expect(charts.log()).toHaveLength(3);
  });

  it('judges the new head, not the old one', async () => {
    let pushes = 0;
    const newer = chartWithImages('api', 'web')[VALUES]!.replace('1.0.0 # of api', '1.2.0 # of api');
    const race = (args: readonly string[], git: () => Promise<ProcessResult>) => {
      if (args[0] === 'push' && pushes++ === 0) charts.commit({ [VALUES]: newer });
      return git();
    };
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, race)).rejects.toThrow(
      'would go back from 1.2.0 to 1.1.0',
    );
    pushes = 0;
    charts.commit({ [VALUES]: chartWithImages('api', 'web')[VALUES]! });
    const result = await bump({ images: 'ghcr.io/acme/api:1.2.0' }, {}, race);
    expect(result).toMatchObject({ result: 'unchanged', outputs: { attempts: '2' } });
  });

  it('does not put back what was removed by force', async () => {
    const first = charts.head();
    charts.commit({ 'leak.txt': 'a secret\n' });
    let pushes = 0;
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, (args, git) => {
      if (args[0] === 'push' && pushes++ === 0) charts.git('update-ref', 'refs/heads/main', first);
      return git();
    });
    expect(result.outputs['attempts']).toBe('2');
    expect(charts.log()).toEqual([result.outputs['commit-sha'], first]);
  });

  it('gives up when others are always faster, and says so', async () => {
    let commits = 0;
    const always = (args: readonly string[], git: () => Promise<ProcessResult>) => {
      if (args[0] === 'push') charts.commit({ 'note.txt': `${commits++}\n` });
      return git();
    };
    await expect(
      bump({ images: 'ghcr.io/acme/api:1.1.0', 'retry-timeout': '300ms' }, {}, always),
    ).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^The branch main moved during each of \d+ attempts within /),
    });
    expect(charts.read(VALUES)).toContain('tag: 1.0.0 # of api');
  });
});

describe('when an answer is lost', () => {
  const LOST: ProcessResult = { code: 128, stdout: '', stderr: 'fatal: the remote end hung up unexpectedly\n' };

  it('recognises its own commit, also below those of others', async () => {
    let pushes = 0;
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, async (args, git) => {
      if (args[0] !== 'push' || pushes++ > 0) return git();
      expect((await git()).code).toBe(0);
      charts.commit({ [VALUES]: charts.read(VALUES).replace('1.1.0 # of api', '1.9.0 # of api') });
      return LOST;
    });
    expect(result).toMatchObject({
      result: 'bumped',
      outputs: { changed: 'true', 'commit-sha': charts.log()[1], attempts: '1' },
    });
    expect(charts.log()).toHaveLength(3);
    expect(charts.read(VALUES)).toContain('tag: 1.9.0 # of api');
  });

  it('tries again when the commit did not arrive', async () => {
    let pushes = 0;
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, (args, git) => {
      return args[0] === 'push' && pushes++ === 0 ? Promise.resolve(LOST) : git();
    });
    expect(result).toMatchObject({ result: 'bumped', outputs: { 'commit-sha': charts.head(), attempts: '2' } });
    expect(charts.log()).toHaveLength(2);
  });

  it('gives up when that goes on', async () => {
    const never = (args: readonly string[], git: () => Promise<ProcessResult>) =>
      args[0] === 'push' ? Promise.resolve(LOST) : git();
    await expect(bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, never)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'The commit could not be pushed to main:\nfatal: the remote end hung up unexpectedly',
    });
    expect(charts.log()).toHaveLength(1);
  });

  it('asks a server that does not answer again before giving up', async () => {
    let clones = 0;
    const result = await bump({ images: 'ghcr.io/acme/api:1.1.0' }, {}, (args, git) => {
      return args[0] === 'clone' && clones++ === 0 ? Promise.resolve(LOST) : git();
    });
    expect(result.result).toBe('bumped');
  });
});

describe('eight at once', () => {
  it('all land, one after the other, each with a chart version of its own', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `service-${index}`);
    charts.commit(chartWithImages(...names));
    const results = await Promise.all(names.map((name) => bump({ images: `ghcr.io/acme/${name}:1.0.1` })));
    expect(results.map(({ result }) => result)).toEqual(names.map(() => 'bumped'));
    const versions = results.map(
      ({ outputs }) => (JSON.parse(outputs['chart-versions'] ?? '{}') as { shop: string }).shop,
    );
    expect([...versions].sort()).toEqual(names.map((_, index) => `1.0.${index + 1}`));
    expect(charts.log()).toHaveLength(10);
    expect(charts.git('rev-list', '--merges', 'main')).toBe('');
    const expected = chartWithImages(...names)[VALUES]!.replaceAll('tag: 1.0.0', 'tag: 1.0.1');
    expect(charts.read(VALUES)).toBe(expected);
    charts.git('fsck', '--strict');
  });
});
