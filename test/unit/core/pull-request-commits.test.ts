import { describe, expect, it } from '@jest/globals';
import { parseImageReference } from '../../../src/core/image-reference.js';
import {
  foreignCommits,
  higherRule,
  pendingImages,
  pendingOn,
  refuseForeign,
  versionsOf,
  withPending,
  type BranchCommit,
  type PendingImage,
} from '../../../src/core/pull-request-commits.js';

const BOT = { name: 'helm-cd[bot]', email: '1+helm-cd[bot]@users.noreply.github.com' };
const GITHUB = { name: 'GitHub', email: 'noreply@github.com' };
const MONA = { name: 'Mona', email: 'mona@example.com' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

const OURS = `chore(shop): bump api 1.0.0 → 1.1.0, chart 1.0.1

- charts/shop/values.yaml#/api/tag: 1.0.0 → 1.1.0

Image: ghcr.io/acme/api:1.1.0
Image-Digest: ${DIGEST}
Image: ghcr.io/acme/web:2.0.0
Chart-Version: shop 1.0.1
Source-Repository: acme/api
Source-Commit: c0ffee
Source-Run: https://github.com/acme/api/actions/runs/7
Source-Run-Number: 7
Helm-CD-Bump: key.1
`;

let count = 0;
const commit = (more: Partial<BranchCommit> = {}): BranchCommit => ({
  oid: String(++count).padStart(40, '0'),
  message: OURS,
  parents: ['0'],
  author: BOT,
  committer: GITHUB,
  ...more,
});
const image = (text: string) => {
  const parsed = parseImageReference(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

describe('foreign commits', () => {
  const update = { message: "Merge branch 'main' into helm-cd/main/shop", parents: ['1', '2'], author: MONA };
  it.each([
    ['our own', commit(), 0],
    ['our own by a server that signs nothing', commit({ committer: BOT }), 0],
    [
      'our own on a GitHub Enterprise Server',
      commit({ committer: { name: 'GitHub Enterprise', email: 'noreply@ghe.example.com' } }),
      0,
    ],
    ['somebody’s', commit({ message: 'Fix a thing', author: MONA, committer: MONA }), 1],
    ['somebody’s by the web editor', commit({ message: 'Update values.yaml', author: MONA }), 1],
    ['ours, amended by somebody', commit({ committer: MONA }), 1],
    ['the update button’s merge', commit(update), 0],
    ['a merge that somebody has made', commit({ ...update, committer: MONA }), 1],
    ['a merge of another branch', commit({ ...update, message: "Merge branch 'feature' into helm-cd/main/shop" }), 1],
    ['one that says it is a merge', commit({ ...update, parents: ['1'] }), 1],
  ])('%s', (_, one, foreign) => {
    expect(foreignCommits([one], 'main')).toHaveLength(foreign);
  });

  it('are named, with what to do', () => {
    const message = 'Fix a thing\n\nHelm-CD-Bump: not a trailer\n\nthe end';
    const theirs = commit({ message, author: MONA, committer: MONA });
    expect(() => refuseForeign([commit(), theirs], 'helm-cd/main/shop', 'main')).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `The branch helm-cd/main/shop has commits that helm-cd did not make, so it is left alone:\n  ${theirs.oid.slice(0, 12)}  Fix a thing (Mona)`,
        hint: 'Merge or close its pull request and delete the branch, or move these commits to a branch of their own.',
      }),
    );
    expect(() => refuseForeign([commit()], 'helm-cd/main/shop', 'main')).not.toThrow();
  });
});

describe('pending images', () => {
  it('are those of the trailers, the newest of each, with their digests and origins', () => {
    const newer = commit({
      message: 'x\n\nImage: ghcr.io/acme/api:1.2.0\nSource-Repository: acme/other\nHelm-CD-Bump: k',
    });
    const pending = pendingImages([commit(), newer]);
    expect(pending.map((one) => [one.image, one.origin.repository])).toEqual([
      [{ name: 'ghcr.io/acme/api', tag: '1.2.0' }, 'acme/other'],
      [{ name: 'ghcr.io/acme/web', tag: '2.0.0' }, 'acme/api'],
    ]);
    expect(pendingImages([commit()])[0]).toEqual({
      image: { name: 'ghcr.io/acme/api', tag: '1.1.0', digest: DIGEST },
      origin: {
        repository: 'acme/api',
        commit: 'c0ffee',
        workflow: '',
        runNumber: '7',
        run: 'https://github.com/acme/api/actions/runs/7',
      },
      rollback: false,
    });
  });

  it('keep their own origin when they are carried into another commit', () => {
    const [api] = pendingImages([commit()]);
    const carried: PendingImage = {
      image: image('ghcr.io/acme/web:2.0.0'),
      origin: {
        repository: 'acme/web',
        commit: '',
        workflow: 'acme/web/.github/workflows/my ci.yml',
        runNumber: '3',
        run: '',
      },
      rollback: true,
    };
    const message = withPending(OURS, { images: [carried], rule: 'minor' }, ['ghcr.io/acme/web:2.0.0']);
    const [first, second] = pendingImages([commit({ message })]);
    expect(first).toEqual(api);
    expect(second).toEqual({
      ...carried,
      origin: { ...carried.origin, workflow: 'acme/web/.github/workflows/my%20ci.yml' },
    });
    expect(withPending(OURS, { images: [], rule: undefined }, [])).toBe(OURS);
    expect(pendingOn([commit(), commit({ message })]).rule).toBe('minor');
    expect(foreignCommits([commit({ message })], 'main')).toEqual([]);
  });

  it('are none in commits without trailers', () => {
    expect(pendingImages([commit({ message: 'Merge branch main' })])).toEqual([]);
  });
});

describe('the rule of two that were asked for', () => {
  it.each([
    ['auto', 'patch', undefined, 'auto'],
    ['auto', 'patch', 'major', 'major'],
    ['auto', 'major', 'minor', 'auto'],
    ['patch', 'major', 'minor', 'minor'],
    ['major', 'patch', 'minor', 'major'],
    ['prerelease', 'patch', 'major', 'prerelease'],
    ['none', 'patch', 'major', 'none'],
  ] as const)('%s (%s) with %s pending is %s', (rule, level, pending, expected) => {
    expect(higherRule(rule, level, pending)).toBe(expected);
  });
});

describe('versions of other pull requests', () => {
  it('are those of our own commits', () => {
    const versions = versionsOf([OURS, OURS.replaceAll('1.0.1', '1.0.2'), 'x\n\nChart-Version: shop 9.9.9']);
    expect([...versions].map(([name, all]) => [name, [...all]])).toEqual([['shop', ['1.0.1', '1.0.2']]]);
  });
});
