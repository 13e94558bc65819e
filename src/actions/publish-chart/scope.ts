import { environmentOf } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import { isGlob, pathGlob } from '../../core/path-glob.js';
import type { RetentionPolicy } from '../../core/retention.js';
import { didYouMean } from '../../core/suggest.js';
import type { ChartStore } from '../../stores/store.js';
import type { PublishInputs } from './inputs.js';
import { environmentFor } from './targets.js';

/** A chart repository that is to be pruned or checked. */
export interface Scope {
  readonly repository: string;
  /** The environment whose repository it is, or empty. */
  readonly environment: string;
  /** The charts of helm-cd.yaml that live there; none when it names none. */
  readonly configured: readonly string[];
  /** What helm-cd.yaml says about a chart's versions there. */
  retentionOf(chart: string): RetentionPolicy;
}

/** The environment whose rules count: of one that nobody has named only when it is its own repository. */
function environmentOfScope(
  inputs: PublishInputs,
  config: Config | undefined,
  branch: string,
): EnvironmentConfig | undefined {
  const environment = environmentFor(inputs, config, branch);
  const isMeant =
    inputs.environment !== '' || inputs.repository === '' || environment?.repository === inputs.repository;
  return isMeant ? environment : undefined;
}

/**
 * The chart repositories that are meant: the one that is given, else that of the environment and those of its charts which
 * have one of their own.
 * @throws HelmCdError `input` or `config` when nothing says which.
 */
export function planScopes(inputs: PublishInputs, config: Config | undefined, branch: string): readonly Scope[] {
  const environment = environmentOfScope(inputs, config, branch);
  if (config === undefined || environment === undefined) {
    if (inputs.repository !== '') {
      const retentionOf = () => ({ keep: [] });
      return [{ repository: inputs.repository, environment: '', configured: [], retentionOf }];
    }
    throw new HelmCdError('input', 'Nothing says which chart repository is meant: there is no helm-cd.yaml.', {
      hint: 'Give the input "chart-repository": s3://bucket/prefix or file:///folder.',
    });
  }
  const forChart = (chart: string) => environmentOf(config, environment, chart);
  const repositoryOf = (chart: string) => inputs.repository || forChart(chart).repository;
  const names = config.charts.map(({ name }) => name);
  const repositories = new Set([inputs.repository || environment.repository, ...names.map(repositoryOf)]);
  return [...repositories].map((repository) => ({
    repository,
    environment: environment.name,
    configured: names.filter((name) => repositoryOf(name) === repository),
    retentionOf: (chart) => forChart(chart).retention,
  }));
}

/** Which charts are meant, and which of the input's lines have named any. */
export interface ChosenCharts {
  readonly names: readonly string[];
  readonly used: ReadonlySet<string>;
}

/**
 * The charts of a repository that are meant.
 * @param wanted the input `charts`: names and globs; none: those of helm-cd.yaml, without these all.
 * @param everything whether all are meant, unless `charts` says otherwise.
 * @throws HelmCdError `input` when the repository cannot say which charts it has and nobody else does.
 */
export async function chooseCharts(
  store: ChartStore,
  scope: Scope,
  wanted: readonly string[],
  everything: boolean,
): Promise<ChosenCharts> {
  const listed = await store.upkeep.names();
  const known = listed ?? [...new Set([...scope.configured, ...wanted.filter((item) => !isGlob(item))])];
  if (listed === undefined && known.length === 0) {
    throw new HelmCdError('input', `${store.url} cannot say which charts it has.`, {
      hint: 'Name them in the input "charts", or in helm-cd.yaml.',
    });
  }
  if (wanted.length === 0) {
    const own = known.filter((name) => scope.configured.includes(name));
    return { names: everything || scope.configured.length === 0 ? known : own, used: new Set() };
  }
  const names = new Set<string>();
  const used = new Set<string>();
  for (const item of wanted) {
    const accepts = isGlob(item) ? pathGlob(item) : (name: string) => name === item;
    for (const name of known.filter(accepts)) {
      names.add(name);
      used.add(item);
    }
  }
  return { names: [...names], used };
}

/** @throws HelmCdError `not-found` for a line of `charts` that has named nothing in any repository. */
export function checkUsed(wanted: readonly string[], used: ReadonlySet<string>, known: readonly string[]): void {
  const unused = wanted.find((item) => !used.has(item));
  if (unused === undefined) return;
  throw new HelmCdError(
    'not-found',
    `Input "charts": there is no chart "${unused}" in the repository${didYouMean(unused, known)}`,
    { hint: 'With this mode, charts are named as the repository has them: shop, not charts/shop.' },
  );
}
