import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Services } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { openStore } from '../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { chartWithImages, createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { runBump, type GitHook } from '../support/bump-run.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';
import { pushImage } from '../support/images.js';
import { packedChart } from '../support/packed-charts.js';
import { createTestServices, temporaryFolder } from '../support/services.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const REGISTRY = `guards-${process.pid}`;

let folder: string;
const started: string[] = [];

beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-guards-');
});
afterEach(async () => {
  for (const each of [folder, ...started.splice(0)]) await rm(each, { recursive: true, force: true });
});

/** A run of the image's own workflow. */
const build = (runNumber: number, sha: string, workflow = 'ci.yml') =>
  readContext({
    GITHUB_REPOSITORY: 'acme/api',
    GITHUB_SHA: sha,
    GITHUB_RUN_ID: `${runNumber}000`,
    GITHUB_RUN_NUMBER: `${runNumber}`,
    GITHUB_WORKFLOW_REF: `acme/api/.github/workflows/${workflow}@refs/heads/main`,
  });

describe('on a git server', () => {
  let charts: BareRepository;

  beforeEach(() => {
    charts = createBareRepository(folder, chartWithImages('api', 'web'));
  });

  async function bump(inputs: Record<string, string>, overrides: Partial<Services> = {}, hook?: GitHook) {
    const result = await runBump({ repository: charts.url, ...inputs }, overrides, hook);
    started.push(result.services.workingDirectory);
    return result;
  }
  const api = (tag: string, runNumber: number, sha: string, more: Record<string, string> = {}, hook?: GitHook) =>
    bump({ images: `ghcr.io/acme/api:${tag}`, ...more }, { context: build(runNumber, sha) }, hook);
  const versionOf = (file = CHART) => /version: (\S+)/.exec(charts.read(file))?.[1];

  describe('an older build that ends later', () => {
    it('leaves what is there, and is no failure', async () => {
      await api('main-42', 42, 'def');
      const head = charts.head();
      const result = await api('main-41', 41, 'abc');
      expect(result).toMatchObject({
        result: 'unchanged',
        ok: true,
        annotations: [
          {
            level: 'warning',
            message:
              'ghcr.io/acme/api stays as it is: build 41 (commit abc) is older than build 42 (commit def) that is there already; allow-downgrade writes it all the same.',
          },
        ],
      });
      expect(result.outputs).toMatchObject({ changed: 'false', 'commit-sha': '' });
      expect(result.summary).toContain('### ⏸️ Unchanged: a newer build is there');
      expect(result.summary).toContain('build 41 (commit abc) is older than build 42 (commit def)');
      expect(charts.head()).toBe(head);
      // What is newer still comes through, and so does what is meant to go back.
      expect(await api('main-43', 43, 'fed')).toMatchObject({ result: 'bumped' });
      expect(await api('main-41', 41, 'abc', { 'allow-downgrade': 'true' })).toMatchObject({ result: 'bumped' });
      expect(charts.read(VALUES)).toContain('tag: main-41 # of api');
    });

    it('does not keep the other images of its run from being written', async () => {
      await api('main-42', 42, 'def');
      const images = 'ghcr.io/acme/api:main-41\nghcr.io/acme/web:main-41';
      const result = await bump({ images }, { context: build(41, 'abc') });
      expect(result).toMatchObject({ result: 'bumped', annotations: [{ level: 'warning' }] });
      expect(charts.read(VALUES)).toContain('tag: main-42 # of api');
      expect(charts.read(VALUES)).toContain('tag: main-41 # of web');
      expect(charts.git('log', '-1', '--format=%(trailers:key=Image,valueonly)').trim()).toBe(
        'ghcr.io/acme/web:main-41',
      );
    });

    it('is noticed when the newer one lands while it is under way', async () => {
      let newer: Promise<unknown> | undefined;
      const result = await api('main-41', 41, 'abc', {}, async (args, git) => {
        if (args[0] === 'push') await (newer ??= api('main-42', 42, 'def'));
        return git();
      });
      expect(result).toMatchObject({ result: 'unchanged', ok: true });
      expect(result.outputs['attempts']).toBe('2');
      expect(charts.read(VALUES)).toContain('tag: main-42 # of api');
    });

    it('never is what stays, in whichever order builds end', async () => {
      const runs = [43, 41, 46, 44, 42, 45];
      const results = await Promise.all(runs.map((run) => api(`main-${run}`, run, `c0ffee${run}`)));
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect(charts.read(VALUES)).toContain('tag: main-46 # of api');
      const written = charts
        .git('log', '--reverse', '--format=%(trailers:key=Source-Run-Number,valueonly)')
        .split('\n');
      const order = written.filter((line) => line !== '').map(Number);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(results.filter(({ result }) => result === 'bumped')).toHaveLength(order.length);
    });

    it('is told by the digest where the tag is always the same', async () => {
      charts.commit({ [VALUES]: 'api:\n  image: { repository: ghcr.io/acme/api, tag: main, digest: "" }\n' });
      const digest = (letter: string) => `main@sha256:${letter.repeat(64)}`;
      expect(await api(digest('b'), 42, 'def')).toMatchObject({ result: 'bumped' });
      expect(await api(digest('a'), 41, 'abc')).toMatchObject({ result: 'unchanged' });
      expect(await api(digest('c'), 43, 'fed')).toMatchObject({ result: 'bumped' });
    });

    it('is not taken for one when a revert has put an older build back', async () => {
      const first = charts.read(VALUES);
      await api('main-41', 41, 'abc');
      const older = charts.read(VALUES);
      await api('main-43', 43, 'fed');
      charts.commit({ [VALUES]: older });
      expect(await api('main-42', 42, 'def')).toMatchObject({ result: 'bumped' });
      charts.commit({ [VALUES]: first });
      expect(await api('main-40', 40, 'cba')).toMatchObject({ result: 'bumped' });
    });

    it('is not known of runs of another workflow, and of no run at all', async () => {
      await api('main-42', 42, 'def');
      const other = await bump({ images: 'ghcr.io/acme/api:x-1' }, { context: build(1, 'abc', 'nightly.yml') });
      expect(other).toMatchObject({ result: 'bumped' });
      expect(await bump({ images: 'ghcr.io/acme/api:x-2' })).toMatchObject({ result: 'bumped' });
    });
  });

  describe('the order of tags in helm-cd.yaml', () => {
    const config = (bumpPolicy: string, repository = 'file:///srv/staging') =>
      `environments:\n  staging:\n    branch: main\n    repository: ${repository}\n    bump: ${bumpPolicy}\n`;

    it.each([
      ['numeric', "{ order: numeric, order-pattern: '^main-(\\d+)$' }", 'main-10', 'main-9', 'main-11'],
      ['date', "{ order: date, order-pattern: '^(\\d{4}.*)$' }", '2026-11-23', '20261122', '2026.11.23-1210'],
    ])('refuses what is older by %s, naming both tags', async (_, policy, now, older, newer) => {
      charts.commit({ 'helm-cd.yaml': config(policy) });
      await bump({ images: `ghcr.io/acme/api:${now}` });
      await expect(bump({ images: `ghcr.io/acme/api:${older}` })).rejects.toMatchObject({
        code: 'refused',
        message: `ghcr.io/acme/api would go back from ${now} to ${older}.`,
        hint: 'If that is meant, as a rollback is, set allow-downgrade to true.',
      });
      expect(await bump({ images: `ghcr.io/acme/api:${newer}` })).toMatchObject({ result: 'bumped' });
      expect(await bump({ images: `ghcr.io/acme/api:${older}`, 'allow-downgrade': 'true' })).toMatchObject({
        result: 'bumped',
      });
    });

    it('says where it is broken', async () => {
      charts.commit({ 'helm-cd.yaml': config('{ order: numeric }') });
      await expect(bump({ images: 'ghcr.io/acme/api:main-9' })).rejects.toMatchObject({
        code: 'config',
        message: 'helm-cd.yaml: environments.staging.bump.order-pattern is missing: tags are ordered by numeric.',
        place: { file: 'helm-cd.yaml', line: 5 },
      });
    });
  });

  describe('a chart’s version', () => {
    it('is not given again after a revert', async () => {
      const before = { [VALUES]: charts.read(VALUES), [CHART]: charts.read(CHART) };
      await api('1.0.1', 1, 'abc');
      expect(versionOf()).toBe('1.0.1');
      charts.commit(before);
      const result = await api('1.0.2', 2, 'def');
      expect(versionOf()).toBe('1.0.2');
      expect(result.services.log.lines).toContain('  shop 1.0.1 was on this branch before, so it is not given again.');
    });

    it('is none that the environment’s chart repository has, also in a train', async () => {
      const repository = `file://${path.join(folder, 'published')}`;
      const services = await createTestServices();
      started.push(services.workingDirectory);
      const store = await openStore(repository, {}, services);
      const versions = ['1.0.1', '1.0.2-staging.1', '1.0.2-staging.2'];
      for (const version of versions) {
        await store.publish([await packedChart('shop', version)], { verifyTimeoutMs: 5000 });
      }
      const config = (rule: string) =>
        `environments:\n  staging:\n    branch: main\n    repository: ${repository}\n    bump: { version: ${rule} }\n`;
      charts.commit({ 'helm-cd.yaml': config('auto') });
      const result = await api('1.0.1', 1, 'abc');
      expect(result.outputs['chart-versions']).toBe('{"shop":"1.0.2"}');
      expect(result.summary).toContain('shop 1.0.1 is in file:');
      charts.commit({ 'helm-cd.yaml': config('prerelease'), [CHART]: charts.read(CHART).replace('1.0.2', '1.0.1') });
      expect((await api('1.0.2', 2, 'def')).outputs['chart-versions']).toBe('{"shop":"1.0.2-staging.3"}');
    });

    it('rises all the same when that repository cannot be asked', async () => {
      charts.commit({
        'helm-cd.yaml': 'environments:\n  staging:\n    branch: main\n    repository: git+file:///nowhere/charts.git\n',
      });
      const result = await api('1.0.1', 1, 'abc');
      expect(result).toMatchObject({ result: 'bumped', ok: true });
      const note =
        'Whether git+file:///nowhere/charts.git has a chart’s next version already is not known: The repository file:///nowhere/charts.git cannot be read';
      expect(result.services.log.text()).toContain(note);
      expect(result.summary).toContain(note.slice(0, 30));
    });
  });

  describe('with verify-image', () => {
    let host: string;

    beforeAll(async () => {
      ({ host } = await startRegistry({ name: REGISTRY }));
    });
    afterAll(async () => {
      await stopRegistry({ name: REGISTRY });
    });

    const values = (more = '') =>
      `api:\n  image:\n    repository: ${host}/acme/api\n    tag: 1.0.0\n${more}side: ${host}/acme/side:1.0.0\n`;

    it('records the digest, writes it where one has its place, and says what the image runs on', async () => {
      const platforms = ['linux/amd64', 'linux/arm64'];
      const { digest } = await pushImage(host, 'acme/api', '1.1.0', platforms, { attestation: true });
      const side = await pushImage(host, 'acme/side', '1.1.0');
      charts.commit({ [VALUES]: values('    digest: ""\n') });
      const images = `${host}/acme/api:1.1.0\n${host}/acme/side:1.1.0`;
      const result = await bump({ images, 'verify-image': 'true' });
      expect(result).toMatchObject({ result: 'bumped', ok: true });
      expect(charts.read(VALUES)).toBe(
        `api:\n  image:\n    repository: ${host}/acme/api\n    tag: 1.1.0\n    digest: "${digest}"\nside: ${host}/acme/side:1.1.0\n`,
      );
      expect(charts.git('log', '-1', '--format=%(trailers:key=Image-Digest,valueonly)').trim().split('\n')).toEqual([
        digest,
        side.digest,
      ]);
      expect(result.services.log.lines.slice(0, 2)).toEqual([
        `${host}/acme/api:1.1.0 is in its registry: ${digest}, linux/amd64, linux/arm64`,
        `${host}/acme/side:1.1.0 is in its registry: ${side.digest}`,
      ]);
      expect(result.summary).toContain('linux/amd64, linux/arm64');
      expect(result.document['images']).toEqual([
        { name: `${host}/acme/api`, tag: '1.1.0', digest, platforms },
        { name: `${host}/acme/side`, tag: '1.1.0', digest: side.digest, platforms: [] },
      ]);
      expect(await bump({ images, 'verify-image': 'true' })).toMatchObject({ result: 'unchanged' });
    });

    it('writes nothing when the image is not there', async () => {
      charts.commit({ [VALUES]: values() });
      const head = charts.head();
      const images = `${host}/acme/api:9.9.9`;
      await expect(bump({ images, 'verify-image': 'true', 'verify-timeout': '100ms' })).rejects.toMatchObject({
        code: 'not-found',
        message: `The registry has no ${host}/acme/api with the tag 9.9.9; it was looked for during 100 ms.`,
      });
      expect(charts.head()).toBe(head);
    });
  });
});

