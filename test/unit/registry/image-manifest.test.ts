import { describe, expect, it } from '@jest/globals';
import type { RegistryClient } from '../../../src/registry/client.js';
import { findImageManifest } from '../../../src/registry/image-manifest.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const INDEX = 'application/vnd.oci.image.index.v1+json';

interface Registry {
  readonly head?: { readonly digest: string; readonly mediaType: string };
  readonly body?: unknown;
}

/** A registry that says this of whatever it is asked for. */
function registry({ head, body }: Registry) {
  const asked: string[] = [];
  const client = {
    host: 'ghcr.io',
    repository: 'acme/api',
    head(reference: string) {
      asked.push(`HEAD ${reference}`);
      return Promise.resolve(head);
    },
    manifest(reference: string) {
      asked.push(`GET ${reference}`);
      const text = typeof body === 'string' ? body : JSON.stringify(body ?? null);
      const found = { bytes: Buffer.from(text), digest: DIGEST, mediaType: INDEX };
      return Promise.resolve(body === undefined ? undefined : found);
    },
  };
  return { client: client as unknown as RegistryClient, asked };
}

const entry = (platform: unknown, digest: unknown = OTHER) => ({ digest, platform });

describe('findImageManifest', () => {
  it.each<[string, unknown, readonly string[]]>([
    [
      'platforms with and without a variant',
      {
        manifests: [
          entry({ os: 'linux', architecture: 'amd64' }),
          entry({ os: 'linux', architecture: 'arm', variant: 'v7' }),
          entry({ os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' }),
        ],
      },
      ['linux/amd64', 'linux/arm/v7', 'windows/amd64'],
    ],
    ['attestations', { manifests: [entry({ os: 'unknown', architecture: 'unknown' })] }, []],
    ['entries without a platform', { manifests: [{ digest: OTHER }, null, entry(null), entry({ os: 'linux' })] }, []],
    ['no list at all', { manifests: 'none' }, []],
    ['an image by itself', { config: {}, layers: [] }, []],
  ])('reads %s', async (_, body, platforms) => {
    const { client } = registry({ head: { digest: DIGEST, mediaType: INDEX }, body });
    const found = await findImageManifest(client, '1.0.0');
    expect([found?.digest, found?.platforms.map(({ platform }) => platform)]).toEqual([DIGEST, platforms]);
  });

  it.each<[string, string, Registry, readonly string[]]>([
    [
      'an image by itself',
      '1.0.0',
      { head: { digest: DIGEST, mediaType: 'application/vnd.docker.distribution.manifest.v2+json; charset=utf-8' } },
      ['HEAD 1.0.0'],
    ],
    ['an index', '1.0.0', { head: { digest: DIGEST, mediaType: INDEX }, body: {} }, ['HEAD 1.0.0', `GET ${DIGEST}`]],
    ['what HEAD does not tell', '1.0.0', { body: {} }, ['HEAD 1.0.0', 'GET 1.0.0']],
    [
      'another digest than the one that was asked for',
      DIGEST,
      { head: { digest: OTHER, mediaType: INDEX }, body: {} },
      [`HEAD ${DIGEST}`, `GET ${DIGEST}`],
    ],
  ])('asks as little as it can for %s', async (_, reference, given, expected) => {
    const { client, asked } = registry(given);
    expect(await findImageManifest(client, reference)).toEqual({ digest: DIGEST, platforms: [] });
    expect(asked).toEqual(expected);
  });

  it('finds nothing where an index is announced that is not there yet', async () => {
    const { client } = registry({ head: { digest: DIGEST, mediaType: INDEX } });
    expect(await findImageManifest(client, '1.0.0')).toBeUndefined();
  });

  it('refuses what is no JSON', async () => {
    const { client } = registry({ body: '<html>' });
    await expect(findImageManifest(client, '1.0.0')).rejects.toMatchObject({
      code: 'unreachable',
      message: `ghcr.io/acme/api@${DIGEST} is no image: its manifest is no JSON.`,
    });
  });
});
