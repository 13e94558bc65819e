import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { withLock } from '../../tools/lib/lock.mjs';
import { recordOf } from '../../tools/lib/processes.mjs';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { projectRoot, temporaryFolder, toolchainBin } from '../support/services.js';

interface Result {
  code: number;
  output: string;
}

interface PodStatus {
  phase: string;
  containerStatuses?: {
    ready: boolean;
    restartCount: number;
    state: { waiting?: { reason: string }; terminated?: { exitCode: number } };
  }[];
}

jest.setTimeout(30_000);

let work: string;

beforeAll(async () => {
  work = await temporaryFolder();
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

function command(program: string, args: string[], env: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

async function until(check: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await check()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`not after ${timeoutMs} ms: ${check.toString()}`);
  }
}

// A copy of tools/ with a `go` that only pretends: building takes as long as the test says, and is counted.
describe('node tools/toolchain.mjs', () => {
  let clone: string;
  let env: Record<string, string>;

  async function fakeGo(version: string, build = ''): Promise<void> {
    const script = `#!/bin/sh
if [ "$1" = env ]; then printf '%s\\nlinux\\namd64\\n' ${version}; exit 0; fi
echo build >> ${clone}/builds
while [ "$1" != -o ]; do shift; done
${build}
echo built > "$2"
`;
    await writeFile(path.join(clone, 'go/go'), script);
    await chmod(path.join(clone, 'go/go'), 0o755);
  }

  const toolchain = (...tools: string[]) =>
    command(process.execPath, [path.join(clone, 'tools/toolchain.mjs'), ...tools], env);
  const builds = async () =>
    (await readFile(path.join(clone, 'builds'), 'utf8').catch(() => '')).split('\n').length - 1;
  const cacheFiles = async () =>
    (await readdir(path.join(clone, 'cache'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  beforeAll(async () => {
    clone = path.join(work, 'clone');
    env = { PATH: `${clone}/go:/usr/bin:/bin`, HELM_CD_TOOLCHAIN_CACHE: `${clone}/cache` };
    await cp(path.join(projectRoot, 'tools'), path.join(clone, 'tools'), { recursive: true });
    await mkdir(path.join(clone, 'go'));
  });

  it.each([
    ['no Go', '', /^toolchain: no Go was found on PATH: install Go 1\.26 or newer .*\n$/],
    [
      'a Go that is too old',
      'go1.25.9',
      /^toolchain: found go1\.25\.9, which is too old: install Go 1\.26 or newer .*\n$/,
    ],
  ])('says with %s what to install, in one line', async (_, version, message) => {
    if (version !== '') await fakeGo(version);
    const empty = path.join(work, 'empty');
    await mkdir(empty, { recursive: true });
    const search = version === '' ? { PATH: empty } : {};
    const result = await command(process.execPath, [path.join(clone, 'tools/toolchain.mjs')], { ...env, ...search });
    expect(result).toEqual({ code: 1, output: expect.stringMatching(message) });
  });

  it('names the tools when asked for one that it does not have', async () => {
    await fakeGo('go1.26.0');
    const result = await toolchain('helm', 'hlem');
    expect(result).toEqual({
      code: 1,
      output: expect.stringMatching(/^toolchain: unknown tool hlem; the tools are helm, /),
    });
  });

  it('builds once for two runs at once, then nothing', async () => {
    await fakeGo('go1.26.1', 'sleep 1');
    const results = await Promise.all([toolchain('act'), toolchain('act')]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await builds()).toBe(1);
    const warm = await toolchain('act');
    expect(warm).toEqual({ code: 0, output: expect.stringMatching(/^toolchain: 1 tools ready in .*\n$/) });
    expect(await builds()).toBe(1);
    expect(await readFile(path.join(clone, '.toolchain/bin/act'), 'utf8')).toBe('built\n');
  });

  it('takes over from a run that was killed half-way, and clears up after it', async () => {
    // The killed build has already written something, as a linker does.
    await fakeGo('go1.26.2', `echo $$ > ${clone}/go.pid; echo half > "$2"; exec sleep 20`);
    const killed = spawn(process.execPath, [path.join(clone, 'tools/toolchain.mjs'), 'act'], { env, stdio: 'ignore' });
    await until(async () => (await cacheFiles()).some((name) => /^\.act\..*\.tmp$/.test(name)));
    killed.kill('SIGKILL');
    process.kill(Number(await readFile(path.join(clone, 'go.pid'), 'utf8')));
    await fakeGo('go1.26.2');
    expect(await toolchain('act')).toMatchObject({ code: 0 });
    expect(await readFile(path.join(clone, '.toolchain/bin/act'), 'utf8')).toBe('built\n');
    expect((await cacheFiles()).filter((name) => name !== 'act')).toEqual([]);
  });

  it('shows the end of what Go said when a build fails, and keeps nothing of it', async () => {
    await fakeGo('go1.26.3', 'echo half > "$2"; echo "no such module" >&2; exit 1');
    const result = await toolchain('act');
    expect(result.code).toBe(1);
    expect(result.output).toMatch(/toolchain: building act failed with exit code 1\n {4}no such module\n$/);
    expect((await cacheFiles()).filter((name) => name !== 'act')).toEqual([]);
  });
});

describe('withLock', () => {
  it('takes over the lock of a holder that has died, also if its pid is in use again', async () => {
    const file = path.join(work, 'dead.lock');
    await writeFile(file, JSON.stringify({ ...recordOf(process.pid), start: 'another process' }));
    expect(await withLock(file, { timeoutMs: 1000 }, async () => 'done')).toBe('done');
  });

  it('waits for a living holder, and says for whom when it gives up', async () => {
    const file = path.join(work, 'live.lock');
    await writeFile(file, JSON.stringify(recordOf(process.pid)));
    await expect(withLock(file, { timeoutMs: 300 }, async () => 'done')).rejects.toThrow(
      `process ${process.pid}, which`,
    );
  });
});

describe('the simulated cluster', () => {
  const name = `toolchain-test-${process.pid}`;
  let kubeconfig: string;

  const kubectl = (...args: string[]) =>
    command(path.join(toolchainBin, 'kubectl'), ['--kubeconfig', kubeconfig, ...args]);

  interface PodOptions {
    image?: string;
    outcome?: string;
    hook?: string;
    restartPolicy?: string;
  }

  async function runPod(
    pod: string,
    { image = 'example.test/acme/shop/web:1.0.0', outcome, hook, restartPolicy }: PodOptions,
  ) {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: pod,
        ...(outcome && { labels: { 'helm-cd.test/outcome': outcome } }),
        ...(hook && { annotations: { 'helm.sh/hook': hook } }),
      },
      spec: { restartPolicy: restartPolicy ?? (hook ? 'Never' : 'Always'), containers: [{ name: 'main', image }] },
    };
    const file = path.join(work, `${pod}.json`);
    await writeFile(file, JSON.stringify(manifest));
    expect(await kubectl('apply', '-f', file)).toMatchObject({ code: 0 });
  }

  async function statusOf(pod: string): Promise<PodStatus> {
    return JSON.parse((await kubectl('get', 'pod', pod, '-o', 'jsonpath={.status}')).output) as PodStatus;
  }

  /** Phase, readiness, and why the container waits or how it ended. */
  async function look(pod: string): Promise<string> {
    const { phase, containerStatuses = [] } = await statusOf(pod);
    const [container] = containerStatuses;
    const why = container?.state.waiting?.reason ?? container?.state.terminated?.exitCode ?? '-';
    return `${phase} ${container?.ready ? 'ready' : 'unready'} ${why}`;
  }

  beforeAll(async () => {
    kubeconfig = path.join(work, 'kubeconfig');
    await clusterUp({ name, kubeconfig, nodes: 2 });
  }, 120_000);

  afterAll(async () => {
    await clusterDown({ name });
  }, 30_000);

  it('is ready: nodes, default service account, and a kubeconfig that needs no other file', async () => {
    expect((await kubectl('get', 'nodes', '--no-headers')).output).toMatch(/^node-1 +Ready .*\nnode-2 +Ready .*\n$/);
    expect(await kubectl('get', 'serviceaccount', 'default')).toMatchObject({ code: 0 });
    expect(await readFile(kubeconfig, 'utf8')).not.toContain('.crt');
  });

  it('does not start a second time by the same name, and overwrites no kubeconfig of somebody else', async () => {
    await expect(clusterUp({ name, kubeconfig })).rejects.toThrow(`the cluster ${name} is already running`);
    const foreign = path.join(work, 'foreign');
    await writeFile(foreign, 'apiVersion: v1\nkind: Config\n');
    await expect(clusterUp({ name: 'other', kubeconfig: foreign })).rejects.toThrow('is left alone');
  });

  const shop = 'localhost:5000/acme/shop';
  it.each<[string, PodOptions, string]>([
    ['plain', {}, 'Running ready -'],
    ['never-ready', { outcome: 'never-ready' }, 'Running unready -'],
    ['crash-loop', { outcome: 'crash-loop' }, 'Running unready CrashLoopBackOff'],
    ['crash-once', { outcome: 'crash-loop', restartPolicy: 'Never' }, 'Failed unready 1'],
    ['image-pull-error', { outcome: 'image-pull-error' }, 'Pending unready ImagePullBackOff'],
    ['app-of-failing-test', { outcome: 'test-fails' }, 'Running ready -'],
    ['test-passes', { hook: 'test' }, 'Succeeded unready 0'],
    ['test-fails', { hook: 'test', outcome: 'test-fails' }, 'Failed unready 1'],
    ['test-success-fails', { hook: 'test-success', outcome: 'test-fails' }, 'Failed unready 1'],
    ['combined-fails', { hook: 'post-upgrade, test', outcome: 'test-fails' }, 'Failed unready 1'],
    ['test-hangs', { hook: 'test', outcome: 'test-hangs' }, 'Running ready -'],
    ['tag-crash', { image: `${shop}/web:1.3.0-crash-loop` }, 'Running unready CrashLoopBackOff'],
    ['bad-api-app', { image: `${shop}/api:1.2.0` }, 'Running ready -'],
    ['bad-api-test', { image: `${shop}/api:1.2.0`, hook: 'test' }, 'Failed unready 1'],
    ['good-api-test', { image: `${shop}/api:1.2.1`, hook: 'test' }, 'Succeeded unready 0'],
  ])('simulates %s', async (pod, options, expected) => {
    await runPod(pod, options);
    await until(async () => (await look(pod)) === expected).catch(() => undefined);
    expect(await look(pod)).toBe(expected);
  });

  it('makes a slow pod ready after 5 s, not before', async () => {
    await runPod('slow', { outcome: 'slow-ready' });
    await until(async () => (await look('slow')) === 'Running unready -');
    const started = Date.now();
    await until(async () => (await look('slow')) === 'Running ready -');
    expect(Date.now() - started).toBeGreaterThan(3000);
  });

  it('fails the Job of a test', async () => {
    const job = ['create', 'job', 'shop-test', `--image=${shop}/api:1.2.0`];
    expect(await kubectl(...job)).toMatchObject({ code: 0 });
    const wait = ['wait', '--for=jsonpath={.status.failed}=1', '--timeout=20s', 'job/shop-test'];
    expect(await kubectl(...wait)).toMatchObject({ code: 0 });
  });

  it('serves the logs that evidence is made of', async () => {
    expect((await kubectl('logs', 'plain')).output).toContain('listening');
    expect((await kubectl('logs', 'test-passes')).output).toContain('all tests passed');
    expect((await kubectl('logs', 'test-fails')).output).toContain('expected HTTP 200, got 500');
    expect((await kubectl('logs', 'crash-loop', '--previous')).output).toContain('panic: ');
  });

  it('reports warnings and restarts as a kubelet does', async () => {
    const fields = '{range .items[*]}{.involvedObject.name} {.reason}{"\\n"}{end}';
    const warnings = await kubectl('get', 'events', '--field-selector', 'type=Warning', '-o', `jsonpath=${fields}`);
    const found = warnings.output.split('\n');
    expect(found).toEqual(
      expect.arrayContaining(['crash-loop BackOff', 'image-pull-error Failed', 'never-ready Unhealthy']),
    );
    const [container] = (await statusOf('crash-loop')).containerStatuses ?? [];
    expect(container).toMatchObject({
      imageID: expect.stringMatching(/^example\.test\/acme\/shop\/web@sha256:[0-9a-f]{64}$/),
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(container?.restartCount).toBeGreaterThan(0);
  });

  it('goes without a trace', async () => {
    expect(await clusterDown({ name })).toBe(true);
    expect(await clusterDown({ name })).toBe(false);
    expect(await readFile(kubeconfig, 'utf8').catch(() => 'gone')).toBe('gone');
    const folder = path.join(projectRoot, '.toolchain/run/cluster', name);
    expect((await command('ps', ['-A', '-o', 'args'])).output).not.toContain(`${folder}/`);
  });
});

describe('the S3 server', () => {
  const name = `toolchain-test-${process.pid}`;

  it('starts with a bucket, asks for credentials, and stops only itself', async () => {
    const one = await startS3({ name, bucket: 'charts' });
    const other = await startS3({ name: `${name}-b` });
    try {
      expect(await readdir(one.directory)).toEqual(['charts']);
      expect((await fetch(`${one.endpoint}/charts`)).status).toBe(403);
      await expect(startS3({ name })).rejects.toThrow(`the s3 ${name} is already running`);
      expect(await stopS3({ name })).toBe(true);
      await expect(fetch(one.endpoint)).rejects.toThrow();
      expect((await fetch(other.endpoint)).status).toBe(403);
    } finally {
      await stopS3({ name });
      await stopS3({ name: `${name}-b` });
    }
    expect(await stopS3({ name })).toBe(false);
  });
});

describe('the OCI registry', () => {
  const name = `toolchain-test-${process.pid}`;

  it('takes an image, and lets it be deleted', async () => {
    const { host } = await startRegistry({ name });
    try {
      const crane = (...args: string[]) => command(path.join(toolchainBin, 'crane'), args);
      const layer = path.join(work, 'layer.tar');
      await command('tar', ['-C', work, '-cf', layer, '--files-from', '/dev/null']);
      expect(await crane('append', '-f', layer, '-t', `${host}/shop/api:1.0.0`)).toMatchObject({ code: 0 });
      expect(await crane('ls', `${host}/shop/api`)).toEqual({ code: 0, output: '1.0.0\n' });
      const digest = (await crane('digest', `${host}/shop/api:1.0.0`)).output.trim();
      expect(await crane('delete', `${host}/shop/api@${digest}`)).toMatchObject({ code: 0 });
      expect(await crane('digest', `${host}/shop/api:1.0.0`)).toMatchObject({ code: 1 });
      await expect(startRegistry({ name: `${name}-b`, port: Number(host.split(':')[1]) })).rejects.toThrow(
        'something else listens on port',
      );
    } finally {
      await stopRegistry({ name });
    }
  });
});
