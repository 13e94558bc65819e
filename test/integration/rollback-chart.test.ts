import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import {
  appChart,
  deployChart,
  lockHolder,
  rollbackChart,
  runningImages,
  statusesOf,
  type DeployRun,
} from '../support/deploy.js';
import type { TestServices } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('rollback-chart');
});
afterAll(async () => {
  await cluster.down();
});

const image = (tag: string) => `registry.example/app:${tag}`;

describe.each([
  ['4', 'four'],
  ['3', 'three'],
])('rollback-chart with helm %s', (helm, suffix) => {
  const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
    deployChart({ cluster, helm }, { namespace, test: 'false', ...inputs });
  const rollback = (
    namespace: string,
    inputs: Record<string, string> = {},
    prepare: (services: TestServices) => void | Promise<void> = () => undefined,
  ): Promise<DeployRun> => rollbackChart({ cluster, helm, prepare }, { namespace, ...inputs });

  it('shows the diff, goes back to the last known good revision, and tests it', async () => {
    const namespace = `back-${suffix}`;
    const first = await deploy(namespace);
    await deploy(namespace, { set: 'tag=1.1.0' });
    const planned = await rollback(namespace, { 'dry-run': 'true' });
    expect(planned.result).toBe('planned');
    expect(planned.log).toContain(`app: app ${image('1.1.0')} → ${image('1.0.0')}`);
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 deployed']);

    const run = await rollback(namespace, { 'plan-digest': planned.outputs['plan-digest'] ?? '' });
    expect(run.ok).toBe(true);
    expect(run.result).toBe('rolled-back');
    expect(run.outputs).toMatchObject({
      revision: '3',
      'previous-revision': '2',
      'failed-phase': '',
      'chart-version': '1.0.0',
      'chart-digest': first.outputs['chart-digest'],
    });
    expect(JSON.parse(run.outputs['tests'] ?? '')).toEqual([
      expect.objectContaining({ name: 'app-test', phase: 'Succeeded' }),
    ]);
    expect(run.report.changes).toEqual([
      expect.objectContaining({
        kind: 'image',
        images: [{ container: 'app', from: image('1.1.0'), to: image('1.0.0') }],
      }),
    ]);
    expect(run.summary).toContain('Rolled back');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
    expect(await lockHolder(cluster, namespace)).toBe('');

    // The approved plan was for what was there before.
    const stale = await rollback(namespace, { 'plan-digest': planned.outputs['plan-digest'] ?? '' });
    expect(stale.result).toBe('failed');
    expect(stale.failure).toContain(
      'This is not the plan that was approved: the values, the deployed revision (2 → 3)',
    );
    // What passed its tests is good from now on: there and back again.
    const again = await rollback(namespace);
    expect(again.result).toBe('rolled-back');
    expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
  });

  // What has nothing to do with helm itself is tried with one of them.
  const thorough = (name: string, test: () => Promise<void>) => (helm === '4' ? it(name, test) : undefined);

  thorough('never goes by itself to what failed, but does so when told', async () => {
    const namespace = `chosen-${suffix}`;
    await deploy(namespace);
    await deploy(namespace, { set: 'tag=1.1.0\ntest.outcome=test-fails', test: 'true' });
    await deploy(namespace, { set: 'tag=1.2.0' });
    // 1 good, 2 failed its test, 3 a rollback to 1, 4 runs.
    const told = await rollback(namespace, { 'to-revision': '2', test: 'false' });
    expect(told.result).toBe('rolled-back');
    expect(told.log).toContain(
      'Revision 2 is not known to be good: its deploy failed. It was asked for by its number.',
    );
    expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
    const same = await rollback(namespace, { 'to-revision': '2' });
    expect(same.result).toBe('unchanged');
    const byItself = await rollback(namespace);
    expect(byItself.result).toBe('rolled-back');
    expect(await runningImages(cluster, namespace)).toEqual([image('1.2.0')]);
  });

  thorough('keeps what fails its tests, says so, and shows why', async () => {
    const namespace = `fails-${suffix}`;
    await deploy(namespace, { set: 'test.outcome=test-fails' });
    await deploy(namespace, { set: 'tag=1.1.0' });
    const run = await rollback(namespace);
    expect(run.ok).toBe(false);
    expect(run.result).toBe('failed');
    expect(run.outputs).toMatchObject({ 'failed-phase': 'test', revision: '3' });
    expect(run.failure).toContain('Revision 3, a copy of revision 1, was kept: a rollback by hand is not undone.');
    expect(run.outputs['evidence-file']).not.toBe('');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    // It failed: the next one goes elsewhere.
    const next = await rollback(namespace);
    expect(next.result).toBe('rolled-back');
    expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
  });

  it('goes on without hooks when one of the rollback fails', async () => {
    const namespace = `hooks-${suffix}`;
    const hook = 'hook.events=pre-rollback\nhook.outcome=test-fails';
    await deploy(namespace, { set: hook });
    await deploy(namespace, { set: `tag=1.1.0\n${hook}` });
    const run = await rollback(namespace);
    expect(run.result).toBe('rolled-back');
    expect(run.log).toContain('A hook of the rollback failed, trying again without hooks');
    // The record of the try with hooks is gone: helm would take it for what runs.
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
  });
});

