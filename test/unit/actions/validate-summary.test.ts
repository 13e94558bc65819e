/** What people read: the summary of a job, and annotations. */
import { describe, expect, it } from '@jest/globals';
import { annotationsOf } from '../../../src/actions/validate-chart/annotations.js';
import { summarize } from '../../../src/actions/validate-chart/summary.js';
import type { MergedFinding } from '../../../src/core/findings.js';
import type { ChartReport } from '../../../src/validation/check-chart.js';

const cell = (environment: string, kubernetes: string) => ({
  environment,
  kubernetes,
  errors: 0,
  warnings: 0,
  objects: 4,
  notValidated: [],
});
const finding = (more: Partial<MergedFinding> = {}): MergedFinding => ({
  level: 'error',
  rule: 'unknown-field',
  message: 'unknown field spec.replica',
  place: { file: 'charts/web/templates/a.yaml', line: 3 },
  chart: 'charts/web',
  resource: 'Deployment/web',
  cells: [],
  ...more,
});
const chart = (name: string, more: Partial<ChartReport> = {}): ChartReport => ({
  chart: { location: `/w/charts/${name}`, path: `charts/${name}`, kind: 'folder' },
  name,
  version: '1.0.0',
  library: false,
  cells: [cell('production', '1.36')],
  findings: [],
  notes: [],
  rulesSkipped: [],
  placeholders: new Map(),
  renders: 1,
  checked: 1,
  ...more,
});
const summary = (...charts: readonly ChartReport[]) => summarize({ charts, helm: '4.3.1', notes: [] });

