/** Objects of every kind, good and bad in one thing each: what the API server and the rules are asked about. */
export type ObjectOf = Readonly<Record<string, unknown>>;
/** Its name in reports, and the object. */
export type NamedObject = readonly [name: string, object: ObjectOf];
const pod = { containers: [{ name: 'a', image: 'a:1' }] };
const tpl = { metadata: { labels: { a: 'b' } }, spec: pod };
const sel = { matchLabels: { a: 'b' } };
const KINDS: Record<string, ObjectOf> = {
  'v1/Service': { spec: { ports: [{ port: 80 }] } },
  'v1/Namespace': {},
  'v1/ConfigMap': {},
  'v1/Secret': {},
  'v1/ServiceAccount': {},
  'v1/Pod': { spec: pod },
  'v1/PersistentVolumeClaim': { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  'v1/PersistentVolume': {
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/a' } },
  },
  'v1/ResourceQuota': { spec: {} },
  'v1/LimitRange': { spec: { limits: [] } },
  'v1/ReplicationController': { spec: { selector: { a: 'b' }, template: tpl } },
  'v1/PodTemplate': { template: tpl },
  'v1/Endpoints': {},
  'apps/v1/Deployment': { spec: { selector: sel, template: tpl } },
  'apps/v1/StatefulSet': { spec: { selector: sel, template: tpl, serviceName: 'x' } },
  'apps/v1/DaemonSet': { spec: { selector: sel, template: tpl } },
  'apps/v1/ReplicaSet': { spec: { selector: sel, template: tpl } },
  'apps/v1/ControllerRevision': { revision: 1, data: { a: 1 } },
  'batch/v1/Job': { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
  'batch/v1/CronJob': {
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } } },
  },
  'networking.k8s.io/v1/Ingress': { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
  'networking.k8s.io/v1/IngressClass': { spec: { controller: 'a.com/b' } },
  'networking.k8s.io/v1/NetworkPolicy': { spec: { podSelector: {} } },
  'policy/v1/PodDisruptionBudget': { spec: { minAvailable: 1, selector: sel } },
  'autoscaling/v2/HorizontalPodAutoscaler': {
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } },
  },
  'rbac.authorization.k8s.io/v1/Role': { rules: [] },
  'rbac.authorization.k8s.io/v1/RoleBinding': {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [],
  },
  'rbac.authorization.k8s.io/v1/ClusterRole': { rules: [] },
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [],
  },
  'storage.k8s.io/v1/StorageClass': { provisioner: 'a.com/b' },
  'storage.k8s.io/v1/CSIDriver': { spec: {} },
  'scheduling.k8s.io/v1/PriorityClass': { value: 1 },
  'node.k8s.io/v1/RuntimeClass': { handler: 'a' },
  'coordination.k8s.io/v1/Lease': { spec: {} },
  'discovery.k8s.io/v1/EndpointSlice': { addressType: 'IPv4', endpoints: [] },
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': { webhooks: [] },
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': { webhooks: [] },
  'flowcontrol.apiserver.k8s.io/v1/FlowSchema': {
    spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 500 },
  },
  'apiregistration.k8s.io/v1/APIService': {
    spec: {
      group: 'a.com',
      version: 'v1',
      groupPriorityMinimum: 10,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: 'a', namespace: 'b' },
    },
  },
};
const NAMES = [
  'ab',
  'a.b',
  'a_b',
  'Ab',
  '1a',
  'a:b',
  'a/b',
  'a%b',
  'a b',
  '-a',
  'a-',
  'a..b',
  'a'.repeat(53),
  'a'.repeat(63),
  'a'.repeat(64),
  `${'a'.repeat(63)}.b`,
  `${'a'.repeat(64)}.b`,
  'a'.repeat(254),
];
const split = (k: string) => ({ apiVersion: k.slice(0, k.lastIndexOf('/')), kind: k.slice(k.lastIndexOf('/') + 1) });
const names = Object.entries(KINDS).flatMap(([k, rest]) =>
  NAMES.map((name): NamedObject => [
    `${k} ${name.slice(0, 30)}#${name.length}`,
    { ...split(k), metadata: { name }, ...rest },
  ]),
);
const gen = Object.entries(KINDS)
  .slice(0, 8)
  .flatMap(([k, rest]) =>
    ['ab-', 'a.b.', 'a_', 'A-', 'a'.repeat(70)].map((generateName): NamedObject => [
      `${k} generateName ${generateName.slice(0, 30)}`,
      { ...split(k), metadata: { generateName }, ...rest },
    ]),
  );
