import { createLimiter } from '../../core/concurrency.js';
import { formatDuration } from '../../core/duration.js';
import { HelmCdError } from '../../core/errors.js';
import { formatImageReference, registryPlaceOf, type ImageReference } from '../../core/image-reference.js';
import type { Services } from '../../core/ports.js';
import { RegistryClient } from '../../registry/client.js';
import { findCredentials } from '../../registry/credentials.js';
import { findImageManifest, type ImageManifest } from '../../registry/image-manifest.js';
import type { VerifiedImage, VerifyOptions } from './verified-image.js';

/** So many images are looked up at a time. */
const CONCURRENCY = 4;
/** Between two looks at what is not there yet, milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

type NeededServices = Pick<Services, 'cancelled' | 'clock' | 'environment' | 'log' | 'masks' | 'processes'>;

/** A digest that we can compute and so compare; for others only their being there counts. */
function isComparable(digest: string | undefined): boolean {
  return digest?.startsWith('sha256:') === true;
}

function notThere(image: ImageReference, timeoutMs: number): HelmCdError {
  const what = image.tag === undefined ? `manifest ${image.digest ?? ''}` : `tag ${image.tag}`;
  return new HelmCdError(
    'not-found',
    `The registry has no ${image.name} with the ${what}; it was looked for during ${formatDuration(timeoutMs)}.`,
    { hint: 'Bump after the push has ended. If the registry needs longer to show it, raise verify-timeout.' },
  );
}

function notReadable(image: ImageReference, host: string, hasCredentials: boolean, cause: HelmCdError): HelmCdError {
  const login = `log in before (docker login ${host}), or give registry-username and registry-password`;
  return new HelmCdError('unauthorized', `${image.name} may not be read: ${cause.message}`, {
    hint: hasCredentials
      ? `Check the user and the password, and what they may read; or ${login}.`
      : `If it is private, ${login}. If it does not exist, some registries answer the same.`,
    cause,
  });
}

/** The image with the digest that it has, when that does not contradict the one that was given. */
function withDigest(image: ImageReference, found: ImageManifest): ImageReference {
  if (image.digest === undefined) return { ...image, digest: found.digest, lookedUp: true };
  if (image.digest === found.digest || !isComparable(image.digest)) return image;
  const part = found.platforms.find(({ digest }) => digest === image.digest);
  throw new HelmCdError(
    'conflict',
    `${image.name}:${image.tag ?? ''} is ${found.digest} in its registry, not ${image.digest}.`,
    {
      hint:
        part === undefined
          ? 'The tag was pushed again meanwhile, or the digest is another image’s.'
          : `${image.digest} is only the image for ${part.platform}: give the digest of the whole, or none.`,
    },
  );
}

async function verify(image: ImageReference, options: VerifyOptions, services: NeededServices): Promise<VerifiedImage> {
  const { clock, log } = services;
  const { host, repository } = registryPlaceOf(image.name);
  const credentials = await findCredentials(host, options, services);
  const client = new RegistryClient(host, repository, credentials, services);
  const byTag = image.tag !== undefined && (image.digest === undefined || isComparable(image.digest));
  const reference = (byTag ? image.tag : image.digest) ?? '';
  const started = clock.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    let found: ImageManifest | undefined;
    try {
      found = await findImageManifest(client, reference);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'unauthorized') throw error;
      throw notReadable(image, host, credentials !== undefined, error);
    }
    if (found !== undefined) {
      return { image: withDigest(image, found), platforms: [...new Set(found.platforms.map((one) => one.platform))] };
    }
    const left = options.timeoutMs - (clock.now() - started);
    if (left <= 0) throw notThere(image, options.timeoutMs);
    if (pause === FIRST_PAUSE_MS) {
      log.info(`${formatImageReference(image)} is not in its registry yet; looking again for ${formatDuration(left)}.`);
    }
    await clock.sleep(Math.min(pause, left));
  }
}

/**
 * Looks every image up in its registry, and what digest it has there.
 * @returns the images in the same order, each with its digest.
 * @throws HelmCdError `not-found` when one is not there in time, `unauthorized` when it may not be read, `conflict` when
 *   it has another digest than the one that was given, `unreachable`.
 */
export async function verifyImages(
  images: readonly ImageReference[],
  options: VerifyOptions,
  services: NeededServices,
): Promise<readonly VerifiedImage[]> {
  const inTurn = createLimiter(CONCURRENCY);
  return Promise.all(images.map((image) => inTurn(() => verify(image, options, services))));
}
