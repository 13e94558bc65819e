import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { createProcesses } from '../../src/runtime/processes.js';
import { runComposite, type CompositeOptions, type CompositeResult } from './composite.js';
import { temporaryFolder, toolchainBin } from './services.js';

/** Where one test of an action by its action.yml takes place. */
export interface CompositeWorld {
  /** Removed after the test, with all in it. */
  readonly folder: string;
  readonly workspace: string;
  /** Runs the action in the workspace. */
  run(inputs: Readonly<Record<string, string>>, options?: Partial<CompositeOptions>): Promise<CompositeResult>;
  close(): Promise<void>;
}

export async function openCompositeWorld(action: string): Promise<CompositeWorld> {
  const folder = await temporaryFolder();
  const workspace = path.join(folder, 'workspace');
  await mkdir(workspace);
  return {
    folder,
    workspace,
    run: (inputs, options = {}) => runComposite(action, { folder, workspace, inputs, ...options }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What is below a folder, by path: the digest of each file, the target of each link. */
export async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const contents: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (entry.isSymbolicLink()) contents[name] = `-> ${await readlink(file)}`;
    else if (entry.isDirectory()) contents[`${name}/`] = '';
    else
      contents[name] = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
  }
  return contents;
}

/** A port of the loopback address where nobody listens: what is sent there is refused at once. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A folder for PATH with what a plain runner has, and of the tools only those named. */
export async function pathWith(folder: string, ...tools: readonly string[]): Promise<string> {
  const bin = await mkdtemp(path.join(folder, 'bin-'));
  const { find } = createProcesses({ PATH: process.env['PATH'] ?? '' }, new AbortController().signal);
  for (const name of ['bash', 'sh', 'env', 'cat', 'rm', 'git', 'tar', 'gzip', 'sed', 'uname', 'basename']) {
    const file = await find(name);
    if (file !== undefined) await symlink(file, path.join(bin, name));
  }
  await symlink(process.execPath, path.join(bin, 'node'));
  for (const name of tools) await symlink(path.join(toolchainBin, name), path.join(bin, name));
  return bin;
}

/** How an action that changed nothing must have ended. */
export interface Refusal {
  readonly code: string;
  readonly message: string | RegExp;
  readonly file?: string;
  readonly line?: number;
}

/** Asserts one clear error, in the log, the summary and the result file, exit code 1, and nothing left behind. */
export async function expectRefusal(result: CompositeResult, action: string, refusal: Refusal): Promise<void> {
  const errors = result.annotations.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(1);
  if (typeof refusal.message === 'string') expect(errors[0]?.message).toContain(refusal.message);
  else expect(errors[0]?.message).toMatch(refusal.message);
  if (refusal.file !== undefined) expect(errors[0]).toMatchObject({ file: refusal.file, line: refusal.line });
  expect(result.outcome).toBe('failure');
  expect(result.exitCode).toBe(1);
  expect(result.log).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);

  const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as {
    action?: string;
    error?: { code?: string };
  };
  expect(document.action).toBe(action);
  expect(document.error?.code).toBe(refusal.code);
  expect(result.summary.trim()).not.toBe('');
  expect(`${await readFile(result.outputs['summary-file'] ?? '', 'utf8')}\n`).toBe(result.summary);
  expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
}

/** Every place where a secret could have ended up, as one text: log, summary, outputs, and all files but the given folders'. */
export async function everythingOf(result: CompositeResult): Promise<string> {
  const folders = [result.runnerTemp, result.home, result.workspace];
  const texts = await Promise.all(
    folders.flatMap(async (folder) => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
      return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
    }),
  );
  return [result.log, result.summary, JSON.stringify(result.outputs), ...texts].join('\n');
}
