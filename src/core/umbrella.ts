import { parseChartLock, parseChartMetadata, type ChartDependency } from './chart-metadata.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import type { ChartBump, FollowedChange } from './bump-request.js';
import type { DependencyGraph } from './chart-graph.js';
import { inFolder } from './chart-folders.js';
import { lockDigest, lockMatches } from './dependency-lock.js';
import { HelmCdError, formatPlace } from './errors.js';
import type { YamlPlace } from './image-use.js';
import { formatPointer, type Pointer } from './json-pointer.js';
import { parseConstraint } from './version-constraint.js';
import { nodeAt, type YamlFile } from './yaml-nodes.js';

/** The scalar of a file at a pointer, as a place. */
function scalarAt(file: YamlFile, pointer: Pointer): YamlPlace | undefined {
  const scalar = nodeAt(file.documents[0], pointer);
  return scalar?.kind === 'scalar' ? { file, pointer, scalar } : undefined;
}

/** What is written because of other charts' new versions, and what a person should know of. */
export interface Followed {
  readonly changes: readonly FollowedChange[];
  readonly notes: readonly string[];
}

function lineOf({ file, scalar }: YamlPlace): string {
  const { line = 1 } = file.placeOf(scalar.start);
  return formatPlace({ file: file.name, line });
}

/**
 * What a dependency's version must be so that it accepts the new one; the same text when it does already, nothing when it
 * did not accept the old one either.
 */
function followedVersion(place: YamlPlace, dependency: ChartBump): string | undefined {
  const now = place.scalar.text;
  const { from, to } = dependency;
  if (now === '' || now === '*') return now;
  // `1.2.3`, `v1.2.3`, `= 1.2.3`: the very version, written in the same way.
  const exact = /^(=?\s*v?)(\d.*)$/.exec(now);
  const withoutV = (version: string) => version.replace(/^v(?=\d)/, '');
  if (now === from) return to;
  if (exact?.[2] === withoutV(from)) return `${exact[1] ?? ''}${withoutV(to)}`;
  const constraint = parseConstraint(now);
  if (constraint?.accepts(to) === true) return now;
  // `^1.2.3`, `~1.2`, `>=1.2.3`: the same operator with the new version.
  const operator = /^([~^]|>=)\s*v?\d[\w.+-]*$/.exec(now)?.[1];
  if (operator !== undefined) return `${operator}${withoutV(to)}`;
  if (constraint?.accepts(from) !== true) return undefined;
  const isPrerelease = to.includes('-');
  throw new HelmCdError(
    'conflict',
    `${place.file.name} depends on ${dependency.name} "${now}", which does not accept its next version ${to}.`,
    {
      place: place.file.placeOf(place.scalar.start),
      hint: isPrerelease
        ? 'Helm’s ranges accept a pre-release only when they name one: write >=1.0.0-0 in place of 1.x.x.'
        : 'Widen the range, or set chart-version to a smaller step.',
    },
  );
}

function followed(place: YamlPlace, to: string, chart: string): FollowedChange {
  return {
    chart,
    file: place.file.name,
    place: place.file.placeOf(place.scalar.start),
    pointer: formatPointer(place.pointer),
    from: place.scalar.text,
    to,
    target: place,
  };
}

/** Chart.lock with the new versions of some dependencies, and the digest over them that helm checks. */
function lockChanges(
  folder: string,
  sources: BumpSources,
  required: readonly ChartDependency[],
  versions: ReadonlyMap<number, { readonly required: string; readonly locked: string }>,
  notes: string[],
): readonly FollowedChange[] {
  const path = inFolder(folder, 'Chart.lock');
  const file = sources.yaml(path);
  const lock = parseChartLock(file.text, path);
  // A lock that was out of step before is none that helm accepts: whoever mends it takes the new versions.
  if (!lockMatches(required, lock)) {
    notes.push(
      `${path} was out of step with Chart.yaml before, so it stays as it is: run helm dependency update ${folder || '.'}.`,
    );
    return [];
  }
  const newRequired = required.map((item, index) => ({ ...item, ...pick('version', versions.get(index)?.required) }));
  const newLocked = lock.dependencies.map((item, index) => ({
    ...item,
    ...pick('version', versions.get(index)?.locked),
  }));
  const changes: FollowedChange[] = [];
  for (const [index, { locked }] of versions) {
    const place = scalarAt(file, ['dependencies', String(index), 'version']);
    if (place !== undefined && place.scalar.text !== locked) changes.push(followed(place, locked, folder));
  }
  const digest = scalarAt(file, ['digest']);
  const next = lockDigest(newRequired, newLocked);
  if (digest !== undefined && digest.scalar.text !== next) changes.push(followed(digest, next, folder));
  return changes;
}

function pick(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}

/** A packed copy of a local dependency, which helm would take instead of the folder. */
function packedCopy(parent: string, name: string, sources: BumpSources): string | undefined {
  const prefix = inFolder(parent, `charts/${name}-`);
  return sources.paths.find((path) => path.startsWith(prefix) && /^v?\d[^/]*\.tgz$/.test(path.slice(prefix.length)));
}

/**
 * What must be written so that charts keep accepting the local charts in them that get a new version: `dependencies[].version`
 * and Chart.lock.
 * @throws HelmCdError `conflict` when a range excludes the new version and cannot simply be raised.
 */
export function* followDependencies(
  bumps: readonly ChartBump[],
  graph: DependencyGraph,
  sources: BumpSources,
): WithFiles<Followed> {
  const byFolder = new Map(bumps.filter(({ from, to }) => from !== to).map((bump) => [bump.folder, bump]));
  const changes: FollowedChange[] = [];
  const notes: string[] = [];
  for (const [parent, dependencies] of graph) {
    const versions = new Map<number, { required: string; locked: string }>();
    const path = inFolder(parent, 'Chart.yaml');
    for (const { folder, index, name, repository } of dependencies) {
      const bump = byFolder.get(folder);
      if (bump === undefined) continue;
      const packed = packedCopy(parent, name, sources);
      if (packed !== undefined) {
        notes.push(
          `${packed} is a packed copy of ${folder} and stays the old one: run helm dependency update ${parent || '.'}.`,
        );
      }
      if (index === undefined) continue;
      const place = scalarAt(sources.yaml(path), ['dependencies', String(index), 'version']);
      const version = place === undefined ? '' : followedVersion(place, bump);
      if (version === undefined) {
        if (place !== undefined) {
          const was = `${lineOf(place)}  depends on ${name} "${place.scalar.text}", which is not its version ${bump.from} either`;
          notes.push(`${was}: it stays as it is.`);
        }
        continue;
      }
      if (repository !== undefined) {
        notes.push(`${path} takes ${name} ${bump.to} from ${repository}: publish ${folder} before it is built.`);
      }
      versions.set(index, { required: version, locked: bump.to });
      if (place !== undefined && place.scalar.text !== version) changes.push(followed(place, version, parent));
    }
    const lock = inFolder(parent, 'Chart.lock');
    if (versions.size === 0 || !sources.has(lock)) continue;
    yield* sources.load([lock], 'dependencies');
    const required = parseChartMetadata(sources.text(path), path).dependencies ?? [];
    changes.push(...lockChanges(parent, sources, required, versions, notes));
  }
  return { changes, notes };
}
