/** What helm's words about a chart repository that it cannot read mean. */
import type { ErrorCode } from './errors.js';

export interface RepositoryFailure {
  readonly code: Extract<ErrorCode, 'unauthorized' | 'not-found' | 'timeout' | 'unreachable'>;
  /** The end of a sentence. */
  readonly reason: string;
  readonly hint: string;
  /** Whether the same request may be answered a moment later. */
  readonly transient: boolean;
}

const TIMEOUT = /i\/o timeout|context deadline exceeded|Client\.Timeout|TLS handshake timeout|operation timed out/i;
const BROKEN_OFF =
  /\bEOF\b|connection re(?:set|fused)|broken pipe|server closed idle connection|no such host|server misbehaving|network is unreachable|no route to host|http2: |stream error/i;
const ABSENT =
  /no chart (?:version|name) found|chart "[^"]*"(?: version "[^"]*")? not found|: not found\b|manifest unknown|name unknown/i;

/** The HTTP status that a message of helm's names. */
function statusOf(message: string): number | undefined {
  const match = /(?: : |status code |status: |unexpected status[^0-9]*)(\d{3})\b/.exec(message);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * @param message standard error of a `helm repo add` or `helm pull` that failed, of either major.
 * @returns what the repository's answer was; of what is not known nothing is assumed but that it is not reachable.
 */
export function explainRepositoryFailure(message: string): RepositoryFailure {
  const status = statusOf(message);
  if (
    status === 401 ||
    status === 403 ||
    /unauthorized|authentication required|denied: |credential not found/i.test(message)
  ) {
    return {
      code: 'unauthorized',
      reason: `it refuses the credentials, or wants some (HTTP ${status ?? 401})`,
      hint: 'Log in before this step (helm registry login for OCI), or commit the chart in charts/.',
      transient: false,
    };
  }
  if (status === 404 || (status === undefined && ABSENT.test(message))) {
    const index = /index\.yaml/.test(message);
    return {
      code: 'not-found',
      reason: index ? 'there is no chart repository at this address (HTTP 404)' : 'it has no such chart or version',
      hint: 'Check the name, version and repository in Chart.yaml.',
      transient: false,
    };
  }
  if (status !== undefined) {
    return {
      code: 'unreachable',
      reason: `it answers HTTP ${status}`,
      hint: 'Try again later, or commit the chart in charts/.',
      transient: status === 408 || status === 429 || status >= 500,
    };
  }
  if (TIMEOUT.test(message)) {
    return {
      code: 'timeout',
      reason: 'it does not answer in time',
      hint: 'Try again later, or commit the chart in charts/.',
      transient: true,
    };
  }
  const said = message
    .replace(/^[\s\S]*cannot be reached: /, '')
    .replace(/^\s*Error: /, '')
    .trim();
  return {
    code: 'unreachable',
    reason: said,
    hint: 'Check the repository and version in Chart.yaml, or commit the chart in charts/.',
    transient: BROKEN_OFF.test(message),
  };
}
