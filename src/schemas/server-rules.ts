/**
 * What the API server demands of single fields beyond Kubernetes' OpenAPI: ranges, texts that must not be empty, and sets
 * of values that are not marked as enumerations. Each is a rule of the server's own validation that holds in all of the
 * versions that there are packs for.
 */
import type { JsonSchema } from './json-schema.js';

interface DefinitionRules {
  /** Fields that must be there although the OpenAPI does not say so. */
  readonly needs?: readonly string[];
  /** Added to the object's own schema. */
  readonly own?: JsonSchema;
  /** Added to the fields' schemas. */
  readonly fields?: Readonly<Record<string, JsonSchema>>;
}

const PORT = { minimum: 1, maximum: 65535 };
const PORT_OR_NONE = { minimum: 0, maximum: 65535 };
const NOT_NEGATIVE = { minimum: 0 };
const NOT_EMPTY = { minLength: 1 };
const PERCENT = { pattern: '^[0-9]+%$', minimum: 0 };
const ANY_ITEM = { minItems: 1 };
const ANY_FIELD = { minProperties: 1 };

const MODE = { minimum: 0, maximum: 511 };
const ID = { minimum: 0, maximum: 2147483647 };
const WEIGHT = { minimum: 1, maximum: 100 };
/** Of at most 100 %. */
const SHARE = { pattern: '^(100|[0-9]{1,2})%$', minimum: 0 };
const DNS_LABEL = { pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' };
const KEY = { ...NOT_EMPTY, pattern: '^[-._a-zA-Z0-9]+$' };
/** A path below a volume: not from the root, and not out of it. */
const PATH_INSIDE = { pattern: '^(?!/)(?!(.*/)?\\.\\.(/|$))' };
const PATH_WITHOUT_UP = { pattern: '^(?!(.*/)?\\.\\.(/|$))' };
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

const CORE = 'io.k8s.api.core.v1';
const APPS = 'io.k8s.api.apps.v1';
const ADMISSION = 'io.k8s.api.admissionregistration.v1';
const RBAC = 'io.k8s.api.rbac.v1';

const CONTAINER: DefinitionRules = { needs: ['image'], fields: { name: NOT_EMPTY, image: NOT_EMPTY } };
/** Kinds that are nothing without a spec. */
const NEEDS_SPEC: DefinitionRules = { needs: ['spec'] };
const SCALED: DefinitionRules = { fields: { replicas: NOT_NEGATIVE, minReadySeconds: NOT_NEGATIVE } };
const ROLE_REF_KINDS = { enum: ['Role', 'ClusterRole', null] };

/** By name of the definition. */
export const SERVER_RULES: Readonly<Record<string, DefinitionRules>> = {
  [`${CORE}.Pod`]: NEEDS_SPEC,
  [`${CORE}.PodTemplateSpec`]: NEEDS_SPEC,
  [`${CORE}.Service`]: NEEDS_SPEC,
  [`${CORE}.PersistentVolumeClaim`]: NEEDS_SPEC,
  [`${APPS}.Deployment`]: NEEDS_SPEC,
  [`${APPS}.StatefulSet`]: NEEDS_SPEC,
  [`${APPS}.DaemonSet`]: NEEDS_SPEC,
  'io.k8s.api.batch.v1.Job': NEEDS_SPEC,
  'io.k8s.api.batch.v1.CronJob': NEEDS_SPEC,
  'io.k8s.api.networking.v1.Ingress': NEEDS_SPEC,
  'io.k8s.api.networking.v1.HTTPIngressRuleValue': { fields: { paths: ANY_ITEM } },
  'io.k8s.api.networking.v1.HTTPIngressPath': { fields: { path: { pattern: '^(/.*)?$' } } },
  'io.k8s.api.networking.v1.IngressServiceBackend': { needs: ['port'], fields: { name: NOT_EMPTY, port: ANY_FIELD } },
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler': NEEDS_SPEC,
  [`${CORE}.EnvVarSource`]: { own: ANY_FIELD },
  [`${CORE}.Container`]: CONTAINER,
  [`${CORE}.ContainerPort`]: { fields: { containerPort: PORT, hostPort: PORT_OR_NONE } },
  [`${CORE}.ServicePort`]: { fields: { port: PORT, nodePort: PORT_OR_NONE, targetPort: PORT_OR_NONE } },
  [`${CORE}.HTTPGetAction`]: { fields: { port: PORT } },
  [`${CORE}.TCPSocketAction`]: { fields: { port: PORT } },
  [`${CORE}.GRPCAction`]: { fields: { port: PORT } },
  [`${CORE}.VolumeMount`]: { fields: { mountPath: NOT_EMPTY, name: NOT_EMPTY, subPath: PATH_INSIDE } },
  [`${CORE}.Volume`]: { fields: { name: NOT_EMPTY } },
  [`${CORE}.EnvVar`]: { fields: { name: { pattern: '^[^=]+$' } } },
  [`${CORE}.Probe`]: {
    fields: Object.fromEntries(
      ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].map((name) => [
        name,
        NOT_NEGATIVE,
      ]),
    ),
  },
  [`${CORE}.PodSpec`]: {
    fields: {
      containers: ANY_ITEM,
      hostname: DNS_LABEL,
      subdomain: DNS_LABEL,
      activeDeadlineSeconds: { minimum: 1 },
    },
  },
  [`${CORE}.PersistentVolumeClaimSpec`]: { needs: ['accessModes', 'resources'], fields: { accessModes: ANY_ITEM } },
  [`${CORE}.PersistentVolumeSpec`]: { needs: ['accessModes', 'capacity'], fields: { accessModes: ANY_ITEM } },
  [`${CORE}.HostPathVolumeSource`]: { fields: { path: { ...NOT_EMPTY, ...PATH_WITHOUT_UP } } },
  [`${CORE}.NFSVolumeSource`]: { fields: { path: { pattern: '^/' }, server: NOT_EMPTY } },
  [`${CORE}.ConfigMapVolumeSource`]: { needs: ['name'], fields: { name: NOT_EMPTY, defaultMode: MODE } },
  [`${CORE}.SecretVolumeSource`]: { needs: ['secretName'], fields: { secretName: NOT_EMPTY, defaultMode: MODE } },
  [`${CORE}.DownwardAPIVolumeSource`]: { fields: { defaultMode: MODE } },
  [`${CORE}.ProjectedVolumeSource`]: { fields: { defaultMode: MODE } },
  [`${CORE}.ServiceAccountTokenProjection`]: { fields: { expirationSeconds: { minimum: 600 } } },
  [`${CORE}.PersistentVolumeClaimVolumeSource`]: { fields: { claimName: NOT_EMPTY } },
  [`${CORE}.SecretKeySelector`]: { needs: ['name'], fields: { name: NOT_EMPTY, key: KEY } },
  [`${CORE}.ConfigMapKeySelector`]: { needs: ['name'], fields: { name: NOT_EMPTY, key: KEY } },
  [`${CORE}.SecretEnvSource`]: { needs: ['name'], fields: { name: NOT_EMPTY } },
  [`${CORE}.ConfigMapEnvSource`]: { needs: ['name'], fields: { name: NOT_EMPTY } },
  [`${CORE}.ResourceFieldSelector`]: {
    fields: { resource: { pattern: '^(limits|requests)\\.(cpu|memory|ephemeral-storage|hugepages-.+)$' } },
  },
  [`${CORE}.SecurityContext`]: { fields: { runAsUser: ID, runAsGroup: ID } },
  [`${CORE}.PodSecurityContext`]: { fields: { runAsUser: ID, runAsGroup: ID, fsGroup: ID } },
  [`${CORE}.ExecAction`]: { needs: ['command'], fields: { command: ANY_ITEM } },
  [`${CORE}.PreferredSchedulingTerm`]: { fields: { weight: WEIGHT } },
  [`${CORE}.WeightedPodAffinityTerm`]: { fields: { weight: WEIGHT } },
  [`${CORE}.PodAffinityTerm`]: { fields: { topologyKey: NOT_EMPTY } },
  [`${CORE}.NodeSelector`]: { fields: { nodeSelectorTerms: ANY_ITEM } },
  [`${CORE}.TopologySpreadConstraint`]: { fields: { maxSkew: { minimum: 1 }, minDomains: { minimum: 1 } } },
  [`${CORE}.ClientIPConfig`]: { fields: { timeoutSeconds: { minimum: 1, maximum: 86400 } } },
  [`${CORE}.KeyToPath`]: { fields: { key: NOT_EMPTY, path: { ...NOT_EMPTY, ...PATH_INSIDE }, mode: MODE } },
  [`${APPS}.DeploymentSpec`]: {
    fields: { ...SCALED.fields, revisionHistoryLimit: NOT_NEGATIVE, progressDeadlineSeconds: NOT_NEGATIVE },
  },
  [`${APPS}.RollingUpdateDeployment`]: { fields: { maxSurge: PERCENT, maxUnavailable: SHARE } },
  [`${APPS}.ReplicaSetSpec`]: SCALED,
  [`${APPS}.StatefulSetSpec`]: SCALED,
  [`${APPS}.DaemonSetSpec`]: { fields: { minReadySeconds: NOT_NEGATIVE, revisionHistoryLimit: NOT_NEGATIVE } },
  [`${APPS}.RollingUpdateDaemonSet`]: { fields: { maxSurge: SHARE, maxUnavailable: SHARE } },
  [`${APPS}.RollingUpdateStatefulSetStrategy`]: { fields: { partition: NOT_NEGATIVE } },
  [`${APPS}.StatefulSetOrdinals`]: { fields: { start: NOT_NEGATIVE } },
  [`${APPS}.StatefulSetPersistentVolumeClaimRetentionPolicy`]: {
    fields: { whenDeleted: { enum: ['Retain', 'Delete', null] }, whenScaled: { enum: ['Retain', 'Delete', null] } },
  },
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec': { fields: { minAvailable: SHARE, maxUnavailable: SHARE } },
  'io.k8s.api.batch.v1.JobSpec': {
    fields: Object.fromEntries(
      ['backoffLimit', 'parallelism', 'completions', 'ttlSecondsAfterFinished', 'activeDeadlineSeconds'].map((name) => [
        name,
        NOT_NEGATIVE,
      ]),
    ),
  },
  'io.k8s.api.batch.v1.CronJobSpec': {
    fields: {
      // Five fields or a word such as @daily; a zone before it is refused.
      schedule: { pattern: '^(@(yearly|annually|monthly|weekly|daily|midnight|hourly|every .+)|\\S+( +\\S+){4})$' },
      successfulJobsHistoryLimit: NOT_NEGATIVE,
      failedJobsHistoryLimit: NOT_NEGATIVE,
      startingDeadlineSeconds: NOT_NEGATIVE,
    },
  },
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec': {
    fields: { minReplicas: NOT_NEGATIVE, maxReplicas: { minimum: 1 } },
  },
  'io.k8s.api.autoscaling.v2.CrossVersionObjectReference': { fields: { kind: NOT_EMPTY, name: NOT_EMPTY } },
  'io.k8s.api.autoscaling.v2.MetricSpec': {
    fields: { type: { enum: ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'] } },
  },
  'io.k8s.api.autoscaling.v2.MetricTarget': { fields: { averageUtilization: { minimum: 1 } } },
  'io.k8s.api.autoscaling.v2.HPAScalingRules': {
    fields: { stabilizationWindowSeconds: { minimum: 0, maximum: 3600 }, policies: ANY_ITEM },
  },
  'io.k8s.api.autoscaling.v2.HPAScalingPolicy': {
    fields: {
      type: { enum: ['Pods', 'Percent'] },
      value: { minimum: 1 },
      periodSeconds: { minimum: 1, maximum: 1800 },
    },
  },
  'io.k8s.api.storage.v1.StorageClass': { fields: { provisioner: NOT_EMPTY } },
  'io.k8s.api.networking.v1.NetworkPolicyPort': { fields: { port: PORT } },
  [`${ADMISSION}.ValidatingWebhook`]: {
    needs: ['sideEffects', 'admissionReviewVersions'],
    fields: {
      name: { pattern: `^${SUBDOMAIN}(\\.${SUBDOMAIN}){2,}$` },
      timeoutSeconds: { minimum: 1, maximum: 30 },
      admissionReviewVersions: ANY_ITEM,
    },
  },
  [`${ADMISSION}.MutatingWebhook`]: {
    needs: ['sideEffects', 'admissionReviewVersions'],
    fields: {
      name: { pattern: `^${SUBDOMAIN}(\\.${SUBDOMAIN}){2,}$` },
      timeoutSeconds: { minimum: 1, maximum: 30 },
      admissionReviewVersions: ANY_ITEM,
    },
  },
  [`${RBAC}.RoleRef`]: {
    fields: { kind: ROLE_REF_KINDS, name: NOT_EMPTY, apiGroup: { enum: ['rbac.authorization.k8s.io', '', null] } },
  },
  [`${RBAC}.Subject`]: { fields: { kind: { enum: ['ServiceAccount', 'User', 'Group', null] }, name: NOT_EMPTY } },
  [`${RBAC}.PolicyRule`]: { fields: { verbs: ANY_ITEM } },
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement': {
    fields: { operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', null] }, key: NOT_EMPTY },
  },
};

/** The schema with the rules of its definition. */
export function withServerRules(definition: string, schema: JsonSchema): JsonSchema {
  const rules = Object.hasOwn(SERVER_RULES, definition) ? SERVER_RULES[definition] : undefined;
  if (rules === undefined) return schema;
  const properties = { ...(schema['properties'] as Record<string, JsonSchema> | undefined) };
  for (const [name, rule] of Object.entries(rules.fields ?? {})) {
    // A field that a version does not have gets no rule.
    if (properties[name] !== undefined) properties[name] = { ...properties[name], ...rule };
  }
  const needs = [...((schema['needs'] as readonly string[] | undefined) ?? []), ...(rules.needs ?? [])];
  return { ...schema, ...rules.own, properties, ...(needs.length === 0 ? {} : { needs: [...new Set(needs)] }) };
}
