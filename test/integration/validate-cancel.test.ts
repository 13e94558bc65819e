/** A job that is cancelled in the middle of a validation: helm ends, what is temporary is gone, the workspace is as before. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFiles } from '../support/charts.js';
import { compileSources, startAction, type CompiledSources } from '../support/compiled.js';
import { contentsOf } from '../support/composite-world.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

let sources: CompiledSources;
beforeAll(async () => {
  sources = await compileSources();
}, 180_000);
afterAll(() => sources.remove());

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The processes that were given a folder below this one. */
async function processesOn(where: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(where) && Number(pid) !== process.pid) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it did not come to that within a minute: ${what}`);
}

const LOOP = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';

it.each([
  ['3', 'SIGTERM'],
  ['4', 'SIGTERM'],
  ['4', 'SIGINT'],
] as const)(
  'helm %s, %s',
  async (helmVersion, signal) => {
    const workspace = path.join(folder, 'workspace');
    for (const name of ['one', 'two']) {
      await writeFiles(path.join(workspace, name), {
        'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`,
        'templates/a.yaml': LOOP,
      });
    }
    const before = await contentsOf(workspace);
    const running = await startAction(
      sources,
      'validate-chart',
      { charts: '*', 'helm-version': helmVersion, 'sarif-file': 'out.sarif', 'kubernetes-versions': '1.35\n1.36' },
      path.join(folder, 'runner'),
      { GITHUB_WORKSPACE: workspace, PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}` },
    );
    await until('helm runs', async () => (await processesOn(workspace)).some((line) => line.includes('template')));
    running.process.kill(signal);
    const { code, log, summary } = await running.result;
    expect(code).toBe(1);
    expect(log).toContain('::error title=validate-chart::The job was cancelled');
    expect(log).not.toMatch(/A defect|Stack trace/);
    expect(summary).toContain('validate-chart failed');
    await until('helm is gone', async () => (await processesOn(workspace)).length === 0);
    expect(await contentsOf(workspace)).toEqual(before);
    const [own = ''] = await readdir(path.join(folder, 'runner'));
    expect(
      (await readdir(path.join(folder, 'runner', own))).filter((name) => /^helm-cd-(?!reports)/.test(name)),
    ).toEqual([]);
  },
  120_000,
);
