/** What an image's manifests and configuration say, by the OCI image specification. */
import { sourceUrl } from './commit-range.js';
import { record } from './release-manifest.js';
import type { Attachments, ImageFacts, Link, PlatformEntry } from './report-model.js';

type Json = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const size = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

/** `linux/arm64/v8`; empty for what runs nowhere, such as an attestation. */
export function platformText(platform: unknown): string {
  const { os, architecture, variant } = record(platform);
  const parts = [os, architecture, variant].filter((part): part is string => typeof part === 'string' && part !== '');
  return parts.length < 2 || os === 'unknown' ? '' : parts.join('/');
}

/** The images in an index; nothing for what is no index. */
export function imagesInIndex(
  index: Json,
): readonly { readonly digest: string; readonly platform: string }[] | undefined {
  if (!Array.isArray(index['manifests'])) return undefined;
  return listOf(index['manifests']).flatMap((one) => {
    const platform = platformText(one['platform']);
    const digest = text(one['digest']);
    // Without a platform it may be for any.
    const isImage = platform !== '' || one['platform'] === undefined;
    return isImage && digest !== '' ? [{ digest, platform }] : [];
  });
}

/** Bytes to be pulled for one image; nothing when a part does not say. */
export function imageSize(manifest: Json): number | null {
  const parts = [record(manifest['config']), ...listOf(manifest['layers'])].map((part) => size(part['size']));
  return parts.some((part) => part === undefined) ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
}

const TITLES = {
  created: 'org.opencontainers.image.created',
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  title: 'org.opencontainers.image.title',
} as const;

/** Keys that came before the specification's, by the same meaning. */
const OLDER: Readonly<Record<string, string>> = {
  revision: 'org.label-schema.vcs-ref',
  source: 'org.label-schema.vcs-url',
  version: 'org.label-schema.version',
};

/**
 * @param top the manifest under the digest that runs: an index, or an image's.
 * @param manifest an image's own; `config` its configuration. Annotations of the whole count more than labels of a part.
 */
export function imageFacts(top: Json, manifest: Json, config: Json, platforms: readonly PlatformEntry[]): ImageFacts {
  const sources = [
    record(top['annotations']),
    record(manifest['annotations']),
    record(record(config['config'])['Labels']),
  ];
  const said = (name: keyof typeof TITLES) => {
    const keys = [TITLES[name], OLDER[name]].filter((key) => key !== undefined);
    return sources.flatMap((source) => keys.map((key) => text(source[key]))).find((found) => found !== '') ?? '';
  };
  // Reproducible builds say 1970 in the configuration.
  const created = [said('created'), text(config['created'])].find((time) => Date.parse(time) > 0) ?? '';
  return {
    platforms,
    created,
    revision: said('revision'),
    source: said('source'),
    version: said('version'),
    title: said('title'),
  };
}

const isCommit = (revision: string) => /^[0-9a-f]{7,64}$/.test(revision);

/** The commit that an image was built of; nothing when it does not say. */
export function commitOf({ revision, source }: Pick<ImageFacts, 'revision' | 'source'>): Link | null {
  if (!isCommit(revision)) return null;
  const url = sourceUrl(source);
  return {
    text: revision,
    url: url === undefined ? '' : `${url}/${/^https:\/\/gitlab\./.test(url) ? '-/' : ''}commit/${revision}`,
  };
}

/** `owner/name` on the given server; nothing for what lies elsewhere. */
export function repositoryOn(serverUrl: string, source: string): string | undefined {
  const url = sourceUrl(source);
  if (url === undefined || !URL.canParse(serverUrl) || new URL(url).host !== new URL(serverUrl).host) return undefined;
  return new URL(url).pathname.slice(1);
}

/** What a descriptor that refers to an image is: by its artifact type, as cosign, notation, buildx and syft write them. */
export function attachmentKind(descriptor: Json): keyof Attachments {
  const type = `${text(descriptor['artifactType'])} ${text(record(descriptor['annotations'])['dev.sigstore.bundle.predicateType'])}`;
  if (/spdx|cyclonedx|sbom/i.test(type)) return 'sboms';
  if (/in-toto|attestation|predicate|slsa/i.test(type)) return 'attestations';
  if (/cosign|signature|sigstore|notary/i.test(type)) return 'signatures';
  return 'others';
}

/** Attestations that an image builder put into the index itself. */
export function attestationsIn(index: Json): number {
  const isAttestation = (one: Json) =>
    record(one['annotations'])['vnd.docker.reference.type'] === 'attestation-manifest';
  return listOf(index['manifests']).filter(isAttestation).length;
}
