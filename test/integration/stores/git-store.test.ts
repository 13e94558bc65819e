import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HelmCdError } from '../../../src/core/errors.js';
import { openStore } from '../../../src/stores/open-store.js';
import { createBareRepository, type BareRepository } from '../../support/bare-repository.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const OPTIONS = { verifyTimeoutMs: 5000 };
const ENVIRONMENT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const BRANCH = 'gh-pages';

let services: TestServices;
let remote: BareRepository;
let url: string;

const open = (location = url) => openStore(location, {}, services);
const failure = (promise: Promise<unknown>): Promise<HelmCdError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as HelmCdError,
  );
const files = (branch = BRANCH) => remote.git('ls-tree', '-r', '--name-only', branch).trim().split('\n');
const index = (branch = BRANCH, file = 'index.yaml') =>
  JSON.parse(remote.read(file, branch)) as { entries: Record<string, { version: string; digest: string }[]> };
const message = (branch = BRANCH) => remote.git('log', '-1', '--format=%B', branch).trim();

beforeEach(async () => {
  services = await createTestServices({ environment: ENVIRONMENT });
  remote = createBareRepository(services.workingDirectory, { 'README.md': 'The sources.\n' });
  url = `git+${remote.url}`;
});
afterEach(async () => {
  remote.git('fsck', '--strict', '--no-progress');
  await rm(services.workingDirectory, { recursive: true, force: true });
});

