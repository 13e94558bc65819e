import { chartOfFile, fileOfEntry, fileOfUrl, filesOfIndex } from '../core/archive-address.js';
import { entryUrl, type IndexEntry } from '../core/chart-index.js';
import type { Services } from '../core/ports.js';
import type { BlobInfo, Blobs } from './blobs.js';
import { readIndexNow } from './index-changes.js';
import { inspectFolder } from './indexed-inspection.js';
import { removeFromFolder } from './indexed-removal.js';
import { repairFolder } from './indexed-repair.js';
import { storedChart } from './stored-chart.js';
import type { Holding, InspectOptions, Inspection, Upkeep } from './upkeep.js';

function sizeOf(files: ReadonlyMap<string, BlobInfo>, file: string | undefined): number | undefined {
  const archive = file === undefined ? undefined : files.get(file);
  if (file === undefined || archive === undefined) return undefined;
  return archive.size + (files.get(`${file}.prov`)?.size ?? 0);
}

function holdingOf(base: string, name: string, entry: IndexEntry, files: ReadonlyMap<string, BlobInfo>): Holding {
  const file = fileOfEntry(base, entry);
  const url = file === undefined ? (entryUrl(entry) ?? '') : `${base}/${encodePath(file)}`;
  return { ...storedChart(name, entry, url), listed: true, sizeBytes: sizeOf(files, file) };
}

const encodePath = (file: string) => file.split('/').map(encodeURIComponent).join('/');

/** The upkeep of a repository that is a folder of archives with an index, whatever the folder is kept in. */
export function indexedUpkeep(blobs: Blobs, services: Pick<Services, 'clock' | 'log'>): Upkeep {
  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => blobs.guard?.(work) ?? work();
  const base = blobs.url;
  return {
    async names() {
      return [...(await readIndexNow(blobs)).entries.keys()];
    },

    async holdings(names) {
      const { entries } = await readIndexNow(blobs);
      const files = new Map((await blobs.list()).map((info) => [info.name, info]));
      const listed = names.flatMap((name) =>
        (entries.get(name) ?? []).map((entry) => holdingOf(base, name, entry, files)),
      );
      const named = filesOfIndex(base, entries);
      const known = new Set([...entries.keys(), ...names]);
      const unlisted = [...files.values()].flatMap((info): Holding[] => {
        const chart = named.has(info.name) ? undefined : chartOfFile(info.name, known);
        if (chart === undefined || !names.includes(chart.name)) return [];
        // Its version is there from elsewhere: which of the two counts is a matter for fsck.
        if (entries.get(chart.name)?.some(({ version }) => version === chart.version) === true) return [];
        const common = { ...chart, digest: undefined, created: info.modified, metadata: chart };
        const url = `${base}/${encodePath(info.name)}`;
        return [{ ...common, url, listed: false, sizeBytes: sizeOf(files, fileOfUrl(base, url)) }];
      });
      return [...listed, ...unlisted];
    },

    remove: (charts) => guarded(() => removeFromFolder(blobs, charts, services)),
    inspect: (options: InspectOptions): Promise<Inspection> => inspectFolder(blobs, options, services),
    repair: (findings, readChart) => guarded(() => repairFolder(blobs, findings, readChart, services)),
  };
}
