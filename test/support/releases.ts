/** Release revisions for tests of the pure core. */
import type { ReleaseHook, Revision } from '../../src/core/release.js';
import { LABELS, outcomeLabel, type Outcome } from '../../src/core/release-outcome.js';

export interface RevisionSketch extends Partial<Omit<Revision, 'hooks' | 'labels'>> {
  readonly revision: number;
  /** Stands for the whole rendered content. */
  readonly content?: string;
  /** Phase of the only test's last run. */
  readonly test?: ReleaseHook['lastRun']['phase'];
  readonly outcome?: Outcome;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hooks?: readonly ReleaseHook[];
}

export function hook(sketch: Partial<ReleaseHook> = {}): ReleaseHook {
  return {
    name: 'app-test',
    kind: 'Pod',
    path: 'app/templates/tests/test.yaml',
    manifest: 'kind: Pod',
    events: ['test'],
    weight: 0,
    lastRun: { phase: '', startedAt: '', completedAt: '' },
    ...sketch,
  };
}

export function revision({ content, test, outcome, labels, hooks, ...sketch }: RevisionSketch): Revision {
  const own = outcome === undefined ? {} : { [LABELS.outcome]: outcomeLabel(sketch.revision, outcome) };
  return {
    chartName: 'app',
    chartVersion: '1.0.0',
    appVersion: '',
    config: {},
    manifest: `kind: ConfigMap\nmetadata: { name: ${content ?? `content-${sketch.revision}`} }\n`,
    hooks: hooks ?? (test === undefined ? [] : [hook({ lastRun: { phase: test, startedAt: '', completedAt: '' } })]),
    status: 'superseded',
    description: '',
    deployedAt: '',
    rollbackRevision: 0,
    applyMethod: '',
    labels: { ...own, ...labels },
    ...sketch,
  };
}
