import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderedChange } from '../../src/actions/bump-image-tag/rendered.js';
import { resolveRequest } from '../../src/actions/bump-image-tag/scopes.js';
import { readInputs } from '../../src/actions/bump-image-tag/inputs.js';
import { planBump } from '../../src/core/bump-plan.js';
import { withFiles } from '../../src/core/bump-sources.js';
import { HelmCdError } from '../../src/core/errors.js';
import type { Processes } from '../../src/core/ports.js';
import type { RenderedChange } from '../../src/core/rendered-change.js';
import { openGitBranch } from '../../src/git/git-branch.js';
import { openApiBranch } from '../../src/github/api-branch.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import { createTools } from '../../src/runtime/tools.js';
import { createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { runBump } from '../support/bump-run.js';
import { chartYaml } from '../support/bump.js';
import { webChart, writeFiles, type Files } from '../support/charts.js';
import { startGitHubServer, type GitHubServer } from '../support/github-server/index.js';
import { createTestServices, temporaryFolder, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

const OLD = 'ghcr.io/acme/web:1.0.0';
const NEW = 'ghcr.io/acme/web:1.1.0';

let folder: string;
let count = 0;
let services: TestServices;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-rendered-');
  services = await createTestServices();
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** Files of a chart, in a folder of the repository. */
const at = (place: string, files: Files): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${place}/${name}`, text]));

interface Options {
  readonly helm?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly services?: Partial<TestServices>;
}

async function rendered(charts: BareRepository, images: string, options: Options = {}): Promise<RenderedChange> {
  const inputs = { IMAGES: images, ...options.inputs };
  for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name}`] = value;
  const parsed = readInputs(createInputReader(services.masks));
  for (const name of Object.keys(inputs)) Reflect.deleteProperty(process.env, `INPUT_${name}`);
  const branch = openGitBranch({
    url: charts.url,
    branch: '',
    folder: path.join(services.temp, `clone-${count++}.git`),
    env: { GIT_CONFIG_GLOBAL: '/dev/null' },
    identity: { name: 'x', email: 'x@example.com' },
    processes: services.processes,
    clock: services.clock,
  });
  const head = await branch.head();
  const resolved = await resolveRequest(parsed, head);
  const plan = await withFiles(planBump(resolved.request, head.entries), (paths) => head.read(paths));
  const change = await renderedChange({ ...services, ...options.services }, head, plan, resolved, options.helm ?? '');
  // Nothing is left but the clone and helm's own folders.
  const left = await readdir(services.temp);
  expect(left.filter((name) => name.startsWith('rendered-'))).toEqual([]);
  return change;
}

