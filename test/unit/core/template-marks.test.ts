import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lexTemplate } from '../../../src/core/template-lexer.js';
import { markTemplate, stripMarks, traceLine } from '../../../src/core/template-marks.js';

/** A mark as people can read it. */
const show = (text: string) => text.replace(/\ue000(\d+):(\d+)t?\ue001/g, '<$2>');

describe('lexTemplate', () => {
  it.each<[string, string[]]>([
    ['a{{ .b }}c', ['a', '{{ .b }}', 'c']],
    ['{{ "}}" }}x', ['{{ "}}" }}', 'x']],
    ['{{ `}}"` }}x', ['{{ `}}"` }}', 'x']],
    [String.raw`{{ "\"}}" }}x`, [String.raw`{{ "\"}}" }}`, 'x']],
    ["{{ '}' }}x", ["{{ '}' }}", 'x']],
    ['{{/* " }} */}}x', ['{{/* " }} */}}', 'x']],
    ['{{- /* }} */ -}}x', ['{{- /* }} */ -}}', 'x']],
    ['{{ include "a" (dict\n "b" 1) }}', ['{{ include "a" (dict\n "b" 1) }}']],
  ])('%j', (text, tokens) => {
    expect(lexTemplate(text)?.map(({ start, end }) => text.slice(start, end))).toEqual(tokens);
  });

  it.each<[string, string, boolean, boolean]>([
    ['{{- if .x }}', 'open', true, false],
    ['{{ range $i, $x := .y -}}', 'open', false, true],
    ['{{with .x}}', 'open', false, false],
    ['{{ else if .x }}', 'middle', false, false],
    ['{{- end -}}', 'close', true, true],
    ['{{ define "x" }}', 'define', false, false],
    ['{{ block "x" . }}', 'define', false, false],
    ['{{ $x := 1 }}', 'silent', false, false],
    ['{{ $x = 1 }}', 'silent', false, false],
    ['{{/* x */}}', 'silent', false, false],
    ['{{ break }}', 'silent', false, false],
    ['{{ $x }}', 'output', false, false],
    ['{{ $x.y | eq 1 }}', 'output', false, false],
    ['{{ template "x" . }}', 'output', false, false],
    ['{{ endpoint }}', 'output', false, false],
    ['{{ ifx }}', 'output', false, false],
    ['{{ -3 }}', 'output', false, false],
  ])('%s is %s', (text, role, trimLeft, trimRight) => {
    expect(lexTemplate(text)).toEqual([{ kind: 'action', start: 0, end: text.length, role, trimLeft, trimRight }]);
  });

  it('gives up on an action that does not end', () => {
    for (const text of ['{{ a', '{{ "a }}', '{{/* a }}', '{{ `a }}']) expect(lexTemplate(text)).toBeUndefined();
  });

  it('loses nothing', () => {
    const piece = fc.constantFrom('{{', '}}', '{{-', '-}}', ' ', '\n', 'a: ', '"', '`', '/*', '*/', 'if', 'end', '.x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const tokens = lexTemplate(text);
        if (tokens !== undefined) expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
      }),
    );
  });
});

