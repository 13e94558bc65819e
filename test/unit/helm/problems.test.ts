import { describe, expect, it } from '@jest/globals';
import { parseHelmError, withoutValues, type HelmProblem } from '../../../src/helm/problems.js';

const DEBUG_HINT = '\n\nUse --debug flag to render out invalid YAML\n';

describe('messages of the template engine', () => {
  it.each<[string, string, HelmProblem]>([
    [
      'helm 4, one step',
      'Error: c/templates/bad.yaml:7:15\n  executing "c/templates/bad.yaml" at <.Values.image.foo.bar>:\n    nil pointer evaluating interface {}.bar',
      {
        rule: 'template-error',
        source: 'c/templates/bad.yaml',
        line: 7,
        column: 16,
        message: 'nil pointer evaluating interface {}.bar (at .Values.image.foo.bar)',
      },
    ],
    [
      'helm 3, one step',
      'Error: template: c/templates/bad.yaml:7:15: executing "c/templates/bad.yaml" at <.Values.image.foo.bar>: nil pointer evaluating interface {}.bar',
      {
        rule: 'template-error',
        source: 'c/templates/bad.yaml',
        line: 7,
        column: 16,
        message: 'nil pointer evaluating interface {}.bar (at .Values.image.foo.bar)',
      },
    ],
    [
      'helm 4, the innermost of three steps',
      'Error: d/templates/a.yaml:1:6\n  executing "d/templates/a.yaml" at <include "h.outer" .Values>:\n    error calling include:\nd/templates/_h.tpl:5:3\n  executing "h.outer" at <include "h.inner" .>:\n    error calling include:\nd/templates/_h.tpl:2:7\n  executing "h.inner" at <.foo.bar.baz>:\n    nil pointer evaluating interface {}.bar',
      {
        rule: 'template-error',
        source: 'd/templates/_h.tpl',
        line: 2,
        column: 8,
        message: 'nil pointer evaluating interface {}.bar (at .foo.bar.baz)',
      },
    ],
    [
      'helm 3, the innermost of three steps',
      'Error: template: d/templates/a.yaml:1:6: executing "d/templates/a.yaml" at <include "h.outer" .Values>: error calling include: template: d/charts/sub/templates/_h.tpl:5:3: executing "h.outer" at <include "h.inner" .>: error calling include: template: d/charts/sub/templates/_h.tpl:2:7: executing "h.inner" at <.foo.bar.baz>: nil pointer evaluating interface {}.bar',
      {
        rule: 'template-error',
        source: 'd/charts/sub/templates/_h.tpl',
        line: 2,
        column: 8,
        message: 'nil pointer evaluating interface {}.bar (at .foo.bar.baz)',
      },
    ],
    [
      'required, either major',
      'Error: execution error at (c/templates/bad.yaml:6:8): need a',
      { rule: 'template-error', source: 'c/templates/bad.yaml', line: 6, column: 9, stopped: true, message: 'need a' },
    ],
    [
      'a syntax error, either major',
      'Error: parse error at (d/templates/a.yaml:2): function "nope" not defined',
      { rule: 'template-syntax', source: 'd/templates/a.yaml', line: 2, message: 'function "nope" not defined' },
    ],
    [
      'an unknown template, helm 4',
      'Error: c/templates/bad.yaml:4:11\n  executing "c/templates/bad.yaml" at <include "nope" .>:\n    error calling include:\ntemplate: no template "nope" associated with template "gotpl"',
      {
        rule: 'template-error',
        source: 'c/templates/bad.yaml',
        line: 4,
        column: 12,
        message: 'no template "nope" is defined (at include "nope" .)',
      },
    ],
    [
      'an unknown template, helm 3',
      'Error: template: c/templates/bad.yaml:4:11: executing "c/templates/bad.yaml" at <include "nope" .>: error calling include: template: no template "nope" associated with template "gotpl"',
      {
        rule: 'template-error',
        source: 'c/templates/bad.yaml',
        line: 4,
        column: 12,
        message: 'no template "nope" is defined (at include "nope" .)',
      },
    ],
    [
      'invalid YAML: the line is one of the render, so it is not told',
      'Error: YAML parse error on c/templates/bad.yaml: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context',
      {
        rule: 'invalid-yaml',
        source: 'c/templates/bad.yaml',
        message: 'renders invalid YAML: mapping values are not allowed in this context',
      },
    ],
    [
      'what is no object',
      'Error: YAML parse error on c/templates/crlf.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type util.SimpleHead',
      {
        rule: 'invalid-yaml',
        source: 'c/templates/crlf.yaml',
        message: 'renders something that is no Kubernetes object',
      },
    ],
  ])('%s', (_name, text, problem) => {
    expect(parseHelmError(text + DEBUG_HINT)).toEqual([problem]);
  });

  it('places an error inside tpl on the template that called it, in both majors', () => {
    const text =
      'Error: template: d/templates/a.yaml:1:6: executing "d/templates/a.yaml" at <tpl .Values.x .>: error calling tpl: error during tpl function execution for "{{ .Values.a.b.c }} hunter2": template: gotpl:1:10: executing "gotpl" at <.Values.a.b.c>: nil pointer evaluating interface {}.b';
    const [problem] = parseHelmError(text + DEBUG_HINT);
    expect(problem).toMatchObject({ rule: 'template-error', source: 'd/templates/a.yaml', line: 1, column: 7 });
    expect(problem?.message).toContain('nil pointer evaluating interface {}.b');
    expect(problem?.message).not.toContain('hunter2');
  });
});

