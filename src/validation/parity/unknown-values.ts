import type { Finding } from '../../core/findings.js';
import { formatValuePath, isMap, valueAt, type ValuePath } from '../../core/values-parity.js';
import type { EnvironmentSet } from './environment-set.js';
import type { EnvironmentValues } from './environment-values.js';
import type { KnownValues } from './known-values.js';

/** Each is looked for among all that the chart knows. */
const MOST_SUGGESTIONS = 50;

interface Unknown {
  readonly environment: EnvironmentValues;
  /** Absolute. */
  readonly file: string;
  /** The topmost part that is not known. */
  readonly path: ValuePath;
  /** How many values are in it. */
  readonly values: number;
}

function findUnknown(set: EnvironmentSet, known: KnownValues): readonly Unknown[] {
  const found = new Map<string, Unknown>();
  for (const environment of set.environments) {
    for (const { file, path: where } of environment.keysOf()) {
      const path = set.isIgnored(where) ? undefined : known.unknownPart(where);
      if (path === undefined) continue;
      const key = JSON.stringify([file.absolute, path]);
      const before = found.get(key);
      // A file that several environments share is told once.
      if (before !== undefined && before.environment !== environment) continue;
      found.set(key, { environment, file: file.absolute, path, values: (before?.values ?? 0) + 1 });
    }
  }
  return [...found.values()];
}

/** Keys that neither defaults nor templates nor schemas know: most often they are misspelled. */
export function unknownValues(set: EnvironmentSet, known: KnownValues): readonly Finding[] {
  return findUnknown(set, known).map(({ environment, file, path, values }, index) => {
    const suggestion = index < MOST_SUGGESTIONS ? known.suggestionFor(path) : undefined;
    const isWhole = isMap(valueAt(environment.values, path));
    const below = isWhole ? ` (and ${values} ${values === 1 ? 'key' : 'keys'} below)` : '';
    const meant = suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
    return set.finding(
      'unknown-value',
      `value ${formatValuePath(path)}${below} is set, but neither the chart's values nor its templates know it${meant}`,
      environment.placeIn(file, path) ?? { file: set.fileFor(environment, false) },
      suggestion === undefined
        ? 'Take it out, or give it a default in values.yaml and use it in a template.'
        : `Rename it to ${suggestion}.`,
    );
  });
}
