import { HelmCdError } from '../core/errors.js';
import { isImageDigest } from '../core/image-reference.js';
import type { RegistryClient } from './client.js';
import { ANY_MANIFEST, MANIFEST_TYPES } from './media-types.js';

/** One image of an index. */
export interface PlatformImage {
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly digest: string;
}

/** What stands in a registry under a tag or a digest. */
export interface ImageManifest {
  /** Of the index, when it is one. */
  readonly digest: string;
  /** The images of an index; empty for an image by itself. */
  readonly platforms: readonly PlatformImage[];
}

interface Descriptor {
  readonly digest?: unknown;
  readonly platform?: { readonly os?: unknown; readonly architecture?: unknown; readonly variant?: unknown };
}

/**
 * The images in an index by the OCI image specification; none in anything else. What runs nowhere, such as an attestation,
 * has the platform unknown/unknown.
 */
function platformsIn(bytes: Uint8Array, where: string): readonly PlatformImage[] {
  let manifests: unknown;
  try {
    ({ manifests } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { manifests?: unknown });
  } catch (cause) {
    throw new HelmCdError('unreachable', `${where} is no image: its manifest is no JSON.`, { cause });
  }
  const descriptors = (Array.isArray(manifests) ? manifests : []) as readonly (Descriptor | null)[];
  return descriptors.flatMap((descriptor): PlatformImage[] => {
    const { os, architecture, variant } = descriptor?.platform ?? {};
    const parts = [os, architecture, variant].filter((part): part is string => typeof part === 'string' && part !== '');
    if (parts.length < 2 || os === 'unknown') return [];
    const { digest } = descriptor ?? {};
    return [{ platform: parts.join('/'), digest: typeof digest === 'string' ? digest : '' }];
  });
}

/**
 * Looks an image up in its registry, without its layers.
 * @param reference a tag or a digest.
 * @returns nothing when there is none.
 * @throws HelmCdError `unauthorized`, `unreachable`, `conflict` when the content is not that of its digest.
 */
export async function findImageManifest(client: RegistryClient, reference: string): Promise<ImageManifest | undefined> {
  const said = await client.head(reference, ANY_MANIFEST);
  const head = isImageDigest(reference) && said?.digest !== reference ? undefined : said;
  if (head !== undefined && MANIFEST_TYPES.some((type) => head.mediaType.startsWith(type))) {
    return { digest: head.digest, platforms: [] };
  }
  // By its digest: the tag may mean something else a moment later.
  const manifest = await client.manifest(head?.digest ?? reference, ANY_MANIFEST);
  if (manifest === undefined) return undefined;
  const where = `${client.host}/${client.repository}@${manifest.digest}`;
  return { digest: manifest.digest, platforms: platformsIn(manifest.bytes, where) };
}
