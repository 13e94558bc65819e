import { describe, expect, it } from '@jest/globals';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';
import type { CheckOptions } from '../../../src/validation/check-documents.js';
import { createRenderChecker } from '../../../src/validation/check-render.js';
import { projectRoot } from '../../support/services.js';

const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);
const OPTIONS: CheckOptions = { strict: true, missingSchemas: 'ignore', deprecations: 'warn', skipKinds: [] };

/** `line level rule message` of what is wrong with documents that stand one after the other. */
async function check(documents: readonly string[], options: Partial<CheckOptions> = {}): Promise<readonly string[]> {
  const render = documents.map((text, index) => `---\n# Source: c/templates/${index}.yaml\n${text}\n`).join('');
  const report = await createRenderChecker(library, [], { ...OPTIONS, ...options }).check(render, 36, 'shop');
  return report.findings.map(({ line, level, rule, message }) => `${line ?? ''} ${level} ${rule} ${message}`);
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-api
  labels: { app: api }
spec:
  selector:
    matchLabels: { app: api }
  template:
    metadata:
      labels: { app: api, tier: back }
    spec:
      serviceAccountName: shop-api
      containers:
        - name: api
          image: ghcr.io/acme/api:1.0.0
          ports:
            - { name: http, containerPort: 8080 }
          livenessProbe:
            httpGet: { path: /, port: http }
          envFrom:
            - configMapRef: { name: shop-config }
          env:
            - name: KEY
              valueFrom:
                secretKeyRef: { name: shop-secret, key: key }
          volumeMounts:
            - { name: data, mountPath: /data }
      volumes:
        - name: data
          configMap: { name: external }`;
const service = `apiVersion: v1
kind: Service
metadata:
  name: shop-api
spec:
  selector: { app: api }
  ports:
    - { name: web, port: 80, targetPort: http }`;
const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  defaultBackend:
    service: { name: elsewhere, port: { number: 1 } }
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: shop-api
                port: { name: web }`;
const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop-config }\ndata: { a: "1" }';
const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: shop-secret }\nstringData: { key: hunter2 }';
const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: shop-api }';
const all = [deployment, service, ingress, config, secret, account];

describe('a render in which everything fits', () => {
  it('has no findings', async () => {
    expect(await check(all)).toEqual([]);
  });
});

