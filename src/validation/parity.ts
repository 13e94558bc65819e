/** Values that not all environments agree to have, and values that nothing reads. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { textOf } from '../charts/chart-files.js';
import type { ChartDependency } from '../core/chart-metadata.js';
import type { Finding, FindingLevel } from '../core/findings.js';
import { closest } from '../core/suggest.js';
import { findMissingValues, hasValue, mergeValues, valuePaths, type MissingValue } from '../core/values-parity.js';
import { parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import type { ChartContents } from './chart-contents.js';
import type { ChartPlaces } from './helm-findings.js';
import type { PlannedCell, PlannedFile } from './plan.js';
import { placeOfValue } from './values-places.js';

interface EnvironmentValues {
  readonly environment: string;
  readonly cell: PlannedCell;
  readonly values: Readonly<Record<string, unknown>>;
  /** Those of the secrets files alone. */
  readonly secrets: Readonly<Record<string, unknown>>;
}

async function readLayers(files: readonly string[]): Promise<readonly unknown[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        return parseKubernetesYaml(await readFile(file, 'utf8'));
      } catch {
        // The render says what is wrong with it.
        return {};
      }
    }),
  );
}

async function readEnvironment(cell: PlannedCell): Promise<EnvironmentValues> {
  const layers = await readLayers(cell.valuesFiles);
  return {
    environment: cell.environment,
    cell,
    values: mergeValues(layers),
    secrets: mergeValues(layers.slice(cell.plan.values.length)),
  };
}

/** The chart's own defaults, with those of its subcharts below their names. */
function defaultsOf(
  contents: ChartContents,
  dependencies: readonly ChartDependency[],
): Readonly<Record<string, unknown>> {
  const layers = contents.files.flatMap((file): unknown[] => {
    const match = /^((?:charts\/[^/]+\/)*)values\.yaml$/.exec(file.path);
    if (match === null) return [];
    let values: unknown;
    try {
      values = parseKubernetesYaml(textOf(file));
    } catch {
      return [];
    }
    const names = (match[1] ?? '').split('/').filter((part) => part !== '' && part !== 'charts');
    const under = (chain: readonly string[]) =>
      chain.reduceRight<unknown>((inner, name) => ({ [name]: inner }), values);
    const [first, ...rest] = names;
    const aliases = dependencies.filter((item) => item.name === first && item.alias !== undefined);
    return [under(names), ...aliases.map((item) => under([item.alias ?? '', ...rest]))];
  });
  // Deeper charts first: a parent's values win over its subcharts'.
  return mergeValues(layers.reverse());
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What a chart reads of its values, as far as its templates' text tells. */
class KnownValues {
  private readonly defaults: Readonly<Record<string, unknown>>;
  private readonly templates: string;
  private readonly conditions: ReadonlySet<string>;

  constructor(contents: ChartContents, dependencies: readonly ChartDependency[]) {
    this.defaults = defaultsOf(contents, dependencies);
    this.templates = contents.files
      .filter((file) => /(?:^|\/)templates\//.test(file.path) || file.path.endsWith('values.schema.json'))
      .map(textOf)
      .join('\n');
    this.conditions = new Set(
      dependencies.flatMap((item) => (item.condition ?? '').split(',').map((text) => text.trim())),
    );
  }

  hasDefault(valuePath: readonly string[]): boolean {
    return hasValue(this.defaults, valuePath);
  }

  isKnown(valuePath: readonly string[]): boolean {
    const [root = ''] = valuePath;
    if (this.hasDefault(valuePath) || root === 'global' || root === 'tags') return true;
    if (this.conditions.has(valuePath.join('.'))) return true;
    if (new RegExp(`(?<![\\w-])${escapeRegExp(valuePath.at(-1) ?? '')}(?![\\w-])`).test(this.templates)) return true;
    // A map that is used as a whole (toYaml, range, with) may have any key.
    return valuePath.slice(0, -1).some((key, index) => {
      const map = valuePath
        .slice(0, index + 1)
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], this.defaults);
      const isOpen = typeof map === 'object' && map !== null && Object.keys(map).length === 0;
      return isOpen || new RegExp(`[."']${escapeRegExp(key)}(?![\\w.-])`).test(this.templates);
    });
  }

  siblings(valuePath: readonly string[]): readonly string[] {
    const parent = valuePath
      .slice(0, -1)
      .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], this.defaults);
    return typeof parent === 'object' && parent !== null ? Object.keys(parent) : [];
  }
}

function missingFinding(
  missing: MissingValue,
  own: EnvironmentValues,
  others: readonly EnvironmentValues[],
  known: KnownValues,
  chart: ChartPlaces,
  level: FindingLevel,
): Finding {
  const { plan } = own.cell;
  const isSecret = others.some(
    (other) => missing.setBy.includes(other.environment) && hasValue(other.secrets, missing.path),
  );
  const files =
    isSecret && plan.secrets.length > 0
      ? plan.secrets
      : [...plan.values, ...plan.secrets].slice(0, Math.max(1, plan.values.length));
  const file = files.at(-1)?.path ?? path.posix.join(chart.path, 'values.yaml');
  const otherwise = known.hasDefault(missing.path) ? "the chart's default counts there" : 'it has no default';
  const what = isSecret ? 'secret value' : 'value';
  return {
    level,
    rule: 'parity',
    message: `${what} ${missing.path.join('.')} is set for ${missing.setBy.join(', ')} but not for ${missing.environment}: ${otherwise}`,
    place: { file },
    chart: chart.path,
  };
}

/**
 * Compares what the environments set with each other and with what the chart knows.
 * @param cells the renders to be made; one of each environment is looked at.
 */
export async function checkParity(
  cells: readonly PlannedCell[],
  contents: ChartContents,
  dependencies: readonly ChartDependency[],
  chart: ChartPlaces,
  level: FindingLevel,
): Promise<readonly Finding[]> {
  const names = [...new Set(cells.map((cell) => cell.environment))];
  const environments: EnvironmentValues[] = [];
  for (const name of names) {
    const cell = cells.find((candidate) => candidate.environment === name);
    if (cell !== undefined) environments.push(await readEnvironment(cell));
  }
  const known = new KnownValues(contents, dependencies);
  const findings: Finding[] = [];
  for (const missing of findMissingValues(environments)) {
    const own = environments.find((item) => item.environment === missing.environment);
    if (own !== undefined) findings.push(missingFinding(missing, own, environments, known, chart, level));
  }
  for (const { cell, values } of environments) {
    const files: readonly PlannedFile[] = [...cell.plan.values, ...cell.plan.secrets];
    for (const valuePath of valuePaths(values)) {
      if (known.isKnown(valuePath)) continue;
      const suggestion = closest(valuePath.at(-1) ?? '', known.siblings(valuePath));
      findings.push({
        level,
        rule: 'unknown-value',
        message: `value ${valuePath.join('.')} is set, but neither the chart's values nor its templates know it${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`,
        place: (await placeOfValue(valuePath, files)) ?? { file: files.at(-1)?.path ?? chart.path },
        chart: chart.path,
      });
    }
  }
  return findings;
}
