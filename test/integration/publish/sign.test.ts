import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateKey, type PrivateKey } from 'openpgp';
import { publishChart } from '../../../src/actions/publish-chart/action.js';
import { promoteChart } from '../../../src/actions/promote-chart/action.js';
import type { Action } from '../../../src/core/action.js';
import type { HelmCdError } from '../../../src/core/errors.js';
import { createInputReader } from '../../../src/runtime/inputs.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, toolchainBin, type TestServices } from '../../support/services.js';

jest.setTimeout(180_000);

const NAME = `sign-${process.pid}`;
const saved = { ...process.env };

let registry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
let work: string;

beforeAll(async () => {
  registry = await startRegistry({ name: NAME });
});

afterAll(async () => {
  await stopRegistry({ name: NAME });
});

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  work = services.workingDirectory;
  await writeChart(work, 'shop', '1.0.0');
});

afterEach(async () => {
  process.env = { ...saved };
  await rm(work, { recursive: true, force: true });
});

async function run<Inputs>(action: Action<Inputs>, inputs: Record<string, string>) {
  process.env = { ...saved };
  for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  return action.run(action.readInputs(createInputReader(services.masks)), services);
}

async function newKey(type: 'rsa' | 'ecc', passphrase = ''): Promise<{ armored: string; key: PrivateKey }> {
  const userIDs = [{ name: 'Charts', email: 'charts@example.com' }];
  const kind = type === 'rsa' ? { type, rsaBits: 2048 } : { type, curve: 'ed25519Legacy' as const };
  const options = { ...kind, userIDs, ...(passphrase === '' ? {} : { passphrase }) };
  const { privateKey } = await generateKey({ ...options, format: 'object' });
  return { armored: privateKey.armor(), key: privateKey };
}

const repository = (name: string) => pathToFileURL(path.join(work, name)).href;
const helm = (program: string, ...args: string[]) =>
  services.processes.run(path.join(toolchainBin, program), args, { cwd: work, env: { HOME: work }, accept: 'any' });

describe.each(['rsa', 'ecc'] as const)('a chart that is signed with a key of type %s', (type) => {
  it('is accepted by helm verify of both majors, and a changed archive is not', async () => {
    const { armored, key } = await newKey(type, 'open sesame');
    const ring = path.join(work, 'ring.gpg');
    await writeFile(ring, key.toPublic().write());
    const outcome = await run(publishChart, {
      charts: 'shop',
      'chart-repository': repository('charts'),
      'sign-key': armored,
      'sign-passphrase': 'open sesame',
    });
    expect(outcome).toMatchObject({ ok: true, document: { charts: [{ signed: true }] } });
    expect(outcome.summary).toContain('✅ new, signed');
    const archive = path.join(work, 'charts/shop-1.0.0.tgz');
    for (const program of ['helm', 'helm3']) {
      const verified = await helm(program, 'verify', archive, '--keyring', ring);
      expect(verified.stdout + verified.stderr).toContain('Signed by: Charts <charts@example.com>');
      expect(verified.code).toBe(0);
    }
    await rm(archive);
    await writeFile(archive, Buffer.concat([await readFile(String(outcome.outputs['package'])), Buffer.from('x')]));
    for (const program of ['helm', 'helm3']) {
      expect(await helm(program, 'verify', archive, '--keyring', ring)).toMatchObject({ code: 1 });
    }
  });
});

