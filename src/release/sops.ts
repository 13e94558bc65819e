/** Values files encrypted with SOPS: decrypted by the sops program, readable by nobody else, removed with the run. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { encryptedPlaces, secretLeaves, secretTexts, type Leaf } from '../core/secret-values.js';

const SOPS_TIMEOUT_MS = 60_000;

/** What SOPS finds keys with: its own variables, and those of the clouds' key services. */
const KEY_VARIABLES = /^(?:SOPS_|AWS_|AZURE_|GOOGLE_|CLOUDSDK_|VAULT_|GNUPGHOME$|HCVAULT_|ACTIONS_ID_TOKEN_)/;

export interface DecryptedFile {
  /** As the user named it. */
  readonly name: string;
  /** The decrypted values, mode 0600, in the run's temporary folder. */
  readonly file: string;
  /** The leaves that were encrypted. */
  readonly leaves: readonly Leaf[];
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return undefined;
  }
}

/**
 * Decrypts one file. Every secret in it is masked before anything else happens.
 * @param ageKey the age identity from the input; empty: sops looks for keys itself.
 * @throws HelmCdError `tool` when sops is missing or cannot decrypt, `file` when the file is not encrypted or is gone.
 */
export async function decryptValues(
  name: string,
  file: string,
  ageKey: string,
  services: Services,
  index: number,
): Promise<DecryptedFile> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HelmCdError('file', `The secrets file ${name} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const encrypted = parseYaml(text);
  if (encryptedPlaces(encrypted).length === 0) {
    throw new HelmCdError('file', `The secrets file ${name} is not encrypted with SOPS.`, {
      hint: `Encrypt it (sops encrypt --in-place ${name}), or list it under values if nothing in it is secret.`,
      place: { file: name },
    });
  }
  if ((await services.processes.find('sops')) === undefined) {
    throw new HelmCdError('tool', `sops was not found on PATH; it is needed to decrypt ${name}.`, {
      hint: 'Install sops (https://getsops.io) in a step before this one.',
    });
  }
  const environment = Object.fromEntries(
    Object.entries(services.environment).filter(([variable]) => KEY_VARIABLES.test(variable)),
  );
  const result = await services.processes.run('sops', ['--decrypt', '--output-type', 'json', file], {
    env: { ...environment, ...(ageKey === '' ? {} : { SOPS_AGE_KEY: ageKey }) },
    timeoutMs: SOPS_TIMEOUT_MS,
    accept: 'any',
  });
  if (result.code !== 0) {
    const said = result.stderr.trim().split('\n').slice(-12).join('\n');
    throw new HelmCdError('tool', `sops cannot decrypt ${name}:\n${said}`, {
      hint:
        ageKey === ''
          ? 'Give the age identity in the input "sops-age-key", or the key that the file was encrypted for in the environment.'
          : 'Is the input "sops-age-key" the identity that the file was encrypted for?',
      place: { file: name },
    });
  }
  // JSON, so that it can be read without doubt; it is YAML too, which is what helm reads.
  const leaves = secretLeaves(encrypted, JSON.parse(result.stdout));
  for (const secret of secretTexts(leaves)) services.masks.add(secret);
  const target = path.join(services.temp, `secrets-${index}.json`);
  await writeFile(target, result.stdout, { mode: 0o600 });
  return { name, file: target, leaves };
}
