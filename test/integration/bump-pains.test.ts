/** What people suffer from when images are bumped in other repositories, each as it happens, from end to end. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Services } from '../../src/core/ports.js';
import type { RenderedChange } from '../../src/core/rendered-change.js';
import { createClock } from '../../src/runtime/clock.js';
import { readContext } from '../../src/runtime/context.js';
import { chartWithImages, createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { runBump, type BumpRun, type GitHook } from '../support/bump-run.js';
import { chartYaml } from '../support/bump.js';
import { startGitHubServer, type GitHubServer, type RepositoryHandle } from '../support/github-server/index.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { temporaryFolder } from '../support/services.js';

jest.setTimeout(180_000);

const VALUES = 'charts/shop/values.yaml';
const CHART = 'charts/shop/Chart.yaml';
const COMMIT = 'graphql:createCommitOnBranch';

type Inputs = Readonly<Record<string, string>>;

const folders: string[] = [];
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-pains-');
  folders.push(folder);
});
afterEach(async () => {
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true });
});

async function start(inputs: Inputs, overrides: Partial<Services> = {}, hook?: GitHook): Promise<BumpRun> {
  const result = await runBump(inputs, overrides, hook);
  folders.push(result.services.workingDirectory);
  return result;
}

const git = (charts: BareRepository, inputs: Inputs, overrides: Partial<Services> = {}, hook?: GitHook) =>
  start({ repository: charts.url, ...inputs }, overrides, hook);

/** A GitHub with acme/charts in it. */
async function github(files: Inputs, work: (server: GitHubServer, charts: RepositoryHandle) => Promise<void>) {
  const server = await startGitHubServer({
    repositories: [{ owner: 'acme', name: 'charts', files }],
    tokens: ['ghs_app', { token: 'ghs_workflow', kind: 'workflow' }],
  });
  try {
    await work(server, server.repository('acme', 'charts'));
    expect([server.violations, server.faults.pending]).toEqual([[], []]);
  } finally {
    await server.close();
  }
}

const api = (server: GitHubServer, inputs: Inputs, overrides: Partial<Services> = {}, hook?: GitHook) =>
  start(
    {
      repository: 'acme/charts',
      token: 'ghs_app',
      'server-url': server.serverUrl,
      'api-url': server.apiUrl,
      'graphql-url': server.graphqlUrl,
      ...inputs,
    },
    overrides,
    hook,
  );

/** The job of a service's pipeline that bumps. */
const runOf = (service: string, run: number, sha = 'c0ffee'): Partial<Services> => ({
  context: readContext({
    GITHUB_REPOSITORY: `acme/${service}`,
    GITHUB_SHA: sha,
    GITHUB_RUN_ID: String(1000 + run),
    GITHUB_RUN_NUMBER: String(run),
    GITHUB_WORKFLOW_REF: `acme/${service}/.github/workflows/ci.yml@refs/heads/main`,
  }),
});

/** Waits take a tenth of their time. */
function hurried(): Partial<Services> {
  const clock = createClock(new AbortController().signal);
  return { clock: { now: () => clock.now(), sleep: (milliseconds) => clock.sleep(milliseconds / 10) } };
}

