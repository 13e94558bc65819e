import { HelmCdError } from '../core/errors.js';

/** A place in an OCI registry. */
export interface RegistryLocation {
  /** With the port, if there is one. */
  readonly host: string;
  /** Below the host, without slashes around it; may be empty. */
  readonly path: string;
}

const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;

/** Whether a repository's path is one by the grammar of the OCI distribution specification. */
export function isRepositoryPath(path: string): boolean {
  return path.length <= 255 && path.split('/').every((part) => PART.test(part));
}

/**
 * Takes `oci://host/path` apart.
 * @throws HelmCdError `input` when it is none, or names a tag.
 */
export function parseOciUrl(url: string): RegistryLocation {
  const [, host = '', rest = ''] = /^oci:\/\/([^/]*)(.*)$/.exec(url) ?? [];
  const path = rest.replace(/^\/+|\/+$/g, '');
  if (HOST.test(host) && (path === '' || isRepositoryPath(path))) return { host, path };
  throw new HelmCdError('input', `"${url}" is no place in an OCI registry.`, {
    hint: 'Write oci://ghcr.io/acme/charts: lower case, without the chart and without a tag.',
  });
}

/** Loopback addresses speak plain HTTP, everything else HTTPS. */
export function registryOrigin(host: string): string {
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
  if (isLoopback) return `http://${host}`;
  return `https://${host === 'docker.io' ? 'registry-1.docker.io' : host}`;
}