describe.each(['4', '3'])('the rendered diff of a bump, by helm %s', (helm) => {
  it('shows the images of the manifests and what else changes in them', async () => {
    const charts = createBareRepository(folder, at('charts/web', webChart()));
    const change = await rendered(charts, NEW, { helm });
    expect(change).toMatchObject({
      charts: ['web'],
      images: [{ chart: 'web', workload: 'Deployment/web', container: 'web', from: OLD, to: NEW }],
      unused: [],
      notes: [],
    });
    // The Service has nothing but a new label.
    expect(change.diff).toMatch(/^--- a\/web\/Deployment\/web\n\+\+\+ b\/web\/Deployment\/web\n@@ /);
    expect(change.diff).toContain(`\n-          image: ${OLD}\n+          image: ${NEW}\n`);
    expect(change.diff).not.toContain('Service');
  });

  it('renders with the values of the environment, stand-ins for its secrets and files outside of the chart', async () => {
    const chart = webChart();
    const config = `environments:
  prod:
    branch: main
    repository: file:///srv/prod
    values: [values-prod.yaml, ../../env/all prod.yaml]
    secrets: [secrets.yaml]
    cluster: { namespace: shop }
    kubernetes: ['1.33']
charts:
  shop: { path: charts/web, release: the-web }
`;
    const charts = createBareRepository(folder, {
      ...at('charts/web', chart),
      'helm-cd.yaml': config,
      'charts/web/values-prod.yaml': 'replicas: 3\nimage: {tag: 1.0.0-a}\n',
      'env/all prod.yaml': 'image: {tag: 1.0.0-b}\ngreeting: good day\n',
      'charts/web/secrets.yaml': 'password: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops: {mac: x}\n',
      'charts/web/templates/secret.yaml': `apiVersion: v1
kind: Secret
metadata: {name: s, namespace: {{ .Release.Namespace }}}
stringData: {password: {{ .Values.password | quote }}, tag: {{ .Values.image.tag }}, kube: "{{ .Capabilities.KubeVersion.Minor }}"}
`,
    });
    const targets = 'env/all prod.yaml#/image/tag';
    const change = await rendered(charts, NEW, { helm, inputs: { TARGETS: targets } });
    expect(change).toMatchObject({
      images: [{ workload: 'Deployment/the-web', from: 'ghcr.io/acme/web:1.0.0-b', to: NEW }],
      notes: [],
    });
    expect(change.diff).toContain('--- a/shop/Secret/s\n');
    expect(change.diff).toMatch(/\n-\s+tag: ‹secret [0-9a-f]{8}, 7 bytes›\n\+\s+tag: ‹secret [0-9a-f]{8}, 5 bytes›\n/);
    expect(change.diff).not.toContain('placeholder');
    expect(change.diff).toContain('   kube: ‹secret ');
  });

  it('renders the umbrella charts that follow, with what lies in the repository', async () => {
    const dependency = (name: string, repository: string, version = '0.1.0') =>
      `- {name: ${name}, version: ${version}, repository: "${repository}"}\n`;
    const charts = createBareRepository(folder, {
      ...at('charts/web', webChart()),
      'charts/all/Chart.yaml': chartYaml(
        'all',
        '1.0.0',
        `dependencies:\n${dependency('web', 'file://../web')}${dependency('base', 'file://../base')}`,
      ),
      'charts/all/Chart.lock': 'dependencies: []\ndigest: sha256:0\n',
      'charts/all/values.yaml': 'web: {replicas: 2}\n',
      'charts/base/Chart.yaml': chartYaml('base', '0.1.0', 'type: library\n'),
      'charts/base/templates/_x.tpl': '{{ define "base.x" }}x{{ end }}',
      'charts/all/templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ include "base.x" . }}}\n',
    });
    const change = await rendered(charts, NEW, { helm });
    expect(change).toMatchObject({
      charts: ['all', 'web'],
      images: [
        { chart: 'all', workload: 'Deployment/all-web', container: 'web', from: OLD, to: NEW },
        { chart: 'web', workload: 'Deployment/web' },
      ],
      unused: [],
      notes: [],
    });
  });

  it('leaves out remote dependencies that are not in charts/, and says so', async () => {
    const chart = webChart();
    const charts = createBareRepository(folder, {
      ...at('charts/web', chart),
      'charts/web/Chart.yaml': `${chart['Chart.yaml'] ?? ''}dependencies:
- {name: redis, version: 20.x.x, repository: "oci://127.0.0.1:9/none"}
- {name: gone, version: 1.0.0, repository: "file://../gone"}
- {name: passwd, version: 1.0.0, repository: "file:///etc"}
- {name: here, version: 1.0.0, repository: "https://127.0.0.1:9/none"}
`,
      'charts/web/charts/here/Chart.yaml': chartYaml('here'),
      'charts/web/charts/here/templates/p.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: here}\n',
      'charts/web/Chart.lock': 'dependencies: []\ndigest: sha256:0\n',
    });
    const change = await rendered(charts, NEW, { helm });
    expect(change).toMatchObject({
      charts: ['web'],
      images: [{ from: OLD, to: NEW }],
      notes: ['web is rendered without what is not in its repository: redis, gone, passwd.'],
    });
  });

  it('says that no manifest uses an image', async () => {
    const chart = webChart();
    const charts = createBareRepository(folder, {
      ...at('charts/web', chart),
      'charts/web/values.yaml': `${chart['values.yaml'] ?? ''}old:\n  image: ghcr.io/acme/old:1.0.0\n`,
    });
    const change = await rendered(charts, 'ghcr.io/acme/old:1.1.0', { helm });
    expect(change).toMatchObject({ charts: ['web'], images: [], diff: '', unused: ['ghcr.io/acme/old:1.1.0'] });
  });

  it.each([
    [
      'a value that is required',
      { 'templates/x.yaml': '{{ required "say who\\nyou are" .Values.who }}' },
      /^web is not rendered: web\/templates\/x\.yaml:1: say who you are$/,
    ],
    [
      'values that break the schema',
      { 'values.schema.json': '{"properties":{"image":{"properties":{"tag":{"const":"1.0.0"}}}}}' },
      /^web is not rendered: it renders now, but not with this change: value image\.tag: /,
    ],
    [
      'a template that is no YAML',
      { 'templates/x.yaml': 'a: [\n' },
      /^web is not rendered: web\/templates\/x\.yaml: renders invalid YAML/,
    ],
    [
      'a template that is none',
      { 'templates/x.yaml': '{{ if }}' },
      /^web is not rendered: web\/templates\/x\.yaml:1: missing value for if$/,
    ],
    [
      'a dependency in a circle',
      { 'Chart.yaml': `${chartYaml('web')}dependencies:\n- {name: web, version: 1.0.0, repository: "file://."}\n` },
      /^web is not rendered: Charts depend on each other in a circle: charts\/web → charts\/web$/,
    ],
  ])('is left out, with the reason, for %s', async (_, files, expected) => {
    const charts = createBareRepository(folder, at('charts/web', { ...webChart(), ...files }));
    const change = await rendered(charts, NEW, { helm });
    expect(change).toMatchObject({ charts: [], images: [], unused: [], diff: '' });
    expect(change.notes).toEqual([expect.stringMatching(expected)]);
  });

  it('does not compare what is random', async () => {
    const charts = createBareRepository(folder, {
      ...at('charts/web', webChart()),
      'charts/web/templates/p.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: p}\nstringData: {a: {{ randAlphaNum 20 }}}\n',
    });
    const change = await rendered(charts, NEW, { helm });
    expect(change.notes).toEqual(['web: not compared, for each render makes something else of it: Secret/p.']);
    expect(change.diff).toContain('Deployment/web');
    expect(change.diff).not.toContain('Secret');
  });
});

