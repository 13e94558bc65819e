/** Values that an environment lacks, that are plain in one and secret in another, and that nothing reads. */
import path from 'node:path';
import { formatPlace, type Place } from '../../core/errors.js';
import type { Finding, FindingLevel } from '../../core/findings.js';
import { valuePattern } from '../../core/value-pattern.js';
import {
  findDifferences,
  formatValuePath,
  isMap,
  valueAt,
  type DefaultState,
  type ValueDifference,
  type ValuePath,
} from '../../core/values-parity.js';
import type { ChartContents } from '../chart-contents.js';
import type { PlannedCell } from '../plan.js';
import { readEnvironments, type EnvironmentValues } from './environment-values.js';
import { KnownValues } from './known-values.js';
import { Needs } from './need.js';
import type { ParityReport, ParityRow, ParityState } from './report.js';

/** What is to be minded, and how loudly. */
export interface ParityOptions {
  readonly level: FindingLevel;
  /** Patterns of values that may differ: `validate.parity.ignore` of helm-cd.yaml. */
  readonly ignore: readonly string[];
}

export interface ParityCheck {
  readonly findings: readonly Finding[];
  readonly report: ParityReport;
}

/** A value that an environment lacks. */
interface Missing {
  readonly path: ValuePath;
  readonly setBy: readonly string[];
  readonly secret: boolean;
  /** What is wrong with the default; nothing for a secret that has one. */
  readonly why: Exclude<DefaultState, 'usable'> | undefined;
}

/** Names in one message; the table has all. */
const MOST_NAMED = 5;

const WHY: Readonly<Record<Exclude<DefaultState, 'usable'>, string>> = {
  absent: 'it has no default',
  null: "the chart's default is null",
  empty: "the chart's default is empty",
  placeholder: "the chart's default is a placeholder",
};

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 1 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}

class Comparison {
  private readonly chart: string;
  private readonly environments: readonly EnvironmentValues[];
  private readonly known: KnownValues;
  private readonly needs: ReadonlyMap<string, Needs>;
  private readonly level: FindingLevel;
  private readonly ignored: (path: ValuePath) => boolean;
  readonly findings: Finding[] = [];
  readonly rows: ParityRow[] = [];
  ignoredRows = 0;
  /** Values that all other environments set, by the one that does not. */
  private readonly left = new Map<EnvironmentValues, string[]>();

  /** @param chart its folder, relative to the working directory. */
  constructor(chart: string, environments: readonly EnvironmentValues[], known: KnownValues, options: ParityOptions) {
    this.chart = chart;
    this.environments = environments;
    this.known = known;
    this.level = options.level;
    this.needs = new Map(environments.map((item) => [item.name, new Needs(item, known)]));
    const patterns = options.ignore.map(valuePattern);
    this.ignored = (where) => patterns.some((matches) => matches(where));
  }

  private add(level: FindingLevel, rule: string, message: string, place: Place, hint: string): void {
    this.findings.push({ level, rule, message, place, chart: this.chart, hint });
  }

  private named(name: string): EnvironmentValues {
    const found = this.environments.find((environment) => environment.name === name);
    if (found === undefined) throw new Error(`no environment ${name}`);
    return found;
  }

  /** Where somebody would add a value for an environment. */
  private fileFor(environment: EnvironmentValues, secret: boolean): string {
    const { plan } = environment;
    const [first, second] = secret ? (['secrets', 'values'] as const) : (['values', 'secrets'] as const);
    const file =
      environment.ownFiles(this.environments, first).at(-1) ??
      plan[first].at(-1) ??
      (secret ? undefined : environment.ownFiles(this.environments, second).at(-1)) ??
      plan[second].at(-1);
    return file?.path ?? path.posix.join(this.chart, 'values.yaml');
  }

  private isSecret(where: ValuePath, setBy: readonly string[]): boolean {
    return setBy.some((name) => this.named(name).isEncrypted(where));
  }

  differences(): void {
    const overlays = this.environments.map(({ name, values }) => ({ environment: name, values }));
    for (const difference of findDifferences(overlays)) this.difference(difference);
    for (const [environment, paths] of this.left) this.suspicion(environment, paths);
  }

