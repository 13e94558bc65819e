import { formatPlace } from '../../core/errors.js';
import type { Finding } from '../../core/findings.js';
import { formatValuePath, type ValuePath } from '../../core/values-parity.js';
import type { EnvironmentSet } from './environment-set.js';
import type { EnvironmentValues } from './environment-values.js';

interface Standing {
  readonly path: ValuePath;
  readonly encrypted: EnvironmentValues[];
  readonly plain: EnvironmentValues[];
}

/** Secrets of one environment that everybody can read in another. */
export function plainSecrets(set: EnvironmentSet): readonly Finding[] {
  const standings = new Map<string, Standing>();
  for (const environment of set.environments) {
    for (const { path, state } of environment.secrecy()) {
      const key = JSON.stringify(path);
      const standing = standings.get(key) ?? { path, encrypted: [], plain: [] };
      standing[state].push(environment);
      standings.set(key, standing);
    }
  }
  return [...standings.values()].flatMap(({ path, encrypted, plain }) => {
    if (encrypted.length === 0 || set.isIgnored(path)) return [];
    // A file that several environments share is told once.
    const places = plain.map((environment) => environment.placeOf(path) ?? { file: set.fileFor(environment, false) });
    return [...new Map(places.map((place) => [formatPlace(place), place]))].map(([key, place]) => {
      const names = plain.filter((_, index) => formatPlace(places[index] ?? place) === key).map(({ name }) => name);
      return set.finding(
        'plain-secret',
        `value ${formatValuePath(path)} is in plain text for ${names.join(', ')}, but encrypted for ${encrypted.map(({ name }) => name).join(', ')}`,
        place,
        'Change what it holds, move it to a file encrypted with SOPS, and name that under secrets.',
      );
    });
  });
}
