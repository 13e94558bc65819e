import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chartWithImages } from '../support/bare-repository.js';
import type { BumpRun } from '../support/bump-run.js';
import { clientOf } from '../support/github-server/client.js';
import {
  startGitHubServer,
  type BranchProtection,
  type GitHubServer,
  type RepositoryHandle,
} from '../support/github-server/index.js';
import { bumpByPullRequest, type PullRequestBump } from '../support/pull-request-bump.js';

jest.setTimeout(240_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const BRANCH = 'helm-cd/main/shop';
const SERVICES = ['api', 'web', 'auth', 'cart', 'mail', 'shop'];

let server: GitHubServer;
let charts: RepositoryHandle;

async function start(): Promise<void> {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: chartWithImages(...SERVICES) }],
    tokens: ['ghs_app'],
  });
  charts = server.repository('acme', 'charts');
}
beforeEach(start);
afterEach(async () => {
  const { violations } = server;
  const pending = server.faults.pending;
  await server.close();
  expect([violations, pending]).toEqual([[], []]);
});

const bump = (images: string, more: Partial<PullRequestBump> = {}): Promise<BumpRun> =>
  bumpByPullRequest(server, { images, ...more });

async function branches(): Promise<string[]> {
  const answer = await clientOf(server, 'acme/charts', 'ghs_app').rest(
    'GET',
    '/repos/acme/charts/git/matching-refs/heads/',
  );
  return (answer.body as { ref: string }[]).map(({ ref }) => ref.slice('refs/heads/'.length));
}

/** One open pull request of one commit on the newest base, which says what it has; no other branch. */
async function requireOne(tags: Readonly<Record<string, string>>, version: string): Promise<void> {
  const [pull, ...more] = charts.pulls.filter(({ state }) => state === 'open');
  expect([more, await branches()]).toEqual([[], [BRANCH, 'main']]);
  const base = await charts.log('main');
  const ahead = (await charts.log(BRANCH)).filter((oid) => !base.includes(oid));
  expect(ahead).toHaveLength(1);
  expect(await charts.read(CHART, BRANCH)).toContain(`version: ${version} #`);
  const values = (await charts.read(VALUES, BRANCH)) ?? '';
  for (const name of SERVICES) expect(values).toContain(`tag: ${tags[name] ?? '1.0.0'} # of ${name}`);
  for (const [name, tag] of Object.entries(tags)) {
    expect(pull?.body).toMatch(new RegExp(`\\| \`ghcr.io/acme/${name}\` \\| \`1.0.0\` \\| \`${tag}\` \\|`));
  }
  expect(pull?.body).toContain(`<!-- helm-cd: ${ahead[0] ?? ''} -->`);
}

