/** Which images the objects of a render use, and what a new version of some of them changes in it. */
import { parseImageReference, shortImageName, type ImageReference } from './image-reference.js';
import { formatRef, groupOf, readManifest, record, refKey, type ManifestObject } from './release-manifest.js';
import type { RenderedDocument } from './rendered-documents.js';

/** An image of a rendered object that is another one after the change. */
export interface RenderedImageChange {
  /** `Deployment/shop-api`, with the namespace where the object names one that is not the release's. */
  readonly workload: string;
  /** The container's name; outside of lists of containers the way to the image, such as `spec.image`. */
  readonly container: string;
  /** Empty: there was none. */
  readonly from: string;
  /** Empty: there is none any more. */
  readonly to: string;
}

/** What differs between two renders, as far as images are concerned. */
export interface RenderedImages {
  readonly changes: readonly RenderedImageChange[];
  /** Those of the given images whose new version shows nowhere in what changed. */
  readonly unused: readonly ImageReference[];
}

/** A scalar of an object and the way to it; items of a list go by their names. */
interface Leaf {
  readonly path: readonly string[];
  readonly text: string;
}

interface SourcedObject extends ManifestObject {
  readonly source: string;
}

interface ObjectPair {
  readonly before: SourcedObject | undefined;
  readonly after: SourcedObject | undefined;
}

const CONTAINERS = /^(?:init|ephemeral)?containers$/i;
const IMAGE_KEY = /image(?:Name)?$/i;
const VERSION_KEY = /tag|digest|version|image/i;
/** Kinds in which the key `image` is text like any other, or tells of a schema. */
const WITHOUT_IMAGES = new Set(['|ConfigMap', '|Secret', 'apiextensions.k8s.io|CustomResourceDefinition']);

function objectsOf(documents: readonly RenderedDocument[], namespace: string): readonly SourcedObject[] {
  return documents.flatMap(({ source, text }) => readManifest(text, namespace).map((item) => ({ ...item, source })));
}

/**
 * Which object was which: by its name, and what is left over by kind and template, for the name of a Job often has the
 * chart's version in it.
 */
function pairObjects(before: readonly SourcedObject[], after: readonly SourcedObject[]): readonly ObjectPair[] {
  const rest = new Set(before);
  const take = (fits: (old: SourcedObject) => boolean): SourcedObject | undefined => {
    const found = [...rest].find(fits);
    if (found !== undefined) rest.delete(found);
    return found;
  };
  const byName = after.map((item) => {
    const key = refKey(item.ref);
    return { after: item, before: take((old) => refKey(old.ref) === key) };
  });
  const pairs = byName.map((pair): ObjectPair => {
    const { source, ref } = pair.after;
    return pair.before === undefined
      ? { ...pair, before: take((old) => old.source === source && old.ref.kind === ref.kind) }
      : pair;
  });
  return [...pairs, ...[...rest].map((old): ObjectPair => ({ before: old, after: undefined }))];
}

/** The keys of a list's items: their names when each has one of its own, else their numbers. */
function itemKeys(items: readonly unknown[]): readonly string[] {
  const names = items.map((item) => record(item)['name']);
  const named = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return items.map((_, index) => (named ? String(names[index]) : String(index)));
}

/** Keys below which everything follows the chart's version, or selects what does. */
const ABOUT_OBJECTS = new Set(['metadata', 'matchLabels']);

