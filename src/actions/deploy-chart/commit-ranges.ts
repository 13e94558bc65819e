/** Which commits the new images bring, as far as their labels tell. It is nice to know, so nothing waits for it long. */
import { commitRange, describeRange, type ImageLabels } from '../../core/commit-range.js';
import { createLimiter } from '../../core/concurrency.js';
import { messageOf } from '../../core/errors.js';
import { parseImageReference, registryPlaceOf } from '../../core/image-reference.js';
import type { Services } from '../../core/ports.js';
import type { ObjectChange } from '../../core/release-diff.js';
import { RegistryClient } from '../../registry/client.js';
import { findCredentials } from '../../registry/credentials.js';
import { findImageLabels } from '../../registry/image-labels.js';

/** For all of it. A registry that is slow today does not hold a deploy up. */
const TIMEOUT_MS = 5000;
const MOST_IMAGES = 20;
const CONCURRENCY = 6;

async function labelsOf(image: string, services: Services): Promise<ImageLabels | undefined> {
  const reference = parseImageReference(image);
  const what = reference?.digest ?? reference?.tag;
  if (reference === undefined || what === undefined) return undefined;
  const { host, repository } = registryPlaceOf(reference.name);
  const credentials = await findCredentials(host, { username: '', password: '' }, services);
  return findImageLabels(new RegistryClient(host, repository, credentials, services), what);
}

/** Each pair of images once. */
function imagePairs(changes: readonly ObjectChange[]): readonly (readonly [string, string])[] {
  const pairs = changes.flatMap(({ images }) =>
    images.flatMap(({ from, to }) => (from === '' ? [] : [[from, to] as const])),
  );
  return [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()].slice(0, MOST_IMAGES);
}

/**
 * Lines such as `ghcr.io/acme/api:1.1.0: https://github.com/acme/api/compare/1f3e2ab…9c14b01…`; none for images that do not tell, and
 * for registries that do not let us look.
 */
export async function commitRanges(changes: readonly ObjectChange[], services: Services): Promise<readonly string[]> {
  const pairs = imagePairs(changes);
  if (pairs.length === 0) return [];
  const signal = AbortSignal.any([services.cancelled, AbortSignal.timeout(TIMEOUT_MS)]);
  // What fails is not tried again.
  const clock = { ...services.clock, sleep: () => Promise.reject(new Error('it does not answer')) };
  const hurried = { ...services, clock, cancelled: signal };
  const limit = createLimiter(CONCURRENCY);
  const lines = await Promise.all(
    pairs.map(async ([from, to]) => {
      try {
        const [old, next] = await Promise.all([from, to].map((image) => limit(() => labelsOf(image, hurried))));
        const range = old === undefined || next === undefined ? undefined : commitRange(old, next);
        return range === undefined ? [] : [describeRange(to, range)];
      } catch (error) {
        services.log.debug(`The labels of ${to} cannot be read: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return lines.flat();
}
