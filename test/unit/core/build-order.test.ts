import { describe, expect, it } from '@jest/globals';
import {
  buildThere,
  hasAncestry,
  isOlderBuild,
  olderBuildReason,
  unorderedImages,
  type CommitRelation,
  type UnorderedImage,
} from '../../../src/core/build-order.js';
import { originTrailer, type Build } from '../../../src/core/image-origin.js';
import { commitMessage } from '../../../src/core/commit-message.js';
import { parseImageReference } from '../../../src/core/image-reference.js';
import type { FoundCommit } from '../../../src/core/repository-branch.js';
import { chartYaml, planFor, RULES, type BumpCase, type Files } from '../../support/bump.js';

const DIGEST = (letter: string) => `sha256:${letter.repeat(64)}`;
const REPOSITORY = 'ghcr.io/acme/api';

const values = (tag: string, digest?: string): Files => ({
  'charts/shop/Chart.yaml': chartYaml('shop'),
  'charts/shop/values.yaml': `image:\n  repository: ${REPOSITORY}\n  tag: ${tag}\n${digest === undefined ? '' : `  digest: ${digest}\n`}`,
});

async function unordered(files: Files, image: string, given: Partial<BumpCase> = {}) {
  const scopes = given.scopes ?? [{ folder: 'charts/shop' }];
  const plan = await planFor(files, { ...given, images: [image], scopes });
  const request = {
    images: [],
    targets: [],
    rules: RULES,
    appVersion: 'auto' as const,
    allowDowngrade: false,
    scopes: scopes.map((scope) => ({ ...RULES, ...scope })),
  };
  return unorderedImages(plan, request);
}

describe('unorderedImages', () => {
  it.each([
    ['a newer SemVer tag', values('1.0.0'), `${REPOSITORY}:1.1.0`],
    ['the same version', values('1.0.0'), `${REPOSITORY}:1.0.0`],
    ['a first tag', values('""'), `${REPOSITORY}:main-3`],
  ])('has nothing to say of %s', async (_, files, image) => {
    expect(await unordered(files, image)).toEqual([]);
  });

  it('does not need to look where an order tells', async () => {
    const scope = { folder: 'charts/shop', order: { by: 'numeric' as const, pattern: /^main-(\d+)$/ } };
    expect(await unordered(values('main-2'), `${REPOSITORY}:main-3`, { scopes: [scope] })).toEqual([]);
    expect(await unordered(values('main-2'), `${REPOSITORY}:other`, { scopes: [scope] })).toHaveLength(1);
  });

  it.each([
    ['a commit’s hash', values('c0ffee1'), `${REPOSITORY}:badcafe`, ['c0ffee1'], []],
    ['a number', values('main-12'), `${REPOSITORY}:main-13`, ['main-12'], []],
    ['SemVer in place of a hash', values('c0ffee1'), `${REPOSITORY}:1.0.0`, ['c0ffee1'], []],
    [
      'another digest of the same tag',
      values('main', DIGEST('a')),
      `${REPOSITORY}:main@${DIGEST('b')}`,
      [],
      [DIGEST('a')],
    ],
    ['a digest in bare digits', values('main', 'a'.repeat(64)), `${REPOSITORY}:main@${DIGEST('b')}`, [], [DIGEST('a')]],
    [
      'another digest of the same SemVer tag',
      values('1.0.0', DIGEST('a')),
      `${REPOSITORY}:1.0.0@${DIGEST('b')}`,
      [],
      [DIGEST('a')],
    ],
    [
      'one text',
      {
        'charts/shop/Chart.yaml': chartYaml('shop'),
        'charts/shop/values.yaml': `image: ${REPOSITORY}:main-1@${DIGEST('a')}\n`,
      },
      `${REPOSITORY}:main-2@${DIGEST('b')}`,
      ['main-1'],
      [DIGEST('a')],
    ],
  ])('names what is there now: %s', async (_, files, image, tags, digests) => {
    const found = await unordered(files, image);
    expect(found).toMatchObject([{ chart: 'charts/shop', reference: image }]);
    expect([[...(found[0]?.tags ?? [])], [...(found[0]?.digests ?? [])]]).toEqual([tags, digests]);
  });
});

