import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { everythingOf, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';
import { appChart } from '../support/deploy.js';
import { toolchainBin } from '../support/services.js';

jest.setTimeout(120_000);
const execute = promisify(execFile);
const tool = (name: string) => path.join(toolchainBin, name);

const PASSWORD = 'correct-horse-battery-staple';
const ROTATED = 'another-horse-battery-staple';
const GREETING = 'greeting-that-nobody-may-read';
const TOKEN = 'ghs_TheTokenOfThisVeryTestJob000000000000';

let cluster: TestCluster;
let world: CompositeWorld;
let ageKey: string;
/** Every line is what one child process was called with. */
let calls: string;
let wrappers: string;
/** In all the forms in which they may surface. */
let secrets: readonly string[];

async function encrypt(name: string, text: string, recipient: string): Promise<void> {
  const file = path.join(world.workspace, name);
  await writeFile(file, text);
  await execute(tool('sops'), ['--encrypt', '--in-place', '--age', recipient, file]);
}

beforeAll(async () => {
  cluster = await startCluster('composite-secrets');
  world = await openCompositeWorld('deploy-chart');
  await cp(appChart, path.join(world.workspace, 'app'), { recursive: true });
  const keyFile = path.join(world.folder, 'age.key');
  await execute(tool('age-keygen'), ['-o', keyFile]);
  ageKey = /AGE-SECRET-KEY-1\w+/.exec(await readFile(keyFile, 'utf8'))?.[0] ?? '';
  const recipient = (await execute(tool('age-keygen'), ['-y', keyFile])).stdout.trim();
  await rm(keyFile);
  await encrypt('first.yaml', `password: ${PASSWORD}\ngreeting: ${GREETING}\n`, recipient);
  await encrypt('rotated.yaml', `password: ${ROTATED}\ngreeting: ${GREETING}\n`, recipient);

  calls = path.join(world.folder, 'calls.log');
  wrappers = path.join(world.folder, 'wrappers');
  await writeFile(calls, '');
  await mkdir(wrappers);
  for (const name of ['helm', 'helm3', 'kubectl', 'sops', 'bash', 'kill']) {
    const real = ['bash', 'kill'].includes(name) ? `/bin/${name}` : tool(name);
    const file = path.join(wrappers, name);
    await writeFile(
      file,
      `#!/bin/bash\nprintf '%s ' ${name} "$@" >> '${calls}'\necho >> '${calls}'\nexec ${real} "$@"\n`,
    );
    await chmod(file, 0o755);
  }
  const kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
  const credentials = [...kubeconfig.matchAll(/(?:client-key-data|token): (\S{20,})/g)].map((match) => match[1] ?? '');
  const known = [PASSWORD, ROTATED, GREETING, ageKey, TOKEN, ...credentials];
  secrets = known.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
});
afterAll(async () => {
  await world.close();
  await cluster.down();
});

/** Nothing of what is secret anywhere: what was written, said, left behind, or given to a program as an argument. */
async function expectNoSecret(result: Awaited<ReturnType<CompositeWorld['run']>>): Promise<void> {
  const everything = `${await everythingOf(result)}\n${await readFile(calls, 'utf8')}`;
  for (const secret of secrets) expect(everything.includes(secret) ? secret.slice(0, 12) : '').toBe('');
  expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
}

describe.each([
  ['4', 'four'],
  ['3', 'three'],
])('no secret shows anywhere, with helm %s', (helm, suffix) => {
  const namespace = `secrets-${suffix}`;
  const deploy = async (inputs: Readonly<Record<string, string>>) => {
    const kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
    return world.run(
      {
        chart: './app',
        namespace,
        kubeconfig,
        'sops-age-key': ageKey,
        'helm-version': helm,
        'rollback-timeout': '30s',
        token: TOKEN,
        ...inputs,
      },
      {
        environment: {
          PATH: `${wrappers}${path.delimiter}${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`,
        },
      },
    );
  };

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a first install', { secrets: 'first.yaml' }, 'deployed'],
    ['a new password, in a dry run', { secrets: 'rotated.yaml', 'dry-run': 'true' }, 'planned'],
    [
      'a check of one’s own that prints all it has',
      { secrets: 'rotated.yaml', verify: 'env; kubectl get secrets,configmaps -n "$NAMESPACE" -o yaml; exit 1' },
      'rolled-back',
    ],
    ['a test that fails', { secrets: 'rotated.yaml', set: 'test.outcome=test-fails' }, 'rolled-back'],
    ['a crash loop', { secrets: 'rotated.yaml', set: 'outcome=crash-loop' }, 'rolled-back'],
    ['an object that the cluster refuses, and quotes', { secrets: 'rotated.yaml', set: 'replicas=-1' }, 'failed'],
    ['a new password', { secrets: 'rotated.yaml' }, 'deployed'],
  ])('in %s', async (_, inputs, expected) => {
    const result = await deploy(inputs);
    expect(result.outputs['result']).toBe(expected);
    await expectNoSecret(result);
    // It was looked at: the programs did run through the wrappers.
    expect(await readFile(calls, 'utf8')).toMatch(/^kubectl .*\n[^]*^helm3? /m);
  });
});
