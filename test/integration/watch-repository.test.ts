import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart } from '../support/deploy.js';
import { publish, watch, type AppVersion, type WatchSetup } from '../support/watch.js';

jest.setTimeout(240_000);

const NAME = `watch-${process.pid}`;
const FAILING = 'test: { enabled: true, job: false, outcome: test-fails, deletePolicy: before-hook-creation }';

let cluster: TestCluster;
let s3: Awaited<ReturnType<typeof startS3>>;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let environment: Record<string, string>;

beforeAll(async () => {
  [cluster, s3, registry] = await Promise.all([
    startCluster('watch'),
    startS3({ name: NAME, bucket: 'charts' }),
    startRegistry({ name: NAME }),
  ]);
  const { accessKeyId, secretAccessKey, endpoint } = s3;
  environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
});
afterAll(async () => {
  await Promise.all([cluster.down(), stopS3({ name: NAME }), stopRegistry({ name: NAME })]);
});

const url = (folder: string) => `s3://charts/${folder}`;
const put = (folder: string, ...versions: AppVersion[]) => publish(url(folder), versions, environment);
const look = (inputs: Record<string, string>, setup: WatchSetup = {}) =>
  watch({ environment, ...setup }, { 'kubeconfig-file': cluster.kubeconfig, ...inputs });
/** What a job of the matrix does. */
const deploy = (
  entry: { chart: string; version: string; digest: string; release: string; namespace: string; repository: string },
  helm = '4',
  inputs: Record<string, string> = {},
) =>
  deployChart(
    { cluster, helm, environment },
    {
      chart: entry.chart,
      version: entry.version,
      'chart-digest': entry.digest,
      'chart-repository': entry.repository,
      release: entry.release,
      namespace: entry.namespace,
      ...inputs,
    },
  );

async function due(inputs: Record<string, string>) {
  const { pending } = await look(inputs);
  const [entry] = pending;
  if (entry === undefined || pending.length !== 1) throw new Error(`${pending.length} are due`);
  return entry;
}

describe.each(['4', '3'])('what runs, with helm %s', (helm) => {
  const folder = `runs-${helm}`;
  const inputs = { charts: 'app', 'chart-repository': url(folder), namespace: folder };

  it('is what the newest version is, or a deploy is due; what failed is not tried again', async () => {
    const [digest] = await put(folder, { version: '1.0.0' });
    const first = await due(inputs);
    expect(first).toEqual({
      environment: '',
      chart: 'app',
      version: '1.0.0',
      digest,
      from: '',
      release: 'app',
      namespace: folder,
      repository: url(folder),
      reason: '1.0.0 is due: nothing is installed.',
    });
    expect((await deploy(first, helm)).result).toBe('deployed');
    expect(await look(inputs)).toMatchObject({
      result: 'up-to-date',
      ok: true,
      pending: [],
      outputs: { pending: '[]', count: '0' },
    });

    await put(folder, { version: '1.1.0', values: FAILING });
    const second = await due(inputs);
    expect(second).toMatchObject({ version: '1.1.0', from: '1.0.0', reason: '1.1.0 is due: revision 1 is 1.0.0.' });
    expect((await deploy(second, helm)).result).toBe('rolled-back');
    const reason =
      /^1\.1\.0 was deployed as revision 2 \(.*\) and failed: test app-test failed.*It is not tried again until something newer appears\.$/;
    const expectQuarantined = async () => {
      const watched = await look(inputs);
      expect(watched).toMatchObject({ result: 'up-to-date', ok: true, pending: [], states: { '/app': 'quarantined' } });
      expect(JSON.parse(watched.outputs['quarantined'] ?? '')).toEqual([
        expect.objectContaining({
          version: '1.1.0',
          digest: second.digest,
          revision: 2,
          reason: expect.stringMatching(reason),
        }),
      ]);
      expect(watched.log).toContain('app: quarantined, 1.0.0 runs. 1.1.0 was deployed as revision 2');
      expect(watched.summary).toMatch(
        /🚫 quarantined \| 1\.1\.0 was deployed as revision 2 .* failed: test app-test failed/,
      );
    };
    await expectQuarantined();
    // Also when helm's history has it no more, and when only that tells.
    await cluster.kubectl('annotate', 'lease', 'helm-cd-app', 'helm-cd/tried-', '--namespace', folder);
    await expectQuarantined();
    expect((await look({ ...inputs, 'retry-quarantined': 'true' })).pending).toMatchObject([{ version: '1.1.0' }]);

    await put(folder, { version: '1.2.0' });
    const third = await due(inputs);
    expect(third).toMatchObject({ version: '1.2.0', from: '1.0.0' });
    expect((await deploy(third, helm)).result).toBe('deployed');
    expect((await look(inputs)).states).toEqual({ '/app': 'up-to-date' });
  });

  it('is compared by its version alone where helm deployed it', async () => {
    const program = helm === '4' ? 'helm' : 'helm3';
    const release = { ...inputs, release: 'plain' };
    const install = (version: string) =>
      cluster.helm(
        program,
        'upgrade',
        '--install',
        'plain',
        'test/fixtures/charts/app',
        '--namespace',
        folder,
        '--set',
        `greeting=${version}`,
      );
    await install('a');
    // Its Chart.yaml says 1.0.0.
    expect((await look(release)).pending).toMatchObject([{ version: '1.2.0', from: '1.0.0', release: 'plain' }]);
    expect((await look({ ...release, versions: '~1.0' })).states).toEqual({ '/app': 'up-to-date' });
    expect((await look({ ...release, versions: '<1' })).states).toEqual({ '/app': 'not-published' });
  });
});

