import { HelmCdError } from '../core/errors.js';
import { registryPlaceOf } from '../core/image-reference.js';
import type { Clock, Masks } from '../core/ports.js';
import { RegistryClient } from '../registry/client.js';
import type { RegistryCredentials } from '../registry/credentials.js';
import { findImageManifest } from '../registry/image-manifest.js';
import { ANY_MANIFEST } from '../registry/media-types.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;
/** So many repositories' tokens are kept. */
const MOST_REPOSITORIES = 500;

export interface ResolverServices {
  readonly masks: Masks;
  /** @returns nothing when the host is asked anonymously. */
  readonly credentials: (host: string) => Promise<RegistryCredentials | undefined>;
}

/** How one tag is looked up. */
export interface Lookup {
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How long the tag may be missing. */
  readonly appearMs: number;
  /** What the event said the tag is; any of them. */
  readonly hint: string | undefined;
}

export interface Resolved {
  readonly digest: string;
  /** What the event said, when that is neither the tag's digest nor part of its index. */
  readonly otherThan?: string;
}

/** Asks registries what tags are. It keeps the tokens that they give. */
export class Resolver {
  readonly #services: ResolverServices;
  /** By repository, the one that was asked last is last. */
  readonly #authorizations = new Map<string, Map<string, string>>();

  constructor(services: ResolverServices) {
    this.#services = services;
  }

  /**
   * Looks a tag up: by HEAD, which no registry counts as a pull.
   * @param image its canonical name.
   * @returns nothing when the registry has no such tag.
   * @throws HelmCdError `unreachable`, `unauthorized`, `refused`; `cancelled` when the signal ended it.
   */
  async resolve(image: string, tag: string, lookup: Lookup): Promise<Resolved | undefined> {
    const { host, repository } = registryPlaceOf(image);
    const { clock, signal, appearMs, hint } = lookup;
    const credentials = await this.#services.credentials(host);
    const client = new RegistryClient(host, repository, credentials, {
      cancelled: signal,
      clock,
      masks: this.#services.masks,
      authorizations: this.#authorizationsOf(image),
    });
    const until = clock.now() + appearMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      const found = (await client.head(tag, ANY_MANIFEST)) ?? (await client.manifest(tag, ANY_MANIFEST));
      if (found !== undefined) {
        const { digest } = found;
        const same = hint === undefined || hint === digest || (await hasPart(client, digest, hint));
        return { digest, ...(same ? {} : { otherThan: hint }) };
      }
      if (clock.now() + pause > until) return undefined;
      await clock.sleep(pause);
    }
  }

  #authorizationsOf(image: string): Map<string, string> {
    const kept = this.#authorizations.get(image) ?? new Map<string, string>();
    this.#authorizations.delete(image);
    this.#authorizations.set(image, kept);
    const [oldest] = this.#authorizations.keys();
    if (this.#authorizations.size > MOST_REPOSITORIES && oldest !== undefined) this.#authorizations.delete(oldest);
    return kept;
  }
}

/** Whether an index has the manifest. Only asked for the log's sake: not knowing is no failure. */
async function hasPart(client: RegistryClient, index: string, part: string): Promise<boolean> {
  try {
    const found = await findImageManifest(client, index);
    return found?.platforms.some(({ digest }) => digest === part) ?? false;
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
    return false;
  }
}