const meta = (name: string, m: ObjectOf): NamedObject => [
  `meta ${name}`,
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', ...m } },
];
const metas: NamedObject[] = [
  meta('label long value', { labels: { a: 'a'.repeat(64) } }),
  meta('label 63', { labels: { a: 'a'.repeat(63) } }),
  meta('label bad char', { labels: { a: 'a b' } }),
  meta('label ends dash', { labels: { a: 'a-' } }),
  meta('label empty', { labels: { a: '' } }),
  meta('label key long', { labels: { ['k'.repeat(64)]: 'a' } }),
  meta('label key prefix', { labels: { 'Ex.com/a': 'a' } }),
  meta('label key two slashes', { labels: { 'a/b/c': 'a' } }),
  meta('label key empty prefix', { labels: { '/a': 'a' } }),
  meta('label key empty name', { labels: { 'a/': 'a' } }),
  meta('label key prefix 254', { labels: { [`${'a'.repeat(254)}/b`]: 'a' } }),
  meta('label key uppercase name', { labels: { 'a.com/Abc': 'a' } }),
  meta('annotation upper', { annotations: { 'Ex.com/a': 'a' } }),
  meta('annotation bad', { annotations: { 'a b': 'a' } }),
  meta('annotation huge', { annotations: { a: 'x'.repeat(256 * 1024 + 1) } }),
  meta('annotation sum huge', { annotations: { a: 'x'.repeat(140 * 1024), b: 'y'.repeat(140 * 1024) } }),
  meta('annotation ok big', { annotations: { a: 'x'.repeat(200 * 1024) } }),
  meta('annotation two slashes', { annotations: { 'a/b/c': 'a' } }),
  meta('annotation long', { annotations: { ['k'.repeat(64)]: 'a' } }),
  meta('finalizer bad', { finalizers: ['abc'] }),
  meta('finalizer ok', { finalizers: ['a.com/b'] }),
  meta('finalizer std', { finalizers: ['foregroundDeletion'] }),
  meta('ownerRef', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'x' }] }),
  meta('ownerRef no uid', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }] }),
  [
    'cm too large',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'x'.repeat(1024 * 1024 + 1) } },
  ],
  [
    'cm large sum',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
      data: { a: 'x'.repeat(600 * 1024), b: 'x'.repeat(600 * 1024) },
    },
  ],
  [
    'cm same key',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'x' }, binaryData: { a: 'eA==' } },
  ],
  [
    'secret same key',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: { a: 'eA==' }, stringData: { a: 'y' } },
  ],
  [
    'secret large',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, stringData: { a: 'x'.repeat(1024 * 1024 + 1) } },
  ],
  [
    'secret tls missing',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/tls', data: {} },
  ],
  [
    'secret tls key only',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': 'x' },
    },
  ],
  [
    'secret tls ok',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': 'x', 'tls.key': 'y' },
    },
  ],
  [
    'secret docker none',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/dockerconfigjson' },
  ],
  [
    'secret docker bad',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{' },
    },
  ],
  [
    'secret docker ok',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{}' },
    },
  ],
  [
    'secret dockercfg none',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/dockercfg' },
  ],
  [
    'secret basic none',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/basic-auth' },
  ],
  [
    'secret basic ok',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'x' },
    },
  ],
  ['secret ssh none', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/ssh-auth' }],
  [
    'secret sa none',
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'kubernetes.io/service-account-token' },
  ],
];
const P = (name: string, spec: ObjectOf, m: ObjectOf = {}): NamedObject => [
  `pod ${name}`,
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', ...m }, spec: { ...pod, ...spec } },
];
const C = (name: string, c: ObjectOf, spec: ObjectOf = {}): NamedObject =>
  P(name, { containers: [{ name: 'a', image: 'a:1', ...c }], ...spec });
