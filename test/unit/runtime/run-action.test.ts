import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Action, Outcome } from '../../../src/core/action.js';
import { HelmCdError } from '../../../src/core/errors.js';
import type { Services } from '../../../src/core/ports.js';
import { runAction } from '../../../src/runtime/run-action.js';
import { temporaryFolder } from '../../support/services.js';
import { captureStdout } from '../../support/stdout.js';
import { annotationsOf, parseCommandFile, withoutMasks } from '../../support/workflow-commands.js';

const stdout = captureStdout();
let folder: string;
let saved: NodeJS.ProcessEnv;

beforeEach(async () => {
  saved = { ...process.env };
  folder = await temporaryFolder();
  await mkdir(path.join(folder, 'workspace/charts'), { recursive: true });
  await mkdir(path.join(folder, 'temp'));
  for (const kind of ['output', 'step_summary']) {
    await writeFile(path.join(folder, kind), '');
    process.env[`GITHUB_${kind.toUpperCase()}`] = path.join(folder, kind);
  }
  process.env['GITHUB_WORKSPACE'] = path.join(folder, 'workspace');
  process.env['RUNNER_TEMP'] = path.join(folder, 'temp');
});
afterEach(async () => {
  process.env = saved;
  await rm(folder, { recursive: true, force: true });
});

const good: Outcome = {
  result: 'deployed',
  ok: true,
  outputs: { revision: '3' },
  summary: '### Deployed',
  document: { revision: 3 },
};

/** An action that reads one input and one secret, and then does what the test says. */
function actionThat(
  run: (services: Services, inputs: { name: string; token: string }) => Outcome | Promise<Outcome>,
): Action<{ name: string; token: string }> {
  return {
    name: 'sample',
    readInputs: (reader) => ({ name: reader.required('name'), token: reader.secret('token') }),
    run: async (inputs, services) => run(services, inputs),
  };
}

async function runIt(
  action: Action<{ name: string; token: string }>,
  inputs: Record<string, string> = { name: 'shop' },
) {
  for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  const code = await runAction(action, process.env);
  const outputs = parseCommandFile(await readFile(path.join(folder, 'output'), 'utf8'));
  return {
    code,
    outputs,
    log: withoutMasks(stdout.text()),
    errors: annotationsOf(stdout.text()).filter(({ level }) => level === 'error'),
    summary: await readFile(path.join(folder, 'step_summary'), 'utf8'),
    document: JSON.parse(await readFile(outputs['result-file'] ?? '', 'utf8')) as Record<string, unknown>,
    left: (await readdir(path.join(folder, 'temp'))).filter((name) => name !== 'helm-cd-reports'),
  };
}

describe('a run that succeeds', () => {
  it('ends with outputs, summary, document and exit code 0, and leaves nothing temporary', async () => {
    const run = await runIt(actionThat(() => good));
    expect(run.code).toBe(0);
    expect(run.outputs).toMatchObject({ result: 'deployed', revision: '3' });
    expect(await readFile(run.outputs['summary-file'] ?? '', 'utf8')).toBe('### Deployed\n');
    expect(run.summary).toBe('### Deployed\n\n');
    expect(run.document).toEqual({ action: 'sample', result: 'deployed', revision: 3 });
    expect(run.errors).toEqual([]);
    expect(run.left).toEqual([]);
  });

  it('has a private folder, named to the clean-up step before it starts', async () => {
    let named: string | undefined;
    let mode = 0;
    const run = await runIt(
      actionThat(async ({ temp }) => {
        named = parseCommandFile(await readFile(path.join(folder, 'output'), 'utf8'))['temporary-directory'];
        mode = (await stat(temp)).mode & 0o777;
        expect(named).toBe(temp);
        return good;
      }),
    );
    expect(run.code).toBe(0);
    expect(mode).toBe(0o700);
    expect(named?.startsWith(path.join(folder, 'temp'))).toBe(true);
    expect(existsSync(named ?? '')).toBe(false);
  });

  it('works in working-directory, relative to the workspace', async () => {
    let seen = '';
    await runIt(
      actionThat(({ workingDirectory }) => ((seen = workingDirectory), good)),
      { name: 'x', 'working-directory': 'charts' },
    );
    expect(seen).toBe(path.join(folder, 'workspace/charts'));
  });

  it('places its annotations relative to the workspace, where GitHub looks for the files', async () => {
    await writeFile(path.join(folder, 'workspace/charts/values.yaml'), '');
    const places = [
      'values.yaml',
      path.join(folder, 'workspace/charts/values.yaml'),
      'of/another/repository.yaml',
      '/etc/hosts',
    ];
    const annotations = places.map((file) => ({ level: 'warning', message: 'here', place: { file } }) as const);
    const run = await runIt(
      actionThat(() => ({ ...good, annotations })),
      { name: 'x', 'working-directory': 'charts' },
    );
    expect(annotationsOf(run.log).map(({ file }) => file)).toEqual([
      'charts/values.yaml',
      'charts/values.yaml',
      'of/another/repository.yaml',
      '/etc/hosts',
    ]);
  });

  it('shows its annotations', async () => {
    const annotations = [
      { level: 'warning', message: 'careful', place: { file: 'values.yaml', line: 4 } },
      { level: 'notice', message: 'by the way' },
    ] as const;
    const run = await runIt(actionThat(() => ({ ...good, annotations })));
    expect(annotationsOf(run.log)).toEqual([
      { level: 'warning', message: 'careful', file: 'values.yaml', line: 4 },
      { level: 'notice', message: 'by the way' },
    ]);
  });
});

