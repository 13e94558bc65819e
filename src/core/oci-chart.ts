import type { ChartMetadata } from './chart-metadata.js';
import { sha256Digest } from './digest.js';
import type { PackedChart } from './packed-chart.js';

/** How helm stores charts in an OCI registry: https://helm.sh/docs/topics/registries/ */
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.cncf.helm.config.v1+json';
const CHART_TYPES = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'] as const;
const PROVENANCE_TYPE = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** All that a chart is in a registry. */
export interface ChartImage {
  /** In the order in which they are uploaded. */
  readonly blobs: readonly Uint8Array[];
  readonly manifest: Uint8Array;
}

/** Tags have no plus sign, versions no underscore. */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_');
}

/** The version that a tag stands for. */
export function versionOfTag(tag: string): string {
  return tag.replaceAll('_', '+');
}

function descriptor(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}

/** What registries show about the chart, as helm sets it. Without a time: it would make every push another manifest. */
function annotationsOf(metadata: ChartMetadata): Readonly<Record<string, string>> {
  const authors = (metadata.maintainers ?? [])
    .map(({ name = '', email = '' }) => (email === '' ? name : `${name} (${email})`))
    .filter((author) => author !== '')
    .join(', ');
  const known = {
    'org.opencontainers.image.description': metadata.description,
    'org.opencontainers.image.url': metadata.home,
    'org.opencontainers.image.source': metadata.sources?.[0],
    'org.opencontainers.image.authors': authors,
    ...metadata.annotations,
    'org.opencontainers.image.title': metadata.name,
    'org.opencontainers.image.version': metadata.version,
  };
  const set = Object.entries(known).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The manifest and blobs of a chart: the same chart gives the same manifest, always. */
export function createChartImage({ metadata, bytes, provenance }: PackedChart): ChartImage {
  const config = Buffer.from(JSON.stringify(metadata));
  const layers = [
    descriptor(CHART_TYPES[0], bytes),
    ...(provenance === undefined ? [] : [descriptor(PROVENANCE_TYPE, provenance)]),
  ];
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(CONFIG_TYPE, config),
    layers: layers.sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    annotations: annotationsOf(metadata),
  };
  return {
    blobs: [config, bytes, ...(provenance === undefined ? [] : [provenance])],
    manifest: Buffer.from(JSON.stringify(manifest)),
  };
}

/** The digests of the archive and the provenance file that a manifest names; nothing when it is none of a chart. */
export function chartLayersOf(
  manifest: Uint8Array,
): { readonly chart: string; readonly provenance: string | undefined } | undefined {
  try {
    const { config, layers } = JSON.parse(Buffer.from(manifest).toString('utf8')) as {
      config?: Partial<Descriptor>;
      layers?: readonly Partial<Descriptor>[];
    };
    const layer = layers?.find(({ mediaType }) => CHART_TYPES.some((type) => type === mediaType));
    if (config?.mediaType !== CONFIG_TYPE || layer?.digest === undefined) return undefined;
    const provenance = layers?.find(({ mediaType }) => mediaType === PROVENANCE_TYPE)?.digest;
    return { chart: layer.digest, provenance };
  } catch {
    return undefined;
  }
}
