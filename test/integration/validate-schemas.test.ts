/** The input `schemas`: files, folders, addresses, and catalogs on servers that answer as servers do. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { packChart } from '../../src/charts/pack.js';
import type { Clock } from '../../src/core/ports.js';
import { webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { captureStdout } from '../support/stdout.js';
import { validate } from '../support/validate.js';

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example.com}
spec:
  group: shop.example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-validations: [{rule: self.size > 0}, {rule: self.size < 9}]
              properties:
                size: {type: integer, x-kubernetes-validations: [{rule: self != 5}]}
`;
const SCHEMA = JSON.stringify({
  type: 'object',
  properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
});
const NAMED = JSON.stringify({
  ...(JSON.parse(SCHEMA) as object),
  'x-kubernetes-group-version-kind': [{ group: 'shop.example.com', version: 'v1', kind: 'Widget' }],
});
const widget = (spec = 'size: many', version = 'v1') =>
  `apiVersion: shop.example.com/${version}\nkind: Widget\nmetadata:\n  name: w\nspec: {${spec}}\n`;
const WRONG = ['charts/web/templates/widget.yaml:5 error wrong-type spec.size is text, must be an integer'];
const MISSING = [
  'charts/web/templates/widget.yaml:1 error missing-schema there is no schema for shop.example.com/v1 Widget: it was not validated',
];

captureStdout();
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  const files = Object.entries(webChart()).map(([name, text]) => [`charts/web/${name}`, text]);
  await writeFiles(folder, { ...Object.fromEntries(files), 'charts/web/templates/widget.yaml': widget() } as Record<
    string,
    string
  >);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('files and folders', () => {
  it.each<[string, string, string]>([
    ['a definition in YAML', 'a/crd.yaml', CRD],
    ['several documents', 'a/all.yml', `apiVersion: v1\nkind: ConfigMap\n---\n${CRD}`],
    [
      'a list of definitions',
      'a/list.yaml',
      `apiVersion: v1\nkind: List\nitems:\n  - ${CRD.replaceAll('\n', '\n    ')}`,
    ],
    ['a schema that names its kind', 'a/any.json', NAMED],
    ['a schema that names its kind, in YAML', 'a/any.yaml', NAMED],
    ['a catalog by groups', 'a/shop.example.com/widget_v1.json', SCHEMA],
    ['a catalog by kinds', 'a/widget-shop-v1.json', SCHEMA],
    ['a catalog by kinds with whole groups', 'a/widget-shop.example.com-v1.json', SCHEMA],
    ['a catalog without groups', 'a/widget_v1.json', SCHEMA],
  ])('%s', async (_name, file, text) => {
    await writeFiles(folder, { [file]: text, 'a/README.md': 'none', 'a/package.json': '{}' });
    for (const schemas of [['a'], [file]]) expect((await validate(folder, { schemas })).lines).toEqual(WRONG);
  });

  it('in a layout of their own', async () => {
    await writeFiles(folder, { 'a/v1/Widget.shop.json': SCHEMA });
    expect((await validate(folder, { schemas: ['a/{version}/{Kind}.{group-start}.json'] })).lines).toEqual(WRONG);
  });

  it('are read only where their names say that they are needed', async () => {
    await writeFiles(folder, {
      'a/other_v1.json': 'no JSON',
      'a/x.y/widget_v1.json': 'no JSON',
      'a/widget_v1.json': SCHEMA,
    });
    expect((await validate(folder, { schemas: ['a'] })).lines).toEqual(WRONG);
  });

  it('of another group or version are not taken', async () => {
    await writeFiles(folder, { 'a/other.com/widget_v1.json': SCHEMA, 'a/widget_v2.json': SCHEMA });
    const outcome = await validate(folder, { schemas: ['a'] });
    expect(outcome.lines).toEqual(MISSING);
    expect(outcome.outputs['not-validated']).toBe('1');
    expect(outcome.summary).toContain('1 object of `shop.example.com/v1 Widget` (`Widget/w`): no schema is known');
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['nothing there', ['nowhere'], {}, /^Input "schemas" names what does not exist: nowhere$/],
    ['no schema', ['charts/web/values.yaml'], {}, /values\.yaml declares no custom kind/],
    ['no schema in a folder', ['a'], { 'a/x.yaml': 'a: 1' }, /^Input "schemas": a declares no custom kind\.$/],
    ['a schema of nobody knows what', ['a/x.json'], { 'a/x.json': SCHEMA }, /x\.json does not say of which kind/],
    ['broken YAML', ['a'], { 'a/x.yaml': `${CRD}  x: [` }, /^a\/x\.yaml cannot be read as CustomResourceDefinitions/],
    [
      'a schema in parts',
      ['a/widget_v1.json'],
      { 'a/widget_v1.json': '{"properties":{"spec":{"$ref":"_definitions.json#/definitions/a"}}}' },
      /refers to another file: _definitions\.json/,
    ],
    [
      'an unknown placeholder',
      ['a/{group}/{resource}.json'],
      {},
      /a\/\{group\}\/\{resource\}\.json does not have \{kind\}|unknown placeholder: \{resource\}/,
    ],
    ['no placeholder for the kind', ['a/{group}.json'], {}, /does not have \{kind\}$/],
    ['placeholders of another tool', ['a/{{.Group}}/{{.ResourceKind}}.json'], {}, /unknown placeholder: \{\.Group\}$/],
  ])('an error: %s', async (_name, schemas, files, message) => {
    await writeFiles(folder, files);
    await expect(validate(folder, { schemas })).rejects.toThrow(message);
  });
});

describe('rules in CEL', () => {
  it('are counted, for they are not evaluated', async () => {
    await writeFiles(folder, { 'a/crd.yaml': CRD, 'charts/web/templates/widget.yaml': widget('size: 5') });
    const outcome = await validate(folder, { schemas: ['a'] });
    expect(outcome.lines).toEqual([]);
    expect(outcome.summary).toContain('rules in CEL of `shop.example.com/v1 Widget (3 rules)` are not evaluated');
  });
});

interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is cut. */
  readonly cut?: boolean;
}