describe('a branch of a git repository', () => {
  it('is begun without the history of any other, with everything in its first commit', async () => {
    const store = await open();
    expect(await store.versions('shop')).toEqual([]);
    const chart = await packedChart('shop', '1.0.0');
    const signed = { ...chart, provenance: Buffer.from('signed') };
    expect(await store.plan([signed])).toMatchObject([{ state: 'published' }]);
    expect(files('main')).toEqual(['README.md']);
    expect(remote.git('branch', '--list', BRANCH)).toBe('');

    expect(await store.publish([signed], OPTIONS)).toEqual([
      { name: 'shop', version: '1.0.0', digest: chart.digest, url: `${url}/shop-1.0.0.tgz`, state: 'published' },
    ]);
    expect(remote.log(BRANCH)).toHaveLength(1);
    expect(files()).toEqual(['.nojekyll', 'index.yaml', 'shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
    expect(message()).toBe('Publish shop-1.0.0');
    expect(remote.log('main')).toHaveLength(1);
    expect(services.log.text()).toContain('there is no branch gh-pages yet; it is made');

    const [stored] = await store.versions('shop');
    if (stored === undefined) throw new Error('not there');
    expect(stored).toMatchObject({ version: '1.0.0', digest: chart.digest, url: `${url}/shop-1.0.0.tgz` });
    expect(Buffer.from(await store.fetch(stored)).equals(Buffer.from(chart.bytes))).toBe(true);
    expect(Buffer.from((await store.provenance(stored)) ?? []).toString()).toBe('signed');
  });

  it('gets all charts of a call in one commit, and keeps whatever else is in it', async () => {
    const kept = { 'index.html': '<p>Charts\n', CNAME: 'charts.example.com\n', 'docs/a.md': 'a\n' };
    const before = remote.commit(kept, BRANCH);
    const charts = await Promise.all(['shop', 'api', 'web', 'jobs'].map((name) => packedChart(name, '1.0.0')));
    const store = await open();
    await store.publish(charts, OPTIONS);
    expect(remote.log(BRANCH)).toHaveLength(2);
    expect(remote.git('rev-parse', `${BRANCH}^`).trim()).toBe(before);
    expect(remote.git('diff', '--name-status', before, BRANCH).trim().split('\n')).toEqual([
      'A\tapi-1.0.0.tgz',
      'A\tindex.yaml',
      'A\tjobs-1.0.0.tgz',
      'A\tshop-1.0.0.tgz',
      'A\tweb-1.0.0.tgz',
    ]);
    expect(message()).toMatch(/^Publish \S+-1\.0\.0, \S+-1\.0\.0 and 2 more$/);

    // Nothing is left to do: no commit.
    expect(await store.publish(charts, OPTIONS)).toMatchObject(charts.map(() => ({ state: 'already-published' })));
    expect(remote.log(BRANCH)).toHaveLength(2);
  });

  it('says in the commit where it comes from, and is made by who runs it', async () => {
    const { context } = services;
    const run = 'https://github.com/acme/shop/actions/runs/7';
    const mine = {
      ...services,
      context: { ...context, repository: 'acme/shop', sha: 'abc123', runUrl: run, actor: 'mona' },
    };
    const store = await openStore(url, {}, mine);
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(message()).toBe(
      `Publish shop-1.0.0\n\nSource-Repository: acme/shop\nSource-Commit: abc123\nSource-Run: ${run}`,
    );
    expect(remote.git('log', '-1', '--format=%an %ae %cn', BRANCH).trim()).toMatch(
      /^mona mona@users\.noreply\.\S+ mona$/,
    );
  });

  it('may be any branch, and a folder in it', async () => {
    const there = `${url}?path=docs/charts#site/charts`;
    const store = await open(there);
    expect(store.url).toBe(there);
    const [published] = await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(published?.url).toBe(`${url}/docs/charts/shop-1.0.0.tgz`);
    expect(files('site/charts')).toEqual(['.nojekyll', 'docs/charts/index.yaml', 'docs/charts/shop-1.0.0.tgz']);
    const [stored] = await (await open(there)).versions('shop');
    expect(stored?.url).toBe(`${url}/docs/charts/shop-1.0.0.tgz`);
    if (stored !== undefined) await (await open(there)).fetch(stored);
  });

  it('refuses other bytes of a version, with both digests, and changes nothing', async () => {
    const store = await open();
    const [first, second] = [await packedChart('shop', '1.0.0', 'a'), await packedChart('shop', '1.0.0', 'b')];
    await store.publish([first], OPTIONS);
    const head = remote.head(BRANCH);
    const error = await failure(store.publish([second, await packedChart('web', '1.0.0')], OPTIONS));
    expect(error).toMatchObject({ code: 'conflict' });
    expect(error.message).toContain(first.digest);
    expect(error.message).toContain(second.digest);
    expect(await store.plan([second])).toMatchObject([{ state: 'conflict' }]);
    expect(remote.head(BRANCH)).toBe(head);
  });

  it('completes what is missing, whichever part it is', async () => {
    const chart = await packedChart('shop', '1.0.0');
    const store = await open();
    await store.publish([chart], OPTIONS);
    // The archive is gone: the index names it still.
    const clone = path.join(services.workingDirectory, 'clone');
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], { cwd: clone, stdio: 'pipe' });
    await mkdir(clone);
    git('clone', '--quiet', '--branch', BRANCH, remote.url, '.');
    git('rm', '--quiet', 'shop-1.0.0.tgz');
    git('commit', '--quiet', '-m', 'Remove');
    git('push', '--quiet', 'origin', BRANCH);
    expect(await (await open()).publish([chart], OPTIONS)).toMatchObject([{ state: 'already-published' }]);
    expect(files()).toContain('shop-1.0.0.tgz');
    expect(message()).toBe('Publish shop-1.0.0');

    // The index is gone: the archive is there still.
    git('pull', '--quiet');
    git('rm', '--quiet', 'index.yaml');
    git('commit', '--quiet', '-m', 'Remove');
    git('push', '--quiet', 'origin', BRANCH);
    await (await open()).publish([chart], OPTIONS);
    expect(index().entries['shop']).toMatchObject([{ version: '1.0.0' }]);

    // An archive that the index does not name has other bytes.
    await writeFile(path.join(clone, 'shop-2.0.0.tgz'), 'something');
    git('pull', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'Add');
    git('push', '--quiet', 'origin', BRANCH);
    const head = remote.head(BRANCH);
    const other = await packedChart('shop', '2.0.0');
    const error = await failure((await open()).publish([other], OPTIONS));
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining(other.digest) });
    expect(remote.head(BRANCH)).toBe(head);
  });

  it('keeps every byte of an index that another tool has written in YAML, but for what is added', async () => {
    const digest = '0'.repeat(64);
    const entry = (version: string) =>
      `  - apiVersion: v2\n    created: "2020-01-01T00:00:00.123456789Z"\n    description: 'A chart: for tests'\n    digest: ${digest}\n` +
      `    name: shop\n    urls:\n    - https://github.com/acme/charts/releases/download/shop-${version}/shop-${version}.tgz\n    version: ${version}\n`;
    const yaml = `apiVersion: v1\nentries:\n  shop:\n${entry('1.1.0')}${entry('1.0.0')}generated: "2020-01-01T00:00:00.123456789Z"\n`;
    remote.commit({ 'index.yaml': yaml }, BRANCH);
    await (await open()).publish([await packedChart('shop', '1.0.5')], OPTIONS);
    const text = remote.read('index.yaml', BRANCH);
    const added = text.split('\n').filter((line) => !yaml.split('\n').includes(line));
    const rest = text.split('\n').filter((line) => !added.includes(line));
    expect(added.join('\n')).toMatch(/version: 1\.0\.5/);
    for (const line of yaml.split('\n').slice(0, -2)) expect(rest).toContain(line);
    expect(text.indexOf('1.1.0.tgz')).toBeLessThan(text.indexOf('shop-1.0.5.tgz'));
    expect(text.indexOf('shop-1.0.5.tgz')).toBeLessThan(text.indexOf('1.0.0.tgz'));
    expect(text).toContain(entry('1.1.0'));
    expect(text).toContain(entry('1.0.0'));
  });

  it('is never written when its index is none', async () => {
    const head = remote.commit({ 'index.yaml': '<html>Not found</html>\n' }, BRANCH);
    const error = await failure((await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS));
    expect(error).toMatchObject({ code: 'file', message: expect.stringContaining('index.yaml is no index') });
    expect(remote.head(BRANCH)).toBe(head);
  });

  it('is reached by SSH as git itself reaches it', async () => {
    const ssh = path.join(services.workingDirectory, 'ssh.sh');
    const seen = path.join(services.workingDirectory, 'seen');
    // What the other end would run is run here.
    await writeFile(ssh, `#!/bin/sh\necho "$@" >> ${seen}\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c "$1"\n`, {
      mode: 0o755,
    });
    const mine = {
      ...services,
      environment: { ...services.environment, GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'simple' },
    };
    const store = await openStore(`git+ssh://git@git.example.com${remote.path}`, {}, mine);
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect(files()).toContain('shop-1.0.0.tgz');
    expect(await readFile(seen, 'utf8')).toMatch(/^git@git\.example\.com git-upload-pack /);
  });

  it('takes an empty repository', async () => {
    const empty = path.join(services.workingDirectory, 'empty.git');
    execFileSync('git', ['init', '--quiet', '--bare', empty]);
    const store = await open(`git+file://${empty}`);
    await store.publish([await packedChart('shop', '1.0.0')], OPTIONS);
    expect((await store.versions('shop')).map(({ version }) => version)).toEqual(['1.0.0']);
  });

  it('is told apart from a repository that is not there', async () => {
    const store = await open(`git+file://${services.workingDirectory}/nowhere.git`);
    for (const attempt of [store.versions('shop'), store.publish([await packedChart('shop', '1.0.0')], OPTIONS)]) {
      expect(await failure(attempt)).toMatchObject({
        code: 'not-found',
        message: expect.stringMatching(/^The repository file:\/\/.*nowhere\.git cannot be read/),
        hint: expect.stringContaining('Check the URL'),
      });
    }
  });

  it('that a hook protects is an error that says so', async () => {
    remote.commit({ 'index.html': 'x' }, BRANCH);
    const hook = path.join(remote.path, 'hooks/update');
    await mkdir(path.dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "GH006: Protected branch update failed" >&2\nexit 1\n', { mode: 0o755 });
    expect(await failure((await open()).publish([await packedChart('shop', '1.0.0')], OPTIONS))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('The branch gh-pages does not accept the commit'),
      hint: expect.stringContaining('leave this branch out of the rule'),
    });
    expect(remote.log(BRANCH)).toHaveLength(1);
  });

  it('lists and removes its files, in one commit', async () => {
    const store = await open();
    await store.publish(await Promise.all(['1.0.0', '1.1.0'].map((version) => packedChart('shop', version))), OPTIONS);
    const { openGit } = await import('../../../src/stores/open-branch.js');
    const blobs = openGit(url, {}, services);
    const listed = await blobs.list();
    expect(listed.map(({ name }) => name)).toEqual(['index.yaml', 'shop-1.0.0.tgz', 'shop-1.1.0.tgz']);
    expect(listed.map(({ size }) => size)).toEqual(
      listed.map(({ name }) => Number(remote.git('cat-file', '-s', `${BRANCH}:${name}`))),
    );
    await blobs.remove(['shop-1.0.0.tgz', 'shop-1.0.0.tgz.prov']);
    expect(files()).toEqual(['.nojekyll', 'index.yaml', 'shop-1.1.0.tgz']);
    expect(message()).toBe('Remove shop-1.0.0');
    const head = remote.head(BRANCH);
    await blobs.remove(['shop-1.0.0.tgz']);
    expect(remote.head(BRANCH)).toBe(head);
  });
});

describe('URLs of git repositories', () => {
  it.each([
    ['git+https://', /is no git repository/],
    ['git+https://host', /is no git repository/],
    ['git+file:///srv/charts.git?folder=x', /is no git repository/],
    ['git+file:///srv/charts.git?path=../x', /"\.\.\/x" is no folder of a branch/],
    ['git+file:///srv/charts.git#', /is no branch's name: ""/],
    ['git+file:///srv/charts.git#a..b', /is no branch's name: "a\.\.b"/],
    ['git+file:///srv/charts.git#-x', /is no branch's name: "-x"/],
    ['git+https://me:secret@host/charts.git', /must not hold a user or a password/],
    ['git+s3://host/charts.git', /is no chart repository that helm-cd knows/],
  ])('%s is refused', async (wrong, message) => {
    const error = await failure(open(wrong));
    expect(error).toMatchObject({ code: 'input', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('secret@');
  });
});
