/** What a deploy would change, object by object, the riskiest first, fit to be shown. */
import { stringify } from 'yaml';
import { canonicalJson, isTest, type RenderedRelease } from './release.js';
import {
  formatRef,
  groupOf,
  readManifest,
  record,
  refKey,
  type ManifestObject,
  type ObjectRef,
} from './release-manifest.js';
import type { SecretMarks } from './secret-text.js';
import { unifiedDiff } from './unified-diff.js';

export interface ImageChange {
  readonly container: string;
  readonly from: string;
  readonly to: string;
}

/** In the order of risk, which is the order of the diff. */
export const CHANGE_KINDS = ['deleted', 'image', 'changed', 'created', 'metadata', 'kept', 'hook'] as const;

/**
 * - `image`: changed, and a container's image is part of it.
 * - `metadata`: nothing changed but labels and annotations of the object itself, such as the chart's version.
 * - `kept`: no longer in the chart, but `helm.sh/resource-policy: keep` leaves it in the cluster.
 * - `hook`: a hook was added, changed or removed; it exists only while it runs.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface ObjectChange {
  readonly kind: ChangeKind;
  readonly ref: ObjectRef;
  readonly images: readonly ImageChange[];
  /** Unified, without file names; secrets are marked. */
  readonly diff: string;
}

const KINDS_WITH_SECRETS = new Set(['Secret']);

function secretData(content: Readonly<Record<string, unknown>>, marks: SecretMarks): Record<string, unknown> {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(record(content['data']))) {
    data[key] = marks.mark(Buffer.from(typeof value === 'string' ? value : '', 'base64'));
  }
  for (const [key, value] of Object.entries(record(content['stringData']))) data[key] = marks.mark(String(value));
  return Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** YAML of an object that may be shown: a Secret's values, and known secrets anywhere, are marks. */
export function showObject({ ref, content }: ManifestObject, marks: SecretMarks): string {
  let shown = content;
  if (KINDS_WITH_SECRETS.has(ref.kind) && groupOf(ref.apiVersion) === '') {
    const { data: _data, stringData: _stringData, ...others } = content;
    shown = { ...others, data: secretData(content, marks) };
  }
  return marks.hide(stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false }));
}

/** Container name → image, of all containers anywhere in an object: templates of workloads, and of custom resources. */
export function imagesOf(content: unknown): ReadonlyMap<string, string> {
  const images = new Map<string, string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    for (const [key, value] of Object.entries(record(node))) {
      if (/^(?:init|ephemeral)?containers$/i.test(key) && Array.isArray(value)) {
        for (const container of value.map(record)) {
          const { name, image } = container;
          if (typeof name === 'string' && typeof image === 'string') images.set(name, image);
        }
      }
      visit(value);
    }
  };
  visit(content);
  return images;
}

function imageChanges(before: unknown, after: unknown): readonly ImageChange[] {
  const old = imagesOf(before);
  return [...imagesOf(after)].flatMap(([container, to]) => {
    const from = old.get(container) ?? '';
    return from === to ? [] : [{ container, from, to }];
  });
}

function isKept(object: ManifestObject): boolean {
  const annotations = record(record(object.content['metadata'])['annotations']);
  return annotations['helm.sh/resource-policy'] === 'keep';
}

/** The object without its own labels and annotations: with these alone, nothing behaves differently. */
function withoutMetadata(content: Readonly<Record<string, unknown>>): string {
  const { labels: _labels, annotations: _annotations, ...metadata } = record(content['metadata']);
  return canonicalJson({ ...content, metadata });
}

function kindOfChange(before: ManifestObject, after: ManifestObject, images: readonly ImageChange[]): ChangeKind {
  if (images.length > 0) return 'image';
  return withoutMetadata(before.content) === withoutMetadata(after.content) ? 'metadata' : 'changed';
}

function byKey(objects: readonly ManifestObject[]): Map<string, ManifestObject> {
  return new Map(objects.map((object) => [refKey(object.ref), object]));
}

