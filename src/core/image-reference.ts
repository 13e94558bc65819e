import { HelmCdError } from './errors.js';

/** An image reference taken apart, as the OCI distribution reference grammar has it. */
export interface ImageReference {
  /** Registry and repository as they were written: `ghcr.io/acme/api`, `nginx`. */
  readonly name: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
  /** The digest was looked up, not given: it is written only where there is a place for one already. */
  readonly lookedUp?: true;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const HOST =
  /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::\d+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** The repository's path may have at most this many characters, the registry's host not counted. */
const LONGEST_PATH = 255;

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ALIASES = ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'];

/** Whether the text is a tag by the OCI grammar. */
export function isImageTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether the text is a whole digest with its algorithm. */
export function isImageDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The registry's host, which may be absent, and the path: only a first part that looks like a host is one. */
function splitName(name: string): { host: string | undefined; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (/[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  return isHost ? { host: first, path: name.slice(slash + 1) } : { host: undefined, path: name };
}

/** Whether the text is an image's name: a registry (or none) and a repository, no tag and no digest. */
export function isImageName(name: string): boolean {
  const { host, path } = splitName(name);
  if (host !== undefined && !HOST.test(host)) return false;
  return path.length <= LONGEST_PATH && path.split('/').every((part) => PATH_PART.test(part));
}

/**
 * Takes `name`, `name:tag`, `name@digest` or `name:tag@digest` apart.
 * @returns nothing when the text is no image reference.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const name = colon < 0 ? rest : rest.slice(0, colon);
  if (!isImageName(name)) return undefined;
  if (tag !== undefined && !isImageTag(tag)) return undefined;
  if (digest !== undefined && !isImageDigest(digest)) return undefined;
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The reference as one text. */
export function formatImageReference(image: ImageReference): string {
  return `${image.name}${image.tag === undefined ? '' : `:${image.tag}`}${image.digest === undefined ? '' : `@${image.digest}`}`;
}

/**
 * One spelling for all that mean the same repository: `nginx` is `docker.io/library/nginx`. Two names denote the same
 * image exactly when their canonical names are equal.
 */
export function canonicalImageName(name: string): string {
  const { host, path } = splitName(name);
  const registry = (host ?? DOCKER_HUB).toLowerCase();
  const known = DOCKER_HUB_ALIASES.includes(registry) ? DOCKER_HUB : registry;
  return `${known}/${known === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path}`;
}

/** The registry's host and the repository below it, of an image's name. */
export function registryPlaceOf(name: string): { readonly host: string; readonly repository: string } {
  const canonical = canonicalImageName(name);
  const slash = canonical.indexOf('/');
  return { host: canonical.slice(0, slash), repository: canonical.slice(slash + 1) };
}

/** The last part of an image's name, for messages: `api` of `ghcr.io/acme/api`. */
export function shortImageName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * Reads an image that was just pushed: it must say which version, by tag, digest or both.
 * @throws HelmCdError `input` that says what the reference lacks or which part the grammar forbids.
 */
export function parsePushedImage(text: string, what: string): ImageReference {
  const fail = (reason: string, hint: string): never => {
    throw new HelmCdError('input', `${what}: "${text}" ${reason}`, { hint });
  };
  const image = parseImageReference(text);
  if (image !== undefined) {
    if (image.tag !== undefined || image.digest !== undefined) return image;
    return fail('has neither a tag nor a digest', `Write it as ${text}:1.2.3 or ${text}@sha256:….`);
  }
  if (/^[a-z]+:\/\//.test(text)) return fail('is a URL', 'Write the image without the scheme: ghcr.io/acme/api:1.2.3.');
  const [name = '', digest] = text.split('@');
  if (digest !== undefined && !isImageDigest(digest)) {
    return fail(`has a digest that is none: "${digest}"`, 'A digest is sha256: and 64 characters of 0-9 and a-f.');
  }
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  if (tag !== undefined && isImageName(name.slice(0, colon))) {
    return fail(
      `has a tag that no registry accepts: "${tag}"`,
      'A tag has at most 128 letters, digits, ".", "_" and "-", and starts with a letter, a digit or "_".',
    );
  }
  if (isImageName((colon < 0 ? name : name.slice(0, colon)).toLowerCase())) {
    return fail('has upper-case letters in its repository', 'Repositories are in lower case.');
  }
  return fail('is no image reference', 'Write it as ghcr.io/acme/api:1.2.3.');
}
