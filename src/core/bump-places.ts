import type { AppVersionMode, ChartScope } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { resolveTarget } from './bump-target.js';
import { chartField } from './chart-bump.js';
import { inFolder } from './chart-folders.js';
import { HelmCdError, formatPlace } from './errors.js';
import { canonicalImageName, formatImageReference, type ImageReference } from './image-reference.js';
import { changesFor, versionOf, type ImageChange, type ImageUse, type YamlPlace } from './image-use.js';
import { formatPointer } from './json-pointer.js';
import { imagesOf, type ScopeImages } from './scope-images.js';
import type { TagSource } from './tag-source.js';

/** An image that is in a chart's values, as a line for people. */
export interface FoundUse {
  readonly text: string;
}

/** What is to be written at one use of an image. */
export interface MatchedUse {
  readonly image: ImageReference;
  readonly changes: readonly ImageChange[];
}

export interface ScopeUses {
  readonly matched: readonly MatchedUse[];
  readonly all: readonly FoundUse[];
  readonly notes: readonly string[];
}

/** Chart.yaml's appVersion as a place, or nothing. */
export function* appVersionOf(folder: string, sources: BumpSources): WithFiles<YamlPlace | undefined> {
  yield* sources.load([inFolder(folder, 'Chart.yaml')], 'chart');
  return chartField(sources, folder, 'appVersion');
}

function lineOf({ file, scalar }: YamlPlace): string {
  return formatPlace(file.placeOf(scalar.start)).replace(/:\d+$/, '');
}

/** `appVersion`, `global.image.tag`: what a person calls a value that gives a tag. */
function nameOf(place: YamlPlace): string {
  return place.pointer.join('.');
}

function refuseAmbiguity(image: ImageReference, uses: readonly { use: ImageUse; source: TagSource }[]): void {
  if (new Set(uses.map(({ source }) => source.tag)).size <= 1) return;
  const places = uses.map(({ use, source }) => {
    const at = formatPlace(use.place.file.placeOf(use.place.scalar.start));
    return `  ${at}  ${formatPointer(use.pointer)}  ${versionText(use, source)}`;
  });
  throw new HelmCdError(
    'conflict',
    `${image.name} is used with different tags, so which of them to change is not clear:\n${places.join('\n')}`,
    { hint: 'Name the places with the input targets, or under images: in helm-cd.yaml.' },
  );
}

/** The version of a use, and from where it is when that is another value: `1.0.0 (by global.imageTag)`. */
function versionText(use: ImageUse, { place, tag }: TagSource): string {
  return place === undefined ? versionOf(use) : `${tag === '' ? '(empty)' : tag} (by ${nameOf(place)})`;
}

/** The same line for every use: `charts/shop/values.yaml:4  ghcr.io/acme/api:1.0.0`. */
function found(use: ImageUse, source: TagSource | undefined): FoundUse {
  const name = use.names[0] ?? use.place.scalar.text;
  const text =
    use.form === 'reference'
      ? use.place.scalar.text
      : `${name}, tag ${source === undefined ? versionOf(use) : versionText(use, source)}`;
  return { text: `${lineOf(use.place)}  ${text}` };
}

/** The use as it is to be written, or why it is not; a note when it gets a tag of its own. */
interface Decision {
  readonly changes: readonly ImageChange[];
  readonly note?: string;
}

/** Changes at a place that gives the tag with something in front of it, or that is no field of an image. */
function sourceChanges(
  use: ImageUse,
  image: ImageReference,
  { by, place, prefix, tag }: TagSource & { readonly place: YamlPlace },
  bareDigests: boolean,
): readonly ImageChange[] {
  const toTag = image.tag ?? '';
  const part = by === 'app-version' ? 'app-version' : 'tag';
  const to = toTag.slice(prefix.length);
  const version: ImageChange = { place, part, from: place.scalar.text, to, fromTag: tag, toTag };
  const digests = use.digest === undefined ? [] : changesFor(use, image, bareDigests);
  return [version, ...digests.filter((change) => change.part === 'digest')];
}

/** Whether a `v` comes with the new tag that the old one does not have. */
function addsV(use: ImageUse, image: ImageReference): boolean {
  return use.tag !== undefined && /^v\d/.test(image.tag ?? '') && /^\d/.test(use.tag.scalar.text);
}

