import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { INDEX_TYPE, type Blobs } from './blobs.js';
import { readIndexFile, type IndexFile } from './index-file.js';

export const INDEX = 'index.yaml';
/** Others may publish at the same time; each attempt loses only if somebody else has won, so all get through. */
const ATTEMPTS = 200;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2000;

/** An index as it is at a moment. */
export interface IndexNow extends IndexFile {
  /** Nothing when there is none. */
  readonly text: string | undefined;
  /** Of the file that was read. */
  readonly blob: Awaited<ReturnType<Blobs['read']>>;
}

/** What becomes of an index. */
export interface IndexChange {
  readonly text: string;
  /** Files that are deleted in the same step; only where changes are commits. */
  readonly gone?: readonly string[];
}

/** @throws HelmCdError `file` when it is no index. */
export async function readIndexNow(blobs: Pick<Blobs, 'read' | 'url'>): Promise<IndexNow> {
  const blob = await blobs.read(INDEX);
  const text = blob === undefined ? undefined : Buffer.from(blob.bytes).toString('utf8');
  return { ...readIndexFile(text, `${blobs.url}/${INDEX}`), text, blob };
}

/**
 * Replaces the index by what is made of it, again and again until nobody else has changed it in between.
 * @param change gives the new text for an index as it is at that moment, and files that are deleted with it where changes
 *   are commits; or nothing when there is nothing to change. It gets the time to write as `generated`, which differs with each attempt: a server's version may be a hash of the
 *   content, so that no content must ever come back.
 * @returns whether anything was written.
 * @throws HelmCdError `conflict` when others were faster far too often.
 */
export async function changeIndex(
  blobs: Blobs,
  { clock, log }: Pick<Services, 'clock' | 'log'>,
  change: (index: IndexNow, generated: string) => IndexChange | undefined,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const index = await readIndexNow(blobs);
    const changed = change(index, new Date(clock.now()).toISOString());
    if (changed === undefined) return false;
    const bytes = Buffer.from(changed.text);
    if ((await blobs.replace(INDEX, bytes, INDEX_TYPE, index.blob, changed.gone)) === 'written') return true;
    log.debug(`${blobs.url}/${INDEX} was changed by somebody else; changing it again`);
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
    await clock.sleep(longest * (0.3 + 0.7 * Math.random()));
  }
  throw new HelmCdError('conflict', `${blobs.url}/${INDEX} was changed by others ${ATTEMPTS} times in a row.`, {
    hint: 'Run the job again: it goes on where this one has stopped.',
  });
}
