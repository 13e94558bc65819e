import type { ChartMetadata } from './chart-metadata.js';
import { sha256Digest } from './digest.js';
import type { PackedChart } from './packed-chart.js';
import { sortedDeep } from './sorted-keys.js';

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

/**
 * What registries show about the chart, as helm sets it: from Chart.yaml, whose own annotations come on top, but for title
 * and version.
 */
function annotationsOf(metadata: ChartMetadata, created: string | undefined): Readonly<Record<string, string>> {
  const authors = (metadata.maintainers ?? [])
    .map(({ name = '', email = '' }) => (email === '' ? name : `${name} (${email})`))
    .filter((author) => author !== '')
    .join(', ');
  const known = {
    'org.opencontainers.image.description': metadata.description,
    'org.opencontainers.image.url': metadata.home,
    'org.opencontainers.image.source': metadata.sources?.[0],
    'org.opencontainers.image.authors': authors,
    'org.opencontainers.image.created': created,
    ...metadata.annotations,
    'org.opencontainers.image.title': metadata.name,
    'org.opencontainers.image.version': metadata.version,
  };
  const set = Object.entries(known).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return sortedByKey(Object.fromEntries(set));
}

function sortedByKey(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether Go leaves a field out that may be empty. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0);
}

function withoutEmpty(fields: object, always?: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => key === always || !isEmpty(value)));
}

/** Texts of Chart.yaml as helm loads them: white space of any kind is a space, and what does not print is left out. */
function printable(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]/gu, (character) => (/\p{White_Space}/u.test(character) ? ' ' : ''));
}

function printableTexts<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(printableTexts) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printableTexts<unknown>(item)])) as T;
}

/** Chart.yaml as helm has it in memory. Annotations are as they are written. */
function loaded(metadata: ChartMetadata): ChartMetadata {
  const { annotations } = metadata;
  const texts = printableTexts(metadata);
  return annotations === undefined ? texts : { ...texts, annotations };
}

/** Chart.yaml as helm writes it into the configuration. */
function configOf(metadata: ChartMetadata): Uint8Array {
  const { annotations = {}, maintainers, dependencies } = metadata;
  const named = Object.keys(annotations).length > 0;
  // An assignment keeps a field's place among the others.
  const fields: Record<string, unknown> = { ...metadata };
  if (metadata.annotations !== undefined) fields['annotations'] = named ? sortedByKey(annotations) : undefined;
  if (maintainers !== undefined) fields['maintainers'] = maintainers.map((one) => withoutEmpty(one));
  if (dependencies !== undefined) {
    fields['dependencies'] = dependencies.map((one) => {
      const imported = one['import-values'];
      // What is no struct in Go is a map, whose keys come in their order.
      const own = imported === undefined ? one : { ...one, 'import-values': sortedDeep(imported) };
      return withoutEmpty(own, 'repository');
    });
  }
  return goJson(withoutEmpty(fields));
}

/** JSON as Go's encoder writes it, so that helm would write the very same bytes. */
function goJson(value: unknown): Uint8Array {
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(text);
}

/**
 * The manifest and blobs of a chart, as `helm push` of both majors writes them, byte for byte, but for the time: the same
 * archive and provenance give the same manifest, always.
 * @param created RFC 3339, when the archive says so. Helm takes the modification time of the file on the machine that pushes,
 *   in that machine's time zone, so that each push of one archive makes another manifest.
 */
export function createChartImage(chart: PackedChart, created?: string): ChartImage {
  const { bytes, provenance } = chart;
  const metadata = loaded(chart.metadata);
  const config = configOf(metadata);
  const layers = [
    descriptor(CHART_TYPES[0], bytes),
    ...(provenance === undefined ? [] : [descriptor(PROVENANCE_TYPE, provenance)]),
  ];
  const manifest = {
    schemaVersion: 2,
    config: descriptor(CONFIG_TYPE, config),
    layers: layers.sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    annotations: annotationsOf(metadata, created),
  };
  return {
    blobs: [config, bytes, ...(provenance === undefined ? [] : [provenance])],
    manifest: goJson(manifest),
  };
}

/** What a chart's manifest says besides the digests of archive and provenance. */
export interface ChartFacts {
  readonly chart: string;
  readonly provenance: string | undefined;
  /** Digest of the configuration. */
  readonly config: string;
  /** Of all blobs. */
  readonly sizeBytes: number;
  /** RFC 3339: when the archive was made, as far as the one who pushed it said so. */
  readonly created: string | undefined;
}

/** @returns nothing when the manifest is none of a chart. */
export function chartFactsOf(manifest: Uint8Array): ChartFacts | undefined {
  const layers = chartLayersOf(manifest);
  if (layers === undefined) return undefined;
  const {
    config,
    layers: all = [],
    annotations,
  } = JSON.parse(Buffer.from(manifest).toString('utf8')) as {
    readonly config?: Partial<Descriptor>;
    readonly layers?: readonly Partial<Descriptor>[];
    readonly annotations?: Readonly<Record<string, unknown>> | null;
  };
  const created = annotations?.['org.opencontainers.image.created'];
  return {
    ...layers,
    config: config?.digest ?? '',
    sizeBytes: [config, ...all].reduce((sum, descriptor) => sum + (descriptor?.size ?? 0), 0),
    created: typeof created === 'string' ? created : undefined,
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
