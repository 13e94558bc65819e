import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HelmCdError } from '../../../src/core/errors.js';
import { createProcesses } from '../../../src/runtime/processes.js';
import { temporaryFolder } from '../../support/services.js';

let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder();
  environment = { PATH: process.env['PATH'] ?? '', HOME: folder };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;
const processes = (signal = never) => createProcesses(environment, signal);
/** Runs a script of bash: the programs are real ones. */
const bash = (script: string) => ['-c', script] as const;

async function failureOf(promise: Promise<unknown>): Promise<HelmCdError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HelmCdError)) throw new Error(`expected a HelmCdError, got ${String(error)}`);
  return error;
}

/** A zombie does not live: it only waits for its parent to look. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, { encoding: 'utf8' });
    return !/\) [ZX] /.test(stat);
  } catch (error) {
    // Without /proc, that the signal could be sent has to do.
    return (error as NodeJS.ErrnoException).syscall === 'open' && !existsSync('/proc');
  }
}

/** Waits until it is so, at most ten seconds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await condition()) return;
    await sleep(20);
  }
  throw new Error('it never became so');
}

const readPid = async (file: string) => Number(await readFile(file, 'utf8').catch(() => ''));

describe('running a program', () => {
  it('gives exit code and both streams', async () => {
    const result = await processes().run('bash', bash('echo out; echo err >&2'));
    expect(result).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes arguments as they are, without a shell', async () => {
    const { stdout } = await processes().run('printf', ['%s|', '$HOME', 'a b', ';', '*', '']);
    expect(stdout).toBe('$HOME|a b|;|*||');
  });

  it('gives the input and closes it; without input there is none', async () => {
    const bytes = new Uint8Array([0xc3, 0xa4, 0x0a]);
    expect((await processes().run('cat', [], { input: bytes })).stdout).toBe('ä\n');
    expect((await processes().run('cat', [])).stdout).toBe('');
  });

  it('survives a program that does not read its input', async () => {
    const result = await processes().run('true', [], { input: 'x'.repeat(1_000_000) });
    expect(result.code).toBe(0);
  });

  it('runs in the folder that is given', async () => {
    const inside = path.join(folder, 'in side');
    await mkdir(inside);
    expect((await processes().run('pwd', [], { cwd: inside })).stdout).toBe(`${inside}\n`);
  });

  it('hands over each whole line as it comes', async () => {
    const lines: string[] = [];
    const { stdout } = await processes().run('bash', bash("printf 'a\\r\\nb'; printf 'c\\nd' ; printf 'e\\n' >&2"), {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(stdout).toBe('a\r\nbc\nd');
    expect(lines.sort()).toEqual(['stderr e', 'stdout a', 'stdout bc', 'stdout d']);
  });

  it('runs many at once without a warning of Node', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const { run } = processes(new AbortController().signal);
    await Promise.all(Array.from({ length: 12 }, () => run('sleep', ['0.1'])));
    await sleep(0);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('does not break a character that comes in two pieces', async () => {
    const lines: string[] = [];
    await processes().run('bash', bash("printf '\\xc3'; sleep 0.05; printf '\\xa4\\n'"), {
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['ä']);
  });
});

describe('the environment of a child', () => {
  it('has what tools need, and what is added, but none of the job’s secrets', async () => {
    const given = {
      ...environment,
      LC_ALL: 'C',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      SSL_CERT_FILE: '/etc/ssl/own.pem',
      AWS_SECRET_ACCESS_KEY: 'a-secret',
      INPUT_TOKEN: 'a-secret',
      GITHUB_TOKEN: 'a-secret',
      ACTIONS_RUNTIME_TOKEN: 'a-secret',
      NODE_OPTIONS: '--require=/tmp/x.js',
      LD_PRELOAD: '',
      BASH_ENV: '/tmp/x.sh',
      KUBECONFIG: '/home/someone/.kube/config',
    };
    const { stdout } = await createProcesses(given, never).run('env', [], { env: { HELM_CACHE_HOME: '/cache' } });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 1)[0]);
    expect(names.sort()).toEqual(['HELM_CACHE_HOME', 'HOME', 'HTTPS_PROXY', 'LC_ALL', 'PATH', 'SSL_CERT_FILE']);
    expect(stdout).not.toContain('a-secret');
  });
});

describe('a program that is not there', () => {
  it('is said by name, with a hint', async () => {
    const error = await failureOf(processes().run('no-such-program', []));
    expect(error).toMatchObject({ code: 'tool', message: 'no-such-program was not found on PATH.' });
    expect(error.hint).toBe('Install no-such-program on the runner.');
  });

  it('is not found when it is a folder, or may not be executed', async () => {
    await mkdir(path.join(folder, 'bin/is-a-folder'), { recursive: true });
    await writeFile(path.join(folder, 'bin/not-executable'), 'x', { mode: 0o644 });
    await writeFile(path.join(folder, 'bin/executable'), '#!/bin/sh\n', { mode: 0o755 });
    const { find } = createProcesses({ PATH: `${path.join(folder, 'bin')}::/nowhere` }, never);
    expect(await find('is-a-folder')).toBeUndefined();
    expect(await find('not-executable')).toBeUndefined();
    expect(await find('executable')).toBe(path.join(folder, 'bin/executable'));
    expect(await find(path.join(folder, 'bin/executable'))).toBe(path.join(folder, 'bin/executable'));
    expect(await find(path.join(folder, 'bin/other'))).toBeUndefined();
  });

  it('cannot be started: the reason is said', async () => {
    const file = path.join(folder, 'broken');
    await writeFile(file, '#!/no/such/interpreter\n');
    await chmod(file, 0o755);
    const error = await failureOf(processes().run(file, ['now']));
    expect(error.code).toBe('tool');
    expect(error.message).toMatch(/^broken now could not be started: .*ENOENT/);
  });
});

describe('an exit code that is not accepted', () => {
  it('is a failure that ends with the last lines of standard error', async () => {
    const script = 'echo out; for i in $(seq 20); do echo "line $i" >&2; done; exit 3';
    const error = await failureOf(processes().run('bash', bash(script)));
    expect(error.code).toBe('tool');
    const expected = Array.from({ length: 12 }, (_, index) => `line ${index + 9}`).join('\n');
    expect(error.message).toBe(`bash -c failed with exit code 3:\n${expected}`);
  });

  it('tells what went to standard output when standard error is empty, and nothing when both are', async () => {
    expect((await failureOf(processes().run('bash', bash('echo out; exit 1')))).message).toMatch(/exit code 1:\nout$/);
    expect((await failureOf(processes().run('false', []))).message).toBe('false failed with exit code 1.');
  });

  it('is no failure when it is accepted', async () => {
    expect((await processes().run('bash', bash('exit 3'), { accept: [0, 3] })).code).toBe(3);
    expect((await processes().run('bash', bash('exit 77'), { accept: 'any' })).code).toBe(77);
    expect((await failureOf(processes().run('bash', bash('exit 4'), { accept: [0, 3] }))).message).toContain('code 4');
  });

  it('is a failure when a signal ended the program, whatever is accepted', async () => {
    const error = await failureOf(processes().run('bash', bash('kill -KILL $$'), { accept: 'any' }));
    expect(error.message).toBe('bash -c was ended by SIGKILL.');
  });
});

describe('a program that must stop', () => {
  it('is ended with all it started when its time is up', async () => {
    const file = path.join(folder, 'grandchild.pid');
    const error = await failureOf(
      processes().run('bash', bash(`sleep 300 & echo $! > ${file}; wait`), { timeoutMs: 300 }),
    );
    expect(error).toMatchObject({ code: 'timeout', message: 'bash -c did not finish within 300 ms and was stopped.' });
    const pid = await readPid(file);
    await until(() => !isAlive(pid));
  });

  it('is ended when the job is cancelled', async () => {
    const cancel = new AbortController();
    const file = path.join(folder, 'cancelled.pid');
    const running = failureOf(processes(cancel.signal).run('bash', bash(`echo $$ > ${file}; sleep 300`)));
    await until(async () => (await readPid(file)) > 0);
    cancel.abort();
    const error = await running;
    expect(error).toMatchObject({ code: 'cancelled', message: 'The job was cancelled while bash -c was running.' });
    const pid = await readPid(file);
    await until(() => !isAlive(pid));
  });

  it('is ended when what it serves is over, and not started after that', async () => {
    const over = new AbortController();
    const running = failureOf(
      processes().run('bash', bash('echo started; sleep 300'), { signal: over.signal, onLine: () => over.abort() }),
    );
    const message = 'bash -c was stopped: it is not needed any more.';
    expect(await running).toMatchObject({ code: 'cancelled', message });
    const error = await failureOf(processes().run('true', [], { signal: over.signal }));
    expect(error).toMatchObject({ code: 'cancelled', message: 'true is not needed any more.' });
  });

  it('is ended when it writes too much', async () => {
    const error = await failureOf(processes().run('yes', [], { maxOutputBytes: 100_000 }));
    expect(error).toMatchObject({ code: 'refused', message: 'yes wrote more than 100000 bytes of output.' });
  });

  it('takes along what ignored the polite signal', async () => {
    const file = path.join(folder, 'stubborn.pid');
    const stubborn = `bash -c 'trap "" TERM; echo $$ > ${file}; exec >/dev/null 2>&1; while :; do sleep 1; done' & wait`;
    const running = failureOf(processes().run('bash', bash(stubborn), { timeoutMs: 1000 }));
    await until(async () => (await readPid(file)) > 0);
    expect((await running).code).toBe('timeout');
    const pid = await readPid(file);
    await until(() => !isAlive(pid));
  });

  it('is not waited for by way of a stranger that holds its streams open', async () => {
    // setsid leaves the process group, so no signal of ours reaches it.
    const file = path.join(folder, 'stranger.pid');
    const script = `setsid bash -c 'echo $$ > ${file}; sleep 300' & while [ ! -s ${file} ]; do sleep 0.02; done; echo done`;
    const result = await processes().run('bash', bash(script));
    const pid = await readPid(file);
    process.kill(-pid, 'SIGKILL');
    expect(result.stdout).toBe('done\n');
  });

  it('is not even started after the job was cancelled, unless it is for the clean-up', async () => {
    const cancel = new AbortController();
    cancel.abort();
    const error = await failureOf(processes(cancel.signal).run('true', []));
    expect(error).toMatchObject({ code: 'cancelled', message: 'The job was cancelled.' });
    expect((await processes(cancel.signal).run('echo', ['clean'], { ignoreCancel: true })).stdout).toBe('clean\n');
  });

  it('goes on through a cancellation when it is for the clean-up', async () => {
    const cancel = new AbortController();
    const file = path.join(folder, 'clean-up.pid');
    const running = processes(cancel.signal).run('bash', bash(`echo $$ > ${file}; read -r; echo cleaned`), {
      ignoreCancel: true,
      input: 'go\n',
    });
    cancel.abort();
    expect((await running).stdout).toBe('cleaned\n');
  });
});
