import { describe, expect, it } from '@jest/globals';
import {
  countLevel,
  formatCells,
  formatFinding,
  groupFindings,
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
  const four: Cell = { environment: 'production', kubernetes: '1.35' };
  const all = [one, two, three, four];
  it.each<[readonly Cell[], readonly Cell[], string]>([
    [[], all, ''],
    [all, all, 'everywhere'],
    [[one], [one], ''],
    [[one], all, 'develop (1.35)'],
    [[one, two], all, 'develop'],
    [[one, two, three], all, 'develop, production (1.36)'],
    [[two, three], all, 'Kubernetes 1.36'],
    [[one, three], all, 'develop (1.35), production (1.36)'],
    [[one, two], [one, two], 'everywhere'],
    [[two], [one, two], 'develop (1.36)'],
  ])('%j of %j', (cells, of, text) => {
    expect(formatCells(cells, of)).toBe(text);
  });
});

describe('groupFindings', () => {
  const merge = (all: readonly Finding[]) =>
    groupFindings(mergeFindings(all.map((item, index) => ({ cell: index % 2 === 0 ? one : two, finding: item }))));

  it('puts together what is said of one place, with all objects, charts and cells', () => {
    const [group, ...more] = merge([
      finding({ resource: 'Pod/a' }),
      finding({ resource: 'Pod/b', chart: 'charts/api' }),
      finding({ resource: 'Pod/c' }),
    ]);
    expect(more).toEqual([]);
    expect(group).toMatchObject({ resources: ['Pod/a', 'Pod/b', 'Pod/c'], charts: ['charts/web', 'charts/api'] });
    expect(group?.cells).toEqual([one, two]);
  });

  it('keeps apart other places, other words, and objects whose lines are not known', () => {
    const file = { file: 'a.yaml' };
    expect(
      merge([
        finding(),
        finding({ place: { file: 'charts/web/templates/a.yaml', line: 4 } }),
        finding({ message: 'x' }),
        finding({ place: file, resource: 'Pod/a' }),
        finding({ place: file, resource: 'Pod/b' }),
      ]),
    ).toHaveLength(5);
  });
});

it('formatFinding says it in one line', () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ cell: one, finding: finding({ resource: `Pod/${name}` }) }));
  const [group] = groupFindings(mergeFindings(all));
  expect(formatFinding(group!, [one, two])).toBe(
    'charts/web/templates/a.yaml:3: error: unknown field spec.replica (Pod/a, Pod/b, Pod/c and 2 more; develop (1.35)) [unknown-field]',
  );
});
