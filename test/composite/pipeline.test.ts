import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { edit, writeFiles } from '../support/charts.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import type { CompositeOptions } from '../support/composite.js';
import { everythingOf, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { appChart, historyOf, runningImages } from '../support/deploy.js';

jest.setTimeout(180_000);

let cluster: TestCluster;
let kubeconfig: string;
let world: CompositeWorld;
let namespace: string;
let shelf: string;
let count = 0;

const config = (mode: string) => `charts:
  app: { path: charts/app }
environments:
  develop:
    branch: main
    repository: file://${shelf}
    mode: ${mode}
    cluster: { namespace: ${namespace} }
`;

/** A push to a branch of acme/charts. */
const push = (branch = 'main', more: Readonly<Record<string, string>> = {}): Partial<CompositeOptions> => ({
  environment: {
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF_NAME: branch,
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'acme/charts',
    GITHUB_RUN_ID: '7',
    GITHUB_RUN_ATTEMPT: '1',
    ...more,
  },
});

beforeAll(async () => {
  cluster = await startCluster('pipeline');
  kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
});
afterAll(async () => {
  await cluster.down();
});
beforeEach(async () => {
  world = await openCompositeWorld('');
  namespace = `pipeline-${++count}`;
  shelf = path.join(world.folder, 'shelf');
  await mkdir(shelf);
  await cp(appChart, path.join(world.workspace, 'charts/app'), { recursive: true });
  await writeFiles(world.workspace, { 'helm-cd.yaml': config('deployment') });
});
afterEach(async () => {
  await world.close();
});

const chartFile = (name: string) => path.join(world.workspace, 'charts/app', name);
const published = async () => (await readdir(shelf)).filter((file) => file.endsWith('.tgz')).sort();

/** The next version of the chart, with other values. */
async function nextVersion(version: string, edits: readonly (readonly [string, string])[]): Promise<void> {
  await edit(
    chartFile('Chart.yaml'),
    /version: .*/.exec(await readFile(chartFile('Chart.yaml'), 'utf8'))?.[0] ?? '',
    `version: ${version}`,
  );
  for (const [from, to] of edits) await edit(chartFile('values.yaml'), from, to);
}

const stepsOf = (outputs: Readonly<Record<string, string>>) =>
  (JSON.parse(outputs['steps'] ?? '[]') as { step: string; state: string; result: string }[]).map(
    ({ step, state, result }) => `${step} ${state} ${result}`.trim(),
  );

describe('mode deployment', () => {
  it('validates, publishes and deploys; a failing test is rolled back, and the step says which', async () => {
    const first = await world.run({ kubeconfig }, push());
    expect(first.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(first.outputs).toMatchObject({
      result: 'deployed',
      mode: 'deployment',
      environment: 'develop',
      'failed-step': '',
      name: 'app',
      version: '1.0.0',
      revision: '1',
      errors: '0',
      count: '1',
    });
    expect(stepsOf(first.outputs)).toEqual(['validate ok valid', 'publish ok published', 'deploy ok deployed']);
    expect(JSON.parse(first.outputs['charts'] ?? '')).toEqual([
      expect.objectContaining({
        name: 'app',
        result: 'published',
        deploy: expect.objectContaining({ result: 'deployed' }),
      }),
    ]);
    expect(await readFile(first.outputs['diff-file'] ?? '', 'utf8')).toContain('kind: Deployment');
    expect(await readFile(first.outputs['package'] ?? '')).not.toHaveLength(0);
    expect(first.summary).toMatch(/^### ✅ Deployed: app 1\.0\.0 → develop\n/);
    expect(first.summary.match(/^\| (validate|publish|deploy app) \| ✅ /gm)).toHaveLength(3);
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await readdir(first.runnerTemp)).toEqual(['helm-cd-reports']);
    const everything = await everythingOf(first);
    for (const [, secret = ''] of kubeconfig.matchAll(/(?:client-key-data|token): (\S{20,})/g)) {
      expect(everything).not.toContain(secret);
    }

    await nextVersion('1.1.0', [
      ['tag: 1.0.0', 'tag: 1.1.0'],
      ["  outcome: ''\n  deletePolicy", '  outcome: test-fails\n  deletePolicy'],
    ]);
    const second = await world.run({ kubeconfig, 'rollback-timeout': '60s' }, push());
    expect(second.outcome).toBe('failure');
    expect(second.outputs).toMatchObject({
      result: 'rolled-back',
      'failed-step': 'deploy',
      'failed-phase': 'test',
      version: '1.1.0',
      revision: '3',
      'previous-revision': '1',
    });
    expect(await readFile(second.outputs['evidence-file'] ?? '', 'utf8')).toContain('app-test');
    expect(second.summary).toMatch(/^### ↩️ Rolled back: app 1\.1\.0 → develop in step deploy\n/);
    const errors = second.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors.at(-1)).toMatch(/^Step deploy app failed: /);
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await published()).toEqual(['app-1.0.0.tgz', 'app-1.1.0.tgz']);
  });

  it('is finished by a run that finds the chart published and not deployed', async () => {
    let killed = false;
    const first = await world.run(
      { kubeconfig },
      {
        ...push(),
        runnerDies: true,
        onStart: (pid) => {
          void (async () => {
            for (const end = Date.now() + 60_000; (await published()).length === 0 && Date.now() < end;) {
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
            process.kill(pid, 'SIGKILL');
            killed = true;
          })();
        },
      },
    );
    expect([killed, first.outcome]).toEqual([true, 'failure']);
    const second = await world.run({ kubeconfig }, push('main', { GITHUB_RUN_ATTEMPT: '2' }));
    expect(stepsOf(second.outputs)[1]).toBe('publish ok already-published');
    expect(second.outputs['result']).toMatch(/^(deployed|unchanged)$/);
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect((await historyOf(cluster, namespace)).at(-1)?.status).toBe('deployed');
  });

  it.each<[NodeJS.Signals, Record<string, string>]>([
    ['SIGINT', { result: 'rolled-back', 'failed-step': 'deploy', 'failed-phase': 'cancelled' }],
    ['SIGKILL', {}],
  ])('puts the release in order when it is ended by %s in the deploy', async (signal, outputs) => {
    expect((await world.run({ kubeconfig, test: 'false' }, push())).outputs['result']).toBe('deployed');
    await nextVersion('1.1.0', [
      ['tag: 1.0.0', 'tag: 1.1.0'],
      ["outcome: ''", 'outcome: never-ready'],
    ]);
    let sent: Promise<void> | undefined;
    const result = await world.run(
      { kubeconfig },
      {
        ...push(),
        onStart: (pid) => {
          sent = (async () => {
            for (
              const end = Date.now() + 90_000;
              (await historyOf(cluster, namespace)).length < 2 && Date.now() < end;
            ) {
              await new Promise((resolve) => setTimeout(resolve, 200));
            }
            process.kill(pid, signal);
          })();
        },
      },
    );
    await sent;
    expect(result.log).not.toContain('A defect of helm-cd');
    expect(result.outcome).toBe('failure');
    expect(result.outputs).toMatchObject(outputs);
    const statuses = (await historyOf(cluster, namespace)).map(({ status }) => status);
    expect(statuses.at(-1)).toBe('deployed');
    expect(statuses.filter((status) => status.startsWith('pending'))).toEqual([]);
    expect(await runningImages(cluster, namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
  });
});

describe('mode delivery', () => {
  it('stops after publish, with the plan and the command that applies it', async () => {
    await writeFiles(world.workspace, { 'helm-cd.yaml': config('delivery') });
    const result = await world.run({ kubeconfig }, push());
    expect(result.outputs).toMatchObject({ result: 'published', mode: 'delivery', revision: '' });
    expect(stepsOf(result.outputs)).toEqual(['validate ok valid', 'publish ok published', 'plan ok planned']);
    const { digest, 'plan-digest': plan } = result.outputs;
    expect(result.summary).toContain(
      `gh workflow run deploy.yml --repo acme/charts --ref main -f environment=develop -f chart=app -f version=1.0.0 -f chart-digest=${digest} -f plan-digest=${plan}`,
    );
    expect(await historyOf(cluster, namespace)).toEqual([]);
    expect(await published()).toEqual(['app-1.0.0.tgz']);

    const withoutCluster = await world.run({}, push());
    expect(withoutCluster.outputs).toMatchObject({ result: 'already-published', 'plan-digest': '' });
    expect(withoutCluster.summary).toContain('-f chart=app -f version=1.0.0');
    expect(withoutCluster.summary).toContain('there is no kubeconfig');
  });
});

describe('nothing is published or deployed', () => {
  it('from a branch that feeds no environment: it is only validated, and that is said', async () => {
    const result = await world.run({ kubeconfig }, push('feature/x'));
    expect(result.outputs).toMatchObject({ result: 'valid', mode: 'validate', environment: '' });
    expect(result.summary).toContain(
      'Nothing but validation, for the branch "feature/x" feeds no environment of helm-cd.yaml.',
    );
    expect(await published()).toEqual([]);
  });

  it('when the validation fails', async () => {
    await edit(chartFile('templates/app.yaml'), 'kind: Deployment', 'kind: Deployment\nreplicsa: 3');
    const result = await world.run({ kubeconfig }, push());
    expect(result.outputs).toMatchObject({ result: 'invalid', 'failed-step': 'validate' });
    expect(stepsOf(result.outputs)).toEqual(['validate failed invalid', 'publish skipped', 'deploy skipped']);
    expect(result.outputs['errors']).not.toBe('0');
    expect(result.annotations.find(({ file }) => file !== undefined)?.file).toBe('charts/app/templates/app.yaml');
    expect(await published()).toEqual([]);
    expect(await historyOf(cluster, namespace)).toEqual([]);
  });

  it('in a dry run, which plans with what would be published', async () => {
    const result = await world.run({ kubeconfig, 'dry-run': 'true' }, push());
    expect(stepsOf(result.outputs)).toEqual(['validate ok valid', 'publish ok planned', 'plan ok planned']);
    expect(result.outputs).toMatchObject({ result: 'planned', version: '1.0.0' });
    expect(result.outputs['plan-digest']).not.toBe('');
    expect(await published()).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a duration that is none', { timeout: '5 min' }, 'Input "timeout" is not a duration: "5 min"'],
    ['an unknown mode', { mode: 'deploy' }, 'Input "mode" has the unknown value "deploy", did you mean "deployment"?'],
    [
      'a workflow that is no file',
      { 'deploy-workflow': '../x' },
      'Input "deploy-workflow" is no file name of a workflow',
    ],
    [
      'an unknown environment',
      { environment: 'devlop' },
      'helm-cd.yaml has no environment "devlop", did you mean "develop"?',
    ],
  ])('after %s', async (_, inputs, message) => {
    const result = await world.run({ kubeconfig, ...inputs }, push());
    expect(result.outcome).toBe('failure');
    expect(result.annotations.map((annotation) => annotation.message).join()).toContain(message);
    expect(await published()).toEqual([]);
  });
});

describe('several charts', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: world.workspace });

  it('are those that changed and those that are not published; libraries are not deployed; the first failure stops the rest', async () => {
    const names = ['app', 'bad', 'later'];
    for (const name of names.slice(1)) {
      await cp(appChart, path.join(world.workspace, 'charts', name), { recursive: true });
      await edit(path.join(world.workspace, 'charts', name, 'Chart.yaml'), 'name: app', `name: ${name}`);
    }
    await writeFiles(world.workspace, {
      'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 0.1.0\ntype: library\n',
      'charts/common/templates/_x.tpl': '{{- define "common.x" -}}x{{- end }}\n',
      'helm-cd.yaml': `charts:
  app: { path: charts/app }
  common: { path: charts/common }
  bad: { path: charts/bad }
  later: { path: charts/later }
environments:
  develop: { branch: main, repository: 'file://${shelf}', mode: deployment, cluster: { namespace: ${namespace} } }
`,
    });
    await rm(path.join(world.workspace, 'charts/later/templates/tests'), { recursive: true });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'first');
    await writeFiles(world.workspace, { 'charts/app/templates/NOTES.txt': 'hello\n' });
    git('add', '.');
    git('commit', '-qm', 'second');
    await writeFiles(world.folder, {
      'event.json': JSON.stringify({ before: String(git('rev-parse', 'HEAD^')).trim() }),
    });
    const options = push('main', { GITHUB_EVENT_PATH: path.join(world.folder, 'event.json') });

    const first = await world.run({ kubeconfig, 'dry-run': 'true', test: 'false' }, options);
    // Nothing is published yet: all are missing.
    expect(first.outputs['count']).toBe('4');

    await world.run({ charts: 'common\nbad\nlater', kubeconfig, mode: 'delivery' }, options);
    expect(await published()).toEqual(['bad-1.0.0.tgz', 'common-0.1.0.tgz', 'later-1.0.0.tgz']);
    const second = await world.run({ kubeconfig }, options);
    expect(stepsOf(second.outputs)).toEqual(['validate ok valid', 'publish ok published', 'deploy ok deployed']);
    expect(second.outputs).toMatchObject({ result: 'deployed', name: 'app', count: '1' });
    expect(second.summary).toContain('Not changed, and left alone: charts/common, charts/bad, charts/later');

    await edit(path.join(world.workspace, 'charts/bad/values.yaml'), "outcome: ''", 'outcome: crash-loop');
    await edit(path.join(world.workspace, 'charts/bad/Chart.yaml'), 'version: 1.0.0', 'version: 1.0.1');
    const third = await world.run({ kubeconfig, charts: 'common\nbad\nlater' }, options);
    expect(stepsOf(third.outputs)).toEqual([
      'validate ok valid',
      'publish ok published',
      'deploy failed uninstalled',
      'deploy skipped',
    ]);
    expect(third.outputs).toMatchObject({
      result: 'uninstalled',
      'failed-step': 'deploy',
      name: 'bad',
      version: '1.0.1',
    });
    expect(JSON.parse(third.outputs['charts'] ?? '')).toHaveLength(3);
  });
});
