/**
 * One fault at a time, put into a working chart: each must be found, in the right file, and on the exact line for nearly
 * all of them. A wrong line is worse than none: there must be none.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLimiter } from '../../src/core/concurrency.js';
import { webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

/** File, what is replaced, by what (`@@` stands on the line that must be named), and the rule that finds it. */
type Fault = readonly [name: string, file: string, from: string, to: string, rule: string];

const DEPLOYMENT = 'templates/deployment.yaml';
const SERVICE = 'templates/service.yaml';
const CONFIG = 'templates/configmap.yaml';
const INGRESS = 'templates/ingress.yaml';
const HELPERS = 'templates/_helpers.tpl';
const MORE = 'templates/more.yaml';
const TEST = 'templates/tests/get.yaml';
const VALUES = 'values.yaml';

const MORE_TEXT = `{{- range $name := list "one" "two" }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ include "web.fullname" $ }}-{{ $name }}
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: busybox:1.37
              volumeMounts:
                - name: scratch
                  mountPath: /scratch
          volumes:
            - name: scratch
              emptyDir: {}
{{- end }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "web.fullname" . }}
spec:
  maxReplicas: 5
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "web.fullname" . }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "web.fullname" . }}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .Chart.Name }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ include "web.fullname" . }}
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "web.fullname" . }}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - ports:
        - port: 8080
          protocol: TCP
`;