describe('a release', () => {
  it('that was taken away after its first version failed is still known to have failed', async () => {
    await put('first', { version: '1.0.0', values: FAILING });
    const inputs = { charts: 'app', 'chart-repository': url('first'), namespace: 'first' };
    expect((await deploy(await due(inputs))).result).toBe('uninstalled');
    expect(await cluster.kubectl('get', 'secrets', '--namespace', 'first', '--output', 'name')).toBe('');
    const watched = await look(inputs);
    expect(watched.states).toEqual({ '/app': 'quarantined' });
    expect(watched.log).toMatch(/1\.0\.0 was deployed as revision 1 \(.*\) and failed: test app-test failed/);
    await put('first', { version: '1.0.1' });
    expect((await deploy(await due(inputs))).result).toBe('deployed');
  });

  it('that somebody is deploying is left to them; one that a person rolled back stays there', async () => {
    await put('busy', { version: '1.0.0' }, { version: '1.1.0', values: 'outcome: slow-ready' });
    const inputs = { charts: 'app', 'chart-repository': url('busy'), namespace: 'busy' };
    const first = await due({ ...inputs, versions: '1.0.0' });
    expect((await deploy(first)).result).toBe('deployed');
    const running = deploy(await due(inputs));
    const ended = running.then(() => true);
    const notYet = () =>
      Promise.race([ended.then(() => false), new Promise<true>((go) => setTimeout(() => go(true), 300))]);
    const seen = new Set<string>();
    // Whoever asks before it has begun finds it due; then it is not any more until it is done.
    while (await notYet()) {
      const { states, log } = await look(inputs);
      seen.add(states['/app'] ?? '');
      if (states['/app'] === 'in-progress') expect(log).toMatch(/helm-cd [0-9a-f]{6} is deploying it\./);
    }
    expect((await running).result).toBe('deployed');
    expect(seen).toContain('in-progress');
    expect((await look(inputs)).states).toEqual({ '/app': 'up-to-date' });

    await cluster.helm('helm', 'rollback', 'app', '1', '--namespace', 'busy');
    const back = await look(inputs);
    expect(back.states).toEqual({ '/app': 'quarantined' });
    expect(back.log).toContain('1.1.0 was in service as revision 2, and the release was taken back to 1.0.0.');
    // A version that was overwritten is told, and is no deploy.
    await put('evil', { version: '1.1.0', values: 'greeting: evil' }, { version: '1.0.0', values: 'greeting: evil' });
    const alarmed = await look({ ...inputs, 'chart-repository': url('evil') });
    expect(alarmed).toMatchObject({ result: 'alarm', ok: false, pending: [], states: { '/app': 'alarm' } });
    expect(alarmed.failure).toBe(
      'A published version was overwritten. Everything else was compared, and the outputs are set.',
    );
    expect(alarmed.annotations).toEqual([
      {
        level: 'error',
        message: expect.stringMatching(
          /^app 1\.0\.0 in s3:\/\/charts\/evil is sha256:.* a published version was overwritten/,
        ),
      },
    ]);
    expect(await look({ ...inputs, 'chart-repository': url('evil'), 'on-alarm': 'warn' })).toMatchObject({
      result: 'alarm',
      ok: true,
    });
  });
});