/** An index without images: as much of an image as a registry needs. Its digest. */
async function pushIndex(host: string, repository: string, tag: string): Promise<string> {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
  const url = `http://${host}/v2/${repository}/manifests/${tag}`;
  const { status } = await fetch(url, { method: 'PUT', headers: { 'content-type': mediaType }, body });
  if (status !== 201) throw new Error(`The registry answers ${status}.`);
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** git in a bare repository, whoever serves it. */
const inside = ({ path: cwd }: { readonly path: string }, ...args: readonly string[]): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8' });

/** The chart's version in each commit of the branch, newest first. */
function versionsIn(charts: { readonly path: string }): readonly string[] {
  const oids = inside(charts, 'rev-list', '--first-parent', 'main').trim().split('\n');
  return oids.map((oid) => (parse(inside(charts, 'show', `${oid}:${CHART}`)) as { version: string }).version);
}

describe('bump-image-tag ends these pains:', () => {
  it('1. it rewrote my file: only the bytes of the version change, whatever else the file is like', async () => {
    const values = [
      '\ufeff# Values of the shop.   \r\n\r\n\r\n',
      'defaults: &defaults {pullPolicy:   IfNotPresent,registry: "ghcr.io"}\r\n',
      'script: |-\r\n    echo   one \r\n\r\n    echo "zwei ä"\r\n',
      'api:   {image: {<<: *defaults, repository: acme/api , tag: "1.0.0"}}   # mine\t\r\n',
      "web:\r\n      image:\r\n            registry: 'ghcr.io'\r\n            repository: acme/web\r\n",
      '            tag:    \'1.0.0\'\t# {"marker": true}\r\n\r\n',
      'list:\r\n- a\r\n-   b\r\n',
      'long: ' + 'x'.repeat(300) + '\r\n',
      'last:\r\n  image: ghcr.io/acme/last:1.0.0 # no line feed at the end',
    ].join('');
    const charts = createBareRepository(folder, { [CHART]: chartYaml('shop', "'1.0.0'   # ours"), [VALUES]: values });
    const images = 'ghcr.io/acme/api:1.1.0\nghcr.io/acme/web:1.1.0\nghcr.io/acme/last:1.1.0';
    expect(await git(charts, { images })).toMatchObject({ result: 'bumped', ok: true });
    expect(charts.read(VALUES)).toBe(values.replaceAll('1.0.0', '1.1.0'));
    expect(charts.read(CHART)).toBe(chartYaml('shop', "'1.1.0'   # ours"));
  });

  it('2. it failed because others pushed: it goes on from where they are', async () => {
    await github(chartWithImages('api', 'web'), async (server, charts) => {
      const push = (number: number) => ({
        kind: 'hook' as const,
        when: 'before' as const,
        on: COMMIT,
        skip: number,
        run: async () => {
          await charts.commit({ files: { [`others/${number}.txt`]: 'theirs\n' } });
        },
      });
      server.faults.add(push(0), push(1), push(2));
      const result = await api(server, { images: 'ghcr.io/acme/api:1.1.0' }, hurried());
      expect(result).toMatchObject({ result: 'bumped', outputs: { attempts: '4' } });
      expect(await charts.log()).toHaveLength(5);
      for (const number of [0, 1, 2]) expect(await charts.read(`others/${number}.txt`)).toBe('theirs\n');
      expect(await charts.read(VALUES)).toContain('tag: 1.1.0 # of api');
    });
  });

  it('3. its retry took back what others had changed: every try starts from what is there then', async () => {
    const before = chartWithImages('api', 'web');
    const theirs = {
      [VALUES]: (before[VALUES] ?? '').replace('tag: 1.0.0 # of web', 'tag: 7.0.0 # of web') + 'new: true\n',
      [CHART]: (before[CHART] ?? '').replace('1.0.0', '2.0.0'),
    };
    const expected = [
      theirs[VALUES].replace('tag: 1.0.0 # of api', 'tag: 1.1.0 # of api'),
      theirs[CHART].replace('2.0.0', '2.1.0'),
    ];
    await github(before, async (server, charts) => {
      const run = async () => {
        await charts.commit({ files: theirs });
      };
      server.faults.add({ kind: 'hook', when: 'before', on: COMMIT, run });
      const result = await api(server, { images: 'ghcr.io/acme/api:1.1.0' }, hurried());
      expect(result.outputs).toMatchObject({ attempts: '2', 'chart-versions': '{"shop":"2.1.0"}' });
      expect([await charts.read(VALUES), await charts.read(CHART)]).toEqual(expected);
    });
    const charts = createBareRepository(folder, before);
    let pushed = false;
    const result = await git(charts, { images: 'ghcr.io/acme/api:1.1.0' }, hurried(), (args, run) => {
      if (args[0] === 'push' && !pushed) {
        pushed = true;
        charts.commit(theirs);
      }
      return run();
    });
    expect(result.outputs).toMatchObject({ attempts: '2', 'chart-versions': '{"shop":"2.1.0"}' });
    expect([charts.read(VALUES), charts.read(CHART)]).toEqual(expected);
  });

  it('4. a version was given twice, or raised twice for one change: each commit has a version of its own', async () => {
    const charts = createBareRepository(folder, chartWithImages('api', 'web'));
    let other: Promise<BumpRun> | undefined;
    const first = await git(charts, { images: 'ghcr.io/acme/api:1.0.1' }, hurried(), async (args, run) => {
      // The other one reads the same commit and is faster.
      if (args[0] === 'push') await (other ??= git(charts, { images: 'ghcr.io/acme/web:1.0.1' }));
      return run();
    });
    expect(first).toMatchObject({ result: 'bumped', outputs: { attempts: '2', 'chart-versions': '{"shop":"1.0.2"}' } });
    expect((await other)?.outputs['chart-versions']).toBe('{"shop":"1.0.1"}');
    const again = await git(charts, { images: 'ghcr.io/acme/api:1.0.1\nghcr.io/acme/web:1.0.1' });
    expect(again).toMatchObject({ result: 'unchanged', outputs: { 'chart-versions': '{}' } });
    expect(versionsIn(charts)).toEqual(['1.0.2', '1.0.1', '1.0.0']);
  });

  it('5. an empty tag fell back to an old appVersion: appVersion is what is written then', async () => {
    const files = {
      [CHART]: chartYaml('shop', '1.0.0', 'appVersion: "1.0.0" # what is deployed\n'),
      [VALUES]: 'image:\n  repository: ghcr.io/acme/api\n  tag: "" # default: appVersion\n',
      'charts/shop/templates/pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
`,
    };
    const charts = createBareRepository(folder, files);
    const images = 'ghcr.io/acme/api:1.1.0';
    const planned = await git(charts, { images, 'dry-run': 'true' });
    expect(planned.document).toMatchObject({
      rendered: { images: [{ workload: 'Pod/api', from: 'ghcr.io/acme/api:1.0.0', to: images }], notes: [] },
    });
    expect(await git(charts, { images })).toMatchObject({ result: 'bumped' });
    expect(charts.read(CHART)).toBe(files[CHART].replaceAll('1.0.0', '1.1.0'));
    expect(charts.read(VALUES)).toBe(files[VALUES]);
    // Whoever does not want that gets the tag itself.
    await git(charts, { images: 'ghcr.io/acme/api:1.2.0', 'app-version': 'never' });
    expect(charts.read(VALUES)).toBe(files[VALUES].replace('""', '"1.2.0"'));
  });

  it.each(['3', '4'])('6. a tag of digits became a number: helm %s renders every tag as it is', async (helm) => {
    const tags = ['1e5', '58467965', '6801028e06', '0123', '0x1A', '1.20', '1_000', 'yes', 'null', '2024-01-02'];
    const name = (index: number) => `service-${index}`;
    const values = tags.map((_, index) => `${name(index)}: {repository: ghcr.io/acme/${name(index)}, tag: old}\n`);
    const charts = createBareRepository(folder, {
      [CHART]: chartYaml('shop'),
      [VALUES]: values.join(''),
      'charts/shop/templates/pods.yaml': `{{- range $name, $image := .Values }}
---
apiVersion: v1
kind: Pod
metadata: {name: {{ $name }}}
spec: {containers: [{name: {{ kindOf $image.tag }}, image: "{{ $image.repository }}:{{ $image.tag }}"}]}
{{- end }}
`,
    });
    const wanted = tags.map((tag, index) => `ghcr.io/acme/${name(index)}:${tag}`);
    const planned = await git(charts, { images: wanted.join('\n'), 'dry-run': 'true', 'helm-version': helm });
    const { rendered } = planned.document as { rendered: RenderedChange };
    expect(rendered.images.map(({ container, to }) => `${container} ${to}`)).toEqual(
      wanted.map((image) => `string ${image}`),
    );
    await git(charts, { images: wanted.join('\n') });
    expect(charts.read(VALUES)).toBe(
      tags.map((tag, index) => values[index]?.replace('tag: old', `tag: "${tag}"`)).join(''),
    );
  });

  it('7. there was one pull request forever, or a new one each time: there is one, and it follows', async () => {
    await github(chartWithImages('api', 'web'), async (server, charts) => {
      const propose = (images: string) =>
        api(server, { images, strategy: 'pull-request' }, { ...runOf('api', 7), ...hurried() });
      const first = await propose('ghcr.io/acme/api:1.1.0');
      expect(first).toMatchObject({ result: 'pull-request', outputs: { changed: 'true', 'pull-request-number': '1' } });
      // The base moves on, a newer image comes, and one of another service: it all is in the one pull request.
      const base = await charts.commit({ files: { 'README.md': 'theirs\n' } });
      await propose('ghcr.io/acme/api:1.2.0');
      const last = await propose('ghcr.io/acme/web:1.0.1');
      expect(last).toMatchObject({ result: 'pull-request', outputs: { 'chart-versions': '{"shop":"1.1.0"}' } });
      expect(charts.pulls.map(({ number, state }) => `${number} ${state}`)).toEqual(['1 open']);
      const branch = last.outputs['branch'] ?? '';
      expect(first.outputs['branch']).toBe(branch);
      expect(inside(charts, 'rev-list', `main..${branch}`).trim().split('\n')).toHaveLength(1);
      expect(inside(charts, 'rev-parse', `${branch}^`).trim()).toBe(base);
      const values = (await charts.read(VALUES, branch)) ?? '';
      expect(values).toContain('tag: 1.2.0 # of api');
      expect(values).toContain('tag: 1.0.1 # of web');
      expect(await charts.read(VALUES)).toBe(chartWithImages('api', 'web')[VALUES]);
      // The base gets it by another way: nobody has to close anything.
      await api(server, { images: 'ghcr.io/acme/api:1.2.0\nghcr.io/acme/web:1.0.1', strategy: 'direct' });
      expect(await propose('ghcr.io/acme/web:1.0.1')).toMatchObject({ result: 'unchanged', ok: true });
      expect(charts.pulls.map(({ number, state }) => `${number} ${state}`)).toEqual(['1 closed']);
      // What somebody else has put onto the branch is theirs.
      await propose('ghcr.io/acme/api:1.3.0');
      const theirs = await charts.commit({ branch, files: { 'mine.txt': 'mine\n' } });
      await expect(propose('ghcr.io/acme/api:1.4.0')).rejects.toMatchObject({ code: 'refused' });
      expect(await charts.head(branch)).toBe(theirs);
    });
  });

  it('8. verified commits needed keys or a seat for a bot: GitHub signs, and it is told when it did not', async () => {
    await github(chartWithImages('api'), async (server) => {
      const programs: string[] = [];
      const result = await api(server, { images: 'ghcr.io/acme/api:1.1.0' }, {}, (args, run) => {
        programs.push(args.join(' '));
        return run();
      });
      expect(result).toMatchObject({ result: 'bumped', outputs: { 'commit-verified': 'true' }, annotations: [] });
      expect(programs).toEqual([]);
      server.faults.add({ kind: 'unsigned', on: COMMIT });
      const unsigned = await api(server, { images: 'ghcr.io/acme/api:1.2.0' });
      expect(unsigned).toMatchObject({ result: 'bumped', ok: true, outputs: { 'commit-verified': 'false' } });
      expect(unsigned.annotations).toEqual([
        { level: 'warning', message: expect.stringMatching(/^The commit [0-9a-f]{12} is not verified by GitHub/) },
      ]);
    });
  });

  it('9. others look for new images now and then: what comes after the commit is told at once', async () => {
    await github(chartWithImages('api'), async (server, charts) => {
      const result = await api(server, { images: 'ghcr.io/acme/api:1.1.0', dispatch: 'image-bumped' }, runOf('api', 7));
      expect(result).toMatchObject({ result: 'bumped', ok: true });
      expect(server.dispatches).toEqual([
        expect.objectContaining({
          repository: 'acme/charts',
          eventType: 'image-bumped',
          clientPayload: {
            bump: {
              images: ['ghcr.io/acme/api:1.1.0'],
              charts: { shop: '1.1.0' },
              branch: 'main',
              commit: await charts.head(),
              environment: '',
              run: 'https://github.com/acme/api/actions/runs/1007',
            },
          },
        }),
      ]);
      expect(server.requests.slice(-2).map(({ operations }) => operations)).toEqual([
        [COMMIT],
        ['repos/create-dispatch-event'],
      ]);
    });
  });

  it('10. every bump cloned and pushed, one after the other: one query and one mutation, however many images', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);
    const files = chartWithImages(...names);
    await github(files, async (server, charts) => {
      const programs: string[] = [];
      const images = names.map((name) => `ghcr.io/acme/${name}:1.0.1`).join('\n');
      const result = await api(server, { images, chart: 'charts/shop' }, {}, (args, run) => {
        programs.push(args.join(' '));
        return run();
      });
      expect(result).toMatchObject({ result: 'bumped', outputs: { 'chart-versions': '{"shop":"1.0.1"}' } });
      expect(programs).toEqual([]);
      expect(server.requests.map(({ operations }) => operations)).toEqual([
        ['graphql:viewer', 'graphql:repository'],
        [COMMIT],
      ]);
      expect(await charts.read(VALUES)).toBe(files[VALUES]?.replaceAll('tag: 1.0.0', 'tag: 1.0.1'));
      expect(await charts.log()).toHaveLength(2);
    });
  });

  it('11. an older build that ended later won: the newer one stays, unless a way back is wanted', async () => {
    const files = {
      [CHART]: chartYaml('shop'),
      [VALUES]: 'image: {repository: ghcr.io/acme/api, tag: sha-0000000}\n',
    };
    const charts = createBareRepository(folder, files);
    const bump = (tag: string, run: number, more: Inputs = {}) =>
      git(charts, { images: `ghcr.io/acme/api:${tag}`, ...more }, runOf('api', run, tag.slice(4).repeat(6)));
    expect(await bump('sha-bbbbbbb', 8)).toMatchObject({ result: 'bumped' });
    const late = await bump('sha-aaaaaaa', 7);
    expect(late).toMatchObject({ result: 'unchanged', ok: true });
    expect(late.summary).toMatch(/build 7 \(commit aaaaaaaaaaaa\) is older than build 8 \(commit bbbbbbbbbbbb\)/);
    expect(charts.read(VALUES)).toBe(files[VALUES].replace('0000000', 'bbbbbbb'));
    expect(await bump('sha-aaaaaaa', 7, { 'allow-downgrade': 'true' })).toMatchObject({ result: 'bumped' });
    expect(charts.read(VALUES)).toBe(files[VALUES].replace('0000000', 'aaaaaaa'));
    const versioned = createBareRepository(await temporaryFolder(), chartWithImages('api'));
    folders.push(versioned.path);
    await git(versioned, { images: 'ghcr.io/acme/api:1.1.0' });
    const head = versioned.head();
    await expect(git(versioned, { images: 'ghcr.io/acme/api:1.0.9' })).rejects.toMatchObject({
      code: 'refused',
      message: 'ghcr.io/acme/api would go back from 1.1.0 to 1.0.9.',
    });
    expect(versioned.head()).toBe(head);
  });

  it('12. the pipeline’s own queue dropped bumps: without any queue, all that start at once land', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `service-${index}`);
    const files = chartWithImages(...names);
    const after = files[VALUES]?.replaceAll('tag: 1.0.0', 'tag: 1.0.1');
    const expected = Array.from({ length: names.length + 1 }, (_, index) => `1.0.${names.length - index}`);
    await github(files, async (server, charts) => {
      const results = await Promise.all(
        names.map((name, index) =>
          api(server, { images: `ghcr.io/acme/${name}:1.0.1` }, { ...runOf(name, index), ...hurried() }),
        ),
      );
      expect(results.map(({ result }) => result)).toEqual(names.map(() => 'bumped'));
      expect(await charts.read(VALUES)).toBe(after);
      expect(versionsIn(charts)).toEqual(expected);
    });
    const few = names.slice(0, 4);
    const charts = createBareRepository(folder, chartWithImages(...few));
    await Promise.all(few.map((name) => git(charts, { images: `ghcr.io/acme/${name}:1.0.1` }, hurried())));
    expect(charts.read(VALUES)).toBe(chartWithImages(...few)[VALUES]?.replaceAll('tag: 1.0.0', 'tag: 1.0.1'));
    expect(versionsIn(charts)).toEqual(expected.slice(4));
  });

  it('13. it changed more than it was asked to: nothing else is touched, and nothing is made up', async () => {
    const values = `api: {image: {repository: ghcr.io/acme/api, tag: 1.0.0}}
api-admin: {image: {repository: ghcr.io/acme/api-admin, tag: 1.0.0}}
other: {image: {repository: registry.example.com/acme/api, tag: 1.0.0}}
none: {image: {repository: ghcr.io/acme/none, tag: ""}}
text: ghcr.io/acme/api is at 1.0.0
`;
    const charts = createBareRepository(folder, { [CHART]: chartYaml('shop'), [VALUES]: values });
    await git(charts, { images: 'ghcr.io/acme/api:1.1.0' });
    expect(charts.read(VALUES)).toBe(values.replace('acme/api, tag: 1.0.0', 'acme/api, tag: 1.1.0'));
    const head = charts.head();
    for (let round = 0; round < 3; round++) {
      expect(await git(charts, { images: 'ghcr.io/acme/api:1.1.0' })).toMatchObject({ result: 'unchanged' });
    }
    await expect(
      git(charts, { images: 'ghcr.io/acme/api:1.2.0', targets: `${VALUES}#/apo/image/tag` }),
    ).rejects.toThrow(`Target ${VALUES}#/apo/image/tag does not exist, did you mean "/api/image/tag"?`);
    await expect(git(charts, { images: 'ghcr.io/acme/new:1.0.0' })).rejects.toThrow(
      'No place for ghcr.io/acme/new was found in charts/shop. Images found there:\n',
    );
    expect(charts.head()).toBe(head);
  });

  it('14. what a workflow’s own token pushed started no workflow: it is said, and an event starts one', async () => {
    await github(chartWithImages('api'), async (server) => {
      const own = await api(server, { images: 'ghcr.io/acme/api:1.1.0', token: 'ghs_workflow' });
      expect(own).toMatchObject({ result: 'bumped', ok: true });
      expect(own.annotations).toEqual([
        {
          level: 'warning',
          message: expect.stringMatching(
            /^The commit [0-9a-f]{12} is made with the workflow's own GITHUB_TOKEN, so GitHub starts no workflow for it\. .*dispatch/,
          ),
        },
      ]);
      const told = await api(server, { images: 'ghcr.io/acme/api:1.2.0', token: 'ghs_workflow', dispatch: 'bumped' });
      expect(told).toMatchObject({ result: 'bumped', annotations: [] });
      const app = await api(server, { images: 'ghcr.io/acme/api:1.3.0' });
      expect(app).toMatchObject({ result: 'bumped', annotations: [] });
      expect(server.events.map(({ startsWorkflows }) => startsWorkflows)).toEqual([false, false, true]);
      expect(server.dispatches.map(({ eventType }) => eventType)).toEqual(['bumped']);
      const images = 'ghcr.io/acme/api:1.4.0';
      const proposed = await api(server, { images, token: 'ghs_workflow', strategy: 'pull-request' });
      expect(proposed.annotations).toEqual([
        { level: 'warning', message: expect.stringMatching(/GITHUB_TOKEN, so .* its checks do not run\./) },
      ]);
    });
  });

  it('15. nobody could tell who changed this and why: the commit says it', async () => {
    await github(chartWithImages('api'), async (server, charts) => {
      const digest = `sha256:${'ab'.repeat(32)}`;
      await api(server, { images: `ghcr.io/acme/api:1.1.0@${digest}` }, runOf('api', 7, 'c0ffee'));
      const message = inside(charts, 'log', '-1', '--format=%B', 'main');
      expect(message).toMatch(/^chore\S*: .*api.*1\.0\.0.*1\.1\.0/);
      const trailers = inside(charts, 'log', '-1', '--format=%(trailers:only,unfold)', 'main').trim().split('\n');
      expect(trailers).toEqual(
        expect.arrayContaining([
          'Image: ghcr.io/acme/api:1.1.0',
          `Image-Digest: ${digest}`,
          'Chart-Version: shop 1.1.0',
          'Source-Repository: acme/api',
          'Source-Commit: c0ffee',
          'Source-Run: https://github.com/acme/api/actions/runs/1007',
        ]),
      );
    });
  });

  it('15. an image was written before it could be pulled: it is waited for, or nothing is written', async () => {
    const name = `pains-${process.pid}`;
    const registry = await startRegistry({ name });
    try {
      const image = `${registry.host}/acme/api`;
      const files = { [CHART]: chartYaml('shop'), [VALUES]: `image: ${image}:1.0.0 # of api\n` };
      const charts = createBareRepository(folder, files);
      const head = charts.head();
      const early = { images: `${image}:1.1.0`, 'verify-image': 'true', 'verify-timeout': '1s' };
      await expect(git(charts, early)).rejects.toMatchObject({
        code: 'not-found',
        message: `The registry has no ${image} with the tag 1.1.0; it was looked for during 1.0 s.`,
      });
      expect(charts.head()).toBe(head);
      const waiting = git(charts, { ...early, 'verify-timeout': '30s' });
      const digest = await pushIndex(registry.host, 'acme/api', '1.1.0');
      expect(await waiting).toMatchObject({ result: 'bumped', ok: true });
      expect(inside(charts, 'log', '-1', '--format=%(trailers:only)', 'main')).toContain(`Image-Digest: ${digest}\n`);
      expect(charts.read(VALUES)).toContain('1.1.0');
    } finally {
      await stopRegistry({ name });
    }
  });
});
