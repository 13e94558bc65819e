import { HelmCdError, type ErrorCode } from '../core/errors.js';
import type { WebAnswer } from '../core/ports.js';

const MOST_QUOTED = 200;

/** Whether an answer is a page for people: of a proxy, a login, or a web site that is no chart repository. */
export function isWebPage({ headers, body }: WebAnswer): boolean {
  if (/^text\/html\b/i.test(headers['content-type'] ?? '')) return true;
  return /^\s*<(?:!doctype|html|head|body)\b/i.test(Buffer.from(body.subarray(0, 512)).toString('latin1'));
}

/** A text of a server on one line, without what a terminal would obey. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly those are meant
  return text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
}

/** What a server says about its refusal, in a few words; of a web page its title and nothing more. */
export function saidIn(answer: WebAnswer): string {
  const text = Buffer.from(answer.body.subarray(0, 64 * 1024)).toString('utf8');
  if (isWebPage(answer)) {
    const title = oneLine(/<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? '').slice(0, 80);
    return title === '' ? 'a web page' : `a web page, "${title}"`;
  }
  let said = text;
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    said = [error, message].find((part) => typeof part === 'string') ?? '';
  } catch {
    // Not JSON: then it is the text.
  }
  return oneLine(said).slice(0, MOST_QUOTED);
}

/** Whether the same request may be answered otherwise a moment later. What a server does not know (501) or has no room for (507) stays so. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 507);
}

/** What was asked for, and how, for the message about its refusal. */
export interface Asked {
  /** The address, without credentials. */
  readonly url: string;
  /** `cannot be read` and the like. */
  readonly what: string;
  /** Whether credentials were given. */
  readonly authorized: boolean;
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403 || status === 407) return 'unauthorized';
  if (status === 404 || status === 410) return 'not-found';
  return status >= 500 || status === 429 ? 'unreachable' : 'refused';
}

function hintOf(status: number, asked: Asked): string | undefined {
  if (status === 401 || status === 403) {
    return asked.authorized
      ? 'Check the inputs "username" and "password", and what they may do there.'
      : 'Give the inputs "username" and "password", from a secret.';
  }
  if (status === 407) return 'The proxy wants a login: put it into https_proxy.';
  if (status === 404 || status === 410) return 'Check the URL of the chart repository.';
  if (status >= 300 && status < 400) return 'Write the URL that it leads to, if that is the chart repository.';
  return status >= 500 || status === 429 ? 'Run the job again when the server has recovered.' : undefined;
}

/** The error for an answer that is none of those that were hoped for. */
export function failureOf(answer: WebAnswer, asked: Asked): HelmCdError {
  const { status, headers } = answer;
  if (/^\s*bearer\b/i.test(headers['www-authenticate'] ?? '') && status === 401) {
    return new HelmCdError('unauthorized', `${asked.url} ${asked.what}: the server wants a bearer token (HTTP 401).`, {
      hint: 'helm-cd logs in there with user and password (basic authentication) only: let the server, or a proxy before it, take those.',
    });
  }
  const location = status >= 300 && status < 400 ? headers['location'] : undefined;
  const target = location !== undefined && URL.canParse(location, asked.url) ? new URL(location, asked.url) : undefined;
  const said = target === undefined ? saidIn(answer) : `it leads to ${target.origin}${target.pathname}`;
  const hint = hintOf(status, asked);
  return new HelmCdError(
    codeOf(status),
    `${asked.url} ${asked.what}${said === '' ? '' : `: ${said}`} (HTTP ${status}).`,
    hint === undefined ? {} : { hint },
  );
}
