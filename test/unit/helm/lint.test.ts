import { describe, expect, it } from '@jest/globals';
import { parseLint } from '../../../src/helm/lint.js';

const HELM_4 = `==> Linting /w/c
[INFO] Chart.yaml: icon is recommended
[WARNING] templates/a.yaml: object name does not conform to Kubernetes naming requirements: "Hunter_2": metadata.name: Invalid value: "Hunter_2": a lowercase RFC 1123 subdomain must consist of …
[ERROR] templates/: c/templates/bad.yaml:7:15
  executing "c/templates/bad.yaml" at <.Values.image.foo.bar>:
    nil pointer evaluating interface {}.bar
[ERROR] crds/x.yaml: apiVersion is not in 'apiextensions.k8s.io'

1 chart(s) linted, 1 chart(s) failed
`;

const HELM_3 = `==> Linting /w/c
[INFO] Chart.yaml: icon is recommended
[ERROR] templates/: template: c/templates/bad.yaml:7:15: executing "c/templates/bad.yaml" at <.Values.image.foo.bar>: nil pointer evaluating interface {}.bar

1 chart(s) linted, 1 chart(s) failed
`;

describe('parseLint', () => {
  it("reads helm 4's messages, those on several lines too", () => {
    expect(parseLint(HELM_4, '/w/c').map(({ level, path, problem }) => [level, path, problem.message])).toEqual([
      ['info', 'Chart.yaml', 'icon is recommended'],
      ['warning', 'templates/a.yaml', 'object name does not conform to Kubernetes naming requirements'],
      ['error', 'templates/', 'nil pointer evaluating interface {}.bar (at .Values.image.foo.bar)'],
      ['error', 'crds/x.yaml', "apiVersion is not in 'apiextensions.k8s.io'"],
    ]);
  });

  it("reads helm 3's messages", () => {
    const [, problem] = parseLint(HELM_3, '/w/c');
    expect(problem).toEqual({
      level: 'error',
      path: 'templates/',
      problem: {
        rule: 'template-error',
        source: 'c/templates/bad.yaml',
        line: 7,
        column: 16,
        message: 'nil pointer evaluating interface {}.bar (at .Values.image.foo.bar)',
      },
    });
  });

  it('takes values that break the schema one by one', () => {
    const text =
      "==> Linting d\n[ERROR] values.yaml: - at '': missing property 'foo'\n- at '/y': value must be one of 'a', 'b'\n\n[ERROR] templates/: values don't meet the specifications of the schema(s) in the following chart(s):\nd:\n- at '': missing property 'foo'\n- at '/y': value must be one of 'a', 'b'\n\n\n1 chart(s) linted, 1 chart(s) failed\n";
    expect(parseLint(text, 'd').map(({ path, problem }) => [path, problem.rule, problem.message])).toEqual([
      ['values.yaml', 'values-schema', "the values: missing property 'foo'"],
      ['values.yaml', 'values-schema', "value y: value must be one of 'a', 'b'"],
      ['templates/', 'values-schema', "the values: missing property 'foo'"],
      ['templates/', 'values-schema', "value y: value must be one of 'a', 'b'"],
    ]);
  });

  it('knows messages about the chart as a whole, and of a chart that cannot be loaded', () => {
    const text =
      '==> Linting /w/c\n[ERROR] /w/c: chart metadata is missing these dependencies: common\n[WARNING] : odd\nError unable to check Chart.yaml file in chart: stat /w/c/Chart.yaml: no such file or directory\n\n1 chart(s) linted, 1 chart(s) failed\n';
    expect(parseLint(text, '/w/c').map(({ level, path, problem }) => [level, path, problem.message])).toEqual([
      ['error', '', 'chart metadata is missing these dependencies: common'],
      ['warning', '', 'odd'],
      ['error', '', 'unable to check Chart.yaml file in chart: stat /w/c/Chart.yaml: no such file or directory'],
    ]);
  });

  it('finds nothing in a clean lint', () => {
    expect(parseLint('==> Linting c\n\n1 chart(s) linted, 0 chart(s) failed\n', 'c')).toEqual([]);
  });
});
