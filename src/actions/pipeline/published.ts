/** The charts of a run, and what became of each: the output `charts`. */
import { record } from '../../core/release-manifest.js';
import type { Step } from './steps.js';

/** A chart as publish-chart's output `charts` tells of it. */
export interface PublishedEntry {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly url: string;
  readonly package: string;
  readonly result: 'published' | 'already-published' | 'conflict';
  readonly repository: string;
  readonly environment: string;
}

function parseList(text: string | undefined): readonly Readonly<Record<string, unknown>>[] {
  try {
    const list: unknown = JSON.parse(text ?? '');
    return Array.isArray(list) ? list.map(record) : [];
  } catch {
    return [];
  }
}

/** What a publish step says of the charts. */
export function publishedEntries(step: Pick<Step, 'outputs'>): readonly PublishedEntry[] {
  return parseList(step.outputs['charts']) as unknown as readonly PublishedEntry[];
}

/** Name, version and path of each chart that a validation looked at. */
export function validatedEntries(step: Pick<Step, 'outputs'>): readonly Readonly<Record<string, unknown>>[] {
  return parseList(step.outputs['charts']);
}

const numberOf = (text: string | undefined) => (text === undefined || text === '' ? undefined : Number(text));

/** What a deploy or a plan found out, for the output `charts`. */
export function deployEntry({ outputs, result }: Step): Readonly<Record<string, unknown>> {
  return {
    result,
    revision: numberOf(outputs['revision']),
    'previous-revision': numberOf(outputs['previous-revision']),
    'failed-phase': outputs['failed-phase'] ?? '',
    'plan-digest': outputs['plan-digest'] ?? '',
    'diff-file': outputs['diff-file'] ?? '',
    'evidence-file': outputs['evidence-file'] ?? '',
    tests: parseList(outputs['tests']).map(({ name, phase, seconds }) => ({ name, phase, seconds })),
  };
}

/**
 * All that is known of each chart.
 * @returns what publish-chart says of it (else what validate-chart says), with `deploy` where it was deployed or planned.
 */
export function chartEntries(steps: readonly Step[]): readonly Readonly<Record<string, unknown>>[] {
  const ofStep = (name: Step['name']) => steps.find((step) => step.name === name);
  const published = ofStep('publish');
  const entries: readonly Readonly<Record<string, unknown>>[] =
    published !== undefined && published.outputs['charts'] !== undefined
      ? publishedEntries(published).map((entry) => ({ ...entry }))
      : validatedEntries(ofStep('validate') ?? { outputs: {} });
  return entries.map((entry) => {
    const deploy = steps.find(({ name, chart }) => (name === 'deploy' || name === 'plan') && chart === entry['name']);
    return deploy === undefined || deploy.state === 'skipped' ? entry : { ...entry, deploy: deployEntry(deploy) };
  });
}
