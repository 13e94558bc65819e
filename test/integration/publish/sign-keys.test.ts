import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { generateKey, revokeKey, type KeyOptions, type PrivateKey } from 'openpgp';
import { stringify } from 'yaml';
import { packChart } from '../../../src/charts/pack.js';
import { createSigner } from '../../../src/charts/sign.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { archiveName, type PackedChart } from '../../../src/core/packed-chart.js';
import { provenanceDigest } from '../../../src/core/provenance.js';
import { temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(180_000);
const run = promisify(execFile);

let work: string;

beforeAll(async () => {
  work = await temporaryFolder();
});

afterAll(() => rm(work, { recursive: true, force: true }));

const ANN = { name: 'Ann', email: 'ann@example.com' };

async function newKey(options: Partial<KeyOptions> = {}): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [ANN],
    ...options,
    format: 'object',
  });
  return privateKey;
}

function chart(more: Record<string, unknown> = {}): Promise<PackedChart> {
  const text = stringify({ apiVersion: 'v2', name: 'shop', version: '1.2.3+build.1', ...more });
  return packChart([{ path: 'Chart.yaml', data: Buffer.from(text) }], 'shop');
}

/** What helm verify says, and its exit code. */
async function verify(helm: string, signed: PackedChart, key: PrivateKey): Promise<string> {
  const archive = path.join(work, archiveName(signed.metadata));
  const ring = path.join(work, 'ring.gpg');
  await writeFile(archive, signed.bytes);
  await writeFile(`${archive}.prov`, signed.provenance ?? '');
  await writeFile(ring, key.toPublic().write());
  const args = ['verify', archive, '--keyring', ring];
  return run(path.join(toolchainBin, helm), args, { env: { HOME: work } }).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => `FAILED ${String((error as { stderr?: unknown }).stderr)}`,
  );
}

const HOSTILE = [
  '- dashes',
  '-- at the start',
  '-----BEGIN PGP SIGNATURE-----',
  '-----END PGP SIGNATURE-----',
  'white space at the end \t ',
  '...',
  'files:',
  `  shop-1.2.3+build.1.tgz: sha256:${'0'.repeat(64)}`,
  'From me',
  'ünïcödé 漢字 😀',
  'carriage return\r',
  '',
  '# no comment',
].join('\n');

describe.each(['helm', 'helm3'])('%s verify takes what was signed', (helm) => {
  it.each<[string, () => Promise<PrivateKey>]>([
    ['with a key of several people', () => newKey({ userIDs: [{ name: 'Bob', email: 'bob@example.com' }, ANN] })],
    ['by a subkey', () => newKey({ subkeys: [{ sign: true }] })],
    ['by a subkey of an RSA key', () => newKey({ type: 'rsa', rsaBits: 2048, subkeys: [{ sign: true }, {}] })],
    ['with a key that will expire', () => newKey({ keyExpirationTime: 3600 })],
  ])('%s', async (_, make) => {
    const key = await make();
    const sign = await createSigner(key.armor(), '');
    const signed = await sign(await chart());
    const said = await verify(helm, signed, key);
    expect(said).toMatch(/^Signed by: .*<(?:ann|bob)@example\.com>/m);
    expect(said).toContain(`Chart Hash Verified: ${signed.digest}`);
  });

  it('of a chart whose texts look like parts of a signature', async () => {
    const key = await newKey();
    const sign = await createSigner(key.armor(), '');
    const packed = await chart({
      description: HOSTILE,
      keywords: HOSTILE.split('\n'),
      annotations: { '- dash': HOSTILE, yes: 'no', e1: '1e3' },
      maintainers: [{ name: HOSTILE, email: '- x@example.com' }],
      appVersion: '- 1',
    });
    const signed = await sign(packed);
    expect(await verify(helm, signed, key)).toContain(`Chart Hash Verified: ${signed.digest}`);
    expect(provenanceDigest(signed.provenance ?? new Uint8Array(0), archiveName(packed.metadata))).toBe(packed.digest);
  });

  it('but not what was changed afterwards, or signed by another', async () => {
    const key = await newKey();
    const signed = await (await createSigner(key.armor(), ''))(await chart());
    expect(await verify(helm, signed, await newKey())).toMatch(/^FAILED .*signature made by unknown entity/s);
    const text = Buffer.from(signed.provenance ?? '').toString();
    const changed = { ...signed, provenance: Buffer.from(text.replace('version: 1.2.3', 'version: 1.2.4')) };
    expect(await verify(helm, changed, key)).toMatch(/^FAILED .*signature|invalid/is);
  });
});

describe('a key that cannot sign', () => {
  const outcome = async (armored: string, passphrase = '') => {
    try {
      return await (
        await createSigner(armored, passphrase)
      )(await chart());
    } catch (error) {
      return error as HelmCdError;
    }
  };

  it('for it has expired, is named as the reason', async () => {
    const key = await newKey({ date: new Date('2020-01-01'), keyExpirationTime: 3600 });
    expect(await outcome(key.armor())).toMatchObject({
      code: 'input',
      message: expect.stringMatching(/^Input "sign-key" cannot sign: .*expired/i),
      hint: 'It may have expired or been revoked, or is not meant for signing.',
    });
  });

  it('for it was revoked, is named as the reason', async () => {
    const { privateKey } = await revokeKey({ key: await newKey(), format: 'object' });
    expect(await outcome(privateKey.armor())).toMatchObject({
      code: 'input',
      message: expect.stringMatching(/^Input "sign-key" cannot sign: .*revoked/i),
    });
  });

  it('for it is a public one, is refused', async () => {
    const key = await newKey();
    expect(await outcome(key.toPublic().armor())).toMatchObject({
      code: 'input',
      message: expect.stringMatching(/^Input "sign-key" is no armoured OpenPGP private key: /),
    });
  });

  it('needs its passphrase, and no other', async () => {
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [ANN],
      passphrase: 'open sesame',
      format: 'object',
    });
    expect(await outcome(privateKey.armor(), 'sesame')).toMatchObject({
      code: 'input',
      message: 'Input "sign-passphrase" does not open "sign-key".',
    });
    expect(await outcome(privateKey.armor(), 'open sesame')).toMatchObject({ provenance: expect.anything() });
  });
});
