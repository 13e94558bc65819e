import type { PrivateKey } from 'openpgp';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import { provenanceMessage } from '../core/provenance.js';
import type * as openpgp from './openpgp.js';

type OpenPgp = typeof openpgp;

async function readKey(library: OpenPgp, armoredKey: string, passphrase: string): Promise<PrivateKey> {
  let key: PrivateKey;
  try {
    key = await library.readPrivateKey({ armoredKey });
  } catch (cause) {
    throw new HelmCdError('input', `Input "sign-key" is no armoured OpenPGP private key: ${messageOf(cause)}`, {
      hint: 'Export it with gpg --armor --export-secret-keys NAME.',
      cause,
    });
  }
  if (key.isDecrypted()) return key;
  if (passphrase === '') {
    throw new HelmCdError('input', 'Input "sign-key" needs a passphrase, but "sign-passphrase" is empty.');
  }
  try {
    return await library.decryptKey({ privateKey: key, passphrase });
  } catch (cause) {
    throw new HelmCdError('input', 'Input "sign-passphrase" does not open "sign-key".', { cause });
  }
}

/**
 * Signs charts with one key, each with a provenance file that `helm verify` accepts.
 * @param armoredKey an OpenPGP private key.
 * @param passphrase empty when the key has none.
 * @throws HelmCdError `input` when the key cannot be read, opened, or used for signing.
 */
export async function createSigner(
  armoredKey: string,
  passphrase: string,
): Promise<(chart: PackedChart) => Promise<PackedChart>> {
  // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
  const library: OpenPgp = await import(/* webpackIgnore: true */ './openpgp.js');
  const signingKeys = await readKey(library, armoredKey, passphrase);
  return async (chart) => {
    try {
      const message = await library.createCleartextMessage({ text: provenanceMessage(chart) });
      // Helm reads SHA-512 and nothing newer than the signatures of RFC 4880.
      const config = { preferredHashAlgorithm: library.enums.hash.sha512 };
      const signed = await library.sign({ message, signingKeys, config });
      return { ...chart, provenance: Buffer.from(signed.endsWith('\n') ? signed : `${signed}\n`) };
    } catch (cause) {
      throw new HelmCdError('input', `Input "sign-key" cannot sign: ${messageOf(cause)}`, {
        hint: 'It may have expired or been revoked, or is not meant for signing.',
        cause,
      });
    }
  };
}
