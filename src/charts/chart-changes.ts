/** What changes when one version of a chart takes the place of another. */
import { archiveImages, type ArchiveImage } from '../core/archive-images.js';
import { messageOf } from '../core/errors.js';
import { textOf, type ChartFile } from './chart-files.js';
import { compareCharts, type ChartDifference } from './compare-charts.js';
import { describeChart, type ChartDescription } from './describe.js';

/** Something that has another value afterwards; empty where it was not there, or is not any more. */
export interface Change {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface ImageChange extends Change {
  /** Where the values say it, such as `api.image`. */
  readonly place: string;
}

export interface ChartChanges {
  /** Fields of Chart.yaml and its annotations, by name. */
  readonly fields: readonly Change[];
  /** Subcharts and their versions. */
  readonly dependencies: readonly Change[];
  /** Default images that are not the same. */
  readonly images: readonly ImageChange[];
  /** Default images that stay. */
  readonly sameImages: number;
  readonly files: ChartDifference;
  /** What could not be compared, in sentences. */
  readonly notes: readonly string[];
}

function changesOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly Change[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, before: before.get(name) ?? '', after: after.get(name) ?? '' }))
    .filter((change) => change.before !== change.after);
}

function fieldsOf({ metadata }: ChartDescription): ReadonlyMap<string, string> {
  const { appVersion, kubeVersion, type, deprecated, annotations } = metadata;
  const fields: Readonly<Record<string, string | undefined>> = {
    appVersion,
    kubeVersion,
    type,
    deprecated: deprecated === true ? 'true' : undefined,
    ...annotations,
  };
  return new Map(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** By alias, for a chart may be there twice. Exact versions, where there is a lock file. */
function dependenciesOf({ dependencies, lock }: ChartDescription): ReadonlyMap<string, string> {
  return new Map(
    dependencies.map(({ name, alias, version = '' }, index) => {
      const locked = lock?.dependencies[index];
      return [alias ?? name, (locked?.name === name ? locked.version : undefined) ?? version];
    }),
  );
}

/** @returns the images, or why they cannot be told. */
async function imagesIn(files: readonly ChartFile[]): Promise<readonly ArchiveImage[] | string> {
  try {
    return await archiveImages(new Map(files.map((file) => [file.path, textOf(file)])));
  } catch (error) {
    return messageOf(error);
  }
}

/** Images that changed, told apart by where the values say them: of one place name and version may change. */
function imageChanges(before: readonly ArchiveImage[], after: readonly ArchiveImage[]): readonly ImageChange[] {
  const byPlace = (images: readonly ArchiveImage[]) => new Map(images.map((image) => [image.place, image]));
  const [old, now] = [byPlace(before), byPlace(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((place): readonly ImageChange[] => {
    const [one, other] = [old.get(place), now.get(place)];
    if (one !== undefined && other !== undefined && one.name !== other.name) {
      return [
        { place, name: one.name, before: one.version, after: '' },
        { place, name: other.name, before: '', after: other.version },
      ];
    }
    const change = { place, name: (other ?? one)?.name ?? '', before: one?.version ?? '', after: other?.version ?? '' };
    const isSame = one !== undefined && other !== undefined && one.version === other.version;
    return isSame ? [] : [change];
  });
}

/**
 * Compares two packaged charts.
 * @param before files of the one that is there; nothing when there is none: then everything is new.
 * @param after files of the one that comes.
 */
export async function chartChanges(
  before: readonly ChartFile[] | undefined,
  after: readonly ChartFile[],
): Promise<ChartChanges> {
  const now = describeChart(after, 'the new chart');
  const old = before === undefined ? undefined : describeChart(before, 'the old chart');
  const none = new Map<string, string>();
  const [oldImages, newImages] = [before === undefined ? [] : await imagesIn(before), await imagesIn(after)];
  const unknown = [oldImages, newImages].filter((images) => typeof images === 'string');
  const [from, to] = [
    typeof oldImages === 'string' ? [] : oldImages,
    typeof newImages === 'string' || unknown.length > 0 ? [] : newImages,
  ];
  const images = unknown.length > 0 ? [] : imageChanges(from, to);
  const changedPlaces = new Set(images.map(({ place }) => place));
  return {
    fields: changesOf(old === undefined ? none : fieldsOf(old), fieldsOf(now)),
    dependencies: changesOf(old === undefined ? none : dependenciesOf(old), dependenciesOf(now)),
    images,
    sameImages: to.filter(({ place }) => !changedPlaces.has(place)).length,
    files: before === undefined ? { changed: [], added: [], removed: [] } : compareCharts(before, after),
    notes: unknown.map((reason) => `The images cannot be told: ${reason}`),
  };
}
