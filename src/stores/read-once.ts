import type { Blob, Blobs } from './blobs.js';

/**
 * A folder for those who only look: each file is read once, however often it is asked for, and nothing is written.
 * What could not be read is not tried again either.
 */
export function readOnce(blobs: Blobs): Blobs {
  const known = new Map<string, Promise<Blob | undefined>>();
  const refuse = () => Promise.reject(new Error(`${blobs.url} was opened for reading`));
  return {
    url: blobs.url,
    read(name) {
      const reading = known.get(name) ?? blobs.read(name);
      known.set(name, reading);
      return reading;
    },
    create: refuse,
    replace: refuse,
    probe: refuse,
    list: () => blobs.list(),
    remove: refuse,
    settle: refuse,
  };
}
