import { describe, expect, it } from '@jest/globals';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';
import { createRenderChecker } from '../../../src/validation/check-render.js';
import { projectRoot } from '../../support/services.js';

const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);

async function check(documents: readonly string[], namespace = 'shop-develop'): Promise<readonly string[]> {
  const options = { strict: true, missingSchemas: 'ignore', deprecations: 'off', skipKinds: [] } as const;
  const render = documents.map((text, index) => `---\n# Source: c/templates/${index}.yaml\n${text}\n`).join('');
  const report = await createRenderChecker(library, [], options).check(render, 36, 'shop', namespace);
  return report.findings.map(({ line, level, rule, message }) => `${line ?? ''} ${level} ${rule} ${message}`);
}

const meta = (kind: string, name: string, more = '') => `kind: ${kind}\nmetadata: {name: ${name}${more}}`;
const workload = (more = '', pod = '') => `apiVersion: apps/v1
${meta('Deployment', 'shop-api', more)}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: a, image: "a:1", ports: [{name: http, containerPort: 80}]}]
${pod}`;
const config = (name: string, data = 'a: b') => `apiVersion: v1\n${meta('ConfigMap', name)}\ndata: {${data}}`;
const hpa = (target: string) =>
  `apiVersion: autoscaling/v2\n${meta('HorizontalPodAutoscaler', 'x')}\nspec:\n  maxReplicas: 2\n  scaleTargetRef: ${target}`;
const budget = (app: string, more = '') =>
  `apiVersion: policy/v1\n${meta('PodDisruptionBudget', 'x', more)}\nspec:\n  minAvailable: 1\n  selector: {matchLabels: {app: ${app}}}`;
const service = (labels = 'app: api') =>
  `apiVersion: v1\n${meta('Service', 'shop-api', `, labels: {${labels}}`)}\nspec: {selector: {app: api}, ports: [{port: 80}]}`;
const monitor = (spec: string) =>
  `apiVersion: monitoring.coreos.com/v1\n${meta('ServiceMonitor', 'x')}\nspec:\n  ${spec}`;

describe('references', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['an autoscaler of a workload', [workload(), hpa('{apiVersion: apps/v1, kind: Deployment, name: shop-api}')], []],
    [
      'an autoscaler of none',
      [workload(), hpa('{apiVersion: apps/v1, kind: Deployment, name: shop-apis}')],
      [
        '6 warning missing-reference spec.scaleTargetRef.name names a Deployment of this release that the chart does not render',
      ],
    ],
    ["an autoscaler of somebody else's", [hpa('{apiVersion: apps/v1, kind: Deployment, name: other}')], []],
    [
      'a StatefulSet without its Service',
      [
        `apiVersion: apps/v1\n${meta('StatefulSet', 'shop')}\nspec:\n  serviceName: shop-headless\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: "a:1"}]}}`,
      ],
      ['5 warning missing-reference spec.serviceName names a Service of this release that the chart does not render'],
    ],
    [
      'an Ingress without its Service',
      [
        `apiVersion: networking.k8s.io/v1\n${meta('Ingress', 'x')}\nspec:\n  defaultBackend:\n    service: {name: shop-web, port: {number: 80}}`,
      ],
      [
        '6 warning missing-reference spec.defaultBackend.service.name names a Service of this release that the chart does not render',
      ],
    ],
    [
      'a binding without its role',
      [
        `apiVersion: rbac.authorization.k8s.io/v1\n${meta('RoleBinding', 'x')}\nroleRef:\n  {apiGroup: rbac.authorization.k8s.io, kind: Role, name: shop-role}`,
      ],
      ['5 warning missing-reference roleRef.name names a Role of this release that the chart does not render'],
    ],
    [
      'a binding of a role of the cluster',
      [
        `apiVersion: rbac.authorization.k8s.io/v1\n${meta('RoleBinding', 'x')}\nroleRef:\n  {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-role}`,
        `apiVersion: rbac.authorization.k8s.io/v1\n${meta('ClusterRole', 'shop-role')}\nrules: []`,
      ],
      [],
    ],
    [
      'a pull secret, projected volumes and keys of volumes',
      [
        workload(
          '',
          `      imagePullSecrets:
        - name: shop-registry
      volumes:
        - name: a
          configMap:
            name: shop-config
            items:
              - {key: nope, path: nope}
        - name: b
          projected:
            sources:
              - configMap: {name: shop-other}
              - secret: {name: shop-late, optional: true}
`,
        ),
        config('shop-config'),
      ],
      [
        '11 warning missing-reference spec.template.spec.imagePullSecrets[0].name names a Secret of this release that the chart does not render',
        '17 error missing-reference spec.template.spec.volumes[0].configMap.items[0].key names a key that ConfigMap/shop-config does not have',
        '21 warning missing-reference spec.template.spec.volumes[1].projected.sources[0].configMap.name names a ConfigMap of this release that the chart does not render',
      ],
    ],
  ])('%s', async (_name, documents, expected) => {
    expect(await check(documents)).toEqual(expected);
  });
});

describe('selectors', () => {
  const NOTHING = (what: string) =>
    `warning selects-nothing spec.selector matches the labels of no ${what} that the chart makes`;
  it.each<[string, readonly string[], readonly string[]]>([
    ['a budget of pods', [workload(), budget('api')], []],
    ['a budget of no pods', [workload(), budget('apis')], [`6 ${NOTHING('pod')}`]],
    ['a budget in another namespace', [workload(), budget('apis', ', namespace: other')], []],
    ['a chart without pods', [budget('apis')], []],
    ['a monitor of a Service', [workload(), service(), monitor('selector: {matchLabels: {app: api}}')], []],
    [
      'a monitor of no Service',
      [workload(), service(), monitor('selector: {matchLabels: {app: web}}')],
      [`5 ${NOTHING('Service')}`],
    ],
    [
      "a monitor of another namespace's Services",
      [workload(), service(), monitor('namespaceSelector: {any: true}\n  selector: {matchLabels: {app: web}}')],
      [],
    ],
  ])('%s', async (_name, documents, expected) => {
    expect(await check(documents)).toEqual(expected);
  });
});

describe("the release's namespace", () => {
  it('is that of objects that name none', async () => {
    expect(await check([workload(', namespace: shop-develop'), service()])).toEqual([]);
    expect(await check([workload(', namespace: other'), service()])).toEqual([
      '4 warning selects-nothing spec.selector matches the labels of no pod that the chart makes',
    ]);
  });

  it('makes an object that is there with and without it a double', async () => {
    const twice = [config('a'), config('a').replace('name: a', 'name: a, namespace: shop-develop')];
    expect(await check(twice)).toEqual([
      '3 error duplicate-object the object is rendered twice: c/templates/0.yaml has it too',
    ]);
    expect(await check(twice, 'production')).toEqual([]);
  });
});

it('a hook with the name of an object of the release is told, unless it is gone in time', async () => {
  const hook = (policy: string) =>
    `apiVersion: v1\n${meta('ConfigMap', 'a', `, annotations: {helm.sh/hook: pre-install${policy}}`)}\ndata: {}`;
  expect(await check([config('a'), hook('')])).toEqual([
    '3 warning duplicate-object a hook has the name of an object of the release, which c/templates/0.yaml has: helm deletes that one before it runs the hook',
  ]);
  expect(await check([config('a'), hook(', helm.sh/hook-delete-policy: hook-succeeded')])).toEqual([]);
});
