import { environmentOf, findEnvironment } from '../../config/load.js';
import type { ChartConfig, Config, EnvironmentConfig } from '../../config/types.js';
import type { BumpRequest, BumpRules, ChartScope } from '../../core/bump-request.js';
import { BumpSources, withFiles } from '../../core/bump-sources.js';
import type { BumpStrategy } from '../../core/bump-strategy.js';
import { parseTarget, type BumpTarget } from '../../core/bump-target.js';
import { chartField } from '../../core/chart-bump.js';
import { chartFolders, inFolder, joinPath, repositoryPath } from '../../core/chart-folders.js';
import { HelmCdError } from '../../core/errors.js';
import { canonicalImageName, isImageName } from '../../core/image-reference.js';
import type { BranchHead } from '../../core/repository-branch.js';
import { didYouMean } from '../../core/suggest.js';
import { tagPolicy } from '../../core/tag-policy.js';
import type { BumpInputs } from './inputs.js';

const DEFAULT_CONFIG = 'helm-cd.yaml';
/** What pre-releases are called where no environment is known. */
const DEFAULT_IDENTIFIER = 'rc';

/** What one commit's own configuration makes of the inputs. */
export interface ResolvedRequest {
  readonly request: BumpRequest;
  /** The commit's helm-cd.yaml; nothing when it has none. */
  readonly config: Config | undefined;
  readonly environment: EnvironmentConfig | undefined;
  /** URL of the chart repository that the chart in a folder goes to; empty for none. */
  readonly repositoryOf: (folder: string) => string;
  /** How helm-cd.yaml wants the chart in a folder to be bumped; without a folder, what is outside every chart. */
  readonly strategyOf: (folder: string | undefined) => BumpStrategy;
}

interface NamedScope extends ChartScope {
  readonly name: string;
  /** URL of the chart repository of the chart's environment. */
  readonly repository: string;
  readonly strategy: BumpStrategy;
}

async function loadConfig(inputs: BumpInputs, head: BranchHead): Promise<Config | undefined> {
  const path = inputs.config === '' ? DEFAULT_CONFIG : repositoryPath(inputs.config, '', 'Input "config"');
  const sources = new BumpSources(head.entries);
  if (inputs.config === '' && !sources.has(path)) return undefined;
  await withFiles(sources.load([path], 'Input "config"'), (paths) => head.read(paths));
  // The validator of schemas is only loaded by those who have such a file.
  const { parseConfig } = await import(/* webpackMode: "eager" */ '../../config/parse.js');
  return parseConfig(path, sources.text(path));
}

function chooseEnvironment(
  inputs: BumpInputs,
  config: Config | undefined,
  head: BranchHead,
): EnvironmentConfig | undefined {
  if (inputs.environment !== '') {
    if (config !== undefined) return findEnvironment(config, inputs.environment, '');
    throw new HelmCdError(
      'config',
      `Input "environment" is ${inputs.environment}, but the branch ${head.branch} has no helm-cd.yaml.`,
      {
        hint: 'Add a helm-cd.yaml to the chart’s repository, or give its path as config.',
      },
    );
  }
  return config?.environments.find(({ branch }) => branch === head.branch);
}

function identifierOf(environment: EnvironmentConfig | undefined): string {
  const name = environment?.name.replace(/[^0-9A-Za-z-]+/g, '-') ?? '';
  // A number would be compared as one, and may not start with a zero.
  return /[A-Za-z-]/.test(name) ? name : DEFAULT_IDENTIFIER;
}

function rulesOf(
  inputs: BumpInputs,
  environment: EnvironmentConfig | undefined,
): Omit<BumpRules, 'overlays' | 'places'> {
  const policy = environment?.bump;
  const tags = policy?.tags ?? '*';
  return {
    versionRule: inputs.chartVersion === 'auto' ? (policy?.version ?? 'auto') : inputs.chartVersion,
    identifier: identifierOf(environment),
    acceptsTag: tagPolicy(tags, `bump.tags of the environment ${environment?.name ?? ''}`),
    tagPolicy: tags,
    ...(policy === undefined ? {} : { order: policy.order }),
  };
}

/** The places that helm-cd.yaml names for a chart's images. */
function placesOf(chart: ChartConfig, folder: string, config: Config): ReadonlyMap<string, readonly BumpTarget[]> {
  const what = `${config.file}: images of chart ${chart.name}`;
  return new Map(
    Object.entries(chart.images).map(([name, places]) => {
      if (!isImageName(name)) {
        throw new HelmCdError('config', `${what}: "${name}" is no image without a tag.`, {
          place: { file: config.file },
          hint: 'Write it as ghcr.io/acme/api.',
        });
      }
      const image = canonicalImageName(name);
      const resolve = (file: string) => repositoryPath(file, folder, what, 'config');
      return [image, places.map((place): BumpTarget => ({ ...parseTarget(place, resolve, what), image }))];
    }),
  );
}

