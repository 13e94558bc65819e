import { BumpSources, withFiles, type WithFiles } from './bump-sources.js';
import { chartFolders } from './chart-folders.js';
import { looksLikeDigest } from './image-use.js';
import { parseImageReference } from './image-reference.js';
import { imagesOf } from './scope-images.js';

/** An image that a chart uses unless its values are overridden. */
export interface ArchiveImage {
  /** Where the values say it, such as `api.image`. */
  readonly place: string;
  readonly name: string;
  /** Tag, digest, or both as `1.4.0@sha256:…`; empty when nothing says it. */
  readonly version: string;
}

function* find(sources: BumpSources): WithFiles<readonly ArchiveImage[]> {
  const folders = chartFolders(sources.paths);
  const scope = { folder: '', overlays: [] };
  const found = yield* imagesOf(scope, [], sources, folders, { appVersion: true, inTemplates: true });
  const images: ArchiveImage[] = [];
  for (const use of found.uses) {
    const { tag } = yield* found.sources.of(use);
    const own = use.reference === undefined ? undefined : parseImageReference(use.reference.scalar.text)?.digest;
    const field = use.digest?.scalar.text ?? '';
    const digest = own ?? (looksLikeDigest(field) ? field : '');
    const version = [tag === digest ? '' : tag, digest].filter((part) => part !== '').join('@');
    images.push({ place: use.pointer.join('.'), name: use.names[0] ?? '', version });
  }
  return images;
}

/**
 * The images of a packaged chart and its subcharts, by their default values: what the templates put in place of an empty tag,
 * such as appVersion, is the tag.
 * @param files texts by path, relative to the chart; subcharts are unfolded in charts/.
 * @throws HelmCdError `file` when Chart.yaml or the values are no YAML.
 */
export async function archiveImages(files: ReadonlyMap<string, string>): Promise<readonly ArchiveImage[]> {
  const sources = new BumpSources([...files.keys()].map((path) => ({ path, mode: '100644' })));
  return withFiles(find(sources), (paths) =>
    Promise.resolve(new Map(paths.map((path) => [path, files.get(path) ?? '']))),
  );
}