describe('rollback-chart with helm 4 between revisions that were applied in different ways', () => {
  const namespace = 'ways';
  const rollback = (inputs: Record<string, string>) =>
    rollbackChart({ cluster, helm: '4' }, { namespace, test: 'false', ...inputs });

  it('takes fields over only where objects are applied on the server, and says beforehand what it would need', async () => {
    // Merged on the client, as all of helm 3.
    await deployChart({ cluster, helm: '3' }, { namespace, test: 'false' });
    const onServer = ['--server-side=true', '--force-conflicts', '--namespace', namespace];
    await cluster.helm('helm', 'upgrade', 'app', appChart, '--set', 'tag=1.1.0', ...onServer);

    // helm refuses force-conflicts for what is merged on the client.
    const back = await rollback({ 'to-revision': '1', 'force-conflicts': 'true' });
    expect(back.failure ?? back.result).toBe('rolled-back');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);

    // Somebody takes a field; the way there is by the server again, whatever the newest revision was made by.
    const theirs = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace } };
    const patch = JSON.stringify({ ...theirs, spec: { replicas: 2 } });
    const file = path.join(path.dirname(cluster.kubeconfig), 'theirs.json');
    await writeFile(file, patch);
    const taking = ['--server-side', '--force-conflicts', '--field-manager=somebody', '--namespace', namespace];
    await cluster.kubectl('apply', `--filename=${file}`, ...taking);
    const refused = await rollback({ 'to-revision': '2' });
    expect(refused.outputs['failed-phase']).toBe('preflight');
    expect(refused.failure).toMatch(/somebody.*spec\.replicas|spec\.replicas.*somebody/s);
    expect(refused.failure).toContain('force-conflicts: true');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    const taken = await rollback({ 'to-revision': '2', 'force-conflicts': 'true' });
    expect(taken.failure ?? taken.result).toBe('rolled-back');
    expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
    expect(await lockHolder(cluster, namespace)).toBe('');
  });
});

describe('what cannot be', () => {
  const rollback = (inputs: Record<string, string>, prepare?: (services: TestServices) => Promise<void>) =>
    rollbackChart({ cluster, helm: '4', ...(prepare === undefined ? {} : { prepare }) }, inputs);

  it('a release that is not there, a revision that is not there, none that is good', async () => {
    const absent = await rollback({ namespace: 'default', release: 'nothing' });
    expect(absent.failure).toContain('There is no release nothing in default.');
    const namespace = 'errors';
    await deployChart({ cluster, helm: '4' }, { namespace, test: 'false' });
    const alone = await rollback({ namespace });
    expect(alone.result).toBe('failed');
    expect(alone.outputs).toMatchObject({ 'failed-phase': 'preflight', revision: '1' });
    expect(alone.failure).toContain(
      'No earlier revision is known to be good. Name one in to-revision, if you know better: 1 deployed (app 1.0.0).',
    );
    const unknown = await rollback({ namespace, 'to-revision': '7' });
    expect(unknown.failure).toContain('The release has no revision 7. It has 1 deployed (app 1.0.0).');
    await expect(rollback({ namespace, 'to-revision': 'two' })).rejects.toThrow(
      'Input "to-revision" is no revision\'s number: "two"',
    );
    await expect(rollback({ release: '' })).rejects.toThrow('Input "release" is required but empty.');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
  });

  it('shows no secret: a SOPS file tells where they are, and without it only what changes is listed', async () => {
    const namespace = 'secrets';
    const deploy = (password: string, tag: string) =>
      deployChart({ cluster, helm: '4' }, { namespace, test: 'false', set: `greeting=${password}\ntag=${tag}` });
    await deploy('first-secret-word', '1.0.0');
    await deploy('second-secret-word', '1.1.0');
    const encrypted = 'greeting: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops:\n  mac: x\n  version: 3.9.0\n';
    const config = `charts:\n  app: { path: app }\nenvironments:\n  production:\n    branch: main\n    repository: file:///nowhere\n    secrets: [production.sops.yaml]\n    cluster: { namespace: ${namespace} }\n`;
    const withFile = async (services: TestServices) => {
      await writeFile(path.join(services.workingDirectory, 'helm-cd.yaml'), config);
      await mkdir(path.join(services.workingDirectory, 'app'), { recursive: true });
      await writeFile(path.join(services.workingDirectory, 'app/production.sops.yaml'), encrypted);
    };
    const inputs = { release: '', environment: 'production', 'dry-run': 'true' };
    const shown = await rollback(inputs, withFile);
    expect(shown.result).toBe('planned');
    expect(await shown.everything()).not.toMatch(/(?:first|second)-secret-word/);
    expect(shown.log).toMatch(/-\s+greeting: ‹secret \w+, 18 bytes›/);
    const withheld = await rollback(inputs, (services) =>
      writeFile(path.join(services.workingDirectory, 'helm-cd.yaml'), config),
    );
    expect(await withheld.everything()).not.toMatch(/(?:first|second)-secret-word/);
    expect(withheld.log).toContain('What changes in each is not shown: production.sops.yaml cannot be read here');
  });
});
