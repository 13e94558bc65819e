import { sha256Digest } from '../core/digest.js';
import { isImageDigest } from '../core/image-reference.js';
import { HelmCdError } from '../core/errors.js';
import type { RegistryCredentials } from './credentials.js';
import { descriptorsIn, referrersTag, type Descriptor, type Referrers } from './descriptors.js';
import { deletionHint, saidBy, saysImmutable } from './failure.js';
import { INDEX_TYPE } from './media-types.js';
import { nextPage } from './pages.js';
import { mayPass, RegistryTransport, type RegistryRequest, type TransportServices } from './transport.js';
import { uploadBlob, type UploadOptions, type UploadOutcome } from './uploads.js';

const TAGS_PER_PAGE = 1000;

export interface Manifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** `sha256:…`. */
  readonly digest: string;
}

/** What a registry did with a manifest. */
export type PutOutcome =
  | {
      readonly state: 'written';
      /** Whether the registry will list it as a referrer of its subject by itself (header OCI-Subject). */
      readonly listsSubject: boolean;
    }
  /** It does not change a tag that is there. */
  | { readonly state: 'immutable'; readonly said: string }
  /** It does not find blobs that the manifest names: some take a moment to show what was uploaded. */
  | { readonly state: 'blobs-missing'; readonly said: string };

/**
 * One repository of an OCI registry, by the OCI distribution specification
 * (https://github.com/opencontainers/distribution-spec). Requests are repeated when that may help.
 */
export class RegistryClient {
  readonly host: string;
  readonly repository: string;
  private readonly transport: RegistryTransport;

  /** @param repository the path below the host. */
  constructor(
    host: string,
    repository: string,
    credentials: RegistryCredentials | undefined,
    services: TransportServices,
  ) {
    this.host = host;
    this.repository = repository;
    this.transport = new RegistryTransport(host, repository, credentials, services);
  }

  /** @returns nothing when there is no such tag or repository. */
  async manifest(reference: string, accept: readonly string[]): Promise<Manifest | undefined> {
    const request: RegistryRequest = {
      method: 'GET',
      headers: { accept: accept.join(', ') },
      actions: 'pull',
      what: `The manifest ${reference}`,
    };
    const answer = await this.transport.send(`manifests/${reference}`, request);
    if (answer.status === 404) return undefined;
    const { bytes, headers } = this.transport.expect(answer, [200], request);
    const digest = sha256Digest(bytes);
    const said = headers.get('docker-content-digest');
    const wanted = reference.startsWith('sha256:') ? reference : said;
    if (wanted?.startsWith('sha256:') === true && wanted !== digest)
      throw this.corrupted(`manifest ${reference}`, wanted, digest);
    return { bytes, digest, mediaType: headers.get('content-type') ?? '' };
  }

  /**
   * What a manifest is, without its content.
   * @returns nothing when the registry does not say that: it may lack HEAD, or the header with the digest.
   */
  async head(reference: string, accept: readonly string[]): Promise<Omit<Manifest, 'bytes'> | undefined> {
    const { status, headers } = await this.transport.send(`manifests/${reference}`, {
      method: 'HEAD',
      headers: { accept: accept.join(', ') },
      actions: 'pull',
      what: `The manifest ${reference}`,
    });
    const digest = headers.get('docker-content-digest') ?? '';
    if (status !== 200 || !isImageDigest(digest)) return undefined;
    return { digest, mediaType: headers.get('content-type') ?? '' };
  }

  /** Stores a manifest under a tag, whatever the tag was before, or under its own digest. */
  async putManifest(reference: string, bytes: Uint8Array, mediaType: string): Promise<PutOutcome> {
    const request: RegistryRequest = {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
      actions: 'pull,push',
      what: `The manifest ${reference}`,
    };
    const answer = await this.transport.send(`manifests/${reference}`, request);
    if (saysImmutable(answer)) return { state: 'immutable', said: saidBy(answer) };
    const { status } = answer;
    if ((status === 404 || status === 400) && /BLOB_UNKNOWN|blob unknown/i.test(saidBy(answer))) {
      return { state: 'blobs-missing', said: saidBy(answer) };
    }
    const { headers } = this.transport.expect(answer, [200, 201, 202], request);
    return { state: 'written', listsSubject: headers.has('oci-subject') };
  }

  /**
   * Deletes a manifest, and with it every tag that stands for it: of tags alone the specification knows no deletion.
   * @throws HelmCdError `unsupported` when the registry deletes nothing.
   */
  async deleteManifest(digest: string): Promise<'deleted' | 'gone'> {
    const request: RegistryRequest = {
      method: 'DELETE',
      actions: 'pull,push,delete',
      what: `The deletion of the manifest ${digest}`,
    };
    const answer = await this.transport.send(`manifests/${digest}`, request);
    const { status } = answer;
    if (status === 404) return 'gone';
    if (status === 405 || status === 501 || (status < 500 && /\bUNSUPPORTED\b/.test(saidBy(answer)))) {
      const said = saidBy(answer);
      throw new HelmCdError(
        'unsupported',
        `${this.host}/${this.repository}: the registry deletes nothing: ${said === '' ? '' : `${said} `}(HTTP ${status}).`,
        { hint: deletionHint(this.host) },
      );
    }
    this.transport.expect(answer, [200, 202, 204], request);
    return 'deleted';
  }

