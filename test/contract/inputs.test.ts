import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { actionNames, readAction } from '../../scripts/lib/action-files.mjs';
import type { Action, InputReader } from '../../src/core/action.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import { projectRoot } from '../support/services.js';
import { FIXED } from './interface.js';

/** Values with which each action's inputs make sense together: only then are all of them read. */
const SAMPLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The root's action.
  '': { 'kubeconfig-file': 'kubeconfig' },
  'bump-image-tag': { images: 'ghcr.io/acme/api:1.4.0', repository: 'file:///srv/charts.git' },
  'validate-chart': {},
  'publish-chart': { 'chart-repository': 'file:///srv/charts' },
  'promote-chart': { chart: 'shop', from: 'develop', to: 'production' },
  'deploy-chart': { chart: 'charts/shop', namespace: 'shop', 'kubeconfig-file': 'kubeconfig' },
  'report-releases': { 'kubeconfig-file': 'kubeconfig' },
  'rollback-chart': { release: 'shop', namespace: 'shop', 'kubeconfig-file': 'kubeconfig' },
  'watch-repository': { environments: 'develop' },
};

interface InputFile {
  readonly required: boolean;
  readonly default?: string;
}

interface Read {
  readonly fallback: string;
  readonly required: boolean;
}

/** Writes down what is asked of the real reader. */
function recordingReader(reads: Map<string, Read>): InputReader {
  const real = createInputReader({ add: () => undefined, redact: (text) => text });
  const note = (name: string, fallback = '', required = false) => reads.set(name, { fallback, required });
  return {
    string: (name, fallback) => (note(name, fallback), real.string(name, fallback)),
    required: (name) => (note(name, '', true), real.required(name)),
    list: (name) => (note(name), real.list(name)),
    requiredList: (name) => (note(name, '', true), real.requiredList(name)),
    boolean: (name, fallback) => (note(name, String(fallback)), real.boolean(name, fallback)),
    duration: (name, fallback) => (note(name, fallback), real.duration(name, fallback)),
    choice: (name, values, fallback) => (note(name, fallback), real.choice(name, values, fallback)),
    secret: (name) => (note(name), real.secret(name)),
  };
}

for (const name of ['', ...actionNames()])
  describe(name === '' ? 'the root' : `actions/${name}`, () => {
    const action = readAction(name) as {
      readonly inputs: Readonly<Record<string, InputFile>>;
      readonly outputs: Readonly<Record<string, unknown>>;
    };
    // Read by the runtime, before the action.
    const { 'working-directory': _, ...own } = action.inputs;
    const reads = new Map<string, Read>();
    const saved = { ...process.env };

    beforeAll(async () => {
      const { readInputs } = (await import(`../../src/actions/${name || 'pipeline'}/inputs.ts`)) as Pick<
        Action<unknown>,
        'readInputs'
      >;
      for (const [input, value] of Object.entries(SAMPLES[name] ?? {}))
        process.env[`INPUT_${input.toUpperCase()}`] = value;
      readInputs(recordingReader(reads));
    });

    afterAll(() => {
      process.env = saved;
    });

    it('reads exactly the inputs that action.yml declares', () => {
      expect([...reads.keys()].sort()).toEqual(Object.keys(own).sort());
    });

    it('has the defaults of action.yml', () => {
      const inFile = Object.entries(own).map(([input, { default: value = '' }]) => [
        input,
        // The code's own default for a token is none: the runner fills this one in.
        value === '${{ github.token }}' ? '' : value,
      ]);
      const inCode = [...reads].map(([input, { fallback }]) => [input, fallback]);
      expect(Object.fromEntries(inCode)).toEqual(Object.fromEntries(inFile));
    });

    it('requires what action.yml requires', () => {
      const inFile = Object.keys(own).filter((input) => own[input]?.required === true);
      const inCode = [...reads.keys()].filter((input) => reads.get(input)?.required === true);
      expect(inCode.sort()).toEqual(inFile.sort());
    });

    it('keeps the names that workflows depend on', () => {
      const names = FIXED[name];
      expect(names).toBeDefined();
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining([...(names?.inputs ?? [])]));
      expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining([...(names?.outputs ?? [])]));
      expect(Object.keys(own).filter((input) => own[input]?.required === true)).toEqual([...(names?.required ?? [])]);
    });

    it('is in the table of src/index.ts, by a bundle that runs it under its name', async () => {
      const folder = name || 'pipeline';
      const read = (file: string) => readFile(path.join(projectRoot, 'src', file), 'utf8');
      const [, line = ''] = new RegExp(`'?\\b${folder}'?: ([^\\n]*)`).exec(await read('index.ts')) ?? [];
      if (name === 'bump-image-tag') {
        expect(line).toContain('bumpAction(');
        expect(await read('actions/bump-image-tag/read-ahead.ts')).toContain(`name: '${name}',`);
        return;
      }
      const [, wanted = 'nothing'] = /\bload\(\)\)\.(\w+)\(\)/.exec(line) ?? [];
      expect(await read('actions.ts')).toMatch(
        new RegExp(`export const ${wanted} = [^;]*webpackMode: "eager" \\*/ './actions/${folder}/action\\.js'`),
      );
      expect(await read(`actions/${folder}/action.ts`)).toContain(`{ name: '${folder}', readInputs, run }`);
    });
  });

it('every fixed action exists', () => {
  expect(['', ...actionNames()]).toEqual(expect.arrayContaining(Object.keys(FIXED)));
});
