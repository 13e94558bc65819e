/** What environments set and others lack: the table, and what of it is a finding. */
import { formatPlace } from '../../core/errors.js';
import type { Finding } from '../../core/findings.js';
import {
  findDifferences,
  formatValuePath,
  itemName,
  valueAt,
  type DefaultState,
  type ValueDifference,
  type ValuePath,
} from '../../core/values-parity.js';
import type { EnvironmentSet } from './environment-set.js';
import type { EnvironmentValues } from './environment-values.js';
import type { KnownValues } from './known-values.js';
import { Needs } from './need.js';
import type { ParityRow, ParityState } from './report.js';

/** A value that an environment lacks. */
interface Missing {
  readonly path: ValuePath;
  readonly setBy: readonly string[];
  readonly secret: boolean;
  /** What is wrong with the default; nothing for a secret that has one. */
  readonly why: Exclude<DefaultState, 'usable'> | undefined;
}

type Leaf = ValueDifference['leaves'][number];

/** Names in one message; the table has all. */
const MOST_NAMED = 5;

const WHY: Readonly<Record<Exclude<DefaultState, 'usable'>, readonly [one: string, several: string]>> = {
  absent: ['it has no default', 'they have no default'],
  null: ["the chart's default is null", "the chart's defaults are null"],
  empty: ["the chart's default is empty", "the chart's defaults are empty"],
  placeholder: ["the chart's default is a placeholder", "the chart's defaults are placeholders"],
};

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 1 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}

/** Compares environments with each other. */
export class MissingValues {
  readonly findings: Finding[] = [];
  readonly rows: ParityRow[] = [];
  /** How many differences helm-cd.yaml says not to mind. */
  ignored = 0;
  private readonly set: EnvironmentSet;
  private readonly known: KnownValues;
  /** Values that all other environments set, by the one that does not. */
  private readonly left = new Map<EnvironmentValues, string[]>();

  constructor(set: EnvironmentSet, known: KnownValues) {
    this.set = set;
    this.known = known;
    const needs = new Map(set.environments.map((environment) => [environment, new Needs(environment, known)]));
    const overlays = set.environments.map(({ name, values }) => ({ environment: name, values }));
    for (const difference of findDifferences(overlays)) {
      const leaves = difference.leaves.filter((leaf) => !set.isIgnored(leaf.path));
      if (leaves.length === 0) this.ignored += 1;
      else this.rows.push(this.row(difference, leaves, needs));
    }
    for (const [environment, paths] of this.left) this.findings.push(this.leftOut(environment, paths));
  }

  private row(
    difference: ValueDifference,
    leaves: readonly Leaf[],
    needs: ReadonlyMap<EnvironmentValues, Needs>,
  ): ParityRow {
    const states: Record<string, ParityState> = {};
    for (const [environment, own] of needs) {
      const { name } = environment;
      if (difference.setBy.includes(name)) states[name] = stateOf(environment, difference.path);
      else if (difference.lackedBy.includes(name)) states[name] = this.lack(environment, difference, leaves, own);
    }
    return { path: formatValuePath(difference.path), values: difference.leaves.length, states };
  }

  /** How it stands in an environment that does not set it; what is wrong about that becomes a finding. */
  private lack(
    environment: EnvironmentValues,
    difference: ValueDifference,
    leaves: readonly Leaf[],
    needs: Needs,
  ): ParityState {
    const isUnreadable = environment.unreadable.length > 0;
    const missing = leaves.flatMap((leaf): Missing[] => {
      const secret = this.set.isSecret(leaf.path, leaf.setBy);
      if (secret && isUnreadable) return [];
      const need = needs.of(leaf.path);
      if (need.needed) return [{ ...leaf, secret, why: need.why }];
      // What is secret elsewhere has no default that would do.
      return secret && !needs.isOff(leaf.path) ? [{ ...leaf, secret, why: undefined }] : [];
    });
    if (missing.length > 0) {
      // Secrets belong into another file than the rest.
      for (const secret of [true, false]) {
        const own = missing.filter((leaf) => leaf.secret === secret);
        if (own.length > 0) this.findings.push(this.missing(environment, difference, own));
      }
      return 'missing';
    }
    if (isUnreadable && leaves.some((leaf) => this.set.isSecret(leaf.path, leaf.setBy))) return 'unknown';
    if (leaves.every((leaf) => needs.isOff(leaf.path))) return 'off';
    const isAlone = difference.lackedBy.length === 1 && difference.setBy.length > 1;
    if (isAlone && leaves.some((leaf) => this.known.isKnown(leaf.path))) {
      const left = this.left.get(environment) ?? [];
      this.left.set(environment, left);
      left.push(formatValuePath(difference.path));
    }
    return 'default';
  }

  /** @param leaves some; all of them secret, or none. */
  private missing(environment: EnvironmentValues, difference: ValueDifference, leaves: readonly Missing[]): Finding {
    const { set } = this;
    const [first] = leaves;
    const single = leaves.length === 1 ? first : undefined;
    const { path: where, setBy } = single ?? difference;
    const secret = first?.secret === true;
    const what = secret ? 'secret value' : 'value';
    const inside = leaves.map((leaf) => {
      const below = leaf.path.slice(difference.path.length);
      return below.length === 1 ? (itemName(below[0] ?? '') ?? formatValuePath(below)) : formatValuePath(below);
    });
    const below = single === undefined ? ` (${leaves.length} ${what}s: ${listed(inside)})` : '';
    const reasons = [...new Set(leaves.map(({ why }) => why))];
    const why = secret || reasons.length > 1 ? undefined : reasons[0];
    const because = why === undefined ? '' : `: ${WHY[why][single === undefined ? 1 : 0]}`;
    const file = set.fileFor(environment, secret);
    const places = setBy.flatMap((name) => {
      const place = set.named(name).placeOf(where);
      return place === undefined ? [] : [`${name} at ${formatPlace(place)}`];
    });
    const names = listed(leaves.map((leaf) => formatValuePath(leaf.path)));
    const how =
      secret && environment.plan.secrets.length === 0
        ? `Add ${names} to a file encrypted with SOPS, and name that under secrets of ${environment.name} in helm-cd.yaml.`
        : `Add ${names}${secret ? ', encrypted,' : ''} to ${file}.`;
    return set.finding(
      'parity',
      `${what} ${formatValuePath(where)}${below} is set for ${setBy.join(', ')} but not for ${environment.name}${because}`,
      { file },
      `Set by ${places.join(', ')}. ${how}`,
    );
  }

  /** All the others set these. */
  private leftOut(environment: EnvironmentValues, paths: readonly string[]): Finding {
    const { set } = this;
    const others = set.environments.filter((other) => other !== environment).map(({ name }) => name);
    const file = set.fileFor(environment, false);
    const message =
      paths.length === 1
        ? `value ${paths.join('')} is set for ${others.join(', ')}, but left to the chart's default for ${environment.name}`
        : `${paths.length} values are set for ${others.join(', ')}, but left to the chart's defaults for ${environment.name}: ${listed(paths)}`;
    const hint = `If that is meant, set them in ${file} too, or name them under validate.parity.ignore in helm-cd.yaml.`;
    return set.finding('parity-default', message, { file }, hint, 'warning');
  }
}

function stateOf(environment: EnvironmentValues, where: ValuePath): ParityState {
  if (valueAt(environment.values, where) === null) return 'removed';
  return environment.isEncrypted(where) ? 'encrypted' : 'set';
}
