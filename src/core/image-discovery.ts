import { canonicalImageName, isImageDigest, isImageName, parseImageReference } from './image-reference.js';
import type { ImageUse, YamlPlace } from './image-use.js';
import type { Pointer } from './json-pointer.js';
import { RepeatLimit, type YamlFile, type YamlMap, type YamlNode } from './yaml-nodes.js';

/** A file of values. Of several, the later ones override the earlier ones, as with `helm --values`. */
export interface ValuesLayer {
  readonly file: YamlFile;
  /** For a subchart's own values: the key, or keys, under which the chart sees them. */
  readonly mount?: Pointer;
}

/** A node and the file and pointer where it stands. */
interface Located {
  readonly file: YamlFile;
  /** In the file, behind `mount`. */
  readonly pointer: Pointer;
  readonly node: YamlNode;
  /** How many keys at the pointer's start are not in the file but where it is mounted. */
  readonly mount: number;
}

/** Keys that hold the digest beside a tag. */
export const DIGEST_KEY = /^(?:image|tag)?[-_]?(?:digest|sha(?:256)?)$/i;
interface FieldPair {
  readonly name: string;
  readonly tag: string;
  readonly registry: string;
  /** The name says by itself that it is an image's. */
  readonly alone: boolean;
}

/** Which key holds the name beside which key holds the tag; `image` and `name` only count with a tag beside them. */
const FIELD_PAIRS: readonly FieldPair[] = [
  { name: 'repository', tag: 'tag', registry: 'registry', alone: true },
  { name: 'image', tag: 'tag', registry: 'registry', alone: false },
  { name: 'name', tag: 'tag', registry: 'registry', alone: false },
  { name: 'image', tag: 'imageTag', registry: 'imageRegistry', alone: false },
  { name: 'imageRepository', tag: 'imageTag', registry: 'imageRegistry', alone: false },
  { name: 'imageName', tag: 'imageTag', registry: 'imageRegistry', alone: false },
  { name: 'repository', tag: 'imageTag', registry: 'registry', alone: false },
  { name: 'repository', tag: 'version', registry: 'registry', alone: false },
  { name: 'image', tag: 'version', registry: 'registry', alone: false },
  { name: 'name', tag: 'version', registry: 'registry', alone: false },
];
const NAME_KEYS = [...new Set(FIELD_PAIRS.map(({ name }) => name))];
const GLOBAL_REGISTRIES: readonly Pointer[] = [
  ['global', 'imageRegistry'],
  ['global', 'image', 'registry'],
  ['global', 'registry'],
];
/** They hold a registry with a path, or the name of one image. */
const GLOBAL_REPOSITORIES: readonly Pointer[] = [
  ['global', 'imageRepository'],
  ['global', 'image', 'repository'],
  ['global', 'repository'],
  ['global', 'hub'],
];
const IMAGE_KEY = /image$/i;
const IMAGES_KEY = /images$/i;

function lastOf<T>(list: readonly T[]): T | undefined {
  return list.at(-1);
}

/** What all layers have under a key of a map: the last one is in force, maps are merged. */
function childrenOf(located: readonly Located[], key: string): readonly Located[] {
  return located.flatMap((parent) => {
    const child = parent.node.kind === 'map' ? parent.node.entries.get(key) : undefined;
    return child === undefined ? [] : [{ ...parent, pointer: [...parent.pointer, key], node: child }];
  });
}

/** The scalar as a place of its own file, or nothing for a map or a list. */
function placeOf(located: Located | undefined): YamlPlace | undefined {
  if (located?.node.kind !== 'scalar') return undefined;
  return { file: located.file, pointer: located.pointer.slice(located.mount), scalar: located.node };
}

/** The scalar that is in force under a key. */
function fieldOf(located: readonly Located[], key: string): YamlPlace | undefined {
  return placeOf(lastOf(childrenOf(located, key)));
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}

/** What the chart's global values put before every image. */
interface GlobalPrefixes {
  readonly registries: readonly string[];
  /** They may be one, or belong to an image of their own. */
  readonly others: readonly string[];
}

/** All names that an image may have. */
function namesOf(text: string, registry: string, { registries, others }: GlobalPrefixes): readonly string[] {
  const prefixes = [...registries, ...(registry === '' ? [] : [registry])];
  const sure = prefixes.length === 0 ? [text] : prefixes.map((prefix) => `${prefix}/${text}`);
  return [...sure, ...others.map((prefix) => `${prefix}/${text}`)].filter(isImageName);
}

