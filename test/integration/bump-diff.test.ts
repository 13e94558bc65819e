import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/core/unified-diff.js';
import { temporaryFolder } from '../support/services.js';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '- d', '+ e', '@@', 'x\r', '\\ y', '日本'), {
  maxLength: 25,
});
const texts = fc
  .tuple(lines, fc.boolean())
  .map(([list, ends]) => (list.length === 0 ? '' : list.join('\n') + (ends ? '\n' : '')))
  .filter((text) => text !== '');
const names = fc.constantFrom(
  'values.yaml',
  'my values.yaml',
  'größe.yaml',
  'a"b.yaml',
  'back\\slash.yaml',
  'tab\t.yaml',
);

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-bump-diff-');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the diff that bump-image-tag shows', () => {
  it.each([
    ['git', ['apply', '--whitespace=nowarn', '../all.patch']],
    ['patch', ['-p1', '--binary', '--quiet', '-i', '../all.patch']],
  ])('is one that %s applies, whatever the texts are', async (program, parameters) => {
    const cases = fc.sample(fc.record({ before: texts, after: texts, name: names }), { numRuns: 250, seed: 20261123 });
    const tree = path.join(folder, 'tree');
    const patches: string[] = [];
    for (const [index, { before, after, name }] of cases.entries()) {
      const file = `${index}/${program === 'git' ? name : 'values.yaml'}`;
      await mkdir(path.join(tree, String(index)), { recursive: true });
      await writeFile(path.join(tree, file), before);
      patches.push(unifiedDiff(before, after, { from: `a/${file}`, to: `b/${file}` }));
    }
    await writeFile(path.join(folder, 'all.patch'), patches.join(''));
    execFileSync(program, parameters, { cwd: tree, stdio: 'pipe' });
    for (const [index, { after, name }] of cases.entries()) {
      const file = `${index}/${program === 'git' ? name : 'values.yaml'}`;
      expect([file, await readFile(path.join(tree, file), 'utf8')]).toEqual([file, after]);
    }
  });
});