function changesBetween(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  marks: SecretMarks,
  asHook: boolean,
): ObjectChange[] {
  const old = byKey(before);
  const next = byKey(after);
  const changes: ObjectChange[] = [];
  const add = (kind: ChangeKind, ref: ObjectRef, images: readonly ImageChange[], diff: string) =>
    changes.push({ kind: asHook ? 'hook' : kind, ref, images, diff });
  for (const [key, object] of old) {
    if (!next.has(key)) {
      add(isKept(object) ? 'kept' : 'deleted', object.ref, [], unifiedDiff(showObject(object, marks), ''));
    }
  }
  for (const [key, object] of next) {
    const previous = old.get(key);
    if (previous === undefined) {
      add('created', object.ref, [], unifiedDiff('', showObject(object, marks)));
      continue;
    }
    const diff = unifiedDiff(showObject(previous, marks), showObject(object, marks));
    if (diff === '') continue;
    const images = imageChanges(previous.content, object.content);
    add(kindOfChange(previous, object, images), object.ref, images, diff);
  }
  return changes;
}

function hookObjects(release: RenderedRelease | undefined, namespace: string): readonly ManifestObject[] {
  // A test is no part of what runs: that it changed with the version is not worth a reader's time.
  const hooks = (release?.hooks ?? []).filter((hook) => !isTest(hook));
  return hooks.flatMap((hook) => readManifest(hook.manifest, namespace));
}

/**
 * What differs between two renders, ordered by risk.
 * @param before nothing for a first install: then everything is created.
 */
export function diffReleases(
  before: RenderedRelease | undefined,
  after: RenderedRelease,
  namespace: string,
  marks: SecretMarks,
): readonly ObjectChange[] {
  const old = before === undefined ? [] : readManifest(before.manifest, namespace);
  const changes = [
    ...changesBetween(old, readManifest(after.manifest, namespace), marks, false),
    ...changesBetween(hookObjects(before, namespace), hookObjects(after, namespace), marks, true),
  ];
  const order = (change: ObjectChange) => CHANGE_KINDS.indexOf(change.kind);
  return changes.sort((a, b) => order(a) - order(b));
}

const SIGNS: Record<ChangeKind, string> = {
  deleted: '- deleted',
  image: '! image',
  changed: '~ changed',
  created: '+ created',
  metadata: '~ labels',
  kept: '  kept',
  hook: '  hook',
};

/** One line a change: `! image   Deployment/shop-api: api 1.0.0 → 1.1.0`. */
export function describeChange(change: ObjectChange, namespace: string): string {
  const images = change.images.map(({ container, from, to }) => `${container} ${from === '' ? 'new' : from} → ${to}`);
  const what = images.length === 0 ? '' : `: ${images.join(', ')}`;
  return `${SIGNS[change.kind].padEnd(10)} ${formatRef(change.ref, namespace)}${what}`;
}

/** `1 deleted, 2 with a new image, 1 created`, or `no object changes`. */
export function countOfChanges(changes: readonly ObjectChange[]): string {
  const words: Record<ChangeKind, string> = {
    deleted: 'deleted',
    image: 'with a new image',
    changed: 'changed',
    created: 'created',
    metadata: 'with new labels only',
    kept: 'kept but no longer managed',
    hook: 'hooks changed',
  };
  const parts = CHANGE_KINDS.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind]}`];
  });
  return parts.length === 0 ? 'no object changes' : parts.join(', ');
}

/** The whole diff as text: a list of what changes, then each object's unified diff. */
export function formatDiff(changes: readonly ObjectChange[], namespace: string): string {
  const list = changes.map((change) => describeChange(change, namespace));
  const diffs = changes.map((change) => {
    const name = formatRef(change.ref, namespace);
    const from = change.diff.startsWith('@@ -0,0 ') ? '/dev/null' : `deployed ${name}`;
    const to = change.kind === 'deleted' || change.kind === 'kept' ? '/dev/null' : `next ${name}`;
    return `--- ${from}\n+++ ${to}\n${change.diff}`;
  });
  return [countOfChanges(changes), ...list, '', ...diffs].join('\n');
}
