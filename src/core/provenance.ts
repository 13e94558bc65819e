import { stringify } from 'yaml';
import type { ChartMetadata } from './chart-metadata.js';
import { digestHex } from './digest.js';
import { archiveName, type PackedChart } from './packed-chart.js';

/**
 * What is signed of a chart, as `helm package --sign` has it: Chart.yaml, a line of three dots, and the archive's digest by
 * its file name. https://helm.sh/docs/topics/provenance/
 */
export function provenanceMessage({ metadata, digest }: PackedChart): string {
  const fields: ChartMetadata = metadata;
  // Every text in quotes: it is read by YAML parsers of all kinds, and white space at a line's end would not be signed.
  const yaml = stringify(fields, {
    version: '1.1',
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
  return `${yaml}\n...\nfiles:\n  ${JSON.stringify(archiveName(metadata))}: sha256:${digestHex(digest) ?? ''}\n`;
}

/** The digest that a provenance file gives for an archive, `sha256:…`; nothing when it says none. The signature is not looked at. */
export function provenanceDigest(provenance: Uint8Array, fileName: string): string | undefined {
  const [, files = ''] = Buffer.from(provenance).toString('utf8').replaceAll('\r\n', '\n').split('\n...\n');
  for (const [, name, hex] of files.matchAll(/^\s+["']?([^"':]+)["']?:\s*["']?sha256:([0-9a-f]{64})["']?\s*$/gm)) {
    if (name === fileName) return `sha256:${hex}`;
  }
  return undefined;
}
