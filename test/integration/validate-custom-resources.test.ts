/** Custom resources by the definitions that a chart brings along, wherever these are and whatever is wrong with them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { parseKubernetesYaml } from '../../src/schemas/kubernetes-yaml.js';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

const SCHEMA = (field: string) =>
  `schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {${field}: {type: integer}}}}}}`;
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      ${SCHEMA('size')}
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      deprecationWarning: Widgets are of v1 now
      ${SCHEMA('length')}
    - name: v1alpha1
      served: false
      storage: false
      ${SCHEMA('width')}
`;
const widget = (version: string, field: string) =>
  `apiVersion: example.com/${version}\nkind: Widget\nmetadata:\n  name: ${version}\nspec:\n  ${field}: 1\n`;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  const files = Object.entries(webChart()).map(([name, text]) => [`charts/web/${name}`, text]);
  await writeFiles(folder, Object.fromEntries(files) as Record<string, string>);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
const add = (files: Record<string, string>) =>
  writeFiles(folder, Object.fromEntries(Object.entries(files).map(([name, text]) => [`charts/web/${name}`, text])));

describe('versions of a definition', () => {
  it.each<[string, string, string[]]>([
    ['v1', 'size', []],
    ['v1', 'length', ['6 error unknown-field unknown field spec.length']],
    ['v1beta1', 'length', ['1 warning deprecated-api Widgets are of v1 now']],
    [
      'v1beta1',
      'size',
      ['1 warning deprecated-api Widgets are of v1 now', '6 error unknown-field unknown field spec.size'],
    ],
    ['v1alpha1', 'width', ['1 error unknown-kind example.com/v1alpha1 Widget is declared but not served']],
    [
      'v2',
      'size',
      [
        '1 error unknown-kind example.com/v2 Widget is not declared by its CustomResourceDefinition, which has example.com/v1',
      ],
    ],
  ])('%s with %s', async (version, field, findings) => {
    await add({ 'crds/widget.yaml': CRD, 'templates/widget.yaml': widget(version, field) });
    const { lines } = await validate(folder);
    expect([...lines].sort()).toEqual(findings.map((line) => `charts/web/templates/widget.yaml:${line}`).sort());
  });
});

describe('definitions', () => {
  const needs = (name: string) =>
    edit(
      `${folder}/charts/web/Chart.yaml`,
      'type: application\n',
      `type: application\ndependencies: [{name: ${name}, version: 1.0.0}]\n`,
    );
  const WRONG = ['charts/web/templates/widget.yaml:6 error unknown-field unknown field spec.length'];

  it.each<[string, Record<string, string>]>([
    [
      'of a template, with what it renders',
      { 'templates/crd.yaml': CRD.replace('name: widgets.example.com', 'name: {{ "widgets" }}.example.com') },
    ],
    [
      'in a list',
      { 'templates/crd.yaml': `apiVersion: v1\nkind: List\nitems:\n  - ${CRD.trimEnd().replaceAll('\n', '\n    ')}\n` },
    ],
    ['in a folder of crds/', { 'crds/v1/all/widget.yaml': CRD }],
    ['in JSON', { 'crds/widget.json': JSON.stringify(parseKubernetesYaml(CRD)) }],
  ])('%s', async (_name, files) => {
    await add({ ...files, 'templates/widget.yaml': widget('v1', 'length') });
    expect((await validate(folder)).lines.filter((line) => !line.includes('crd.yaml'))).toEqual(WRONG);
  });

  it.each(['crds/widget.yaml', 'templates/crd.yaml'])('%s of a dependency of a dependency', async (file) => {
    await needs('outer');
    await add({
      'charts/outer/Chart.yaml':
        'apiVersion: v2\nname: outer\nversion: 1.0.0\ndependencies: [{name: inner, version: 1.0.0}]\n',
      'charts/outer/charts/inner/Chart.yaml': 'apiVersion: v2\nname: inner\nversion: 1.0.0\n',
      [`charts/outer/charts/inner/${file}`]: CRD,
      'templates/widget.yaml': widget('v1', 'length'),
    });
    expect((await validate(folder)).lines).toEqual(WRONG);
  });

  it('that are wrong are said to be, on their line, and their objects are not said to be valid', async () => {
    await add({
      'crds/widget.yaml': CRD.replace(SCHEMA('size'), 'additionalPrinterColumns: []'),
      'templates/widget.yaml': widget('v1', 'length'),
    });
    const outcome = await validate(folder);
    expect(outcome.lines).toEqual([
      'charts/web/crds/widget.yaml:10 error missing-field required field spec.versions[0].schema.openAPIV3Schema is missing',
      'charts/web/templates/widget.yaml:1 error missing-schema the CustomResourceDefinition has no schema of example.com/v1 Widget: it was not validated',
    ]);
    expect(outcome.outputs['not-validated']).toBe('1');
  });

  it('that are not structural are said to be, on their line', async () => {
    await add({ 'crds/widget.yaml': CRD.replace('{size: {type: integer}}', '{size: {minimum: 1}}') });
    expect((await validate(folder)).lines).toEqual([
      'charts/web/crds/widget.yaml:13 error broken-rule spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size must have a type',
    ]);
  });

  it('of v1beta1 are gone, and still tell what their objects are', async () => {
    const old = CRD.replace('apiextensions.k8s.io/v1', 'apiextensions.k8s.io/v1beta1');
    await add({ 'crds/widget.yaml': old, 'templates/widget.yaml': widget('v1', 'length') });
    expect((await validate(folder)).lines).toEqual([
      'charts/web/crds/widget.yaml:1 error removed-api apiextensions.k8s.io/v1beta1 CustomResourceDefinition is not served since Kubernetes 1.22; use apiextensions.k8s.io/v1 CustomResourceDefinition',
      ...WRONG,
    ]);
  });
});

describe('what is not validated', () => {
  it('is counted by kinds, each object once, whatever is made of it', async () => {
    await add({
      'templates/a.yaml':
        'apiVersion: a.example.com/v1\nkind: A\nmetadata: {name: one}\n---\napiVersion: a.example.com/v1\nkind: A\nmetadata: {name: two}\n',
      'templates/b.yaml': 'apiVersion: b.example.com/v1\nkind: B\nmetadata: {name: b}\n',
    });
    for (const missingSchemas of ['ignore', 'warn', 'error'] as const) {
      const outcome = await validate(folder, {
        missingSchemas,
        kubernetesVersions: ['1.35', '1.36'],
        skipKinds: ['ConfigMap'],
      });
      expect(outcome.outputs['not-validated']).toBe('4');
      expect(outcome.lines).toHaveLength(missingSchemas === 'ignore' ? 0 : 3);
      for (const line of [
        '2 objects of `a.example.com/v1 A` (`A/one`, `A/two`): no schema is known',
        '1 object of `b.example.com/v1 B` (`B/b`): no schema is known',
        '1 object of `v1 ConfigMap` (`ConfigMap/web`): named in skip-kinds',
      ]) {
        expect(outcome.summary).toContain(`\n- ${line}\n`);
      }
      for (const finding of outcome.findings) expect(finding.hint).toContain('the input "schemas"');
    }
  });
});
