/** Charts of several sizes, made for the benchmark; each lies in a repository with helm-cd.yaml and three environments. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const ENVIRONMENTS = ['develop', 'staging', 'production'];
export const VERSIONS = ['1.34.0', '1.35.0', '1.36.0'];

function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

const chartYaml = (name, more = '') =>
  `apiVersion: v2\nname: ${name}\ndescription: A chart\ntype: application\nversion: 1.2.3\nappVersion: 1.2.3\nicon: https://example.com/icon.svg\n${more}`;

const helpers = (name) => `{{- define "${name}.fullname" -}}
{{- if contains "${name}" .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name "${name}" | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "${name}.selectorLabels" -}}
app.kubernetes.io/name: ${name}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "${name}.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "${name}.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
`;

/** The templates of one service; `values` is where its values are. */
function serviceTemplates(chart, service, values) {
  const meta = (suffix = '') => `metadata:
  name: {{ include "${chart}.fullname" . }}-${service}${suffix}
  labels:
    {{- include "${chart}.labels" . | nindent 4 }}
    app.kubernetes.io/component: ${service}`;
  return {
    deployment: `apiVersion: apps/v1
kind: Deployment
${meta()}
spec:
  {{- if not ${values}.autoscaling }}
  replicas: {{ ${values}.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "${chart}.selectorLabels" . | nindent 6 }}
      app.kubernetes.io/component: ${service}
  template:
    metadata:
      annotations:
        checksum/config: {{ toYaml ${values}.config | sha256sum }}
        {{- with ${values}.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      labels:
        {{- include "${chart}.labels" . | nindent 8 }}
        app.kubernetes.io/component: ${service}
    spec:
      serviceAccountName: {{ include "${chart}.fullname" . }}-${service}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        fsGroup: 10001
      containers:
        - name: ${service}
          image: "{{ ${values}.image.repository }}:{{ ${values}.image.tag }}"
          imagePullPolicy: IfNotPresent
          args: [--listen, ':8080', --log-format, json]
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
            - name: metrics
              containerPort: 9090
          env:
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            {{- range $key, $value := ${values}.env }}
            - name: {{ $key }}
              value: {{ $value | quote }}
            {{- end }}
          envFrom:
            - configMapRef:
                name: {{ include "${chart}.fullname" . }}-${service}-config
          livenessProbe:
            httpGet:
              path: /live
              port: http
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 5
          resources:
            {{- toYaml ${values}.resources | nindent 12 }}
          volumeMounts:
            - name: config
              mountPath: /etc/${service}
              readOnly: true
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: {{ include "${chart}.fullname" . }}-${service}-config
        - name: tmp
          emptyDir: {}
`,
    service: `apiVersion: v1
kind: Service
${meta()}
spec:
  type: {{ ${values}.service.type }}
  ports:
    - name: http
      port: {{ ${values}.service.port }}
      targetPort: http
    - name: metrics
      port: 9090
      targetPort: metrics
  selector:
    {{- include "${chart}.selectorLabels" . | nindent 4 }}
    app.kubernetes.io/component: ${service}
`,
    configmap: `apiVersion: v1
kind: ConfigMap
${meta('-config')}
data:
  {{- range $key, $value := ${values}.config }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
  application.yaml: |
    server:
      port: 8080
    logging:
      level: {{ ${values}.config.LOG_LEVEL }}
`,
    serviceaccount: `apiVersion: v1
kind: ServiceAccount
${meta()}
automountServiceAccountToken: false
`,
    hpa: `{{- if ${values}.autoscaling }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
${meta()}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "${chart}.fullname" . }}-${service}
  minReplicas: 2
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
{{- end }}
`,
    ingress: `{{- if ${values}.host }}
apiVersion: networking.k8s.io/v1
kind: Ingress
${meta()}
spec:
  ingressClassName: nginx
  rules:
    - host: {{ ${values}.host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ include "${chart}.fullname" . }}-${service}
                port:
                  number: {{ ${values}.service.port }}
{{- end }}
`,
  };
}

const serviceValues = (service) => `${service}:
  replicas: 2
  autoscaling: false
  host: ${service}.example.com
  image:
    repository: ghcr.io/acme/${service}
    tag: 1.4.2
  service:
    type: ClusterIP
    port: 80
  config:
    LOG_LEVEL: info
    FEATURE_A: 'true'
    TIMEOUT: 30s
  env:
    GOMAXPROCS: '2'
  podAnnotations:
    prometheus.io/scrape: 'true'
  resources:
    requests: { cpu: 100m, memory: 64Mi }
    limits: { cpu: 500m, memory: 256Mi }
`;

/** What an environment overrides of each service. */
const overlay = (environment, services) =>
  services
    .map(
      (service) => `${service}:
  replicas: ${environment === 'production' ? 5 : 1}
  autoscaling: ${environment === 'production'}
  config:
    LOG_LEVEL: ${environment === 'develop' ? 'debug' : 'warn'}
`,
    )
    .join('');

/**
 * What makes a chart one that is rendered for a Kubernetes version: the usual question for an API, which all of the versions
 * here answer alike, or the version itself, which makes all renders differ.
 */
const budget = (chart, capabilities) => `{{- if .Capabilities.APIVersions.Has "policy/v1" }}
apiVersion: policy/v1
{{- else }}
apiVersion: policy/v1beta1
{{- end }}
kind: PodDisruptionBudget
metadata:
  name: {{ include "${chart}.fullname" . }}${
    capabilities === 'reads' ? '\n  annotations:\n    made-for: {{ .Capabilities.KubeVersion.Version | quote }}' : ''
  }
spec:
  minAvailable: 1
  selector:
    matchLabels:
      {{- include "${chart}.selectorLabels" . | nindent 6 }}
`;

