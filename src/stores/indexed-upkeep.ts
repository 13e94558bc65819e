import type { Services } from '../core/ports.js';
import type { Blobs } from './blobs.js';
import { noUpkeep, type Upkeep } from './upkeep.js';

/** The upkeep of a repository that is a folder of archives with an index, whatever the folder is kept in. */
export function indexedUpkeep(blobs: Blobs, _services: Pick<Services, 'clock' | 'log'>): Upkeep {
  return noUpkeep(blobs.url, 'this version cannot do that yet.');
}
