import { HelmCdError } from '../core/errors.js';

/** Where a git repository is. Nothing secret is in it. */
export interface GitRemote {
  /** What git gets: `https://github.com/acme/charts.git`, `file:///srv/charts.git`, `git@host:acme/charts.git`. */
  readonly url: string;
  /** Scheme, host and port of an http(s) URL, for which credentials are meant: `https://github.com`. */
  readonly origin?: string;
  /** A password that was written into the URL. It is taken out and treated as a secret. */
  readonly password?: string;
  /** A user name that was written into the URL. */
  readonly user?: string;
  /** Set when the repository was given as `owner/name`, or as a URL on GitHub's own host. */
  readonly github?: { readonly owner: string; readonly name: string };
}

const OWNER_AND_NAME = /^([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\/([A-Za-z0-9._-]+)$/;
/** `user@host:path`, as ssh's own clients write it. */
const SCP_LIKE = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:(?!\/\/).+$/;
const SCHEMES = ['file:', 'http:', 'https:', 'ssh:', 'git:'];

function invalid(text: string, hint: string): never {
  throw new HelmCdError('input', `Input "repository" is neither owner/name nor a git URL: "${text}"`, { hint });
}

/**
 * Reads the input `repository`.
 * @param serverUrl where `owner/name` is: `https://github.com`, or a GitHub Enterprise Server.
 * @throws HelmCdError `input`
 */
export function parseGitRemote(text: string, serverUrl: string): GitRemote {
  const named = OWNER_AND_NAME.exec(text);
  if (named !== null) {
    const [, owner = '', name = ''] = named;
    if (name === '.' || name === '..') return invalid(text, 'Write it as acme/charts.');
    const remote = parseGitRemote(`${serverUrl.replace(/\/+$/, '')}/${owner}/${name}.git`, serverUrl);
    return { ...remote, github: { owner, name } };
  }
  if (SCP_LIKE.test(text)) return { url: text };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    const path = /^(?:\.{0,2}\/|[A-Za-z]:\\)/.test(text);
    return invalid(
      text,
      path
        ? 'For a folder write file:// and its absolute path.'
        : 'Write it as acme/charts or https://host/acme/charts.git.',
    );
  }
  if (!SCHEMES.includes(url.protocol))
    return invalid(text, `Schemes: ${SCHEMES.map((scheme) => `${scheme}//`).join(', ')}.`);
  const { password, username } = url;
  url.password = '';
  if (url.protocol === 'http:' || url.protocol === 'https:') url.username = '';
  return {
    url: url.protocol === 'file:' ? text : url.href,
    ...(url.protocol.startsWith('http') ? { origin: `${url.protocol}//${url.host}` } : {}),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(username === '' ? {} : { user: decodeURIComponent(username) }),
  };
}
