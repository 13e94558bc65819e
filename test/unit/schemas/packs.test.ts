import { describe, expect, it } from '@jest/globals';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { projectRoot } from '../../support/services.js';

const folder = path.join(projectRoot, 'schema/kubernetes');
const packs = openSchemaPacks(projectRoot);

describe('the packs that helm-cd ships', () => {
  it('are of every minor from 1.25 on, as the script has it that makes them', async () => {
    const minors = await packs.minors();
    expect(minors[0]).toBe(25);
    expect(minors.at(-1)).toBeGreaterThanOrEqual(36);
    expect(minors).toEqual(minors.map((_, index) => 25 + index));
    const script = await readFile(path.join(projectRoot, 'scripts/schema-packs.mjs'), 'utf8');
    const made = [...(/VERSIONS = \[([^\]]*)\]/.exec(script)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
      ([, version]) => version,
    );
    expect(await Promise.all(minors.map(async (minor) => (await packs.pack(minor)).version))).toEqual(made);
  });

  it('are well under a megabyte in all', async () => {
    const files = await readdir(folder);
    const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400_000);
  });

  it('have every kind that a lifecycle says is served, and none that it says is not', async () => {
    const lifecycle = await packs.lifecycle();
    for (const minor of await packs.minors()) {
      const { kinds } = await packs.pack(minor);
      const wrong = Object.entries(kinds).filter(
        ([kind, { namespaced }]) => namespaced !== undefined && (lifecycle[kind]?.removed ?? Infinity) <= minor,
      );
      expect(wrong).toEqual([]);
    }
  });

  it('hold no prose', async () => {
    for (const minor of await packs.minors()) {
      expect(JSON.stringify(await packs.pack(minor))).not.toMatch(/"description":"/);
    }
  });
});

describe('versions', () => {
  it.each([
    ['1.36', 36, '1.36.0'],
    ['v1.31.4', 31, '1.31.4'],
  ])('%s', async (wanted, minor, full) => {
    expect(await packs.resolve(wanted)).toEqual({ name: wanted.replace('v', ''), minor, full });
  });

  it.each([
    ['1.3', 'unsupported', 'helm-cd has no schemas of Kubernetes 1.3.'],
    ['latest', 'input', '"latest" is no Kubernetes version.'],
    ['2.0', 'input', '"2.0" is no Kubernetes version.'],
  ])('not %s', async (wanted, code, message) => {
    await expect(packs.resolve(wanted)).rejects.toMatchObject({ code, message });
  });
});
