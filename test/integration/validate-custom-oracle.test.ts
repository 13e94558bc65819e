/** The verdict on custom resources against that of the real API server, on objects that were changed at random. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { createLimiter } from '../../src/core/concurrency.js';
import { readCustomKinds } from '../../src/schemas/crds.js';
import { parseKubernetesYaml } from '../../src/schemas/kubernetes-yaml.js';
import { openSchemaPacks } from '../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../src/schemas/validator.js';
import { createRenderChecker } from '../../src/validation/check-render.js';
import { changeAt, pathsOf, randomFrom } from '../support/changed-objects.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { projectRoot, toolchainBin } from '../support/services.js';

const CHANGES = 160;

const CRD = parseKubernetesYaml(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            status: {type: object, properties: {phase: {type: string}}}
            spec:
              type: object
              required: [size, mode, name]
              properties:
                size: {type: integer, format: int32, minimum: 1, maximum: 10}
                ratio: {type: number, exclusiveMinimum: true, minimum: 0}
                mode: {type: string, enum: [fast, slow], default: fast}
                name: {type: string, pattern: '^[a-z]+$', minLength: 2, maxLength: 8}
                note: {type: string, nullable: true}
                flag: {type: boolean}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                any: {x-kubernetes-preserve-unknown-fields: true}
                labels: {type: object, maxProperties: 2, additionalProperties: {type: string}}
                tags: {type: array, x-kubernetes-list-type: set, maxItems: 3, items: {type: string}}
                parts:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [key]
                  items:
                    type: object
                    required: [key]
                    properties: {key: {type: string}, value: {type: integer}}
                nested: {type: object, default: {}, properties: {deep: {type: object, properties: {a: {type: string, default: b}}}}}
                either:
                  type: object
                  properties: {x: {type: string}, z: {type: string}}
                  oneOf: [{required: [x]}, {required: [z]}]
                pod:
                  type: object
                  x-kubernetes-embedded-resource: true
                  x-kubernetes-preserve-unknown-fields: true
`);
const GADGET = parseKubernetesYaml(`apiVersion: example.com/v1
kind: Gadget
metadata: {name: g, labels: {a: b}}
spec:
  size: 2
  ratio: 0.5
  mode: slow
  name: abc
  note: hello
  flag: true
  port: 8080
  free: {a: {b: [1]}}
  any: [1, {a: b}]
  labels: {a: b}
  tags: [a, b]
  parts: [{key: a, value: 1}, {key: b}]
  nested: {deep: {a: c}}
  either: {x: a}
  pod: {apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}, spec: {anything: goes}}
`);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('validate-custom');
  await cluster.apply(CRD);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd/gadgets.example.com');
}, 120_000);
afterAll(async () => {
  await cluster.down();
});

/** Why the API server refuses it; empty when it does not. */
const serverSays = (object: unknown) =>
  new Promise<string>((resolve) => {
    const config = `--kubeconfig=${cluster.kubeconfig}`;
    const args = ['create', '--dry-run=server', '--validate=strict', '--filename=-', config];
    const child = execFile(path.join(toolchainBin, 'kubectl'), args, { timeout: 30_000 }, (error, _out, stderr) =>
      resolve(error === null ? '' : stderr.trim() || 'refused'),
    );
    child.stdin?.end(JSON.stringify(object));
  });

it('is the same for every object', async () => {
  const random = randomFrom(3);
  const places = pathsOf(GADGET).filter(([root]) => root === 'spec');
  const changed = Array.from({ length: CHANGES }, () => {
    return changeAt(GADGET, places[Math.floor(random() * places.length)] ?? [], random);
  });
  const options = { strict: true, missingSchemas: 'error', deprecations: 'off', skipKinds: [] } as const;
  const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);
  const checker = createRenderChecker(library, readCustomKinds(CRD), options);
  const limit = createLimiter(2);
  const verdicts = await Promise.all(
    [GADGET, ...changed].map((object) =>
      limit(async () => {
        const text = JSON.stringify(object);
        const { findings } = await checker.check(`---\n# Source: c/templates/a.yaml\n${text}\n`, 36, 'no-release');
        return { text, ours: findings.map(({ message }) => message), server: await serverSays(object) };
      }),
    ),
  );
  const invalid = verdicts.filter(({ server }) => server !== '').length;
  process.stdout.write(`${verdicts.length} objects, ${invalid} of them invalid\n`);
  expect(verdicts[0]).toMatchObject({ ours: [], server: '' });
  expect(invalid).toBeGreaterThan(CHANGES / 3);
  expect(verdicts.filter(({ ours, server }) => (ours.length === 0) !== (server === ''))).toEqual([]);
}, 240_000);
