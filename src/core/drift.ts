/**
 * What somebody changed in the cluster behind the release's back. Three states are held against each other: what was
 * deployed, what is there, and what the API server says would be there after the deploy (a dry run, so with its defaults and
 * in its own notation). What would change though the chart does not change it, is drift.
 */
import { formatRef, record, refKey, type ManifestObject, type ObjectRef } from './release-manifest.js';
import type { SecretMarks } from './secret-text.js';
import { leavesOf, type Leaf } from './secret-values.js';

type Path = Leaf['path'];

export interface DriftedField {
  /** `spec.replicas`, `spec.template.spec.containers.0.image`. */
  readonly path: string;
  /** What is there; nothing when it is missing. */
  readonly live: unknown;
  /** What the deploy makes of it; nothing when it is removed. */
  readonly next: unknown;
}

/** One object that is not as it was deployed. */
export interface Drift {
  readonly ref: ObjectRef;
  /** `missing`: somebody deleted it. */
  readonly kind: 'changed' | 'missing';
  readonly fields: readonly DriftedField[];
}

/** Written by the server, never by a chart. */
const SERVER_FIELDS = ['managedFields', 'generation', 'resourceVersion', 'uid', 'creationTimestamp', 'selfLink'];
/** Annotations with which controllers, kubectl and helm keep their books. */
const BOOKKEEPING =
  /^(?:deployment\.kubernetes\.io\/|meta\.helm\.sh\/|kubectl\.kubernetes\.io\/last-applied-configuration$)/;
/** Helm's own label on all that it manages. */
const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** A Secret as the server keeps it: what was written as `stringData` is in `data`. */
function asStored(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (content['kind'] !== 'Secret' || content['stringData'] === undefined) return content;
  const { stringData, data, ...rest } = content;
  const encoded = Object.entries(record(stringData)).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return { ...rest, data: { ...record(data), ...(Object.fromEntries(encoded) as Record<string, string>) } };
}

/** The leaves of an object that a chart could have written, by their paths as JSON. */
function fieldsOf(content: unknown): ReadonlyMap<string, Leaf> {
  const { status: _status, metadata, ...rest } = asStored(record(content));
  const { annotations, labels, ...others } = record(metadata);
  const { [MANAGED_BY]: _managedBy, ...ownLabels } = record(labels);
  const own = Object.entries(others).filter(([name]) => !SERVER_FIELDS.includes(name));
  const kept = Object.entries(record(annotations)).filter(([name]) => !BOOKKEEPING.test(name));
  const leaves = leavesOf({
    ...rest,
    metadata: { ...Object.fromEntries(own), labels: ownLabels, annotations: Object.fromEntries(kept) },
  });
  return new Map(leaves.map((leaf) => [JSON.stringify(leaf.path), leaf]));
}

/** The fields that are not the same in both. */
function differences(before: unknown, after: unknown): readonly { path: Path; before: unknown; after: unknown }[] {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  return [...new Map([...old, ...next])].flatMap(([key, { path }]) => {
    const [was, is] = [old.get(key)?.value, next.get(key)?.value];
    return was === is ? [] : [{ path, before: was, after: is }];
  });
}

const startsWith = (path: Path, beginning: Path) => beginning.every((key, index) => path[index] === key);

/** Whether a change of the chart at `own` may move what is at `path`: above it, below it, or later in the same list. */
function explains(own: Path, path: Path): boolean {
  if (startsWith(path, own) || startsWith(own, path)) return true;
  const item = own.findIndex((key) => typeof key === 'number');
  return item !== -1 && startsWith(path, own.slice(0, item));
}

const byKey = (objects: readonly ManifestObject[]) =>
  new Map(objects.map((object) => [refKey(object.ref), object.content]));

/**
 * Finds what drifted.
 * @param base the deployed manifest; objects that are new in the next one cannot have drifted.
 * @param next the next manifest.
 * @param live what is there, of the objects of the next manifest.
 * @param after what would be there after the deploy, as a dry run tells; objects that it refused are left out.
 */
export function findDrift(
  base: readonly ManifestObject[],
  next: readonly ManifestObject[],
  live: readonly ManifestObject[],
  after: readonly ManifestObject[],
): readonly Drift[] {
  const [deployed, present, dry] = [byKey(base), byKey(live), byKey(after)];
  return next.flatMap(({ ref, content }): readonly Drift[] => {
    const key = refKey(ref);
    const was = deployed.get(key);
    if (was === undefined) return [];
    const is = present.get(key);
    if (is === undefined) return [{ ref, kind: 'missing', fields: [] }];
    const becomes = dry.get(key);
    if (becomes === undefined) return [];
    const changed = differences(was, content);
    const fields = differences(is, becomes)
      .filter(({ path }) => !changed.some((own) => explains(own.path, path)))
      .map(({ path, before, after: next }) => ({ path: path.join('.'), live: before, next }));
    return fields.length === 0 ? [] : [{ ref, kind: 'changed', fields }];
  });
}

/** A value that is longer says no more than its beginning. */
const LONGEST = 80;

function show(value: unknown, ref: ObjectRef, path: string, marks: SecretMarks): string {
  if (value === undefined) return 'missing';
  const isSecret = ref.kind === 'Secret' && path.startsWith('data.');
  if (isSecret) return marks.mark(Buffer.from(typeof value === 'string' ? value : '', 'base64'));
  const text = marks.hide(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** `Deployment/shop: spec.replicas is 5, becomes 2`, one line a field, fit to be shown. */
export function describeDrift(drift: readonly Drift[], namespace: string, marks: SecretMarks): readonly string[] {
  return drift.flatMap(({ ref, kind, fields }) => {
    const name = formatRef(ref, namespace);
    if (kind === 'missing') return [`${name}: it was deleted, and comes back`];
    return fields.map(({ path, live, next }) => {
      const [is, becomes] = [live, next].map((value) => show(value, ref, path, marks));
      if (live === undefined) return `${name}: ${path} is missing, becomes ${becomes}`;
      return `${name}: ${path} is ${is}, ${next === undefined ? 'is removed' : `becomes ${becomes}`}`;
    });
  });
}
