/** SOPS files as values for a render that nobody may decrypt: the keys are all there, the values are stand-ins. */
import { parse } from 'yaml';
import { isEncrypted, leavesOf } from './secret-values.js';
import { record } from './release-manifest.js';

/** Stands for encrypted text. It is a valid name, and valid base64, so that neither kind of template stumbles over it. */
export const TEXT_PLACEHOLDER = 'placeholder0';

/** A stand-in of the type that SOPS notes beside each value: `ENC[…,type:int]`. */
function placeholder(encrypted: string): string | number | boolean {
  const type = /,type:(\w+)\]$/.exec(encrypted)?.[1];
  if (type === 'int') return 1;
  if (type === 'float') return 1.5;
  return type === 'bool' ? true : TEXT_PLACEHOLDER;
}

function replaceEncrypted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(replaceEncrypted);
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceEncrypted(value)]));
  }
  return isEncrypted(node) ? placeholder(String(node)) : node;
}

export interface PlaceholderValues {
  /** The values without SOPS' own block. */
  readonly values: Readonly<Record<string, unknown>>;
  /** How many of them are stand-ins. */
  readonly placeholders: number;
}

/**
 * @param text a SOPS-encrypted YAML or JSON file.
 * @returns nothing when the file is not encrypted: it has no `sops` block.
 * @throws what `yaml` throws for what is no YAML.
 */
export function placeholderValues(text: string): PlaceholderValues | undefined {
  const { sops, ...values } = record(parse(text, { logLevel: 'silent' }));
  if (!('mac' in record(sops))) return undefined;
  const placeholders = leavesOf(values).filter((leaf) => isEncrypted(leaf.value)).length;
  return { values: record(replaceEncrypted(values)), placeholders };
}
