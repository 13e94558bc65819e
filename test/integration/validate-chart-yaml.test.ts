/** Chart.yaml with one fault each: what is told, on which line, with both majors of helm. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles, type Files } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

jest.setTimeout(180_000);

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-chart-yaml-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Lines = readonly string[];
type Case = readonly [name: string, files: Files, lines: Lines | { readonly '3': Lines; readonly '4': Lines }];

const c = (text: string, more: Files = {}): Files => ({ 'Chart.yaml': text, ...more });
const B = 'apiVersion: v2\nname: web\nversion: 0.1.0\nicon: https://example.com/i.svg\n';
const A = { 'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n' };

const CASES: readonly Case[] = [
  ['good', c(B), []],
  [
    'no apiVersion',
    c(B.replace('apiVersion: v2\n', '')),
    ['Chart.yaml:1 error chart charts/web/Chart.yaml has no apiVersion.'],
  ],
  [
    'apiVersion v9',
    c(B.replace('v2', 'v9')),
    {
      '4': ['Chart.yaml:1 error chart apiVersion is none that helm knows: v2, or v1 for charts of helm 2'],
      '3': ['Chart.yaml:1 error lint apiVersion \'v9\' is not valid. The value must be either "v1" or "v2"'],
    },
  ],
  [
    'apiVersion number',
    c(B.replace('v2', '2')),
    {
      '4': ['Chart.yaml:1 error chart apiVersion is none that helm knows: v2, or v1 for charts of helm 2'],
      '3': ['Chart.yaml:1 error lint apiVersion \'2\' is not valid. The value must be either "v1" or "v2"'],
    },
  ],
  ['no name', c(B.replace('name: web\n', '')), ['Chart.yaml:1 error chart charts/web/Chart.yaml has no name.']],
  [
    'name empty',
    c(B.replace('name: web', 'name: ""')),
    ['Chart.yaml:1 error chart charts/web/Chart.yaml has no name.'],
  ],
  [
    'name slash',
    c(B.replace('name: web', 'name: a/b')),
    ['Chart.yaml:2 error chart chart.metadata.name "a/b" is invalid'],
  ],
  ['name other than folder', c(B.replace('name: web', 'name: other')), []],
  [
    'no version',
    c(B.replace('version: 0.1.0\n', '')),
    ['Chart.yaml:1 error chart charts/web/Chart.yaml has no version.'],
  ],
  [
    'version 1',
    c(B.replace('0.1.0', '"1"')),
    ['Chart.yaml:3 error chart version is no SemVer 2 such as 1.2.3: helm 4 and OCI registries want all three numbers'],
  ],
  [
    'version v1',
    c(B.replace('0.1.0', 'v1.0.0')),
    ['Chart.yaml:3 error chart version is no SemVer 2 such as 1.2.3: helm 4 and OCI registries want all three numbers'],
  ],
  [
    'version 1.1',
    c(B.replace('0.1.0', '1.10')),
    ["Chart.yaml:3 error lint version should be of type string but it's of type float64"],
  ],
  [
    'version text',
    c(B.replace('0.1.0', 'abc')),
    [
      'Chart.yaml:3 error chart chart.metadata.version "abc" is invalid',
      'Chart.yaml:3 error chart version is no SemVer 2 such as 1.2.3: helm 4 and OCI registries want all three numbers',
    ],
  ],
  [
    'version leading zero',
    c(B.replace('0.1.0', '1.02.3')),
    ['Chart.yaml:3 error chart version is no SemVer 2 such as 1.2.3: helm 4 and OCI registries want all three numbers'],
  ],
  ['version empty', c(B.replace('0.1.0', '""')), ['Chart.yaml:1 error chart charts/web/Chart.yaml has no version.']],
  [
    'version list',
    c(B.replace('0.1.0', '[1]')),
    ['Chart.yaml:3 error chart charts/web/Chart.yaml: version is not a text.'],
  ],
  ['type', c(B + 'type: app\n'), ['Chart.yaml:5 error chart chart.metadata.type must be application or library']],
  ['type list', c(B + 'type: [a]\n'), ['Chart.yaml:5 error chart charts/web/Chart.yaml: type is not a text.']],
  ['duplicate keys', c(B + 'name: web\n'), ['Chart.yaml:5 error chart name is there twice: only the last counts']],
  [
    'duplicate version',
    c(B + 'version: 0.2.0\n'),
    ['Chart.yaml:5 error chart version is there twice: only the last counts'],
  ],
  [
    'unknown key',
    c(B + 'dependancies: []\n'),
    ['Chart.yaml:5 error chart helm knows no field dependancies, did you mean "dependencies"?'],
  ],
  ['not a map', c('- a\n'), ['Chart.yaml:1 error chart charts/web/Chart.yaml holds no chart metadata.']],
  ['empty', c(''), ['Chart.yaml:1 error chart charts/web/Chart.yaml holds no chart metadata.']],
  [
    'bad yaml',
    c(B + ' x: y\n'),
    [
      'Chart.yaml:5 error chart charts/web/Chart.yaml is no valid YAML: Nested mappings are not allowed in compact mappings',
    ],
  ],
  [
    'tab',
    c(B + 'a:\n\tb: c\n'),
    ['Chart.yaml:6 error chart charts/web/Chart.yaml is no valid YAML: Tabs are not allowed as indentation'],
  ],
  [
    'kubeVersion',
    c(B + 'kubeVersion: "not a range"\n'),
    [
      'Chart.yaml:5 error kube-version Chart.yaml requires kubeVersion not a range, which Kubernetes 1.37.0 is not',
      'Chart.yaml:5 error chart kubeVersion is no constraint such as ">=1.25.0-0": helm takes it for one that no version fulfils',
    ],
  ],
  [
    'appVersion number',
    c(B + 'appVersion: 1.10\n'),
    ["Chart.yaml:5 error lint appVersion should be of type string but it's of type float64"],
  ],
  [
    'deprecated',
    c(B + 'deprecated: "yes"\n'),
    ['Chart.yaml:5 error chart charts/web/Chart.yaml: deprecated is not true or false.'],
  ],
  [
    'maintainer no name',
    c(B + 'maintainers:\n- email: a@b.c\n'),
    ['Chart.yaml:5 error lint each maintainer requires a name'],
  ],
  [
    'maintainer email',
    c(B + 'maintainers:\n- name: a\n  email: nope\n'),
    ["Chart.yaml:5 error lint invalid email 'nope' for maintainer 'a'"],
  ],
  [
    'maintainer url',
    c(B + 'maintainers:\n- name: a\n  url: "::nope"\n'),
    ["Chart.yaml:5 error lint invalid url '::nope' for maintainer 'a'"],
  ],
  ['source url', c(B + 'sources:\n- "nope"\n'), ["Chart.yaml:5 error lint invalid source URL 'nope'"]],
  ['icon url', c(B.replace('https://example.com/i.svg', 'nope')), ["Chart.yaml:4 error lint invalid icon URL 'nope'"]],
  ['home', c(B + 'home: nope\n'), []],
  ['annotations number', c(B + 'annotations:\n  a: 1\n'), []],
  [
    'annotations list',
    c(B + 'annotations: [a]\n'),
    ['Chart.yaml:5 error chart charts/web/Chart.yaml: annotations is not a map.'],
  ],
  [
    'keywords text',
    c(B + 'keywords: a\n'),
    ['Chart.yaml:5 error chart charts/web/Chart.yaml: keywords is not a list.'],
  ],
  ['v1 dependencies', c(B.replace('v2', 'v1') + 'dependencies: []\n'), []],
  [
    'v1 type',
    c(B.replace('v2', 'v1') + 'type: application\n'),
    ["Chart.yaml:5 error lint chart type is not valid in apiVersion 'v1'. It is valid in apiVersion 'v2'"],
  ],
  [
    'v1 dependencies some',
    c(B.replace('v2', 'v1') + 'dependencies:\n- {name: a, version: 1.0.0, repository: ""}\n', A),
    [
      "Chart.yaml:5 error lint dependencies are not valid in the Chart file with apiVersion 'v1'. They are valid in apiVersion 'v2'",
    ],
  ],
  [
    'dep no name',
    c(B + 'dependencies:\n- version: 1.0.0\n'),
    ['Chart.yaml:6 error chart charts/web/Chart.yaml: a dependency has no name.'],
  ],
  ['dep no version', c(B + 'dependencies:\n- name: a\n', A), []],
  [
    'dep bad version',
    c(B + 'dependencies:\n- name: a\n  version: "x y"\n', A),
    ['Chart.yaml:7 error chart charts/web/Chart.yaml: dependency a has an unreadable version: "x y"'],
  ],
  [
    'dep twice',
    c(B + 'dependencies:\n- {name: a, version: 1.0.0}\n- {name: a, version: 1.0.0}\n', A),
    ['Chart.yaml:7 error chart more than one dependency with name or alias "a"'],
  ],
  [
    'dep alias bad',
    c(B + 'dependencies:\n- {name: a, version: 1.0.0, alias: "a b"}\n', A),
    ['Chart.yaml:5 error chart dependency "a" has disallowed characters in the alias'],
  ],
  [
    'dep missing',
    c(B + 'dependencies:\n- {name: zz, version: 1.0.0}\n'),
    ['Chart.yaml:6 error chart Dependency zz of charts/web is not in its charts/ folder.'],
  ],
  [
    'dep null',
    c(B + 'dependencies:\n-\n', A),
    ['Chart.yaml:6 error chart charts/web/Chart.yaml: an item of dependencies is not a map.'],
  ],
  [
    'dep scheme',
    c(B + 'dependencies:\n- {name: zz, version: 1.0.0, repository: "ftp://a"}\n'),
    [
      'Chart.yaml:6 error chart Dependency zz 1.0.0 of charts/web could not be fetched from ftp://a: could not find protocol handler for: ftp',
    ],
  ],
  ['dep unlisted', c(B, A), ['Chart.yaml error lint chart metadata is missing these dependencies: a']],
  [
    'dep version differs',
    c(B + 'dependencies:\n- {name: a, version: 2.0.0}\n', A),
    ['Chart.yaml:6 error chart Dependency a of charts/web is not in its charts/ folder.'],
  ],
];

describe.each(['4', '3'] as const)('helm %s', (helmVersion) => {
  it.each(CASES)('%s', async (_name, files, expected) => {
    await writeFiles(path.join(folder, 'charts/web'), { ...webChart(), ...files });
    const result = await validate(folder, { helmVersion, charts: ['charts/web'] });
    const lines = '4' in expected ? expected[helmVersion] : expected;
    expect(result.lines.map((line) => line.replace('charts/web/', ''))).toEqual(lines);
  });
});

it('is a warning where strict is off, for helm goes on', async () => {
  await writeFiles(path.join(folder, 'charts/web'), { ...webChart(), 'Chart.yaml': `${B}dependancies: []\n` });
  const result = await validate(folder, { charts: ['charts/web'], strict: false });
  expect(result.lines).toEqual([
    'charts/web/Chart.yaml:5 warning chart helm knows no field dependancies, did you mean "dependencies"?',
  ]);
});
