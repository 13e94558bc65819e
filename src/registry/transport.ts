import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { basicAuthorization, fetchToken, parseChallenge } from './authorization.js';
import type { RegistryCredentials } from './credentials.js';
import { registryFailure, type RegistryAnswer } from './failure.js';
import { registryOrigin } from './location.js';

const REQUEST_TIMEOUT_MS = 60_000;
/** The slowest connection that we wait for: 100 kB/s. */
const MS_PER_BYTE = 0.01;
/** Archives may be large. */
const BLOB_TIMEOUT_MS = 600_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Nobody waits longer than this for one request, whatever the registry asks for. */
const LONGEST_RETRY_AFTER_MS = 60_000;

export interface TransportServices extends Pick<Services, 'cancelled' | 'clock' | 'masks'> {
  /** By the scopes that were asked for: what one repository's clients share when they follow one another. */
  readonly authorizations?: Map<string, string>;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What we want to do, for the token. */
  readonly actions: 'pull' | 'pull,push' | 'pull,push,delete';
  /** Another repository of the registry that is read, too. */
  readonly alsoPull?: string;
  /** What it is about, for messages: `The manifest 1.0.0`. */
  readonly what: string;
  /** Sent once only, for it cannot be repeated as it is. */
  readonly once?: boolean;
}

/** Whether the same request may be answered otherwise a moment later. What a server does not know (501) it does not learn. */
export function mayPass(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501);
}

/** Milliseconds that a Retry-After header asks for: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms)) : 0;
}

/** A pause before the next attempt, the first one being 1, of random length so that those who collided do not collide again. */
export function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
}

/** Requests to one repository of a registry, with the authorization it wants, repeated when that may help. */
export class RegistryTransport {
  readonly host: string;
  readonly repository: string;
  readonly services: TransportServices;
  private readonly credentials: RegistryCredentials | undefined;
  /** By the scopes that were asked for. */
  private readonly authorizations: Map<string, string>;

  constructor(
    host: string,
    repository: string,
    credentials: RegistryCredentials | undefined,
    services: TransportServices,
  ) {
    this.host = host;
    this.repository = repository;
    this.credentials = credentials;
    this.services = services;
    this.authorizations = services.authorizations ?? new Map<string, string>();
  }

  /**
   * @param target an absolute URL, or what comes after `/v2/REPOSITORY/`.
   * @returns the answer, whatever its status.
   * @throws HelmCdError `unreachable` without an answer, `unauthorized` when there is no token, `cancelled`.
   */
  async send(target: string, request: RegistryRequest): Promise<RegistryAnswer> {
    const origin = registryOrigin(this.host);
    const url = URL.canParse(target) ? target : `${origin}/v2/${this.repository}/${target}`;
    const also = request.alsoPull === undefined ? [] : [`repository:${request.alsoPull}:pull`];
    const scopes = [`repository:${this.repository}:${request.actions}`, ...also];
    const key = scopes.join(' ');
    // An upload may go to another server, which is not to see our credentials.
    const isOurs = new URL(url).origin === origin;
    const withAuthorization = (): Promise<RegistryAnswer> => {
      const authorization = isOurs ? this.authorizations.get(key) : undefined;
      const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
      const body = request.body === undefined ? {} : { body: Buffer.from(request.body) };
      return this.fetchPatiently(
        url,
        { method: request.method, headers, ...body },
        request.once === true ? 1 : ATTEMPTS,
      );
    };
    const first = await withAuthorization();
    const challenge = first.status === 401 ? parseChallenge(first.headers.get('www-authenticate') ?? '') : undefined;
    if (challenge === undefined || !isOurs) return first;
    let authorization: string | undefined;
    if (challenge.scheme === 'bearer') {
      const pushing = request.actions !== 'pull';
      authorization = await fetchToken(challenge, scopes, this.credentials, {
        host: this.host,
        pushing,
        masks: this.services.masks,
        send: (address, init) => this.fetchPatiently(address, init, ATTEMPTS),
      });
    } else if (challenge.scheme === 'basic') authorization = basicAuthorization(this.credentials);
    if (authorization === undefined || authorization === this.authorizations.get(key)) return first;
    this.authorizations.set(key, authorization);
    return withAuthorization();
  }

  /** @throws HelmCdError that tells why, unless the answer has one of the statuses. */
  expect(answer: RegistryAnswer, statuses: readonly number[], request: RegistryRequest): RegistryAnswer {
    if (!statuses.includes(answer.status)) throw this.failure(answer, request);
    return answer;
  }

  failure(answer: RegistryAnswer, { what, actions }: Pick<RegistryRequest, 'what' | 'actions'>): HelmCdError {
    const { host, repository } = this;
    const hasLogin = this.credentials !== undefined;
    return registryFailure(answer, { host, repository, what, hasLogin, pushing: actions !== 'pull' });
  }

  /** Repeats what failed for a reason that passes, also when the connection is cut in the middle of an answer. */
  private async fetchPatiently(url: string, init: RequestInit, attempts: number): Promise<RegistryAnswer> {
    const { cancelled, clock } = this.services;
    const size = init.body instanceof Uint8Array ? init.body.length : 0;
    const reads = url.includes('/blobs/') && init.method === 'GET';
    const timeout = reads ? BLOB_TIMEOUT_MS : REQUEST_TIMEOUT_MS + Math.ceil(size * MS_PER_BYTE);
    for (let attempt = 1; ; attempt++) {
      let problem: unknown;
      let retryAfter = 0;
      try {
        const signal = AbortSignal.any([cancelled, AbortSignal.timeout(timeout)]);
        const response = await fetch(url, { ...init, signal });
        const bytes = new Uint8Array(await response.arrayBuffer());
        const { status, headers } = response;
        if (attempt === attempts || !mayPass(status)) return { status, headers, url: response.url || url, bytes };
        retryAfter = retryAfterMs(headers.get('retry-after'), clock.now());
      } catch (error) {
        problem = error;
      }
      if (cancelled.aborted) throw new HelmCdError('cancelled', 'The job was cancelled.');
      if (problem !== undefined && attempt === attempts) {
        const cause = (problem as { cause?: unknown }).cause ?? problem;
        throw new HelmCdError('unreachable', `${new URL(url).host} does not answer: ${messageOf(cause)}`, {
          hint: 'Check the name of the registry and the network.',
          cause: problem,
        });
      }
      await clock.sleep(Math.max(retryAfter, pauseMs(attempt)));
    }
  }
}
