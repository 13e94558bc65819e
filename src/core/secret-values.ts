/** Values files encrypted with SOPS: which of the decrypted values were secret. */
import { record } from './release-manifest.js';

export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: string | number | boolean | null;
}

/** All scalars of a tree, depth first. */
export function leavesOf(tree: unknown, path: readonly (string | number)[] = []): readonly Leaf[] {
  if (Array.isArray(tree)) return tree.flatMap((item: unknown, index) => leavesOf(item, [...path, index]));
  if (typeof tree === 'object' && tree !== null) {
    return Object.entries(tree).flatMap(([key, value]) => leavesOf(value, [...path, key]));
  }
  if (typeof tree === 'string' || typeof tree === 'number' || typeof tree === 'boolean') return [{ path, value: tree }];
  return tree === null ? [{ path, value: null }] : [];
}

/** What a path leads to; nothing when it leads nowhere. */
export function valueAt(tree: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((node, key) => {
    if (Array.isArray(node)) return typeof key === 'number' ? (node as unknown[])[key] : undefined;
    return record(node)[String(key)];
  }, tree);
}

const ENCRYPTED = 'ENC[AES256_GCM,';

/** Whether text holds a value that SOPS encrypted. */
export function isEncrypted(value: unknown): boolean {
  return typeof value === 'string' && value.includes(ENCRYPTED);
}

/**
 * The places of values that are still encrypted, as `a.b.0`: deployed as they are, a program would take the ciphertext
 * for the secret. SOPS' own block counts too.
 */
export function encryptedPlaces(values: unknown): readonly string[] {
  const places = leavesOf(values).filter((leaf) => isEncrypted(leaf.value));
  const sops = record(record(values)['sops']);
  const block = 'mac' in sops && 'version' in sops ? ['sops'] : [];
  return [...places.filter(({ path }) => path[0] !== 'sops').map(({ path }) => path.join('.')), ...block];
}

/** The leaves of a decrypted tree that were encrypted in the file: what SOPS was told to leave readable is no secret. */
export function secretLeaves(encrypted: unknown, decrypted: unknown): readonly Leaf[] {
  return leavesOf(decrypted).filter((leaf) => isEncrypted(valueAt(encrypted, leaf.path)));
}

/** What must be hidden of such leaves: their texts, but not those that say no more than yes or no. */
export function secretTexts(leaves: readonly Leaf[]): readonly string[] {
  const texts = leaves.flatMap(({ value }) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  );
  return [...new Set(texts)].filter((text) => text.length >= 4 && !/^(?:true|false|null)$/i.test(text));
}
