import { Ajv, type ValidateFunction } from 'ajv';
import { HelmCdError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { parseTagOrder, SEMVER_ORDER, type TagOrder } from '../core/tag-order.js';
import { checkedContent, SCHEMA_OPTIONS } from './check-schema.js';
import { ConfigFile, type Pointer } from './config-file.js';
import { DEFAULT_DEPLOY, deployPolicy, type RawDeploy } from './deploy-policy.js';
import { NO_RETENTION, retentionPolicy, type RawRetention } from './retention.js';
import { CONFIG_SCHEMA } from './schema.js';
import { isValuePattern } from '../core/value-pattern.js';
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

/** What is said about bumps, laid over what it is based on. */
function bumpPolicy(file: ConfigFile, pointer: Pointer, raw: RawBump, base: BumpPolicy): BumpPolicy {
  const { order, 'order-pattern': pattern, ...same } = raw;
  if (order === undefined && pattern === undefined) return { ...base, ...same };
  const by = order ?? base.order.by;
  const at = [...pointer, pattern === undefined ? 'order' : 'order-pattern'];
  const inherited = base.order.by === 'semver' ? '' : base.order.pattern.source;
  if (by === 'semver' && pattern !== undefined) {
    file.fail(at, `${at.join('.')} has no meaning: tags are ordered by semver`, 'Set order to numeric or date.');
  }
  try {
    const parsed = parseTagOrder(by, pattern ?? inherited, [...pointer, 'order-pattern'].join('.'));
    return { ...base, ...same, order: parsed };
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    return file.fail(at, error.message, error.hint);
  }
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

function checkEnvironments(file: ConfigFile, environments: RawConfig['environments']): void {
  const names = Object.keys(environments);
  const branches = new Map<string, string>();
  for (const [name, environment] of Object.entries(environments)) {
    const from = environment['promote-from'];
    const { branch } = environment;
    if (branch !== undefined && from !== undefined) {
      file.fail(
        ['environments', name, 'promote-from'],
        `environment ${name} has both branch and promote-from`,
        'Keep one: it is fed by pushes or by promotion.',
      );
    }
    if (branch === undefined && from === undefined) {
      file.fail(
        ['environments', name],
        `environment ${name} has neither branch nor promote-from`,
        'Say what feeds it.',
      );
    }
    if (branch !== undefined) {
      const other = branches.get(branch);
      if (other !== undefined) {
        file.fail(
          ['environments', name, 'branch'],
          `environments ${other} and ${name} have the same branch "${branch}"`,
        );
      }
      branches.set(branch, name);
    }
    if (from !== undefined && !names.includes(from)) {
      file.fail(
        ['environments', name, 'promote-from'],
        `environment ${name} is promoted from the unknown environment "${from}"${didYouMean(from, names)}`,
      );
    }
  }
  for (const name of names) {
    const seen = [name];
    for (
      let next = environments[name]?.['promote-from'];
      next !== undefined;
      next = environments[next]?.['promote-from']
    ) {
      if (seen.includes(next)) {
        file.fail(['environments', name, 'promote-from'], `promotion goes in a circle: ${[...seen, next].join(' ← ')}`);
      }
      seen.push(next);
    }
  }
}

/**
 * Parses and checks a helm-cd.yaml.
 * @param file the name to use in messages.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function parseConfig(file: string, text: string): Config {
  const source: ConfigFile = new ConfigFile(file, text);
  const raw = checkedContent(source, schemaValidator()) as RawConfig;
  checkEnvironments(source, raw.environments);

  const environments = Object.entries(raw.environments).map(([name, environment]): EnvironmentConfig => {
    return {
      mode: 'delivery',
      values: [],
      secrets: [],
      kubernetes: [],
      cluster: {},
      bump: DEFAULT_BUMP,
      deploy: DEFAULT_DEPLOY,
      retention: NO_RETENTION,
      ...partialEnvironment(source, ['environments', name], environment, {
        bump: DEFAULT_BUMP,
        cluster: {},
        deploy: DEFAULT_DEPLOY,
        retention: NO_RETENTION,
      }),
      name,
      repository: environment.repository ?? '',
    };
  });
  const charts = Object.entries(raw.charts ?? {}).map(([name, chart]): ChartConfig => {
    return { name, path: chart.path, release: chart.release ?? name, images: chart.images ?? {} };
  });
  const overrides: Record<string, Record<string, Partial<EnvironmentConfig>>> = {};
  for (const [chart, { environments: changed = {} }] of Object.entries(raw.charts ?? {})) {
    for (const [name, override] of Object.entries(changed)) {
      const pointer = ['charts', chart, 'environments', name];
      const base = environments.find((environment) => environment.name === name);
      if (base === undefined) {
        const known = environments.map((environment) => environment.name);
        source.fail(pointer, `chart ${chart} overrides the unknown environment "${name}"${didYouMean(name, known)}`);
      }
      overrides[chart] = { ...overrides[chart], [name]: partialEnvironment(source, pointer, override, base) };
    }
  }
  const ignore = raw.validate?.parity?.ignore ?? [];
  for (const [index, pattern] of ignore.entries()) {
    if (isValuePattern(pattern)) continue;
    source.fail(
      ['validate', 'parity', 'ignore', String(index)],
      `validate.parity.ignore.${index} is no path of a value: "${pattern}"`,
      'Write keys with dots between them, * for any part of a key, and ["a.b"] for a key with a dot.',
    );
  }
  return { file, charts, environments, overrides, validate: { parity: { ignore } } };
}
