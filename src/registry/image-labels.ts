import type { ImageLabels } from '../core/commit-range.js';
import { record } from '../core/release-manifest.js';
import type { RegistryClient } from './client.js';
import { ANY_MANIFEST, MANIFEST_TYPES } from './media-types.js';

const textsOf = (value: unknown): ImageLabels =>
  Object.fromEntries(
    Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

const parse = (bytes: Uint8Array) => record(JSON.parse(Buffer.from(bytes).toString('utf8')));
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** The first image of an index that runs somewhere: what its builder says of one platform holds for all. */
function firstImage(index: Readonly<Record<string, unknown>>): string | undefined {
  const images = listOf(index['manifests']).map(record);
  const found = images.find((image) => record(image['platform'])['os'] !== 'unknown');
  return typeof found?.['digest'] === 'string' ? found['digest'] : undefined;
}

/**
 * What an image says about itself: the annotations of its index and manifest, and the labels of its configuration; what is
 * closer to the whole counts.
 * @param reference a tag or a digest.
 * @returns nothing when there is no such image.
 * @throws HelmCdError `unauthorized`, `unreachable`, `conflict`; SyntaxError for what is no image.
 */
export async function findImageLabels(client: RegistryClient, reference: string): Promise<ImageLabels | undefined> {
  const found = await client.manifest(reference, ANY_MANIFEST);
  if (found === undefined) return undefined;
  const top = parse(found.bytes);
  const digest = Array.isArray(top['manifests']) ? firstImage(top) : undefined;
  const inner = digest === undefined ? undefined : await client.manifest(digest, MANIFEST_TYPES);
  const manifest = inner === undefined ? top : parse(inner.bytes);
  const config = record(manifest['config'])['digest'];
  const labels = typeof config === 'string' ? record(parse(await client.blob(config))['config'])['Labels'] : undefined;
  return { ...textsOf(labels), ...textsOf(manifest['annotations']), ...textsOf(top['annotations']) };
}
