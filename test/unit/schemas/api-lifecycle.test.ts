import { describe, expect, it } from '@jest/globals';
import { kindOf } from '../../../src/schemas/kind-names.js';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';
import { projectRoot } from '../../support/services.js';

const library = createSchemaLibrary(openSchemaPacks(projectRoot), true);

async function said(kind: string, minor: number): Promise<string> {
  const validator = await library.validator(minor, []);
  const slash = kind.lastIndexOf('/');
  const object = { apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1), metadata: { name: 'a' } };
  const verdict = validator.check(object, kindOf(object));
  if (verdict.status === 'not-served') return `${verdict.removed ? 'removed' : 'unknown'}: ${verdict.message}`;
  if (verdict.status === 'no-schema') return verdict.status;
  return validator.deprecation(kind)?.message ?? 'served';
}

describe('API versions that are gone', () => {
  // As Kubernetes' guide to deprecated APIs lists them: what, since when, and what to use.
  it.each<[string, number, string]>([
    ['extensions/v1beta1/Deployment', 16, 'apps/v1 Deployment'],
    ['extensions/v1beta1/DaemonSet', 16, 'apps/v1 DaemonSet'],
    ['extensions/v1beta1/ReplicaSet', 16, 'apps/v1 ReplicaSet'],
    ['extensions/v1beta1/NetworkPolicy', 16, 'networking.k8s.io/v1 NetworkPolicy'],
    ['extensions/v1beta1/Ingress', 22, 'networking.k8s.io/v1 Ingress'],
    ['apps/v1beta1/Deployment', 16, 'apps/v1 Deployment'],
    ['apps/v1beta1/StatefulSet', 16, 'apps/v1 StatefulSet'],
    ['apps/v1beta2/Deployment', 16, 'apps/v1 Deployment'],
    ['apps/v1beta2/DaemonSet', 16, 'apps/v1 DaemonSet'],
    ['networking.k8s.io/v1beta1/Ingress', 22, 'networking.k8s.io/v1 Ingress'],
    ['networking.k8s.io/v1beta1/IngressClass', 22, 'networking.k8s.io/v1 IngressClass'],
    ['rbac.authorization.k8s.io/v1beta1/Role', 22, 'rbac.authorization.k8s.io/v1 Role'],
    ['rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding', 22, 'rbac.authorization.k8s.io/v1 ClusterRoleBinding'],
    [
      'admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration',
      22,
      'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
    ],
    ['apiextensions.k8s.io/v1beta1/CustomResourceDefinition', 22, 'apiextensions.k8s.io/v1 CustomResourceDefinition'],
    ['apiregistration.k8s.io/v1beta1/APIService', 22, 'apiregistration.k8s.io/v1 APIService'],
    ['coordination.k8s.io/v1beta1/Lease', 22, 'coordination.k8s.io/v1 Lease'],
    ['scheduling.k8s.io/v1beta1/PriorityClass', 22, 'scheduling.k8s.io/v1 PriorityClass'],
    ['storage.k8s.io/v1beta1/StorageClass', 22, 'storage.k8s.io/v1 StorageClass'],
    ['batch/v1beta1/CronJob', 25, 'batch/v1 CronJob'],
    ['discovery.k8s.io/v1beta1/EndpointSlice', 25, 'discovery.k8s.io/v1 EndpointSlice'],
    ['events.k8s.io/v1beta1/Event', 25, 'events.k8s.io/v1 Event'],
    ['autoscaling/v2beta1/HorizontalPodAutoscaler', 25, 'autoscaling/v2 HorizontalPodAutoscaler'],
    ['policy/v1beta1/PodDisruptionBudget', 25, 'policy/v1 PodDisruptionBudget'],
    ['node.k8s.io/v1beta1/RuntimeClass', 25, 'node.k8s.io/v1 RuntimeClass'],
    ['autoscaling/v2beta2/HorizontalPodAutoscaler', 26, 'autoscaling/v2 HorizontalPodAutoscaler'],
    ['storage.k8s.io/v1beta1/CSIStorageCapacity', 27, 'storage.k8s.io/v1 CSIStorageCapacity'],
    ['flowcontrol.apiserver.k8s.io/v1beta2/FlowSchema', 29, 'flowcontrol.apiserver.k8s.io/v1 FlowSchema'],
    ['flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema', 32, 'flowcontrol.apiserver.k8s.io/v1 FlowSchema'],
    [
      'admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy',
      34,
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy',
    ],
  ])('%s since 1.%d', async (kind, since, replacement) => {
    const slash = kind.lastIndexOf('/');
    const name = `${kind.slice(0, slash)} ${kind.slice(slash + 1)}`;
    expect(await said(kind, 36)).toBe(`removed: ${name} is not served since Kubernetes 1.${since}; use ${replacement}`);
    if (since <= 25) return;
    const before = await said(kind, since - 1);
    expect(before).toMatch(
      new RegExp(`^\\S+ \\S+ is deprecated since Kubernetes 1\\.\\d+ and not served from 1\\.${since} on; use `),
    );
  });

  it.each<[string, number, string]>([
    // What the makers name as the replacement is itself not for long; this version may not have anything better.
    [
      'flowcontrol.apiserver.k8s.io/v1beta2/FlowSchema',
      28,
      'flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema is deprecated since Kubernetes 1.26 and not served from 1.29 on; use flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema',
    ],
    [
      'policy/v1beta1/PodSecurityPolicy',
      36,
      'removed: policy/v1beta1 PodSecurityPolicy is not served since Kubernetes 1.25',
    ],
    [
      'extensions/v1beta1/PodSecurityPolicy',
      36,
      'removed: extensions/v1beta1 PodSecurityPolicy is not served since Kubernetes 1.16',
    ],
    [
      'resource.k8s.io/v1alpha2/ResourceClaim',
      36,
      'unknown: Kubernetes 1.36 has no resource.k8s.io/v1alpha2 ResourceClaim, did you mean resource.k8s.io/v1 ResourceClaim?',
    ],
    ['networking.k8s.io/v1/Ingress', 25, 'served'],
    ['autoscaling/v1/HorizontalPodAutoscaler', 36, 'served'],
    ['v1/Ingress', 36, 'unknown: Kubernetes 1.36 has no v1 Ingress, did you mean networking.k8s.io/v1 Ingress?'],
    ['apps/v2/Deployment', 36, 'unknown: Kubernetes 1.36 has no apps/v2 Deployment, did you mean apps/v1 Deployment?'],
    [
      'events.k8s.io/v2/Event',
      36,
      'unknown: Kubernetes 1.36 has no events.k8s.io/v2 Event, did you mean events.k8s.io/v1 Event?',
    ],
    ['cert-manager.io/v1/Certificate', 36, 'no-schema'],
    ['snapshot.storage.k8s.io/v1/VolumeSnapshot', 36, 'no-schema'],
  ])('%s on 1.%d', async (kind, minor, message) => {
    expect(await said(kind, minor)).toBe(message);
  });
});

