import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, historyOf, lockHolder, runningImages, statusesOf, type DeployRun } from '../support/deploy.js';
import type { TestServices } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-outcomes');
});
afterAll(async () => {
  await cluster.down();
});

const image = (tag: string) => `registry.example/app:${tag}`;

describe.each([
  ['4', 'four'],
  ['3', 'three'],
])('deploy-chart with helm %s', (helm, suffix) => {
  const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
    deployChart({ cluster, helm }, { namespace, ...inputs });
  // What has nothing to do with helm itself is tried with one of them.
  const thorough = helm === '4';

  describe('a release that lives', () => {
    const namespace = `life-${suffix}`;

    it('is installed, tested, and recorded', async () => {
      const run = await deploy(namespace, { set: 'test.job=true' });
      expect(run.log).not.toContain('warning: ');
      expect(run.result).toBe('deployed');
      expect(run.ok).toBe(true);
      expect(run.outputs).toMatchObject({
        revision: '1',
        'previous-revision': '',
        'failed-phase': '',
        'chart-version': '1.0.0',
      });
      expect(JSON.parse(run.outputs['tests'] ?? '')).toEqual([
        expect.objectContaining({
          name: 'app-test',
          kind: 'Pod',
          phase: 'Succeeded',
          log: expect.stringContaining('all tests passed'),
        }),
        expect.objectContaining({
          name: 'app-job-test',
          kind: 'Job',
          phase: 'Succeeded',
          log: expect.stringContaining('all done'),
        }),
      ]);
      expect(await runningImages(cluster, namespace)).toEqual([image('1.0.0')]);
      const secret = await cluster.get<{ metadata: { labels: Record<string, string> } }>(
        'secret',
        'sh.helm.release.v1.app.v1',
        '-n',
        namespace,
      );
      expect(secret?.metadata.labels).toMatchObject({ 'helm-cd/outcome': '1.passed', status: 'deployed' });
      expect(await lockHolder(cluster, namespace)).toBe('');
    });

    it('stays as it is when there is nothing to change', async () => {
      const run = await deploy(namespace, { set: 'test.job=true' });
      expect(run.result).toBe('unchanged');
      expect(run.outputs).toMatchObject({ revision: '1', 'previous-revision': '1' });
      expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
    });

    it('is upgraded with tests whose pods are deleted at once, and their logs are kept', async () => {
      const run = await deploy(namespace, {
        set: 'tag=1.1.0\ntest.job=true\ntest.deletePolicy=before-hook-creation\\,hook-succeeded',
      });
      expect(run.result).toBe('deployed');
      expect(run.outputs['revision']).toBe('2');
      expect(run.summary).toContain('`app` `registry.example/app:1.0.0` → `registry.example/app:1.1.0`');
      expect(JSON.parse(run.outputs['tests'] ?? '')).toEqual([
        expect.objectContaining({ phase: 'Succeeded', log: expect.stringContaining('all tests passed') }),
        expect.objectContaining({ phase: 'Succeeded', log: expect.stringContaining('all done') }),
      ]);
      expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
    });

    it('goes back when a test fails, with the log of the test as evidence', async () => {
      const run = await deploy(namespace, { set: 'tag=1.2.0\ntest.outcome=test-fails' });
      expect(run.result).toBe('rolled-back');
      expect(run.ok).toBe(false);
      expect(run.outputs).toMatchObject({ revision: '4', 'previous-revision': '2', 'failed-phase': 'test' });
      expect(run.failure).toContain('test app-test failed: test failed');
      expect(run.failure).toContain('Rolled back to revision 2');
      expect(run.summary).toContain('expected HTTP 200, got 500');
      expect(await run.everything()).toContain('"phase": "test"');
      expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
      const history = await historyOf(cluster, namespace);
      expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual([
        '1 superseded',
        '2 superseded',
        '3 superseded',
        '4 deployed',
      ]);
      expect(history[2]?.description).toBe('Failed: test app-test failed: test failed');
      expect(history[3]?.description).toBe('Rollback to 2: revision 3 failed: test app-test failed: test failed');
      expect(await lockHolder(cluster, namespace)).toBe('');
    });

    it.each([
      ['crash-loop', 'CrashLoopBackOff', 'panic: configuration'],
      // Its grace is 10 s: once is enough.
      ...(thorough ? [['image-pull-error', 'ImagePullBackOff', 'Back-off pulling image'] as const] : []),
    ])('fails fast on %s and goes back', async (outcome, reason, shown) => {
      const started = Date.now();
      const run = await deploy(namespace, { set: `tag=1.3.0\noutcome=${outcome}` });
      expect(run.result).toBe('rolled-back');
      expect(run.outputs['failed-phase']).toBe('rollout');
      expect(run.failure).toContain(reason);
      expect(run.summary).toContain(shown);
      expect(Date.now() - started).toBeLessThan(60_000);
      expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
      expect((await statusesOf(cluster, namespace)).at(-1)).toMatch(/ deployed$/);
    });

    if (thorough) {
      it('goes back when the time is up, and says what was missing', async () => {
        const run = await deploy(namespace, { set: 'tag=1.3.0\noutcome=never-ready', timeout: '3s' });
        expect(run.result).toBe('rolled-back');
        expect(run.failure).toMatch(
          /Deployment\/app: not ready within \d s: 1 old replicas are still there|not ready within/,
        );
        expect(run.summary).toContain('Readiness probe failed');
        expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
      });
    }

    it('goes back when a hook fails, and its log is evidence', async () => {
      const run = await deploy(namespace, { set: 'tag=1.4.0\nhook.events=post-upgrade\nhook.outcome=test-fails' });
      expect(run.result).toBe('rolled-back');
      expect(run.outputs['failed-phase']).toBe('upgrade');
      expect(run.summary).toContain('Job/app-hook');
      expect(run.summary).toContain('expected HTTP 200, got 500');
      expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
    });

    if (thorough) {
      it('goes back when the verify command fails, and shows what it said', async () => {
        const verify =
          'echo "checking $RELEASE in $NAMESPACE"; kubectl get deployment "$RELEASE" -n "$NAMESPACE" -o name; exit 7';
        const run = await deploy(namespace, { set: 'tag=1.5.0', verify });
        expect(run.result).toBe('rolled-back');
        expect(run.outputs['failed-phase']).toBe('verify');
        expect(run.failure).toContain('exit code 7');
        expect(run.log).toContain(`checking app in ${namespace}`);
        expect(run.log).toContain('deployment.apps/app');
        expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
      });

      it('keeps the broken revision when rollback is off, and the next deploy goes on from there', async () => {
        const kept = await deploy(namespace, { set: 'tag=1.6.0\ntest.outcome=test-fails', rollback: 'false' });
        expect(kept.result).toBe('failed');
        expect(kept.failure).toContain('was kept: rollback is off');
        expect(await runningImages(cluster, namespace)).toEqual([image('1.6.0')]);
        // The broken content again: the last revision is not known to be good, so it is deployed, fails, and goes back past it.
        const again = await deploy(namespace, { set: 'tag=1.6.0\ntest.outcome=test-fails' });
        expect(again.result).toBe('rolled-back');
        expect(await runningImages(cluster, namespace)).toEqual([image('1.1.0')]);
      });
    }
  });

  describe('a first install', () => {
    it('that fails is uninstalled, evidence first', async () => {
      const namespace = `first-${suffix}`;
      const run = await deploy(namespace, { set: 'outcome=crash-loop' });
      expect(run.result).toBe('uninstalled');
      expect(run.outputs).toMatchObject({ revision: '', 'previous-revision': '', 'failed-phase': 'rollout' });
      expect(run.summary).toContain('panic: configuration');
      expect(await historyOf(cluster, namespace)).toEqual([]);
      expect(await cluster.get('deployment', 'app', '-n', namespace)).toBeUndefined();
    });

    it('that fails is kept if so wished, and can be mended', async () => {
      const namespace = `kept-${suffix}`;
      const kept = await deploy(namespace, { set: 'test.outcome=test-fails', 'on-first-install-failure': 'keep' });
      expect(kept.result).toBe('failed');
      expect(kept.outputs['revision']).toBe('1');
      expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
      const mended = await deploy(namespace);
      expect(mended.result).toBe('deployed');
      expect(mended.outputs).toMatchObject({ revision: '2', 'previous-revision': '1' });
    });

    it('that cannot be rendered changes nothing', async () => {
      const namespace = `render-${suffix}`;
      const run = await deploy(namespace, { set: 'extra=oops' });
      expect(run.result).toBe('failed');
      expect(run.outputs['failed-phase']).toBe('preflight');
      expect(run.failure).toContain('helm cannot render the chart for this cluster');
      expect(run.failure).toContain('app/templates/app.yaml');
      expect(await cluster.get('namespace', namespace)).toBeUndefined();
    });
  });

  if (thorough) {
    it('waits for custom resources by their conditions', async () => {
      const namespace = `custom-${suffix}`;
      const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
      await cluster.apply({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'widgets.example.com' },
        spec: {
          group: 'example.com',
          names: { kind: 'Widget', plural: 'widgets' },
          scope: 'Namespaced',
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: schema },
              subresources: { status: {} },
            },
          ],
        },
      });
      await cluster.kubectl('wait', '--for=condition=Established', 'crd/widgets.example.com', '--timeout=30s');
      const extra = [{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} }];
      const prepare = (services: TestServices) =>
        writeFile(path.join(services.workingDirectory, 'widget.yaml'), JSON.stringify({ extra }));
      const inputs = { namespace, values: 'widget.yaml', test: 'false' };
      expect((await deployChart({ cluster, helm, prepare }, inputs)).result).toBe('deployed');

      const setReady = (status: string) =>
        cluster.kubectl(
          ...['patch', 'widget', 'w', '-n', namespace, '--subresource=status', '--type=merge', '--patch'],
          JSON.stringify({
            status: { conditions: [{ type: 'Ready', status, reason: 'Told', message: 'still warming up' }] },
          }),
        );
      await setReady('False');
      const late = await deployChart(
        { cluster, helm, prepare },
        { ...inputs, set: 'tag=1.1.0', timeout: '3s', 'rollback-timeout': '2s' },
      );
      expect(late.outputs['failed-phase']).toBe('rollout');
      expect(late.failure).toContain('Widget/w: not ready within');
      expect(late.failure).toContain('still warming up');
      await setReady('True');
      const run = await deployChart({ cluster, helm, prepare }, { ...inputs, set: 'tag=1.2.0' });
      expect(run.result).toBe('deployed');
      expect(run.log).toContain('✓ Widget/w: ready');
    });
  }

  describe('what the cluster would refuse', () => {
    const namespace = `refused-${suffix}`;
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace },
      spec: { hard: { 'count/configmaps': '2', 'count/secrets': '20' } },
    };
    const more = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more' } };

    it('is found before anything is touched', async () => {
      await deploy(namespace);
      await cluster.apply(quota);
      // One is the cluster's own (kube-root-ca.crt), one the release's.
      const prepare = (services: TestServices) =>
        writeFile(path.join(services.workingDirectory, 'more.yaml'), JSON.stringify({ extra: [more] }));
      const run = await deployChart(
        { cluster, helm, prepare },
        { namespace, values: 'more.yaml', set: 'replicas=many' },
      );
      expect(run.result).toBe('failed');
      expect(run.outputs['failed-phase']).toBe('preflight');
      expect(run.failure).toContain('The cluster would refuse 2 objects:');
      expect(run.failure).toContain('ConfigMap/more: configmaps "more" is forbidden: exceeded quota: few');
      expect(run.failure).toContain('Deployment/app: failed to create typed patch object');
      expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
    });

    if (thorough) {
      it('because another manager owns a field, unless it is taken over', async () => {
        const fields = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' }, spec: { replicas: 3 } };
        const file = path.join(path.dirname(cluster.kubeconfig), 'replicas.json');
        await writeFile(file, JSON.stringify(fields));
        const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=autoscaler', '-n', namespace];
        await cluster.kubectl(...apply, '-f', file);
        const run = await deploy(namespace, { set: 'replicas=2' });
        expect(run.failure).toContain(
          'Deployment/app: Apply failed with 1 conflict: conflict with "autoscaler": .spec.replicas',
        );
        expect(run.failure).toContain('force-conflicts: true');
        expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
        const forced = await deploy(namespace, { set: 'replicas=2', 'force-conflicts': 'true' });
        expect(forced.result).toBe('deployed');
      });
    }
  });

  it('plans, and applies only that plan', async () => {
    const namespace = `plan-${suffix}`;
    const planned = await deploy(namespace, { 'dry-run': 'true', set: 'tag=1.0.1' });
    expect(planned.result).toBe('planned');
    expect(planned.ok).toBe(true);
    expect(await cluster.get('namespace', namespace)).toBeUndefined();
    const digest = planned.outputs['plan-digest'] ?? '';

    const other = await deploy(namespace, { 'plan-digest': digest, set: 'tag=1.0.2' });
    expect(other.result).toBe('failed');
    expect(other.failure).toContain(
      'This is not the plan that was approved: the values and the rendered objects changed since.',
    );
    expect(await historyOf(cluster, namespace).catch(() => [])).toEqual([]);

    const applied = await deploy(namespace, { 'plan-digest': digest, set: 'tag=1.0.1' });
    expect(applied.result).toBe('deployed');

    const late = await deploy(namespace, { 'plan-digest': digest, set: 'tag=1.0.1\ngreeting=late' });
    expect(late.failure).toContain('the deployed revision (0 → 1)');
    expect(await statusesOf(cluster, namespace)).toEqual(['1 deployed']);
  });
});
