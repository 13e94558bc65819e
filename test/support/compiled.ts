import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from '@swc/core';
import { projectRoot } from './services.js';

/** src/ as JavaScript, for tests that need processes of their own: they can be many at once, and be killed. */
export interface CompiledSources {
  /** Absolute path of `src/FILE.js`. */
  path(file: string): string;
  remove(): Promise<void>;
}

export async function compileSources(): Promise<CompiledSources> {
  // Inside the project: modules are looked for in node_modules above.
  const parent = path.join(projectRoot, '.toolchain/run');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'compiled-'));
  const files = (await readdir(path.join(projectRoot, 'src'), { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  for (const file of files) {
    const target = path.join(folder, 'src', file.replace(/\.ts$/, '.js'));
    const { code } = await transform(await readFile(path.join(projectRoot, 'src', file), 'utf8'), {
      filename: file,
      configFile: false,
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  return {
    path: (file) => path.join(folder, 'src', file),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface ActionResult {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and error together. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface RunningAction {
  readonly process: ChildProcess;
  readonly result: Promise<ActionResult>;
}

/** Outputs as the runner reads them from the file: `name<<DELIMITER`, lines, `DELIMITER`. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const match of text.matchAll(/^(.+?)<<(.+)\n([^]*?)\n?\2$/gm)) outputs[match[1] ?? ''] = match[3] ?? '';
  return outputs;
}

/**
 * Starts an action in a process of its own, as its action.yml does.
 * @param folder for its temporary files; also the workspace unless `env` says otherwise.
 */
export async function startAction(
  sources: CompiledSources,
  name: string,
  inputs: Readonly<Record<string, string>>,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningAction> {
  await mkdir(folder, { recursive: true });
  const own = await mkdtemp(path.join(folder, 'run-'));
  const outputFile = path.join(own, 'output');
  const summaryFile = path.join(own, 'summary');
  await Promise.all([writeFile(outputFile, ''), writeFile(summaryFile, '')]);
  const child = spawn(process.execPath, [sources.path('index.js'), name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: own,
      RUNNER_TEMP: own,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      GITHUB_WORKSPACE: folder,
      ...env,
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
    },
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const result = new Promise<ActionResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      void Promise.all([readFile(outputFile, 'utf8'), readFile(summaryFile, 'utf8')]).then(([output, summary]) =>
        resolve({ code: code ?? 128, signal, log, outputs: parseOutputs(output), summary }),
      );
    });
  });
  return { process: child, result };
}

/** Runs an action to its end. */
export async function runActionProcess(...args: Parameters<typeof startAction>): Promise<ActionResult> {
  return (await startAction(...args)).result;
}
