import { environmentOf, loadConfig } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import type { Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import { chooseCharts, type ChosenCharts, type PipelineChart } from './charts.js';
import { tellPullRequest } from './comment.js';
import type { PipelineInputs } from './inputs.js';
import { addUnpublished } from './lost.js';
import { notify } from './notify.js';
import { outcomeOf } from './outcome.js';
import { publishedEntries, type PublishedEntry } from './published.js';
import { renderedDiff } from './rendered-diff.js';
import { readSituation, type Situation } from './situation.js';
import { Steps, type Step } from './steps.js';

const count = (number: string | undefined, what: string) => `${number ?? '0'} ${what}${number === '1' ? '' : 's'}`;

/** The run of a pipeline, step by step. */
class Pipeline {
  private readonly inputs: PipelineInputs;
  private readonly services: Services;
  private readonly config: Config | undefined;
  private readonly situation: Situation;
  readonly steps: Steps;

  constructor(inputs: PipelineInputs, services: Services, config: Config | undefined, situation: Situation) {
    this.inputs = inputs;
    this.services = services;
    this.config = config;
    this.situation = situation;
    this.steps = new Steps(services);
  }

  /** Everything, until something fails. */
  async run(chosen: ChosenCharts, charts: readonly PipelineChart[]): Promise<void> {
    const { environment, mode } = this.situation;
    if ((await this.validate(charts)).state !== 'ok') return this.skipRest(['publish', 'deploy'], mode);
    if (mode === 'validate') return;
    if (mode === 'check') {
      await this.diff(chosen, charts);
      if (environment !== undefined) await this.planAll(charts, environment);
      return;
    }
    if (environment === undefined) return;
    const published = await this.publish(charts, environment);
    if (published.state !== 'ok') return this.skipRest(['deploy'], mode);
    const entries = publishedEntries(published);
    await this.deployAll(charts, entries, environment);
    if (this.steps.failed !== undefined || this.inputs.dryRun) return;
    await notify(this.inputs, entries, this.steps, this.services);
  }

  private skipRest(names: readonly Step['name'][], mode: Situation['mode']): void {
    if (mode === 'validate') return;
    const rest = mode === 'check' ? ['plan' as const] : names;
    for (const name of rest) {
      const own = name === 'deploy' && this.situation.mode === 'delivery' ? 'plan' : name;
      this.steps.skip(own, `${this.steps.failed?.name ?? 'an earlier step'} failed`);
    }
  }

  private async validate(charts: readonly PipelineChart[]): Promise<Step> {
    const folders = charts.filter(({ found }) => found.kind === 'folder');
    if (folders.length === 0)
      return this.steps.add({ name: 'validate', state: 'ok', said: 'archives are not validated' });
    const { baseRef } = this.services.context;
    return this.steps.run({
      name: 'validate',
      action: 'validate-chart',
      inputs: {
        ...this.inputs.common,
        ...this.inputs.validate,
        'version-increment': this.inputs.validate['version-increment'] || (baseRef === '' ? 'off' : 'error'),
        charts: folders.map(({ named }) => named).join('\n'),
      },
      say: ({ outputs }) =>
        `${count(outputs['errors'], 'error')}, ${count(outputs['warnings'], 'warning')}, ${outputs['not-validated'] ?? '0'} not validated`,
    });
  }

  private publish(charts: readonly PipelineChart[], environment: EnvironmentConfig): Promise<Step> {
    return this.steps.run({
      name: 'publish',
      action: 'publish-chart',
      inputs: {
        ...this.inputs.common,
        ...this.inputs.repository,
        ...this.inputs.publish,
        environment: environment.name,
        charts: charts.map(({ named }) => named).join('\n'),
        'dry-run': String(this.inputs.dryRun),
      },
      say: ({ outputs }) =>
        publishedEntries({ outputs })
          .map(({ name, version, result }) =>
            `${name} ${version} ${result === 'published' ? '' : `(${result})`}`.trim(),
          )
          .join(', '),
    });
  }

  private modeOf(chart: PipelineChart, environment: EnvironmentConfig): 'delivery' | 'deployment' {
    if (this.inputs.mode === 'delivery' || this.inputs.mode === 'deployment') return this.inputs.mode;
    if (this.config === undefined) return environment.mode;
    return environmentOf(this.config, environment, chart.found.config?.name ?? '').mode;
  }

  private async deployAll(
    charts: readonly PipelineChart[],
    entries: readonly PublishedEntry[],
    environment: EnvironmentConfig,
  ): Promise<void> {
    const deployable = charts.flatMap((chart) => {
      const name = chart.metadata?.name;
      const entry = entries.find((each) => each.name === name) ?? (charts.length === 1 ? entries[0] : undefined);
      return entry === undefined || chart.metadata?.type === 'library' ? [] : [{ chart, entry }];
    });
    for (const { chart, entry } of deployable) {
      const isPlan = this.inputs.dryRun || this.modeOf(chart, environment) === 'delivery';
      const name = isPlan ? 'plan' : 'deploy';
      if (this.steps.failed !== undefined) {
        this.steps.skip(name, `${this.steps.failed.name} ${this.steps.failed.chart} failed`.trim(), entry.name);
        continue;
      }
      // What is not published yet is planned from the archive that would be.
      const isThere = !this.inputs.dryRun || entry.result === 'already-published';
      const what = isThere
        ? { chart: entry.name, version: entry.version, 'chart-digest': entry.digest }
        : { chart: chart.found.kind === 'folder' ? chart.named : entry.package };
      if (isPlan) await this.plan(entry.name, what, environment);
      else await this.deploy(entry.name, what, environment);
    }
  }

  /** The renders before and after: of the environment that the branch feeds, else of all. */
  private async diff({ base, unchanged }: ChosenCharts, charts: readonly PipelineChart[]): Promise<void> {
    const { clock, log } = this.services;
    if (base === undefined) {
      this.steps.skip('diff', 'there is nothing to compare with (give actions/checkout fetch-depth: 0)');
      return;
    }
    log.info('━━ diff ━━');
    const started = clock.now();
    const { environment } = this.situation;
    const environments = environment === undefined ? (this.config?.environments ?? []) : [environment];
    const scope = { charts, all: [...charts, ...unchanged], base, environments, config: this.config };
    const { said, summary, file } = await renderedDiff(scope, this.inputs.helmVersion, this.services);
    const milliseconds = clock.now() - started;
    this.steps.add({ name: 'diff', state: 'ok', said, summary, milliseconds, outputs: { 'diff-file': file } });
  }

  private async planAll(charts: readonly PipelineChart[], environment: EnvironmentConfig): Promise<void> {
    for (const chart of charts) {
      const name = chart.metadata?.name;
      if (name === undefined || chart.metadata?.type === 'library') continue;
      if (this.steps.failed !== undefined) this.steps.skip('plan', 'an earlier step failed', name);
      else await this.plan(name, { chart: chart.named }, environment);
    }
  }

  private deployInputs(what: Readonly<Record<string, string>>, environment: EnvironmentConfig) {
    const { common, repository, deploy } = this.inputs;
    return { ...common, ...repository, ...deploy, environment: environment.name, ...what };
  }

  private async plan(chart: string, what: Readonly<Record<string, string>>, environment: EnvironmentConfig) {
    if (!this.canReachCluster()) {
      this.steps.skip('plan', 'there is no kubeconfig, so what a deploy would change is not known', chart);
      return;
    }
    await this.steps.run({
      name: 'plan',
      chart,
      action: 'deploy-chart',
      inputs: { ...this.deployInputs(what, environment), 'github-deployment': 'false', 'dry-run': 'true' },
      say: ({ outputs }) => outputs['result'] ?? '',
    });
  }

  /** Somebody who gives none may still have logged in to a cluster before this step. */
  private canReachCluster(): boolean {
    const { environment } = this.services;
    const ambient = ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST'].some((name) => (environment[name] ?? '') !== '');
    return this.inputs.hasKubeconfig || ambient;
  }

  private async deploy(chart: string, what: Readonly<Record<string, string>>, environment: EnvironmentConfig) {
    await this.steps.run({
      name: 'deploy',
      chart,
      action: 'deploy-chart',
      inputs: this.deployInputs(what, environment),
      say: ({ outputs }) => `${outputs['result'] ?? ''}, revision ${outputs['revision'] ?? ''}`,
    });
  }
}

/** The whole way of the charts: as far as the mode goes, and until a step fails. */
export async function run(inputs: PipelineInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const situation = await readSituation(inputs, config, services);
  services.log.info(situation.reason);
  const chosen = await chooseCharts(inputs, config, services);
  const { charts, left } = await addUnpublished(chosen, inputs, situation, services);
  const names = (list: readonly PipelineChart[]) => list.map(({ found }) => found.path).join(', ');
  services.log.info(`Charts: ${names(charts)}${left.length === 0 ? '' : `; unchanged: ${names(left)}`}`);
  const pipeline = new Pipeline(inputs, services, config, situation);
  await pipeline.run(chosen, charts);
  const outcome = outcomeOf({ inputs, situation, steps: pipeline.steps.done, left }, services);
  return tellPullRequest(outcome, { inputs, situation, steps: pipeline.steps.done, left }, services);
}
