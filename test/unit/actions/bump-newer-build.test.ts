import { describe, expect, it } from '@jest/globals';
import { olderBuilds } from '../../../src/actions/bump-image-tag/newer-build.js';
import type { CommitRelation } from '../../../src/core/build-order.js';
import type { Build } from '../../../src/core/image-origin.js';
import { commitMessage } from '../../../src/core/commit-message.js';
import type { FoundCommit } from '../../../src/core/repository-branch.js';
import { chartYaml, planFor, RULES, type Files } from '../../support/bump.js';
import { memoryHead } from '../../support/memory-head.js';

const WORKFLOW = 'acme/api/.github/workflows/ci.yml';
const files = (tag: string): Files => ({
  'charts/shop/Chart.yaml': chartYaml('shop'),
  'charts/shop/values.yaml': `image: { repository: ghcr.io/acme/api, tag: ${tag} }\n`,
});
const build = (runNumber: string, commit: string): Build => ({
  repository: 'acme/api',
  commit,
  workflow: WORKFLOW,
  runNumber,
});

/** The commit of a bump to a tag. */
async function bumpOf(tag: string, from: Build, environment = ''): Promise<FoundCommit> {
  const plan = await planFor(files('x'), { images: [`ghcr.io/acme/api:${tag}`] });
  const origin = { ...from, run: '', environment, branch: 'main', id: `id-${tag}` };
  return { oid: tag, message: commitMessage(plan, origin, '') };
}

interface Case {
  readonly now: string;
  readonly next: string;
  readonly ours: Build;
  readonly commits: readonly FoundCommit[];
  readonly relation?: CommitRelation;
  readonly environment?: string;
}

async function ask({ now, next, ours, commits, relation, environment = '' }: Case) {
  const head = memoryHead(files(now), commits);
  const image = `ghcr.io/acme/api:${next}`;
  const plan = await planFor(files(now), { images: [image] });
  const compared: string[] = [];
  const request = {
    images: [],
    targets: [],
    rules: RULES,
    scopes: [{ ...RULES, folder: 'charts/shop' }],
    appVersion: 'auto' as const,
    allowDowngrade: false,
  };
  const held = await olderBuilds(head, plan, request, {
    ours,
    environment,
    compare: (repository, base, to) => {
      compared.push(`${repository} ${base}...${to}`);
      return Promise.resolve(relation);
    },
  });
  return { held, compared, asked: head.asked };
}

describe('olderBuilds', () => {
  it('asks nothing where the tags tell', async () => {
    const commits = [await bumpOf('1.0.0', build('42', 'def'))];
    expect(await ask({ now: '1.0.0', next: '1.1.0', ours: build('41', 'abc'), commits })).toEqual({
      held: [],
      compared: [],
      asked: [],
    });
  });

  it('asks nothing when nothing is known of our own build', async () => {
    const ours = { repository: '', commit: '', workflow: '', runNumber: '' };
    expect(await ask({ now: 'main-2', next: 'main-1', ours, commits: [] })).toMatchObject({ held: [], asked: [] });
  });

  it('holds back what the ancestry of the commits shows to be older', async () => {
    const commits = [await bumpOf('main-2', build('42', 'def'))];
    expect(await ask({ now: 'main-2', next: 'main-1', ours: build('41', 'abc'), commits, relation: 'behind' })).toEqual(
      {
        held: [
          {
            image: 'ghcr.io/acme/api:main-1',
            chart: 'charts/shop',
            reason:
              'build 41 (commit abc) is older than build 42 (commit def) that is there already; allow-downgrade writes it all the same',
          },
        ],
        compared: ['acme/api def...abc'],
        asked: ['commits'],
      },
    );
  });

  it.each<[string, CommitRelation | undefined, string, number]>([
    ['is ahead', 'ahead', '41', 0],
    ['has diverged, and comes from an older run', 'diverged', '41', 1],
    ['has diverged, and comes from a newer run', 'diverged', '43', 0],
    ['cannot be compared, and comes from an older run', undefined, '41', 1],
    ['cannot be compared, and comes from a newer run', undefined, '43', 0],
  ])('tells of a build whose commit %s', async (_, relation, runNumber, held) => {
    const commits = [await bumpOf('main-2', build('42', 'def'))];
    const more = relation === undefined ? {} : { relation };
    const result = await ask({ now: 'main-2', next: 'main-9', ours: build(runNumber, 'abc'), commits, ...more });
    expect(result.held).toHaveLength(held);
  });

  it('asks nobody about builds of the very same commit: their runs tell', async () => {
    const commits = [await bumpOf('main-2', build('42', 'abc'))];
    const of = (runNumber: string) => ask({ now: 'main-2', next: 'main-1', ours: build(runNumber, 'abc'), commits });
    expect(await of('41')).toMatchObject({ held: [{ chart: 'charts/shop' }], compared: [] });
    expect(await of('43')).toMatchObject({ held: [], compared: [] });
  });

  it('asks nobody about a build of another source, or without a bump there', async () => {
    const ours = build('41', 'abc');
    const other = [await bumpOf('main-2', { ...build('42', 'def'), repository: 'acme/fork' })];
    for (const commits of [other, [], [{ oid: 'x', message: 'by hand\n' }]]) {
      expect(await ask({ now: 'main-2', next: 'main-1', ours, commits, relation: 'behind' })).toMatchObject({
        held: [],
        compared: [],
      });
    }
  });

  it('looks at bumps of the same environment only', async () => {
    const commits = [await bumpOf('main-2', build('42', 'def'), 'staging')];
    const given = { now: 'main-2', next: 'main-1', ours: build('41', 'abc'), commits, relation: 'behind' as const };
    expect((await ask({ ...given, environment: 'develop' })).held).toEqual([]);
    expect((await ask({ ...given, environment: 'staging' })).held).toHaveLength(1);
  });
});
