import { loadConfig } from '../../config/load.js';
import type { Config } from '../../config/types.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { publicationOutputs } from '../../core/publication.js';
import { hasLimit, planRetention, type RetentionPolicy, type RetentionVerdict } from '../../core/retention.js';
import { openStore } from '../../stores/open-store.js';
import type { ChartStore } from '../../stores/store.js';
import type { Holding } from '../../stores/upkeep.js';
import type { PublishInputs } from './inputs.js';
import { summarizePruning } from './prune-summary.js';
import type { PrunedVersion } from './pruned-version.js';
import { checkUsed, chooseCharts, planScopes, type Scope } from './scope.js';

/** A repository and what is to become of its versions. */
interface Plan {
  readonly scope: Scope;
  readonly store: ChartStore;
  readonly verdicts: readonly RetentionVerdict<Holding>[];
}

/** What helm-cd.yaml says, the inputs laid over it; both keep what either names. */
function policyFor(inputs: PublishInputs, scope: Scope, chart: string): RetentionPolicy {
  const own = scope.retentionOf(chart);
  return { ...own, ...inputs.retention, keep: [...own.keep, ...inputs.retention.keep] };
}

/** @throws HelmCdError `refused` when another environment lives in the same repository and wants other versions kept. */
function checkShared(inputs: PublishInputs, config: Config | undefined, { repository, environment }: Scope): void {
  if (hasLimit(inputs.retention)) return;
  const own = config?.environments.find(({ name }) => name === environment);
  const other = config?.environments.find(
    (candidate) =>
      candidate !== own &&
      candidate.repository === repository &&
      textOf(candidate.retention) !== textOf(own?.retention),
  );
  if (other === undefined) return;
  throw new HelmCdError(
    'refused',
    `The environments ${environment} and ${other.name} share the chart repository ${repository}, but not their retention.`,
    { hint: 'Write the same retention for both, or give the limits as inputs.' },
  );
}

/** With the rules as they were written. */
function textOf(policy: RetentionPolicy | undefined): string {
  const { keep = [], ...limits } = policy ?? {};
  return JSON.stringify([Object.entries(limits).sort(), keep.map(({ text }) => text)]);
}

function checkLimits(policies: readonly RetentionPolicy[]): void {
  if (policies.some(hasLimit)) return;
  throw new HelmCdError('input', 'Nothing says which versions may go.', {
    hint: 'Give keep-count, keep-prereleases or keep-age, or write retention: for the environment in helm-cd.yaml.',
  });
}

async function planRepository(
  inputs: PublishInputs,
  scope: Scope,
  store: ChartStore,
  names: readonly string[],
  now: number,
): Promise<Plan> {
  const holdings = await store.upkeep.holdings(names);
  const verdicts = names.flatMap((name) =>
    planRetention(
      holdings.filter((holding) => holding.name === name),
      policyFor(inputs, scope, name),
      now,
    ),
  );
  return { scope, store, verdicts };
}

const goes = ({ keptBecause }: RetentionVerdict<Holding>) => keptBecause === undefined;

/** Exact versions in `keep` which are nowhere: a slip of the pen there would cost a version. */
function unusedRules(inputs: PublishInputs, plans: readonly Plan[]): readonly string[] {
  const rules = new Map<string, (name: string, version: string) => boolean>();
  for (const { scope, verdicts } of plans) {
    for (const name of new Set(verdicts.map(({ candidate }) => candidate.name))) {
      for (const rule of policyFor(inputs, scope, name).keep) rules.set(rule.text, (a, b) => rule.accepts(a, b));
    }
  }
  const all = plans.flatMap(({ verdicts }) => verdicts.map(({ candidate }) => candidate));
  return [...rules]
    .filter(([, accepts]) => !all.some(({ name, version }) => accepts(name, version)))
    .map(([text]) => `keep names "${text}", but there is no such version.`);
}

/** From so many versions on it is odd when next to none stays. */
const MANY = 10;
const FEW = 2;

/** Charts of which next to nothing would be left: that may be meant, or a limit that was mistyped. */
function almostNothingLeft({ verdicts }: Plan): readonly string[] {
  const names = new Set(verdicts.map(({ candidate }) => candidate.name));
  return [...names].flatMap((name) => {
    const mine = verdicts.filter(({ candidate }) => candidate.name === name);
    const stays = mine.filter((verdict) => !goes(verdict)).length;
    return mine.length < MANY || stays > FEW ? [] : [`Of ${mine.length} versions of ${name} only ${stays} stay.`];
  });
}

