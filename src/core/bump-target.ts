import { HelmCdError } from './errors.js';
import { canonicalImageName, parseImageReference, type ImageReference } from './image-reference.js';
import { imageFieldsAt } from './image-discovery.js';
import { looksLikeDigest, type ImageUse, type YamlPlace } from './image-use.js';
import { formatPointer, parsePointer, type Pointer } from './json-pointer.js';
import { closest } from './suggest.js';
import { nodeAt, walkYaml, type YamlFile, type YamlNode } from './yaml-nodes.js';

/** A place that a person named. */
export interface BumpTarget {
  /** Relative to the repository. */
  readonly file: string;
  readonly pointer: Pointer;
  /** Which document of the file, counted from 0; without it the only one that has the pointer. */
  readonly document?: number;
  /** Canonical name of the image that belongs there, when that was said. */
  readonly image?: string;
  /** As it was written. */
  readonly text: string;
}

/**
 * Reads `file#/json/pointer`; `file#1/json/pointer` for the second document of a file; with `image=` in front when it
 * must be said which image goes there.
 * @param resolve makes the file's path one of the repository.
 * @param what names the text in messages.
 * @throws HelmCdError `input`
 */
export function parseTarget(text: string, resolve: (file: string) => string, what: string): BumpTarget {
  const hash = text.indexOf('#');
  const head = hash < 0 ? text : text.slice(0, hash);
  const equals = head.indexOf('=');
  const image = equals < 0 ? undefined : parseImageReference(head.slice(0, equals));
  if (hash < 0 || (equals >= 0 && image === undefined)) {
    throw new HelmCdError('input', `${what} is no file#/json/pointer: "${text}"`, {
      hint: 'Write it as charts/shop/values.yaml#/api/image/tag.',
    });
  }
  const [, document, pointer = ''] = /^(\d+(?=\/))?(.*)$/s.exec(text.slice(hash + 1)) ?? [];
  return {
    file: resolve(head.slice(equals + 1)),
    pointer: parsePointer(pointer, what),
    ...(document === undefined ? {} : { document: Number(document) }),
    ...(image === undefined ? {} : { image: canonicalImageName(image.name) }),
    text,
  };
}

const DIGEST_KEY = /^(?:digest|sha(?:256)?)$|digest$/i;

function fail(target: BumpTarget, message: string, hint: string, code: 'not-found' | 'input' = 'not-found'): never {
  throw new HelmCdError(code, `Target ${target.text} ${message}`, { hint, place: { file: target.file } });
}

/** Comparing with every key of a very large file would take longer than the answer is worth. */
const MOST_SUGGESTIONS = 5000;

function noSuchPlace(file: YamlFile, target: BumpTarget): never {
  const depth = target.pointer.length;
  const known = file.documents
    .flatMap((root) => [...walkYaml(root)])
    .filter(({ pointer }) => Math.abs(pointer.length - depth) <= 1)
    .map(({ pointer }) => formatPointer(pointer))
    .slice(0, MOST_SUGGESTIONS);
  const suggestion = closest(formatPointer(target.pointer), known);
  const parent = [...target.pointer];
  while (parent.length > 0 && file.documents.every((root) => nodeAt(root, parent) === undefined)) parent.pop();
  const where = parent.length === 0 ? 'the file' : formatPointer(parent);
  return fail(
    target,
    `does not exist${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`,
    `What there is in ${where}: ${keysAt(file, parent)}.`,
  );
}

function keysAt(file: YamlFile, pointer: Pointer): string {
  const node = file.documents.map((root) => nodeAt(root, pointer)).find((found) => found !== undefined);
  if (node?.kind === 'map') return [...node.entries.keys()].slice(0, 20).join(', ') || 'nothing';
  return node?.kind === 'list' ? `a list of ${node.items.length}` : 'one value';
}

/** The root of the document that the target means. */
function documentOf(file: YamlFile, target: BumpTarget): YamlNode | undefined {
  if (target.document !== undefined) return file.documents[target.document];
  const having = file.documents.filter((root) => nodeAt(root, target.pointer) !== undefined);
  if (having.length <= 1) return having[0];
  return fail(
    target,
    `is in ${having.length} documents of ${file.name}.`,
    `Say which one, counted from 0: ${file.name}#0${formatPointer(target.pointer)}.`,
    'input',
  );
}

/**
 * What a target says of an image: the fields around it (so that a digest beside a tag is never left behind), one
 * reference, or a lone tag or digest.
 * @param wanted canonical names of the images that are written.
 * @throws HelmCdError `not-found` with what is there instead, `input` when it is no place for a version.
 */
export function resolveTarget(file: YamlFile, target: BumpTarget, wanted: ReadonlySet<string>): ImageUse {
  const root = documentOf(file, target);
  const node = nodeAt(root, target.pointer);
  if (root === undefined || node === undefined) return noSuchPlace(file, target);
  const { pointer } = target;
  if (node.kind === 'map') {
    const use = imageFieldsAt(file, pointer, node);
    if (use !== undefined) return use;
    return fail(target, 'is a map without repository and tag.', `Name the value itself: ${target.text}/….`, 'input');
  }
  if (node.kind === 'list') {
    return fail(target, 'is a list.', `Name the item: ${target.text}/0.`, 'input');
  }
  const place: YamlPlace = { file, pointer, scalar: node };
  const parentPointer = pointer.slice(0, -1);
  const parent = nodeAt(root, parentPointer);
  const fields = parent?.kind === 'map' ? imageFieldsAt(file, parentPointer, parent) : undefined;
  if (fields?.tag?.scalar === node) return fields;
  const names = fields?.names ?? [];
  const image = parseImageReference(node.text);
  const isReference = image !== undefined && (image.tag !== undefined || image.digest !== undefined);
  if (isReference && (image.name.includes('/') || wanted.has(canonicalImageName(image.name)))) {
    return { form: 'reference', pointer, names: [image.name], place, reference: place };
  }
  const isDigest =
    fields?.digest?.scalar === node || DIGEST_KEY.test(pointer.at(-1) ?? '') || looksLikeDigest(node.text);
  return { form: 'fields', pointer, names, place, ...(isDigest ? { digest: place } : { tag: place }) };
}

/**
 * Which of the images goes to a place that was named.
 * @throws HelmCdError `input` when that cannot be told.
 */
export function imageOfTarget(target: BumpTarget, use: ImageUse, images: readonly ImageReference[]): ImageReference {
  const named = images.find((image) => {
    const name = canonicalImageName(image.name);
    return target.image === undefined
      ? use.names.some((other) => canonicalImageName(other) === name)
      : target.image === name;
  });
  const [only, ...others] = images;
  if (named !== undefined) return named;
  if (only !== undefined && others.length === 0 && target.image === undefined) return only;
  return fail(
    target,
    'does not tell which of the images belongs there.',
    `Say it: ${only?.name ?? 'IMAGE'}=${target.text}, or bump one image at a time.`,
    'input',
  );
}
