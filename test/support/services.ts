import { mkdtemp, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createClock } from '../../src/runtime/clock.js';
import { readContext } from '../../src/runtime/context.js';
import { createGitHub } from '../../src/runtime/github.js';
import { createMasks } from '../../src/runtime/masks.js';
import { createProcesses } from '../../src/runtime/processes.js';
import { createSingleActions } from '../../src/runtime/single-actions.js';
import { createTools } from '../../src/runtime/tools.js';
import { createWeb } from '../../src/runtime/web.js';
import type { Log, Services } from '../../src/core/ports.js';

export const projectRoot = path.resolve(import.meta.dirname, '../..');
/** Where `node tools/toolchain.mjs` puts the real helm, kubectl, … */
export const toolchainBin = path.join(projectRoot, '.toolchain/bin');

/** A log that is kept in memory, in the order written. */
export interface MemoryLog extends Log {
  readonly lines: string[];
  text(): string;
}

export function createMemoryLog(): MemoryLog {
  const lines: string[] = [];
  return {
    lines,
    text: () => lines.join('\n'),
    info: (line) => lines.push(line),
    debug: (line) => lines.push(`debug: ${line}`),
    warning: (message, place) => lines.push(`warning: ${place === undefined ? '' : `${place.file}: `}${message}`),
    error: (message, place) => lines.push(`error: ${place === undefined ? '' : `${place.file}: `}${message}`),
    group: (title, text) => lines.push(`group: ${title}`, text),
  };
}

/** A new folder under the system's temporary folder; whoever makes it removes it. */
export async function temporaryFolder(prefix = 'helm-cd-test-'): Promise<string> {
  return realpath(await mkdtemp(path.join(os.tmpdir(), prefix)));
}

export interface TestServices extends Services {
  readonly log: MemoryLog;
  readonly cancel: AbortController;
}

/** The real services, with the real toolchain first on PATH, a log in memory, and folders of their own. */
export async function createTestServices(overrides: Partial<Services> = {}): Promise<TestServices> {
  const cancel = new AbortController();
  const root = await temporaryFolder();
  const environment: Record<string, string> = {
    ...(overrides.environment ?? {}),
    PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: root,
    RUNNER_TEMP: root,
  };
  const log = createMemoryLog();
  const processes = createProcesses(environment, cancel.signal);
  const temp = await mkdtemp(path.join(root, 'temp-'));
  const entry = path.resolve(projectRoot, process.env['HELM_CD_TEST_DIST'] ?? 'dist', 'index.js');
  return {
    actions: createSingleActions({ environment, processes, temp, workingDirectory: root, entry }),
    processes,
    tools: createTools(processes, log),
    github: createGitHub(cancel.signal),
    web: createWeb(cancel.signal),
    clock: createClock(cancel.signal),
    masks: createMasks(),
    context: readContext({}),
    temp,
    reports: await mkdtemp(path.join(root, 'reports-')),
    workingDirectory: root,
    packageRoot: projectRoot,
    cancelled: cancel.signal,
    environment,
    ...overrides,
    log,
    cancel,
  };
}

/** Waits a tenth of the time: nobody else is at work here who would have to come to an end. */
export function hastened({ now, sleep }: Services['clock']): Services['clock'] {
  return { now, sleep: (milliseconds) => sleep(milliseconds / 10) };
}
