import { isImageDigest } from '../core/image-reference.js';

/** One manifest that refers to another, as the registry lists it: OCI image specification, "Descriptors". */
export type Descriptor = Readonly<Record<string, unknown>> & { readonly digest: string; readonly mediaType: string };

/** What refers to a manifest. */
export interface Referrers {
  readonly descriptors: readonly Descriptor[];
  /** Whether the registry lists them by itself; else they are kept under a tag. */
  readonly native: boolean;
}

/** The tag under which referrers are kept where the registry does not list them: "Referrers Tag Schema". */
export function referrersTag(digest: string): string {
  return digest.replace(':', '-');
}

function isDescriptor(value: unknown): value is Descriptor {
  const { digest, mediaType } = Object(value) as { digest?: unknown; mediaType?: unknown };
  return typeof digest === 'string' && isImageDigest(digest) && typeof mediaType === 'string';
}

/** The descriptors in an image index; none in anything else. */
export function descriptorsIn(bytes: Uint8Array): readonly Descriptor[] {
  try {
    const { manifests } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { manifests?: unknown };
    return Array.isArray(manifests) ? manifests.filter(isDescriptor) : [];
  } catch {
    return [];
  }
}