describe('a signature', () => {
  it('is kept when the chart is published again, and goes along with a promotion', async () => {
    const { armored, key } = await newKey('ecc');
    const inputs = { charts: 'shop', 'chart-repository': repository('charts'), 'sign-key': armored };
    await run(publishChart, inputs);
    const first = await readFile(path.join(work, 'charts/shop-1.0.0.tgz.prov'));
    expect(await run(publishChart, inputs)).toMatchObject({ result: 'already-published' });
    expect((await readFile(path.join(work, 'charts/shop-1.0.0.tgz.prov'))).equals(first)).toBe(true);

    const oci = `oci://${registry.host}/charts`;
    await run(promoteChart, { chart: 'shop', from: repository('charts'), to: oci });
    const outcome = await run(promoteChart, { chart: 'shop', from: oci, to: repository('last') });
    expect(outcome).toMatchObject({ result: 'promoted', document: { to: { signed: true } } });
    expect((await readFile(path.join(work, 'last/shop-1.0.0.tgz.prov'))).equals(first)).toBe(true);

    const ring = path.join(work, 'ring.gpg');
    await writeFile(ring, key.toPublic().write());
    for (const program of ['helm', 'helm3']) {
      const target = await mkdtemp(path.join(work, 'pulled-'));
      const args = ['pull', `${oci}/shop`, '--version', '1.0.0', '--plain-http', '--verify', '--keyring', ring];
      expect(await helm(program, ...args, '--destination', target)).toMatchObject({ code: 0 });
      expect(await readdir(target)).toContain('shop-1.0.0.tgz');
    }
  });

  it('is added to a version that was published without, where that is possible', async () => {
    const { armored } = await newKey('ecc');
    const oci = `oci://${registry.host}/later`;
    for (const place of [repository('charts'), oci]) {
      await run(publishChart, { charts: 'shop', 'chart-repository': place });
      const again = await run(publishChart, { charts: 'shop', 'chart-repository': place, 'sign-key': armored });
      expect(again.result).toBe('already-published');
    }
    expect(await readdir(path.join(work, 'charts'))).toContain('shop-1.0.0.tgz.prov');
    expect(services.log.text()).toContain(
      `warning: ${oci}/shop:1.0.0 was published without a signature, which cannot be added later.`,
    );
  });

  it('made by helm is published with the archive it belongs to, and only with that', async () => {
    await helm('helm3', 'package', 'shop');
    const archive = await readFile(path.join(work, 'shop-1.0.0.tgz'));
    await writeFile(
      path.join(work, 'shop-1.0.0.tgz.prov'),
      '-----BEGIN PGP SIGNED MESSAGE-----\n\nname: shop\n\n...\nfiles:\n  shop-1.0.0.tgz: sha256:00\n',
    );
    const inputs = { charts: 'shop-1.0.0.tgz', 'chart-repository': repository('charts') };
    await expect(run(publishChart, inputs)).rejects.toMatchObject({
      code: 'conflict',
      message: 'shop-1.0.0.tgz.prov does not belong to shop-1.0.0.tgz.',
    });
    const { createHash } = await import('node:crypto');
    const hex = createHash('sha256').update(archive).digest('hex');
    await writeFile(
      path.join(work, 'shop-1.0.0.tgz.prov'),
      `name: shop\n\n...\nfiles:\n  shop-1.0.0.tgz: sha256:${hex}\n`,
    );
    expect(await run(publishChart, inputs)).toMatchObject({ document: { charts: [{ signed: true }] } });
    expect(await readdir(path.join(work, 'charts'))).toContain('shop-1.0.0.tgz.prov');
  });

  it('is refused with a key that cannot be read or opened, before anything is published', async () => {
    const { armored } = await newKey('ecc', 'open sesame');
    const cases: [Record<string, string>, RegExp][] = [
      [{ 'sign-key': 'not a key' }, /^Input "sign-key" is no armoured OpenPGP private key: /],
      [{ 'sign-key': armored }, /^Input "sign-key" needs a passphrase, but "sign-passphrase" is empty\.$/],
      [{ 'sign-key': armored, 'sign-passphrase': 'guess' }, /^Input "sign-passphrase" does not open "sign-key"\.$/],
    ];
    for (const [inputs, message] of cases) {
      const error = await run(publishChart, {
        charts: 'shop',
        'chart-repository': repository('charts'),
        ...inputs,
      }).then(
        () => undefined,
        (reason: unknown) => reason as HelmCdError,
      );
      expect(error).toMatchObject({ code: 'input', message: expect.stringMatching(message) });
    }
    expect(await readdir(work)).not.toContain('charts');
  });
});
