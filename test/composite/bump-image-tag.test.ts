import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { webChart, writeFiles } from '../support/charts.js';
import {
  closedPort,
  contentsOf,
  everythingOf,
  expectRefusal,
  openCompositeWorld,
  type CompositeWorld,
  type Refusal,
} from '../support/composite-world.js';

jest.setTimeout(180_000);

const ACTION = 'bump-image-tag';
const IMAGE = 'ghcr.io/acme/web:1.1.0';
const CONFIG = `environments:
  develop:
    branch: main
    repository: s3://charts/develop
`;

let world: CompositeWorld;
/** A bare repository with one chart, and its URL. */
let bare: string;
let repository: string;

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function commitFiles(files: Readonly<Record<string, string>>): Promise<void> {
  const clone = path.join(world.folder, 'clone');
  git(world.folder, 'clone', '--quiet', bare, clone);
  await writeFiles(clone, files);
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '--message', 'Add files');
  git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
  execFileSync('rm', ['-rf', clone]);
}

beforeEach(async () => {
  world = await openCompositeWorld(ACTION);
  bare = path.join(world.folder, 'charts.git');
  repository = `file://${bare}`;
  git(world.folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await commitFiles({ 'helm-cd.yaml': CONFIG, ...Object.fromEntries(chart) });
});
afterEach(async () => {
  await world.close();
});

const head = () => git(bare, 'rev-parse', 'main').trim();

describe('bump-image-tag by its action.yml', () => {
  it('makes one commit, and hands over every output', async () => {
    const before = head();
    const result = await world.run({ images: IMAGE, repository });
    expect(result.outcome).toBe('success');
    expect(result.outputs).toMatchObject({
      result: 'bumped',
      changed: 'true',
      'commit-sha': head(),
      branch: 'main',
      'pull-request-number': '',
      'pull-request-url': '',
      attempts: '1',
    });
    expect(JSON.parse(result.outputs['chart-versions'] ?? '')).toEqual({ web: '0.2.0' });
    expect(result.outputs['diff']).toContain('+  tag: 1.1.0\n');
    expect(git(bare, 'rev-parse', 'main^').trim()).toBe(before);
    expect(git(bare, 'show', 'main:charts/web/values.yaml')).toContain('  tag: 1.1.0\n');
    expect(result.summary).toContain('1.1.0');
    expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
    expect(await readdir(world.workspace)).toEqual([]);
  });

  it('plans without changing anything', async () => {
    const before = await contentsOf(bare);
    const result = await world.run({ images: IMAGE, repository, 'dry-run': 'true' });
    expect(result.outcome).toBe('success');
    expect(result.outputs).toMatchObject({ result: 'planned', changed: 'false', 'commit-sha': '' });
    expect(await contentsOf(bare)).toEqual(before);
  });
});

describe('bump-image-tag refuses, and changes nothing:', () => {
  it.each<[string, Record<string, string>, Refusal]>([
    ['no image', { images: '' }, { code: 'input', message: 'Input "images" is required but empty.' }],
    ['an image without version', { images: 'ghcr.io/acme/web' }, { code: 'input', message: 'Input "images"' }],
    [
      'an unknown boolean',
      { 'dry-run': 'yes' },
      { code: 'input', message: 'Input "dry-run" is neither true nor false: "yes"' },
    ],
    [
      'an unknown choice',
      { strategy: 'pull' },
      { code: 'input', message: 'Input "strategy" has the unknown value "pull"' },
    ],
    [
      'an unknown environment',
      { environment: 'devlop' },
      { code: 'config', message: 'helm-cd.yaml has no environment "devlop", did you mean "develop"?' },
    ],
    [
      'a target in a file that does not exist',
      { targets: 'charts/wbe/values.yaml#/image/tag' },
      { code: 'not-found', message: 'charts/wbe/values.yaml' },
    ],
    [
      'a target that does not exist in its file',
      { targets: 'charts/web/values.yaml#/image/tga' },
      { code: 'not-found', message: '/image/tga' },
    ],
    [
      'an image that no chart has',
      { images: 'ghcr.io/acme/other:1.0.0' },
      { code: 'not-found', message: 'ghcr.io/acme/other' },
    ],
    ['an older image', { images: 'ghcr.io/acme/web:0.9.0' }, { code: 'refused', message: '0.9.0' }],
    ['a branch that does not exist', { branch: 'nowhere' }, { code: 'not-found', message: 'nowhere' }],
    [
      'a pull request where there are none',
      { strategy: 'pull-request' },
      { code: 'input', message: 'is a git URL: only on GitHub can a pull request be made.' },
    ],
    [
      'a working directory that does not exist',
      { 'working-directory': 'nowhere' },
      { code: 'input', message: 'Input "working-directory" names no folder: "nowhere"' },
    ],
  ])('%s', async (_, inputs, refusal) => {
    const before = await contentsOf(bare);
    const result = await world.run({ images: IMAGE, repository, ...inputs });
    await expectRefusal(result, ACTION, refusal);
    expect(await contentsOf(bare)).toEqual(before);
    expect(await readdir(world.workspace)).toEqual([]);
  });

  it('a helm-cd.yaml that is broken, at its line', async () => {
    await commitFiles({ 'helm-cd.yaml': `${CONFIG}    mode: [deployment\nchart: {}\n` });
    const before = head();
    const result = await world.run({ images: IMAGE, repository });
    await expectRefusal(result, ACTION, {
      code: 'config',
      message: 'helm-cd.yaml is no valid YAML',
      file: 'helm-cd.yaml',
      line: 6,
    });
    expect(head()).toBe(before);
  });

  it('values that are broken, at their line', async () => {
    await commitFiles({ 'charts/web/values.yaml': 'image:\n  repository: ghcr.io/acme/web\n tag: 1.0.0\nport: 1\n' });
    const before = head();
    const result = await world.run({ images: IMAGE, repository, targets: 'charts/web/values.yaml#/image/tag' });
    const file = 'charts/web/values.yaml';
    await expectRefusal(result, ACTION, { code: 'file', message: /values\.yaml/, file, line: 3 });
    expect(head()).toBe(before);
  });

  it('a repository that does not exist', async () => {
    const result = await world.run({ images: IMAGE, repository: `file://${world.folder}/nowhere.git` });
    await expectRefusal(result, ACTION, { code: 'not-found', message: 'nowhere.git' });
  });

  it('a repository that cannot be reached', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/acme/charts.git`;
    const result = await world.run({ images: IMAGE, repository: url });
    await expectRefusal(result, ACTION, { code: 'unreachable', message: url });
  });

  it('wrong credentials, and shows them nowhere', async () => {
    const token = 'ghp_TheWrongTokenOfThisTest0000000000000';
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.headers.authorization ?? '');
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const url = `${serverUrl}/acme/charts.git`;
      const result = await world.run({ images: IMAGE, repository: url, 'server-url': serverUrl, token });
      await expectRefusal(result, ACTION, { code: 'unauthorized', message: 'acme/charts' });
      expect(
        asked.some((header) =>
          Buffer.from(header.replace(/^basic /i, ''), 'base64')
            .toString()
            .endsWith(`:${token}`),
        ),
      ).toBe(true);
      expect(result.masks).toContain(token);
      const everything = await everythingOf(result);
      expect(everything).not.toContain(token);
      expect(everything).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('bump-image-tag that is killed', () => {
  it('leaves no temporary folder: the clean-up step removes it', async () => {
    // A server that never answers, so that the run is in the middle of something.
    const server = http.createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      let kill: () => void = () => undefined;
      server.once('request', () => kill());
      const result = await world.run(
        { images: IMAGE, repository: `http://127.0.0.1:${port}/charts.git` },
        // The shell was replaced by node (exec), so this is node's own process id.
        { onStart: (pid) => (kill = () => process.kill(pid, 'SIGKILL')) },
      );
      expect(result).toMatchObject({ outcome: 'failure', exitCode: undefined });
      expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