describe('pods, wherever a kind has them', () => {
  it.each<[string, string, readonly string[]]>([
    ['v1/Pod', 'spec', []],
    ['v1/PodTemplate', 'template.spec', ['template']],
    ['v1/ReplicationController', 'spec.template.spec', ['spec', 'template']],
    ['apps/v1/Deployment', 'spec.template.spec', ['spec', 'template']],
    ['apps/v1/StatefulSet', 'spec.template.spec', ['spec', 'template']],
    ['apps/v1/DaemonSet', 'spec.template.spec', ['spec', 'template']],
    ['apps/v1/ReplicaSet', 'spec.template.spec', ['spec', 'template']],
    ['batch/v1/Job', 'spec.template.spec', ['spec', 'template']],
    ['batch/v1/CronJob', 'spec.jobTemplate.spec.template.spec', ['spec', 'jobTemplate', 'spec', 'template']],
  ])('of %s are looked into', async (kind, field, way) => {
    const pod: object = { spec: { containers: [{ name: 'a', image: 'a:1', imagePullPolice: 'Always' }] } };
    const object = way.reduceRight<object>((inner, key) => ({ [key]: inner }), pod) as Record<string, unknown>;
    for (const minor of [25, 31, 36]) {
      const verdict = (await library.validator(minor, [])).check(object, kind);
      expect(verdict.status === 'checked' && verdict.problems.map(({ message }) => message)).toContain(
        `unknown field ${field}.containers[0].imagePullPolice, did you mean "imagePullPolicy"?`,
      );
    }
  });
});
