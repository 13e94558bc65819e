/** What the registries know of images. What is under a digest never changes, so it is read once and may be kept. */
import { HelmCdError, messageOf } from '../core/errors.js';
import { registryPlaceOf } from '../core/image-reference.js';
import { record } from '../core/release-manifest.js';
import { attachmentKind, attestationsIn, imageFacts, imageSize, imagesInIndex } from '../core/report-images.js';
import type { Attachments, ImageFacts, PlatformEntry } from '../core/report-model.js';
import type { Services } from '../core/ports.js';
import { RegistryClient } from '../registry/client.js';
import { findCredentials } from '../registry/credentials.js';
import { ANY_MANIFEST, MANIFEST_TYPES } from '../registry/media-types.js';
import type { ImageCache } from './image-cache.js';

export interface RegistryLogin {
  /** Which registry the login is for; empty: the only one that there is. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export interface FoundImage {
  /** Of what is in the registry; empty when there is nothing. */
  readonly digest: string;
  readonly facts: ImageFacts | null;
  readonly attached: Attachments | null;
  readonly note: string;
}

type NeededServices = Pick<Services, 'cancelled' | 'clock' | 'environment' | 'log' | 'masks' | 'processes'>;

/** An image of an index that has more platforms than these is not looked into for its size. */
const MOST_PLATFORMS = 12;

const parse = (bytes: Uint8Array) => record(JSON.parse(Buffer.from(bytes).toString('utf8')));

/** Registries, each of which is asked no more once it did not answer. */
export class ImageRegistry {
  private readonly services: NeededServices;
  private readonly login: RegistryLogin;
  private readonly cache: ImageCache;
  private readonly silent = new Map<string, string>();
  private readonly clients = new Map<string, Promise<RegistryClient>>();

  /** @param login its password goes to its own registry alone. */
  constructor(services: NeededServices, login: RegistryLogin, cache: ImageCache) {
    this.services = services;
    this.login = login;
    this.cache = cache;
  }

  private client(name: string): Promise<RegistryClient> {
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const { host, repository } = registryPlaceOf(name);
    const { username, password, registry } = this.login;
    const own = registry === host ? { username, password } : { username: '', password: '' };
    const client = findCredentials(host, own, this.services).then(
      (credentials) => new RegistryClient(host, repository, credentials, this.services),
    );
    this.clients.set(name, client);
    return client;
  }

  /**
   * Looks an image up; whatever goes wrong is a note.
   * @param reference a digest or a tag.
   * @throws HelmCdError `cancelled`
   */
  async find(name: string, reference: string): Promise<FoundImage> {
    const { host } = registryPlaceOf(name);
    const nothing = (note: string): FoundImage => ({ digest: '', facts: null, attached: null, note });
    const silence = this.silent.get(host);
    if (silence !== undefined) return nothing(silence);
    try {
      const found = await this.look(await this.client(name), name, reference);
      return found ?? nothing(`${host} does not have it (any more)`);
    } catch (error) {
      if (this.services.cancelled.aborted) throw error;
      const message = messageOf(error);
      if (error instanceof HelmCdError && error.code === 'unreachable') this.silent.set(host, message);
      this.services.log.debug(`${name} ${reference}: ${message}`);
      return nothing(message);
    }
  }

  private async look(client: RegistryClient, name: string, reference: string): Promise<FoundImage | undefined> {
    const known = await this.cache.get(reference);
    if (known !== undefined) {
      const attached = await this.attachments(client, reference, known.attestations);
      return { digest: reference, facts: known.facts, attached, note: '' };
    }
    const top = await client.manifest(reference, ANY_MANIFEST);
    if (top === undefined) return undefined;
    const index = parse(top.bytes);
    const images = imagesInIndex(index);
    const platforms: PlatformEntry[] = [];
    let manifest = images === undefined ? index : {};
    let config = {};
    for (const [position, { digest, platform }] of (images ?? [{ digest: top.digest, platform: '' }]).entries()) {
      if (position >= MOST_PLATFORMS) {
        platforms.push({ platform, digest, size: null });
        continue;
      }
      const own = images === undefined ? top : await client.manifest(digest, MANIFEST_TYPES);
      const content = own === undefined ? {} : parse(own.bytes);
      if (position === 0) {
        manifest = content;
        config = await this.config(client, content);
      }
      platforms.push({ platform: platform || platformIn(config), digest, size: imageSize(content) });
    }
    const facts = imageFacts(index, manifest, config, platforms);
    const attestations = attestationsIn(index);
    await this.cache.put(top.digest, { facts, attestations });
    return { digest: top.digest, facts, attached: await this.attachments(client, top.digest, attestations), note: '' };
  }

  private async config(client: RegistryClient, manifest: Readonly<Record<string, unknown>>) {
    const digest = record(manifest['config'])['digest'];
    return typeof digest === 'string' ? parse(await client.blob(digest)) : {};
  }

  /** Signatures come and go, so they are asked for each time. Nothing when the registry does not tell. */
  private async attachments(client: RegistryClient, digest: string, inIndex: number): Promise<Attachments | null> {
    try {
      const counts = { signatures: 0, attestations: inIndex, sboms: 0, others: 0 };
      for (const descriptor of (await client.referrers(digest)).descriptors) counts[attachmentKind(descriptor)]++;
      // The tags of cosign 1 and 2.
      const tag = digest.replace(':', '-');
      const tags = { sig: 'signatures', att: 'attestations', sbom: 'sboms' } as const;
      for (const [suffix, kind] of Object.entries(tags) as [keyof typeof tags, (typeof tags)[keyof typeof tags]][]) {
        const found = await client.manifest(`${tag}.${suffix}`, MANIFEST_TYPES);
        if (found === undefined) continue;
        const { layers } = parse(found.bytes);
        counts[kind] += Array.isArray(layers) ? Math.max(1, layers.length) : 1;
      }
      return counts;
    } catch (error) {
      if (this.services.cancelled.aborted) throw error;
      this.services.log.debug(`Signatures of ${digest}: ${messageOf(error)}`);
      return null;
    }
  }
}

function platformIn(config: Readonly<Record<string, unknown>>): string {
  const { os, architecture, variant } = config;
  return [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '').join('/');
}
