import { getOctokit } from '@actions/github';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientOf, type Client } from '../support/github-server/client.js';
import { Contract } from '../support/github-server/http/contract.js';
import { servedOperations } from '../support/github-server/rest/serve.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';

const REPOSITORY = '/repos/acme/charts';
const VALUES = 'image:\r\n  tag: "1.0.0" # ünïcode\r\n';

let server: GitHubServer;
let charts: RepositoryHandle;
let client: Client;

beforeEach(async () => {
  server = await startGitHubServer({
    repositories: [
      {
        owner: 'acme',
        name: 'charts',
        files: {
          'charts/shop/values.yaml': VALUES,
          'charts/shop/Chart.yaml': 'version: 1.0.0\n',
          'run.sh': { content: 'exit 0\n', mode: '100755' },
          link: { content: 'charts/shop/values.yaml', mode: '120000' },
          'big.txt': `${'x'.repeat(511_999)}é`,
          'logo.png': Buffer.from([0x89, 0x50, 0, 1]),
        },
      },
      { owner: 'acme', name: 'other', files: { a: 'b' } },
      { owner: 'acme', name: 'open', private: false, files: { a: 'b' } },
    ],
    tokens: [
      'ghs_writer',
      { token: 'ghs_reader', permissions: { contents: 'read' } },
      { token: 'ghs_workflow', kind: 'workflow', repositories: ['acme/charts'] },
      { token: 'ghp_person', kind: 'classic', login: 'robin' },
    ],
  });
  charts = server.repository('acme', 'charts');
  client = clientOf(server, 'acme/charts', 'ghs_writer');
});

afterEach(() => server.close());

const READ = `query ($expression: String!) {
  repository(owner: "acme", name: "charts") {
    defaultBranchRef { name target { oid } }
    object(expression: $expression) { ... on Blob { text byteSize oid isBinary isTruncated } ... on Tree { entries { name type mode } } }
  }
}`;

describe('reading', () => {
  it('gives blobs byte for byte, at the commit that was asked for', async () => {
    const old = await charts.head();
    await charts.commit({ files: { 'charts/shop/values.yaml': 'image: {}\n' } });
    const answer = await client.graphql(READ, { expression: `${String(old)}:charts/shop/values.yaml` });
    expect(answer.at('data.repository.object')).toMatchObject({ text: VALUES, isBinary: false, isTruncated: false });
    expect(answer.at('data.repository.defaultBranchRef')).toEqual({
      name: 'main',
      target: { oid: await charts.head() },
    });
    expect(server.violations).toEqual([]);
  });

  it('cuts a large blob at 512,000 bytes and says so; REST has all of it', async () => {
    const answer = await client.graphql(READ, { expression: 'main:big.txt' });
    const text = answer.text('data.repository.object.text');
    const { isTruncated, byteSize } = answer.at('data.repository.object') as Record<string, unknown>;
    const oid = answer.text('data.repository.object.oid');
    expect({ isTruncated, byteSize, end: text.slice(-1), length: text.length }).toEqual({
      isTruncated: true,
      byteSize: 512_001,
      end: '\ufffd',
      length: 512_000,
    });
    const blob = await client.rest('GET', `${REPOSITORY}/git/blobs/${oid}`);
    expect(Buffer.from(blob.text('content'), 'base64').toString()).toBe(`${'x'.repeat(511_999)}é`);
  });

  it('has no text for a binary file, the modes of a tree, and null for what is not there', async () => {
    const binary = await client.graphql(READ, { expression: 'main:logo.png' });
    expect(binary.at('data.repository.object')).toMatchObject({ text: null, isBinary: true });
    const tree = await client.graphql(READ, { expression: 'main:' });
    expect(tree.at('data.repository.object.entries')).toContainEqual({ name: 'link', type: 'blob', mode: 0o120000 });
    const nothing = await client.graphql(READ, { expression: 'main:nothing' });
    expect(nothing.at('data.repository.object')).toBeNull();
  });

  it('lists the history of a file with its content, and compares commits', async () => {
    const first = await charts.head();
    const second = await charts.commit({ files: { 'charts/shop/Chart.yaml': 'version: 1.1.0\n' } });
    const third = await charts.commit({ files: { 'charts/shop/values.yaml': 'a: 1\n' } });
    const query = `{ repository(owner: "acme", name: "charts") { ref(qualifiedName: "refs/heads/main") { target { ... on Commit {
      history(first: 10, path: "charts/shop/Chart.yaml") { nodes { oid file(path: "charts/shop/Chart.yaml") { object { ... on Blob { text } } } } } } } } } }`;
    const answer = await client.graphql(query);
    expect(answer.at('data.repository.ref.target.history.nodes')).toEqual([
      { oid: second, file: { object: { text: 'version: 1.1.0\n' } } },
      { oid: first, file: { object: { text: 'version: 1.0.0\n' } } },
    ]);
    const compared = await client.rest('GET', `${REPOSITORY}/compare/${String(first)}...${third}`);
    expect(compared.body).toMatchObject({ status: 'ahead', ahead_by: 2, behind_by: 0 });
    expect(compared.at('files')).toContainEqual(
      expect.objectContaining({ filename: 'charts/shop/Chart.yaml', status: 'modified', additions: 1, deletions: 1 }),
    );
    expect(server.violations).toEqual([]);
  });
});