describe('one fault', () => {
  it.each<[string, string, string, string[]]>([
    [
      'a name with capitals',
      'name: shop-api\n  labels',
      'name: Shop_Api\n  labels',
      [
        '4 error bad-name metadata.name is no name for Deployment: it must be at most 253 lower-case letters, digits, - and ., a letter or digit first and last',
      ],
    ],
    [
      'a label that is too long',
      'labels: { app: api }',
      `labels: { app: ${'a'.repeat(64)} }`,
      [
        '5 error bad-name metadata.labels.app is no value of a label: it must be at most 63 letters, digits, -, _ and ., a letter or digit first and last',
      ],
    ],
    [
      'a label key with two slashes',
      'labels: { app: api }',
      'labels: { a/b/c: api }',
      [expect.stringMatching(/^5 error bad-name metadata\.labels\["a\/b\/c"\] is no label: /) as unknown as string],
    ],
    [
      'an annotation with a space',
      'labels: { app: api }',
      'annotations: { "a b": c }',
      [expect.stringMatching(/^5 error bad-name .*is no annotation/) as unknown as string],
    ],
    [
      'labels of the pods that the selector misses',
      'labels: { app: api, tier: back }',
      'labels: { app: ap, tier: back }',
      [
        '8 error selector-mismatch spec.selector.matchLabels.app does not match the labels of the pods that spec.template makes',
        '6 warning selects-nothing spec.selector matches the labels of no pod that the chart makes',
      ],
    ],
    [
      'a mount without a volume',
      '- name: data\n',
      '- name: date\n',
      [
        '28 error unknown-volume spec.template.spec.containers[0].volumeMounts[0].name names a volume that the pod does not have',
      ],
    ],
    [
      'a probe of an unknown port',
      'port: http }\n          envFrom',
      'port: htpp }\n          envFrom',
      [
        '20 error unknown-port spec.template.spec.containers[0].livenessProbe.httpGet.port names a port that the container does not have',
      ],
    ],
    [
      'a port name that is too long',
      '{ name: http, containerPort',
      '{ name: http-of-the-whole-api, containerPort',
      [
        expect.stringMatching(
          /^18 error bad-name .*ports\[0\]\.name is no name of a port: it must be at most 15/,
        ) as unknown as string,
        expect.stringMatching(/unknown-port/) as unknown as string,
        expect.stringMatching(/unknown-port/) as unknown as string,
      ],
    ],
    [
      'a container with a bad name',
      '- name: api\n',
      '- name: api_1\n',
      [
        expect.stringMatching(
          /^15 error bad-name .*containers\[0\]\.name is no name of a container/,
        ) as unknown as string,
      ],
    ],
    [
      'an image without a tag',
      'api:1.0.0',
      'api',
      [
        '16 warning image-tag spec.template.spec.containers[0].image has no tag: what runs changes without a new chart, and a rollback does not bring it back',
      ],
    ],
    [
      'an image with the tag latest',
      'api:1.0.0',
      'api:latest',
      [
        expect.stringContaining(
          '16 warning image-tag spec.template.spec.containers[0].image has the tag latest',
        ) as unknown as string,
      ],
    ],
    [
      'what is no image',
      'ghcr.io/acme/api:1.0.0',
      '"ghcr.io/acme/api:"',
      ['16 error bad-image spec.template.spec.containers[0].image is no reference of an image'],
    ],
    [
      'a Service whose selector fits nothing',
      'selector: { app: api }',
      'selector: { app: web }',
      ['6 warning selects-nothing spec.selector matches the labels of no pod that the chart makes'],
    ],
    [
      'a Service whose target port nobody has',
      'targetPort: http',
      'targetPort: grpc',
      ['8 error unknown-port spec.ports[0].targetPort names a port that no container of the selected pods has'],
    ],
    [
      'an Ingress to a port that the Service lacks',
      'port: { name: web }',
      'port: { number: 81 }',
      [
        '16 error unknown-port spec.rules[0].http.paths[0].backend.service.port names a port that the Service does not have',
      ],
    ],
    [
      'a key that the Secret lacks',
      'key: key }',
      'key: kay }',
      [
        '26 error missing-reference spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key names a key that Secret/shop-secret does not have',
      ],
    ],
    [
      'a ConfigMap of the release that is not there',
      'name: shop-config }\n          env',
      'name: shop-konfig }\n          env',
      [
        '22 warning missing-reference spec.template.spec.containers[0].envFrom[0].configMapRef.name names a ConfigMap of this release that the chart does not render',
      ],
    ],
    [
      'a ServiceAccount of the release that is not there',
      'metadata: { name: shop-api }',
      'metadata: { name: shop-aip }',
      [
        '13 warning missing-reference spec.template.spec.serviceAccountName names a ServiceAccount of this release that the chart does not render',
      ],
    ],
  ])('%s', async (_name, from, to, findings) => {
    const changed = all.map((text) => text.replace(from, to));
    expect(changed).not.toEqual(all);
    expect(await check(changed)).toEqual(findings);
  });

  it('an object that is there twice', async () => {
    expect(await check([...all, config])).toEqual([
      '3 error duplicate-object the object is rendered twice: c/templates/3.yaml has it too',
    ]);
    // In another namespace it is another object, and hooks may share a name.
    const elsewhere = config.replace('name: shop-config', 'name: shop-config, namespace: other');
    const hook = config.replace('name: shop-config', 'name: shop-hook, annotations: { helm.sh/hook: pre-install }');
    expect(await check([...all, elsewhere, hook, hook])).toEqual([]);
  });

  it('in an item of a list, on its line', async () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: A\n';
    expect(await check([list])).toEqual([
      expect.stringMatching(/^7 error bad-name metadata\.name is no name for ConfigMap/),
    ]);
  });

  it('is not looked for in kinds that are skipped', async () => {
    expect(await check([deployment.replace('api:1.0.0', 'api')], { skipKinds: ['Deployment'] })).toEqual([]);
  });
});

it('a Secret that a custom resource makes is not missing', async () => {
  const external =
    'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: x }\nspec: { target: { name: shop-secret } }';
  expect(await check([deployment, service, config, account, external])).toEqual([]);
});

it('a StatefulSet mounts its claims', async () => {
  const set = deployment
    .replace('kind: Deployment', 'kind: StatefulSet')
    .replace('    spec:\n      serviceAccountName', '    spec:\n      serviceAccountName')
    .replace(/ {6}volumes:[^]*/, '')
    .concat(
      '  volumeClaimTemplates:\n    - metadata: { name: data }\n      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n',
    );
  expect(await check([set, service, config, secret, account])).toEqual([]);
});
