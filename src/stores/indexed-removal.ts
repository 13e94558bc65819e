import { fileOfUrl, filesOfIndex } from '../core/archive-address.js';
import { entryDigest, type IndexEntries } from '../core/chart-index.js';
import { createLimiter } from '../core/concurrency.js';
import type { ListEdit } from '../core/index-edit.js';
import type { Services } from '../core/ports.js';
import { ARCHIVE_TYPE, PROVENANCE_TYPE, type Blobs } from './blobs.js';
import { editEntries, editIndex } from './edit-index.js';
import { INDEX, changeIndex, readIndexNow } from './index-changes.js';
import type { Holding, Removal } from './upkeep.js';

const READS_AT_ONCE = 8;
/** What is kept in memory while it is being deleted. */
const BATCH_FILES = 500;
const BATCH_BYTES = 64 * 1024 * 1024;

type State = Removal['state'];

/** The places of the entries that are what was planned, and whether the version is there otherwise. */
function placesOf(
  entries: IndexEntries,
  chart: Holding,
): { readonly places: readonly number[]; readonly other: boolean } {
  const places: number[] = [];
  let other = false;
  for (const [place, entry] of (entries.get(chart.name) ?? []).entries()) {
    if (entry.version !== chart.version) continue;
    if (chart.listed && entryDigest(entry) === chart.digest) places.push(place);
    else other = true;
  }
  return { places, other };
}

/** The archives of these, and their provenance files, unless the index names them. */
function filesToDelete(base: string, charts: readonly Holding[], entries: IndexEntries): readonly string[] {
  const named = filesOfIndex(base, entries);
  const files = charts.map(({ url }) => fileOfUrl(base, url)).filter((file) => file !== undefined);
  return [...new Set(files)].filter((file) => !named.has(file)).flatMap((file) => [`${file}.prov`, file]);
}

/** Takes versions out of the index as it is at that moment, where they still are what was planned. */
async function takeOut(
  blobs: Blobs,
  charts: readonly Holding[],
  services: Pick<Services, 'clock' | 'log'>,
): Promise<ReadonlyMap<Holding, State>> {
  const states = new Map<Holding, State>();
  // When an answer got lost, they may be gone though the write seems to have failed: then it was us.
  const taken = new Set<Holding>();
  await changeIndex(blobs, services, ({ text, entries }, generated) => {
    const drops = new Map<string, Set<number>>();
    for (const chart of charts) {
      const { places, other } = placesOf(entries, chart);
      if (other) states.set(chart, 'changed');
      else states.set(chart, places.length > 0 || taken.has(chart) || !chart.listed ? 'removed' : 'gone');
      if (places.length === 0) continue;
      taken.add(chart);
      drops.set(chart.name, new Set([...(drops.get(chart.name) ?? []), ...places]));
    }
    if (text === undefined || drops.size === 0) return undefined;
    const edits = new Map<string, ListEdit>();
    for (const [name, places] of drops) {
      const order = [...(entries.get(name) ?? []).keys()].filter((place) => !places.has(place));
      edits.set(name, { order });
    }
    const after = editIndex(text, entries, edits, generated);
    if (blobs.flush === undefined) return { text: after };
    // One commit takes all of it away: there is no moment in between.
    const due = charts.filter((chart) => states.get(chart) !== 'changed');
    return { text: after, gone: filesToDelete(blobs.url, due, editEntries(entries, edits)) };
  });
  if (taken.size > 0) services.log.info(`${blobs.url}/${INDEX}: took out ${taken.size} versions`);
  return states;
}

/** A version whose archive is to be deleted. */
interface Due {
  readonly chart: Holding;
  /** In the repository's folder. */
  readonly file: string;
}

function batches(due: readonly Due[]): readonly (readonly Due[])[] {
  const result: Due[][] = [];
  let bytes = 0;
  for (const one of due) {
    const size = one.chart.sizeBytes ?? 0;
    const last = result.at(-1);
    if (last === undefined || last.length >= BATCH_FILES || bytes + size > BATCH_BYTES) {
      result.push([one]);
      bytes = size;
    } else {
      last.push(one);
      bytes += size;
    }
  }
  return result;
}

/** The files' contents, where they are there. */
async function readAll(blobs: Blobs, files: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const limited = createLimiter(READS_AT_ONCE);
  const contents = new Map<string, Uint8Array>();
  const read = async (file: string) => {
    const blob = await blobs.read(file);
    if (blob !== undefined) contents.set(file, blob.bytes);
  };
  await Promise.all(files.map((file) => limited(() => read(file))));
  return contents;
}

/**
 * Deletes archives that the index does not name. Who publishes one of them at that very moment finds it there, and names
 * it in the index after it was looked at here: so it is looked at again, and what is named by then is put back.
 * @returns those that are named after all.
 */
async function deleteBatch(blobs: Blobs, batch: readonly Due[], log: Services['log']): Promise<readonly Due[]> {
  const named = filesOfIndex(blobs.url, (await readIndexNow(blobs)).entries);
  const free = batch.filter(({ file }) => !named.has(file));
  const kept = batch.filter(({ file }) => named.has(file));
  const archives = [...new Set(free.map(({ file }) => file))];
  const provenances = archives.map((file) => `${file}.prov`);
  const contents = await readAll(blobs, [...provenances, ...archives]);
  if (contents.size === 0) return kept;
  // An archive is found again after an interruption, by its name; a provenance file without one is not looked for.
  await blobs.remove([...contents.keys()].sort((a, b) => Number(b.endsWith('.prov')) - Number(a.endsWith('.prov'))));
  log.info(`${blobs.url}: deleted ${contents.size} files`);
  const namedNow = filesOfIndex(blobs.url, (await readIndexNow(blobs)).entries);
  const returned = free.filter(({ file }) => namedNow.has(file));
  for (const { file } of returned) {
    log.warning(`${blobs.url}/${file} was published again while it was removed, and is put back.`);
    const [archive, provenance] = [contents.get(file), contents.get(`${file}.prov`)];
    if (archive !== undefined) await blobs.create(file, archive, ARCHIVE_TYPE);
    if (provenance !== undefined) await blobs.create(`${file}.prov`, provenance, PROVENANCE_TYPE);
  }
  if (returned.length > 0) await blobs.flush?.();
  return [...kept, ...returned];
}

/**
 * Removes versions from a folder with an index: first from the index, by compare-and-swap, then their archives and
 * provenance files, unless another entry names them.
 */
export async function removeFromFolder(
  blobs: Blobs,
  charts: readonly Holding[],
  services: Pick<Services, 'clock' | 'log'>,
): Promise<readonly Removal[]> {
  await blobs.settle(INDEX);
  const states = new Map(await takeOut(blobs, charts, services));
  const due = charts.flatMap((chart): Due[] => {
    const file = states.get(chart) === 'changed' ? undefined : fileOfUrl(blobs.url, chart.url);
    return file === undefined ? [] : [{ chart, file }];
  });
  for (const batch of batches(due)) {
    for (const { chart } of await deleteBatch(blobs, batch, services.log)) {
      // An archive that another entry names as well stays; its own entry is gone all the same.
      if (!chart.listed) states.set(chart, 'changed');
    }
  }
  return charts.map((chart) => ({ name: chart.name, version: chart.version, state: states.get(chart) ?? 'gone' }));
}
