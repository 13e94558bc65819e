import { stringify } from 'yaml';
import type { ChartMetadata } from './chart-metadata.js';
import { digestHex } from './digest.js';
import { archiveName, type PackedChart } from './packed-chart.js';

/** Names and versions that every YAML parser takes for a text without quotes. */
const PLAIN_NAME = /^(?!(?:y|n|yes|no|on|off|true|false|null|nan|inf)$)[a-z](?:[a-z0-9.-]*[a-z0-9])?$/i;
const PLAIN_VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/;

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
  // These two without: ChartMuseum makes the file's name of what is written there, quotes and all.
  const plain = yaml
    .replace(/^name: "(.*)"$/m, (line, name: string) => (PLAIN_NAME.test(name) ? `name: ${name}` : line))
    .replace(/^version: "(.*)"$/m, (line, version: string) =>
      PLAIN_VERSION.test(version) ? `version: ${version}` : line,
    );
  return `${plain}\n...\nfiles:\n  ${JSON.stringify(archiveName(metadata))}: sha256:${digestHex(digest) ?? ''}\n`;
}

/** The digest that a provenance file gives for an archive, `sha256:…`; nothing when it says none. The signature is not looked at. */
export function provenanceDigest(provenance: Uint8Array, fileName: string): string | undefined {
  const [, files = ''] = Buffer.from(provenance).toString('utf8').replaceAll('\r\n', '\n').split('\n...\n');
  for (const [, name, hex] of files.matchAll(/^\s+["']?([^"':]+)["']?:\s*["']?sha256:([0-9a-f]{64})["']?\s*$/gm)) {
    if (name === fileName) return `sha256:${hex}`;
  }
  return undefined;
}

/** The name under which ChartMuseum keeps a provenance file: of what stands behind `name:` and `version:` in it; nothing when it takes it for none. */
export function museumProvenanceName(provenance: Uint8Array): string | undefined {
  const text = Buffer.from(provenance).toString('utf8');
  const [name, version] = [/\nname:[ *](.+)/.exec(text)?.[1], /\nversion:[ *](.+)/.exec(text)?.[1]];
  if (!text.startsWith('-----BEGIN PGP SIGNED MESSAGE-----') || name === undefined || version === undefined) {
    return undefined;
  }
  return `${name}-${version}.tgz.prov`;
}
