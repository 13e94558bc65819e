import { Ajv, type ValidateFunction } from 'ajv';
import { HelmCdError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { parseTagOrder, SEMVER_ORDER, type TagOrder } from '../core/tag-order.js';
import { tagPolicy } from '../core/tag-policy.js';
import { isValuePattern } from '../core/value-pattern.js';
import { checkEnvironments, checkOverride } from './check-environments.js';
import { checkedContent, SCHEMA_OPTIONS } from './check-schema.js';
import { ConfigFile, type Pointer } from './config-file.js';
import { DEFAULT_DEPLOY, deployPolicy, type RawDeploy } from './deploy-policy.js';
import { NO_RETENTION, retentionPolicy, type RawRetention } from './retention.js';
import { CONFIG_SCHEMA } from './schema.js';
import type { BumpPolicy, ChartConfig, Config, EnvironmentConfig } from './types.js';

const DEFAULT_BUMP: BumpPolicy = { strategy: 'auto', tags: '*', order: SEMVER_ORDER, version: 'auto' };

interface RawBump extends Partial<Omit<BumpPolicy, 'order'>> {
  readonly order?: TagOrder['by'];
  readonly 'order-pattern'?: string;
}

interface RawEnvironment {
  readonly branch?: string;
  readonly 'promote-from'?: string;
  readonly repository?: string;
  readonly mode?: 'deployment' | 'delivery';
  readonly values?: readonly string[];
  readonly secrets?: readonly string[];
  readonly kubernetes?: readonly string[];
  readonly cluster?: EnvironmentConfig['cluster'];
  readonly bump?: RawBump;
  readonly retention?: RawRetention;
  readonly deploy?: RawDeploy;
}

interface RawChart {
  readonly path: string;
  readonly release?: string;
  readonly images?: Readonly<Record<string, readonly string[]>>;
  readonly environments?: Readonly<Record<string, RawEnvironment>>;
}

interface RawConfig {
  readonly charts?: Readonly<Record<string, RawChart>>;
  readonly validate?: { readonly parity?: { readonly ignore?: readonly string[] } };
  readonly environments: Readonly<Record<string, RawEnvironment>>;
}

let compiled: ValidateFunction | undefined;

/** Compiled once, and only when there is a file to validate: it takes some 40 ms that no start should wait for. */
function schemaValidator(): ValidateFunction {
  compiled ??= new Ajv(SCHEMA_OPTIONS).compile(CONFIG_SCHEMA);
  return compiled;
}

/** What `work` finds wrong is wrong at that place of the file. */
function orFail<Result>(file: ConfigFile, pointer: Pointer, work: (what: string) => Result): Result {
  try {
    return work(pointer.join('.'));
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    return file.fail(pointer, error.message, error.hint);
  }
}

/** What is said about bumps, laid over what it is based on. */
function bumpPolicy(file: ConfigFile, pointer: Pointer, raw: RawBump, base: BumpPolicy): BumpPolicy {
  const { order, 'order-pattern': pattern, ...same } = raw;
  if (raw.tags !== undefined) orFail(file, [...pointer, 'tags'], (what) => tagPolicy(raw.tags ?? '', what));
  if (order === undefined && pattern === undefined) return { ...base, ...same };
  const by = order ?? base.order.by;
  const at = [...pointer, pattern === undefined ? 'order' : 'order-pattern'];
  const inherited = base.order.by === 'semver' ? '' : base.order.pattern.source;
  if (by === 'semver' && pattern !== undefined) {
    file.fail(at, `${at.join('.')} has no meaning: tags are ordered by semver`, 'Set order to numeric or date.');
  }
  const what = [...pointer, 'order-pattern'].join('.');
  return { ...base, ...same, order: orFail(file, at, () => parseTagOrder(by, pattern ?? inherited, what)) };
}

/** What an environment, or a chart's override of one, says; `bump`, `cluster`, `deploy` and `retention` are laid over what they are based on. */
function partialEnvironment(
  file: ConfigFile,
  pointer: Pointer,
  raw: RawEnvironment,
  base: Pick<EnvironmentConfig, 'bump' | 'cluster' | 'deploy' | 'retention'>,
): Partial<EnvironmentConfig> {
  const { 'promote-from': promoteFrom, bump, cluster, deploy, retention, ...same } = raw;
  return {
    ...same,
    ...(promoteFrom === undefined ? {} : { promoteFrom }),
    ...(bump === undefined ? {} : { bump: bumpPolicy(file, [...pointer, 'bump'], bump, base.bump) }),
    ...(cluster === undefined ? {} : { cluster: { ...base.cluster, ...cluster } }),
    ...(deploy === undefined ? {} : { deploy: deployPolicy(file, [...pointer, 'deploy'], deploy, base.deploy) }),
    ...(retention === undefined
      ? {}
      : { retention: retentionPolicy(file, [...pointer, 'retention'], retention, base.retention) }),
  };
}

function environmentsOf(source: ConfigFile, raw: RawConfig): readonly EnvironmentConfig[] {
  const defaults = {
    mode: 'delivery',
    values: [],
    secrets: [],
    kubernetes: [],
    cluster: {},
    bump: DEFAULT_BUMP,
    deploy: DEFAULT_DEPLOY,
    retention: NO_RETENTION,
  } as const;
  return Object.entries(raw.environments).map(([name, environment]) => {
    const pointer = ['environments', name];
    const own = source.attempt(() => partialEnvironment(source, pointer, environment, defaults), {});
    return { ...defaults, ...own, name, repository: environment.repository ?? '' };
  });
}

/** What `charts.NAME.environments.ENV` says. */
function overridesOf(
  source: ConfigFile,
  raw: RawConfig,
  environments: readonly EnvironmentConfig[],
): Readonly<Record<string, Record<string, Partial<EnvironmentConfig>>>> {
  const overrides: Record<string, Record<string, Partial<EnvironmentConfig>>> = {};
  const known = environments.map((environment) => environment.name);
  const read = (chart: string, name: string, override: RawEnvironment) => {
    const pointer = ['charts', chart, 'environments', name];
    const base = environments.find((environment) => environment.name === name);
    if (base === undefined) {
      source.fail(pointer, `chart ${chart} overrides the unknown environment "${name}"${didYouMean(name, known)}`);
    }
    checkOverride(source, chart, name, override, raw.environments[name] ?? {});
    return partialEnvironment(source, pointer, override, base);
  };
  for (const [chart, { environments: changed = {} }] of Object.entries(raw.charts ?? {})) {
    for (const [name, override] of Object.entries(changed)) {
      overrides[chart] = { ...overrides[chart], [name]: source.attempt(() => read(chart, name, override), {}) };
    }
  }
  return overrides;
}

function interpret(source: ConfigFile): Config {
  const raw = checkedContent(source, schemaValidator()) as RawConfig;
  checkEnvironments(source, raw.environments);
  const environments = environmentsOf(source, raw);
  const charts = Object.entries(raw.charts ?? {}).map(([name, chart]): ChartConfig => {
    return { name, path: chart.path, release: chart.release ?? name, images: chart.images ?? {} };
  });
  const overrides = overridesOf(source, raw, environments);
  const ignore = raw.validate?.parity?.ignore ?? [];
  for (const [index, pattern] of ignore.entries()) {
    if (isValuePattern(pattern)) continue;
    const message = `validate.parity.ignore.${index} is no path of a value: "${pattern}"`;
    const hint = 'Write keys with dots between them, * for any part of a key, and ["a.b"] for a key with a dot.';
    source.attempt(() => source.fail(['validate', 'parity', 'ignore', String(index)], message, hint), undefined);
  }
  return { file: source.file, charts, environments, overrides, validate: { parity: { ignore } } };
}

/**
 * Parses and checks a helm-cd.yaml.
 * @param file the name to use in messages.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function parseConfig(file: string, text: string): Config {
  return interpret(new ConfigFile(file, text));
}

/** A helm-cd.yaml with all that is wrong in it. */
export interface InspectedConfig {
  /** Nothing when it is too broken to tell what it says. */
  readonly config: Config | undefined;
  /** Where things are in it; nothing when it is no YAML. */
  readonly source: ConfigFile | undefined;
  /** In the order of the lines. */
  readonly problems: readonly HelmCdError[];
}

/**
 * The same, for somebody who wants to know of everything that is wrong.
 * @param file the name to use in messages.
 */
export function inspectConfig(file: string, text: string): InspectedConfig {
  const problems: HelmCdError[] = [];
  let source: ConfigFile | undefined;
  let config: Config | undefined;
  try {
    source = new ConfigFile(file, text, problems);
    config = interpret(source);
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    problems.unshift(error);
  }
  const lineOf = ({ place }: HelmCdError) => place?.line ?? 0;
  return { config, source, problems: problems.sort((a, b) => lineOf(a) - lineOf(b)) };
}
