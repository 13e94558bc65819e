/** Schemas from web servers, for the input `schemas`. */
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services, WebAnswer } from '../core/ports.js';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Pauses before the second attempt and those after it. */
const PAUSES_MS = [1000, 3000, 8000];
/** A server that wants us to wait longer has to be asked another day. */
const LONGEST_PAUSE_MS = 30_000;
/** Texts in a query that may be a token. */
const SECRET_LENGTH = 16;

export type DownloadServices = Pick<Services, 'web' | 'clock' | 'masks'>;

/** An address, with what it keeps secret apart from it. */
interface Address {
  /** To be asked: without user and password. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

function addressOf(text: string, { masks }: DownloadServices): Address {
  const url = new URL(text);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  // As it is, and as the address has it.
  for (const secret of [password, url.password]) if (secret) masks.add(secret);
  for (const value of url.searchParams.values()) if (value.length >= SECRET_LENGTH) masks.add(value);
  url.username = '';
  url.password = '';
  if (!user && !password) return { url: url.href, headers: {} };
  const credentials = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
  return { url: url.href, headers: { authorization: `Basic ${credentials}` } };
}

/** An address as messages may show it: without user, password and query. */
export function shownAddress(text: string): string {
  return text.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1').replace(/[?#].*$/, '');
}

/** How long a server asks us to wait, in milliseconds; nothing when it does not say. */
function waitAsked({ headers }: WebAnswer, now: number): number | undefined {
  const value = headers['retry-after'] ?? '';
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

interface Failure {
  readonly code: 'unreachable' | 'unauthorized';
  readonly why: string;
  readonly cause?: unknown;
  /** Set when another attempt may help; with the pause that the server asks for. */
  readonly again?: { readonly pause: number | undefined };
}

type Attempt = { readonly text: string | undefined } | { readonly failure: Failure };

function readAnswer(answer: WebAnswer, now: number): Attempt {
  const { status, headers, body } = answer;
  if (status === 404 || status === 410) return { text: undefined };
  if (status !== 200) {
    const code = status === 401 || status === 403 ? 'unauthorized' : 'unreachable';
    const failure = { code, why: `the server answered ${status}` } as const;
    const mayPass = status === 408 || status === 429 || status >= 500;
    return { failure: mayPass ? { ...failure, again: { pause: waitAsked(answer, now) } } : failure };
  }
  const text = new TextDecoder().decode(body);
  if (/^\s*</.test(text) || /^text\/html\b/i.test(headers['content-type'] ?? '')) {
    return { failure: { code: 'unreachable', why: 'the server answered with a web page, not with a schema' } };
  }
  return { text };
}

async function attempt({ url, headers }: Address, { web, clock }: DownloadServices): Promise<Attempt> {
  try {
    return readAnswer(await web.get(url, { headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }), clock.now());
  } catch (cause) {
    if (!(cause instanceof HelmCdError) || cause.code === 'cancelled') throw cause;
    const failure = { code: 'unreachable', why: messageOf(cause), cause } as const;
    return { failure: cause.code === 'refused' ? failure : { ...failure, again: { pause: undefined } } };
  }
}

/**
 * Fetches what is at an address, in several attempts where that may help.
 * @returns nothing when the server says that there is nothing.
 * @throws HelmCdError `unreachable` or `unauthorized` for every other answer: what a server does not give is not wrong.
 */
export async function downloadSchema(text: string, services: DownloadServices): Promise<string | undefined> {
  const address = addressOf(text, services);
  for (let tries = 0; ; tries++) {
    const answer = await attempt(address, services);
    if ('text' in answer) return answer.text;
    const { code, why, cause, again } = answer.failure;
    const pause = again === undefined ? undefined : (again.pause ?? PAUSES_MS[tries]);
    if (pause === undefined || tries === PAUSES_MS.length || pause > LONGEST_PAUSE_MS) {
      const often = tries === 0 ? '' : `, ${tries + 1} times`;
      throw new HelmCdError(code, `Input "schemas": ${shownAddress(text)} could not be fetched: ${why}${often}`, {
        hint: 'Check the address, or commit the schemas and name their folder.',
        cause,
      });
    }
    await services.clock.sleep(pause);
  }
}
