import { describe, expect, it } from '@jest/globals';
import { answersOf, questionsIn, questionsOfChart, type Cluster } from '../../../src/core/cluster-questions.js';

const cluster = (version: string, ...apiVersions: string[]): Cluster => ({
  version,
  apiVersions: new Set(apiVersions),
});
const old = cluster('1.24.0', 'policy/v1', 'policy/v1beta1', 'apps/v1/Deployment');
const recent = cluster('1.36.0', 'policy/v1', 'apps/v1/Deployment');

/** Whether a text that asks could tell the two clusters apart. */
function differs(text: string, ask = questionsIn): boolean | 'unknown' {
  const questions = ask(text);
  return questions === undefined ? 'unknown' : answersOf(questions, old) !== answersOf(questions, recent);
}

describe('what a template asks about the cluster', () => {
  it.each([
    ['nothing', 'kind: {{ .Values.kind }}', false],
    ['an API that both serve', '{{ if .Capabilities.APIVersions.Has "policy/v1" }}', false],
    ['an API that one serves', '{{ if .Capabilities.APIVersions.Has "policy/v1beta1" }}', true],
    ['a kind', '{{ if (.Capabilities.APIVersions.Has `apps/v1/Deployment`) }}', false],
    [
      'both',
      '{{ .Capabilities.APIVersions.Has "policy/v1" }}{{ .Capabilities.APIVersions.Has "policy/v1beta1" }}',
      true,
    ],
    ['from the root', '{{ $.Capabilities.APIVersions.Has "policy/v1" }}', false],
    ['a version that both have', '{{ if semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version }}', false],
    ['a version that one has', '{{ if semverCompare ">=1.25-0" $.Capabilities.KubeVersion.GitVersion }}', true],
    ['a version by a pipe', '{{ if .Capabilities.KubeVersion.Version | semverCompare ">=1.25-0" }}', true],
    ['a version in brackets', '{{ if (semverCompare ">=1.19-0" (.Capabilities.KubeVersion.Version)) }}', false],
    ['the version of helm', '{{ .Capabilities.HelmVersion.Version }}', false],
    ['the first number', '{{ .Capabilities.KubeVersion.Major }}', false],
    ['the version itself', '{{ .Capabilities.KubeVersion.Version }}', 'unknown'],
    ['the second number', '{{ .Capabilities.KubeVersion.Minor }}', 'unknown'],
    ['a name that is made', '{{ .Capabilities.APIVersions.Has (printf "%s/v1" .Values.group) }}', 'unknown'],
    ['a name with escapes', String.raw`{{ .Capabilities.APIVersions.Has "policy\u002fv1" }}`, 'unknown'],
    ['a constraint of a value', '{{ semverCompare .Values.since .Capabilities.KubeVersion.Version }}', 'unknown'],
    ['a constraint that is none', '{{ semverCompare "?" .Capabilities.KubeVersion.Version }}', 'unknown'],
    ['all APIs', '{{ range .Capabilities.APIVersions }}', 'unknown'],
    ['in a block', '{{ with .Capabilities }}{{ .APIVersions.Has "policy/v1" }}{{ end }}', 'unknown'],
    ['by a variable', '{{ $c := .Capabilities }}{{ .Capabilities.APIVersions.Has "policy/v1" }}', 'unknown'],
    ['by its name', '{{ (index . "Capabilities").KubeVersion }}', 'unknown'],
  ])('%s', (_, text, expected) => {
    expect(differs(text)).toBe(expected);
  });

  it.each([
    ['no kubeVersion', 'name: x\nversion: 1.0.0\n', false],
    ['one that both have', "name: x\nkubeVersion: '>=1.19.0-0'\n", false],
    ['one that one has', 'name: x\nkubeVersion: ">=1.25.0-0"  # since then\n', true],
    ['one without quotes', 'name: x\nkubeVersion: 1.25.0\n', 'unknown'],
    ['one over several lines', 'name: x\nkubeVersion: >-\n  >=1.25.0\n', 'unknown'],
    ['one that is none', "name: x\nkubeVersion: 'new'\n", 'unknown'],
  ])('in Chart.yaml: %s', (_, text, expected) => {
    expect(differs(text, questionsOfChart)).toBe(expected);
  });
});
