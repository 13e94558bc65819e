/** The charts that are deployed. What changes from one deploy to the next is `tag`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** As charts have them: a small main resource takes 20 lines of template. */
const WORKLOADS = `{{- range $index := until (int .Values.deployments) }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $index }}
  labels: { app.kubernetes.io/name: shop, app.kubernetes.io/instance: {{ $.Release.Name }} }
spec:
  replicas: {{ $.Values.replicas }}
  selector:
    matchLabels: { app: {{ $.Release.Name }}-{{ $index }} }
  template:
    metadata:
      labels: { app: {{ $.Release.Name }}-{{ $index }} }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: app
          image: registry.example/shop:{{ $.Values.tag }}
          ports: [{ containerPort: 8080, name: http }]
          env: [{ name: LEVEL, value: info }]
          resources: { requests: { cpu: 10m, memory: 16Mi } }
          readinessProbe: { httpGet: { path: /ready, port: http } }
{{- end }}
`;

const TEST = `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: { helm.sh/hook: test, helm.sh/hook-delete-policy: before-hook-creation }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers: [{ name: smoke, image: 'registry.example/smoke:1.0.0' }]
`;

const SMALL = `apiVersion: v1
kind: ServiceAccount
metadata: { name: {{ .Release.Name }} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: {{ .Release.Name }} }
rules: [{ apiGroups: [''], resources: [configmaps], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: {{ .Release.Name }} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .Release.Name }} }
subjects: [{ kind: ServiceAccount, name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { greeting: hello, tag: {{ .Values.tag | quote }} }
---
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }} }
stringData: { password: correct-horse-battery-staple }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }} }
spec: { selector: { app: {{ .Release.Name }}-0 }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: {{ .Release.Name }} }
spec: { minAvailable: 1, selector: { matchLabels: { app: {{ .Release.Name }}-0 } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: {{ .Release.Name }} }
spec: { podSelector: { matchLabels: { app: {{ .Release.Name }}-0 } }, ingress: [{ ports: [{ port: 8080 }] }] }
`;

const CONFIG_MAPS = `{{- range $index := until (int .Values.configMaps) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $index }}
  labels: { app.kubernetes.io/name: shop, app.kubernetes.io/instance: {{ $.Release.Name }} }
data:
  index: {{ $index | quote }}
  application.properties: |
    server.port=8080
    feature.{{ $index }}.enabled=true
    feature.{{ $index }}.limit={{ mul $index 10 }}
{{- end }}
`;

function writeChart(folder, templates, values) {
  const chart = path.join(folder, 'shop');
  mkdirSync(path.join(chart, 'templates'), { recursive: true });
  writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: "1.0"\n');
  writeFileSync(path.join(chart, 'values.yaml'), values);
  for (const [name, text] of Object.entries(templates)) writeFileSync(path.join(chart, 'templates', name), text);
  return chart;
}

/** Ten objects, the test's pod included. */
export const writeSmallChart = (folder) =>
  writeChart(
    folder,
    { 'all.yaml': SMALL, 'deployment.yaml': WORKLOADS, 'test.yaml': TEST },
    'tag: "0"\nreplicas: 2\ndeployments: 1\n',
  );

/** Three hundred objects, and the test's pod. */
export const writeLargeChart = (folder) =>
  writeChart(
    folder,
    { 'config.yaml': CONFIG_MAPS, 'deployments.yaml': WORKLOADS, 'test.yaml': TEST },
    'tag: "0"\nreplicas: 1\ndeployments: 20\nconfigMaps: 280\n',
  );
