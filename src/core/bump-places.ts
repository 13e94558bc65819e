import { appVersionFallback, writesDigestAlgorithm } from './app-version.js';
import type { AppVersionMode, ChartScope } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { resolveTarget } from './bump-target.js';
import { chartField } from './chart-bump.js';
import { chartOf, inFolder } from './chart-folders.js';
import { HelmCdError, formatPlace } from './errors.js';
import { denotes, discoverImages, type ValuesLayer } from './image-discovery.js';
import { canonicalImageName, type ImageReference } from './image-reference.js';
import { changesFor, tagOf, versionOf, type ImageChange, type ImageUse, type YamlPlace } from './image-use.js';
import { formatPointer } from './json-pointer.js';
import { subchartLayers } from './subchart-layers.js';

/** An image that is in a chart's values, as a line for people. */
export interface FoundUse {
  readonly text: string;
}

/** Chart.yaml's appVersion, from which an image's empty tag is filled, and what the templates put before it. */
export interface AppVersionSource {
  readonly place: YamlPlace;
  readonly prefix: string;
}

/** A use of one of the images that are written. */
export interface MatchedUse {
  readonly use: ImageUse;
  readonly image: ImageReference;
  /** Set when the version is to be written to Chart.yaml's appVersion instead of an empty tag. */
  readonly appVersion?: AppVersionSource;
  readonly bareDigests: boolean;
}

export interface ScopeUses {
  readonly matched: readonly MatchedUse[];
  readonly all: readonly FoundUse[];
  readonly notes: readonly string[];
}

const TEMPLATE = /\.(?:ya?ml|tpl|txt)$/;

/** Chart.yaml's appVersion as a place, or nothing. */
export function* appVersionOf(folder: string, sources: BumpSources): WithFiles<YamlPlace | undefined> {
  yield* sources.load([inFolder(folder, 'Chart.yaml')], 'chart');
  return chartField(sources, folder, 'appVersion');
}

/** The texts of a chart's templates. Links among them are left out: nothing is written to them. */
function* templatesOf(folder: string, sources: BumpSources): WithFiles<readonly string[]> {
  const prefix = inFolder(folder, 'templates/');
  const paths = sources.regularPaths().filter((path) => path.startsWith(prefix) && TEMPLATE.test(path));
  yield* sources.load(paths, 'templates');
  return paths.map((path) => sources.text(path));
}

/** The values in force in a chart, lowest priority first. */
function* layersOf(
  scope: ChartScope,
  sources: BumpSources,
  folders: readonly string[],
): WithFiles<readonly ValuesLayer[]> {
  const own = ['values.yaml', 'values.yml']
    .map((name) => inFolder(scope.folder, name))
    .filter((path) => sources.has(path));
  yield* sources.load([inFolder(scope.folder, 'Chart.yaml')], `chart ${scope.folder || '.'}`);
  yield* sources.load([...own.slice(0, 1), ...scope.overlays], `values of chart ${scope.folder || '.'}`);
  const files = [...own.slice(0, 1), ...scope.overlays].map((path): ValuesLayer => ({ file: sources.yaml(path) }));
  return [...(yield* subchartLayers(scope.folder, sources, folders)), ...files];
}

function refuseAmbiguity(image: ImageReference, uses: readonly ImageUse[]): void {
  const byTag = new Map(uses.map((use) => [tagOf(use), use]));
  if (byTag.size <= 1) return;
  const places = uses.map(({ place, pointer, ...use }) => {
    const at = formatPlace(place.file.placeOf(place.scalar.start));
    return `  ${at}  ${formatPointer(pointer)}  ${versionOf({ place, pointer, ...use })}`;
  });
  throw new HelmCdError(
    'conflict',
    `${image.name} is used with different tags, so which of them to change is not clear:\n${places.join('\n')}`,
    { hint: 'Name the places with the input targets, or under images: in helm-cd.yaml.' },
  );
}

/** The same line for every use: `charts/shop/values.yaml:4  ghcr.io/acme/api:1.0.0`. */
function found(use: ImageUse): FoundUse {
  const at = formatPlace(use.place.file.placeOf(use.place.scalar.start)).replace(/:\d+$/, '');
  const name = use.names[0] ?? use.place.scalar.text;
  return {
    text: use.form === 'reference' ? `${at}  ${use.place.scalar.text}` : `${at}  ${name}, tag ${versionOf(use)}`,
  };
}