/** Mode `prune`: removes versions that are beyond their retention. */
export async function pruneRepositories(inputs: PublishInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const scopes = planScopes(inputs, config, services.context.refName);
  const plans: Plan[] = [];
  const used = new Set<string>();
  const known: string[] = [];
  for (const scope of scopes) {
    checkLimits([inputs.retention, ...['', ...scope.configured].map((name) => scope.retentionOf(name))]);
    checkShared(inputs, config, scope);
    const store = await openStore(scope.repository, inputs.access, services);
    const chosen = await chooseCharts(store, scope, inputs.charts, false);
    for (const item of chosen.used) used.add(item);
    known.push(...((await store.upkeep.names()) ?? []));
    plans.push(await planRepository(inputs, scope, store, chosen.names, services.clock.now()));
  }
  checkUsed(inputs.charts, used, known);
  const warnings = [...unusedRules(inputs, plans), ...plans.flatMap(almostNothingLeft)];

  const versions: PrunedVersion[] = [];
  for (const plan of plans) {
    versions.push(...(await carryOut(plan, inputs.dryRun, services)));
    warnings.push(...(plan.store.warnings ?? []));
  }
  return outcomeOf(versions, warnings, inputs.dryRun);
}

/** What becomes of a version that is beyond its retention. */
interface Fate {
  readonly state: PrunedVersion['result'];
  readonly reason?: string;
}

const reasonOf = (fate: Fate | undefined) =>
  fate?.reason ?? (fate?.state === 'changed' ? 'It is not what was planned any more.' : undefined);

async function carryOut(
  { scope, store, verdicts }: Plan,
  dryRun: boolean,
  { log }: Pick<Services, 'log'>,
): Promise<readonly PrunedVersion[]> {
  const going = verdicts.filter(goes).map(({ candidate }) => candidate);
  log.info(`${store.url}: ${going.length} of ${verdicts.length} versions are beyond their retention`);
  const lines = verdicts
    .filter(goes)
    .map(({ candidate, reason }) => `${candidate.name} ${candidate.version}: ${reason}`);
  if (lines.length > 0) log.group(dryRun ? 'What would go' : 'What goes', lines.join('\n'));
  const removals = dryRun || going.length === 0 ? [] : await store.upkeep.remove(going);
  const states = new Map(
    going.map((candidate, index): [Holding, Fate] => [candidate, removals[index] ?? { state: 'planned' }]),
  );
  return verdicts.map(({ candidate, reason }): PrunedVersion => ({
    name: candidate.name,
    version: candidate.version,
    repository: store.url,
    environment: scope.environment,
    digest: candidate.digest ?? '',
    url: candidate.url,
    created: candidate.created ?? '',
    sizeBytes: candidate.sizeBytes,
    listed: candidate.listed,
    result: states.get(candidate)?.state ?? 'kept',
    reason: reasonOf(states.get(candidate)) ?? reason,
  }));
}

function outcomeOf(versions: readonly PrunedVersion[], warnings: readonly string[], dryRun: boolean): Outcome {
  const planned = versions.filter(({ result }) => result === 'planned');
  const removed = versions.filter(({ result }) => result === 'removed');
  const result = planned.length > 0 ? 'planned' : removed.length > 0 ? 'pruned' : 'unchanged';
  const freed = (dryRun ? planned : removed).reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  const left = versions.filter((version) => version.result === 'changed');
  const changed = left.map(({ name, version, reason }) => `${name} ${version} was left alone: ${reason}`);
  const told = [...warnings, ...changed];
  const going = versions.filter((version) => version.result !== 'kept');
  const charts = going.map(({ name, version, digest, url, repository, environment, result: state }) => ({
    ...{ name, version, digest, url, repository, environment },
    result: state,
  }));
  return {
    result,
    ok: true,
    outputs: { ...publicationOutputs([]), charts: JSON.stringify(charts.slice(0, MOST_IN_OUTPUT)) },
    summary: summarizePruning(result, versions, freed, told),
    document: { dryRun, freedBytes: freed, versions, warnings: told },
    annotations: told.map((message): Annotation => ({ level: 'warning', message })),
  };
}

/** An output holds at most 1 MiB; the result file has all. */
const MOST_IN_OUTPUT = 1000;