describe('environments of helm-cd.yaml', () => {
  it('get what passed in the one before, when it is old enough and within their constraint; a person decides on delivery', async () => {
    const repository = `oci://${registry.host}/charts`;
    await publish(
      repository,
      ['1.0.0', '1.1.0', '2.0.0-rc.1'].map((version) => ({ version })),
      environment,
    );
    await put('young', { version: '1.0.0', ageMs: 3_600_000 }, { version: '1.1.0', ageMs: 60_000 });
    const config = `charts:
  app: { path: charts/app }
environments:
  develop: { branch: develop, repository: '${repository}', mode: deployment, cluster: { namespace: e-develop }, deploy: { versions: ^1 } }
  staging: { promote-from: develop, repository: '${repository}', mode: deployment, cluster: { namespace: e-staging } }
  production: { promote-from: staging, repository: '${repository}', cluster: { namespace: e-production }, deploy: { require-verified: false } }
  young: { branch: young, repository: '${url('young')}', mode: deployment, cluster: { namespace: e-young }, deploy: { min-age: 10m } }
`;
    const all = (inputs: Record<string, string> = {}) => look(inputs, { config });
    const start = await all();
    expect(start.pending.map(({ environment: name, version }) => `${name} ${version}`)).toEqual([
      'develop 1.1.0',
      'young 1.0.0',
    ]);
    expect(start.states).toEqual({
      'develop/app': 'pending',
      'staging/app': 'held',
      'production/app': 'held',
      'young/app': 'pending',
    });
    expect(start.log).toContain('staging/app: held. Nothing runs in develop, which it is promoted from.');
    expect(start.log).toMatch(/1\.1\.0 was published .* and waits 8 minutes more, for min-age is 10 minutes\./);
    for (const entry of start.pending) expect((await deploy(entry)).result).toBe('deployed');

    const next = await all();
    expect(next.pending).toMatchObject([
      { environment: 'staging', version: '1.1.0', from: '', namespace: 'e-staging' },
    ]);
    expect(next.states).toMatchObject({ 'young/app': 'waiting' });
    // Without what develop's deploy has recorded, nobody vouches for it.
    for (const entry of next.pending) expect((await deploy(entry)).result).toBe('deployed');

    const last = await all();
    expect(last).toMatchObject({ result: 'up-to-date', pending: [], states: { 'production/app': 'delivery' } });
    expect(JSON.parse(last.outputs['delivery'] ?? '')).toMatchObject([{ environment: 'production', version: '1.1.0' }]);
    expect((await all({ 'include-delivery': 'true', environments: 'production' })).pending).toMatchObject([
      { environment: 'production', version: '1.1.0', digest: start.pending[0]?.digest },
    ]);
    expect((await all({ 'min-age': '30s', environments: 'young' })).pending).toMatchObject([
      { version: '1.1.0', from: '1.0.0' },
    ]);
  });

  it('are compared though one of the clusters and one of the repositories cannot be reached', async () => {
    const config = `charts:
  app: { path: charts/app }
environments:
  lost: { branch: lost, repository: '${url('runs-4')}', mode: deployment, cluster: { context: nowhere } }
  broken: { branch: broken, repository: 's3://no-such-bucket/x', mode: deployment, cluster: { namespace: e-broken } }
  good: { branch: good, repository: '${url('runs-4')}', mode: deployment, cluster: { namespace: e-good } }
`;
    const watched = await look({}, { config });
    expect(watched).toMatchObject({
      result: 'pending',
      ok: false,
      states: { 'lost/app': 'unreadable', 'broken/app': 'unreadable', 'good/app': 'pending' },
      pending: [{ environment: 'good', version: '1.2.0' }],
    });
    expect(watched.failure).toMatch(/^2 releases could not be compared: .*nowhere/);
    expect(JSON.parse(watched.outputs['unreadable'] ?? '')).toEqual([
      expect.objectContaining({ environment: 'lost', message: expect.stringContaining('has no context "nowhere"') }),
      expect.objectContaining({ environment: 'broken', message: expect.stringContaining('no-such-bucket') }),
    ]);
    expect((await look({ 'on-unreadable': 'warn' }, { config })).ok).toBe(true);
  });
});