const FAULTS: readonly Fault[] = [
  // Misspelled and misplaced fields.
  ['spec.replica', DEPLOYMENT, '  replicas: {{', '@@  replica: {{', 'unknown-field'],
  ['containers[].imagePullPolcy', DEPLOYMENT, 'imagePullPolicy:', '@@imagePullPolcy:', 'unknown-field'],
  ['ports[].containerport', DEPLOYMENT, 'containerPort:', '@@containerport:', 'unknown-field'],
  [
    'a probe one level too high',
    DEPLOYMENT,
    '          livenessProbe:\n            httpGet:\n              path: /\n              port: http\n',
    '@@      livenessProbe:\n        httpGet:\n          path: /\n          port: http\n',
    'unknown-field',
  ],
  ['metadata.lables', SERVICE, '  labels: {{-', '@@  lables: {{-', 'unknown-field'],
  ['a field of the Service', SERVICE, 'targetPort:', '@@targetport:', 'unknown-field'],
  ['a top-level field', CONFIG, 'data:', '@@datas:', 'unknown-field'],
  ['in a range', MORE, 'concurrencyPolicy:', '@@concurencyPolicy:', 'unknown-field'],
  ['in the second document', MORE, '  maxReplicas: 5', '@@  maxReplica: 5', 'unknown-field'],
  ['in the last document', MORE, '  policyTypes:', '@@  policyType:', 'unknown-field'],
  ['in a helper', HELPERS, 'app.kubernetes.io/version: {{', '@@app.kubernetes.io/version: 2 # {{', 'wrong-type'],
  ['in an optional resource', INGRESS, 'pathType: Prefix', '@@pathTyp: Prefix', 'unknown-field'],
  // Wrong types.
  ['replicas as text', DEPLOYMENT, '{{ .Values.replicas }}', '@@{{ .Values.replicas | quote }}', 'wrong-type'],
  ['a port as text', DEPLOYMENT, '{{ .Values.port }}', '@@"{{ .Values.port }}"', 'wrong-type'],
  [
    'an environment variable as a number',
    DEPLOYMENT,
    'valueFrom:\n                configMapKeyRef:\n                  name: {{ include "web.fullname" . }}\n                  key: greeting\n',
    '@@value: 5\n',
    'wrong-type',
  ],
  ['a boolean in YAML 1.1', CONFIG, '{{ .Values.greeting | quote }}', '@@yes', 'wrong-type'],
  ['a number in a ConfigMap', CONFIG, '{{ .Values.greeting | quote }}', '@@{{ .Values.replicas }}', 'wrong-type'],
  [
    'a label that becomes a number',
    DEPLOYMENT,
    '    matchLabels:\n',
    '    matchLabels:\n@@      tier: 1\n',
    'wrong-type',
  ],
  ['a list where a map is due', SERVICE, '  selector:\n    app', '@@  selector:\n    - app', 'wrong-type'],
  [
    'a map where a list is due',
    SERVICE,
    '  ports:\n    - port: 80\n      targetPort: http\n      name: http',
    '@@  ports:\n    port: 80\n    targetPort: http\n    name: http',
    'wrong-type',
  ],
  [
    'text where a map is due',
    DEPLOYMENT,
    '            httpGet:\n              path: /\n              port: http',
    '@@            httpGet: /',
    'wrong-type',
  ],
  [
    'a quoted boolean',
    DEPLOYMENT,
    '    spec:\n      containers',
    '    spec:\n@@      hostNetwork: "false"\n      containers',
    'wrong-type',
  ],
  ['an averageUtilization in percent', MORE, 'averageUtilization: 80', '@@averageUtilization: 80%', 'wrong-type'],
  // Missing fields.
  [
    'no selector',
    DEPLOYMENT,
    '  selector:\n    matchLabels:\n      app.kubernetes.io/name: {{ .Chart.Name }}\n  template',
    '  template',
    'missing-field',
  ],
  ['no port', SERVICE, '    - port: 80\n      targetPort', '@@    - targetPort', 'missing-field'],
  ['no pathType', INGRESS, '            pathType: Prefix\n', '', 'missing-field'],
  [
    'no image',
    DEPLOYMENT,
    '          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n',
    '',
    'missing-field',
  ],
  ['no maxReplicas', MORE, '  maxReplicas: 5\n', '', 'missing-field'],
  ['no name', CONFIG, '  name: {{ include "web.fullname" . }}\n', '  namespace: default\n', 'missing-field'],
  ['no kind', CONFIG, 'kind: ConfigMap\n', '', 'no-kind'],
  ['no verbs', MORE, '    verbs: [get, list]\n', '', 'missing-field'],
  // Values that are not allowed.
  ['imagePullPolicy', DEPLOYMENT, 'IfNotPresent', '@@IfNotPresnt', 'not-allowed-value'],
  ['restartPolicy of a test', TEST, 'Never', '@@never', 'not-allowed-value'],
  ['concurrencyPolicy', MORE, 'Forbid', '@@Forbidden', 'not-allowed-value'],
  ['pathType', INGRESS, 'pathType: Prefix', '@@pathType: prefix', 'not-allowed-value'],
  ['protocol', MORE, 'protocol: TCP', '@@protocol: tcp', 'not-allowed-value'],
  ['service type', SERVICE, '  ports:', '@@  type: Loadbalancer\n  ports:', 'not-allowed-value'],
  ['restartPolicy of a Job', MORE, 'restartPolicy: Never', '@@restartPolicy: Always', 'not-allowed-value'],
  ['policyTypes', MORE, '[Ingress]', '@@[ingress]', 'not-allowed-value'],
  ['a quantity', VALUES, 'cpu: 100m', 'cpu: 100mi', 'wrong-format'],
  ['a port out of range', MORE, '- port: 8080', '@@- port: 80800', 'broken-rule'],
  ['a schedule of four fields', MORE, '"0 3 * * *"', '@@"0 3 * *"', 'broken-rule'],
  ['a negative limit', MORE, 'backoffLimit: 2', '@@backoffLimit: -2', 'broken-rule'],
  // APIs that are gone or never were.
  ['extensions/v1beta1', DEPLOYMENT, 'apiVersion: apps/v1', '@@apiVersion: extensions/v1beta1', 'removed-api'],
  ['policy/v1beta1', MORE, 'apiVersion: policy/v1', '@@apiVersion: policy/v1beta1', 'removed-api'],
  ['autoscaling/v2beta2', MORE, 'apiVersion: autoscaling/v2', '@@apiVersion: autoscaling/v2beta2', 'removed-api'],
  ['a kind that is none', SERVICE, 'apiVersion: v1\nkind: Service', '@@apiVersion: v1\nkind: Services', 'unknown-kind'],
  ['a kind in the wrong group', DEPLOYMENT, 'apiVersion: apps/v1', '@@apiVersion: v1', 'unknown-kind'],
  [
    'a custom resource of nobody',
    CONFIG,
    'apiVersion: v1\nkind: ConfigMap',
    '@@apiVersion: example.com/v1\nkind: ConfigMap',
    'missing-schema',
  ],
  // Names and references.
  [
    'a name with an underscore',
    SERVICE,
    'name: {{ include "web.fullname" . }}',
    '@@name: {{ include "web.fullname" . }}_svc',
    'bad-name',
  ],
  [
    'a name with capitals',
    CONFIG,
    'name: {{ include "web.fullname" . }}',
    '@@name: {{ include "web.fullname" . | upper }}',
    'bad-name',
  ],
  [
    'a label value with a space',
    HELPERS,
    'app.kubernetes.io/name: {{ .Chart.Name }}',
    '@@app.kubernetes.io/name: my {{ .Chart.Name }}',
    'bad-name',
  ],
  ['a container name', TEST, '- name: get', '@@- name: Get', 'bad-name'],
  [
    'a selector that misses',
    DEPLOYMENT,
    '    matchLabels:\n      app.kubernetes.io/name: {{ .Chart.Name }}',
    '    matchLabels:\n@@      app.kubernetes.io/name: other',
    'selector-mismatch',
  ],
  [
    'a mount without volume',
    MORE,
    '                - name: scratch\n',
    '@@                - name: scrach\n',
    'unknown-volume',
  ],
  ['a target port that nobody has', SERVICE, 'targetPort: http', '@@targetPort: https', 'unknown-port'],
  ['a probe of an unknown port', DEPLOYMENT, '              port: http', '@@              port: htttp', 'unknown-port'],
  ['a key that the ConfigMap lacks', DEPLOYMENT, 'key: greeting', '@@key: greetings', 'missing-reference'],
  [
    'an object that is there twice',
    SERVICE,
    'apiVersion: v1',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n@@  name: {{ include "web.fullname" . }}\n---\napiVersion: v1',
    'duplicate-object',
  ],
  [
    'a key that is there twice',
    DEPLOYMENT,
    '  replicas: {{ .Values.replicas }}\n',
    '  replicas: {{ .Values.replicas }}\n@@  replicas: 2\n',
    'duplicate-key',
  ],
  [
    'the same variable twice',
    DEPLOYMENT,
    '          livenessProbe:',
    '@@            - name: GREETING\n              value: x\n          livenessProbe:',
    'duplicate-entry',
  ],
  // Broken templates.
  ['an unknown function', CONFIG, '| quote', '@@| qoute', 'template-syntax'],
  [
    'an action that does not end',
    CONFIG,
    '.Values.greeting | quote }}',
    '@@.Values.greeting | quote }',
    'template-syntax',
  ],
  ['an if without end', INGRESS, '{{- end }}', '', 'template-syntax'],
  ['a value that is not there', SERVICE, 'port: 80\n', '@@port: {{ .Values.service.port }}\n', 'template-error'],
  ['a template that is not there', SERVICE, 'include "web.labels"', '@@include "web.label"', 'template-error'],
  ['required', SERVICE, 'port: 80\n', '@@port: {{ required "port" .Values.nothing }}\n', 'template-error'],
  ['fail', CONFIG, 'data:', '@@{{- fail "not like that" }}\ndata:', 'template-error'],
  ['range over text', CONFIG, 'data:', 'data:\n@@{{- range .Values.greeting }}{{ end }}', ''],
  // Broken YAML.
  ['a line too far to the right', SERVICE, '  ports:', '@@   ports:', 'invalid-yaml'],
  ['nindent of too little', DEPLOYMENT, '| nindent 12', '@@| nindent 8', ''],
  ['a tab', SERVICE, '      targetPort: http', '@@\t\t\ttargetPort: http', 'invalid-yaml'],
  ['an unclosed quote', CONFIG, '{{ .Values.greeting | quote }}', '@@"{{ .Values.greeting }}', 'invalid-yaml'],
  ['a colon too many', SERVICE, 'name: http\n', '@@name: http: web\n', 'invalid-yaml'],
];

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFiles(path.join(folder, 'good'), {
    ...webChart(),
    [MORE]: MORE_TEXT,
    'values.yaml': (webChart()['values.yaml'] ?? '').replace('enabled: false', 'enabled: true'),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has a chart without faults to put them in', async () => {
  const { lines } = await validate(folder, { charts: ['good'], kubernetesVersions: ['1.36'] });
  expect(lines).toEqual([]);
});

