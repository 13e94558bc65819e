import { sha256Digest } from '../core/digest.js';
import { isImageDigest } from '../core/image-reference.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { basicAuthorization, fetchToken, parseChallenge } from './authorization.js';
import type { RegistryCredentials } from './credentials.js';
import { registryOrigin } from './location.js';

const REQUEST_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const TAGS_PER_PAGE = 1000;
const MOST_PAGES = 1000;

export interface Manifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** `sha256:…`. */
  readonly digest: string;
}

type NeededServices = Pick<Services, 'cancelled' | 'clock' | 'masks'>;

interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What we want to do, for the token. */
  readonly actions: 'pull' | 'pull,push';
}

/** The `code` of the first error in an answer, such as MANIFEST_UNKNOWN, and what was said about it. */
async function saidBy(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { errors = [] } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
    return errors.map(({ code = '', message = '' }) => `${code} ${message}`.trim()).join('; ');
  } catch {
    return text.slice(0, 200).trim();
  }
}

/** Whether the same request may be answered otherwise a moment later. What a server does not know (501) it does not learn. */
function mayPass(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/**
 * One repository of an OCI registry, by the OCI distribution specification
 * (https://github.com/opencontainers/distribution-spec). Requests are repeated when that may help.
 */
export class RegistryClient {
  readonly host: string;
  readonly repository: string;
  private readonly credentials: RegistryCredentials | undefined;
  private readonly services: NeededServices;
  private readonly authorizations = new Map<string, string>();

  /** @param repository the path below the host. */
  constructor(
    host: string,
    repository: string,
    credentials: RegistryCredentials | undefined,
    services: NeededServices,
  ) {
    this.host = host;
    this.repository = repository;
    this.credentials = credentials;
    this.services = services;
  }

  /** @returns nothing when there is no such tag or repository. */
  async manifest(reference: string, accept: readonly string[]): Promise<Manifest | undefined> {
    const response = await this.send(`manifests/${reference}`, {
      method: 'GET',
      headers: { accept: accept.join(', ') },
      actions: 'pull',
    });
    if (response.status === 404) return undefined;
    await this.expect(response, [200], `The manifest ${reference}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const digest = sha256Digest(bytes);
    const said = response.headers.get('docker-content-digest');
    const wanted = reference.startsWith('sha256:') ? reference : said;
    if (wanted?.startsWith('sha256:') === true && wanted !== digest)
      throw this.corrupted(`manifest ${reference}`, wanted, digest);
    return { bytes, digest, mediaType: response.headers.get('content-type') ?? '' };
  }

  /**
   * What a manifest is, without its content.
   * @returns nothing when the registry does not say that: it may lack HEAD, or the header with the digest.
   */
  async head(reference: string, accept: readonly string[]): Promise<Omit<Manifest, 'bytes'> | undefined> {
    const response = await this.send(`manifests/${reference}`, {
      method: 'HEAD',
      headers: { accept: accept.join(', ') },
      actions: 'pull',
    });
    const digest = response.headers.get('docker-content-digest') ?? '';
    if (response.status !== 200 || !isImageDigest(digest)) return undefined;
    return { digest, mediaType: response.headers.get('content-type') ?? '' };
  }

  /** The digest that a tag stands for, if the registry says it; nothing when there is no such tag. */
  async tagDigest(tag: string, accept: readonly string[]): Promise<string | undefined> {
    return (await this.manifest(tag, accept))?.digest;
  }

  /**
   * Gives a manifest a tag, whatever the tag was before.
   * @returns false when the registry forbids to change the tag.
   */
  async putManifest(tag: string, bytes: Uint8Array, mediaType: string): Promise<boolean> {
    const response = await this.send(`manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
      actions: 'pull,push',
    });
    if (response.status >= 400 && response.status < 500 && response.status !== 401 && response.status !== 429) {
      const said = await saidBy(response.clone());
      if (/immutable|TAG_INVALID|already exists|TAG_EXISTS/i.test(said)) return false;
    }
    await this.expect(response, [200, 201, 202], `The manifest ${tag}`);
    return true;
  }

  /** @throws HelmCdError `not-found`; `conflict` when the registry gives other bytes than those of the digest. */
  async blob(digest: string): Promise<Uint8Array> {
    const response = await this.send(`blobs/${digest}`, { method: 'GET', actions: 'pull' });
    await this.expect(response, [200], `The blob ${digest}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const actual = sha256Digest(bytes);
    if (actual !== digest) throw this.corrupted(`blob ${digest}`, digest, actual);
    return bytes;
  }

  /** Uploads bytes unless they are there already. */
  async putBlob(bytes: Uint8Array): Promise<string> {
    const digest = sha256Digest(bytes);
    const head = await this.send(`blobs/${digest}`, { method: 'HEAD', actions: 'pull,push' });
    if (head.status === 200) return digest;
    const start = await this.send('blobs/uploads/', { method: 'POST', actions: 'pull,push' });
    await this.expect(start, [202], 'An upload');
    const location = new URL(start.headers.get('location') ?? '', start.url);
    location.searchParams.set('digest', digest);
    const done = await this.send(location.href, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
      actions: 'pull,push',
    });
    await this.expect(done, [201, 202, 204], `The blob ${digest}`);
    return digest;
  }

  /** All tags; none when the repository is not there. */
  async tags(): Promise<readonly string[]> {
    const tags: string[] = [];
    let next: string | undefined = `tags/list?n=${TAGS_PER_PAGE}`;
    for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
      const response = await this.send(next, { method: 'GET', actions: 'pull' });
      if (response.status === 404) return tags;
      await this.expect(response, [200], 'The list of tags');
      const data = (await response.json().catch(() => ({}))) as { tags?: readonly string[] | null };
      tags.push(...(data.tags ?? []));
      const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
      next = link === undefined ? undefined : new URL(link, response.url).href;
    }
    return tags;
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

  private async expect(response: Response, statuses: readonly number[], what: string): Promise<void> {
    if (statuses.includes(response.status)) return;
    const said = await saidBy(response);
    const message = `${this.host}/${this.repository}: ${what} was refused: ${said === '' ? '' : `${said} `}(HTTP ${response.status}).`;
    if (response.status === 401 || response.status === 403) {
      throw new HelmCdError('unauthorized', message, {
        hint: 'Check the inputs "username" and "password", and what they may do there.',
      });
    }
    if (response.status === 404) {
      throw new HelmCdError('not-found', message, {
        hint: 'Some registries want the repository to be created before anything is pushed to it.',
      });
    }
    throw new HelmCdError(response.status >= 500 ? 'unreachable' : 'refused', message);
  }

  /** @param target an absolute URL, or what comes after `/v2/REPOSITORY/`. */
  private async send(target: string, request: Request): Promise<Response> {
    const origin = registryOrigin(this.host);
    const url = URL.canParse(target) ? target : `${origin}/v2/${this.repository}/${target}`;
    const scope = `repository:${this.repository}:${request.actions}`;
    // An upload may go to another server, which is not to see our credentials.
    const isOurs = new URL(url).origin === origin;
    const withAuthorization = (): Promise<Response> => {
      const authorization = isOurs ? this.authorizations.get(scope) : undefined;
      const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
      return this.fetchPatiently(url, {
        method: request.method,
        headers,
        ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
      });
    };
    const first = await withAuthorization();
    const challenge = first.status === 401 ? parseChallenge(first.headers.get('www-authenticate') ?? '') : undefined;
    if (challenge === undefined || !isOurs) return first;
    let authorization: string | undefined;
    if (challenge.scheme === 'bearer') {
      authorization = await fetchToken(challenge, scope, this.credentials, this.services.masks, (address, init) =>
        this.fetchPatiently(address, init),
      );
    } else if (challenge.scheme === 'basic') authorization = basicAuthorization(this.credentials);
    if (authorization === undefined || authorization === this.authorizations.get(scope)) return first;
    this.authorizations.set(scope, authorization);
    await first.body?.cancel();
    return withAuthorization();
  }

  /** Repeats what failed for a reason that passes. Every request of ours may be sent twice. */
  private async fetchPatiently(url: string, init: RequestInit): Promise<Response> {
    const { cancelled, clock } = this.services;
    for (let attempt = 1; ; attempt++) {
      let problem: unknown;
      let retryAfter = 0;
      try {
        const signal = AbortSignal.any([cancelled, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
        const response = await fetch(url, { ...init, signal });
        if (attempt === ATTEMPTS || !mayPass(response.status)) return response;
        retryAfter = Number(response.headers.get('retry-after') ?? '0') * 1000;
        await response.body?.cancel();
      } catch (error) {
        problem = error;
      }
      if (cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
      if (problem !== undefined && attempt === ATTEMPTS) {
        const cause = (problem as { cause?: unknown }).cause ?? problem;
        throw new HelmCdError('unreachable', `${this.host} does not answer: ${messageOf(cause)}`, {
          hint: 'Check the name of the registry and the network.',
          cause: problem,
        });
      }
      const pause = Math.max(retryAfter || 0, FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      await clock.sleep(Math.min(LONGEST_PAUSE_MS, pause));
    }
  }
}
