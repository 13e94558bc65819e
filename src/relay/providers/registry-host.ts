import { isImageName } from '../../core/image-reference.js';

/**
 * Whether an image's name that begins with this text and a slash is on that registry: a host with a dot or a port, or
 * `localhost`. Any other first part of a name is a namespace of Docker Hub.
 */
export function isRegistryHost(text: string): boolean {
  return (/[.:]/.test(text) || text === 'localhost') && !text.includes('/') && isImageName(`${text}/a`);
}

/** Whether the text is such a host, or a host and the beginning of a path: `acme.jfrog.io/docker-local`. */
export function isRegistryPrefix(text: string): boolean {
  const [host = '', ...path] = text.split('/');
  return isRegistryHost(host) && (path.length === 0 || isImageName(`${text}/a`));
}
