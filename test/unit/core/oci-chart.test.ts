import { describe, expect, it } from '@jest/globals';
import { chartLayersOf, createChartImage, tagOf, versionOfTag } from '../../../src/core/oci-chart.js';
import { sha256Digest } from '../../../src/core/digest.js';
import type { PackedChart } from '../../../src/core/packed-chart.js';
import { museumProvenanceName, provenanceDigest, provenanceMessage } from '../../../src/core/provenance.js';

const bytes = Buffer.from('archive');
const chart: PackedChart = {
  metadata: {
    name: 'shop',
    home: 'https://example.com',
    sources: ['https://example.com/src', 'https://example.com/more'],
    version: '1.0.0+build.1',
    description: 'A shop: yes',
    maintainers: [{ name: 'Ann', email: 'ann@example.com' }, { name: 'Ben' }, {}],
    apiVersion: 'v2',
    appVersion: '1e3',
    annotations: {
      'org.opencontainers.image.version': '9.9.9',
      'org.opencontainers.image.url': 'https://mine',
      team: 'x',
    },
  },
  bytes,
  digest: sha256Digest(bytes),
  files: [],
};

const manifestOf = (own: PackedChart) =>
  JSON.parse(Buffer.from(createChartImage(own).manifest).toString()) as {
    layers: { mediaType: string; digest: string; size: number }[];
    annotations: Record<string, string>;
  };

describe('a chart in a registry', () => {
  it('has tags without a plus sign', () => {
    expect(tagOf('1.0.0+a.b+c')).toBe('1.0.0_a.b_c');
    expect(versionOfTag('1.0.0_a.b')).toBe('1.0.0+a.b');
  });

  it('is shown as helm shows it; title and version are not for annotations to change, and there is no time', () => {
    expect(manifestOf(chart).annotations).toEqual({
      'org.opencontainers.image.authors': 'Ann (ann@example.com), Ben',
      'org.opencontainers.image.description': 'A shop: yes',
      'org.opencontainers.image.source': 'https://example.com/src',
      'org.opencontainers.image.title': 'shop',
      'org.opencontainers.image.url': 'https://mine',
      'org.opencontainers.image.version': '1.0.0+build.1',
      team: 'x',
    });
  });

  it('has its metadata as config, the archive and the provenance as layers in the order of their digests', () => {
    const provenance = Buffer.from('signed');
    const { blobs } = createChartImage({ ...chart, provenance });
    expect(JSON.parse(Buffer.from(blobs[0] ?? []).toString())).toEqual(chart.metadata);
    const { layers } = manifestOf({ ...chart, provenance });
    expect(layers).toEqual(
      [
        { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: chart.digest, size: 7 },
        { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', digest: sha256Digest(provenance), size: 6 },
      ].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
    expect(chartLayersOf(createChartImage({ ...chart, provenance }).manifest)).toEqual({
      chart: chart.digest,
      provenance: sha256Digest(provenance),
    });
    expect(chartLayersOf(createChartImage(chart).manifest)).toEqual({ chart: chart.digest, provenance: undefined });
  });

  it.each([
    ['{'],
    ['{}'],
    ['{"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]}'],
    ['{"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"},"layers":[]}'],
    ['{"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"}}'],
  ])('is not in %s', (manifest) => {
    expect(chartLayersOf(Buffer.from(manifest))).toBeUndefined();
  });
});

describe('what is signed', () => {
  it('is Chart.yaml with every text but name and version in quotes, three dots, and the digest', () => {
    const { annotations: _, ...metadata } = chart.metadata;
    expect(provenanceMessage({ ...chart, metadata })).toBe(`name: shop
home: "https://example.com"
sources:
  - "https://example.com/src"
  - "https://example.com/more"
version: 1.0.0+build.1
description: "A shop: yes"
maintainers:
  - name: "Ann"
    email: "ann@example.com"
  - name: "Ben"
  - {}
apiVersion: "v2"
appVersion: "1e3"

...
files:
  "shop-1.0.0+build.1.tgz": ${chart.digest}
`);
  });

  it.each([
    ['on', '1.0.0', 'name: "on"', 'version: 1.0.0'],
    ['1e3', 'v1.0.0-rc.1', 'name: "1e3"', 'version: v1.0.0-rc.1'],
    ['shop-2', '1.0', 'name: shop-2', 'version: "1.0"'],
  ])('has quotes around the name %s and the version %s where a parser needs them', (name, version, ...lines) => {
    const text = provenanceMessage({ ...chart, metadata: { ...chart.metadata, name, version } });
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
  });

  it.each([
    [
      'as we write it',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: shop\nversion: 1.0.0\n`,
      'shop-1.0.0.tgz.prov',
    ],
    [
      'as helm writes it',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\napiVersion: v2\nmaintainers:\n- name: Ann\nname: shop\nversion: 1.0.0\n`,
      'shop-1.0.0.tgz.prov',
    ],
    ['with quotes', `-----BEGIN PGP SIGNED MESSAGE-----\n\nname: "shop"\nversion: 1.0.0\n`, '"shop"-1.0.0.tgz.prov'],
    ['unsigned', `name: shop\nversion: 1.0.0\n`, undefined],
    ['without a version', `-----BEGIN PGP SIGNED MESSAGE-----\n\nname: shop\n`, undefined],
  ])('gets a name of ChartMuseum %s', (_, text, name) => {
    expect(museumProvenanceName(Buffer.from(text))).toBe(name);
  });

  it.each([
    ['as we write it', `a: b\n\n...\nfiles:\n  "x-1.0.0.tgz": ${chart.digest}\n`, chart.digest],
    ['as helm writes it', `a: b\n\n...\nfiles:\n  x-1.0.0.tgz: ${chart.digest}\n`, chart.digest],
    ['with Windows line ends', `a: b\r\n\r\n...\r\nfiles:\r\n  x-1.0.0.tgz: ${chart.digest}\r\n`, chart.digest],
    ['for another file', `a: b\n\n...\nfiles:\n  y-1.0.0.tgz: ${chart.digest}\n`, undefined],
    ['before the dots', `files:\n  x-1.0.0.tgz: ${chart.digest}\n\n...\n`, undefined],
    ['no digest', 'a: b\n\n...\nfiles:\n  x-1.0.0.tgz: sha256:00\n', undefined],
  ])('is read %s', (_, text, digest) => {
    expect(provenanceDigest(Buffer.from(text), 'x-1.0.0.tgz')).toBe(digest);
  });
});
