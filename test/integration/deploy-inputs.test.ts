import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readChartFolder } from '../../src/charts/chart-files.js';
import { packChart } from '../../src/charts/pack.js';
import { openStore } from '../../src/stores/open-store.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startCluster, type TestCluster } from '../support/cluster.js';
import {
  appChart,
  deployChart,
  historyOf,
  runningImages,
  type DeployRun,
  type DeploySetup,
} from '../support/deploy.js';
import { createTestServices, toolchainBin, type TestServices } from '../support/services.js';
import { serveFolder } from '../support/static-server.js';

jest.setTimeout(120_000);
const execute = promisify(execFile);
const tool = (program: string) => path.join(toolchainBin, program);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-inputs');
});
afterAll(async () => {
  await cluster.down();
});

const image = (tag: string) => `registry.example/app:${tag}`;

type Setup = Partial<DeploySetup>;

/** Without tests, which other files are about. */
const deploy = (namespace: string, inputs: Record<string, string> = {}, setup: Setup = {}): Promise<DeployRun> =>
  deployChart({ cluster, helm: '4', ...setup }, { namespace, test: 'false', ...inputs });

describe('the cluster', () => {
  /** The kubeconfig with something else in it. */
  async function kubeconfigWith(change: (config: Kubeconfig) => void): Promise<string> {
    const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as Kubeconfig;
    change(config);
    return stringify(config);
  }
  interface Kubeconfig {
    clusters: { cluster: Record<string, unknown> }[];
    users: { user: Record<string, unknown> }[];
    contexts: { name: string; context: Record<string, unknown> }[];
  }

  const refused = (run: DeployRun, message: string) => {
    expect(run.result).toBe('failed');
    expect(run.ok).toBe(false);
    expect(run.outputs['failed-phase']).toBe('preflight');
    expect(run.failure).toContain(message);
    expect(run.summary).toContain('❌ Failed');
  };
  const withText = (text: string, inputs: Record<string, string> = {}) =>
    deploy('nowhere', { kubeconfig: text, 'kubeconfig-file': '', ...inputs });

  it('that does not answer is named, within seconds', async () => {
    const started = Date.now();
    const config = await kubeconfigWith(({ clusters }) => {
      clusters[0]!.cluster['server'] = 'https://127.0.0.1:1';
    });
    refused(await withText(config), 'the cluster at https://127.0.0.1:1 cannot be reached');
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it('whose certificate is not the expected one is named', async () => {
    const config = await kubeconfigWith(({ clusters }) => {
      delete clusters[0]!.cluster['certificate-authority-data'];
    });
    refused(
      await withText(config),
      'cannot be reached: Unable to connect to the server: tls: failed to verify certificate',
    );
  });

  it('that refuses the credentials says so', async () => {
    const config = await kubeconfigWith(({ users }) => {
      users[0]!.user = { token: 'wrong-token-0123456789' };
    });
    const run = await withText(config);
    refused(run, `the cluster at ${cluster.server} refuses the credentials of the input "kubeconfig"`);
    expect(run.services.masks.redact('wrong-token-0123456789')).toBe('***');
  });

  it('has no such context', async () => {
    refused(await deploy('nowhere', { 'kube-context': 'nope' }), 'has no context "nope"');
  });

  it.each([
    ['text that is none', 'not: a kubeconfig'],
    ['base64 of nothing', Buffer.from('not: a kubeconfig').toString('base64')],
    ['broken YAML', 'clusters: ['],
  ])('is not told by %s', async (_, text) => {
    refused(await withText(text), 'Input "kubeconfig" is no kubeconfig, neither as text nor as base64.');
  });

  it('is not there at all', async () => {
    refused(
      await deploy('nowhere', { 'kubeconfig-file': '' }, { environment: {} }),
      'There is no cluster to deploy to',
    );
  });

  it('is not reached by a program that a kubeconfig brings along', async () => {
    const config = await kubeconfigWith(({ users }) => {
      users[0]!.user = {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: '/bin/touch',
          args: ['/tmp/x'],
          interactiveMode: 'Never',
        },
      };
    });
    refused(await withText(config), 'the input "kubeconfig" would run "/bin/touch" on the runner');
  });

  it('takes a kubeconfig as text, as base64, from a file, and the one of the runner', async () => {
    const text = await readFile(cluster.kubeconfig, 'utf8');
    const first = await withText(text, { namespace: 'ways' });
    expect(first.result).toBe('deployed');
    const base64 = await withText(Buffer.from(text).toString('base64'), { namespace: 'ways' });
    expect(base64.result).toBe('unchanged');
    const environment = { KUBECONFIG: cluster.kubeconfig };
    const own = await deploy('ways', { 'kubeconfig-file': '' }, { environment });
    expect(own.result).toBe('unchanged');
    const key = (parse(text) as Kubeconfig).users[0]!.user['client-key-data'] as string;
    for (const run of [first, base64, own]) expect(await run.everything()).not.toContain(key);
  });

  it('is used with no more than the permissions for one namespace, without leases', async () => {
    const namespace = 'limited';
    await cluster.kubectl('create', 'namespace', namespace);
    await cluster.kubectl('create', 'serviceaccount', 'deployer', '-n', namespace);
    const resources = 'secrets,configmaps,services,deployments.apps,replicasets.apps,pods,pods/log,events';
    await cluster.kubectl('create', 'role', 'deployer', '-n', namespace, '--verb=*', `--resource=${resources}`);
    await cluster.kubectl(
      'create',
      'rolebinding',
      'deployer',
      '-n',
      namespace,
      '--role=deployer',
      `--serviceaccount=${namespace}:deployer`,
    );
    const token = (await cluster.kubectl('create', 'token', 'deployer', '-n', namespace)).trim();
    const config = await kubeconfigWith(({ users }) => {
      users[0]!.user = { token };
    });
    const run = await withText(config, { namespace });
    expect(run.result).toBe('deployed');
    expect(run.log).toContain('warning: No lock: the credentials may not use leases.coordination.k8s.io in limited.');
    const forbidden = await withText(config, { namespace: 'default' });
    refused(forbidden, 'The history of release app in namespace default cannot be read');
    expect(forbidden.failure).toContain('cannot list resource "secrets"');
  });
});

describe('values', () => {
  it('come in order: files, set, set-string, set-file', async () => {
    const prepare = async (services: TestServices) => {
      await writeFile(path.join(services.workingDirectory, 'one.yaml'), 'tag: from-one\ngreeting: one\nreplicas: 2\n');
      await writeFile(path.join(services.workingDirectory, 'two,and more.yaml'), 'greeting: two\n');
      await writeFile(path.join(services.workingDirectory, 'file.txt'), 'from a file, with = and {braces}');
    };
    const inputs = {
      values: 'one.yaml\ntwo,and more.yaml',
      set: 'replicas=1\ntag=from-set',
      'set-string': 'tag=2.0',
      'set-file': 'greeting=file.txt',
    };
    const run = await deploy('ordered', inputs, { prepare });
    expect(run.result).toBe('deployed');
    const config = await cluster.get<{ data: { greeting: string } }>('configmap', 'app', '-n', 'ordered');
    expect(config?.data.greeting).toBe('from a file, with = and {braces}');
    expect(await runningImages(cluster, 'ordered')).toEqual([image('2.0')]);
  });

  it('never hold the last ones when none are given', async () => {
    await deploy('reset', { set: 'greeting=other' });
    const run = await deploy('reset');
    expect(run.result).toBe('deployed');
    const config = await cluster.get<{ data: { greeting: string } }>('configmap', 'app', '-n', 'reset');
    expect(config?.data.greeting).toBe('hello');
  });

  it('of a file that is not there are missed', async () => {
    const run = await deploy('nowhere', { values: 'missing.yaml' });
    expect(run.failure).toContain('Input "values" names a file that cannot be read: missing.yaml');
  });
});

describe('secrets', () => {
  const PASSWORD = 'correct horse "battery" <staple>';
  const ROTATED = 'another-password-after-rotation';
  let folder: string;
  let key: string;

  beforeAll(async () => {
    const services = await createTestServices();
    folder = services.workingDirectory;
    const keyFile = path.join(folder, 'key.txt');
    await execute(tool('age-keygen'), ['-o', keyFile]);
    key = /AGE-SECRET-KEY-\S+/.exec(await readFile(keyFile, 'utf8'))![0];
    const { stdout } = await execute(tool('age-keygen'), ['-y', keyFile]);
    for (const [name, password] of [
      ['secrets.yaml', PASSWORD],
      ['rotated.yaml', ROTATED],
    ] as const) {
      await writeFile(path.join(folder, name), stringify({ password, greeting_unencrypted: 'hi' }));
      await execute(tool('sops'), ['--encrypt', '--in-place', '--age', stdout.trim(), path.join(folder, name)]);
    }
  });
  const prepare = async (services: TestServices) => {
    for (const name of ['secrets.yaml', 'rotated.yaml']) {
      await writeFile(path.join(services.workingDirectory, name), await readFile(path.join(folder, name)));
    }
  };
  const secrets = { secrets: 'secrets.yaml' };

  /** Everything that could show a secret, in any of the forms it takes. */
  async function expectHidden(run: DeployRun, ...values: readonly string[]): Promise<void> {
    const written = await run.everything();
    for (const value of values) {
      for (const form of [
        value,
        JSON.stringify(value).slice(1, -1),
        Buffer.from(value).toString('base64'),
        encodeURIComponent(value),
      ]) {
        expect(written).not.toContain(form);
      }
    }
  }

  it('are decrypted for helm, and shown nowhere', async () => {
    const run = await deploy('secret', { ...secrets, 'sops-age-key': key }, { prepare });
    expect(run.result).toBe('deployed');
    const secret = await cluster.get<{ data: { password: string } }>('secret', 'app', '-n', 'secret');
    expect(Buffer.from(secret!.data.password, 'base64').toString()).toBe(PASSWORD);
    expect(run.report.diffFile).not.toBe('');
    expect(await run.everything()).toMatch(/password: ‹secret [0-9a-f]{8}, \d+ bytes›/);
    await expectHidden(run, PASSWORD, key);
  });

  it('that were rotated are hidden too, though only the cluster knows them now', async () => {
    const inputs = { secrets: 'rotated.yaml', 'sops-age-key': key };
    const run = await deploy('secret', inputs, { prepare });
    expect(run.result).toBe('deployed');
    expect(run.summary).toContain('changed  Secret/app');
    await expectHidden(run, PASSWORD, ROTATED);
  });

  it('are hidden in the evidence of a failure', async () => {
    const inputs = { ...secrets, 'sops-age-key': key, set: 'outcome=crash-loop' };
    const run = await deploy('secret', inputs, { prepare });
    expect(run.result).toBe('rolled-back');
    await expectHidden(run, PASSWORD, ROTATED, key);
  });

  it('are found by sops itself when the key is in the environment', async () => {
    const run = await deploy(
      'secret',
      { ...secrets, 'dry-run': 'true' },
      { prepare, environment: { SOPS_AGE_KEY: key } },
    );
    expect(run.result).toBe('planned');
  });

  it('need the right key', async () => {
    const { stdout } = await execute(tool('age-keygen'));
    const other = /AGE-SECRET-KEY-\S+/.exec(stdout)![0];
    const run = await deploy('secret', { ...secrets, 'sops-age-key': other }, { prepare });
    expect(run.result).toBe('failed');
    expect(run.failure).toContain('sops cannot decrypt secrets.yaml');
    expect(run.failure).toContain('Is the input "sops-age-key" the identity that the file was encrypted for?');
    await expectHidden(run, other);
  });

  it('need sops', async () => {
    const bin = path.join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    for (const name of ['helm', 'kubectl']) await symlink(tool(name), path.join(bin, name));
    const { createProcesses } = await import('../../src/runtime/processes.js');
    const { createTools } = await import('../../src/runtime/tools.js');
    const processes = createProcesses({ PATH: bin, HOME: folder }, new AbortController().signal);
    const log = { info: () => undefined } as unknown as TestServices['log'];
    const overrides = { processes, tools: createTools(processes, log) };
    const run = await deploy('secret', { ...secrets, 'sops-age-key': key }, { prepare, overrides });
    expect(run.failure).toContain('sops was not found on PATH; it is needed to decrypt secrets.yaml.');
  });

  it('are not taken for values', async () => {
    const run = await deploy('secret', { values: 'secrets.yaml' }, { prepare });
    expect(run.failure).toContain(
      'The values file secrets.yaml is encrypted with SOPS, but it is listed under values.',
    );
  });

  it('are not taken from a file that is not encrypted', async () => {
    const plain = (services: TestServices) =>
      writeFile(path.join(services.workingDirectory, 'plain.yaml'), 'password: plain');
    const run = await deploy('secret', { secrets: 'plain.yaml' }, { prepare: plain });
    expect(run.failure).toContain('The secrets file plain.yaml is not encrypted with SOPS.');
  });

  it('that come encrypted by another way are not deployed', async () => {
    const run = await deploy('secret', { 'set-string': 'password=ENC[AES256_GCM\\,data:abc]' });
    expect(run.failure).toContain('The values still hold SOPS ciphertext at password.');
  });
});

describe('the chart', () => {
  it('comes from a chart repository, by version or constraint, and only with the expected digest', async () => {
    const services = await createTestServices();
    const url = `file://${path.join(services.workingDirectory, 'repository')}`;
    const store = await openStore(url, {}, services);
    const files = await readChartFolder(appChart);
    const packed = await Promise.all(
      ['1.0.0', '1.1.0', '2.0.0'].map((version) => packChart(files, appChart, { version })),
    );
    await store.publish(packed, { verifyTimeoutMs: 10_000 });
    const from = (inputs: Record<string, string>) =>
      deploy('stored', { chart: 'app', 'chart-repository': url, ...inputs });

    const constrained = await from({ version: '^1.0' });
    expect(constrained.result).toBe('deployed');
    expect(constrained.outputs).toMatchObject({ 'chart-version': '1.1.0', 'chart-digest': packed[1]!.digest });

    const newest = await from({});
    expect(newest.outputs['chart-version']).toBe('2.0.0');

    const replaced = await from({ version: '1.0.0', 'chart-digest': packed[1]!.digest });
    expect(replaced.failure).toContain(`but input "chart-digest" says ${packed[1]!.digest}`);
    const missing = await from({ version: '3.0.0' });
    expect(missing.failure).toContain('There is no app 3.0.0 in');
    expect((await historyOf(cluster, 'stored')).length).toBe(2);
  });

  it('comes from a plain chart repository on the web, if its digest is the one in the index', async () => {
    const services = await createTestServices();
    const folder = path.join(services.workingDirectory, 'repository');
    const files = await readChartFolder(appChart);
    const packed = await Promise.all(['1.0.0', '1.1.0'].map((version) => packChart(files, appChart, { version })));
    await (await openStore(`file://${folder}`, {}, services)).publish(packed, { verifyTimeoutMs: 10_000 });
    const web = await serveFolder(folder);
    try {
      const from = (version: string) => deploy('plain', { chart: 'app', 'chart-repository': web.url, version });
      const run = await from('~1.0');
      expect(run.result).toBe('deployed');
      expect(run.outputs).toMatchObject({ 'chart-version': '1.0.0', 'chart-digest': packed[0]!.digest });
      await writeFile(path.join(folder, 'app-1.1.0.tgz'), packed[0]!.bytes);
      const replaced = await from('1.1.0');
      expect(replaced.result).toBe('failed');
      expect(replaced.failure).toContain(
        `${web.url}/app-1.1.0.tgz has the digest ${packed[0]!.digest}, but the index of ${web.url} says ${packed[1]!.digest}.`,
      );
    } finally {
      await web.close();
    }
  });

  it('comes from an archive, and from an OCI registry', async () => {
    const services = await createTestServices();
    const packed = await packChart(await readChartFolder(appChart), appChart);
    const archive = path.join(services.workingDirectory, 'app-1.0.0.tgz');
    await writeFile(archive, packed.bytes);
    const run = await deploy('archive', { chart: archive });
    expect(run.result).toBe('deployed');
    expect(run.outputs['chart-digest']).toBe(packed.digest);

    const name = `deploy-inputs-${process.pid}`;
    const { host } = await startRegistry({ name });
    try {
      await cluster.helm('helm', 'push', archive, `oci://${host}/charts`, '--plain-http');
      const pulled = await deploy('archive', { chart: `oci://${host}/charts/app`, version: '1.0.0' });
      expect(pulled.result).toBe('unchanged');
      const missing = await deploy('archive', { chart: `oci://${host}/charts/app`, version: '9.9.9' });
      expect(missing.failure).toContain(`oci://${host}/charts/app 9.9.9 cannot be pulled`);
    } finally {
      await stopRegistry({ name });
    }
  });

  it('and everything about it come from helm-cd.yaml', async () => {
    const prepare = async (services: TestServices) => {
      const config = {
        charts: { app: { path: 'app', release: 'front' } },
        environments: {
          develop: {
            branch: 'develop',
            repository: 'file:///nowhere',
            values: ['env/develop.yaml'],
            cluster: { namespace: 'configured' },
          },
        },
      };
      await writeFile(path.join(services.workingDirectory, 'helm-cd.yaml'), stringify(config));
      await mkdir(path.join(services.workingDirectory, 'app/env'), { recursive: true });
      await writeFile(path.join(services.workingDirectory, 'app/env/develop.yaml'), 'greeting: from develop\n');
    };
    const run = await deploy('', { environment: 'develop', chart: 'app/' }, { prepare });
    expect(run.result).toBe('deployed');
    expect(run.summary).toMatch(/→ front .*develop/);
    const config = await cluster.get<{ data: { greeting: string } }>('configmap', 'front', '-n', 'configured');
    expect(config?.data.greeting).toBe('from develop');
    await expect(deploy('', { environment: 'production', chart: 'app/' }, { prepare })).rejects.toThrow(
      'helm-cd.yaml has no environment "production"',
    );
  });

  it.each([
    [{ chart: './nothing' }, 'Input "chart" names no chart: ./nothing'],
    [{ chart: '' }, 'Input "chart" is required but empty.'],
    [{ chart: 'app' }, 'The chart "app" is in no known chart repository.'],
    [{ environment: 'develop' }, 'Input "environment" is "develop", but there is no helm-cd.yaml.'],
    [{ 'chart-digest': 'sha256:abc' }, 'Input "chart-digest" is no SHA-256 digest'],
    [{ 'plan-digest': 'x' }, 'Input "plan-digest" is no digest of a plan'],
    [{ release: 'Not_A_Name' }, '"Not_A_Name" is no name for a release.'],
    [{ 'github-deployment': 'true' }, 'Input "github-deployment" needs "token".'],
    [{ 'environment-url': 'shop.example.com' }, 'Input "environment-url" is no http(s) URL'],
  ] as const)('is not deployed with the inputs %j', async (inputs, message) => {
    const bare = async (services: TestServices) => {
      if ('chart' in inputs && inputs.chart === 'app')
        await execute('rm', ['-r', path.join(services.workingDirectory, 'app')]);
    };
    await expect(deploy('nowhere', inputs, { prepare: bare })).rejects.toThrow(message);
  });
});
