import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOf, type Client, type ClientAnswer } from '../support/github-server/client.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

const NONE = '0'.repeat(40);

let server: GitHubServer;
let charts: RepositoryHandle;
let client: Client;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files: { a: '1' } }],
    tokens: ['ghs_writer'],
  });
  charts = server.repository('acme', 'charts');
  client = clientOf(server, 'acme/charts', 'ghs_writer');
});

afterEach(async () => {
  const { violations } = server;
  await server.close();
  expect(violations).toEqual([]);
});

interface Update {
  readonly name: string;
  readonly beforeOid?: string;
  readonly afterOid: string;
  readonly force?: boolean;
}

async function updateRefs(...refUpdates: Update[]): Promise<ClientAnswer> {
  const id = (await client.graphql('{ repository(owner: "acme", name: "charts") { id } }')).text('data.repository.id');
  return client.graphql('mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }', {
    input: { repositoryId: id, refUpdates },
  });
}

describe('updateRefs', () => {
  it('moves one branch by force and deletes another, both or none', async () => {
    const base = (await charts.head()) ?? '';
    const old = await charts.commit({ branch: 'pull', files: { a: '2' } });
    const next = await charts.commit({ branch: 'tmp', from: base, files: { a: '3' } });
    const drop = { name: 'refs/heads/tmp', beforeOid: next, afterOid: NONE };
    const stale = { name: 'refs/heads/pull', beforeOid: base, afterOid: next, force: true };

    const refused = await updateRefs(drop, stale);
    expect(refused.at('errors.0.message')).toContain(`refs/heads/pull is at ${old} but expected ${base}`);
    expect([await charts.head('pull'), await charts.head('tmp')]).toEqual([old, next]);

    const forced = await updateRefs({ name: 'refs/heads/pull', beforeOid: old, afterOid: next });
    expect(forced.at('errors.0.message')).toBe('Update is not a fast forward');

    const done = await updateRefs({ ...stale, beforeOid: old }, drop);
    expect(done.at('errors')).toBeUndefined();
    expect([await charts.head('pull'), await charts.head('tmp')]).toEqual([next, undefined]);
    expect(server.events.slice(-2).map(({ ref, before, after }) => [ref, before, after])).toEqual([
      ['refs/heads/pull', old, next],
      ['refs/heads/tmp', next, undefined],
    ]);
  });

  it('creates a branch that must not be there, and obeys protection', async () => {
    const base = (await charts.head()) ?? '';
    const create = { name: 'refs/heads/new', beforeOid: NONE, afterOid: base };
    expect((await updateRefs(create)).at('errors')).toBeUndefined();
    expect((await updateRefs(create)).at('errors.0.message')).toContain(`is at ${base} but expected ${NONE}`);
    charts.protect('new', { kind: 'classic', approvals: 1 });
    const refused = await updateRefs({ name: 'refs/heads/new', beforeOid: base, afterOid: NONE });
    expect(refused.at('errors.0.message')).toMatch(/^protected branch 'new' check failed:/);
    expect(await charts.head('new')).toBe(base);
  });
});

describe('the rules of a branch', () => {
  it('are those of rulesets, not of classic protection', async () => {
    charts.protect('main', { kind: 'ruleset', approvals: 1, signatures: true });
    const rules = async (): Promise<unknown> =>
      (
        await client.graphql(
          '{ repository(owner: "acme", name: "charts") { ref(qualifiedName: "main") { rules(first: 50) { nodes { type } } } } }',
        )
      ).at('data.repository.ref.rules.nodes');
    expect(await rules()).toEqual([{ type: 'PULL_REQUEST' }, { type: 'REQUIRED_SIGNATURES' }]);
    charts.protect('main', { kind: 'classic', approvals: 1 });
    expect(await rules()).toEqual([]);
  });
});