const pods: NamedObject[] = [
  P('duplicate containers', {
    containers: [
      { name: 'a', image: 'a:1' },
      { name: 'a', image: 'a:1' },
    ],
  }),
  P('init same name', { initContainers: [{ name: 'a', image: 'a:1' }] }),
  P('volumes twice', {
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'v', emptyDir: {} },
    ],
  }),
  P('volume two sources', { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'a' } }] }),
  P('volume no source', { volumes: [{ name: 'v' }] }),
  P('volume name 64', { volumes: [{ name: 'v'.repeat(64), emptyDir: {} }] }),
  P('volume bad secret mode', { volumes: [{ name: 'v', secret: { secretName: 'a', defaultMode: 999 } }] }),
  P('volume cm no name', { volumes: [{ name: 'v', configMap: {} }] }),
  P('volume secret no name', { volumes: [{ name: 'v', secret: {} }] }),
  P('volume pvc no name', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: '' } }] }),
  P('projected', {
    volumes: [
      {
        name: 'v',
        projected: {
          sources: [{ configMap: { name: 'a' } }, { serviceAccountToken: { path: 't', expirationSeconds: 5 } }],
        },
      },
    ],
  }),
  P('projected empty', { volumes: [{ name: 'v', projected: { sources: [{}] } }] }),
  P('projected same path', {
    volumes: [
      {
        name: 'v',
        projected: {
          sources: [
            { configMap: { name: 'a', items: [{ key: 'a', path: 'p' }] } },
            { secret: { name: 'b', items: [{ key: 'a', path: 'p' }] } },
          ],
        },
      },
    ],
  }),
  P('item path up', { volumes: [{ name: 'v', configMap: { name: 'a', items: [{ key: 'a', path: '../x' }] } }] }),
  P('item path abs', { volumes: [{ name: 'v', configMap: { name: 'a', items: [{ key: 'a', path: '/x' }] } }] }),
  P('hostPath type', { volumes: [{ name: 'v', hostPath: { path: '/a', type: 'Nope' } }] }),
  P('hostPath up', { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }),
  P('nfs', { volumes: [{ name: 'v', nfs: { server: 'a', path: 'b' } }] }),
  P('emptyDir negative', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '-1Gi' } }] }),
  P('downward bad', {
    volumes: [{ name: 'v', downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'nope' } }] } }],
  }),
  P('downward ok', {
    volumes: [{ name: 'v', downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.labels' } }] } }],
  }),
  P('ephemeral claim', {
    volumes: [
      { name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: {} } } } },
    ],
  }),
  C(
    'mount twice',
    {
      volumeMounts: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/a' },
      ],
    },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  C('mount relative', { volumeMounts: [{ name: 'v', mountPath: 'a' }] }, { volumes: [{ name: 'v', emptyDir: {} }] }),
  C('mount colon', { volumeMounts: [{ name: 'v', mountPath: '/a:b' }] }, { volumes: [{ name: 'v', emptyDir: {} }] }),
  C(
    'subPath up',
    { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: '../b' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  C(
    'subPath abs',
    { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: '/b' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  C(
    'subPath and expr',
    { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: 'b', subPathExpr: 'c' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  C(
    'mountPropagation unprivileged',
    { volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
  C('port twice', { ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
  C('port name twice', {
    ports: [
      { containerPort: 80, name: 'a' },
      { containerPort: 81, name: 'a' },
    ],
  }),
  C('port name 16', { ports: [{ containerPort: 80, name: 'abcdefghijklmnop' }] }),
  C('port name number', { ports: [{ containerPort: 80, name: '123' }] }),
  C('port name upper', { ports: [{ containerPort: 80, name: 'Http' }] }),
  C('port name double dash', { ports: [{ containerPort: 80, name: 'a--b' }] }),
  C('port proto', { ports: [{ containerPort: 80, protocol: 'HTTP' }] }),
  C('hostPort twice', {
    ports: [
      { containerPort: 80, hostPort: 80 },
      { containerPort: 81, hostPort: 80 },
    ],
  }),
  C('hostNetwork hostPort differs', { ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true }),
  C('probe two handlers', { livenessProbe: { httpGet: { port: 80 }, exec: { command: ['a'] } } }),
  C('probe none', { livenessProbe: { periodSeconds: 5 } }),
  C('probe named port none', { livenessProbe: { httpGet: { port: 'http' } } }),
  C('probe bad port name', { livenessProbe: { httpGet: { port: 'Http_x' } } }),
  C('probe success 2', { livenessProbe: { httpGet: { port: 80 }, successThreshold: 2 } }),
  C('startup success 2', { startupProbe: { httpGet: { port: 80 }, successThreshold: 2 } }),
  C('readiness success 2', { readinessProbe: { httpGet: { port: 80 }, successThreshold: 2 } }),
  C('probe exec none', { livenessProbe: { exec: { command: [] } } }),
  C('probe scheme', { livenessProbe: { httpGet: { port: 80, scheme: 'http' } } }),
  C('probe header name', { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'c' }] } } }),
  C('lifecycle none', { lifecycle: { preStop: {} } }),
  C('lifecycle two', { lifecycle: { preStop: { exec: { command: ['a'] }, httpGet: { port: 80 } } } }),
  C('lifecycle sleep', { lifecycle: { preStop: { sleep: { seconds: 500 } } } }),
  C('env twice', {
    env: [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
  }),
  C('env bad name', { env: [{ name: 'a b', value: '1' }] }),
  C('env dash', { env: [{ name: 'a-b.c', value: '1' }] }),
  C('env digit', { env: [{ name: '1a', value: '1' }] }),
  C('env value and from', {
    env: [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
  }),
  C('env two from', {
    env: [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 'a', key: 'b' } } },
    ],
  }),
  C('env fieldRef bad', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.nope' } } }] }),
  C('env fieldRef label', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } }] }),
  C('env fieldRef status', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] }),
  C('env resource', { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.nope' } } }] }),
  C('env resource ok', { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] }),
  C('env key empty', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: '' } } }] }),
  C('env key bad', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'a b' } } }] }),
  C('env ref name empty', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: '', key: 'b' } } }] }),
  C('envFrom none', { envFrom: [{}] }),
  C('envFrom both', { envFrom: [{ secretRef: { name: 'a' }, configMapRef: { name: 'a' } }] }),
  C('envFrom prefix bad', { envFrom: [{ prefix: 'a b', secretRef: { name: 'a' } }] }),
  C('envFrom no name', { envFrom: [{ secretRef: {} }] }),
  C('image spaces', { image: ' a:1' }),
  C('image inner space', { image: 'a b:1' }),
  C('image upper', { image: 'A/B:1' }),
  C('pull policy', { imagePullPolicy: 'always' }),
  C('resources bad', { resources: { requests: { nope: '1' } } }),
  C('resources ext', { resources: { requests: { 'a.com/b': '1' } } }),
  C('resources ext fraction', { resources: { limits: { 'a.com/b': '500m' } } }),
  C('resources negative', { resources: { requests: { cpu: '-1' } } }),
  C('resources request above', { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
  C('resources hugepages', { resources: { requests: { 'hugepages-2Mi': '2Mi' } } }),
  C('resources cpu 0.1m', { resources: { requests: { cpu: '0.1m' } } }),
  C('resources memory m', { resources: { requests: { memory: '100m' } } }),
  C('termination policy', { terminationMessagePolicy: 'x' }),
  C('privileged escalation', { securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
  C('runAsUser negative', { securityContext: { runAsUser: -1 } }),
  C('capabilities', { securityContext: { capabilities: { add: ['SYS_ADMIN'], drop: ['ALL'] } } }),
  C('sys_admin no escalation', {
    securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } },
  }),
  C('seccomp localhost', { securityContext: { seccompProfile: { type: 'Localhost' } } }),
  C('seccomp ok', { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
  C('seccomp profile extra', {
    securityContext: { seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'a' } },
  }),
  C('restartPolicy container', { restartPolicy: 'Always' }),
  P('sidecar', { initContainers: [{ name: 'b', image: 'b:1', restartPolicy: 'Always' }] }),
  P('init probe', { initContainers: [{ name: 'b', image: 'b:1', readinessProbe: { httpGet: { port: 80 } } }] }),
  P('sidecar probe', {
    initContainers: [{ name: 'b', image: 'b:1', restartPolicy: 'Always', readinessProbe: { httpGet: { port: 80 } } }],
  }),
  P('init lifecycle', {
    initContainers: [{ name: 'b', image: 'b:1', lifecycle: { preStop: { exec: { command: ['a'] } } } }],
  }),
  P('ephemeral create', { ephemeralContainers: [{ name: 'b', image: 'b:1' }] }),
  P('sa name', { serviceAccountName: 'a_b' }),
  P('sa upper', { serviceAccountName: 'A' }),
  P('pull secret', { imagePullSecrets: [{ name: '' }] }),
  P('pull secret bad', { imagePullSecrets: [{ name: 'a_b' }] }),
  P('node selector', { nodeSelector: { 'a b': 'c' } }),
  P('node selector value', { nodeSelector: { a: 'c d' } }),
  P('toleration', { tolerations: [{ operator: 'Exists', value: 'a' }] }),
  P('toleration op', { tolerations: [{ operator: 'exists' }] }),
  P('toleration no key', { tolerations: [{ operator: 'Equal', value: 'a' }] }),
  P('toleration seconds', { tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }] }),
  P('toleration key', { tolerations: [{ key: 'a b', operator: 'Exists' }] }),
  P('affinity weight', {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, podAffinityTerm: { topologyKey: 'a' } }],
      },
    },
  }),
  P('affinity weight 101', {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 101, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
        ],
      },
    },
  }),
  P('affinity no topology', {
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: sel, topologyKey: '' }] },
    },
  }),
  P('node affinity op', {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In' }] }],
        },
      },
    },
  }),
  P('node affinity none', {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
  }),
  P('node affinity gt', {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['x'] }] }],
        },
      },
    },
  }),
  P('spread', { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }] }),
  P('spread when', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'Nope' }] }),
  P('spread twice', {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
      { maxSkew: 2, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
    ],
  }),
  P('minDomains', {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }],
  }),
  P('selector expr In none', {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'a',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
      },
    ],
  }),
  P('selector expr Exists values', {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'a',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['a'] }] },
      },
    ],
  }),
  P('selector bad label', {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'a',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { 'a b': 'c' } },
      },
    ],
  }),
  P('selector bad value', {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'a',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { a: 'c d' } },
      },
    ],
  }),
  P('dns policy', { dnsPolicy: 'nope' }),
  P('dns none', { dnsPolicy: 'None' }),
  P('dns config', { dnsPolicy: 'None', dnsConfig: { nameservers: ['x'] } }),
  P('dns ok', { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } }),
  P('host alias', { hostAliases: [{ ip: 'x', hostnames: ['a'] }] }),
  P('host alias name', { hostAliases: [{ ip: '1.1.1.1', hostnames: ['a_b'] }] }),
  P('hostname', { hostname: 'a.b' }),
  P('subdomain', { subdomain: 'a.b' }),
  P('grace', { terminationGracePeriodSeconds: -1 }),
  P('deadline', { activeDeadlineSeconds: 0 }),
  P('priority', { priorityClassName: 'a_b' }),
  P('sysctl', { securityContext: { sysctls: [{ name: 'a b', value: '1' }] } }),
  P('fsGroup', { securityContext: { fsGroup: -1 } }),
  P('fsGroupPolicy', { securityContext: { fsGroupChangePolicy: 'x' } }),
  P('windows', { securityContext: { windowsOptions: { runAsUserName: '' } } }),
  P('shareProcess hostPID', { shareProcessNamespace: true, hostPID: true }),
  P('restart', { restartPolicy: 'always' }),
  P('readiness gate', { readinessGates: [{ conditionType: 'a b' }] }),
  P('scheduling gate', { schedulingGates: [{ name: 'a' }, { name: 'a' }] }),
  P('nodeName bad', { nodeName: 'a_b' }),
  P('runtimeClass', { runtimeClassName: 'a_b' }),
];
const S = (name: string, spec: ObjectOf, m: ObjectOf = {}): NamedObject => [
  `svc ${name}`,
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', ...m }, spec: { ports: [{ port: 80 }], ...spec } },
];
const svcs: NamedObject[] = [
  S('ports twice', {
    ports: [
      { port: 80, name: 'a' },
      { port: 80, name: 'b' },
    ],
  }),
  S('names twice', {
    ports: [
      { port: 80, name: 'a' },
      { port: 81, name: 'a' },
    ],
  }),
  S('tcp udp', {
    ports: [
      { port: 80, name: 'a' },
      { port: 80, name: 'b', protocol: 'UDP' },
    ],
  }),
  S('port name long', { ports: [{ port: 80, name: 'a'.repeat(16) }] }),
  S('port name 64', { ports: [{ port: 80, name: 'a'.repeat(64) }] }),
  S('port name upper', { ports: [{ port: 80, name: 'A' }] }),
  S('target long', { ports: [{ port: 80, targetPort: 'abcdefghijklmnop' }] }),
  S('target upper', { ports: [{ port: 80, targetPort: 'Http' }] }),
  S('target string number', { ports: [{ port: 80, targetPort: '8080' }] }),
  S('nodePort clusterIP', { ports: [{ port: 80, nodePort: 30000 }] }),
  S('nodePort range', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  S('nodePort twice', {
    type: 'NodePort',
    ports: [
      { port: 80, nodePort: 30001, name: 'a' },
      { port: 81, nodePort: 30001, name: 'b' },
    ],
  }),
  S('type', { type: 'clusterip' }),
  S('clusterIP bad', { clusterIP: 'x' }),
  S('headless lb', { clusterIP: 'None', type: 'LoadBalancer' }),
  S('headless nodeport', { clusterIP: 'None', type: 'NodePort' }),
  S('affinity', { sessionAffinity: 'clientip' }),
  S('affinity config', { sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
  S('affinity timeout', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }),
  S('external policy', { externalTrafficPolicy: 'Local' }),
  S('external policy lb', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
  S('source ranges', { loadBalancerSourceRanges: ['10.0.0.0/8'] }),
  S('source ranges lb', { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }),
  S('source ranges bad', { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0'] }),
  S('lb class', { loadBalancerClass: 'a' }),
  S('lb class lb', { type: 'LoadBalancer', loadBalancerClass: 'a.com/b' }),
  S('externalIPs', { externalIPs: ['x'] }),
  S('external name', { type: 'ExternalName', externalName: 'a_b' }),
  S('external name ok', { type: 'ExternalName', externalName: 'a.b.c' }),
  S('external name clusterip', { type: 'ExternalName', externalName: 'a.b', clusterIP: 'None' }),
  S('selector bad', { selector: { 'a b': 'c' } }),
  S('selector value', { selector: { a: 'c d' } }),
  S('ip family', { ipFamilyPolicy: 'x' }),
  S('ip families', { ipFamilies: ['IPv5'] }),
  S('health port', { healthCheckNodePort: 30000 }),
  S('appProtocol', { ports: [{ port: 80, appProtocol: 'a b' }] }),
  S('appProtocol ok', { ports: [{ port: 80, appProtocol: 'http' }] }),
  S('internal policy', { internalTrafficPolicy: 'x' }),
  S('lb ip', { type: 'LoadBalancer', loadBalancerIP: 'x' }),
  S('allocate', { allocateLoadBalancerNodePorts: false }),
];
const I = (name: string, spec: ObjectOf): NamedObject => [
  `ingress ${name}`,
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'x' }, spec },
];
const back = { service: { name: 'a', port: { number: 80 } } };
const rule = (h: ObjectOf, p: ObjectOf = {}) => ({
  rules: [{ ...h, http: { paths: [{ path: '/', pathType: 'Prefix', backend: back, ...p }] } }],
});
const ings: NamedObject[] = [
  I('host upper', rule({ host: 'A.com' })),
  I('host port', rule({ host: 'a.com:80' })),
  I('host ip', rule({ host: '1.2.3.4' })),
  I('host wildcard', rule({ host: '*.a.com' })),
  I('host wildcard mid', rule({ host: 'a.*.com' })),
  I('host star', rule({ host: '*' })),
  I('host underscore', rule({ host: 'a_b.com' })),
  I('path no slash', rule({}, { path: 'a' })),
  I('path empty prefix', rule({}, { path: '' })),
  I('path impl empty', rule({}, { path: '', pathType: 'ImplementationSpecific' })),
  I('path double slash', rule({}, { path: '/a//b' })),
  I('path dots', rule({}, { path: '/a/../b' })),
  I('path encoded', rule({}, { path: '/a%2fb' })),
  I('path impl regex', rule({}, { path: '/a(.*)', pathType: 'ImplementationSpecific' })),
  I('path prefix regex', rule({}, { path: '/a(.*)' })),
  I('pathType', rule({}, { pathType: 'prefix' })),
  I('no pathType', rule({}, { pathType: undefined })),
  I('no backend', rule({}, { backend: {} })),
  I('both backends', rule({}, { backend: { ...back, resource: { kind: 'a', name: 'b', apiGroup: 'c' } } })),
  I('port both', rule({}, { backend: { service: { name: 'a', port: { number: 80, name: 'b' } } } })),
  I('port zero', rule({}, { backend: { service: { name: 'a', port: { number: 0 } } } })),
  I('service name upper', rule({}, { backend: { service: { name: 'A', port: { number: 80 } } } })),
  I('service name dot', rule({}, { backend: { service: { name: 'a.b', port: { number: 80 } } } })),
  I('port name long', rule({}, { backend: { service: { name: 'a', port: { name: 'a'.repeat(16) } } } })),
  I('tls host', { ...rule({}), tls: [{ hosts: ['A'], secretName: 'a' }] }),
  I('tls secret', { ...rule({}), tls: [{ hosts: ['a.com'], secretName: 'a_b' }] }),
  I('class', { ...rule({}), ingressClassName: 'a_b' }),
  I('class empty', { ...rule({}), ingressClassName: '' }),
  I('rules no http', { rules: [{ host: 'a.com' }] }),
];
const A = (kind: string, name: string, spec: ObjectOf, m: ObjectOf = {}): NamedObject => [
  `${kind} ${name}`,
  { apiVersion: 'apps/v1', kind, metadata: { name: 'x', ...m }, spec: { selector: sel, template: tpl, ...spec } },
];
const apps: NamedObject[] = [
  A('Deployment', 'selector mismatch', { selector: { matchLabels: { a: 'c' } } }),
  A('Deployment', 'no template labels', { template: { spec: pod } }),
  A('Deployment', 'strategy recreate rolling', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
  A('Deployment', 'strategy zero', {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
  }),
  A('Deployment', 'strategy percent', { strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '101%' } } }),
  A('Deployment', 'strategy type', { strategy: { type: 'rolling' } }),
  A('Deployment', 'progress', { progressDeadlineSeconds: 5, minReadySeconds: 10 }),
  A('Deployment', 'progress equal', { progressDeadlineSeconds: 10, minReadySeconds: 10 }),
  A('Deployment', 'active deadline', { template: { ...tpl, spec: { ...pod, activeDeadlineSeconds: 5 } } }),
  A('Deployment', 'ephemeral', {
    template: { ...tpl, spec: { ...pod, ephemeralContainers: [{ name: 'e', image: 'e:1' }] } },
  }),
  A('Deployment', 'selector In', { selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] } }),
  A('Deployment', 'selector bad', { selector: { matchLabels: { a: 'b', 'x y': 'z' } } }),
  A('StatefulSet', 'no service', { serviceName: undefined }),
  A('StatefulSet', 'service bad', { serviceName: 'A_b' }),
  A('StatefulSet', 'policy', { podManagementPolicy: 'x' }),
  A('StatefulSet', 'update', { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
  A('StatefulSet', 'update type', { updateStrategy: { type: 'x' } }),
  A('StatefulSet', 'partition', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: -1 } } }),
  A('StatefulSet', 'retention', { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'x', whenScaled: 'Retain' } }),
  A('StatefulSet', 'ordinals', { ordinals: { start: -1 } }),
  A('StatefulSet', 'long name', {}, { name: 'a'.repeat(61) }),
  A('StatefulSet', 'claim name', {
    volumeClaimTemplates: [
      {
        metadata: { name: 'A_b' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  }),
  A('StatefulSet', 'claim no name', {
    volumeClaimTemplates: [{ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
  }),
  A('StatefulSet', 'claim mode', {
    volumeClaimTemplates: [
      { metadata: { name: 'a' }, spec: { accessModes: ['RWO'], resources: { requests: { storage: '1Gi' } } } },
    ],
  }),
  A('DaemonSet', 'update', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } } }),
  A('DaemonSet', 'update both', {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
  }),
  A('DaemonSet', 'update type', { updateStrategy: { type: 'x' } }),
];
const B = (name: string, spec: ObjectOf): NamedObject => [
  `job ${name}`,
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'x' },
    spec: { template: { spec: { ...pod, restartPolicy: 'Never' } }, ...spec },
  },
];
const CJ = (name: string, spec: ObjectOf): NamedObject => [
  `cron ${name}`,
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'x' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
      ...spec,
    },
  },
];
const O2 = (name: string, apiVersion: string, kind: string, rest: ObjectOf): NamedObject => [
  `${kind} ${name}`,
  { apiVersion, kind, metadata: { name: 'x' }, ...rest },
];
const more: NamedObject[] = [
  B('selector', { selector: { matchLabels: { a: 'b' } } }),
  B('manual selector', {
    manualSelector: true,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { ...pod, restartPolicy: 'Never' } },
  }),
  B('completion mode', { completionMode: 'Indexed' }),
  B('indexed ok', { completionMode: 'Indexed', completions: 2 }),
  B('deadline', { activeDeadlineSeconds: -1 }),
  B('podFailure', { podFailurePolicy: { rules: [] } }),
  B('backoffLimitPerIndex', { backoffLimitPerIndex: 1 }),
  B('replacement', { podReplacementPolicy: 'x' }),
  B('suspend', { suspend: true }),
  B('managedBy', { managedBy: 'a b' }),
  CJ('bad', { schedule: '* * * *' }),
  CJ('range', { schedule: '61 * * * *' }),
  CJ('step', { schedule: '*/0 * * * *' }),
  CJ('names', { schedule: '0 0 * jan mon' }),
  CJ('sunday 7', { schedule: '0 0 * * 7' }),
  CJ('tz in schedule', { schedule: 'TZ=UTC * * * * *' }),
  CJ('every', { schedule: '@every 5m' }),
  CJ('every bad', { schedule: '@every x' }),
  CJ('reboot', { schedule: '@reboot' }),
  CJ('question', { schedule: '? * * * ?' }),
  CJ('L', { schedule: '0 0 L * *' }),
  CJ('reverse range', { schedule: '5-1 * * * *' }),
  CJ('list', { schedule: '1,2,3 * * * *' }),
  CJ('list bad', { schedule: '1,,3 * * * *' }),
  CJ('day 0', { schedule: '0 0 0 * *' }),
  CJ('month 13', { schedule: '0 0 1 13 *' }),
  CJ('six', { schedule: '0 0 0 * * *' }),
  CJ('timezone', { timeZone: 'Europe/Berlin' }),
  CJ('timezone bad', { timeZone: 'Mars/Base' }),
  CJ('timezone local', { timeZone: 'Local' }),
  CJ('timezone empty', { timeZone: '' }),
  CJ('concurrency', { concurrencyPolicy: 'forbid' }),
  CJ('starting', { startingDeadlineSeconds: -1 }),
  O2('both', 'policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1, selector: sel } }),
  O2('none', 'policy/v1', 'PodDisruptionBudget', { spec: { selector: sel } }),
  O2('no selector', 'policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1 } }),
  O2('percent', 'policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: '150%', selector: sel } }),
  O2('text', 'policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 'x', selector: sel } }),
  O2('negative', 'policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: -1, selector: sel } }),
  O2('unhealthy', 'policy/v1', 'PodDisruptionBudget', {
    spec: { minAvailable: 1, selector: sel, unhealthyPodEvictionPolicy: 'x' },
  }),
  ...(
    [
      ['min above max', { minReplicas: 5, maxReplicas: 2 }],
      ['min 0', { minReplicas: 0, maxReplicas: 2 }],
      [
        'min 0 external',
        {
          minReplicas: 0,
          maxReplicas: 2,
          metrics: [{ type: 'External', external: { metric: { name: 'a' }, target: { type: 'Value', value: '1' } } }],
        },
      ],
      ['metric empty', { maxReplicas: 2, metrics: [{ type: 'Resource' }] }],
      ['metric type', { maxReplicas: 2, metrics: [{ type: 'resource' }] }],
      [
        'metric target',
        { maxReplicas: 2, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] },
      ],
      [
        'metric both',
        {
          maxReplicas: 2,
          metrics: [
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50, averageValue: '1' } },
            },
          ],
        },
      ],
      [
        'metric zero',
        {
          maxReplicas: 2,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } },
          ],
        },
      ],
      [
        'metric ok',
        {
          maxReplicas: 2,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          ],
        },
      ],
      ['behavior', { maxReplicas: 2, behavior: { scaleDown: { stabilizationWindowSeconds: 5000 } } }],
      [
        'behavior policy',
        { maxReplicas: 2, behavior: { scaleDown: { policies: [{ type: 'x', value: 1, periodSeconds: 5 }] } } },
      ],
      [
        'behavior ok',
        { maxReplicas: 2, behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 5 }] } } },
      ],
      ['behavior none', { maxReplicas: 2, behavior: { scaleDown: { policies: [] } } }],
      [
        'behavior value',
        { maxReplicas: 2, behavior: { scaleDown: { policies: [{ type: 'Pods', value: 0, periodSeconds: 5 }] } } },
      ],
      [
        'behavior period',
        { maxReplicas: 2, behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 5000 }] } } },
      ],
      ['target none', { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: '' } }],
    ] as [string, ObjectOf][]
  ).map(([n, s]): NamedObject =>
    O2(n, 'autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' }, ...s },
    }),
  ),
  ...(
    [
      ['cidr', { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 'x' } }] }] }],
      [
        'cidr ok',
        { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] },
      ],
      [
        'except',
        { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.1.0.0/16'] } }] }] },
      ],
      ['peer empty', { podSelector: {}, ingress: [{ from: [{}] }] }],
      ['peer both', { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] }],
      ['port name', { podSelector: {}, ingress: [{ ports: [{ port: 'Http_x' }] }] }],
      ['end port', { podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 70 }] }] }],
      ['end port name', { podSelector: {}, ingress: [{ ports: [{ port: 'http', endPort: 70 }] }] }],
      ['types', { podSelector: {}, policyTypes: ['ingress'] }],
      ['types3', { podSelector: {}, policyTypes: ['Ingress', 'Egress', 'Ingress'] }],
      ['proto', { podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: 'tcp' }] }] }],
      ['selector', { podSelector: { matchLabels: { a: 'b c' } } }],
      ['none', {}],
    ] as [string, ObjectOf][]
  ).map(([n, s]): NamedObject => O2(n, 'networking.k8s.io/v1', 'NetworkPolicy', { spec: s })),
  O2('mode', 'v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['RWO'], resources: { requests: { storage: '1Gi' } } },
  }),
  O2('size zero', 'v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0' } } },
  }),
  O2('size negative', 'v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '-1Gi' } } },
  }),
  O2('class', 'v1', 'PersistentVolumeClaim', {
    spec: { storageClassName: 'A_b', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  O2('class empty', 'v1', 'PersistentVolumeClaim', {
    spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  O2('volume mode', 'v1', 'PersistentVolumeClaim', {
    spec: { volumeMode: 'x', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  O2('limits below', 'v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' }, limits: { storage: '1Gi' } } },
  }),
  O2('data source', 'v1', 'PersistentVolumeClaim', {
    spec: {
      dataSource: { kind: 'Pod', name: 'a' },
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  }),
  O2('rwop mix', 'v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  O2('subject group ns', 'rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'A_b', namespace: 'x' }],
  }),
  O2('subject sa group', 'rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', apiGroup: 'rbac.authorization.k8s.io', name: 'a', namespace: 'x' }],
  }),
  O2('user group', 'rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'view' },
    subjects: [{ kind: 'User', apiGroup: 'x', name: 'a' }],
  }),
  O2('roleRef slash', 'rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a/b' },
    subjects: [],
  }),
  O2('sa no ns', 'rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
    subjects: [{ kind: 'ServiceAccount', name: 'a' }],
  }),
  O2('role urls', 'rbac.authorization.k8s.io/v1', 'Role', { rules: [{ nonResourceURLs: ['/a'], verbs: ['get'] }] }),
  O2('clusterrole urls', 'rbac.authorization.k8s.io/v1', 'ClusterRole', {
    rules: [{ nonResourceURLs: ['/a'], verbs: ['get'] }],
  }),
  O2('clusterrole urls both', 'rbac.authorization.k8s.io/v1', 'ClusterRole', {
    rules: [{ nonResourceURLs: ['/a'], verbs: ['get'], apiGroups: [''], resources: ['a'] }],
  }),
  O2('role no groups', 'rbac.authorization.k8s.io/v1', 'Role', { rules: [{ resources: ['a'], verbs: ['get'] }] }),
  O2('role no verbs', 'rbac.authorization.k8s.io/v1', 'Role', { rules: [{ apiGroups: [''], resources: ['a'] }] }),
  O2('reclaim', 'storage.k8s.io/v1', 'StorageClass', { provisioner: 'a.com/b', reclaimPolicy: 'x' }),
  O2('binding', 'storage.k8s.io/v1', 'StorageClass', { provisioner: 'a.com/b', volumeBindingMode: 'x' }),
  O2('provisioner', 'storage.k8s.io/v1', 'StorageClass', { provisioner: '' }),
  O2('too high', 'scheduling.k8s.io/v1', 'PriorityClass', { value: 1000000001 }),
  O2('preemption', 'scheduling.k8s.io/v1', 'PriorityClass', { value: 1, preemptionPolicy: 'x' }),
  O2('sa pull secret', 'v1', 'ServiceAccount', { imagePullSecrets: [{ name: 'A_b' }] }),
  ...(
    [
      ['no side effects', { name: 'a.b.c', clientConfig: { url: 'https://a.b' }, admissionReviewVersions: ['v1'] }],
      [
        'name one part',
        { name: 'a', sideEffects: 'None', clientConfig: { url: 'https://a.b' }, admissionReviewVersions: ['v1'] },
      ],
      [
        'ok',
        { name: 'a.b.c', sideEffects: 'None', clientConfig: { url: 'https://a.b' }, admissionReviewVersions: ['v1'] },
      ],
      [
        'http',
        { name: 'a.b.c', sideEffects: 'None', clientConfig: { url: 'http://a.b' }, admissionReviewVersions: ['v1'] },
      ],
      [
        'policy',
        {
          name: 'a.b.c',
          sideEffects: 'None',
          failurePolicy: 'x',
          clientConfig: { url: 'https://a.b' },
          admissionReviewVersions: ['v1'],
        },
      ],
      ['no config', { name: 'a.b.c', sideEffects: 'None', clientConfig: {}, admissionReviewVersions: ['v1'] }],
      [
        'timeout',
        {
          name: 'a.b.c',
          sideEffects: 'None',
          timeoutSeconds: 31,
          clientConfig: { url: 'https://a.b' },
          admissionReviewVersions: ['v1'],
        },
      ],
      [
        'versions',
        { name: 'a.b.c', sideEffects: 'None', clientConfig: { url: 'https://a.b' }, admissionReviewVersions: [] },
      ],
    ] as [string, ObjectOf][]
  ).map(([n, w]): NamedObject =>
    O2(`webhook ${n}`, 'admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', { webhooks: [w] }),
  ),
];
export const ODD_OBJECTS: readonly NamedObject[] = [
  ...names,
  ...gen,
  ...metas,
  ...pods,
  ...svcs,
  ...ings,
  ...apps,
  ...more,
];
