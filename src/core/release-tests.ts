/** The results of `helm test`. */
import { isTest, type ReleaseHook } from './release.js';

export interface TestResult {
  readonly name: string;
  readonly kind: string;
  /** `Skipped`: an earlier test failed, and helm stopped there. */
  readonly phase: 'Succeeded' | 'Failed' | 'Running' | 'Skipped';
  readonly seconds: number;
  /** The last lines of its log. */
  readonly log: string;
}

function secondsBetween(start: string, end: string): number {
  const milliseconds = Date.parse(end) - Date.parse(start);
  return Number.isFinite(milliseconds) && milliseconds > 0 ? Math.round(milliseconds / 100) / 10 : 0;
}

/** In the order in which helm runs them: by weight, then by kind's and name's order in the record. */
export function testHooks(hooks: readonly ReleaseHook[]): readonly ReleaseHook[] {
  return hooks
    .filter(isTest)
    .map((hook, index) => ({ hook, index }))
    .sort(
      (a, b) =>
        a.hook.weight - b.hook.weight ||
        (a.hook.name < b.hook.name ? -1 : a.hook.name > b.hook.name ? 1 : a.index - b.index),
    )
    .map(({ hook }) => hook);
}

/**
 * Results from the release record after `helm test`.
 * @param startedAt milliseconds; a run recorded before is that of an earlier revision, copied by a rollback.
 * @param logs by the test's name.
 */
export function testResults(
  hooks: readonly ReleaseHook[],
  startedAt: number,
  logs: ReadonlyMap<string, string>,
): readonly TestResult[] {
  return testHooks(hooks).map(({ name, kind, lastRun }) => {
    // The record's clock is helm's, which is ours; a second's grace is for its rounding.
    const ran = Date.parse(lastRun.startedAt) >= startedAt - 1000;
    const known = lastRun.phase === 'Succeeded' || lastRun.phase === 'Failed' || lastRun.phase === 'Running';
    return {
      name,
      kind,
      phase: ran && known ? lastRun.phase : 'Skipped',
      seconds: ran ? secondsBetween(lastRun.startedAt, lastRun.completedAt) : 0,
      log: logs.get(name) ?? '',
    };
  });
}