/** All maps of a tree and the way to each, but for what is about objects. */
function* mapsOf(
  node: unknown,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly fields: Readonly<Record<string, unknown>> }> {
  if (Array.isArray(node)) {
    const keys = itemKeys(node);
    for (const [index, item] of node.entries()) yield* mapsOf(item, [...path, keys[index] ?? '']);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const fields = record(node);
  yield { path, fields };
  for (const [key, value] of Object.entries(fields)) {
    if (!ABOUT_OBJECTS.has(key)) yield* mapsOf(value, [...path, key]);
  }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `image: {repository, tag}` as custom resources have it, written as one reference. */
function joinedImage(value: unknown): string {
  const { registry, repository, name, tag, version, digest } = record(value);
  const repositoryName = text(repository) || text(name);
  const tagText = text(tag) || text(version);
  const digestText = text(digest);
  if (repositoryName === '' || (tagText === '' && digestText === '')) return '';
  const host = text(registry) === '' ? '' : `${text(registry)}/`;
  return `${host}${repositoryName}${tagText === '' ? '' : `:${tagText}`}${digestText === '' ? '' : `@${digestText}`}`;
}

/** The image under a key, or an empty text when it is something else. */
function imageAt(key: string, value: unknown, inContainer: boolean): string {
  if (inContainer && key === 'image') return typeof value === 'string' ? value : joinedImage(value);
  if (!IMAGE_KEY.test(key)) return '';
  if (typeof value !== 'string') return joinedImage(value);
  const image = parseImageReference(value);
  const isReference =
    image?.tag !== undefined || image?.digest !== undefined || (key === 'image' && image !== undefined);
  return isReference ? value : '';
}

/**
 * The images of an object, by the way to each: of all containers at any depth (a pod's, a template's, a CronJob's, those of
 * a custom resource), and what else is called an image.
 */
export function imagePlacesOf(content: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const images = new Map<string, string>();
  const key = `${groupOf(text(content['apiVersion']))}|${text(content['kind'])}`;
  if (WITHOUT_IMAGES.has(key)) return images;
  for (const { path, fields } of mapsOf(content)) {
    const inContainer = CONTAINERS.test(path.at(-2) ?? '');
    for (const [name, value] of Object.entries(fields)) {
      const image = imageAt(name, value, inContainer);
      if (image !== '') images.set([...path, name].join('\n'), image);
    }
  }
  return images;
}

/** What a place is called: a container by its name, anything else by the way to it. */
function placeName(place: string): string {
  const path = place.split('\n');
  const [list = '', name = ''] = path.slice(-3);
  if (path.at(-1) !== 'image' || !CONTAINERS.test(list)) return path.join('.');
  if (/^init/i.test(list)) return `${name} (init)`;
  return /^ephemeral/i.test(list) ? `${name} (ephemeral)` : name;
}

function changesOf({ before, after }: ObjectPair, namespace: string): readonly RenderedImageChange[] {
  const old = imagePlacesOf(before?.content ?? {});
  const next = imagePlacesOf(after?.content ?? {});
  const ref = (after ?? before)?.ref;
  if (ref === undefined) return [];
  const changed = [...new Set([...old.keys(), ...next.keys()])].filter((place) => old.get(place) !== next.get(place));
  const names = changed.map(placeName);
  return changed.map((place, index): RenderedImageChange => {
    const name = names[index] ?? '';
    // Two templates of one object may each have a container of that name.
    const isUnique = names.filter((other) => other === name).length === 1;
    return {
      workload: formatRef(ref, namespace),
      container: isUnique ? name : place.split('\n').slice(0, -1).join('.'),
      from: old.get(place) ?? '',
      to: next.get(place) ?? '',
    };
  });
}

/** The scalars of an object, without names, labels and annotations. */
function leavesOf(node: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (Array.isArray(node)) {
    const keys = itemKeys(node);
    return node.flatMap((item: unknown, index) => leavesOf(item, [...path, keys[index] ?? '']));
  }
  if (typeof node === 'object' && node !== null) {
    return Object.entries(node).flatMap(([key, value]) =>
      ABOUT_OBJECTS.has(key) ? [] : leavesOf(value, [...path, key]),
    );
  }
  return typeof node === 'string' || typeof node === 'number' ? [{ path, text: String(node) }] : [];
}

function changedLeaves({ before, after }: ObjectPair): readonly Leaf[] {
  const old = new Map(leavesOf(before?.content).map((leaf) => [leaf.path.join('\n'), leaf.text]));
  return leavesOf(after?.content).filter((leaf) => old.get(leaf.path.join('\n')) !== leaf.text);
}

/** Whether a text has another as a whole word, as far as tags are words: 1.1.0 is not in 1.1.0-rc.1. */
function hasWord(whole: string, word: string): boolean {
  const inWord = (character: string) => /[\w.+-]/.test(character);
  for (let at = whole.indexOf(word); at >= 0; at = whole.indexOf(word, at + 1)) {
    if (!inWord(whole.charAt(at - 1)) && !inWord(whole.charAt(at + word.length))) return true;
  }
  return false;
}

function showsVersion(whole: string, { tag, digest }: ImageReference): boolean {
  const hex = digest?.slice(digest.indexOf(':') + 1);
  return (tag !== undefined && hasWord(whole, tag)) || (hex !== undefined && whole.includes(hex));
}

/** Whether a text holds the very image, whatever its registry: `…/api:1.1.0` or `…/api@sha256:…`. */
function showsImage(whole: string, image: ImageReference): boolean {
  const name = shortImageName(image.name);
  const { tag, digest } = image;
  const hex = digest?.slice(digest.indexOf(':') + 1);
  return (tag !== undefined && hasWord(whole, `${name}:${tag}`)) || (hex !== undefined && whole.includes(hex));
}

/**
 * Compares two renders.
 * @param before, after the documents of helm's output, by `splitRender`.
 * @param namespace that of the release.
 * @param images what was written: those that change no rendered object are named in the answer.
 */
export function compareRenders(
  before: readonly RenderedDocument[],
  after: readonly RenderedDocument[],
  namespace: string,
  images: readonly ImageReference[],
): RenderedImages {
  const pairs = pairObjects(objectsOf(before, namespace), objectsOf(after, namespace));
  const changes = pairs.flatMap((pair) => changesOf(pair, namespace));
  const leaves = pairs.flatMap(changedLeaves);
  const named = (whole: string) => images.some((image) => showsImage(whole, image));
  const isUsed = (image: ImageReference): boolean =>
    leaves.some(({ path, text: whole }) => {
      if (showsImage(whole, image)) return true;
      return VERSION_KEY.test(path.at(-1) ?? '') && !named(whole) && showsVersion(whole, image);
    }) || changes.some(({ to }) => !named(to) && showsVersion(to, image));
  // A chart that makes nothing at all does not tell what it would use.
  return { changes, unused: pairs.length === 0 ? [] : images.filter((image) => !isUsed(image)) };
}