interface Recorded {
  readonly image: string;
  readonly commit: string;
  readonly environment?: string;
}

async function recorded({ image, commit, environment = '' }: Recorded): Promise<FoundCommit> {
  const plan = await planFor(values('""', '""'), { images: [image] });
  const origin = {
    repository: 'acme/api',
    commit,
    run: 'https://github.com/acme/api/actions/runs/1',
    runNumber: '42',
    workflow: 'acme/api/.github/workflows/ci.yml',
    environment,
    branch: 'main',
    id: 'id',
  };
  return { oid: `of-${commit}`, message: commitMessage(plan, origin, '') };
}

const there = (more: Partial<UnorderedImage>): UnorderedImage => ({
  image: parseImageReference(`${REPOSITORY}:main-9`) ?? { name: '' },
  chart: 'charts/shop',
  reference: `${REPOSITORY}:main-9`,
  tags: new Set(),
  digests: new Set(),
  ...more,
});

describe('buildThere', () => {
  it('is the newest bump that wrote what is there now', async () => {
    const commits = [
      { oid: 'x', message: 'Somebody changes something\n' },
      await recorded({ image: `${REPOSITORY}:main-3`, commit: 'three', environment: 'staging' }),
      await recorded({ image: `ghcr.io/acme/web:main-2`, commit: 'web' }).catch(() => ({ oid: '', message: '' })),
      await recorded({ image: `${REPOSITORY}:main-2@${DIGEST('a')}`, commit: 'two' }),
      await recorded({ image: `${REPOSITORY}:main-1`, commit: 'one' }),
    ];
    const commitOf = (more: Partial<UnorderedImage>, environment = '') =>
      buildThere(commits, there(more), environment)?.commit;
    expect(commitOf({ tags: new Set(['main-2']) })).toBe('two');
    // A revert has put back what an older bump had written.
    expect(commitOf({ tags: new Set(['main-1']) })).toBe('one');
    expect(commitOf({ tags: new Set(['main-2']), digests: new Set([DIGEST('a')]) })).toBe('two');
    expect(commitOf({ tags: new Set(['main-2']), digests: new Set([DIGEST('b')]) })).toBeUndefined();
    expect(commitOf({ digests: new Set([DIGEST('a')]) })).toBe('two');
    // By hand, or longer ago than the commits reach.
    expect(commitOf({ tags: new Set(['main-0']) })).toBeUndefined();
    expect(commitOf({ tags: new Set(['main-3']) })).toBeUndefined();
    expect(commitOf({ tags: new Set(['main-3']) }, 'staging')).toBe('three');
    expect(buildThere(commits, there({ tags: new Set(['main-2']) }), '')).toMatchObject({
      repository: 'acme/api',
      commit: 'two',
      runNumber: '42',
      workflow: 'acme/api/.github/workflows/ci.yml',
    });
  });

  it('is that of the image where one commit has the images of several builds', async () => {
    const { oid, message } = await recorded({ image: `${REPOSITORY}:main-2`, commit: 'two' });
    const origin = { repository: 'acme/web', commit: 'web', workflow: '', runNumber: '9', run: '' };
    const image = { name: REPOSITORY, tag: 'main-2' };
    const commits = [{ oid, message: `${message.trimEnd()}\n${originTrailer(image, origin)}\n` }];
    expect(buildThere(commits, there({ tags: new Set(['main-2']) }), '')).toEqual(origin);
  });

  it('takes the same mutable tag when no digest was written down', async () => {
    const commits = [await recorded({ image: `${REPOSITORY}:main`, commit: 'one' })];
    const image = { name: REPOSITORY, tag: 'main' };
    expect(buildThere(commits, there({ image, digests: new Set([DIGEST('a')]) }), '')?.commit).toBe('one');
  });
});