/** What is written so that one use denotes the image, other images' tags staying what they are. */
function* decide(
  use: ImageUse,
  image: ImageReference,
  { uses, byName, sources }: ScopeImages,
  images: readonly ImageReference[],
): WithFiles<Decision> {
  const bareDigests = use.digest?.scalar.text === '' && (yield* sources.writesDigestAlgorithm(use));
  const source = yield* sources.of(use);
  const { place } = source;
  if (place === undefined && addsV(use, image)) {
    // `:v{{ .Values.image.tag }}`: the v of the new tag is the templates'.
    const prefix = yield* sources.ownPrefix(use);
    const tag = image.tag?.startsWith(prefix) === true ? image.tag.slice(prefix.length) : image.tag;
    return { changes: changesFor(use, { ...image, ...(tag === undefined ? {} : { tag }) }, bareDigests) };
  }
  const fits = image.tag === undefined ? source.by === 'values' : image.tag.startsWith(source.prefix);
  if (place === undefined || !fits) return { changes: changesFor(use, image, bareDigests) };

  const follows = (other: ImageUse) =>
    images.some(({ name, tag }) => tag === image.tag && byName.get(canonicalImageName(name))?.has(other) === true);
  const same = byName.get(canonicalImageName(image.name));
  const others: ImageUse[] = [];
  for (const other of yield* sources.usersOf(place.scalar, uses)) {
    if (same?.has(other) !== true && !follows(other)) others.push(other);
  }
  const [other] = others;
  if (other === undefined) {
    if (source.by === 'values' && source.prefix === '') {
      return { changes: changesFor(sources.with(use, source), image, bareDigests) };
    }
    return { changes: sourceChanges(use, image, { ...source, place }, bareDigests) };
  }
  const otherName = other.names[0] ?? formatPointer(other.pointer);
  if (use.tag !== undefined && source.ownCounts) {
    const note = `${image.name} gets its own tag: ${nameOf(place)} is the tag of ${otherName} too.`;
    return { changes: changesFor(use, image, bareDigests), note };
  }
  throw new HelmCdError(
    'conflict',
    `${image.name} has its tag from ${nameOf(place)} in ${place.file.name}, which is the tag of ${otherName} too.`,
    {
      place: place.file.placeOf(place.scalar.start),
      hint: `Bump them together with one tag, give ${image.name} a tag of its own in the chart, or name the place with the input targets.`,
    },
  );
}

/**
 * The uses of an image that have a place for its version, with where they get it from now.
 * @throws HelmCdError `refused` when there are uses, but none has one.
 */
function* writableUses(
  image: ImageReference,
  { byName, sources }: ScopeImages,
  notes: string[],
): WithFiles<readonly { use: ImageUse; source: TagSource }[]> {
  const writable: { use: ImageUse; source: TagSource }[] = [];
  const others: ImageUse[] = [];
  for (const use of byName.get(canonicalImageName(image.name)) ?? []) {
    const source = yield* sources.of(use);
    const hasPlace = source.place !== undefined || (use.tag ?? use.digest ?? use.reference) !== undefined;
    if (hasPlace) writable.push({ use, source });
    else others.push(use);
  }
  for (const { place } of others) {
    if (writable.length === 0) {
      throw new HelmCdError(
        'refused',
        `${place.file.name}: ${image.name} has neither a tag nor a digest key beside its name.`,
        {
          place: place.file.placeOf(place.scalar.start),
          hint: `Add the key tag there, or ${image.name}:TAG where the chart takes the whole image as one text.`,
        },
      );
    }
    notes.push(`${lineOf(place)}  ${image.name} has neither a tag nor a digest there, so nothing is written there.`);
  }
  return writable;
}

/**
 * What is written where the accepted images are used in a chart: as its configuration says, else as its values and
 * templates tell.
 * @param images all images of the request.
 * @param inTemplates look for images whose names are in the templates, too.
 * @throws HelmCdError `conflict` when an image is used with different tags and nothing says which one is meant.
 */
export function* findUses(
  scope: ChartScope,
  accepted: readonly ImageReference[],
  images: readonly ImageReference[],
  sources: BumpSources,
  folders: readonly string[],
  appVersion: AppVersionMode,
  inTemplates: boolean,
): WithFiles<ScopeUses> {
  const wanted = new Set(images.map(({ name }) => canonicalImageName(name)));
  const matched: MatchedUse[] = [];
  const notes: string[] = [];
  let inValues: ScopeImages | undefined;
  for (const image of accepted) {
    const configured = scope.places.get(canonicalImageName(image.name));
    if (configured !== undefined) {
      yield* sources.load(
        configured.map(({ file }) => file),
        `images of chart ${scope.folder || '.'}`,
      );
      for (const target of configured) {
        const use = resolveTarget(sources.yaml(target.file), target, wanted);
        matched.push({ image, changes: changesFor(use, image) });
      }
      continue;
    }
    inValues ??= yield* imagesOf(scope, images, sources, folders, { appVersion: appVersion !== 'never', inTemplates });
    const writable = yield* writableUses(image, inValues, notes);
    refuseAmbiguity(image, writable);
    for (const { place, reference, name } of writable.length === 0 ? [] : inValues.mentions) {
      if (name !== canonicalImageName(image.name) || reference === formatImageReference(image)) continue;
      notes.push(`${lineOf(place)}  ${reference} stays: it stands inside a longer text, which is not written.`);
    }
    for (const { use } of writable) {
      const { changes, note } = yield* decide(use, image, inValues, accepted);
      if (note !== undefined) notes.push(note);
      matched.push({ image, changes });
    }
  }
  const { uses = [], mentions = [], sources: tags } = inValues ?? {};
  const inTexts = mentions.map(({ place, reference }): FoundUse => {
    return { text: `${lineOf(place)}  ${reference}, inside a longer text, which is not written` };
  });
  return { matched, all: [...uses.map((use) => found(use, tags?.known(use))), ...inTexts], notes };
}