describe('several bumps at once', () => {
  it.each([0, 5])('end up in one pull request with all images and one version (%d ms a request)', async (latency) => {
    server.latencyMs = latency;
    const done = await Promise.all(
      SERVICES.map((name, index) =>
        bump(`ghcr.io/acme/${name}:1.0.${index + 1}`, { run: String(10 + index), source: `acme/${name}` }),
      ),
    );
    expect(done.map(({ result, ok }) => [result, ok])).toEqual(SERVICES.map(() => ['pull-request', true]));
    expect(charts.pulls).toHaveLength(1);
    await requireOne(Object.fromEntries(SERVICES.map((name, index) => [name, `1.0.${index + 1}`])), '1.0.1');
  });

  it('that merge at once: everything is on the base, no version twice', async () => {
    const done = await Promise.all(
      SERVICES.map((name, index) =>
        bump(`ghcr.io/acme/${name}:1.0.${index + 1}`, {
          run: String(10 + index),
          source: `acme/${name}`,
          inputs: { 'auto-merge': 'true' },
        }),
      ),
    );
    expect(done.map(({ ok, annotations }) => [ok, annotations])).toEqual(SERVICES.map(() => [true, []]));
    const values = (await charts.read(VALUES)) ?? '';
    for (const [index, name] of SERVICES.entries()) expect(values).toContain(`tag: 1.0.${index + 1} # of ${name}`);
    expect([charts.pulls.filter(({ state }) => state === 'open'), await branches()]).toEqual([[], ['main']]);
    const commits = await charts.log();
    const at = async (oid: string): Promise<string> =>
      (await clientOf(server, 'acme/charts', 'ghs_app').rest('GET', `/repos/acme/charts/commits/${oid}`)).text(
        'commit.message',
      );
    const versions = (await Promise.all(commits.map(at))).flatMap(
      (message) => /^Chart-Version: .*$/m.exec(message) ?? [],
    );
    expect([versions.length, new Set(versions).size]).toEqual([commits.length - 1, commits.length - 1]);
  });

  it('of the same image: the newest wins, whoever comes last', async () => {
    const tries = ['1.1.0', '1.2.0', '1.3.0'].map((tag, index) =>
      bump(`ghcr.io/acme/api:${tag}`, { run: String(10 + index) }).then(
        ({ result }) => result,
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    const results = await Promise.all(tries);
    expect(results[2]).toBe('pull-request');
    for (const result of results) expect(['pull-request', 'refused']).toContain(result);
    await requireOne({ api: '1.3.0' }, '1.1.0');
  });
});

describe('a bump that loses a race and has no reason to go on', () => {
  it('leaves nothing behind', async () => {
    await bump('ghcr.io/acme/api:1.1.0', { run: '3' });
    server.faults.add({
      on: 'graphql:updateRefs',
      kind: 'hook',
      when: 'before',
      run: async () => {
        await bump('ghcr.io/acme/api:1.3.0', { run: '4' });
      },
    });
    await expect(bump('ghcr.io/acme/api:1.2.0')).rejects.toMatchObject({ code: 'refused' });
    await requireOne({ api: '1.3.0' }, '1.1.0');
  });
});

describe('a pull request that somebody merges while a bump is on its way into it', () => {
  it.each([
    ['graphql:updateRefs', 'false'],
    ['graphql:updateRefs', 'true'],
    ['pulls/update', 'false'],
    ['pulls/update', 'true'],
  ])('before %s, with auto-merge %s: nothing is lost', async (on, autoMerge) => {
    await bump('ghcr.io/acme/web:1.0.1', { run: '3' });
    server.faults.add({
      on,
      kind: 'hook',
      when: 'before',
      run: async () => {
        const merged = { merge_method: 'squash' };
        await clientOf(server, 'acme/charts', 'ghs_app').rest('PUT', '/repos/acme/charts/pulls/1/merge', merged);
      },
    });
    const done = await bump('ghcr.io/acme/api:1.0.1', { inputs: { 'auto-merge': autoMerge } });
    expect(done.ok).toBe(true);
    const where = autoMerge === 'true' ? 'main' : done.outputs['branch'];
    if (on === 'pulls/update') {
      // It was merged with both images.
      expect(await charts.read(VALUES)).toContain('tag: 1.0.1 # of api');
      expect(await charts.read(CHART)).toContain('version: 1.0.1 ');
      expect(charts.pulls).toMatchObject([{ state: 'closed', merged: {} }]);
      return;
    }
    expect(await charts.read(VALUES, where)).toContain('tag: 1.0.1 # of api');
    expect(await charts.read(CHART, where)).toContain('version: 1.0.2 ');
    expect(charts.pulls).toMatchObject([{ merged: {} }, autoMerge === 'true' ? { merged: {} } : { state: 'open' }]);
  });
});

/** Kills a bump at each of its requests, each time in a new world, and looks at what the next try makes of it. */
async function killEverywhere(
  when: 'before' | 'after',
  situation: () => Promise<void>,
  again: () => Promise<BumpRun>,
  check: () => Promise<void>,
): Promise<void> {
  for (let step = 0; ; step++) {
    await situation();
    // From this request on nothing comes back: the process is gone.
    server.faults.add(
      { on: '*', kind: 'cut', when, skip: step },
      { on: '*', kind: 'cut', when: 'before', skip: step + 1, times: 1000 },
    );
    const first = await again().then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
    const done = server.faults.pending.length === 2;
    server.faults.clear();
    if (done) {
      expect([first, step > 4]).toEqual(['done', true]);
      return;
    }
    expect([step, (await again()).ok]).toEqual([step, true]);
    await check();
    expect(server.violations).toEqual([]);
    await server.close();
    await start();
  }
}

/** What a bump has to cope with when it comes. */
const SITUATIONS = {
  'without a pull request': () => Promise.resolve(),
  'with one, on an old base': async () => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    await charts.commit({ files: { other: 'x' } });
  },
  'with a branch that was merged': async () => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    const client = clientOf(server, 'acme/charts', 'ghs_app');
    await client.rest('PUT', '/repos/acme/charts/pulls/1/merge', { merge_method: 'merge' });
    await charts.commit({ files: { other: 'x' } });
  },
};

