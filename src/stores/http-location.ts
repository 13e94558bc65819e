import { HelmCdError } from '../core/errors.js';

/** Where a chart repository is on the web. */
export interface HttpLocation {
  /** `https://charts.example.com`, with the port if there is one. */
  readonly origin: string;
  /** The parts of the path, decoded; none at the root. */
  readonly path: readonly string[];
  /** Origin and path, without a slash at the end. */
  readonly base: string;
  /** Whether what is sent there can be read on the way: plain HTTP, and not to this machine. */
  readonly isOpen: boolean;
}

/** Whether a host, with or without a port, is this machine. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

/**
 * Takes `https://host/path`, `http+chartmuseum://host/path` and the like apart.
 * @throws HelmCdError `input` when it is none, or has a query or a fragment.
 */
export function parseHttpLocation(url: string): HttpLocation {
  const plain = url.replace(/^(https?)\+chartmuseum:/i, '$1:');
  const refuse = (why: string) =>
    new HelmCdError('input', `"${url}" is no chart repository on the web: ${why}.`, {
      hint: 'Write the folder that index.yaml is in: https://charts.example.com/stable.',
    });
  if (!/^https?:\/\/[^/]/i.test(plain) || !URL.canParse(plain)) throw refuse('it is no URL with a host');
  const { protocol, host, origin, pathname, search, hash, username, password } = new URL(plain);
  if (username !== '' || password !== '') throw refuse('it holds a user or a password');
  if (search !== '' || hash !== '') throw refuse('it has a query or a fragment');
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts.at(-1) === 'index.yaml') throw refuse('it names the index itself');
  let path: readonly string[];
  try {
    path = parts.map(decodeURIComponent);
  } catch {
    throw refuse('it has a broken %-sequence');
  }
  const base = [origin, ...parts].join('/');
  return { origin, path, base, isOpen: protocol === 'http:' && !isLoopback(host) };
}
