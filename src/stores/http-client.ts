import { HelmCdError } from '../core/errors.js';
import type { Services, WebAnswer } from '../core/ports.js';
import { failureOf, mayPass } from './http-answer.js';
import type { HttpLocation } from './http-location.js';
import type { StoreAccess } from './store.js';

const READ_TIMEOUT_MS = 60_000;
const UPLOAD_TIMEOUT_MS = 180_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Much more than any client takes; a server that sends without end is given up. */
const MOST_BYTES = 256 * 1024 ** 2;

export type HttpServices = Pick<Services, 'web' | 'clock' | 'log' | 'masks' | 'cancelled'>;

/** A request that may change something. */
export interface Upload {
  readonly method: 'POST' | 'DELETE';
  readonly url: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

/**
 * Requests to the server of a chart repository. Credentials go to that server only (same scheme, host and port), as helm
 * does it without --pass-credentials.
 */
export class HttpClient {
  readonly location: HttpLocation;
  /** Whether there are credentials to send. */
  readonly authorized: boolean;
  private readonly authorization: string | undefined;
  private readonly services: HttpServices;

  constructor(location: HttpLocation, { username = '', password = '' }: StoreAccess, services: HttpServices) {
    this.location = location;
    this.authorized = username !== '';
    this.services = services;
    if (!this.authorized) return;
    const encoded = Buffer.from(`${username}:${password}`).toString('base64');
    services.masks.add(password);
    services.masks.add(encoded);
    this.authorization = `Basic ${encoded}`;
    if (location.isOpen) {
      services.log.warning(
        `${location.base} is reached without encryption: whoever is on the way can read the password. Use https.`,
      );
    }
  }

  private headersFor(url: string): Record<string, string> {
    const isOurs = new URL(url).origin === this.location.origin;
    return isOurs && this.authorization !== undefined ? { authorization: this.authorization } : {};
  }

  /** Reads, again and again as long as that may help. Answers of every other kind are given back. */
  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<WebAnswer> {
    const { web, cancelled, clock } = this.services;
    for (let attempt = 1; ; attempt++) {
      let answer: WebAnswer | undefined;
      try {
        answer = await web.get(url, {
          headers: { ...headers, ...this.headersFor(url) },
          timeoutMs: READ_TIMEOUT_MS,
          maxBytes: MOST_BYTES,
          signal: cancelled,
        });
        if (attempt === ATTEMPTS || !mayPass(answer.status)) return answer;
      } catch (error) {
        if (!(error instanceof HelmCdError) || error.code !== 'unreachable') throw this.explained(url, error);
        if (attempt === ATTEMPTS) throw this.explained(url, error);
      }
      await clock.sleep(pauseAfter(attempt, answer));
    }
  }

  /**
   * Sends until the server has taken notice: who is asked to come back later has done nothing yet.
   * @throws HelmCdError `unreachable`: whether the server has done it is not known.
   */
  async send(upload: Upload): Promise<WebAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.sendOnce(upload);
      if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
      await this.services.clock.sleep(pauseAfter(attempt, answer));
    }
  }

  private async sendOnce({ method, url, contentType, body }: Upload): Promise<WebAnswer> {
    try {
      return await this.services.web.send(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...this.headersFor(url),
        },
        ...(body === undefined ? {} : { body }),
        timeoutMs: UPLOAD_TIMEOUT_MS,
        maxBytes: 1024 ** 2,
        signal: this.services.cancelled,
      });
    } catch (error) {
      throw this.explained(url, error);
    }
  }

  /** The error for an answer that is none of those that were hoped for. @param what `cannot be read` and the like. */
  failure(answer: WebAnswer, url: string, what: string): HelmCdError {
    const isOurs = new URL(url).origin === this.location.origin;
    return failureOf(answer, { url, what, authorized: this.authorized && isOurs });
  }

  private explained(url: string, error: unknown): unknown {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') return error;
    const hint = error.code === 'unreachable' ? { hint: 'Check the URL of the chart repository and the network.' } : {};
    return new HelmCdError(error.code, `${url} cannot be reached: ${error.message}.`, { ...hint, cause: error });
  }
}

/** How long to wait before the next attempt: what the server asks for, or longer each time; in milliseconds. */
export function pauseAfter(attempt: number, answer?: WebAnswer): number {
  const asked = Number(answer?.headers['retry-after'] ?? '0') * 1000;
  const own = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(LONGEST_PAUSE_MS, Math.max(Number.isFinite(asked) ? asked : 0, own));
}