const build = (more: Partial<Build> = {}): Build => ({
  repository: 'acme/api',
  commit: 'abc',
  workflow: 'ci.yml',
  runNumber: '41',
  ...more,
});

describe('isOlderBuild', () => {
  it.each<[string, Partial<Build>, Partial<Build>, CommitRelation | undefined, boolean]>([
    ['behind', {}, { commit: 'def' }, 'behind', true],
    ['behind, though the run is newer', { runNumber: '99' }, { commit: 'def' }, 'behind', true],
    ['ahead, though the run is older', {}, { commit: 'def', runNumber: '99' }, 'ahead', false],
    ['identical, a newer run', { runNumber: '99' }, { commit: 'def' }, 'identical', false],
    ['the same commit, an older run', {}, { runNumber: '42' }, undefined, true],
    ['the same commit, a newer run', { runNumber: '43' }, { runNumber: '42' }, undefined, false],
    ['the same commit and run, tried again', {}, {}, undefined, false],
    ['diverged, an older run', {}, { commit: 'def', runNumber: '42' }, 'diverged', true],
    ['diverged, a newer run', {}, { commit: 'def', runNumber: '40' }, 'diverged', false],
    ['the same run', {}, { commit: 'def' }, 'diverged', false],
    ['unknown ancestry, an older run', {}, { commit: 'def', runNumber: '42' }, undefined, true],
    ['an older run by number, not by text', { runNumber: '9' }, { commit: 'def', runNumber: '10' }, undefined, true],
    ['runs of another workflow', {}, { commit: 'def', runNumber: '42', workflow: 'other.yml' }, undefined, false],
    ['runs of unknown workflows', { workflow: '' }, { commit: 'def', runNumber: '42', workflow: '' }, undefined, false],
    ['no run number there', {}, { commit: 'def', runNumber: '' }, undefined, false],
    ['no run number of ours', { runNumber: '' }, { commit: 'def', runNumber: '42' }, undefined, false],
    ['another repository', {}, { commit: 'def', repository: 'acme/web', runNumber: '42' }, 'behind', false],
    [
      'nothing known',
      { repository: '', commit: '' },
      { repository: '', commit: '', runNumber: '42' },
      undefined,
      false,
    ],
    ['no commits, an older run', { commit: '' }, { commit: '', runNumber: '42' }, undefined, true],
  ])('%s', (_, ours, other, relation, expected) => {
    expect(isOlderBuild(build(ours), build(other), relation)).toBe(expected);
  });
});

describe('hasAncestry', () => {
  it.each<[Partial<Build>, Partial<Build>, boolean]>([
    [{}, { commit: 'def' }, true],
    [{}, {}, false],
    [{ commit: '' }, {}, false],
    [{}, { commit: '' }, false],
    [{}, { repository: 'acme/web' }, false],
    [{ repository: '' }, { repository: '' }, false],
  ])('%o and %o: %s', (ours, other, expected) => {
    expect(hasAncestry(build(ours), build(other))).toBe(expected);
  });
});

describe('olderBuildReason', () => {
  it.each<[Partial<Build>, Partial<Build>, string]>([
    [{}, { runNumber: '42', commit: 'def' }, 'build 41 (commit abc) is older than build 42 (commit def)'],
    [{ runNumber: '' }, { runNumber: '', commit: 'd'.repeat(40) }, 'commit abc is older than commit dddddddddddd'],
    [{ commit: '' }, { runNumber: '42', commit: '' }, 'build 41 is older than build 42'],
  ])('%o and %o', (ours, other, expected) => {
    expect(olderBuildReason(build(ours), build(other))).toBe(
      `${expected} that is there already; allow-downgrade writes it all the same`,
    );
  });
});