describe('the inputs for a registry', () => {
  it.each([
    [
      { 'registry-username': 'joe' },
      'Input "registry-username" is given without "registry-password".',
      'Give both or neither.',
    ],
    [
      { 'registry-password': 'very-secret' },
      'Input "registry-password" is given without "registry-username".',
      'Give both or neither.',
    ],
    [
      {
        'registry-username': 'joe',
        'registry-password': 'very-secret',
        'verify-image': 'true',
        images: 'ghcr.io/acme/api:1\nnginx:1',
      },
      'Input "registry-password" is for one registry, but there are ghcr.io, docker.io.',
      'Log in to each of them before (docker login), and leave the inputs registry-username and registry-password out.',
    ],
  ])('%o', async (inputs, message, hint) => {
    await expect(runBump({ repository: 'file:///x', images: 'ghcr.io/acme/api:1', ...inputs })).rejects.toMatchObject({
      code: 'input',
      message,
      hint,
    });
  });
});

describe('on GitHub', () => {
  let server: GitHubServer;

  beforeEach(async () => {
    server = await startGitHubServer({
      repositories: [
        { owner: 'acme', name: 'charts', files: chartWithImages('api', 'web') },
        { owner: 'acme', name: 'api', files: { 'main.go': 'package main\n' } },
      ],
      tokens: ['ghs_app'],
    });
  });
  afterEach(async () => {
    await server.close();
  });

  async function bump(tag: string, runNumber: number, sha: string, inputs: Record<string, string> = {}) {
    const result = await runBump(
      {
        repository: 'acme/charts',
        token: 'ghs_app',
        images: `ghcr.io/acme/api:${tag}`,
        chart: 'charts/shop',
        'server-url': server.serverUrl,
        'api-url': server.apiUrl,
        'graphql-url': server.graphqlUrl,
        ...inputs,
      },
      {
        context: {
          ...build(runNumber, sha),
          serverUrl: server.serverUrl,
          apiUrl: server.apiUrl,
          graphqlUrl: server.graphqlUrl,
        },
      },
    );
    started.push(result.services.workingDirectory);
    return result;
  }
  const commit = (text: string, branch = 'main') =>
    server.repository('acme', 'api').commit({ files: { 'main.go': text }, branch });
  const COMPARE = 'repos/compare-commits-with-basehead';

  it('the ancestry of the commits tells which build is older, whatever the runs’ numbers are', async () => {
    const [older, newer] = [await commit('one'), await commit('two')];
    expect(await bump(newer.slice(0, 7), 41, newer)).toMatchObject({ result: 'bumped' });
    const result = await bump(older.slice(0, 7), 99, older);
    expect(result).toMatchObject({ result: 'unchanged', ok: true });
    expect(result.annotations?.[0]?.message).toBe(
      `ghcr.io/acme/api stays as it is: build 99 (commit ${older.slice(0, 12)}) is older than build 41 (commit ${newer.slice(0, 12)}) that is there already; allow-downgrade writes it all the same.`,
    );
    const newest = await commit('three');
    expect(await bump(newest.slice(0, 7), 1, newest)).toMatchObject({ result: 'bumped' });
    expect([server.count(COMPARE), server.violations]).toEqual([2, []]);
  });

  it.each([
    ['have diverged', async () => [await commit('one', 'a'), await commit('two', 'b')] as const],
    ['are not known there', () => Promise.resolve(['a'.repeat(40), 'b'.repeat(40)] as const)],
  ])('the runs’ numbers tell it when the commits %s', async (_, commits) => {
    const [first, second] = await commits();
    await bump('main-42', 42, first);
    expect(await bump('main-41', 41, second)).toMatchObject({ result: 'unchanged' });
    expect(await bump('main-43', 43, second)).toMatchObject({ result: 'bumped' });
    expect([server.count(COMPARE), server.violations]).toEqual([2, []]);
  });

  it('asks nothing more where the tags tell, or the commit is the same', async () => {
    await bump('1.0.1', 1, 'a'.repeat(40));
    expect([server.count(), server.violations]).toEqual([2, []]);
    await bump('main-1', 2, 'b'.repeat(40));
    const before = server.count();
    await bump('main-2', 2, 'b'.repeat(40));
    expect([server.count() - before, server.count(COMPARE)]).toEqual([3, 1]);
  });

  it('sends no token to a GitHub that it is not for', async () => {
    await bump('main-42', 42, await commit('one'));
    const other = 'https://github.example.com';
    const result = await runBump(
      {
        repository: 'acme/charts',
        token: 'ghs_app',
        images: 'ghcr.io/acme/api:main-41',
        'server-url': server.serverUrl,
        'api-url': server.apiUrl,
        'graphql-url': server.graphqlUrl,
      },
      { context: { ...build(41, await commit('two')), serverUrl: other, apiUrl: `${other}/api/v3` } },
    );
    started.push(result.services.workingDirectory);
    expect(result).toMatchObject({ result: 'unchanged' });
    expect(server.count(COMPARE)).toBe(0);
  });
});