const TEST = (chart) => `apiVersion: v1
kind: Pod
metadata:
  name: {{ include "${chart}.fullname" . }}-test
  annotations:
    helm.sh/hook: test
spec:
  restartPolicy: Never
  containers:
    - name: test
      image: ghcr.io/acme/test:1.0.0
`;

/** A chart of a number of services, six templates each. */
function chartOfServices(chart, services, { capabilities, dependencies = '' }) {
  const files = {
    'Chart.yaml': chartYaml(chart, dependencies),
    'values.yaml': services.map(serviceValues).join('\n'),
    'templates/_helpers.tpl': helpers(chart),
    'templates/tests/test.yaml': TEST(chart),
    ...(capabilities === 'none' ? {} : { 'templates/budget.yaml': budget(chart, capabilities) }),
  };
  for (const service of services) {
    const templates = serviceTemplates(chart, service, `.Values.${service}`);
    for (const [name, text] of Object.entries(templates)) files[`templates/${service}/${name}.yaml`] = text;
  }
  for (const environment of ENVIRONMENTS) files[`env/${environment}.yaml`] = overlay(environment, services);
  return files;
}

const helmCdYaml = (chart) =>
  [
    'charts:',
    `  ${chart}: { path: charts/${chart} }`,
    'environments:',
    ...ENVIRONMENTS.flatMap((environment) => [
      `  ${environment}:`,
      `    branch: ${environment}`,
      `    repository: s3://acme-charts/${environment}`,
      '    mode: deployment',
      `    values: [env/${environment}.yaml]`,
      `    kubernetes: [${VERSIONS.map((version) => `'${version}'`).join(', ')}]`,
      `    cluster: { namespace: ${chart}-${environment} }`,
    ]),
    '',
  ].join('\n');

const names = (prefix, count) => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

/** By name: writes a repository with the chart (`capabilities`: none, asks or reads), and returns the chart's folder. */
export const CHARTS = {
  /** What `helm create` makes. */
  small(folder) {
    const chart = path.join(folder, 'charts/small');
    mkdirSync(path.dirname(chart), { recursive: true });
    const env = { PATH: process.env.PATH, HOME: folder };
    execFileSync('helm', ['create', chart], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    writeFiles(folder, { 'helm-cd.yaml': helmCdYaml('small') });
    for (const environment of ENVIRONMENTS) {
      const replicas = environment === 'production' ? 3 : 1;
      writeFiles(chart, { [`env/${environment}.yaml`]: `replicaCount: ${replicas}\nimage:\n  tag: 1.2.3\n` });
    }
    // Its own word for a chart that is not finished.
    const file = path.join(chart, 'Chart.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}icon: https://example.com/icon.svg\n`);
    return chart;
  },
  medium: (folder, options) => writeMedium(folder, options),
  large(folder, { capabilities }) {
    const chart = path.join(folder, 'charts/large');
    writeFiles(folder, { 'helm-cd.yaml': helmCdYaml('large') });
    writeFiles(chart, chartOfServices('large', names('service', 25), { capabilities }));
    return chart;
  },
};

/** Four services, and a subchart that brings its own. */
function writeMedium(folder, { capabilities }) {
  const chart = path.join(folder, 'charts/medium');
  const dependencies = 'dependencies:\n  - name: cache\n    version: 1.2.3\n';
  writeFiles(folder, { 'helm-cd.yaml': helmCdYaml('medium') });
  writeFiles(chart, chartOfServices('medium', names('service', 3), { capabilities, dependencies }));
  writeFiles(
    path.join(chart, 'charts/cache'),
    Object.fromEntries(
      Object.entries(chartOfServices('cache', ['cache'], { capabilities: 'none' })).filter(
        ([file]) => !/^(?:env|templates\/tests)\//.test(file),
      ),
    ),
  );
  return chart;
}

/** A chart that renders a number of objects of several kinds from few templates. */
export function writeManyObjects(folder, objects) {
  const chart = path.join(folder, 'charts/many');
  const templates = serviceTemplates('many', 'SERVICE', '$.Values.service');
  const kinds = ['deployment', 'service', 'configmap', 'serviceaccount', 'ingress'];
  const each = objects / kinds.length;
  const files = {
    'Chart.yaml': chartYaml('many'),
    'values.yaml': serviceValues('service'),
    'templates/_helpers.tpl': helpers('many'),
  };
  for (const kind of kinds) {
    const text = templates[kind].replaceAll('SERVICE', 's{{ $i }}').replaceAll(/(include "[\w.]+") \./g, '$1 $');
    files[`templates/${kind}.yaml`] = `{{- range $i := until ${each} }}\n---\n${text}{{- end }}\n`;
  }
  writeFiles(chart, files);
  return chart;
}

/** A chart whose render has a number of bytes, in ConfigMaps of about half a megabyte. */
export function writeBigRender(folder, bytes) {
  const chart = path.join(folder, 'charts/big');
  const line = 'a line of a file that somebody put into the chart, with: a colon, "quotes", and 0123456789 digits\n';
  const perMap = 5000;
  const maps = Math.ceil(bytes / ((line.length + 4) * perMap));
  writeFiles(chart, {
    'Chart.yaml': chartYaml('big'),
    'values.yaml': '{}\n',
    'files/text.txt': line.repeat(perMap),
    'templates/maps.yaml': `{{- range $i := until ${maps} }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $i }}
data:
  text: |
{{ $.Files.Get "files/text.txt" | indent 4 }}
{{- end }}
`,
  });
  return chart;
}