describe('a run that fails', () => {
  it('by its outcome: everything is written, and then one error', async () => {
    const failure = 'The tests of shop failed; revision 2 is back.';
    const run = await runIt(actionThat(() => ({ ...good, result: 'rolled-back', ok: false, failure })));
    expect(run.code).toBe(1);
    expect(run.outputs).toMatchObject({ result: 'rolled-back', revision: '3' });
    expect(run.errors).toEqual([{ level: 'error', message: failure }]);
    expect(run.summary).toContain('### Deployed');
  });

  it('by a user’s error: one annotation at its place with the hint, no stack trace', async () => {
    const error = new HelmCdError('config', 'helm-cd.yaml: unknown key "chart"', {
      hint: 'Known keys: charts.',
      place: { file: 'helm-cd.yaml', line: 2, column: 1 },
      cause: new Error('the deeper reason'),
    });
    const run = await runIt(actionThat(() => Promise.reject(error)));
    expect(run.code).toBe(1);
    expect(run.errors).toEqual([
      {
        level: 'error',
        message: 'helm-cd.yaml: unknown key "chart". Known keys: charts.',
        file: 'helm-cd.yaml',
        line: 2,
      },
    ]);
    expect(run.log).not.toMatch(/^\s+at /m);
    expect(run.log).toContain('::debug::caused by: the deeper reason');
    expect(run.outputs['result']).toBe('');
    expect(run.document).toEqual({
      action: 'sample',
      result: '',
      error: {
        code: 'config',
        message: 'helm-cd.yaml: unknown key "chart"',
        hint: 'Known keys: charts.',
        place: { file: 'helm-cd.yaml', line: 2, column: 1 },
      },
    });
    expect(run.summary).toBe(
      '### ❌ sample failed\n\n```\nhelm-cd.yaml: unknown key "chart"\n```\n\n`helm-cd.yaml:2:1`\n\nKnown keys: charts.\n\n',
    );
    expect(run.left).toEqual([]);
  });

  it('by what a program said: the hint is in a line of its own', async () => {
    const error = new HelmCdError('tool', 'helm lint failed:\nError: no', { hint: 'Mend it.' });
    const run = await runIt(actionThat(() => Promise.reject(error)));
    expect(run.errors).toEqual([{ level: 'error', message: 'helm lint failed:\nError: no\nMend it.' }]);
  });

  it('by a defect: it says so, with the stack trace folded', async () => {
    const run = await runIt(actionThat(() => Promise.reject(new TypeError('x is undefined'))));
    expect(run.code).toBe(1);
    expect(run.errors).toEqual([{ level: 'error', message: 'A defect of helm-cd: x is undefined' }]);
    expect(run.log).toMatch(/::group::Stack trace, for a bug report\nTypeError: x is undefined\n {4}at /);
    expect(run.document).toMatchObject({ error: { code: 'internal', message: 'x is undefined' } });
    expect(run.left).toEqual([]);
  });

  it('before anything is touched, when an input is missing', async () => {
    let ran = false;
    const run = await runIt(
      actionThat(() => ((ran = true), good)),
      { name: '' },
    );
    expect(run.code).toBe(1);
    expect(ran).toBe(false);
    expect(run.errors).toEqual([
      { level: 'error', message: 'Input "name" is required but empty. Give it under "with:" as name: …' },
    ]);
  });

  it('when working-directory names no folder', async () => {
    const run = await runIt(
      actionThat(() => good),
      { name: 'x', 'working-directory': 'nowhere' },
    );
    expect(run.code).toBe(1);
    expect(run.errors).toEqual([{ level: 'error', message: 'Input "working-directory" names no folder: "nowhere"' }]);
  });
});

describe('a secret', () => {
  it.each<[string, Outcome | Error]>([
    [
      'a good outcome',
      {
        ...good,
        outputs: { url: 'https://x:hunter22@host' },
        summary: 'hunter22',
        document: { deep: ['hunter22'] },
        annotations: [{ level: 'notice', message: 'hunter22' }],
      },
    ],
    ['a bad outcome', { ...good, ok: false, failure: 'hunter22 is wrong' }],
    [
      'a user’s error',
      new HelmCdError('tool', 'helm said hunter22', { hint: 'hunter22', cause: new Error('hunter22') }),
    ],
    ['a defect', new Error('hunter22')],
  ])('appears nowhere after %s', async (_, end) => {
    const run = await runIt(
      actionThat((services) => {
        services.log.info('the token is hunter22');
        if (end instanceof Error) throw end;
        return end;
      }),
      { name: 'x', token: 'hunter22' },
    );
    const files = [run.outputs['summary-file'], run.outputs['result-file']].map((file) => readFile(file ?? '', 'utf8'));
    const everything = [run.log, run.summary, JSON.stringify(run.outputs), ...(await Promise.all(files))];
    expect(everything.join('\n')).not.toContain('hunter22');
    expect(stdout.text().indexOf('::add-mask::hunter22')).toBeLessThan(stdout.text().indexOf('the token is ***'));
  });
});

describe('a cancelled job', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is told to the action by %s, which then cleans up', async (signal) => {
    const run = await runIt(
      actionThat(async ({ processes }) => {
        await processes.run('bash', ['-c', 'echo started; sleep 300'], { onLine: () => process.emit(signal, signal) });
        return good;
      }),
    );
    expect(run.code).toBe(1);
    expect(run.errors).toEqual([{ level: 'error', message: 'The job was cancelled while bash -c was running.' }]);
    expect(run.document).toMatchObject({ error: { code: 'cancelled' } });
    expect(run.left).toEqual([]);
    expect(process.listenerCount(signal)).toBe(0);
  });
});