describe('values that break values.schema.json', () => {
  it.each<[string, string]>([
    [
      'helm 4 and recent helm 3',
      "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nd:\n- at '': missing property 'foo'\n- at '/image/tag': got number, want string\n- at '/x': 'secretvalue' does not match pattern '^[0-9]$'\nsub:\n- at '/y': value must be one of 'a', 'b'\n",
    ],
    [
      'helm 3 up to 3.18.4',
      "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nd:\n- (root): missing property 'foo'\n- image.tag: got number, want string\n- x: 'secretvalue' does not match pattern '^[0-9]$'\nsub:\n- y: value must be one of 'a', 'b'\n",
    ],
  ])('%s', (_name, text) => {
    expect(parseHelmError(text)).toEqual([
      { rule: 'values-schema', chart: 'd', values: [], message: "the values: missing property 'foo'" },
      {
        rule: 'values-schema',
        chart: 'd',
        values: ['image', 'tag'],
        message: 'value image.tag: got number, want string',
      },
      {
        rule: 'values-schema',
        chart: 'd',
        values: ['x'],
        message: "value x: the value does not match pattern '^[0-9]$'",
      },
      { rule: 'values-schema', chart: 'sub', values: ['y'], message: "value y: value must be one of 'a', 'b'" },
    ]);
  });
});

it("reads the words of helm 3 up to 3.18.4's schema library", () => {
  const text =
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nd:\n" +
    '- (root): Additional property foo is not allowed\n- (root): owner is required\n' +
    '- image.tag: Invalid type. Expected: string, given: number\n- port: Must be greater than or equal to 1000\n' +
    '- list.0.name: String length must be greater than or equal to 3\n';
  expect(parseHelmError(text).map(({ values, message }) => [values, message])).toEqual([
    [['foo'], 'value foo: the schema allows no such property'],
    [[], 'the values: owner is required'],
    [['image', 'tag'], 'value image.tag: Invalid type. Expected: string, given: number'],
    [['port'], 'value port: Must be greater than or equal to 1000'],
    [['list', '0', 'name'], 'value list[0].name: String length must be greater than or equal to 3'],
  ]);
});

describe('other errors', () => {
  it.each<[string, HelmProblem]>([
    [
      'Error: chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.25.0',
      {
        rule: 'kube-version',
        message: 'Chart.yaml requires kubeVersion >=1.30.0-0, which Kubernetes 1.25.0 is not',
      },
    ],
    [
      "Error: failed to parse d/env.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected ',' or ']'",
      {
        rule: 'values-file',
        file: 'd/env.yaml',
        line: 2,
        message: "is no valid YAML: did not find expected ',' or ']'",
      },
    ],
    [
      'Error: failed to parse d/env2.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
      { rule: 'values-file', file: 'd/env2.yaml', message: 'does not hold a map of values' },
    ],
    [
      'Error: open d/env3.yaml: no such file or directory',
      { rule: 'values-file', file: 'd/env3.yaml', message: 'cannot be read: no such file or directory' },
    ],
    [
      'Error: cannot load values.yaml: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context',
      {
        rule: 'chart',
        file: 'values.yaml',
        line: 3,
        message: 'is no valid YAML: mapping values are not allowed in this context',
      },
    ],
    [
      'Error: validation: chart.metadata.version "x" is invalid',
      { rule: 'chart', file: 'Chart.yaml', message: 'chart.metadata.version "x" is invalid' },
    ],
    ['Error: something new', { rule: 'helm', message: 'something new' }],
    ['', { rule: 'helm', message: 'helm failed without saying why' }],
  ])('%s', (text, problem) => {
    expect(parseHelmError(text)).toEqual([problem]);
  });
});

describe('withoutValues', () => {
  it.each([
    "range can't iterate over hunter2",
    'strconv.ParseInt: parsing "hunter2": invalid syntax',
    'error calling toDate: parsing time "hunter2" as "2006": cannot parse "hunter2" as "2006"',
    "at '/a': 'hunter2' does not match pattern '^a$'",
    "at '/a': 'hunter2' is not valid email: missing @",
    'cannot parse template "hunter2 {{": template: gotpl:1: unclosed action',
    'error calling semver: Invalid Semantic Version hunter2',
    'improper constraint: hunter2',
  ])('%s', (text) => {
    expect(withoutValues(text)).not.toContain('hunter2');
  });
});