describe('markTemplate', () => {
  it.each<[string, string, string]>([
    ['text', 'a: 1\n\nb: 2\n', 'a: 1 #<1>\n\nb: 2 #<3>\n'],
    ['trailing white space and CRLF', 'a: 1 \r\nb: 2', 'a: 1 #<1> \r\nb: 2 #<2>'],
    ['an output at the end of a line', 'a: {{ .x }}\n', 'a: {{ .x }} #<1>\n'],
    ['separators are left alone', '---\na: 1\n---\n', '---\na: 1 #<2>\n---\n'],
    [
      'lines of control only',
      '{{- if .x }}\na: 1\n{{- else }}\nb: 2\n{{- end }}\n',
      '{{- if .x }}\na: 1 #<2>\n{{- else }}\nb: 2 #<4>\n{{- end }}\n',
    ],
    ['an action that trims to the right', 'a: {{ .x -}}\nb\n', 'a: {{ .x }}{{ " #<1>" -}}\nb #<2>\n'],
    ['a block within a line', 'a: {{ if .x }}1{{ else }}2{{ end }}\n', 'a: {{ if .x }}1{{ else }}2{{ end }} #<1>\n'],
    [
      'a block that ends trimming',
      'a: {{ if .x }}1{{ end -}}\nb\n',
      'a: {{ if .x }}1{{ end }}{{ " #<1>" -}}\nb #<2>\n',
    ],
    [
      'a block that opens at the end of a line',
      'a:{{ if .x }}\n  b: 1{{ end }}\n',
      'a: #<1>{{ if .x }}\n  b: 1 #<2>{{ end }}\n',
    ],
    ['a block that opens at its start', '{{ if .x }}a: 1\n{{ end }}\n', '{{ if .x }}a: 1 #<1>\n{{ end }}\n'],
    [
      'both branches on one line of an older block',
      '{{ if .x }}\na{{ else }}b\n{{ end }}\n',
      '{{ if .x }}\na #<2>{{ else }}b #<2>\n{{ end }}\n',
    ],
    [
      'an action over several lines',
      'a: {{ dict\n  "b" 1\n  | toYaml }}\nc: 1\n',
      'a: {{ dict\n  "b" 1\n  | toYaml }} #<1>\nc: 1 #<4>\n',
    ],
    [
      'an action that begins a new line',
      'a: {{- include "b" . | nindent 2 }}\n',
      'a: #<1> {{- include "b" . | nindent 2 }} #<1>\n',
    ],
    ['assignments and comments', '{{ $x := 1 }}\n{{/* no */}}\na: 1\n', '{{ $x := 1 }}\n{{/* no */}}\na: 1 #<3>\n'],
    [
      'a helper of one line',
      '{{- define "n" -}}\n{{ .x | trunc 63 }}\n{{- end }}\n',
      '{{- define "n" -}}\n{{ .x | trunc 63 }}\n{{- end }}\n',
    ],
    [
      'a helper of several lines',
      '{{- define "l" -}}\na: 1\nb: 2\n{{- end }}\n',
      '{{- define "l" -}}\na: 1 #<2>\nb: 2 #<3>\n{{- end }}\n',
    ],
    ['what does not parse', 'a: {{ .x\n', 'a: {{ .x\n'],
  ])('%s', (_name, text, marked) => {
    expect(show(markTemplate(text, 7))).toBe(marked);
  });

  it('can be undone', () => {
    const piece = fc.constantFrom(
      '{{ .x }}',
      '{{- if .x }}',
      '{{ end -}}',
      ' ',
      '\n',
      'a: ',
      '- b',
      '---',
      '{{ else }}',
      '#',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const marked = markTemplate(text, 3).replace(/\}\}\{\{ " #\ue000\d+:\d+t?\ue001" -\}\}/g, '-}}');
        expect(stripMarks(marked)).toBe(text);
      }),
    );
  });
});

describe('traceLine', () => {
  const mark = (line: number, file = 0, text = '') => ` #\ue000${file}:${line}${text}\ue001`;
  const marked = [
    `a: 1${mark(3, 0, 't')}`,
    'b:',
    `  c: 2${mark(7, 1)}${mark(4)}`,
    '?',
    `d${mark(8, 0, 't')}`,
    'end',
  ].join('\n');

  it.each<[number, ReturnType<typeof traceLine>]>([
    [1, { file: 0, line: 3 }],
    [2, { file: 1, line: 7 }],
    [3, { file: 1, line: 7 }],
    [4, undefined],
    [5, { file: 0, line: 8 }],
    [6, undefined],
    [9, undefined],
  ])('line %d', (line, traced) => {
    expect(traceLine(marked, line)).toEqual(traced);
  });

  it('strips what it reads', () => {
    expect(stripMarks(marked)).toBe('a: 1\nb:\n  c: 2\n?\nd\nend');
  });
});