describe('servers', () => {
  let server: http.Server;
  let url: string;
  let answers: (path: string, count: number) => Answer;
  let asked: string[];
  let headers: http.IncomingHttpHeaders[];
  let slept: number[];
  const clock: Clock = {
    now: () => Date.now(),
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  };
  const check = (schemas: string[], inputs = {}) => validate(folder, { schemas, ...inputs }, { clock });

  beforeEach(async () => {
    asked = [];
    headers = [];
    slept = [];
    server = http.createServer((request, response) => {
      const file = request.url ?? '';
      asked.push(file);
      headers.push(request.headers);
      const { status = 200, body = '', headers: more = {}, cut } = answers(file, asked.length);
      if (cut === true) return void request.socket.destroy();
      response.writeHead(status, more).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it.each<[string, string, string]>([
    ['definitions', '/crds.yaml', CRD],
    ['a schema that names its kind', '/any', NAMED],
    ['a schema whose address names its kind', '/shop.example.com/widget_v1.json', SCHEMA],
  ])('have %s', async (_name, file, body) => {
    answers = (path) => (path === file ? { body } : { status: 404 });
    expect((await check([`${url}${file}`])).lines).toEqual(WRONG);
  });

  it('are asked once for each kind that has no schema, for all cells and charts', async () => {
    const web = Object.entries(webChart('other')).map(([name, text]) => [`charts/other/${name}`, text]);
    await writeFiles(folder, {
      ...(Object.fromEntries(web) as Record<string, string>),
      'charts/other/templates/widget.yaml': widget(),
      'charts/other/templates/gadget.yaml':
        'apiVersion: other.example.com/v1beta1\nkind: Gadget\nmetadata: {name: g}\n',
    });
    answers = (path) => (path.endsWith('widget_v1.json') ? { body: SCHEMA } : { status: 404 });
    const outcome = await check([`${url}/{group}/{kind}_{version}.json`], { kubernetesVersions: ['1.35', '1.36'] });
    expect(outcome.lines).toEqual([
      'charts/other/templates/gadget.yaml:1 error missing-schema there is no schema for other.example.com/v1beta1 Gadget: it was not validated',
      ...WRONG.map((line) => line.replace('web', 'other')),
      ...WRONG,
    ]);
    expect(asked.sort()).toEqual(['/other.example.com/gadget_v1beta1.json', '/shop.example.com/widget_v1.json']);
  });

  it('are not asked for kinds that are known, skipped, or cannot be', async () => {
    await writeFiles(folder, {
      'charts/web/crds/crd.yaml': CRD,
      'charts/web/templates/odd.yaml': 'apiVersion: ../../x/v1\nkind: Odd\nmetadata: {name: odd}\n',
      'charts/web/templates/foo.yaml': 'apiVersion: foo.example.com/v1\nkind: Foo\nmetadata: {name: foo}\n',
    });
    answers = () => ({ status: 500 });
    const outcome = await check([`${url}/{group}/{kind}_{version}.json`], {
      skipKinds: ['Foo'],
      missingSchemas: 'ignore',
    });
    expect(outcome.lines).toEqual(WRONG);
    expect(asked).toEqual([]);
  });

  it('come after catalogs named before them, and before those named after', async () => {
    await writeFiles(folder, { 'a/widget_v1.json': SCHEMA });
    answers = () => ({ status: 404 });
    expect((await check(['a', `${url}/{kind}.json`])).lines).toEqual(WRONG);
    expect(asked).toEqual([]);
    expect((await check([`${url}/{kind}.json`, 'a'])).lines).toEqual(WRONG);
    expect(asked).toEqual(['/widget.json']);
  });

  it.each<[string, Answer]>([
    ['too many requests', { status: 429, headers: { 'retry-after': '7' } }],
    ['an error', { status: 503 }],
    ['a connection that is cut', { cut: true }],
  ])('are asked again after %s', async (_name, first) => {
    answers = (_path, count) => (count === 1 ? first : { body: SCHEMA });
    expect((await check([`${url}/{kind}_{version}.json`])).lines).toEqual(WRONG);
    expect(asked).toHaveLength(2);
    expect(slept).toEqual([first.status === 429 ? 7000 : 1000]);
  });

  it.each<[string, Answer, number, string]>([
    ['too many requests for ever', { status: 429 }, 4, 'the server answered 429, 4 times'],
    ['a pause of an hour', { status: 429, headers: { 'retry-after': '3600' } }, 1, 'the server answered 429'],
    ['an error for ever', { status: 502 }, 4, 'the server answered 502, 4 times'],
    ['that we may not', { status: 403 }, 1, 'the server answered 403'],
    ['no login', { status: 401 }, 1, 'the server answered 401'],
    ['something else', { status: 418 }, 1, 'the server answered 418'],
    [
      'a web page',
      { body: '<!doctype html><title>Sign in</title>' },
      1,
      'the server answered with a web page, not with a schema',
    ],
    [
      'a page that says so',
      { body: 'Sign in', headers: { 'content-type': 'text/html' } },
      1,
      'the server answered with a web page, not with a schema',
    ],
  ])('that answer %s are an error of the run, not of the chart', async (_name, answer, count, why) => {
    answers = () => answer;
    for (const item of [`${url}/{kind}_{version}.json`, `${url}/widget_v1.json`]) {
      asked = [];
      await expect(check([item])).rejects.toThrow(
        `Input "schemas": ${url}/widget_v1.json could not be fetched: ${why}`,
      );
      expect(asked).toHaveLength(count);
    }
  });

  it.each<[string, string]>([
    ['an empty answer', ''],
    ['JSON of something else', '{"message":"rate limit exceeded"}'],
    ['text', 'not found'],
    ['broken YAML', 'a: [b'],
  ])('that answer %s are an error of the run', async (_name, body) => {
    answers = () => ({ body });
    for (const item of [`${url}/{kind}_{version}.json`, `${url}/widget_v1.json`]) {
      await expect(check([item])).rejects.toThrow(
        `Input "schemas": what ${url}/widget_v1.json answers is neither a CustomResourceDefinition nor JSON Schema`,
      );
    }
  });

  it('that have nothing under an address without placeholders are an error', async () => {
    answers = () => ({ status: 404 });
    await expect(check([`${url}/crds.yaml`])).rejects.toThrow(`Input "schemas": there is nothing at ${url}/crds.yaml`);
  });

  it('get user and password, which appear nowhere', async () => {
    const secret = url.replace('http://', 'http://ci:s3cret%21@');
    answers = (path) => (path.startsWith('/ok') ? { body: SCHEMA } : { status: 403 });
    expect((await check([`${secret}/ok/{kind}_{version}.json`])).lines).toEqual(WRONG);
    expect(headers[0]?.authorization).toBe(`Basic ${Buffer.from('ci:s3cret!').toString('base64')}`);
    const error = await check([`${secret}/no/{kind}_{version}.json?token=abcdefghijklmnop`]).catch(
      (cause: unknown) => cause,
    );
    expect(asked.at(-1)).toBe('/no/widget_v1.json?token=abcdefghijklmnop');
    expect(String(error)).toContain(`${url}/no/widget_v1.json could not be fetched`);
    expect(String(error)).not.toMatch(/s3cret|abcdefgh|ci:/);
  });

  it('do not get the password of another', async () => {
    const other = http.createServer((request, response) => {
      headers.push(request.headers);
      response.end(SCHEMA);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const target = `http://localhost:${(other.address() as AddressInfo).port}/widget_v1.json`;
    answers = () => ({ status: 302, headers: { location: target } });
    try {
      const outcome = await check([`${url.replace('http://', 'http://ci:s3cret@')}/{kind}_{version}.json`]);
      expect(outcome.lines).toEqual(WRONG);
      expect(headers.map(({ authorization }) => authorization !== undefined)).toEqual([true, false]);
    } finally {
      other.close();
      other.closeAllConnections();
    }
  });
});

it('needs no catalog for what packed dependencies bring along', async () => {
  const files = { 'Chart.yaml': 'apiVersion: v2\nname: widgets\nversion: 1.0.0\n', 'crds/crd.yaml': CRD };
  const data = Object.entries(files).map(([name, text]) => ({ path: name, data: Buffer.from(text) }));
  const { bytes } = await packChart(data, 'widgets');
  const needs = `dependencies:\n  - {name: widgets, version: 1.0.0, repository: 'https://charts.example.com'}\n`;
  await writeFiles(folder, { 'charts/web/Chart.yaml': `${webChart()['Chart.yaml'] ?? ''}${needs}` });
  await mkdir(path.join(folder, 'charts/web/charts'));
  await writeFile(path.join(folder, 'charts/web/charts/widgets-1.0.0.tgz'), bytes);
  expect((await validate(folder)).lines).toEqual(WRONG);
});
