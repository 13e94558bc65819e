import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, rollbackChart, type DeployRun } from '../support/deploy.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-drift');
});
afterAll(async () => {
  await cluster.down();
});

describe.each([
  ['4', 'four'],
  ['3', 'three'],
])('what somebody changed in the cluster, with helm %s', (helm, suffix) => {
  const deploy = (namespace: string, inputs: Record<string, string> = {}): Promise<DeployRun> =>
    deployChart({ cluster, helm }, { namespace, test: 'false', ...inputs });

  it('is none right after a deploy, whatever the server adds to the objects', async () => {
    const namespace = `calm-${suffix}`;
    await deploy(namespace, { set: 'password=a-secret-word' });
    const next = await deploy(namespace, { set: 'tag=1.1.0\npassword=another-secret', 'dry-run': 'true' });
    expect(next.report.drift).toEqual([]);
    const back = await rollbackChart({ cluster, helm }, { namespace, 'to-revision': '1', 'dry-run': 'true' });
    expect(back.report.drift).toEqual([]);
  });

  it('is told beside the diff: fields that are set back, objects that come back, no secret', async () => {
    const namespace = `drift-${suffix}`;
    await deploy(namespace, { set: 'password=a-secret-word' });
    const patch = (kind: string, change: object, ...more: string[]) =>
      cluster.kubectl(
        'patch',
        kind,
        'app',
        '-n',
        namespace,
        '--type=merge',
        '--patch',
        JSON.stringify(change),
        ...more,
      );
    await patch('configmap', { data: { greeting: 'servus', more: 'stays' } });
    await patch('secret', { data: { password: Buffer.from('stolen-secret-word').toString('base64') } });
    await cluster.kubectl('delete', 'service', 'app', '-n', namespace);
    const run = await deploy(namespace, {
      set: 'tag=1.1.0\npassword=a-secret-word',
      'dry-run': 'true',
      'force-conflicts': 'true',
    });
    expect(run.result).toBe('planned');
    expect([...run.report.drift].sort()).toEqual([
      'ConfigMap/app: data.greeting is servus, becomes hello',
      expect.stringMatching(
        /^Secret\/app: data\.password is ‹secret \w+, \d+ bytes›, becomes ‹secret \w+, \d+ bytes›$/,
      ),
      'Service/app: it was deleted, and comes back',
    ]);
    expect(run.log).toContain('Changed in the cluster since the last deploy, and set back by this one (3 objects)');
    expect(run.summary).toContain('#### Changed in the cluster since the last deploy');
    const everything = await run.everything();
    expect(everything).not.toContain('stolen-secret-word');
    expect(everything).not.toContain(Buffer.from('stolen-secret-word').toString('base64'));
    expect(
      (await deploy(namespace, { set: 'tag=1.1.0\npassword=a-secret-word', 'force-conflicts': 'true' })).result,
    ).toBe('deployed');
    const map = await cluster.get<{ data: unknown }>('configmap', 'app', '-n', namespace);
    expect(map?.data).toEqual({ greeting: 'hello', more: 'stays' });
  });
});