describe.each(Object.entries(SITUATIONS))('a bump that is killed, %s', (name, situation) => {
  const merged = name.includes('merged');
  const tags = name.startsWith('without') ? { api: '1.1.0' } : { api: '1.1.0', web: '1.1.0' };

  it.each(['before', 'after'] as const)('%s any of its requests has taken effect is completed by the next', (when) => {
    const again = (): Promise<BumpRun> => bump('ghcr.io/acme/api:1.1.0', { inputs: { labels: 'helm-cd' } });
    return killEverywhere(when, situation, again, async () => {
      if (!merged) await requireOne(tags, '1.1.0');
      const [pull, ...more] = charts.pulls.filter(({ state }) => state === 'open');
      expect([pull?.labels, more, await branches()]).toEqual([['helm-cd'], [], [BRANCH, 'main']]);
    });
  });
});

describe.each(['before', 'after'] as const)('a bump that is killed %s any of its requests has taken effect', (when) => {
  it('is completed by the next when it closes a pull request', () =>
    killEverywhere(
      when,
      async () => {
        await bump('ghcr.io/acme/api:1.1.0', { run: '3' });
        await bump('ghcr.io/acme/api:1.1.0', { run: '4', inputs: { strategy: 'direct' } });
      },
      () => bump('ghcr.io/acme/api:1.1.0'),
      async () => {
        expect([charts.pulls.map(({ state }) => state), await branches()]).toEqual([['closed'], ['main']]);
        const comments = '/repos/acme/charts/issues/1/comments';
        expect((await clientOf(server, 'acme/charts', 'ghs_app').rest('GET', comments)).body).toHaveLength(1);
      },
    ));

  it('is completed by the next when it merges', () =>
    killEverywhere(
      when,
      async () => {
        await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
      },
      () => bump('ghcr.io/acme/api:1.1.0', { inputs: { 'auto-merge': 'true' } }),
      async () => {
        const head = await charts.head();
        expect([charts.pulls.map(({ merged }) => merged?.sha), await branches()]).toEqual([[head], ['main']]);
        expect(await charts.log()).toHaveLength(2);
        expect(await charts.read(CHART)).toContain('version: 1.1.0');
      },
    ));
});

describe('answers that get lost', () => {
  it.each(['git/create-ref', 'graphql:createCommitOnBranch', 'pulls/create'])(
    'of %s change nothing for a new pull request',
    async (operation) => {
      server.faults.add({ on: operation, kind: 'answer', when: 'after', status: 502 });
      const done = await bump('ghcr.io/acme/api:1.1.0');
      expect([done.ok, done.result, done.outputs['changed']]).toEqual([true, 'pull-request', 'true']);
      await requireOne({ api: '1.1.0' }, '1.1.0');
    },
  );

  it.each([
    'git/create-ref',
    'graphql:createCommitOnBranch',
    'graphql:updateRefs',
    'pulls/update',
    'git/update-ref', // to take up the temporary branch again
    'issues/add-labels',
  ])('of %s change nothing for one that there is', async (operation) => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    if (operation === 'git/update-ref') {
      server.faults.add({ on: 'graphql:updateRefs', kind: 'answer', when: 'before', status: 502 });
    }
    server.faults.add({ on: operation, kind: 'answer', when: 'after', status: 502 });
    const done = await bump('ghcr.io/acme/api:1.1.0', { inputs: { labels: 'helm-cd' } });
    expect([done.ok, done.result, done.outputs['changed']]).toEqual([true, 'pull-request', 'true']);
    expect(charts.pulls).toMatchObject([{ labels: ['helm-cd'] }]);
    await requireOne({ api: '1.1.0', web: '1.1.0' }, '1.1.0');
  });

  it('are an error when there are too many', async () => {
    server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'answer', when: 'before', status: 502, times: 4 });
    await expect(bump('ghcr.io/acme/api:1.1.0')).rejects.toMatchObject({ code: 'unreachable' });
    await bump('ghcr.io/acme/api:1.1.0');
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });

  it('or come late: GitHub shows the branch as it was before', async () => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    await bump('ghcr.io/acme/auth:1.1.0', { run: '4' });
    server.faults.add({ on: 'graphql:repository', kind: 'stale', skip: 1, times: 2 });
    await bump('ghcr.io/acme/api:1.1.0');
    await requireOne({ api: '1.1.0', web: '1.1.0', auth: '1.1.0' }, '1.1.0');
  });
});

