/** One case of the matrix in which the deploy itself fails: in-process. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Processes } from '../../src/core/ports.js';
import type { Cause } from './deploy-causes.js';
import { deployChart } from './deploy.js';
import {
  expectEnding,
  expectNoSecret,
  installFirst,
  NEW_OBJECT,
  namespaceOf,
  valuesFor,
  type MatrixWorld,
  type Situation,
} from './deploy-matrix.js';
import type { TestServices } from './services.js';

/** Puts the values and the secrets of a case where deploy-chart finds them. */
export async function writeValues(world: MatrixWorld, folder: string, name: string, values: object): Promise<void> {
  await writeFile(path.join(folder, name), JSON.stringify(values));
  await copyFile(world.secretsFile, path.join(folder, 'secrets.yaml'));
}

/** Writes down what any program is told by its arguments. */
export function recordArguments(services: TestServices, argv: string[]): void {
  const { run, find } = services.processes;
  const processes: Processes = {
    find,
    run: (program, args, options) => {
      argv.push([program, ...args].join(' '));
      return run(program, args, options);
    },
  };
  Object.assign(services, { processes });
}

/** The inputs that every deploy of the matrix has. */
export function commonInputs(world: MatrixWorld, namespace: string, valuesFile: string): Record<string, string> {
  return {
    namespace,
    values: valuesFile,
    secrets: 'secrets.yaml',
    'sops-age-key': world.ageKey,
    timeout: '60s',
    'test-timeout': '60s',
    'rollback-timeout': '30s',
  };
}

/**
 * Lets a deploy fail, and asserts everything.
 * @returns the cell of the table.
 */
export async function tryCause(world: MatrixWorld, cause: Cause, situation: Situation): Promise<string> {
  const { cluster } = world;
  const namespace = namespaceOf(cause.name, situation);
  if (situation.start === 'upgrade') await installFirst(world, namespace, situation);
  await cause.before?.(cluster, namespace, situation);
  const argv: string[] = [];
  const own = cause.values?.(situation) ?? {};
  const touched = cause.phase !== 'preflight';
  const extra = [...(touched ? [NEW_OBJECT] : []), ...(own.extra ?? [])];
  const values = valuesFor(situation, { tag: '1.1.0', ...own, extra });
  const prepare = async (services: TestServices) => {
    recordArguments(services, argv);
    await writeValues(world, services.workingDirectory, 'values.json', values);
  };
  const inputs = { ...commonInputs(world, namespace, 'values.json'), ...cause.inputs };
  const run = await deployChart({ cluster, helm: situation.helm, prepare }, inputs);

  const back = situation.start === 'upgrade' ? 'rolled-back' : 'uninstalled';
  expect({ result: run.result, phase: run.outputs['failed-phase'], failure: run.failure }).toEqual({
    result: touched ? back : 'failed',
    phase: cause.phase,
    failure: expect.stringContaining(cause.message),
  });
  expect(run.ok).toBe(false);
  expect(run.summary).not.toBe('');
  const { evidence } = run.report;
  if (touched) {
    expect(run.outputs['evidence-file']).toMatch(/evidence\.json$/);
    expect(evidence?.cause).toContain(cause.message);
    expect(evidence?.phase).toBe(cause.phase);
    expect(evidence?.missing).toEqual([]);
    if (cause.object !== undefined) expect(evidence?.objects[0]?.name).toBe(cause.object);
    for (const part of cause.evidence ?? []) expect(JSON.stringify(evidence)).toContain(part);
    expect(run.summary).toContain('Root cause');
    if (situation.hookFails) expect(run.failure).toContain('without its hooks, for one of them failed');
    else expect(run.failure).not.toContain('without its hooks');
  } else {
    expect(evidence).toBeUndefined();
    expect(run.failure).toContain('Nothing was deployed');
  }
  const end = await expectEnding(world, namespace, situation, touched ? 'gone back' : 'untouched');
  expect(argv.length).toBeGreaterThan(3);
  expectNoSecret(world, [await run.everything(), ...argv].join('\n'));
  return `${run.result} (${cause.phase}) → ${end}`;
}
