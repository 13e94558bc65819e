/** Manifests as helm renders them, taken apart into objects. */
import { parse } from 'yaml';
import { splitRender } from './rendered-documents.js';

/** Which object of the cluster is meant. `namespace` is empty where the manifest leaves it to the release. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ManifestObject {
  readonly ref: ObjectRef;
  readonly content: Readonly<Record<string, unknown>>;
}

/** `Deployment/shop-api`, with the namespace where it is not `home`. */
export function formatRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>, home = ref.namespace): string {
  const namespace = ref.namespace === '' || ref.namespace === home ? '' : ` in ${ref.namespace}`;
  return `${ref.kind}/${ref.name}${namespace}`;
}

/** The API group, empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Equal for the same object, also when its API version changed within the group. */
export function refKey(ref: ObjectRef): string {
  return [groupOf(ref.apiVersion), ref.kind, ref.namespace, ref.name].join('|');
}

/** The value of a record of unknown things, as a record; empty when it is something else. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function objectsIn(content: unknown): ManifestObject[] {
  const object = record(content);
  const kind = text(object['kind']);
  if (kind === '') return [];
  const items = object['items'];
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap((item: unknown) => objectsIn(item));
  const metadata = record(object['metadata']);
  const ref = {
    apiVersion: text(object['apiVersion']),
    kind,
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
  };
  return [{ ref, content: object }];
}

/**
 * The objects of a JSON document, such as kubectl prints: a list, or one object; none for empty text.
 * @param namespace as for `readManifest`.
 */
export function readObjects(json: string, namespace: string): readonly ManifestObject[] {
  if (json.trim() === '') return [];
  return objectsIn(JSON.parse(json)).map((object) => ({
    ...object,
    ref: object.ref.namespace === namespace ? { ...object.ref, namespace: '' } : object.ref,
  }));
}

/** The last ones that were read: a deploy looks at the same two again and again, and parsing a large one takes long. */
const read = new Map<string, readonly ManifestObject[]>();
const MOST_KEPT = 4;

/**
 * The objects of a rendered manifest, in its order; those of a `List` one by one. helm has parsed it already, so what is
 * no object is skipped.
 * @param namespace that of the release: objects of the same namespace written with and without it are the same.
 */
export function readManifest(manifest: string, namespace: string): readonly ManifestObject[] {
  const key = `${namespace}\0${manifest}`;
  const known = read.get(key);
  if (known !== undefined) return known;
  const objects = splitRender(manifest).flatMap(({ text: document }) =>
    objectsIn(parse(document, { maxAliasCount: -1, uniqueKeys: false, logLevel: 'silent' })).map((object) => ({
      ...object,
      ref: object.ref.namespace === namespace ? { ...object.ref, namespace: '' } : object.ref,
    })),
  );
  const [oldest] = read.keys();
  if (read.size >= MOST_KEPT && oldest !== undefined) read.delete(oldest);
  read.set(key, objects);
  return objects;
}
