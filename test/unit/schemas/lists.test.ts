import { describe, expect, it } from '@jest/globals';
import { parseKubernetesYaml } from '../../../src/schemas/kubernetes-yaml.js';
import { objectsOf, problemsOfList } from '../../../src/schemas/lists.js';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';
import { createRenderChecker } from '../../../src/validation/check-render.js';
import { projectRoot } from '../../support/services.js';

const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);
const read = (text: string) => parseKubernetesYaml(text) as Record<string, unknown>;

describe('objectsOf', () => {
  it.each<[string, string[]]>([
    [
      '{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}, {apiVersion: apps/v1, kind: Deployment}]}',
      ['v1/Pod', 'apps/v1/Deployment'],
    ],
    ['{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}', ['apps/v1/Deployment']],
    [
      '{apiVersion: apps/v1, kind: DeploymentList, items: [{apiVersion: apps/v1, metadata: {name: a}}]}',
      ['apps/v1/Deployment'],
    ],
    ['{apiVersion: v1, kind: List, items: [{metadata: {name: a}}]}', ['/']],
    ['{apiVersion: v1, kind: List, items: []}', []],
    ['{apiVersion: v1, kind: List}', []],
    ['{apiVersion: example.com/v1, kind: FooList, items: [{metadata: {name: a}}]}', ['example.com/v1/Foo']],
    ['{apiVersion: example.com/v1, kind: AllowList, metadata: {name: a}, items: [1]}', ['example.com/v1/AllowList']],
    ['{apiVersion: v1, kind: Pod}', ['v1/Pod']],
  ])('%s', (text, kinds) => {
    expect(objectsOf(read(text)).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('problemsOfList', () => {
  it.each<[string, readonly [string, string][]]>([
    ['{apiVersion: v1, kind: List, items: []}', []],
    ['{apiVersion: v1, kind: List, metadata: {}, items: [{foo: 1}]}', []],
    ['{apiVersion: apps/v1, kind: DeploymentList, metadata: {resourceVersion: "1"}, items: [{foo: 1}]}', []],
    ['{apiVersion: example.com/v1, kind: FooList, items: []}', []],
    ['{apiVersion: v1, kind: ConfigMap, foo: 1}', []],
    ['{kind: List, items: []}', [['no-kind', 'required field apiVersion is missing']]],
    ['{apiVersion: v1, kind: List}', [['wrong-type', 'items is not a list of objects']]],
    ['{apiVersion: v1, kind: List, items: {a: 1}}', [['wrong-type', 'items is not a list of objects']]],
    ['{apiVersion: apps/v1, kind: DeploymentList, items: [], foo: 1}', [['unknown-field', 'unknown field foo']]],
    [
      '{apiVersion: v1, kind: DeploymentList, items: []}',
      [['unknown-kind', 'Kubernetes 1.36 has no v1 DeploymentList, did you mean apps/v1 DeploymentList?']],
    ],
  ])('%s', async (text, problems) => {
    const validator = await library.validator(36, []);
    expect(problemsOfList(read(text), validator).map(({ rule, message }) => [rule, message])).toEqual(problems);
  });
});

it('looks at each item of a list, and says which one is wrong', async () => {
  const options = { strict: true, missingSchemas: 'error', deprecations: 'off', skipKinds: [] } as const;
  const text = `---
# Source: c/templates/list.yaml
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
    dta: {a: b}
  - apiVersion: apps/v1
    kind: DeploymentList
    items: []
  - 7
---
# Source: c/templates/roles.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleList
items:
  - metadata: {name: a}
    rules: [{apiGroups: [''], resources: [pods], verbs: get}]
`;
  const report = await createRenderChecker(library, [], options).check(text, 36, 'x');
  expect(report.findings.map(({ document, line, message }) => [document.source, line, message])).toEqual([
    ['c/templates/list.yaml', 7, 'items[0]: unknown field dta, did you mean "data"?'],
    ['c/templates/list.yaml', 8, 'required field items[1].metadata.name is missing'],
    ['c/templates/list.yaml', 11, 'required field items[2].apiVersion is missing'],
    ['c/templates/roles.yaml', 5, 'items[0]: rules[0].verbs is text, must be a list'],
  ]);
});
