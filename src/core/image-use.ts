import { HelmCdError } from './errors.js';
import { formatImageReference, isImageDigest, parseImageReference, type ImageReference } from './image-reference.js';
import type { Pointer } from './json-pointer.js';
import type { YamlFile, YamlScalar } from './yaml-nodes.js';

/** A scalar of a file, and how one gets there. */
export interface YamlPlace {
  readonly file: YamlFile;
  readonly pointer: Pointer;
  readonly scalar: YamlScalar;
}

/**
 * A place of a chart that says which version of an image is used: either fields beside each other (`repository`, `tag`,
 * `digest`), or one text `repository:tag@digest`.
 */
export interface ImageUse {
  readonly form: 'fields' | 'reference';
  /** The map or the text, as seen from the chart's values. */
  readonly pointer: Pointer;
  /** All names that it may denote, as they would be written; empty when nothing here says it. */
  readonly names: readonly string[];
  /** Where the name stands, or the version when nothing here says the name: for messages. */
  readonly place: YamlPlace;
  readonly tag?: YamlPlace;
  readonly digest?: YamlPlace;
  readonly reference?: YamlPlace;
}

export type ImagePart = 'tag' | 'digest' | 'reference' | 'app-version';

/** One scalar's change. */
export interface ImageChange {
  readonly place: YamlPlace;
  readonly part: ImagePart;
  readonly from: string;
  readonly to: string;
  /** The tags before and after, for the order of versions; empty where there is none. */
  readonly fromTag: string;
  readonly toTag: string;
}

const BARE_DIGEST = /^[0-9a-f]{64}$/;

/** The tag that a use has now: of `tag: 1.0@sha256:…` the part before the digest; empty when it has none. */
export function tagOf(use: ImageUse): string {
  if (use.reference !== undefined) return parseImageReference(use.reference.scalar.text)?.tag ?? '';
  return use.tag?.scalar.text.split('@')[0] ?? '';
}

/** Tag and digest as they are now, for messages: `1.0.0`, `1.0.0@sha256:…`, `(empty)`. */
export function versionOf(use: ImageUse): string {
  const digest = use.digest?.scalar.text ?? '';
  if (use.reference !== undefined) {
    const image = parseImageReference(use.reference.scalar.text);
    return [image?.tag ?? '', image?.digest ?? ''].filter((part) => part !== '').join('@');
  }
  return [use.tag?.scalar.text ?? '', digest].filter((part) => part !== '').join('@') || '(empty)';
}

function refuse(place: YamlPlace, reason: string, hint: string): never {
  throw new HelmCdError('refused', `${place.file.name}: ${reason}`, {
    place: place.file.placeOf(place.scalar.start),
    hint,
  });
}

/** The digest as the place writes digests: with or without the algorithm in front. */
function digestText(place: YamlPlace, digest: string, bareDigests: boolean): string {
  const now = place.scalar.text;
  const bare = BARE_DIGEST.test(now) || (now === '' && bareDigests);
  return bare ? digest.slice(digest.indexOf(':') + 1) : digest;
}

/**
 * An image as a place has it that names it in one text.
 * @param name as it is written there.
 * @param pinned whether there is a digest now.
 */
export function referenceFor({ digest, ...image }: ImageReference, name: string, pinned: boolean): ImageReference {
  const wanted = image.lookedUp !== true || pinned || image.tag === undefined;
  return { ...image, name, ...(wanted && digest !== undefined ? { digest } : {}) };
}

function referenceChange(place: YamlPlace, image: ImageReference): ImageChange {
  const now = parseImageReference(place.scalar.text);
  const name = now?.name ?? image.name;
  // Without a new tag the old one would be a lie beside the new digest, and the other way round.
  const to = formatImageReference(referenceFor(image, name, now?.digest !== undefined));
  return { place, part: 'reference', from: place.scalar.text, to, fromTag: now?.tag ?? '', toTag: image.tag ?? '' };
}

/** The tag's new text; nothing when it stays. */
function newTagText(place: YamlPlace, image: ImageReference, hasDigestField: boolean): string | undefined {
  const [tag = '', pinned] = place.scalar.text.split('@');
  if (pinned !== undefined) {
    const parts = [image.tag ?? tag, image.digest].filter((part) => part !== undefined && part !== '');
    return parts.join('@');
  }
  if (image.tag !== undefined) return image.tag;
  if (hasDigestField) return undefined;
  return refuse(
    place,
    `${image.name} is given by digest only, and there is no digest beside this tag.`,
    `Give the tag too (${image.name}:TAG@${image.digest ?? ''}), or add a digest key to the chart.`,
  );
}

/**
 * What must change so that a use denotes the given image: a digest that does not belong to it never stays.
 * Changes whose text stays the same are in the list too.
 * @param bareDigests the templates put `sha256:` in front of an empty digest field themselves.
 * @throws HelmCdError `refused`, with the place, when the form has no room for what is given.
 */
export function changesFor(use: ImageUse, image: ImageReference, bareDigests = false): readonly ImageChange[] {
  if (use.reference !== undefined) return [referenceChange(use.reference, image)];
  const changes: ImageChange[] = [];
  const { tag, digest } = use;
  const text = tag === undefined ? undefined : newTagText(tag, image, digest !== undefined);
  if (tag !== undefined && text !== undefined) {
    const fromTag = tagOf(use);
    changes.push({
      place: tag,
      part: 'tag',
      from: tag.scalar.text,
      to: text,
      fromTag,
      toTag: text.split('@')[0] ?? '',
    });
  }
  if (digest !== undefined) {
    if (tag === undefined && image.digest === undefined) {
      return refuse(
        digest,
        `${formatImageReference(image)} has no digest, and here the image is known by digest only.`,
        `Give the digest too: ${formatImageReference(image)}@sha256:….`,
      );
    }
    const to = image.digest === undefined ? '' : digestText(digest, image.digest, bareDigests);
    changes.push({ place: digest, part: 'digest', from: digest.scalar.text, to, fromTag: '', toTag: '' });
  }
  return changes;
}

/** Whether a text is a digest, with or without its algorithm. */
export function looksLikeDigest(text: string): boolean {
  return isImageDigest(text) || BARE_DIGEST.test(text);
}