describe('GitHub’s odd answers', () => {
  it('"a pull request already exists": it is used', async () => {
    server.faults.add({
      on: 'pulls/create',
      kind: 'hook',
      when: 'before',
      run: async () => {
        const faster = { title: 'Somebody was faster', head: BRANCH, base: 'main' };
        await clientOf(server, 'acme/charts', 'ghs_app').rest('POST', '/repos/acme/charts/pulls', faster);
      },
    });
    const done = await bump('ghcr.io/acme/api:1.1.0');
    expect(done.outputs['pull-request-number']).toBe('1');
    expect(charts.pulls[0]?.title).toBe('chore(shop): bump api 1.0.0 → 1.1.0, chart 1.1.0');
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });

  it('"Could not resolve to a node": it is asked again', async () => {
    const body = {
      message: 'Validation Failed',
      errors: [{ message: "Could not resolve to a node with the global id of 'PR_1'." }],
    };
    server.faults.add({ on: 'issues/add-labels', kind: 'answer', when: 'before', status: 422, body, times: 2 });
    await bump('ghcr.io/acme/api:1.1.0', { inputs: { labels: 'helm-cd' } });
    expect(charts.pulls[0]?.labels).toEqual(['helm-cd']);
  });

  it('a branch that was made a moment ago is not there yet', async () => {
    const message = `Could not resolve to a Ref with the name 'refs/heads/${BRANCH}'.`;
    server.faults.add({
      on: 'graphql:createCommitOnBranch',
      kind: 'graphql-error',
      when: 'before',
      type: 'NOT_FOUND',
      message,
      times: 2,
    });
    await bump('ghcr.io/acme/api:1.1.0');
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });

  it('a commit that was made a moment ago is not there yet', async () => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    server.faults.add({
      on: 'graphql:updateRefs',
      kind: 'graphql-error',
      when: 'before',
      message: 'Oid does not exist',
      times: 2,
    });
    await bump('ghcr.io/acme/api:1.1.0');
    await requireOne({ api: '1.1.0', web: '1.1.0' }, '1.1.0');
  });

  it('no updateRefs: the branch is moved by REST', async () => {
    const message = "Field 'updateRefs' doesn't exist on type 'Mutation'";
    server.faults.add({ on: 'graphql:updateRefs', kind: 'graphql-error', when: 'before', message, times: 2 });
    await bump('ghcr.io/acme/api:1.1.0');
    await bump('ghcr.io/acme/web:1.1.0', { run: '8' });
    await requireOne({ api: '1.1.0', web: '1.1.0' }, '1.1.0');
    await bump('ghcr.io/acme/api:1.1.0\nghcr.io/acme/web:1.1.0', { run: '9', inputs: { strategy: 'direct' } });
    await bump('ghcr.io/acme/api:1.1.0', { run: '10' });
    expect([charts.pulls[0]?.state, await branches()]).toEqual(['closed', ['main']]);
  });

  it('workflows may not open pull requests: it says which setting allows it', async () => {
    const body = { message: 'GitHub Actions is not permitted to create or approve pull requests.' };
    server.faults.add({ on: 'pulls/create', kind: 'answer', when: 'before', status: 403, body });
    await expect(bump('ghcr.io/acme/api:1.1.0')).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('not permitted to create'),
      hint: expect.stringContaining('Allow GitHub Actions to create and approve pull requests'),
    });
  });

  it('a rule against force: it says which branches to leave out', async () => {
    await bump('ghcr.io/acme/web:1.1.0', { run: '3' });
    const message = 'Repository rule violations found\n\nCannot force-push to this branch';
    server.faults.add({ on: 'graphql:updateRefs', kind: 'graphql-error', when: 'before', message });
    await expect(bump('ghcr.io/acme/api:1.1.0')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('Cannot force-push'),
      hint: expect.stringContaining('helm-cd/'),
    });
  });

  it('a rule for all branches: it says which ones to leave out', async () => {
    charts.protect(BRANCH, { kind: 'ruleset', approvals: 1 });
    await expect(bump('ghcr.io/acme/api:1.1.0')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('Changes must be made through a pull request'),
      hint: expect.stringContaining('helm-cd/'),
    });
    // Nobody may delete it either.
    expect(await branches()).toEqual([BRANCH, 'main']);
  });

  it('a commit that is refused: no empty branch is left', async () => {
    const message = 'Repository rule violations found\n\nCommit message must match a pattern';
    server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'graphql-error', when: 'before', message });
    await expect(bump('ghcr.io/acme/api:1.1.0')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('must match a pattern'),
    });
    expect(await branches()).toEqual(['main']);
  });

  it('a branch that somebody deletes meanwhile: it is made again', async () => {
    server.faults.add({
      on: 'graphql:createCommitOnBranch',
      kind: 'hook',
      when: 'before',
      run: async () => {
        await clientOf(server, 'acme/charts', 'ghs_app').rest('DELETE', `/repos/acme/charts/git/refs/heads/${BRANCH}`);
      },
    });
    const done = await bump('ghcr.io/acme/api:1.1.0');
    expect(done.outputs['attempts']).toBe('2');
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });
});

