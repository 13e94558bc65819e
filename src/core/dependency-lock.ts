import type { ChartDependency, ChartLock } from './chart-metadata.js';
import { sha256Digest } from './digest.js';

/** JSON as Go's encoding/json writes it: sorted keys in free-form maps, and <, >, & escaped. */
function goJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item) && !isDependency(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
  return sorted.replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const ORDERED = new WeakSet<object>();
const isDependency = (item: object) => ORDERED.has(item);

/** The fields in the order and with the omissions of Helm's own struct: the digest is over exactly this text. */
function ordered(dependency: ChartDependency): object {
  const { name, version, repository, condition, tags, enabled, alias } = dependency;
  const importValues = dependency['import-values'];
  const item = {
    name,
    ...(version ? { version } : {}),
    repository,
    ...(condition ? { condition } : {}),
    ...(tags !== undefined && tags.length > 0 ? { tags } : {}),
    ...(enabled ? { enabled } : {}),
    ...(importValues !== undefined && importValues.length > 0 ? { 'import-values': importValues } : {}),
    ...(alias ? { alias } : {}),
  };
  ORDERED.add(item);
  return item;
}

/** The digest that `helm dependency update` writes into Chart.lock. */
export function lockDigest(required: readonly ChartDependency[], locked: readonly ChartDependency[]): string {
  return sha256Digest(goJson([required.map(ordered), locked.map(ordered)]));
}

/** The digest that Helm 2 wrote into requirements.lock. */
function lockDigestOfHelm2(required: readonly ChartDependency[]): string {
  return sha256Digest(goJson({ dependencies: required.map(ordered) }));
}

/**
 * Whether a lock file was made for these dependencies: the check that `helm dependency build` makes.
 * A repository written as `@name` or `alias:name` stands for the URL that the lock holds, as it did when it was written.
 * @param acceptHelm2 for charts with apiVersion v1, whose lock may be Helm 2's.
 */
export function lockMatches(required: readonly ChartDependency[], lock: ChartLock, acceptHelm2 = false): boolean {
  const resolved = required.map((dependency, index) => {
    const url = lock.dependencies[index]?.repository;
    return isAlias(dependency.repository) && url !== undefined ? { ...dependency, repository: url } : dependency;
  });
  if (lockDigest(resolved, lock.dependencies) === lock.digest) return true;
  return acceptHelm2 && lockDigestOfHelm2(required) === lock.digest;
}

/** Whether a dependency's repository is a name that only the author's own helm configuration explains. */
export function isAlias(repository: string): boolean {
  return repository.startsWith('@') || repository.startsWith('alias:');
}
