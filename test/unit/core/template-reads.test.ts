import { describe, expect, it } from '@jest/globals';
import { TemplateReads } from '../../../src/core/template-reads.js';
import { ValueUses } from '../../../src/core/value-uses.js';

function usesOf(...templates: string[]): ValueUses {
  const uses = new ValueUses();
  const reads = new TemplateReads(uses);
  const bodies = templates.map((text) => reads.add(text));
  for (const steps of bodies) if (steps !== undefined) reads.render(steps, []);
  return uses;
}

const path = (text: string) => text.split('.');

describe('what templates read', () => {
  it.each<[string, string, string]>([
    ['{{ .Values.a.b }}', 'a.b', 'a.c b'],
    ['{{ $.Values.a.b | quote }}', 'a.b', 'a.c'],
    ['{{ if .Values.a.b }}x{{ end }}', 'a.b', 'a.b.c a.c'],
    ['{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ else }}{{ .Values.d }}{{ end }}', 'a.b c d', 'a.c b'],
    ['{{ with .Values.a }}{{ with .b }}{{ .c }}{{ end }}{{ .d }}{{ end }}', 'a.b.c a.d', 'a.c a.b.d'],
    ['{{ toYaml .Values.a | nindent 2 }}', 'a.x a.x.y', 'b'],
    ['{{ range $k, $v := .Values.a }}{{ $k }}: {{ $v.b }}{{ end }}', 'a.x a.x.b', 'b'],
    ['{{ range .Values.a }}{{ .b }}{{ $.Values.c }}{{ end }}', 'a.0.b c', 'b'],
    ['{{ $x := .Values.a }}{{ $x.b }}', 'a.b', 'a.c'],
    ['{{ $x := default (dict) .Values.a }}{{ $x.b }}', 'a.b', 'a.c'],
    ['{{ index .Values "a-b" "c" }}', 'a-b.c', 'a-b.d'],
    ['{{ index .Values.a $key }}', 'a.x', 'b'],
    ['{{ get .Values.a "b" }}{{ (get .Values "c").d }}', 'a.b c.d', 'a.c c.e'],
    ['{{ dig "b" "c" "none" .Values.a }}', 'a.b.c', 'a.b.d a.c'],
    ['{{ .Values | dig "a" "b" "" }}', 'a.b', 'a.c'],
    ['{{ pluck "b" .Values.a .Values.c | first }}', 'a.b c.b', 'a.c'],
    ['{{ if hasKey .Values.a "b" }}x{{ end }}', 'a.b', 'a.c'],
    ['{{ (.Values.a).b }}', 'a.b', 'a.c'],
    ['{{ .Values.a.b | default .Values.c.d }}', 'a.b c.d', 'a.c'],
    ['{{ coalesce .Values.a.b .Values.c | quote }}', 'a.b c', 'a.c'],
    ['{{ tpl .Values.a . }}', 'a.x', 'b'],
    ['{{ tpl (toYaml .Values.a) $ }}', 'a.x', 'b'],
    ['{{ toYaml (pick .Values.a "b") }}', 'a.b', 'a.c'],
    ['{{ toYaml (omit .Values.a "b") }}', 'a.c', 'c'],
    ['{{ $m := mergeOverwrite (deepCopy .Values.a) .Values.b }}{{ $m.c }}', 'a.c b.c', 'a.d b.d'],
    ['{{ define "x" }}{{ .Values.a.b }}{{ end }}{{ include "x" . }}', 'a.b', 'a.c'],
    ['{{ define "x" }}{{ .b }}{{ end }}{{ include "x" .Values.a }}{{ template "x" .Values.c }}', 'a.b c.b', 'a.c'],
    [
      '{{ define "x" }}{{ .v.b }}{{ .root.Values.c }}{{ end }}{{ include "x" (dict "v" .Values.a "root" $) }}',
      'a.b c',
      'a.c d',
    ],
    ['{{ define "x" }}{{ $v := index . 1 }}{{ $v.b }}{{ end }}{{ include "x" (list $ .Values.a) }}', 'a.b', 'b'],
    ['{{ include "not.there" .Values.a }}', 'a.x', 'b'],
    ['{{ block "x" .Values.a }}{{ .b }}{{ end }}', 'a.b', 'a.c'],
    ['{{ define "x" }}{{ include "x" . }}{{ .Values.a }}{{ end }}{{ include "x" . }}', 'a', 'b'],
    ['{{ .Subcharts.db.Values.host }}', 'db.host', 'db.port'],
    [
      '{{ if eq .Values.a "x" }}{{ else if .Values.b.c }}{{ else with .Values.d }}{{ .e }}{{ end }}',
      'a b.c d.e',
      'b.d d.f',
    ],
    ['{{/* .Values.x */}}{{- /* .Values.y */ -}}', '', 'x y'],
  ])('%s', (template, known, unknown) => {
    const uses = usesOf(template);
    for (const item of known.split(' ').filter(Boolean)) expect([item, uses.knows(path(item))]).toEqual([item, true]);
    for (const item of unknown.split(' ')) expect([item, uses.knows(path(item))]).toEqual([item, false]);
  });

  it('is everything where the values are used as a whole', () => {
    expect(usesOf('{{ toYaml .Values }}').knows(['x', 'y'])).toBe(true);
    expect(usesOf('{{ range $key := list "a" "b" }}{{ index $.Values $key }}{{ end }}').knows(['x'])).toBe(true);
  });

  it('is not told of a template that does not parse', () => {
    expect(new TemplateReads(new ValueUses()).add('{{ .Values.a')).toBeUndefined();
  });

  it('ends, whatever templates do to each other', () => {
    const doubling = '{{ define "x" }}{{ include "x" (dict "a" . "b" .) }}{{ .Values.a }}{{ end }}{{ include "x" . }}';
    const growing = `{{ $x := list .Values.b }}${'{{ $x = concat $x (list $x .Values.c) }}{{ $x = index $x "k" | default $x }}'.repeat(200)}{{ $x }}`;
    const deep =
      '{{ define "y" }}{{ include "y" .k }}{{ include "z" .l }}{{ end }}{{ define "z" }}{{ include "y" (dict "k" . "l" .m) }}{{ end }}{{ include "y" .Values }}';
    const many = Array.from(
      { length: 40 },
      (_, at) =>
        `{{ define "t${at}" }}${Array.from({ length: 40 }, (_, to) => `{{ include "t${to}" (dict "v" . "w" .Values.x${at}) }}`).join('')}{{ end }}`,
    ).join('');
    const uses = usesOf(doubling, growing, deep, `${many}{{ include "t0" . }}`);
    expect(uses.knows(['a']) && uses.knows(['b']) && uses.knows(['c'])).toBe(true);
  });

  it('tells defaults that are in the template', () => {
    const uses = usesOf(
      '{{ .Values.a | default "x" }}{{ default .Chart.AppVersion .Values.b.tag }}{{ .Values.c | default "" }}',
    );
    expect(uses.hasDefault(['a'])).toBe(true);
    expect(uses.hasDefault(['b', 'tag'])).toBe(true);
    expect(uses.hasDefault(['c'])).toBe(false);
  });

  it('tells the keys of the manifest below which a map stands', () => {
    const uses = usesOf(
      [
        'metadata:',
        '  annotations:',
        '    {{- toYaml .Values.notes | nindent 4 }}',
        'data:',
        '  {{- range $key, $value := .Values.settings }}',
        '  {{ $key }}: {{ $value | quote }}',
        '  {{- end }}',
        'spec:',
        '  env:',
        '    - name: A',
        '      value: x',
        '    {{- with .Values.more }}',
        '    {{- toYaml . | nindent 4 }}',
        '    {{- end }}',
        '',
      ].join('\n'),
    );
    expect([...uses.fieldsOf(['notes'])]).toEqual(['annotations']);
    expect([...uses.fieldsOf(['settings'])]).toContain('data');
    expect([...uses.fieldsOf(['more'])]).toEqual(['env']);
  });
});
