/** The workflows that need no relay, run by act against a GitHub on this machine: what arrives is what the relay would have sent. */
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../demo/lib/act.mjs';
import { payloadOf } from '../../src/relay/dispatcher.js';
import { type GitHubServer, startGitHubServer } from '../support/github-server/index.js';
import { changed, type Json, parsed, recorded } from '../support/relay-request.js';
import { projectRoot, temporaryFolder, toolchainBin } from '../support/services.js';

const TOKEN = 'ghs_chart_repository_token';
const OWN_TOKEN = 'ghs_own_token_of_the_run';
const checkout = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1';
const digest = `sha256:${'d'.repeat(64)}`;

/** Stands for Docker, which needs an engine: says what it was told and which digest the registry gave. */
const DOCKER = `#!/bin/bash
set -eu
if [ "$1" = login ]; then cat > /dev/null; fi
echo "docker $*" >&2
if [ "$1 $2" = 'image inspect' ]; then echo "\${3%:*}@${digest}"; fi
`;

let root: string;
let server: GitHubServer;
let runs = 0;

beforeAll(async () => {
  root = await temporaryFolder();
  for (const name of ['bin', 'logs', 'checkout']) await mkdir(path.join(root, name));
  await symlink(path.join(toolchainBin, 'act'), path.join(root, 'bin/act'));
  await writeFile(path.join(root, 'bin/docker'), DOCKER);
  await chmod(path.join(root, 'bin/docker'), 0o755);
  await cp(path.join(projectRoot, 'demo/lib/checkout'), path.join(root, 'checkout'), { recursive: true });
  const workflows = await Promise.all(
    ['image-pushed-ghcr.yml', 'image-pushed-ci.yml'].map(
      async (name) =>
        [`.github/workflows/${name}`, await readFile(path.join(projectRoot, 'examples/workflows', name))] as const,
    ),
  );
  server = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'charts', files: { 'charts/shop/values.yaml': 'tag: 1.0.0\n' } },
      { owner: 'acme', name: 'api-source', files: { Dockerfile: 'FROM scratch\n', ...Object.fromEntries(workflows) } },
    ],
    tokens: [TOKEN, { token: OWN_TOKEN, kind: 'workflow', permissions: { contents: 'read' } }],
  });
  execFileSync('git', ['clone', '--quiet', server.repositoryPath('acme', 'api-source'), path.join(root, 'service')]);
});

afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

beforeEach(() => {
  server.dispatches.length = 0;
});

interface RunOptions {
  readonly workflow: string;
  readonly event: string;
  readonly payload: Json;
  readonly ref: string;
  readonly token?: string;
}

/** Runs a workflow of the service's repository; its log as well. */
async function run({ workflow, event, payload, ref, token = TOKEN }: RunOptions): Promise<{
  readonly ok: boolean;
  readonly ran: readonly string[];
  readonly log: string;
}> {
  runs += 1;
  const directory = path.join(root, 'service');
  const { ok, steps, log } = await runWorkflow({
    name: `run-${runs}`,
    repository: 'acme/api-source',
    directory,
    workflow,
    event,
    payload: payload as object,
    ref,
    sha: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }).trim(),
    github: server,
    secrets: { CHART_REPOSITORY_TOKEN: token, GITHUB_TOKEN: OWN_TOKEN },
    variables: { CHART_REPOSITORY: 'acme/charts', IMAGE: 'registry.example.com/acme/api' },
    actions: { [checkout]: path.join(root, 'checkout') },
    runNumber: runs,
    bin: path.join(root, 'bin'),
    work: root,
    logs: path.join(root, 'logs'),
    timeoutMs: 50_000,
  });
  return { ok, ran: steps.map(({ id }) => id), log: await readFile(log, 'utf8') };
}

/** What the chart repository was told. */
const told = (): readonly unknown[] =>
  server.dispatches.map(({ eventType, clientPayload }) => ({ eventType, clientPayload }));

describe('image-pushed-ghcr.yml', () => {
  const { body } = recorded('ghcr');
  const tag = '/registry_package/package_version/container_metadata/tag/name';
  const ghcr = (payload: Json, token = TOKEN): ReturnType<typeof run> =>
    run({ workflow: 'image-pushed-ghcr.yml', event: 'registry_package', payload, ref: 'refs/heads/main', token });

  test('tells what the relay tells; one lost answer does not matter; the token is nowhere', async () => {
    server.faults.add({ on: 'repos/create-dispatch-event', kind: 'answer', when: 'before', status: 502 });
    const { ok, log } = await ghcr(body);
    expect([ok, log.includes(TOKEN)]).toEqual([true, false]);
    const [push] = parsed('ghcr', recorded('ghcr')).pushes;
    const { image, tag: pushed, digest: of } = push!;
    const clientPayload = payloadOf({ image, tag: pushed }, of!, 'ghcr');
    expect(told()).toEqual([{ eventType: 'image-pushed', clientPayload }]);
    expect([server.violations, server.faults.pending]).toEqual([[], []]);
  });

  test('the part of a multi-platform image, and a signature, are not told', async () => {
    for (const payload of [recorded('ghcr-child').body, changed(body, tag, `sha256-${'a'.repeat(64)}.sig`)]) {
      const { ok, ran } = await ghcr(payload);
      expect([ok, ran]).toEqual([true, []]);
    }
    expect(told()).toEqual([]);
  });

  test('what is in a tag is a text and nothing else', async () => {
    const hostile = `1"; touch ${path.join(root, 'touched')}; $(touch ${path.join(root, 'touched')}) '\\`;
    const { ok } = await ghcr(changed(body, tag, hostile));
    expect(ok).toBe(true);
    expect(told()).toMatchObject([{ clientPayload: { image: { tag: hostile, name: 'ghcr.io/acme/api' } } }]);
    await expect(readFile(path.join(root, 'touched'))).rejects.toThrow('ENOENT');
  });

  test('a token that GitHub does not know fails the run, and its log says so', async () => {
    const { ok, log } = await ghcr(body, 'ghs_unknown_token');
    expect([ok, told(), log.includes('ghs_unknown_token')]).toEqual([false, [], false]);
    expect(log).toContain('Bad credentials');
  });
});

test('image-pushed-ci.yml tells of the image that it pushed, with its digest and where it was built', async () => {
  const { ok, log } = await run({
    workflow: 'image-pushed-ci.yml',
    event: 'push',
    payload: { ref: 'refs/tags/v1.2.3', repository: { full_name: 'acme/api-source', default_branch: 'main' } },
    ref: 'refs/tags/v1.2.3',
  });
  expect(ok).toBe(true);
  for (const line of ['docker build . --tag', 'docker push registry.example.com/acme/api:1.2.3']) {
    expect(log).toContain(line);
  }
  const revision = expect.stringMatching(/^[0-9a-f]{40}$/) as unknown as string;
  const push = { image: 'registry.example.com/acme/api', tag: '1.2.3', revision };
  const clientPayload = payloadOf({ ...push, source: `${server.serverUrl}/acme/api-source` }, digest, 'ci');
  expect(told()).toEqual([{ eventType: 'image-pushed', clientPayload }]);
});