describe('createCommitOnBranch', () => {
  it('commits the very bytes, signed, by the account of the token', async () => {
    const before = String(await charts.head());
    const answer = await client.commit('main', before, 'charts/shop/values.yaml', 'tag: "2"\r\n');
    expect(answer.status).toBe(200);
    expect(answer.at('data.createCommitOnBranch.commit.signature')).toEqual({ isValid: true });
    expect(await charts.head()).toBe(answer.at('data.createCommitOnBranch.commit.oid'));
    expect(await charts.read('charts/shop/values.yaml')).toBe('tag: "2"\r\n');
    const seen = await client.rest('GET', `${REPOSITORY}/commits/main`);
    expect(seen.at('commit')).toMatchObject({
      author: { name: 'helm-cd-test[bot]' },
      verification: { verified: true, reason: 'valid' },
    });
    expect(seen.at('parents')).toEqual([expect.objectContaining({ sha: before })]);
    expect(server.violations).toEqual([]);
  });

  it('lets exactly one of 20 win who start from the same head', async () => {
    const before = String(await charts.head());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => client.commit('main', before, `files/${index}`, 'x')),
    );
    const [won, lost] = [true, false].map((good) => answers.filter((one) => (one.at('errors') === undefined) === good));
    expect([won?.length, lost?.length]).toEqual([1, 19]);
    for (const { status, body } of lost ?? []) {
      expect(status).toBe(200);
      expect(body).toEqual({
        data: { createCommitOnBranch: null },
        errors: [
          expect.objectContaining({
            type: 'STALE_DATA',
            path: ['createCommitOnBranch'],
            message: `Expected branch to point to "${before}" but it did not.  Pull and try again.`,
          }),
        ],
      });
    }
    expect((await charts.log()).length).toBe(2);
  });

  it('refuses paths that GitHub refuses', async () => {
    const expectedHeadOid = String(await charts.head());
    const commit = async (fileChanges: unknown): Promise<string> => {
      const branch = { repositoryNameWithOwner: 'acme/charts', branchName: 'main' };
      const input = { branch, message: { headline: 'x' }, expectedHeadOid, fileChanges };
      const query =
        'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
      const answer = await client.graphql(query, { input });
      return answer.text('errors.0.message');
    };
    const file = (name: string): unknown => ({ path: name, contents: 'eA==' });
    expect(await commit({ additions: [file('/a')] })).toContain('Path is invalid');
    expect(await commit({ additions: [file('a'), file('a')] })).toContain('Path must be unique');
    expect(await commit({ deletions: [{ path: 'nothing' }] })).toContain('does not exist as of commit oid');
    expect(await commit({ additions: null })).toContain('Something went wrong');
    expect(await commit({ additions: [{ path: 'a', contents: 'eA' }] })).toContain('Base64String');
    expect(await charts.log()).toHaveLength(1);
  });
});

describe('the REST git database', () => {
  it('makes a commit by tree, commit and ref, unsigned as soon as an author is given', async () => {
    const before = String(await charts.head());
    const tree = await client.rest('POST', `${REPOSITORY}/git/trees`, {
      base_tree: before,
      tree: [{ path: 'charts/shop/values.yaml', mode: '100644', type: 'blob', content: 'tag: 3\n' }],
    });
    const base = { message: 'm', tree: tree.at('sha'), parents: [before] };
    const author = { name: 'A', email: 'a@example.test' };
    const unsigned = await client.rest('POST', `${REPOSITORY}/git/commits`, { ...base, author });
    const signed = await client.rest('POST', `${REPOSITORY}/git/commits`, base);
    expect(unsigned.at('verification')).toMatchObject({ verified: false, reason: 'unsigned' });
    expect(signed.at('verification')).toMatchObject({ verified: true });
    await charts.commit({ files: { other: '1' } });
    const refused = await client.rest('PATCH', `${REPOSITORY}/git/refs/heads/main`, { sha: signed.at('sha') });
    expect([refused.status, refused.at('message')]).toEqual([422, 'Update is not a fast forward']);
    const branch = { ref: 'refs/heads/bump/api', sha: signed.at('sha') };
    expect((await client.rest('POST', `${REPOSITORY}/git/refs`, branch)).status).toBe(201);
    const again = await client.rest('POST', `${REPOSITORY}/git/refs`, branch);
    expect([again.status, again.at('message')]).toEqual([422, 'Reference already exists']);
    expect(await charts.read('charts/shop/Chart.yaml', 'bump/api')).toBe('version: 1.0.0\n');
    const ref = await client.rest('GET', `${REPOSITORY}/git/ref/heads/bump/api`);
    expect(ref.at('object')).toMatchObject({ sha: signed.at('sha'), type: 'commit' });
    expect((await client.rest('DELETE', `${REPOSITORY}/git/refs/heads/bump/api`)).status).toBe(204);
    expect(server.violations).toEqual([]);
  });
});

