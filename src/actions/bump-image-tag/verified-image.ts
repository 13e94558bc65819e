import { registryPlaceOf, type ImageReference } from '../../core/image-reference.js';

/** An image that is in its registry. */
export interface VerifiedImage {
  /** With the digest that it has there. */
  readonly image: ImageReference;
  /** `linux/amd64`, of an index; empty for an image by itself. */
  readonly platforms: readonly string[];
}

export interface VerifyOptions {
  /** Empty: what docker login or helm registry login has kept. */
  readonly username: string;
  readonly password: string;
  /** How long an image may be missing: a registry may show a tag later than the push ends. */
  readonly timeoutMs: number;
}

/** The registries of images, each once. */
export function registriesOf(images: readonly ImageReference[]): readonly string[] {
  return [...new Set(images.map(({ name }) => registryPlaceOf(name).host))];
}

/** An image and what was found of it, as log and summary have it. */
export function verifiedLine({ image, platforms }: VerifiedImage): string {
  const name = `${image.name}${image.tag === undefined ? '' : `:${image.tag}`}`;
  return `${name} is in its registry: ${[image.digest ?? '', ...platforms].join(', ')}`;
}
