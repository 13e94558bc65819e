/** What is secret among the values of a release that was deployed before: no key is needed to know where. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { RenderedRelease } from '../core/release.js';
import { isEncrypted, leavesOf, secretTexts, valueAt, type Leaf } from '../core/secret-values.js';

export type ValuePath = Leaf['path'];

export interface SecretPlaces {
  readonly places: readonly ValuePath[];
  /** Files that could not be looked at, by name: what they keep secret is not known. */
  readonly unknown: readonly string[];
}

async function placesIn(file: string): Promise<readonly ValuePath[] | undefined> {
  try {
    const values: unknown = parse(await readFile(file, 'utf8'), { maxAliasCount: 100, logLevel: 'silent' });
    const encrypted = leavesOf(values).filter(({ path: place, value }) => place[0] !== 'sops' && isEncrypted(value));
    return encrypted.length === 0 ? undefined : encrypted.map((leaf) => leaf.path);
  } catch {
    return undefined;
  }
}

/** The places of the values that files encrypted by SOPS hold. */
export async function readSecretPlaces(files: readonly string[]): Promise<SecretPlaces> {
  const found = await Promise.all(files.map(async (file) => ({ file, places: await placesIn(file) })));
  return {
    places: found.flatMap(({ places }) => places ?? []),
    unknown: found.filter(({ places }) => places === undefined).map(({ file }) => path.basename(file)),
  };
}

/** What releases have at these places, as texts that must not show. */
export function secretsAt(places: readonly ValuePath[], releases: readonly RenderedRelease[]): readonly string[] {
  const leaves = releases.flatMap(({ config }) =>
    places.map((place): Leaf => ({ path: place, value: (valueAt(config, place) ?? null) as Leaf['value'] })),
  );
  return secretTexts(leaves);
}