describe('the contract', () => {
  it('and the handlers are about the same operations', () => {
    expect([...servedOperations].sort()).toEqual([...new Contract().operations].sort());
  });

  it('is followed by Octokit', async () => {
    const octokit = getOctokit('ghs_writer', { baseUrl: server.apiUrl });
    const at = { owner: 'acme', repo: 'charts' };
    const sha = await charts.commit({ branch: 'bump/api', files: { a: '1' } });
    const ref = await octokit.rest.git.getRef({ ...at, ref: 'heads/bump/api' });
    const compared = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: 'main...bump/api' });
    await octokit.rest.repos.createDispatchEvent({ ...at, event_type: 'x', client_payload: { helm_cd: {} } });
    const pulls = await octokit.paginate(octokit.rest.pulls.list, { ...at, head: 'acme:bump/api' });
    const { viewer } = await octokit.graphql<{ viewer: { login: string } }>('{ viewer { login } }');
    expect([ref.data.object.sha, compared.data.ahead_by, pulls, viewer.login]).toEqual([
      sha,
      1,
      [],
      'helm-cd-test[bot]',
    ]);
    expect(server.violations).toEqual([]);
  });

  it('records what GitHub does not know, and refuses it', async () => {
    const unknown = await client.rest('GET', `${REPOSITORY}/no/such/thing`);
    const wrong = await client.rest('POST', `${REPOSITORY}/pulls`, { head: 5, base: 'main', titel: 'x' });
    const query = await client.rest('GET', `${REPOSITORY}/pulls?stat=open`);
    const payload = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 1]));
    const dispatch = await client.rest('POST', `${REPOSITORY}/dispatches`, {
      event_type: 'e',
      client_payload: payload,
    });
    const field = await client.graphql('{ repository(owner: "acme", name: "charts") { colour } }');
    const unpaged = await client.graphql(
      '{ repository(owner: "acme", name: "charts") { pullRequests { totalCount } } }',
    );
    expect([unknown.status, wrong.status, query.status, dispatch.status]).toEqual([404, 422, 422, 422]);
    expect(field.at('errors.0.message')).toContain('Cannot query field "colour"');
    expect(unpaged.at('errors.0')).toMatchObject({ type: 'MISSING_PAGINATION_BOUNDARIES' });
    expect(server.violations).toEqual([
      expect.objectContaining({ source: 'request', operation: 'GET /repos/acme/charts/no/such/thing' }),
      { source: 'request', operation: 'pulls/create', message: 'body/head: must be string' },
      { source: 'request', operation: 'pulls/create', message: 'body: there is no property "titel"' },
      { source: 'request', operation: 'pulls/list', message: 'query: there is no parameter "stat"' },
      expect.objectContaining({ operation: 'repos/create-dispatch-event', message: expect.stringContaining('10') }),
      expect.objectContaining({ source: 'graphql', message: expect.stringContaining('colour') }),
    ]);
    expect(server.dispatches).toEqual([]);
  });

  it('shows a field of the schema that it cannot serve, instead of null', async () => {
    const answer = await client.graphql('{ repository(owner: "acme", name: "charts") { diskUsage } }');
    expect(answer.at('errors')).toHaveLength(1);
    expect(server.violations).toEqual([expect.objectContaining({ message: 'not served: Repository.diskUsage' })]);
  });
});

describe('tokens', () => {
  it('knows who may do what', async () => {
    const path_ = `${REPOSITORY}/git/refs`;
    const body = { ref: 'refs/heads/x', sha: await charts.head() };
    const as = (token?: string): Client => clientOf(server, 'acme/charts', token);
    const refused = [
      await as('nonsense').rest('GET', REPOSITORY),
      await as().rest('GET', REPOSITORY),
      await as('ghs_reader').rest('POST', path_, body),
      await as('ghs_workflow').rest('GET', '/repos/acme/other'),
      await as('ghs_workflow').rest('POST', '/repos/acme/open/dispatches', { event_type: 'x' }),
      await as('ghs_writer').rest('GET', '/user'),
    ];
    expect(refused.map((one) => `${one.status} ${one.text('message')}`)).toEqual([
      '401 Bad credentials',
      '404 Not Found',
      '403 Resource not accessible by integration',
      '404 Not Found',
      '403 Resource not accessible by integration',
      '403 Resource not accessible by integration',
    ]);
    expect(refused[2]?.headers.get('x-accepted-github-permissions')).toBe('contents=write');
    const forbidden = await as('ghs_reader').commit('main', String(await charts.head()), 'a', 'b');
    expect(forbidden.at('errors.0')).toMatchObject({ type: 'FORBIDDEN' });
    expect((await as('ghp_person').rest('GET', '/user')).at('login')).toBe('robin');
    expect((await as().rest('GET', '/repos/acme/open')).status).toBe(200);
    expect(server.violations).toEqual([]);
  });
});