describe('the rendered diff of a bump', () => {
  it('is left out where there is no helm, and none is downloaded for it', async () => {
    const charts = createBareRepository(folder, at('charts/web', webChart()));
    const processes: Processes = { ...services.processes, find: () => Promise.resolve(undefined) };
    const tools = createTools(processes, services.log);
    const previous = process.env['RUNNER_TOOL_CACHE'];
    process.env['RUNNER_TOOL_CACHE'] = path.join(folder, 'tool-cache');
    try {
      const change = await rendered(charts, NEW, { services: { tools } });
      expect(change).toEqual({
        charts: [],
        images: [],
        unused: [],
        diff: '',
        notes: ['The charts are not rendered: There is no suitable helm on PATH.'],
      });
      const wrong = await rendered(charts, NEW, { helm: '2', services: { tools } }).catch(String);
      expect(wrong).toMatchObject({ notes: [expect.stringContaining('is no version of helm 3 or 4: "2"')] });
    } finally {
      if (previous === undefined) Reflect.deleteProperty(process.env, 'RUNNER_TOOL_CACHE');
      else process.env['RUNNER_TOOL_CACHE'] = previous;
    }
  });

  it('shows no known secret, and ends with the job', async () => {
    const chart = webChart();
    const charts = createBareRepository(folder, {
      ...at('charts/web', chart),
      'charts/web/templates/x.yaml': '{{ fail "token is s3cr3t-t0ken" }}',
    });
    services.masks.add('s3cr3t-t0ken');
    expect((await rendered(charts, NEW)).notes).toEqual(['web is not rendered: web/templates/x.yaml:1: token is ***']);
    const run: Processes['run'] = (program, args, options) =>
      args.includes('template')
        ? Promise.reject(new HelmCdError('cancelled', 'The job was cancelled.'))
        : services.processes.run(program, args, options);
    await expect(
      rendered(charts, NEW, { services: { processes: { ...services.processes, run } } }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('bump-image-tag', () => {
  async function bump(charts: BareRepository, inputs: Readonly<Record<string, string>>) {
    const programs: string[] = [];
    const real = services.processes;
    const processes: Processes = {
      ...real,
      run: (program, args, options) => {
        programs.push(`${path.basename(program)} ${args.join(' ')}`);
        return real.run(program, args, options);
      },
    };
    const tools = createTools(processes, services.log);
    const result = await runBump({ repository: charts.url, images: NEW, ...inputs }, { processes, tools });
    await rm(result.services.workingDirectory, { recursive: true });
    return { ...result, log: result.services.log.text(), helm: programs.filter((call) => call.includes(' template ')) };
  }

  it('shows in a dry run what is committed and what that changes in the manifests', async () => {
    const chart = webChart();
    const values = `${chart['values.yaml'] ?? ''}old:\n  image: ghcr.io/acme/old:1.0.0\n`;
    const charts = createBareRepository(folder, at('charts/web', { ...chart, 'values.yaml': values }));
    const head = charts.head();
    const images = `${NEW}\nghcr.io/acme/old:1.1.0`;
    const result = await bump(charts, { 'dry-run': 'true', 'helm-version': '4', images });
    expect(result).toMatchObject({
      result: 'planned',
      ok: true,
      document: { rendered: { charts: ['web'], images: [{ workload: 'Deployment/web', from: OLD, to: NEW }] } },
      annotations: [
        {
          level: 'warning',
          message: 'The values changed, but no rendered manifest uses ghcr.io/acme/old:1.1.0.',
        },
      ],
    });
    expect(result.log).toContain('group: Diff\n--- a/charts/web/values.yaml\n');
    expect(result.log).toContain(`\nRendered manifests:\n  Deployment/web  web  ${OLD} → ${NEW}\n`);
    expect(result.log).toContain('\ngroup: Rendered diff\n--- a/web/Deployment/web\n');
    expect(result.summary).toContain(`| \`Deployment/web\` | \`web\` | \`${OLD}\` | \`${NEW}\` |`);
    expect(result.summary).toContain('<summary>Rendered diff</summary>');
    expect(result.outputs['diff']).not.toContain('Deployment');
    expect(charts.head()).toBe(head);
  });

  it('goes on with a dry run when a chart cannot be rendered', async () => {
    const files = { ...webChart(), 'templates/x.yaml': '{{ required "who?" .Values.who }}' };
    const charts = createBareRepository(folder, at('charts/web', files));
    const result = await bump(charts, { 'dry-run': 'true' });
    const note = 'web is not rendered: web/templates/x.yaml:1: who?';
    expect(result).toMatchObject({
      result: 'planned',
      ok: true,
      annotations: [],
      document: { rendered: { notes: [note] } },
    });
    expect(result.log).toContain(`\nRendered manifests:\n  ${note}`);
    expect(result.summary).toContain(`- ${note}`);
    expect(result.outputs['diff']).toContain('+  tag: 1.1.0');
  });

  it('renders nothing when it commits', async () => {
    const charts = createBareRepository(folder, at('charts/web', webChart()));
    const result = await bump(charts, {});
    expect(result).toMatchObject({ result: 'bumped', helm: [] });
    expect(result.document).not.toHaveProperty('rendered');
  });
});

describe('by GitHub’s API', () => {
  let server: GitHubServer;
  const binary = Buffer.from([0, 255, 13, 10, 128]);
  beforeEach(async () => {
    server = await startGitHubServer({
      repositories: [
        {
          owner: 'acme',
          name: 'charts',
          files: {
            ...at('charts/web', webChart()),
            'charts/web/files/a picture.bin': binary,
            'charts/web/run.sh': { content: '#!/bin/sh\n', mode: '100755' },
            'charts/web/link.txt': { content: 'Chart.yaml', mode: '120000' },
            'charts/website/x': 'not this',
          },
        },
      ],
      tokens: ['ghs_app'],
    });
  });
  afterEach(() => server.close());

  it('a folder of a commit is written with whatever is in it, but without links', async () => {
    const client = services.github({ token: 'ghs_app', apiUrl: server.apiUrl, graphqlUrl: server.graphqlUrl });
    const where = { owner: 'acme', name: 'charts', branch: '', likelyEarlier: [], clock: services.clock };
    const head = await openApiBranch({ client, ...where }).head();
    await head.export('charts/web', folder);
    const found = execFileSync('find', ['.', '!', '-type', 'd'], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    const expected = [...Object.keys(webChart()), 'files/a picture.bin', 'run.sh'];
    expect(found.sort()).toEqual(expected.map((name) => `./charts/web/${name}`).sort());
    expect(await readFile(path.join(folder, 'charts/web/files/a picture.bin'))).toEqual(binary);
    expect(execFileSync(path.join(folder, 'charts/web/run.sh')).length).toBe(0);
    expect(server.violations).toEqual([]);
  });

  it('a pull request shows what changes in the manifests', async () => {
    const charts = server.repository('acme', 'charts');
    await charts.commit({
      files: { 'charts/web/values.yaml': `${webChart()['values.yaml'] ?? ''}old:\n  image: ghcr.io/acme/old:1.0.0\n` },
    });
    const result = await runBump({
      repository: 'acme/charts',
      token: 'ghs_app',
      'server-url': server.serverUrl,
      'api-url': server.apiUrl,
      'graphql-url': server.graphqlUrl,
      strategy: 'pull-request',
      images: `${NEW}\nghcr.io/acme/old:1.1.0`,
    });
    await rm(result.services.workingDirectory, { recursive: true });
    const images = [{ workload: 'Deployment/web', container: 'web', from: OLD, to: NEW }];
    const warning = 'The values changed, but no rendered manifest uses ghcr.io/acme/old:1.1.0.';
    expect(result).toMatchObject({
      result: 'pull-request',
      document: { rendered: { charts: ['web'], images } },
      annotations: [{ level: 'warning', message: warning }],
    });
    expect(result.summary).toContain(`| \`Deployment/web\` | \`web\` | \`${OLD}\` | \`${NEW}\` |`);
    const body = charts.pulls[0]?.body ?? '';
    expect(body).toContain(`- ${warning}`);
    expect(body).toContain('--- a/web/Deployment/web\n+++ b/web/Deployment/web\n');
    expect(server.violations).toEqual([]);
  });

  it('a dry run shows what changes in the manifests', async () => {
    const result = await runBump({
      repository: 'acme/charts',
      token: 'ghs_app',
      'server-url': server.serverUrl,
      'api-url': server.apiUrl,
      'graphql-url': server.graphqlUrl,
      'dry-run': 'true',
      images: NEW,
    });
    await rm(result.services.workingDirectory, { recursive: true });
    const images = [{ workload: 'Deployment/web', container: 'web', from: OLD, to: NEW }];
    expect(result).toMatchObject({ result: 'planned', document: { rendered: { charts: ['web'], images, notes: [] } } });
    expect(server.violations).toEqual([]);
  });
});

describe('a folder of a commit, by git', () => {
  it('is written with whatever is in it, but without links', async () => {
    const work = path.join(folder, 'work');
    const binary = Buffer.from([0, 255, 13, 10, 128, 10, 13]);
    await writeFiles(work, {
      'charts/shop/Chart.yaml': chartYaml('shop'),
      'charts/shop/files/with space.txt': 'a\r\nb',
      'charts/shop/files/ä\n"quoted"\\.txt': 'odd\n',
      'charts/shop/a/b/c/d.yaml': 'deep: true\n',
      'charts/shop/run.sh': '#!/bin/sh\n',
      'charts/shopping/x': 'not this\n',
      '.gitattributes': '* text=auto eol=crlf\n*.yaml ident\n',
      'charts/shop/files/ident.yaml': '# $Id$\n',
    });
    await writeFile(path.join(work, 'charts/shop/files/picture.bin'), binary);
    await chmod(path.join(work, 'charts/shop/run.sh'), 0o755);
    await symlink('/etc/hostname', path.join(work, 'charts/shop/link.txt'));
    const charts = createBareRepository(folder, { 'README.md': 'x\n' });
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
    const git = (...args: string[]) => execFileSync('git', args, { cwd: work, env, stdio: 'pipe' });
    git('init', '--quiet', '--initial-branch=main');
    git('-c', 'core.autocrlf=false', 'add', '--all');
    git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '--quiet', '-m', 'all');
    git('push', '--quiet', '--force', charts.url, 'main');
    const branch = openGitBranch({
      url: charts.url,
      branch: 'main',
      folder: path.join(services.temp, 'clone.git'),
      env: { GIT_CONFIG_GLOBAL: '/dev/null' },
      identity: { name: 'x', email: 'x@example.com' },
      processes: services.processes,
      clock: services.clock,
    });
    const head = await branch.head();
    const destination = path.join(folder, 'out');
    await mkdir(destination);
    await head.export('charts/shop', destination);
    // Again, and of a folder that is there in part already.
    await head.export('charts', destination);
    const blob = (file: string) => execFileSync('git', ['show', `main:${file}`], { cwd: charts.path });
    const files = charts.git('ls-tree', '-r', '-z', '--name-only', 'main', 'charts').split('\0').filter(Boolean);
    const found = execFileSync('find', ['.', '!', '-type', 'd', '-print0'], { cwd: destination, encoding: 'utf8' });
    const names = found.split('\0').flatMap((name) => (name === '' ? [] : name.slice(2)));
    expect(names.sort()).toEqual(files.filter((file) => !file.endsWith('link.txt')).sort());
    for (const file of names) {
      expect(execFileSync('cat', [path.join(destination, file)])).toEqual(blob(file));
    }
    expect(execFileSync(path.join(destination, 'charts/shop/run.sh')).length).toBe(0);
  });
});