/** Where an image's empty tag gets its value from, when that is appVersion and writing it changes no other image. */
function* appVersionSource(
  use: ImageUse,
  image: ImageReference,
  all: readonly ImageUse[],
  images: readonly ImageReference[],
  sources: BumpSources,
  folders: readonly string[],
): WithFiles<{ source?: AppVersionSource; note?: string }> {
  const home = use.tag ?? use.place;
  const folder = chartOf(home.file.name, folders);
  if (folder === undefined || image.tag === undefined || tagOf(use) !== '') return {};
  const place = yield* appVersionOf(folder, sources);
  const templates = yield* templatesOf(folder, sources);
  const fallback = appVersionFallback(templates, home.pointer.slice(0, -1));
  if (place === undefined || fallback === undefined || !image.tag.startsWith(fallback.prefix)) return {};
  const name = canonicalImageName(image.name);
  const others = all.filter((other) => {
    if (other.form !== 'fields' || tagOf(other) !== '' || denotes(other, name)) return false;
    const at = other.tag ?? other.place;
    if (chartOf(at.file.name, folders) !== folder) return false;
    if (appVersionFallback(templates, at.pointer.slice(0, -1)) === undefined) return false;
    return !images.some((with_) => with_.tag === image.tag && denotes(other, canonicalImageName(with_.name)));
  });
  const [other] = others;
  if (other === undefined) return { source: { place, prefix: fallback.prefix } };
  const note = `${image.name} gets its own tag: appVersion is the tag of ${other.names[0] ?? formatPointer(other.pointer)} too.`;
  return { note };
}

/** The changes of a use whose tag stays empty because appVersion gives it. */
export function appVersionChange(
  use: ImageUse,
  image: ImageReference,
  { place, prefix }: AppVersionSource,
  bareDigests: boolean,
): readonly ImageChange[] {
  const from = place.scalar.text;
  const toTag = image.tag ?? '';
  const to = toTag.slice(prefix.length);
  const version: ImageChange = { place, part: 'app-version', from, to, fromTag: `${prefix}${from}`, toTag };
  const digests = use.digest === undefined ? [] : changesFor(use, image, bareDigests);
  return [version, ...digests.filter(({ part }) => part === 'digest')];
}

/**
 * Where the accepted images are used in a chart: as its configuration says, else as its values tell.
 * @param images all images of the request.
 * @throws HelmCdError `conflict` when an image is used with different tags and nothing says which one is meant.
 */
export function* findUses(
  scope: ChartScope,
  accepted: readonly ImageReference[],
  images: readonly ImageReference[],
  sources: BumpSources,
  folders: readonly string[],
  appVersion: AppVersionMode,
): WithFiles<ScopeUses> {
  const wanted = new Set(images.map(({ name }) => canonicalImageName(name)));
  const matched: MatchedUse[] = [];
  const notes: string[] = [];
  let all: readonly ImageUse[] | undefined;
  for (const image of accepted) {
    const name = canonicalImageName(image.name);
    const configured = scope.places.get(name);
    if (configured !== undefined) {
      yield* sources.load(
        configured.map(({ file }) => file),
        `images of chart ${scope.folder || '.'}`,
      );
      for (const target of configured) {
        matched.push({ use: resolveTarget(sources.yaml(target.file), target, wanted), image, bareDigests: false });
      }
      continue;
    }
    all ??= discoverImages(yield* layersOf(scope, sources, folders), wanted);
    const uses = all.filter((use) => denotes(use, name));
    refuseAmbiguity(image, uses);
    for (const use of uses) {
      const { source, note } =
        appVersion === 'never' ? {} : yield* appVersionSource(use, image, all, images, sources, folders);
      if (note !== undefined) notes.push(note);
      if (source === undefined && use.form === 'fields' && use.tag === undefined && use.digest === undefined) {
        const { place } = use;
        throw new HelmCdError(
          'refused',
          `${place.file.name}: ${image.name} has neither a tag nor a digest key beside its name.`,
          {
            place: place.file.placeOf(place.scalar.start),
            hint: 'Add the key tag: "" there.',
          },
        );
      }
      const bareDigests =
        use.digest?.scalar.text === '' && writesDigestAlgorithm(yield* templatesOf(scope.folder, sources));
      matched.push({ use, image, bareDigests, ...(source === undefined ? {} : { appVersion: source }) });
    }
  }
  return { matched, all: (all ?? []).map(found), notes };
}
