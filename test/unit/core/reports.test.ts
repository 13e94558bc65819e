import { describe, expect, it } from '@jest/globals';
import type { MergedFinding } from '../../../src/core/findings.js';
import { toJunit } from '../../../src/core/junit.js';
import { toSarif } from '../../../src/core/sarif.js';

const cell = { environment: 'develop', kubernetes: '1.36' };
const error: MergedFinding = {
  level: 'error',
  rule: 'wrong-type',
  message: 'spec.a is <text> & "more"',
  place: { file: 'charts/a b/ü.yaml', line: 3, column: 5 },
  chart: 'charts/a b',
  resource: 'Pod/x',
  cells: [cell],
};
const warning: MergedFinding = {
  ...error,
  level: 'warning',
  rule: 'lint',
  message: 'odd\u0000',
  place: { file: 'c' },
  cells: [],
};

describe('toSarif', () => {
  const sarif = toSarif([error, warning], {
    version: '1.2.3',
    root: 'sub',
    cells: new Map([['charts/a b', [cell, { ...cell, kubernetes: '1.37' }]]]),
  });
  const [run] = sarif['runs'] as {
    tool: { driver: { rules: { id: string }[] } };
    results: Record<string, unknown>[];
  }[];

  it('names every rule once, and each result by its index', () => {
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(['lint', 'wrong-type']);
    expect(run?.results.map((result) => [result['ruleId'], result['ruleIndex'], result['level']])).toEqual([
      ['wrong-type', 1, 'error'],
      ['lint', 0, 'warning'],
    ]);
  });

  it('has URIs relative to the repository, and a region only with a line', () => {
    expect(run?.results.map((result) => result['locations'])).toEqual([
      [
        {
          physicalLocation: {
            artifactLocation: { uri: 'sub/charts/a%20b/%C3%BC.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 5 },
          },
        },
      ],
      [{ physicalLocation: { artifactLocation: { uri: 'sub/c', uriBaseId: '%SRCROOT%' } } }],
    ]);
  });

  it('says where, and has a fingerprint that does not move with the line', () => {
    expect(run?.results[0]?.['message']).toEqual({ text: 'Pod/x: spec.a is <text> & "more". In develop (1.36).' });
    const moved = toSarif([{ ...error, place: { ...error.place, line: 9 } }], {
      version: '1',
      root: '',
      cells: new Map(),
    });
    const [other] = (moved['runs'] as (typeof run)[])[0]!.results;
    expect((other!['partialFingerprints'] as Record<string, string>)['helmCd/v1']).toBe(
      (run!.results[0]!['partialFingerprints'] as Record<string, string>)['helmCd/v1'],
    );
  });
});

describe('toJunit', () => {
  it('has a case for each render and one for the chart itself', () => {
    const other = { environment: 'production', kubernetes: '1.36' };
    const xml = toJunit([{ name: 'a', path: 'charts/a b', cells: [cell, other], findings: [error, warning] }]);
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="helm-cd validate-chart" tests="3" failures="1" errors="0">
  <testsuite name="a" tests="3" failures="1" errors="0">
    <testcase classname="charts/a b" name="the chart itself">
      <system-out>warning: c: Pod/x: odd\ufffd [lint]</system-out>
    </testcase>
    <testcase classname="charts/a b" name="develop on Kubernetes 1.36">
      <failure message="1 error" type="validation">charts/a b/ü.yaml:3:5: Pod/x: spec.a is &lt;text&gt; &amp; "more" [wrong-type]</failure>
    </testcase>
    <testcase classname="charts/a b" name="production on Kubernetes 1.36"/>
  </testsuite>
</testsuites>
`);
  });
});
