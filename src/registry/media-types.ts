/** Media types of what has a manifest: https://github.com/opencontainers/image-spec, and what docker had before it. */
import { MANIFEST_TYPE } from '../core/oci-chart.js';

export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** What lists other manifests. */
export const INDEX_TYPES: readonly string[] = [INDEX_TYPE, 'application/vnd.docker.distribution.manifest.list.v2+json'];
/** One image or chart. */
export const MANIFEST_TYPES: readonly string[] = [
  MANIFEST_TYPE,
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** Whatever may stand under a tag. */
export const ANY_MANIFEST: readonly string[] = [...INDEX_TYPES, ...MANIFEST_TYPES];
