/** What helm says on standard error although it goes on: it leaves something out that was meant. */
import type { HelmProblem } from './problem.js';

const PATTERNS: readonly (readonly [RegExp, (part: string, other: string) => Omit<HelmProblem, 'rule'>])[] = [
  [
    /warning: (?:cannot overwrite table with non table for|skipped value for|destination for) (\S+?)(?: \(map\[|: Not a table| is a table)/,
    (value) => ({
      values: value.split('.'),
      message: `value ${value}: it is a map in one file and none in another, and helm does not merge these`,
    }),
  ],
  [
    /Condition path '([^']+)' for chart (\S+) returned non-bool value/,
    (value, chart) => ({ values: value.split('.'), message: conditionMessage(value, chart) }),
  ],
  [
    /msg="returned non-bool value" path=(\S+) chart=(\S+)/,
    (value, chart) => ({ values: value.split('.'), message: conditionMessage(value, chart) }),
  ],
  [
    /ImportValues missing table(?: from chart)?\b/,
    () => ({ file: 'Chart.yaml', message: 'import-values names something that the dependency does not have' }),
  ],
];

function conditionMessage(value: string, chart: string): string {
  return `value ${value}: it is the condition of the dependency ${chart}, but neither true nor false`;
}

/** @returns each thing once, whatever the major. */
export function parseHelmWarnings(stderr: string): readonly HelmProblem[] {
  const problems = new Map<string, HelmProblem>();
  for (const line of stderr.split('\n')) {
    for (const [pattern, make] of PATTERNS) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const problem: HelmProblem = { rule: 'values-type', ...make(match[1] ?? '', match[2] ?? '') };
      problems.set(problem.message, problem);
    }
  }
  return [...problems.values()];
}