describe('the summary', () => {
  it('of one render has no table', () => {
    expect(summary(chart('web'))).toBe(`### ✅ Valid

**web** 1.0.0 (\`charts/web\`): ✅ production on Kubernetes 1.36, 4 objects.

Checked with helm 4.3.1.`);
  });

  it('of one chart is a table of environments and versions', () => {
    const cells = [
      { ...cell('develop', '1.9'), errors: 2, warnings: 3 },
      { ...cell('develop', '1.10'), warnings: 1, objects: 6 },
      cell('production', '1.10'),
    ];
    expect(
      summary(chart('web', { cells, findings: [finding({ level: 'warning', resource: undefined as never })] })),
    ).toBe(
      `### ✅ Valid, with 1 warning

**web** 1.0.0 (\`charts/web\`)

| environment | Kubernetes 1.9 | Kubernetes 1.10 | rendered |
| --- | --- | --- | --- |
| develop | ❌ 2 | ⚠️ 1 | 4 to 6 objects |
| production | – | ✅ | 4 objects |

#### Findings

**\`charts/web/templates/a.yaml\`**

- ⚠️ line 3: unknown field spec.replica \`unknown-field\`

1 chart for 2 environments on Kubernetes 1.9, 1.10: 3 combinations checked with helm 4.3.1.`,
    );
  });

  it('of many charts has a row for those with findings only', () => {
    const cells = [
      { ...cell('develop', '1.35'), errors: 1 },
      { ...cell('develop', '1.36'), errors: 1 },
      { ...cell('production', '1.35'), errors: 1 },
      cell('production', '1.36'),
    ];
    const text = summary(
      chart('web', { cells, findings: [finding({ cells: cells.slice(0, 3) })] }),
      chart('api'),
      chart('lib', { library: true, cells: [] }),
      chart('broken', { cells: [], findings: [finding({ rule: 'chart', chart: 'charts/broken' })] }),
    );
    expect(text).toContain('### ❌ 2 errors in 2 of 4 charts');
    expect(text).toContain(`| chart | develop | production |
| --- | --- | --- |
| **web** 1.0.0 (\`charts/web\`) | ❌ 1 | ❌ 1 (1.35)<br>✅ (1.36) |
| **broken** 1.0.0 (\`charts/broken\`) | ❌ not rendered |  |

✅ nothing to say of 2 charts: api, lib.`);
    expect(text).toContain('(`Deployment/web`; develop, production (1.35))');
  });

  it('links files and lines, and puts files with errors first', () => {
    const findings = [finding({ level: 'warning', place: { file: 'a' } }), finding({ place: { file: 'b', line: 2 } })];
    const text = summarize(
      { charts: [chart('web', { findings })], helm: '4', notes: [] },
      (file, line) => `u/${file}#${line ?? ''}`,
    );
    expect(text.indexOf('[**`b`**](u/b#)')).toBeLessThan(text.indexOf('[**`a`**](u/a#)'));
    expect(text).toContain('[line 2](u/b#2): ');
  });

  it('shows no markup of others', () => {
    const odd = finding({ message: '<b>*x*</b> | [a](b) @team', resource: 'Pod/`x`|', hint: '<script>' });
    const text = summary(chart('<i>', { version: '*', findings: [odd] }));
    expect(text).toContain('&lt;b&gt;\\*x\\*&lt;/b&gt; \\| \\[a\\](b) @\u200bteam');
    expect(text.replace(/`[^`]*`/g, '')).not.toMatch(/<script>|<i>|<b>/);
  });

  it('stays below what GitHub shows, with what is not validated in it, and says what it leaves out', () => {
    const charts = Array.from({ length: 100 }, (_, index) =>
      chart(`c${index}`, {
        findings: Array.from({ length: 500 }, (__, at) =>
          finding({
            place: { file: `charts/c${index}/f${at % 50}.yaml`, line: at },
            message: `${at} ${'x'.repeat(300)}`,
          }),
        ),
        rulesSkipped: ['example.com/v1 Widget'],
      }),
    );
    const text = summary(...charts);
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(text).toMatch(/… and \d+ more in the result file\./);
    expect(text).toContain('Most often: `unknown-field` 50000.');
    expect(text).toContain('Not validated: 100');
    expect(text.match(/<details/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? -1);
  });
});

describe('annotations', () => {
  it('are one for a place and what is said there', () => {
    const cells = [cell('develop', '1.36'), cell('production', '1.36')];
    const findings = [
      finding({ resource: 'Pod/a', cells: [cells[0]!], hint: 'Do this.' }),
      finding({ resource: 'Pod/b', cells: [cells[0]!], hint: 'Do this.' }),
    ];
    expect(annotationsOf([chart('web', { cells, findings })])).toEqual({
      shown: [
        {
          level: 'error',
          message: 'unknown field spec.replica (Pod/a, Pod/b; develop). Do this.',
          place: { file: 'charts/web/templates/a.yaml', line: 3 },
        },
      ],
      left: { error: 0, warning: 0 },
    });
  });

  it('of a file that charts share name the charts', () => {
    const shared = (name: string) => chart(name, { findings: [finding({ chart: `charts/${name}` })] });
    expect(annotationsOf([shared('web'), shared('api')]).shown.map(({ message }) => message)).toEqual([
      'unknown field spec.replica (Deployment/web; in charts/web, charts/api)',
    ]);
  });

  it("are at most ten of a level with the step's own, of all charts and files in turn, and short", () => {
    const of = (name: string, level: MergedFinding['level']) =>
      Array.from({ length: 50 }, (_, index) =>
        finding({
          level,
          chart: `charts/${name}`,
          place: { file: `${name}/${index % 2}`, line: index },
          message: 'x'.repeat(3000),
        }),
      );
    const { shown, left } = annotationsOf(
      ['a', 'b'].map((name) => chart(name, { findings: [...of(name, 'error'), ...of(name, 'warning')] })),
    );
    expect(left).toEqual({ error: 91, warning: 90 });
    expect(shown.filter(({ level }) => level === 'error').map(({ place }) => place?.file)).toEqual([
      'a/0',
      'b/0',
      'a/1',
      'b/1',
      'a/0',
      'b/0',
      'a/1',
      'b/1',
      'a/0',
    ]);
    expect(shown.filter(({ level }) => level === 'warning')).toHaveLength(10);
    expect(Math.max(...shown.map(({ message }) => message.length))).toBe(501);
  });
});