  private difference(difference: ValueDifference): void {
    const leaves = difference.leaves.filter((leaf) => !this.ignored(leaf.path));
    if (leaves.length === 0) {
      this.ignoredRows += 1;
      return;
    }
    const states: Record<string, ParityState> = {};
    for (const name of difference.setBy) states[name] = this.stateOf(this.named(name), difference.path);
    for (const name of difference.lackedBy) {
      const environment = this.named(name);
      const needs = this.needs.get(name);
      if (needs === undefined) continue;
      const missing = leaves.flatMap((leaf): Missing[] => {
        const secret = this.isSecret(leaf.path, leaf.setBy);
        if (secret && environment.unreadable.length > 0) return [];
        const need = needs.of(leaf.path);
        if (need.needed) return [{ ...leaf, secret, why: need.why }];
        // What is secret elsewhere has no default that would do.
        return secret && !needs.isOff(leaf.path) ? [{ ...leaf, secret, why: undefined }] : [];
      });
      if (missing.length > 0) {
        states[name] = 'missing';
        this.missing(environment, difference, missing);
      } else if (environment.unreadable.length > 0 && leaves.some((leaf) => this.isSecret(leaf.path, leaf.setBy))) {
        states[name] = 'unknown';
      } else {
        const off = leaves.every((leaf) => needs.isOff(leaf.path));
        states[name] = off ? 'off' : 'default';
        const counts = !off && leaves.some((leaf) => this.known.isKnown(leaf.path));
        if (counts && difference.lackedBy.length === 1 && difference.setBy.length > 1) {
          this.left.set(environment, [...(this.left.get(environment) ?? []), formatValuePath(difference.path)]);
        }
      }
    }
    // In the order of the environments.
    const ordered = Object.fromEntries(
      this.environments.flatMap(({ name }) => (states[name] === undefined ? [] : [[name, states[name]]])),
    );
    this.rows.push({ path: formatValuePath(difference.path), values: difference.leaves.length, states: ordered });
  }

  private stateOf(environment: EnvironmentValues, where: ValuePath): ParityState {
    const value = valueAt(environment.values, where);
    if (value === null) return 'removed';
    return environment.isEncrypted(where) ? 'encrypted' : 'set';
  }

  private missing(
    environment: EnvironmentValues,
    { path: whole, setBy }: ValueDifference,
    leaves: readonly Missing[],
  ): void {
    // Secrets belong into another file than the rest.
    for (const secret of [true, false]) {
      const own = leaves.filter((leaf) => leaf.secret === secret);
      const [first] = own;
      if (first === undefined) continue;
      const single = own.length === 1;
      const where = single ? first.path : whole;
      const setters = single ? first.setBy : setBy;
      const what = secret ? 'secret value' : 'value';
      const inside = own.map((leaf) => formatValuePath(leaf.path.slice(whole.length)).replace(/^\[(.*)\]$/, '$1'));
      const below = single ? '' : ` (${own.length} ${what}s: ${listed(inside)})`;
      const reasons = new Set(own.map((leaf) => leaf.why));
      const why = single || reasons.size === 1 ? first.why : undefined;
      const because =
        secret || why === undefined ? '' : `: ${single ? WHY[why] : WHY[why].replace('it has', 'they have')}`;
      const file = this.fileFor(environment, secret);
      const places = setters.flatMap((name) => {
        const place = this.named(name).placeOf(where);
        return place === undefined ? [] : [`${name} at ${formatPlace(place)}`];
      });
      const how = secret ? 'encrypted, ' : '';
      this.add(
        this.level,
        'parity',
        `${what} ${formatValuePath(where)}${below} is set for ${setters.join(', ')} but not for ${environment.name}${because}`,
        { file },
        `Set by ${places.join(', ')}. Add ${
          single
            ? formatValuePath(where)
            : own
                .map((leaf) => formatValuePath(leaf.path))
                .slice(0, MOST_NAMED)
                .join(', ')
        } ${how}to ${file}.`,
      );
    }
  }

  private suspicion(environment: EnvironmentValues, paths: readonly string[]): void {
    const others = this.environments.filter((other) => other !== environment).map(({ name }) => name);
    const file = this.fileFor(environment, false);
    this.add(
      'warning',
      'parity-default',
      paths.length === 1
        ? `value ${paths.join('')} is set for ${others.join(', ')}, but left to the chart's default for ${environment.name}`
        : `${paths.length} values are set for ${others.join(', ')}, but left to the chart's defaults for ${environment.name}: ${listed(paths)}`,
      { file },
      `If that is meant, set them in ${file} too, or name them under validate.parity.ignore in helm-cd.yaml.`,
    );
  }

