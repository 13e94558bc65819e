import type { ChartMetadata } from './chart-metadata.js';

/** A chart as it is published: the archive's exact bytes and what is in them. */
export interface PackedChart {
  /** Of the Chart.yaml inside the archive. */
  readonly metadata: ChartMetadata;
  readonly bytes: Uint8Array;
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** What is in it, in its order; sizes in bytes. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** An OpenPGP provenance file for the archive, published beside it. */
  readonly provenance?: Uint8Array;
}

/** The archive's file name, which helm and provenance files expect: `NAME-VERSION.tgz`. */
export function archiveName(metadata: Pick<ChartMetadata, 'name' | 'version'>): string {
  return `${metadata.name}-${metadata.version}.tgz`;
}
