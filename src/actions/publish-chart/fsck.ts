import { readPackedChart } from '../../charts/pack.js';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import { publicationOutputs } from '../../core/publication.js';
import { levelOf, type FindingLevel } from '../../core/repository-findings.js';
import { openStore } from '../../stores/open-store.js';
import type { Repair } from '../../stores/upkeep.js';
import type { CheckedFinding, CheckedRepository } from './checked-repository.js';
import { summarizeCheck } from './fsck-summary.js';
import type { PublishInputs } from './inputs.js';
import { checkUsed, chooseCharts, planScopes, type Scope } from './scope.js';

interface Checked {
  readonly repository: CheckedRepository;
  readonly findings: readonly CheckedFinding[];
}

const STATES: Readonly<Record<Repair['state'], CheckedFinding['state']>> = {
  mended: 'mended',
  gone: 'gone',
  left: 'found',
};

async function checkRepository(
  inputs: PublishInputs,
  scope: Scope,
  services: Services,
  seen: { readonly used: Set<string>; readonly known: string[] },
): Promise<Checked> {
  const store = await openStore(scope.repository, inputs.access, services);
  const { upkeep } = store;
  const chosen = await chooseCharts(store, scope, inputs.charts, true);
  const listed = await upkeep.names();
  for (const item of chosen.used) seen.used.add(item);
  seen.known.push(...(listed ?? []));
  // Of all charts also what belongs to none is looked at.
  const names = inputs.charts.length === 0 && listed !== undefined ? undefined : chosen.names;
  const { findings, ...counts } = await upkeep.inspect({ names, readChart: readPackedChart });
  const mends = inputs.repair && !inputs.dryRun && findings.some(({ mend }) => mend !== undefined);
  const repairs = mends ? await upkeep.repair(findings, readPackedChart) : [];
  const states = new Map(repairs.map(({ finding, state }) => [finding, STATES[state]]));
  for (const finding of findings) services.log.info(`${levelOf(finding)}: ${finding.code}: ${finding.message}`);
  return {
    repository: { repository: store.url, environment: scope.environment, ...counts },
    findings: findings.map((finding) => ({
      ...finding,
      level: levelOf(finding),
      repository: store.url,
      state: states.get(finding) ?? 'found',
    })),
  };
}

/** Mode `fsck`: what is listed against what is there, byte for byte; with `repair` what can be mended is mended. */
export async function checkRepositories(inputs: PublishInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const seen = { used: new Set<string>(), known: [] as string[] };
  const checked: Checked[] = [];
  for (const scope of planScopes(inputs, config, services.context.refName)) {
    checked.push(await checkRepository(inputs, scope, services, seen));
  }
  checkUsed(inputs.charts, seen.used, seen.known);
  return outcomeOf(
    checked.map(({ repository }) => repository),
    checked.flatMap(({ findings }) => findings),
    inputs.repair,
  );
}

const ANNOTATION_LEVELS: Readonly<Record<FindingLevel, Annotation['level']>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
};

function outcomeOf(
  repositories: readonly CheckedRepository[],
  findings: readonly CheckedFinding[],
  repair: boolean,
): Outcome {
  const left = findings.filter(({ state }) => state === 'found');
  const errors = left.filter(({ level }) => level === 'error').length;
  const mended = findings.filter(({ state }) => state === 'mended').length;
  const result = errors > 0 ? 'broken' : mended > 0 ? 'repaired' : 'sound';
  const mendable = left.some(({ level, mend }) => level === 'error' && mend !== undefined);
  const hint = mendable && !repair ? ' With repair: true some of it can be mended.' : '';
  const failure = `${errors} thing${errors === 1 ? ' is' : 's are'} wrong with the chart repository.${hint}`;
  return {
    result,
    ok: errors === 0,
    ...(errors === 0 ? {} : { failure }),
    outputs: publicationOutputs([]),
    summary: summarizeCheck(result, repositories, findings),
    document: { repositories, findings },
    annotations: left
      .filter(({ level }) => level !== 'info')
      .map(({ level, code, message }) => ({ level: ANNOTATION_LEVELS[level], message: `${code}: ${message}` })),
  };
}