  /** Secrets of one environment that are there for everybody to read in another. */
  plainSecrets(): void {
    const encryptedBy = new Map<string, string[]>();
    const plainBy = new Map<string, { path: ValuePath; environments: EnvironmentValues[] }>();
    for (const environment of this.environments) {
      for (const { path: where, state } of environment.secrecy()) {
        const key = JSON.stringify(where);
        if (state === 'encrypted') encryptedBy.set(key, [...(encryptedBy.get(key) ?? []), environment.name]);
        else {
          const known = plainBy.get(key)?.environments ?? [];
          plainBy.set(key, { path: where, environments: [...known, environment] });
        }
      }
    }
    for (const [key, { path: where, environments }] of plainBy) {
      const encrypted = encryptedBy.get(key);
      if (encrypted === undefined || this.ignored(where)) continue;
      for (const environment of environments) {
        this.add(
          this.level,
          'plain-secret',
          `value ${formatValuePath(where)} is in plain text for ${environment.name}, but encrypted for ${encrypted.join(', ')}`,
          environment.placeOf(where) ?? { file: this.fileFor(environment, false) },
          'Change what it holds, move it to a file encrypted with SOPS, and name that under secrets.',
        );
      }
    }
  }

  /** Keys that neither defaults nor templates nor schemas know: most often they are misspelled. */
  unknown(): void {
    const seen = new Set<string>();
    for (const environment of this.environments) {
      const counts = new Map<string, { path: ValuePath; values: number; environment: EnvironmentValues }>();
      for (const { file, path: where } of environment.keysOf()) {
        if (this.ignored(where)) continue;
        const part = this.known.unknownPart(where);
        if (part === undefined) continue;
        const key = `${file.absolute}\n${JSON.stringify(part)}`;
        if (seen.has(key)) continue;
        counts.set(key, { path: part, values: (counts.get(key)?.values ?? 0) + 1, environment });
      }
      for (const [key, { path: part, values }] of counts) {
        seen.add(key);
        const suggestion = this.known.suggestionFor(part);
        const isWhole = isMap(valueAt(environment.values, part));
        const below = isWhole ? ` (and ${values} ${values === 1 ? 'key' : 'keys'} below)` : '';
        this.add(
          this.level,
          'unknown-value',
          `value ${formatValuePath(part)}${below} is set, but neither the chart's values nor its templates know it${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`,
          environment.placeIn(key.slice(0, key.indexOf('\n')), part) ?? { file: this.fileFor(environment, false) },
          suggestion === undefined
            ? 'Take it out, or give it a default in values.yaml and use it in a template.'
            : `Rename it to ${suggestion}.`,
        );
      }
    }
  }
}

/**
 * Compares what the environments set with each other and with what the chart knows.
 * @param cells the renders to be made; one of each environment is looked at.
 * @param chart the chart's folder, relative to the working directory.
 */
export async function checkParity(
  cells: readonly PlannedCell[],
  contents: ChartContents,
  chart: string,
  options: ParityOptions,
): Promise<ParityCheck> {
  const environments = await readEnvironments(cells);
  const known = new KnownValues(
    contents,
    environments.flatMap(({ texts }) => texts),
  );
  const comparison = new Comparison(chart, environments, known, options);
  comparison.differences();
  comparison.plainSecrets();
  comparison.unknown();
  const notes = environments.flatMap(({ name, unreadable }) =>
    unreadable.map(
      (file) => `${chart}: the secrets of ${name} in ${file.path}: SOPS has encrypted it as one value, keys and all`,
    ),
  );
  const [only] = environments;
  if (environments.length === 1 && only !== undefined && only.plan.values.length + only.plan.secrets.length > 0) {
    notes.push(`${chart}: whether environments agree on their values: there is only ${only.name}`);
  }
  return {
    findings: comparison.findings,
    report: {
      environments: environments.map(({ name }) => name),
      rows: comparison.rows,
      ignored: comparison.ignoredRows,
      notes,
    },
  };
}
