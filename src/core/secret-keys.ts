/** Which values are secret by the names of their keys. A guess, on the safe side: a name that is hidden too much is still found by its place. */
import { leavesOf, isEncrypted, type Leaf } from './secret-values.js';

const SECRET_WORDS = new Set(
  'password passwords passwd passphrase passphrases pwd pass secret secrets token tokens credential credentials creds dsn bearer apikey apikeys privatekey secretkey accesskey htpasswd dockerconfigjson connectionstring'.split(
    ' ',
  ),
);
/** Before `key`. */
const KEY_WORDS = new Set(
  'api access private secret encryption signing master shared account license client ssh rsa pem auth session storage subscription webhook hmac aes jwt'.split(
    ' ',
  ),
);
/** What ends the name of a key that tells of a secret but does not hold it. */
const ABOUT_WORDS = new Set(
  'name names ref refs reference file files filename path dir directory enabled disabled enable disable create created existing type policy class length size ttl expiry expiration seconds minutes timeout lifetime duration count namespace endpoint issuer audience audiences label labels annotations provider store kind version algorithm format rotation role roles mode mount required optional generate auto automount prefix suffix header scheme property properties interval retries replicas'.split(
    ' ',
  ),
);
const FIRST_WORDS = new Set(
  'existing create use enable enabled is has require required automount generate allow rotate'.split(' '),
);

/** `dbPassword_old` as `db password old`. */
function wordsOf(key: string): readonly string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** Whether a key tells of a secret without holding it: `existingSecret`, `tokenTtl`. */
function isAbout(words: readonly string[]): boolean {
  return ABOUT_WORDS.has(words.at(-1) ?? '') || FIRST_WORDS.has(words[0] ?? '');
}

/** Whether a key looks like one that holds a secret: `password`, `DB_PASSWORD`, `apiToken`; but not `secretName`. */
export function looksSecret(key: string): boolean {
  const words = wordsOf(key);
  if (isAbout(words)) return false;
  const last = words.findLastIndex((word) => word === 'key' || word === 'keys');
  // `passwordKey` is the key of a Secret, `apiKey` is a key.
  if (last === words.length - 1 && last > 0) return KEY_WORDS.has(words[last - 1] ?? '');
  if (last > 0 && KEY_WORDS.has(words[last - 1] ?? '')) return true;
  return words.some((word) => SECRET_WORDS.has(word));
}

/** What a secret leaf shows; nothing when it says no more than yes or no, or is ciphertext. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value).length >= 6 ? String(value) : undefined;
  if (typeof value !== 'string' || isEncrypted(value) || /^(?:true|false|null|none|)$/i.test(value)) return undefined;
  return value;
}

/**
 * Texts of a tree's leaves. Without lists of leaves with their paths: a tree may have millions.
 * @param secretAbove whether a key above the tree looks secret.
 */
function collect(tree: unknown, secretAbove: boolean, texts: Set<string>): void {
  if (Array.isArray(tree)) {
    for (const item of tree as unknown[]) collect(item, secretAbove, texts);
    return;
  }
  if (typeof tree !== 'object' || tree === null) {
    const text = secretAbove ? textOf(tree) : undefined;
    if (text !== undefined) texts.add(text);
    return;
  }
  const { name, key } = tree as Readonly<Record<string, unknown>>;
  // `{name: DB_PASSWORD, value: …}`, as `env` has it.
  const named = [name, key].some((text) => typeof text === 'string' && looksSecret(text));
  for (const [own, value] of Object.entries(tree)) {
    const isLeaf = typeof value !== 'object' || value === null;
    if (isLeaf && isAbout(wordsOf(own))) continue;
    collect(value, secretAbove || (named && own === 'value') || looksSecret(own), texts);
  }
}

/** The values of a tree that are secret by their keys, or by one above; but not those that are only about a secret. */
export function secretTextsOf(tree: unknown): readonly string[] {
  const texts = new Set<string>();
  collect(tree, false, texts);
  return [...texts];
}

/** Texts of leaves, without those that say no more than yes or no, and ciphertext. */
export function leafTexts(leaves: readonly Leaf[]): readonly string[] {
  return leaves.flatMap(({ value }) => textOf(value) ?? []);
}

/** What values.schema.json itself says of secret values: examples, defaults, and those that are allowed. */
export function secretTextsOfSchema(schema: unknown): readonly string[] {
  const about = leavesOf(schema).filter(({ path }) =>
    path.some((part) => typeof part === 'string' && /^(?:const|enum|default|examples?|pattern)$/.test(part)),
  );
  return leafTexts(about.filter(({ path }) => path.some((part) => typeof part === 'string' && looksSecret(part))));
}