/** Fields of an image in one (merged) map, or nothing when it has none. */
function fieldsOf(
  pointer: Pointer,
  located: readonly Located[],
  prefixes: GlobalPrefixes,
  wanted: ReadonlySet<string>,
): ImageUse | undefined {
  if (!located.some(({ node }) => node.kind === 'map' && NAME_KEYS.some((key) => node.entries.has(key))))
    return undefined;
  // A pair that has its tag is what is meant, whatever else stands beside it.
  const withTag = FIELD_PAIRS.filter(({ tag }) => fieldOf(located, tag) !== undefined);
  for (const pair of [...withTag, ...FIELD_PAIRS.filter((other) => !withTag.includes(other))]) {
    const name = fieldOf(located, pair.name);
    if (name === undefined || !isImageName(name.scalar.text)) continue;
    const tag = fieldOf(located, pair.tag);
    const digest = digestOf(located) ?? (isImageDigest(tag?.scalar.text ?? '') ? tag : undefined);
    const inImage = IMAGE_KEY.test(lastOf(pointer) ?? '');
    if (pair.name === 'name' && !inImage) continue;
    const registry = withoutSlash(fieldOf(located, pair.registry)?.scalar.text ?? '');
    const names = namesOf(name.scalar.text, registry, prefixes);
    // Its tag may come from somewhere else, such as global.imageTag: then only the name tells what it is.
    const isWanted = names.some((text) => wanted.has(canonicalImageName(text)));
    if (tag === undefined && !(pair.alone ? digest !== undefined || inImage : isWanted)) continue;
    // Many things have a version.
    if (pair.tag === 'version' && !inImage && !isWanted) continue;
    return {
      form: 'fields',
      pointer,
      names,
      place: name,
      ...(tag === undefined || tag === digest ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    };
  }
  return undefined;
}

/** What stands under a digest's key: it must not stay when the tag changes. */
function digestOf(located: readonly Located[]): YamlPlace | undefined {
  const keys = new Set(located.flatMap(({ node }) => (node.kind === 'map' ? [...node.entries.keys()] : [])));
  const named = [...keys].filter((key) => DIGEST_KEY.test(key));
  for (const key of named) {
    const field = fieldOf(located, key);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** One text that is a whole image reference. */
function referenceOf(pointer: Pointer, located: Located, wanted: ReadonlySet<string>): ImageUse | undefined {
  const place = placeOf(located);
  if (place === undefined || typeof place.scalar.value !== 'string') return undefined;
  const { scalar } = place;
  const image = parseImageReference(scalar.text);
  if (image === undefined || (image.tag === undefined && image.digest === undefined)) return undefined;
  const keys = pointer.filter((key) => !/^\d+$/.test(key));
  const key = lastOf(keys) ?? '';
  const isNamed = IMAGE_KEY.test(key) || (IMAGES_KEY.test(key) && key !== lastOf(pointer));
  if (!isNamed && !(image.name.includes('/') && wanted.has(canonicalImageName(image.name)))) return undefined;
  return { form: 'reference', pointer, names: [image.name], place, reference: place };
}

/** A map that holds the node under the given keys, as if it stood in the parent chart's values. */
function mounted(node: YamlNode, mount: Pointer): YamlNode {
  return mount.reduceRight<YamlNode>((inner, key): YamlMap => {
    return { kind: 'map', entries: new Map([[key, inner]]), start: 0 };
  }, node);
}

/** Each layer's root as the chart sees it. Helm reads the first document of a values file only. */
function rootsOf(layers: readonly ValuesLayer[]): readonly Located[] {
  return layers.flatMap(({ file, mount = [] }) => {
    const [root] = file.documents;
    return root === undefined ? [] : [{ file, pointer: [], node: mounted(root, mount), mount: mount.length }];
  });
}

/** The texts that are at some pointers of the values. */
function textsAt(roots: readonly Located[], pointers: readonly Pointer[]): readonly string[] {
  return pointers.flatMap((pointer) => {
    const key = lastOf(pointer) ?? '';
    const parents = pointer.slice(0, -1).reduce<readonly Located[]>(childrenOf, roots);
    const text = withoutSlash(fieldOf(parents, key)?.scalar.text ?? '');
    return text === '' ? [] : [text];
  });
}

/** The scalar that is in force at a pointer of the chart's values. */
export function placeInForce(layers: readonly ValuesLayer[], pointer: Pointer): YamlPlace | undefined {
  return placeOf(lastOf(pointer.reduce<readonly Located[]>(childrenOf, rootsOf(layers))));
}

/** The image fields of one map of one file, for a place that was named by hand. */
export function imageFieldsAt(file: YamlFile, pointer: Pointer, map: YamlMap): ImageUse | undefined {
  const none: GlobalPrefixes = { registries: [], others: [] };
  return fieldsOf(pointer, [{ file, pointer, node: map, mount: 0 }], none, new Set());
}

/**
 * Finds every place of a chart's values that says which version of an image is used, whichever image it is.
 * @param layers the values in force, lowest priority first: subcharts' own, the chart's, the environment's.
 * @param wanted canonical names of images that are looked for: a text that is exactly a reference to one of them counts
 *   under any key, others only under keys named like `image`.
 * @returns in the order of the values; a place's scalars are those in force.
 */
export function discoverImages(layers: readonly ValuesLayer[], wanted: ReadonlySet<string>): readonly ImageUse[] {
  const roots = rootsOf(layers);
  const prefixes: GlobalPrefixes = {
    registries: textsAt(roots, GLOBAL_REGISTRIES),
    others: textsAt(roots, GLOBAL_REPOSITORIES),
  };
  const uses: ImageUse[] = [];
  const limit = new RepeatLimit();

  const visit = (pointer: Pointer, located: readonly Located[]): void => {
    const inForce = lastOf(located);
    if (inForce === undefined) return;
    limit.visit(inForce.node, inForce.file.name);
    if (inForce.node.kind === 'scalar') {
      const use = referenceOf(pointer, inForce, wanted);
      if (use !== undefined) uses.push(use);
      return;
    }
    if (inForce.node.kind === 'list') {
      for (const [index, node] of inForce.node.items.entries()) {
        visit([...pointer, String(index)], [{ ...inForce, pointer: [...inForce.pointer, String(index)], node }]);
      }
      return;
    }
    const maps = located.filter(({ node }) => node.kind === 'map');
    const use = fieldsOf(pointer, maps, prefixes, wanted);
    if (use !== undefined) uses.push(use);
    const keys = new Set(maps.flatMap(({ node }) => (node.kind === 'map' ? [...node.entries.keys()] : [])));
    for (const key of keys) visit([...pointer, key], childrenOf(maps, key));
  };
  visit([], roots);
  return uses;
}
