import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { actionNames, readAction } from '../../scripts/lib/action-files.mjs';
import { parseConfig } from '../../src/config/parse.js';
import { documents, read, samples } from '../support/samples.js';
import { projectRoot } from '../support/services.js';

interface ActionFile {
  readonly inputs?: Readonly<Record<string, { readonly required: boolean }>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface Step {
  readonly uses: string;
  readonly id?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** The steps anywhere in a parsed workflow, or in a part of one. */
function stepsIn(node: unknown): readonly Step[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.values(node).flatMap(stepsIn);
  return 'uses' in node && typeof node.uses === 'string' ? [node as Step, ...inside] : inside;
}

const OURS = /^helm-cd\/helm-cd(?:\/actions\/([\w-]+))?@v1$/;

describe.each(samples())('%s', (file, text) => {
  const steps = stepsIn(parse(text));
  const ours = steps.flatMap((step) => {
    const found = OURS.exec(step.uses);
    // Without a folder it is the root's action.
    return found === null ? [] : [{ step, name: found[1] ?? '' }];
  });

  it('is YAML, and uses each helm-cd action as its action.yml says', () => {
    const ids = new Map(ours.map(({ step, name }) => [step.id, name]));
    for (const { step, name } of ours) {
      expect(['', ...actionNames()]).toContain(name);
      const { inputs = {} } = readAction(name) as ActionFile;
      const given = Object.keys(step.with ?? {});
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(given));
      const required = Object.keys(inputs).filter((input) => inputs[input]?.required === true);
      expect(given).toEqual(expect.arrayContaining(required));
    }
    for (const [, id = '', output = ''] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const name = ids.get(id);
      if (name !== undefined) expect(Object.keys((readAction(name) as ActionFile).outputs ?? {})).toContain(output);
    }
  });

  it("names a version of other people's actions: in workflows a commit with its tag, in documents at least a major", () => {
    for (const { uses } of steps.filter((step) => !step.uses.startsWith('helm-cd/') && !step.uses.startsWith('./'))) {
      if (!file.endsWith('.yml')) expect(uses).toMatch(/^[\w./-]+@([0-9a-f]{40}|v\d+)$/);
      else expect(text).toMatch(new RegExp(`${uses.replace(/@.*/, '')}@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+`));
    }
  });
});

it('the example helm-cd.yaml is valid', () => {
  const config = parseConfig('helm-cd.yaml', read('examples/shop/helm-cd.yaml'));
  expect(config.environments.map(({ name, mode }) => [name, mode])).toEqual([
    ['develop', 'deployment'],
    ['production', 'delivery'],
  ]);
});

it.each(documents)('%s links to files that exist', (document) => {
  for (const [, target = ''] of read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const file = path.resolve(projectRoot, path.dirname(document), target);
    expect([target, existsSync(file)]).toEqual([target, true]);
  }
});