  /** @throws HelmCdError `not-found`; `conflict` when the registry gives other bytes than those of the digest. */
  async blob(digest: string): Promise<Uint8Array> {
    const request: RegistryRequest = { method: 'GET', actions: 'pull', what: `The blob ${digest}` };
    const { bytes } = this.transport.expect(await this.transport.send(`blobs/${digest}`, request), [200], request);
    const actual = sha256Digest(bytes);
    if (actual !== digest) throw this.corrupted(`blob ${digest}`, digest, actual);
    return bytes;
  }

  /** Whether the registry says that it has a blob. */
  async hasBlob(digest: string): Promise<boolean> {
    const what = `The blob ${digest}`;
    return (await this.transport.send(`blobs/${digest}`, { method: 'HEAD', actions: 'pull', what })).status === 200;
  }

  /** Uploads bytes unless they are there already. */
  putBlob(bytes: Uint8Array, options: UploadOptions = {}): Promise<UploadOutcome> {
    return uploadBlob(this.transport, sha256Digest(bytes), () => Promise.resolve(bytes), options);
  }

  /** Takes a blob over from another repository: without sending it where it is one registry and that is granted. */
  copyBlob(digest: string, from: RegistryClient, again = false): Promise<UploadOutcome> {
    const sameRegistry = from.host === this.host && from.repository !== this.repository;
    const options = sameRegistry ? { mountFrom: from.repository } : {};
    return uploadBlob(this.transport, digest, () => from.blob(digest), { ...options, again });
  }

  /**
   * All tags, whatever number; none when the repository is not there.
   * @throws HelmCdError `unreachable` when the registry's pages go round in circles: part of a list is no list.
   */
  async tags(): Promise<readonly string[]> {
    const tags = new Set<string>();
    const asked = new Set<string>();
    const request: RegistryRequest = { method: 'GET', actions: 'pull', what: 'The list of tags' };
    let next: string | undefined = `tags/list?n=${TAGS_PER_PAGE}`;
    while (next !== undefined) {
      asked.add(next);
      const answer = await this.transport.send(next, request);
      if (answer.status === 404) return [...tags];
      const { bytes, headers, url } = this.transport.expect(answer, [200], request);
      const list = this.tagsIn(bytes);
      const before = tags.size;
      for (const tag of list) tags.add(tag);
      next = nextPage(headers.get('link'), url);
      if (next !== undefined && (asked.has(next) || (list.length > 0 && tags.size === before))) {
        throw new HelmCdError('unreachable', `${this.host}/${this.repository}: the list of tags has no end.`, {
          hint: 'The registry gives the same page again. Ask its operator.',
        });
      }
    }
    return [...tags];
  }

  private tagsIn(bytes: Uint8Array): readonly string[] {
    try {
      const { tags } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { tags?: unknown };
      if (Array.isArray(tags)) return tags.filter((tag): tag is string => typeof tag === 'string');
      if (tags === null || tags === undefined) return [];
    } catch {
      // Told below: no list is not an empty one.
    }
    throw new HelmCdError('unreachable', `${this.host}/${this.repository}: the list of tags is none.`, {
      hint: 'Something else than a registry answers there. Check the URL.',
    });
  }

  /** What refers to a manifest, such as signatures: by the referrers API, else by the tag that stands in for it. */
  async referrers(digest: string): Promise<Referrers> {
    const descriptors: Descriptor[] = [];
    const asked = new Set<string>();
    const request: RegistryRequest = {
      method: 'GET',
      headers: { accept: INDEX_TYPE },
      actions: 'pull',
      what: `The referrers of ${digest}`,
    };
    let next: string | undefined = `referrers/${digest}`;
    while (next !== undefined && !asked.has(next)) {
      asked.add(next);
      const answer = await this.transport.send(next, request);
      // Before version 1.1 of the specification there was no such address; registries say so in different ways.
      const type = answer.headers.get('content-type') ?? '';
      const isAnswered = answer.status === 200 && type.startsWith(INDEX_TYPE);
      if (asked.size === 1 && !isAnswered && !mayPass(answer.status)) {
        const index = await this.manifest(referrersTag(digest), [INDEX_TYPE]);
        return { descriptors: index === undefined ? [] : descriptorsIn(index.bytes), native: false };
      }
      const { bytes, headers, url } = this.transport.expect(answer, [200], request);
      descriptors.push(...descriptorsIn(bytes));
      next = nextPage(headers.get('link'), url);
    }
    return { descriptors, native: true };
  }

  private corrupted(what: string, wanted: string, actual: string): HelmCdError {
    return new HelmCdError(
      'conflict',
      `${this.host}/${this.repository}: ${what} has the digest ${actual}, not ${wanted}.`,
      {
        hint: 'The registry, or something between it and the runner, changes content.',
      },
    );
  }
}