describe('the strategy auto', () => {
  const auto = { inputs: { strategy: 'auto' } };
  const RULES: Readonly<Record<string, BranchProtection>> = {
    'a ruleset': { kind: 'ruleset', approvals: 1 },
    'a ruleset without approvals': { kind: 'ruleset', approvals: 0 },
    'classic protection': { kind: 'classic', approvals: 1 },
  };

  it.each(Object.entries(RULES))('proposes where %s demands it', async (_, protection) => {
    charts.protect('main', protection);
    const done = await bump('ghcr.io/acme/api:1.1.0', auto);
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });

  it('commits where nothing demands it', async () => {
    expect((await bump('ghcr.io/acme/api:1.1.0', auto)).result).toBe('bumped');
    expect(charts.pulls).toEqual([]);
  });

  it('proposes what the branch refuses, though nothing said so before', async () => {
    charts.protect('main', { kind: 'classic', checks: ['ci'] });
    const done = await bump('ghcr.io/acme/api:1.1.0', auto);
    expect(done).toMatchObject({ result: 'pull-request', ok: true });
    expect(done.services.log.text()).toMatch(
      /does not accept the commit: .*It is proposed by a pull request instead\./s,
    );
    await requireOne({ api: '1.1.0' }, '1.1.0');
  });

  it('of direct fails there', async () => {
    charts.protect('main', { kind: 'classic', approvals: 1 });
    await expect(bump('ghcr.io/acme/api:1.1.0', { inputs: { strategy: 'direct' } })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await branches()).toEqual(['main']);
  });

  it('does what helm-cd.yaml says', async () => {
    const config = `charts:
  shop: { path: charts/shop }
environments:
  develop:
    branch: main
    repository: s3://acme/develop
    bump: { strategy: pull-request }
`;
    await charts.commit({ files: { 'helm-cd.yaml': config } });
    const done = await bump('ghcr.io/acme/api:1.1.0', auto);
    expect(done.outputs).toMatchObject({ branch: 'helm-cd/develop/shop', 'pull-request-number': '1' });
    const direct = await bump('ghcr.io/acme/api:1.1.0', { inputs: { strategy: 'direct' } });
    expect(direct.result).toBe('bumped');
  });
});
