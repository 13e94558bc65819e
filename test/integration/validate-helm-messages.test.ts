/** What the two majors of helm really say of broken charts, and where it is told. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles, type Files } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

jest.setTimeout(180_000);

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-messages-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Case = readonly [name: string, files: Files, lines: readonly string[]];

const t = (body: string): Files => ({ 'templates/x.yaml': body });
/** The seventh line of a template. */
const cm = (line: string) => t(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n  ${line}\n`);

const TEMPLATES: readonly Case[] = [
  [
    'unclosed action',
    cm('x: {{ .Values.greeting'),
    ['templates/x.yaml:7 error template-syntax the action that starts here has no }}'],
  ],
  [
    'unclosed if',
    cm('x: {{ if .Values.a }}b'),
    ['templates/x.yaml:7 error template-syntax a block is not closed: an {{ end }} is missing'],
  ],
  ['unexpected end', cm('x: {{ end }}'), ['templates/x.yaml:7 error template-syntax unexpected {{end}}']],
  [
    'unknown function',
    cm('x: {{ nope .Values.a }}'),
    ['templates/x.yaml:7 error template-syntax function "nope" not defined'],
  ],
  ['unterminated string', cm('x: {{ "abc }}'), ['templates/x.yaml:7 error template-syntax unterminated quoted string']],
  ['undefined variable', cm('x: {{ $nope }}'), ['templates/x.yaml:7 error template-syntax undefined variable "$nope"']],
  ['bad char', cm('x: {{ .Values.a-b }}'), ["templates/x.yaml:7 error template-syntax bad character U+002D '-'"]],
  [
    'nil pointer',
    cm('x: {{ .Values.a.b.c }}'),
    ['templates/x.yaml:7 error template-error nil pointer evaluating interface {}.b (at .Values.a.b.c)'],
  ],
  [
    'field of string',
    cm('x: {{ .Values.greeting.b }}'),
    ["templates/x.yaml:7 error template-error can't evaluate field b in type interface {} (at .Values.greeting.b)"],
  ],
  [
    'missing include',
    cm('x: {{ include "web.nope" . }}'),
    ['templates/x.yaml:7 error template-error no template "web.nope" is defined (at include "web.nope" .)'],
  ],
  [
    'missing template',
    cm('x: {{ template "web.nope" . }}'),
    ['templates/x.yaml:7 error template-error template "web.nope" not defined (at {{template "web.nope" .}})'],
  ],
  [
    'required',
    cm('x: {{ required "set the owner" .Values.owner }}'),
    ['templates/x.yaml:7 error template-error set the owner'],
  ],
  [
    'required printf',
    cm('x: {{ required (printf "set the owner of %s" .Release.Name) .Values.owner }}'),
    ['templates/x.yaml:7 error template-error set the owner of web'],
  ],
  ['fail', cm('x: {{ fail "no way" }}'), ['templates/x.yaml:7 error template-error no way']],
  [
    'fail in helper',
    {
      'templates/_h.tpl': '{{- define "web.check" -}}\n\n{{ fail "never" }}\n{{- end -}}\n',
      ...cm('x: {{ include "web.check" . }}'),
    },
    ['templates/_h.tpl:3 error template-error never'],
  ],
  [
    'fail nested twice',
    {
      'templates/_h.tpl':
        '{{- define "web.check" -}}\n\n{{ fail (printf "never %s" .Chart.Name) }}\n{{- end -}}\n{{- define "web.outer" -}}\n{{ include "web.check" . }}\n{{- end -}}\n',
      ...cm('x: {{ include "web.outer" . }}'),
    },
    ['templates/x.yaml:7 error template-error never web'],
  ],
  [
    'nil in helper',
    {
      'templates/_h.tpl': '{{- define "web.check" -}}\n\n{{ .Values.a.b.c }}\n{{- end -}}\n',
      ...cm('x: {{ include "web.check" . }}'),
    },
    ['templates/_h.tpl:3 error template-error nil pointer evaluating interface {}.b (at .Values.a.b.c)'],
  ],
  [
    'fail with colon lines',
    cm('x: {{ fail "bad: one\\ntwo: three" }}'),
    ['templates/x.yaml:7 error template-error bad: one two: three'],
  ],
  [
    'index out of range',
    cm('x: {{ index (list 1 2) 5 }}'),
    ['templates/x.yaml:7 error template-error error calling index: index out of range: 5 (at index (list 1 2) 5)'],
  ],
  [
    'index nil',
    cm('x: {{ index .Values.nothing "a" }}'),
    [
      'templates/x.yaml:7 error template-error error calling index: index of untyped nil (at index .Values.nothing "a")',
    ],
  ],
  [
    'wrong args',
    cm('x: {{ trunc "a" 5 }}'),
    ['templates/x.yaml:7 error template-error expected integer; found "a" (at "a")'],
  ],
  [
    'too few args',
    cm('x: {{ trunc 5 }}'),
    ['templates/x.yaml:7 error template-error wrong number of args for trunc: want 2 got 1 (at trunc)'],
  ],
  [
    'too many args',
    cm('x: {{ quote }}{{ upper "a" "b" }}'),
    ['templates/x.yaml:7 error template-error wrong number of args for upper: want 1 got 2 (at upper)'],
  ],
  [
    'int of string compare',
    cm('x: {{ if gt .Values.greeting 5 }}a{{ end }}'),
    [
      'templates/x.yaml:7 error template-error error calling gt: incompatible types for comparison: string and int (at gt .Values.greeting 5)',
    ],
  ],
  [
    'range over int',
    cm('x: {{ range .Values.greeting }}a{{ end }}'),
    ["templates/x.yaml:7 error template-error range can't iterate over this value (at .Values.greeting)"],
  ],
  [
    'semver bad',
    cm('x: {{ semverCompare "not" .Values.greeting }}'),
    [
      'templates/x.yaml:7 error template-error error calling semverCompare: improper constraint (at semverCompare "not" .Values.greeting)',
    ],
  ],
  [
    'fromYaml mustFrom',
    cm('x: {{ mustFromJson .Values.greeting }}'),
    [
      "templates/x.yaml:7 error template-error error calling mustFromJson: invalid character 'h' looking for beginning of value (at mustFromJson .Values.greeting)",
    ],
  ],
  [
    'tpl bad',
    cm('x: {{ tpl "{{ .Values.greeting" . }}'),
    [
      'templates/x.yaml:7 error template-error error calling tpl: in tpl: template: gotpl:1: unclosed action (at tpl "{{ .Values.greeting" .)',
    ],
  ],
  [
    'tpl exec',
    cm('x: {{ tpl "{{ .Values.a.b.c }}" . }}'),
    [
      'templates/x.yaml:7 error template-error error calling tpl: in tpl: template: gotpl:1:10: executing "gotpl" at <.Values.a.b.c>: nil pointer evaluating interface {}.b (at tpl "{{ .Values.a.b.c }}" .)',
    ],
  ],
  [
    'tpl of value with fail',
    { ...cm('x: {{ tpl .Values.text . }}'), 'env/dev.yaml': 'text: "{{ fail \\"inner\\" }}"\n' },
    ['templates/x.yaml:7 error template-error inner'],
  ],
  [
    'divide by zero',
    cm('x: {{ div 1 0 }}'),
    ['templates/x.yaml:7 error template-error error calling div: runtime error: integer divide by zero (at div 1 0)'],
  ],
  [
    'b64dec',
    cm('x: {{ .Values.greeting | b64dec | nope2 }}'),
    ['templates/x.yaml:7 error template-syntax function "nope2" not defined'],
  ],
  [
    'bad regex',
    cm('x: {{ mustRegexMatch "[" "a" }}'),
    [
      'templates/x.yaml:7 error template-error error calling mustRegexMatch: error parsing regexp: missing closing ]: `[` (at mustRegexMatch "[" "a")',
    ],
  ],
  [
    'toDate',
    cm('x: {{ mustToDate "2006" .Values.greeting }}'),
    [
      'templates/x.yaml:7 error template-error error calling mustToDate: parsing time a value as "2006": cannot parse a value as "2006" (at mustToDate "2006" .Values.greeting)',
    ],
  ],
  [
    'getHostByName',
    cm('x: {{ .Files.Get "nothing" | required "no file" }}'),
    ['templates/x.yaml:7 error template-error no file'],
  ],
  [
    'yaml indent',
    cm('x: {{ toYaml .Values.resources }}'),
    ['templates/x.yaml error invalid-yaml renders invalid YAML: bad indentation of a mapping entry'],
  ],
  [
    'yaml tab',
    cm('x:\t\t- {{ "a" }}\n\t b: c'),
    ['templates/x.yaml error invalid-yaml renders invalid YAML: bad indentation of a mapping entry, noticed on line 7'],
  ],
  [
    'yaml colon',
    cm('x: a: b'),
    ['templates/x.yaml:7 error invalid-yaml renders invalid YAML: bad indentation of a mapping entry'],
  ],
  [
    'yaml unclosed quote',
    cm('x: "{{ .Values.greeting }}'),
    [
      'templates/x.yaml:7 error invalid-yaml renders invalid YAML: unexpected end of the stream within a double quoted scalar',
    ],
  ],
  [
    'yaml scalar doc',
    t('just text\n'),
    ['templates/x.yaml:1 error invalid-yaml renders something that is no Kubernetes object'],
  ],
  [
    'yaml list doc',
    t('- a\n- b\n'),
    ['templates/x.yaml:1 error invalid-yaml renders something that is no Kubernetes object'],
  ],
  [
    'recursion',
    {
      'templates/_h.tpl': '{{- define "web.loop" -}}{{ include "web.loop" . }}{{- end -}}\n',
      ...cm('x: {{ include "web.loop" . }}'),
    },
    [
      'templates/_h.tpl:1 error template-error error calling include: rendering template has a nested reference name: web.loop: unable to execute template (at include "web.loop" .)',
    ],
  ],
  [
    'values bad yaml',
    { 'env/dev.yaml': 'a: b\n c: d\n' },
    ['env/dev.yaml:2 error values-file is no valid YAML: mapping values are not allowed in this context'],
  ],
  ['values not a map', { 'env/dev.yaml': '- a\n' }, ['env/dev.yaml error values-file does not hold a map of values']],
  [
    'values tab',
    { 'env/dev.yaml': 'a:\n\tb: c\n' },
    ['env/dev.yaml:2 error values-file is no valid YAML: found character that cannot start any token'],
  ],
  [
    'chart values bad',
    { 'values.yaml': 'a: b\n c: d\n' },
    ['values.yaml:2 error chart is no valid YAML: mapping values are not allowed in this context'],
  ],
  ['chart values list', { 'values.yaml': '- a\n' }, ['values.yaml error chart does not hold a map of values']],
  [
    'kubeVersion',
    { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\nkubeVersion: ">=1.99"\n' },
    ['Chart.yaml:4 error kube-version Chart.yaml requires kubeVersion >=1.99, which Kubernetes 1.37.0 is not'],
  ],
  [
    'kubeVersion bad',
    { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\nkubeVersion: "abc"\n' },
    [
      'Chart.yaml:4 error kube-version Chart.yaml requires kubeVersion abc, which Kubernetes 1.37.0 is not',
      'Chart.yaml:4 error chart kubeVersion is no constraint such as ">=1.25.0-0": helm takes it for one that no version fulfils',
    ],
  ],
  [
    'duplicate dependency alias',
    {
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: a, version: 1.0.0, repository: ""}\n- {name: a, version: 1.0.0, repository: ""}\n',
      'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
    },
    ['Chart.yaml:6 error chart more than one dependency with name or alias "a"'],
  ],
  [
    'subchart template error',
    {
      'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
      'charts/a/templates/c.yaml': '\n{{ .Values.q.r.s }}\n',
    },
    [
      'Chart.yaml error lint chart metadata is missing these dependencies: a',
      'charts/a/templates/c.yaml:2 error template-error nil pointer evaluating interface {}.r (at .Values.q.r.s)',
    ],
  ],
  [
    'subchart broken chart',
    { 'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: one\n' },
    ['charts/a/Chart.yaml error chart chart.metadata.version "one" is invalid'],
  ],
  [
    'subchart no chart',
    { 'charts/a/values.yaml': 'a: b\n' },
    ['Chart.yaml error chart charts/web/charts/a is no chart: it has no Chart.yaml.'],
  ],
  [
    'library with manifest',
    {
      'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\ntype: library\n',
      'charts/a/templates/c.yaml': '{{ .Values.q.r.s }}\n',
    },
    ['Chart.yaml error lint chart metadata is missing these dependencies: a'],
  ],
];

const properties = (some: object, rest: object = {}) => ({ type: 'object', properties: some, ...rest });
const p = properties;
const str = { type: 'string' };
const s = (schema: object, values = ''): Files => ({
  'values.schema.json': JSON.stringify(schema, null, 2),
  'env/dev.yaml': values === '' ? 'q: 1\n' : values,
});

const SCHEMAS: readonly Case[] = [
  [
    'type',
    s(p({ replicas: { type: 'integer' } }), 'replicas: many\n'),
    ['env/dev.yaml:1 error values-schema value replicas: got string, want integer'],
  ],
  [
    'type in default',
    s(p({ greeting: { type: 'integer' } })),
    ['values.yaml:6 error values-schema value greeting: got string, want integer'],
  ],
  [
    'root required',
    s(p({}, { required: ['owner'] })),
    ["env/dev.yaml error values-schema the values: missing property 'owner'"],
  ],
  [
    'nested required',
    s(p({ image: p({}, { required: ['digest'] }) })),
    ["values.yaml:2 error values-schema value image: missing property 'digest'"],
  ],
  [
    'nested required two',
    s(p({ image: p({}, { required: ['digest', 'arch'] }) })),
    ["values.yaml:2 error values-schema value image: missing properties 'digest', 'arch'"],
  ],
  [
    'additional',
    s(
      p({ image: p({ repository: str, tag: str }, { additionalProperties: false }) }),
      'image:\n  tag: a\n  tga: b\n  rep: c\n',
    ),
    [
      'env/dev.yaml:3 error values-schema value image.tga: the schema allows no such property',
      'env/dev.yaml:4 error values-schema value image.rep: the schema allows no such property',
    ],
  ],
  [
    'enum',
    s(p({ greeting: { enum: ['a', 'b'] } }), 'greeting: s3cret\n'),
    ["env/dev.yaml:1 error values-schema value greeting: value must be one of 'a', 'b'"],
  ],
  [
    'const',
    s(p({ greeting: { const: 'a' } }), 'greeting: s3cret\n'),
    ["env/dev.yaml:1 error values-schema value greeting: value must be 'a'"],
  ],
  [
    'pattern',
    s(p({ greeting: { pattern: '^a$' } }), 'greeting: "it\'s s3cret"\n'),
    ["env/dev.yaml:1 error values-schema value greeting: the value does not match pattern '^a$'"],
  ],
  [
    'min',
    s(p({ port: { minimum: 1000 } }), 'port: 77\n'),
    ['env/dev.yaml:1 error values-schema value port: must be at least 1,000'],
  ],
  [
    'max',
    s(p({ port: { maximum: 10 } }), 'port: 77.5\n'),
    ['env/dev.yaml:1 error values-schema value port: must be at most 10'],
  ],
  [
    'exmin',
    s(p({ port: { exclusiveMinimum: 100 } }), 'port: 77\n'),
    ['env/dev.yaml:1 error values-schema value port: must be more than 100'],
  ],
  [
    'multiple',
    s(p({ port: { multipleOf: 10 } }), 'port: 77\n'),
    ['env/dev.yaml:1 error values-schema value port: must be a multiple of 10'],
  ],
  [
    'len',
    s(p({ greeting: { maxLength: 2 } }), 'greeting: s3cret\n'),
    ['env/dev.yaml:1 error values-schema value greeting: maxLength: got 6, want 2'],
  ],
  [
    'minItems',
    s(p({ l: { minItems: 2 } }), 'l:\n- a\n'),
    ['env/dev.yaml:1 error values-schema value l: minItems: got 1, want 2'],
  ],
  [
    'items',
    s(p({ l: { items: p({ name: str }, { required: ['name'] }) } }), 'l:\n- name: a\n- name: 5\n- {}\n'),
    [
      'env/dev.yaml:3 error values-schema value l[1].name: got number, want string',
      "env/dev.yaml:4 error values-schema value l[2]: missing property 'name'",
    ],
  ],
  [
    'unique',
    s(p({ l: { uniqueItems: true } }), 'l: [a, b, a]\n'),
    ['env/dev.yaml:1 error values-schema value l: items at 0 and 2 are equal'],
  ],
  [
    'oneOf none',
    s(p({ image: { oneOf: [{ type: 'string' }, p({ sha: str }, { required: ['sha'] })] } })),
    [
      "values.yaml:2 error values-schema value image: none of what the schema allows: got object, want string; missing property 'sha'",
    ],
  ],
  [
    'oneOf two',
    s(p({ port: { oneOf: [{ type: 'integer' }, { minimum: 1 }] } })),
    ["values.yaml:5 error values-schema value port: 'oneOf' failed, subschemas 0, 1 matched"],
  ],
  [
    'anyOf',
    s(p({ port: { anyOf: [{ type: 'string' }, { type: 'boolean' }] } })),
    [
      'values.yaml:5 error values-schema value port: none of what the schema allows: got number, want string; got number, want boolean',
    ],
  ],
  [
    'allOf',
    s(p({ port: { allOf: [{ type: 'string' }, { minimum: 10000 }] } })),
    [
      'values.yaml:5 error values-schema value port: got number, want string',
      'values.yaml:5 error values-schema value port: must be at least 10,000',
    ],
  ],
  ['not', s(p({ port: { not: { type: 'integer' } } })), ["values.yaml:5 error values-schema value port: 'not' failed"]],
  [
    'if then',
    s(p({}, { if: p({ port: { const: 8080 } }), then: { required: ['tls'] } })),
    ["env/dev.yaml error values-schema the values: missing property 'tls'"],
  ],
  [
    'ref',
    s({ $defs: { name: { type: 'string', minLength: 50 } }, ...p({ greeting: { $ref: '#/$defs/name' } }) }),
    ['values.yaml:6 error values-schema value greeting: minLength: got 5, want 50'],
  ],
  [
    'definitions draft7',
    s({
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { p: p({ a: str }, { required: ['a'] }) },
      ...p({ image: { $ref: '#/definitions/p' } }),
    }),
    ["values.yaml:2 error values-schema value image: missing property 'a'"],
  ],
  [
    'dependentRequired',
    s(p({}, { dependentRequired: { port: ['protocol'] } })),
    ["env/dev.yaml error values-schema the values: properties 'protocol' required, if 'port' exists"],
  ],
  [
    'propertyNames',
    s(p({ image: { propertyNames: { pattern: '^x' } } })),
    [
      "values.yaml:3 error values-schema value image.repository: its name does not match pattern '^x'",
      "values.yaml:4 error values-schema value image.tag: its name does not match pattern '^x'",
    ],
  ],
  [
    'slash keys',
    s(p({ podAnnotations: { additionalProperties: { type: 'string' } } }), 'podAnnotations:\n  a.b/c~d: 5\n'),
    ['env/dev.yaml:2 error values-schema value podAnnotations["a.b/c~d"]: got number, want string'],
  ],
  [
    'subchart schema',
    {
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: "", alias: kid}\n',
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/values.yaml': 'a: b\n',
      'charts/sub/values.schema.json': JSON.stringify(p({ size: { type: 'integer' } }, { required: ['need'] })),
      'env/dev.yaml': 'kid:\n  size: big\n',
    },
    [
      "env/dev.yaml:1 error values-schema for the dependency kid: the values: missing property 'need'",
      'env/dev.yaml:2 error values-schema for the dependency kid: value size: got string, want integer',
    ],
  ],
  [
    'subchart default',
    {
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: ""}\n',
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/values.yaml': 'a: b\nsize: big\n',
      'charts/sub/values.schema.json': JSON.stringify(p({ size: { type: 'integer' } })),
      'env/dev.yaml': 'port: 80\n',
    },
    ['charts/sub/values.yaml:2 error values-schema for the dependency sub: value size: got string, want integer'],
  ],
  [
    'both charts',
    {
      ...s(p({ port: str })),
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: ""}\n',
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/values.schema.json': JSON.stringify(p({ size: { type: 'integer' } })),
      'env/dev.yaml': 'sub:\n  size: big\nport: 80\n',
    },
    [
      'env/dev.yaml:2 error values-schema for the dependency sub: value size: got string, want integer',
      'env/dev.yaml:3 error values-schema value port: got number, want string',
    ],
  ],
  [
    'a schema that is no JSON',
    { 'values.schema.json': '{"type": "object",\n "properties": }' },
    ["values.schema.json error values-schema cannot be used: invalid character '}' looking for beginning of value"],
  ],
  [
    'a schema that is none',
    { 'values.schema.json': '{\n"type": 5}' },
    [
      "values.schema.json error values-schema is no JSON Schema: type: none of what the schema allows: value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'; got number, want array",
    ],
  ],
  [
    'a schema that cannot be fetched',
    s(p({ greeting: { $ref: 'file:///no/such/file.json' } })),
    [
      'values.schema.json error values-schema cannot be used: failing loading "file:///no/such/file.json": open /no/such/file.json: no such file or directory',
    ],
  ],
];

const DEPENDENCY =
  'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: a, version: 1.0.0, repository: "", condition: a.enabled}\n';
const A = {
  'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
  'charts/a/values.yaml': 'tab: {s: 1}\nscalar: hello\n',
};

const WARNINGS: readonly Case[] = [
  [
    'a condition that is text',
    { 'Chart.yaml': DEPENDENCY, ...A, 'env/dev.yaml': 'a:\n  enabled: "yes"\n' },
    [
      'env/dev.yaml:2 warning values-type value a.enabled: it is the condition of the dependency a, but neither true nor false',
    ],
  ],
  [
    'maps and texts that cannot be merged',
    {
      'Chart.yaml': DEPENDENCY,
      ...A,
      'env/dev.yaml': 'a:\n  enabled: true\n  tab: s3cret\n  scalar:\n    x: s3cret\n',
    },
    [
      'env/dev.yaml:3 warning values-type value web.a.tab: it is a map in one file and none in another, and helm does not merge these',
      'env/dev.yaml:4 warning values-type value web.a.scalar: it is a map in one file and none in another, and helm does not merge these',
    ],
  ],
  [
    'text where the values of a dependency belong',
    { 'Chart.yaml': DEPENDENCY, ...A, 'env/dev.yaml': 'port: 80\na: s3cret\n' },
    ['env/dev.yaml:2 error values-type value a: must be a map, for it holds the values of a dependency'],
  ],
  [
    'import-values of nothing',
    {
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: a\n  version: 1.0.0\n  repository: ""\n  import-values:\n  - nope\n',
      ...A,
    },
    ['Chart.yaml:8 warning values-type import-values names something that the dependency does not have'],
  ],
];

describe.each(['4', '3'])('helm %s', (helmVersion) => {
  it.each([...TEMPLATES, ...SCHEMAS, ...WARNINGS])('%s', async (_name, files, lines) => {
    const chart = path.join(folder, 'charts/web');
    await writeFiles(chart, { ...webChart(), ...files });
    const values = Object.keys(files)
      .filter((file) => file.startsWith('env/'))
      .map((file) => `charts/web/${file}`);
    const result = await validate(folder, { helmVersion, charts: ['charts/web'], values });
    expect(result.lines.map((line) => line.replace('charts/web/', ''))).toEqual(lines);
    expect(JSON.stringify([result.lines, result.summary, result.annotations, result.logText])).not.toContain('s3cret');
  });
});
