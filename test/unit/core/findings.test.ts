import { describe, expect, it } from '@jest/globals';
import {
  countLevel,
  formatCells,
  formatFinding,
  mergeFindings,
  type Cell,
  type Finding,
} from '../../../src/core/findings.js';

const one: Cell = { environment: 'develop', kubernetes: '1.35' };
const two: Cell = { environment: 'develop', kubernetes: '1.36' };
const three: Cell = { environment: 'production', kubernetes: '1.36' };
const finding = (more: Partial<Finding> = {}): Finding => ({
  level: 'error',
  rule: 'unknown-field',
  message: 'unknown field spec.replica',
  place: { file: 'charts/web/templates/a.yaml', line: 3 },
  chart: 'charts/web',
  ...more,
});

describe('mergeFindings', () => {
  it('keeps each thing once, with its cells', () => {
    const merged = mergeFindings([
      { cell: one, finding: finding() },
      { cell: two, finding: finding() },
      { cell: two, finding: finding() },
      { cell: three, finding: finding({ message: 'other' }) },
    ]);
    expect(merged.map(({ message, cells }) => [message, cells])).toEqual([
      ['other', [three]],
      ['unknown field spec.replica', [one, two]],
    ]);
  });

  it('tells apart what is at another place, of another object or louder', () => {
    const all = [
      finding(),
      finding({ place: { file: 'b' } }),
      finding({ resource: 'Pod/a' }),
      finding({ level: 'warning' }),
    ];
    expect(mergeFindings(all.map((item) => ({ cell: one, finding: item })))).toHaveLength(4);
  });

  it('orders by file, errors first, then line', () => {
    const at = (file: string, line: number, level: Finding['level'] = 'error') =>
      finding({ place: { file, line }, level });
    const all = [at('b', 1), at('a', 9), at('a', 1, 'warning'), at('a', 2)];
    const merged = mergeFindings(all.map((item) => ({ cell: undefined, finding: item })));
    expect(merged.map(({ place, level }) => `${place.file}${place.line} ${level}`)).toEqual([
      'a2 error',
      'a9 error',
      'a1 warning',
      'b1 error',
    ]);
    expect(merged[0]?.cells).toEqual([]);
    expect(countLevel(merged, 'error')).toBe(3);
  });
});

describe('formatCells', () => {
  it.each<[readonly Cell[], number, string]>([
    [[], 3, ''],
    [[one, two, three], 3, 'everywhere'],
    [[one], 1, 'develop (1.35)'],
    [[one, two], 3, 'develop (1.35, 1.36)'],
    [[one, three], 3, 'develop (1.35), production (1.36)'],
  ])('%j of %d', (cells, all, text) => {
    expect(formatCells(cells, all)).toBe(text);
  });
});

it('formatFinding says it in one line', () => {
  const [merged] = mergeFindings([{ cell: one, finding: finding({ resource: 'Pod/a' }) }]);
  expect(formatFinding(merged!, 2)).toBe(
    'charts/web/templates/a.yaml:3: error: Pod/a: unknown field spec.replica [unknown-field] (develop (1.35))',
  );
});