function scopeOfConfig(
  chart: ChartConfig,
  config: Config,
  environment: EnvironmentConfig | undefined,
  inputs: BumpInputs,
  folders: readonly string[],
): NamedScope {
  const folder = joinPath(config.file, '..', chart.path);
  if (folder === undefined || !folders.includes(folder)) {
    throw new HelmCdError(
      'config',
      `${config.file}: chart ${chart.name} is not at ${chart.path}${didYouMean(chart.path, folders)}`,
      {
        place: { file: config.file },
        hint: `Folders with a Chart.yaml: ${folders.map((found) => found || '.').join(', ') || 'none'}.`,
      },
    );
  }
  const own = environment === undefined ? undefined : environmentOf(config, environment, chart.name);
  const what = `${config.file}: values of environment ${environment?.name ?? ''}`;
  return {
    ...rulesOf(inputs, own),
    name: chart.name,
    repository: own?.repository ?? '',
    strategy: own?.bump.strategy ?? 'auto',
    folder,
    overlays: (own?.values ?? []).map((path) => repositoryPath(path, folder, what, 'config')),
    places: placesOf(chart, folder, config),
  };
}

/** Charts inside other charts' `charts/` are looked at as part of those. */
function topFolders(folders: readonly string[]): readonly string[] {
  return folders.filter(
    (folder) => !folders.some((parent) => folder !== parent && folder.startsWith(inFolder(parent, 'charts/'))),
  );
}

async function limitTo(chart: string, scopes: readonly NamedScope[], head: BranchHead): Promise<readonly NamedScope[]> {
  const folder = joinPath(chart);
  const direct = scopes.filter((scope) => scope.folder === folder || scope.name === chart);
  if (direct.length > 0) return direct;
  const sources = new BumpSources(head.entries);
  const files = scopes.map((scope) => inFolder(scope.folder, 'Chart.yaml'));
  await withFiles(sources.load(files, 'Input "chart"'), (paths) => head.read(paths));
  const names = new Map(scopes.map((scope) => [scope, chartField(sources, scope.folder, 'name')?.scalar.text ?? '']));
  const named = scopes.filter((scope) => names.get(scope) === chart);
  if (named.length > 0) return named;
  const known = [...names.values(), ...scopes.map((scope) => scope.folder || '.')];
  throw new HelmCdError(
    'not-found',
    `Input "chart": the repository has no chart "${chart}"${didYouMean(chart, known)}`,
    {
      hint: `Its charts: ${scopes.map((scope) => `${names.get(scope) ?? ''} (${scope.folder || '.'})`).join(', ')}.`,
    },
  );
}

/**
 * Turns the inputs into what is asked of one commit, with the helm-cd.yaml of that very commit.
 * @throws HelmCdError `config`, `input` or `not-found`, with the file.
 */
export async function resolveRequest(inputs: BumpInputs, head: BranchHead): Promise<ResolvedRequest> {
  const config = await loadConfig(inputs, head);
  const environment = chooseEnvironment(inputs, config, head);
  const folders = chartFolders(head.entries.map(({ path }) => path));
  const rules = rulesOf(inputs, environment);
  const charts = config?.charts ?? [];
  const repository = environment?.repository ?? '';
  const strategy = environment?.bump.strategy ?? 'auto';
  const scopes =
    config !== undefined && charts.length > 0
      ? charts.map((chart) => scopeOfConfig(chart, config, environment, inputs, folders))
      : topFolders(folders).map((folder): NamedScope => {
          const overlays = (environment?.values ?? [])
            .map((path) => repositoryPath(path, folder, 'values of the environment', 'config'))
            .filter((path) => head.entries.some((entry) => entry.path === path));
          return { ...rules, name: folder, repository, strategy, folder, overlays, places: new Map() };
        });
  if (scopes.length === 0 && inputs.targets.length === 0) {
    throw new HelmCdError('not-found', `The branch ${head.branch} has no chart: there is no Chart.yaml.`, {
      hint: 'Check the inputs repository and branch.',
    });
  }
  return {
    config,
    environment,
    strategyOf: (folder) => scopes.find((scope) => scope.folder === folder)?.strategy ?? strategy,
    repositoryOf: (folder) => scopes.find((scope) => scope.folder === folder)?.repository ?? repository,
    request: {
      images: inputs.images,
      scopes: inputs.chart === '' ? scopes : await limitTo(inputs.chart, scopes, head),
      targets: inputs.targets,
      rules: { ...rules, overlays: [], places: new Map() },
      appVersion: inputs.appVersion,
      allowDowngrade: inputs.allowDowngrade,
    },
  };
}
