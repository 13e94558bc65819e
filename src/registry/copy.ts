import { HelmCdError } from '../core/errors.js';
import type { Manifest, RegistryClient } from './client.js';
import { descriptorsIn, referrersTag, type Descriptor } from './descriptors.js';
import { ANY_MANIFEST, INDEX_TYPE, INDEX_TYPES } from './media-types.js';

/** Tags of cosign 1 and 2: signatures, attestations and bills of materials. */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'];
/** A signature of an attestation of a bill of materials; deeper goes nobody. */
const DEEPEST = 5;
const INDEX_ATTEMPTS = 10;

/** What was copied, and how. */
export interface CopyReport {
  /** Digests of blobs that the target had, took over from a repository beside it, or was sent. */
  readonly blobs: { readonly there: string[]; readonly mounted: string[]; readonly uploaded: string[] };
  /** Digests of the manifests that refer to the copied one, such as signatures. */
  readonly referrers: string[];
  /** What could not be copied, in sentences. */
  readonly warnings: string[];
}

export function emptyReport(): CopyReport {
  return { blobs: { there: [], mounted: [], uploaded: [] }, referrers: [], warnings: [] };
}

interface Contents {
  readonly config?: { readonly digest?: unknown };
  readonly layers?: readonly { readonly digest?: unknown }[];
}

/** Digests of the blobs that a manifest names, each once; none for an index. */
export function blobsIn(bytes: Uint8Array): readonly string[] {
  const { config, layers = [] } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Contents;
  const digests = [config, ...layers].map((part) => part?.digest);
  return [...new Set(digests.filter((digest): digest is string => typeof digest === 'string'))];
}

/** Copies between two repositories, of one registry or of two. What is there is not sent again. */
export class RegistryCopy {
  readonly report: CopyReport = emptyReport();
  private readonly from: RegistryClient;
  private readonly to: RegistryClient;
  private readonly done = new Set<string>();

  constructor(from: RegistryClient, to: RegistryClient) {
    this.from = from;
    this.to = to;
  }

  /**
   * Copies what a manifest is made of.
   * @param again sends it even if the target says that it is there.
   */
  async blobs({ bytes }: Manifest, again = false): Promise<void> {
    for (const digest of blobsIn(bytes))
      this.report.blobs[await this.to.copyBlob(digest, this.from, again)].push(digest);
  }

  /**
   * Copies a manifest, with all that it is made of, under its digest.
   * @returns whether the target lists it by itself as a referrer of its subject.
   */
  async manifest(manifest: Manifest): Promise<boolean> {
    const { digest, bytes, mediaType } = manifest;
    const known = this.done.has(digest);
    this.done.add(digest);
    if (!known && INDEX_TYPES.some((type) => mediaType.startsWith(type))) {
      for (const child of descriptorsIn(bytes)) await this.manifest(await this.source(child.digest));
    } else if (!known) await this.blobs(manifest);
    const outcome = await this.to.putManifest(digest, bytes, mediaType);
    if (outcome.state === 'written') return outcome.listsSubject;
    // Under its own digest it can only be the same.
    if (outcome.state === 'immutable') return false;
    throw new HelmCdError(
      'unreachable',
      `${this.to.host}/${this.to.repository} loses what is uploaded: ${outcome.said}`,
      {
        hint: 'Run the job again later.',
      },
    );
  }

  private async source(reference: string): Promise<Manifest> {
    const manifest = await this.from.manifest(reference, ANY_MANIFEST);
    if (manifest !== undefined) return manifest;
    throw new HelmCdError('not-found', `${this.from.host}/${this.from.repository} has no manifest ${reference}.`, {
      hint: 'It is named by another one there: the repository is broken.',
    });
  }

  /** Copies all that refers to a manifest, and what refers to that; signatures made there stay. */
  async referrersOf(digest: string, depth = 0): Promise<void> {
    const { descriptors } = await this.from.referrers(digest);
    let isListed = true;
    for (const descriptor of descriptors) {
      if (this.report.referrers.includes(descriptor.digest)) continue;
      isListed = (await this.manifest(await this.source(descriptor.digest))) && isListed;
      this.report.referrers.push(descriptor.digest);
      if (depth < DEEPEST) await this.referrersOf(descriptor.digest, depth + 1);
    }
    if (descriptors.length > 0 && !isListed) await this.listReferrers(digest, descriptors);
    for (const suffix of COSIGN_SUFFIXES) await this.cosignTag(`${referrersTag(digest)}.${suffix}`);
  }

  /** Adds referrers to the tag that stands in for a registry's own list; others may do the same at this moment. */
  private async listReferrers(digest: string, descriptors: readonly Descriptor[]): Promise<void> {
    for (let attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
      const { descriptors: there, native } = await this.to.referrers(digest);
      const missing = descriptors.filter((one) => !there.some((other) => other.digest === one.digest));
      if (native || missing.length === 0) return;
      const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...there, ...missing] };
      await this.to.putManifest(referrersTag(digest), Buffer.from(JSON.stringify(index)), INDEX_TYPE);
    }
    this.report.warnings.push(`The list of what refers to ${digest} was changed by others all the time.`);
  }

  /** Such a tag gets another layer with each signature; one that has more than ours is left as it is. */
  private async cosignTag(tag: string): Promise<void> {
    const manifest = await this.from.manifest(tag, ANY_MANIFEST);
    if (manifest === undefined) return;
    const there = await this.to.manifest(tag, ANY_MANIFEST);
    if (there?.digest !== manifest.digest) {
      const ours = blobsIn(manifest.bytes);
      const config = (JSON.parse(Buffer.from(there?.bytes ?? '{}').toString('utf8')) as Contents).config?.digest;
      const lost = blobsIn(there?.bytes ?? Buffer.from('{}')).filter((blob) => blob !== config && !ours.includes(blob));
      if (lost.length > 0) {
        const where = `${this.to.host}/${this.to.repository}:${tag}`;
        this.report.warnings.push(`${where} was left as it is: it holds signatures that were made there.`);
        return;
      }
      await this.blobs(manifest);
      const outcome = await this.to.putManifest(tag, manifest.bytes, manifest.mediaType);
      if (outcome.state !== 'written') {
        this.report.warnings.push(`${this.to.host}/${this.to.repository}:${tag} could not be written: ${outcome.said}`);
        return;
      }
    }
    this.report.referrers.push(manifest.digest);
  }
}
