import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cp, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { edit, writeFiles } from '../support/charts.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { everythingOf } from '../support/composite-world.js';
import { appChart, historyOf, runningImages } from '../support/deploy.js';
import { openPipelineWorld, push, stepsOf, type PipelineWorld } from '../support/pipeline.js';

jest.setTimeout(180_000);

let cluster: TestCluster;
let kubeconfig: string;
let world: PipelineWorld;
let count = 0;

beforeAll(async () => {
  cluster = await startCluster('pipeline');
  kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
});
afterAll(async () => {
  await cluster.down();
});
beforeEach(async () => {
  world = await openPipelineWorld(`pipeline-${++count}`);
});
afterEach(async () => {
  await world.close();
});

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
    expect(await runningImages(cluster, world.namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await readdir(first.runnerTemp)).toEqual(['helm-cd-reports']);
    const everything = await everythingOf(first);
    for (const [, secret = ''] of kubeconfig.matchAll(/(?:client-key-data|token): (\S{20,})/g)) {
      expect(everything).not.toContain(secret);
    }

    await world.nextVersion('1.1.0', [
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
    expect(await runningImages(cluster, world.namespace)).toEqual(['registry.example/app:1.0.0']);
    expect(await world.published()).toEqual(['app-1.0.0.tgz', 'app-1.1.0.tgz']);
  });
});

describe('mode delivery', () => {
  it('stops after publish, with the plan and the command that applies it', async () => {
    await world.mode('delivery');
    const result = await world.run({ kubeconfig }, push());
    expect(result.outputs).toMatchObject({ result: 'published', mode: 'delivery', revision: '' });
    expect(stepsOf(result.outputs)).toEqual(['validate ok valid', 'publish ok published', 'plan ok planned']);
    const { digest, 'plan-digest': plan } = result.outputs;
    expect(result.summary).toContain(
      `gh workflow run deploy.yml --repo acme/charts --ref main -f environment=develop -f chart=app -f version=1.0.0 -f chart-digest=${digest} -f plan-digest=${plan}`,
    );
    expect(await historyOf(cluster, world.namespace)).toEqual([]);
    expect(await world.published()).toEqual(['app-1.0.0.tgz']);

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
    expect(await world.published()).toEqual([]);
  });

  it('when the validation fails', async () => {
    await edit(world.chartFile('templates/app.yaml'), 'kind: Deployment', 'kind: Deployment\nreplicsa: 3');
    const result = await world.run({ kubeconfig }, push());
    expect(result.outputs).toMatchObject({ result: 'invalid', 'failed-step': 'validate' });
    expect(stepsOf(result.outputs)).toEqual(['validate failed invalid', 'publish skipped', 'deploy skipped']);
    expect(result.outputs['errors']).not.toBe('0');
    expect(result.annotations.find(({ file }) => file !== undefined)?.file).toBe('charts/app/templates/app.yaml');
    expect(await world.published()).toEqual([]);
    expect(await historyOf(cluster, world.namespace)).toEqual([]);
  });

  it('in a dry run, which plans with what would be published', async () => {
    const result = await world.run({ kubeconfig, 'dry-run': 'true' }, push());
    expect(stepsOf(result.outputs)).toEqual(['validate ok valid', 'publish ok planned', 'plan ok planned']);
    expect(result.outputs).toMatchObject({ result: 'planned', version: '1.0.0' });
    expect(result.outputs['plan-digest']).not.toBe('');
    expect(await world.published()).toEqual([]);
  });

  it('in a check, which plans from the folder', async () => {
    const result = await world.run({ kubeconfig, mode: 'check', environment: 'develop' }, push('feature/x'));
    expect(stepsOf(result.outputs)).toEqual(['validate ok valid', 'diff skipped', 'plan ok planned']);
    expect(result.outputs).toMatchObject({ result: 'checked', mode: 'check', environment: 'develop' });
    expect(await readFile(result.outputs['diff-file'] ?? '', 'utf8')).toContain('kind: Deployment');
    expect(await historyOf(cluster, world.namespace)).toEqual([]);
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
    expect(await world.published()).toEqual([]);
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
  develop: { branch: main, repository: 'file://${world.shelf}', mode: deployment, cluster: { namespace: ${world.namespace} } }
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
    expect(await world.published()).toEqual(['bad-1.0.0.tgz', 'common-0.1.0.tgz', 'later-1.0.0.tgz']);
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
