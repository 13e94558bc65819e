import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../support/services.js';
import { readCustomKinds } from '../../../src/schemas/crds.js';
import { parseKubernetesYaml } from '../../../src/schemas/kubernetes-yaml.js';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { kindOf } from '../../../src/schemas/kind-names.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';

const packs = openSchemaPacks(projectRoot);
const strict = createSchemaLibrary(packs, true);
const lenient = createSchemaLibrary(packs, false);

const record = (value: unknown) => value as Record<string, unknown>;

async function problemsOf(text: string, { minor = 36, library = strict, crds = '' } = {}): Promise<readonly string[]> {
  const custom = crds === '' ? [] : readCustomKinds(parseKubernetesYaml(crds));
  const validator = await library.validator(minor, custom);
  const object = record(parseKubernetesYaml(text));
  const verdict = validator.check(object, kindOf(object));
  if (verdict.status === 'checked') return verdict.problems.map((problem) => problem.message);
  return [verdict.status === 'not-served' ? verdict.message : verdict.status];
}

const deployment = (change: (lines: string) => string) =>
  change(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  creationTimestamp: null
  labels: {app: api, empty: null}
spec:
  replicas: 2
  selector:
    matchLabels: {app: api}
  strategy:
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
  template:
    metadata:
      labels: {app: api}
      annotations:
    spec:
      nodeSelector: null
      containers:
        - name: api
          image: ghcr.io/acme/api:1.0.0
          imagePullPolicy: ""
          args: ["--port", "80"]
          ports:
            - {name: http, containerPort: 8080}
          env:
            - {name: A, value: "1"}
            - {name: B, value: null}
          resources:
            limits: {cpu: 0.5, memory: 128Mi}
            requests: {cpu: 100m, memory: "1e3"}
          livenessProbe:
            httpGet: {path: /, port: http}
      volumes:
        - name: empty
          emptyDir: {}
status: {anything: goes}
`);

describe('strict validation of a Deployment', () => {
  it('accepts what the API server accepts, in every version', async () => {
    for (const minor of await packs.minors()) {
      expect(
        await problemsOf(
          deployment((text) => text),
          { minor },
        ),
      ).toEqual([]);
    }
  });

  it.each<[string, (text: string) => string, string]>([
    [
      'a misspelled field',
      (t) => t.replace('replicas:', 'replica:'),
      'unknown field spec.replica, did you mean "replicas"?',
    ],
    ['an unknown field that is null', (t) => t.replace('replicas: 2', 'foo: null'), 'unknown field spec.foo'],
    [
      'a number as text',
      (t) => t.replace('replicas: 2', 'replicas: "2"'),
      'spec.replicas is text, must be an integer: take the quotes away',
    ],
    [
      'text as a number',
      (t) => t.replace('value: "1"', 'value: 1'),
      'spec.template.spec.containers[0].env[0].value is an integer, must be text: quote it',
    ],
    [
      'a boolean in YAML 1.1',
      (t) => t.replace('value: "1"', 'value: on'),
      'spec.template.spec.containers[0].env[0].value is true or false, must be text: quote it',
    ],
    [
      'a list that is a map',
      (t) => t.replace('args: ["--port", "80"]', 'args: {a: b}'),
      'spec.template.spec.containers[0].args is a map, must be a list',
    ],
    [
      'an empty list item',
      (t) => t.replace('["--port", "80"]', '[a, ~]'),
      'spec.template.spec.containers[0].args[1] is nothing: a list has no empty items',
    ],
    ['a fraction', (t) => t.replace('replicas: 2', 'replicas: 1.5'), 'spec.replicas is a number, must be an integer'],
    ['a missing field', (t) => t.replace(/ {2}selector:\n.*\n/, ''), 'required field spec.selector is missing'],
    [
      'a required field that is null',
      (t) => t.replace('name: http, containerPort: 8080', 'name: http, containerPort: null'),
      'required field spec.template.spec.containers[0].ports[0].containerPort is missing',
    ],
    [
      'a value that is not allowed',
      (t) => t.replace('imagePullPolicy: ""', 'imagePullPolicy: Allways'),
      'spec.template.spec.containers[0].imagePullPolicy is none of Always, IfNotPresent, Never',
    ],
    [
      'a quantity that is none',
      (t) => t.replace('128Mi', '128MB'),
      'spec.template.spec.containers[0].resources.limits.memory is not a quantity such as 500m, 1.5 or 2Gi',
    ],
    [
      'an integer that is too large',
      (t) => t.replace('replicas: 2', 'replicas: 3000000000'),
      'spec.replicas is not an integer of 32 bits',
    ],
    [
      'a map where int-or-string is due',
      (t) => t.replace('port: http}', 'port: {}}'),
      'spec.template.spec.containers[0].livenessProbe.httpGet.port is a map, must be an integer or text',
    ],
    [
      'the same name twice in a keyed list',
      (t) => t.replace('name: B', 'name: A'),
      'spec.template.spec.containers[0].env[1] has the same name as spec.template.spec.containers[0].env[0]',
    ],
    [
      'a key with a dot',
      (t) => t.replace('app: api, empty: null', '"a.b/c": 1'),
      'metadata.labels["a.b/c"] is an integer, must be text: quote it',
    ],
  ])('refuses %s', async (_name, change, message) => {
    expect(await problemsOf(deployment(change))).toEqual([message]);
  });

  it('does not mind unknown fields and doubled names when not strict', async () => {
    const text = deployment((t) => t.replace('replicas: 2', 'foo: 2').replace('name: B', 'name: A'));
    expect(await problemsOf(text, { library: lenient })).toEqual([]);
    expect(
      await problemsOf(
        deployment((t) => t.replace('replicas: 2', 'replicas: two')),
        { library: lenient },
      ),
    ).toEqual(['spec.replicas is text, must be an integer']);
  });

  it('never shows a value', async () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: hunter2hunter2!, b: 5}\nfoo: hunter2\n';
    const problems = await problemsOf(secret);
    expect(problems).toEqual([
      'unknown field foo',
      'data.a is not base64',
      'data.b is an integer, must be text: quote it',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('kinds', () => {
  it.each<[string, number, string]>([
    [
      'extensions/v1beta1/Ingress',
      36,
      'extensions/v1beta1 Ingress is not served since Kubernetes 1.22; use networking.k8s.io/v1 Ingress',
    ],
    [
      'policy/v1beta1/PodDisruptionBudget',
      25,
      'policy/v1beta1 PodDisruptionBudget is not served since Kubernetes 1.25; use policy/v1 PodDisruptionBudget',
    ],
    [
      'autoscaling/v2beta2/HorizontalPodAutoscaler',
      26,
      'autoscaling/v2beta2 HorizontalPodAutoscaler is not served since Kubernetes 1.26; use autoscaling/v2 HorizontalPodAutoscaler',
    ],
    ['apps/v1/Deploymnet', 36, 'Kubernetes 1.36 has no apps/v1 Deploymnet, did you mean apps/v1 Deployment?'],
    ['v1/Deployment', 36, 'Kubernetes 1.36 has no v1 Deployment, did you mean apps/v1 Deployment?'],
    ['resource.k8s.io/v1/ResourceClaim', 30, 'resource.k8s.io/v1 ResourceClaim is not in Kubernetes 1.30 yet'],
    ['example.com/v1/Foo', 36, 'no-schema'],
    ['gateway.networking.k8s.io/v1/HTTPRoute', 36, 'no-schema'],
  ])('%s on 1.%d', async (kind, minor, message) => {
    const slash = kind.lastIndexOf('/');
    const text = `apiVersion: ${kind.slice(0, slash)}\nkind: ${kind.slice(slash + 1)}\nmetadata: {name: a}\n`;
    expect(await problemsOf(text, { minor })).toEqual([message]);
  });

  it('warns of what is going to go', async () => {
    const validator = await strict.validator(25, []);
    expect(validator.deprecation('autoscaling/v2beta2/HorizontalPodAutoscaler')?.message).toBe(
      'autoscaling/v2beta2 HorizontalPodAutoscaler is deprecated since Kubernetes 1.23 and not served from 1.26 on; use autoscaling/v2 HorizontalPodAutoscaler',
    );
    expect(validator.deprecation('apps/v1/Deployment')).toBeUndefined();
  });

  it('tells helm what a cluster of that version serves', async () => {
    const old = (await strict.validator(25, [])).apiVersions;
    const recent = (await strict.validator(36, [])).apiVersions;
    expect(old).toEqual(
      expect.arrayContaining(['v1', 'apps/v1/Deployment', 'autoscaling/v2beta2/HorizontalPodAutoscaler']),
    );
    expect(recent).toEqual(expect.arrayContaining(['networking.k8s.io/v1/Ingress', 'policy/v1']));
    expect(recent).not.toEqual(expect.arrayContaining(['autoscaling/v2beta2/HorizontalPodAutoscaler']));
    expect(recent.filter((kind) => kind.includes('alpha'))).toEqual([]);
  });

  it('knows which live in a namespace', async () => {
    const validator = await strict.validator(36, []);
    expect(validator.isNamespaced('apps/v1/Deployment')).toBe(true);
    expect(validator.isNamespaced('rbac.authorization.k8s.io/v1/ClusterRole')).toBe(false);
    expect(validator.isNamespaced('example.com/v1/Foo')).toBeUndefined();
  });
});

describe('custom resources', () => {
  const crds = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos, singular: foo, listKind: FooList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            status: {type: object}
            spec:
              type: object
              required: [size, mode]
              x-kubernetes-validations: [{rule: self.size > 0}]
              properties:
                size: {type: integer, minimum: 1, exclusiveMinimum: true}
                mode: {type: string, enum: [a, b], default: a}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                maybe: {type: string, nullable: true}
                tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                closed: {type: object}
                labels: {type: object, additionalProperties: {type: string}}
                name: {type: string, pattern: '^[a-z]+$', maxLength: 5}
                pod: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
                either: {type: object, properties: {x: {type: string}, y: {type: string}}, oneOf: [{required: [x]}, {required: [y]}]}
    - name: v1alpha1
      served: false
      schema: {openAPIV3Schema: {type: object}}
    - name: v1beta1
      served: true
      deprecated: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
  const foo = (spec: string, version = 'v1') =>
    `apiVersion: example.com/${version}\nkind: Foo\nmetadata: {name: a, labels: {a: b}}\nspec: {${spec}}\nstatus: {x: 1}\n`;

  it('accepts what its definition accepts', async () => {
    const good =
      'size: 2, mode: null, port: 80, maybe: null, closed: null, free: {a: {b: 1}}, labels: {a: b}, name: abc, either: {x: "1"}';
    expect(await problemsOf(foo(good), { crds })).toEqual([]);
    expect(
      await problemsOf(
        foo('size: 2, port: http, pod: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {a: 1}}'),
        { crds },
      ),
    ).toEqual([]);
    expect(await problemsOf(foo('whatever: 1', 'v1beta1'), { crds })).toEqual([]);
  });

  it.each<[string, string]>([
    ['mode: a', 'required field spec.size is missing'],
    ['size: 1', 'spec.size must be > 1'],
    ['size: two', 'spec.size is text, must be an integer'],
    ['size: 2, mod: a', 'unknown field spec.mod, did you mean "mode"?'],
    ['size: 2, mode: c', 'spec.mode is none of a, b'],
    ['size: 2, closed: {a: 1}', 'unknown field spec.closed.a'],
    ['size: 2, labels: {a: 1}', 'spec.labels.a is an integer, must be text: quote it'],
    ['size: 2, name: ABC', 'spec.name does not match the pattern ^[a-z]+$'],
    ['size: 2, name: abcdefg', 'spec.name must NOT have more than 5 characters'],
    ['size: 2, port: {}', 'spec.port is a map, must be an integer or text'],
    [
      'size: 2, pod: {apiVersion: v1, kind: Pod, metadata: {nam: x}}',
      'unknown field spec.pod.metadata.nam, did you mean "name"?',
    ],
    ['size: 2, pod: {apiVersion: v1}', 'required field spec.pod.kind is missing'],
    ['size: 2, tags: [a, b, a]', 'spec.tags[2] is the same as spec.tags[0]'],
    ['size: 2, tags: [a, ~]', 'spec.tags[1] is nothing, must be text'],
    ['size: null', 'required field spec.size is missing'],
    ['size: 2, unknown: null', 'unknown field spec.unknown'],
    ["size: 2, pod: {apiVersion: v1, kind: ''}", 'spec.pod.kind must not be empty'],
    ['size: 2, maybe: 5', 'spec.maybe is an integer, must be text: quote it'],
    ['size: 2, free: 5', 'spec.free is an integer, must be a map'],
    ['size: 2, either: {x: a, y: b}', 'spec.either fits none of the alternatives of its schema'],
  ])('refuses {%s}', async (spec, message) => {
    expect(await problemsOf(foo(spec), { crds })).toEqual([message]);
  });

  it('says what a version is that is not served or not declared', async () => {
    expect(await problemsOf(foo('', 'v1alpha1'), { crds })).toEqual([
      'example.com/v1alpha1 Foo is declared but not served',
    ]);
    expect(await problemsOf(foo('', 'v2'), { crds })).toEqual([
      'example.com/v2 Foo is not declared by its CustomResourceDefinition, which has example.com/v1',
    ]);
  });

  it('says that rules in CEL were skipped', async () => {
    const validator = await strict.validator(36, readCustomKinds(parseKubernetesYaml(crds)));
    const object = record(parseKubernetesYaml(foo('size: 2')));
    expect(validator.check(object, kindOf(object))).toEqual({ status: 'checked', problems: [], rulesSkipped: 1 });
    expect(validator.deprecation('example.com/v1beta1/Foo')?.message).toBe('example.com/v1beta1/Foo is deprecated');
  });
});
