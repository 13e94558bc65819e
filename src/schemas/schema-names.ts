/** Which kind a JSON Schema is for: by what it says itself, or by the name of its file, as catalogs have it. */
import { record } from '../core/release-manifest.js';

/** What the name of a file tells, in lower case. What it leaves out may be anything. */
export interface SchemaName {
  readonly kind: string;
  readonly version: string;
  readonly group?: string;
  /** The group up to its first dot. */
  readonly groupStart?: string;
}

const VERSION = 'v[0-9]+(?:(?:alpha|beta)[0-9]+)?';
const WITH_UNDERSCORE = new RegExp(`^([a-z0-9]+)_(${VERSION})\\.json$`);
const WITH_HYPHENS = new RegExp(`^([a-z0-9]+)-(.+)-(${VERSION})\\.json$`);

/**
 * @param file `example.com/widget_v1.json`, `widget-example-v1.json` or `widget-example.com-v1.json`, with / between folders.
 * @returns nothing for names in none of these layouts.
 */
export function nameOfFile(file: string): SchemaName | undefined {
  const [name = '', folder = ''] = file.toLowerCase().split('/').reverse();
  const [, kind, version] = WITH_UNDERSCORE.exec(name) ?? [];
  if (kind !== undefined && version !== undefined) {
    return { kind, version, ...(folder.includes('.') ? { group: folder } : {}) };
  }
  const [, first, group, last] = WITH_HYPHENS.exec(name) ?? [];
  if (first === undefined || group === undefined || last === undefined) return undefined;
  return { kind: first, version: last, ...(group.includes('.') ? { group } : { groupStart: group }) };
}

/** A kind taken apart. */
export interface KindParts {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The parts of `example.com/v1/Widget`, as they are. */
export function partsOfKind(kind: string): KindParts {
  const [name = '', version = '', ...group] = kind.split('/').reverse();
  return { group: group.join('/'), version, kind: name };
}

/** How much a name tells of the group: those that tell more are the better ones. */
export function exactness({ group, groupStart }: SchemaName): number {
  return group !== undefined ? 2 : groupStart !== undefined ? 1 : 0;
}

/** Whether a schema of that name may be the kind's. */
export function isNameOf(name: SchemaName, kind: string): boolean {
  const parts = partsOfKind(kind);
  const group = parts.group.toLowerCase();
  return (
    name.kind === parts.kind.toLowerCase() &&
    name.version === parts.version.toLowerCase() &&
    (name.group === undefined || name.group === group) &&
    (name.groupStart === undefined || name.groupStart === group.split('.')[0])
  );
}

function onlyValue(schema: unknown): string | undefined {
  const { const: constant, enum: values } = record(schema);
  const value = constant ?? (Array.isArray(values) && values.length === 1 ? (values[0] as unknown) : undefined);
  return typeof value === 'string' ? value : undefined;
}

/** The kinds that a JSON Schema itself says it is for: `example.com/v1/Widget`. Those of Kubernetes' core have no group. */
export function kindsOfSchema(schema: unknown): readonly string[] {
  const { 'x-kubernetes-group-version-kind': named, properties } = record(schema);
  const list = Array.isArray(named) ? (named as unknown[]) : named === undefined ? [] : [named];
  const kinds = list.map(record).map(({ group, version, kind }) => [group, version, kind]);
  if (kinds.length > 0) {
    return kinds.map((parts) => parts.filter((part) => typeof part === 'string' && part !== '').join('/'));
  }
  const apiVersion = onlyValue(record(properties)['apiVersion']);
  const kind = onlyValue(record(properties)['kind']);
  return apiVersion === undefined || kind === undefined ? [] : [`${apiVersion}/${kind}`];
}

/** Whether something that was read is a JSON Schema of an object, rather than an object of Kubernetes' or anything else. */
export function isJsonSchema(value: unknown): boolean {
  const { apiVersion, properties, allOf, $ref } = record(value);
  if (typeof apiVersion === 'string') return false;
  return [properties, allOf].some((part) => typeof part === 'object' && part !== null) || typeof $ref === 'string';
}