interface Result {
  readonly name: string;
  readonly found: boolean;
  readonly rule: boolean;
  readonly file: boolean;
  /** `exact`, `none` or `wrong`; faults whose line nobody can name are `none`. */
  readonly line: 'exact' | 'none' | 'wrong';
  readonly lines: readonly string[];
}

async function inject(index: number, [name, file, from, to, rule]: Fault): Promise<Result> {
  const root = path.join(folder, `fault-${index}`);
  await mkdir(root);
  await cp(path.join(folder, 'good'), path.join(root, 'web'), { recursive: true });
  const target = path.join(root, 'web', file);
  const text = await readFile(target, 'utf8');
  if (!text.includes(from)) throw new Error(`${name}: ${file} has no "${from}"`);
  const changed = text.replace(from, () => to);
  const at = changed.indexOf('@@');
  const expected = at === -1 ? undefined : changed.slice(0, at).split('\n').length;
  await writeFile(target, changed.replace('@@', ''));
  const { findings, lines } = await validate(root, { kubernetesVersions: ['1.36'] });
  // What feeds a template is a fault of the values, but it shows where the template uses it.
  const files = file === VALUES ? [`web/${VALUES}`, `web/${DEPLOYMENT}`] : [`web/${file}`];
  const inFile = findings.filter((finding) => files.includes(finding.place.file));
  const ofRule = inFile.filter((finding) => rule === '' || finding.rule === rule);
  const named = ofRule.flatMap((finding) => finding.place.line ?? []);
  return {
    name,
    found: findings.length > 0,
    rule: ofRule.length > 0,
    file: inFile.length > 0,
    line: expected === undefined ? 'exact' : named.includes(expected) ? 'exact' : named.length === 0 ? 'none' : 'wrong',
    lines,
  };
}

it(`finds all of ${FAULTS.length} faults, in their files, on their lines`, async () => {
  const limit = createLimiter(Math.max(2, os.availableParallelism()));
  const results = await Promise.all(FAULTS.map((fault, index) => limit(() => inject(index, fault))));
  const names = (bad: (result: Result) => boolean) =>
    results.filter(bad).map(({ name, lines }) => `${name}: ${lines.join(' | ')}`);
  const exact = results.filter(({ line }) => line === 'exact').length;
  for (const text of names(({ line, file }) => line !== 'exact' || !file)) console.log(text);
  console.log(
    `${FAULTS.length} faults: ${results.filter(({ found }) => found).length} found, ` +
      `${results.filter(({ file }) => file).length} in the right file, ${exact} on the exact line`,
  );
  expect(names(({ found }) => !found)).toEqual([]);
  expect(names(({ file }) => !file)).toEqual([]);
  expect(names(({ rule }) => !rule)).toEqual([]);
  expect(names(({ line }) => line === 'wrong')).toEqual([]);
  expect(exact / FAULTS.length).toBeGreaterThanOrEqual(0.9);
}, 300_000);
