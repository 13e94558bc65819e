import type { Blob, Blobs } from './blobs.js';

/** Of a folder of files what readers need. */
export type Readable = Pick<Blobs, 'url' | 'read'> & Partial<Pick<Blobs, 'storeUrl' | 'list'>>;

/**
 * A folder for those who only look: each file is read once, however often it is asked for, and nothing is written.
 * What could not be read is not tried again either.
 */
export function readOnce(blobs: Readable): Blobs {
  const known = new Map<string, Promise<Blob | undefined>>();
  const refuse = () => Promise.reject(new Error(`${blobs.url} was opened for reading`));
  return {
    url: blobs.url,
    ...(blobs.storeUrl === undefined ? {} : { storeUrl: blobs.storeUrl }),
    read(name) {
      const reading = known.get(name) ?? blobs.read(name);
      known.set(name, reading);
      return reading;
    },
    create: refuse,
    replace: refuse,
    list: () => blobs.list?.() ?? refuse(),
    remove: refuse,
    settle: refuse,
  };
}
