import { describe, expect, it } from '@jest/globals';
import type { KubernetesObject } from '../../../src/core/kubernetes-object.js';
import { DEFAULT_GRACES, podProblems } from '../../../src/core/pod-problems.js';
import type { ObjectRef } from '../../../src/core/release-manifest.js';
import {
  assessRollout,
  customArgument,
  isCustom,
  watchedObjects,
  watchedResources,
} from '../../../src/core/rollout.js';
import { RolloutTracker, timeoutMessage } from '../../../src/core/rollout-tracker.js';

type Spec = NonNullable<KubernetesObject['spec']>;
type Status = NonNullable<KubernetesObject['status']>;

const GROUPS: Record<string, string> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
};

const ref = (kind: string, name = 'api'): ObjectRef => ({
  apiVersion: GROUPS[kind] ?? 'v1',
  kind,
  namespace: '',
  name,
});

function object(
  kind: string,
  spec: Spec,
  status: Status,
  metadata: KubernetesObject['metadata'] = {},
): KubernetesObject {
  const base = { name: 'api', namespace: 'shop', uid: `${kind}-uid`, generation: 2 };
  return { kind, apiVersion: GROUPS[kind] ?? 'v1', metadata: { ...base, ...metadata }, spec, status };
}

function pod(
  name: string,
  owner: string,
  status: Status,
  metadata: KubernetesObject['metadata'] = {},
): KubernetesObject {
  return object('Pod', {}, status, { name, uid: name, ownerReferences: [{ uid: owner }], ...metadata });
}

const waiting = (reason: string, message = '', restarts = 0): Status => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'app', ready: false, restartCount: restarts, state: { waiting: { reason, message } } }],
});

const stateOf = (target: KubernetesObject, ...others: readonly KubernetesObject[]) => {
  const [rollout] = assessRollout([ref(target.kind ?? '')], 'shop', [target, ...others]);
  return `${rollout?.state}: ${rollout?.message}`;
};

const seen = { observedGeneration: 2 };

describe('a Deployment', () => {
  it.each<[string, Spec, Status, string]>([
    [
      'is complete',
      { replicas: 2 },
      { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
      'ready: 2 of 2 replicas are available',
    ],
    [
      'has one replica by default',
      {},
      { ...seen, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      'ready: 1 of 1 replicas are available',
    ],
    ['is scaled to nothing', { replicas: 0 }, seen, 'ready: 0 of 0 replicas are available'],
    [
      'was not seen by its controller',
      { replicas: 1 },
      { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      'progressing: the controller has not seen the change yet',
    ],
    [
      'is being updated',
      { replicas: 3 },
      { ...seen, replicas: 3, updatedReplicas: 1, availableReplicas: 3 },
      'progressing: 1 of 3 replicas are updated',
    ],
    [
      'still has old pods',
      { replicas: 1 },
      { ...seen, replicas: 2, updatedReplicas: 1, availableReplicas: 2 },
      'progressing: 1 old replicas are still there',
    ],
    [
      'has new pods that are not available',
      { replicas: 2 },
      { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
      'progressing: 1 of 2 updated replicas are available',
    ],
    ['is paused', { replicas: 2, paused: true }, { ...seen, replicas: 2, updatedReplicas: 0 }, 'ready: paused'],
    [
      'has exceeded its progress deadline',
      { replicas: 1 },
      {
        ...seen,
        replicas: 1,
        conditions: [
          { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
        ],
      },
      'failed: timed out',
    ],
  ])('%s', (_, spec, status, expected) => {
    expect(stateOf(object('Deployment', spec, status))).toBe(expected);
  });

  it('does not exist', () => {
    expect(assessRollout([ref('Deployment')], 'shop', [])[0]).toMatchObject({
      state: 'progressing',
      message: 'it does not exist',
    });
  });

  it('is not that of another namespace', () => {
    const other = object('Deployment', { replicas: 0 }, seen, { namespace: 'other' });
    expect(stateOf(object('Deployment', { replicas: 0 }, { observedGeneration: 1 }), other)).toMatch(/^progressing/);
    expect(assessRollout([{ ...ref('Deployment'), namespace: 'other' }], 'shop', [other])[0]?.state).toBe('ready');
  });

  const set = (name: string, revision: string, conditions: Status['conditions'] = []) =>
    object(
      'ReplicaSet',
      {},
      { conditions },
      {
        name,
        uid: name,
        annotations: { 'deployment.kubernetes.io/revision': revision },
        ownerReferences: [{ uid: 'Deployment-uid' }],
      },
    );
  const rolling = object('Deployment', { replicas: 1 }, { ...seen, replicas: 2, updatedReplicas: 1 });

  it("is not blamed for its old revision's pods", () => {
    const all = [
      rolling,
      set('old', '9'),
      set('new', '10'),
      pod('a', 'old', waiting('CrashLoopBackOff')),
      pod('b', 'new', waiting('ErrImagePull')),
    ];
    const [rollout] = assessRollout([ref('Deployment')], 'shop', all);
    expect(rollout?.problems.map(({ pod: name, reason }) => `${name} ${reason}`)).toEqual(['b ErrImagePull']);
    expect(rollout?.pods).toEqual(['b']);
  });

  it('has the problem that its pods are refused', () => {
    const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' };
    const [rollout] = assessRollout([ref('Deployment')], 'shop', [rolling, set('new', '10', [refused])]);
    expect(rollout?.problems).toEqual([expect.objectContaining({ category: 'create', message: 'exceeded quota' })]);
  });
});

describe('other objects', () => {
  it.each<[string, KubernetesObject, string]>([
    [
      'a StatefulSet is complete',
      object(
        'StatefulSet',
        { replicas: 2 },
        { ...seen, updatedReplicas: 2, readyReplicas: 2, currentRevision: 'b', updateRevision: 'b' },
      ),
      'ready: 2 of 2 replicas are ready',
    ],
    [
      'a StatefulSet is being updated',
      object(
        'StatefulSet',
        { replicas: 2 },
        { ...seen, updatedReplicas: 1, readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' },
      ),
      'progressing: 1 of 2 replicas are updated',
    ],
    [
      'a StatefulSet is updated down to its partition',
      object(
        'StatefulSet',
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        { ...seen, updatedReplicas: 1, readyReplicas: 3, currentRevision: 'a', updateRevision: 'b' },
      ),
      'ready: 3 of 3 replicas are ready',
    ],
    [
      'a StatefulSet that is updated when deleted',
      object(
        'StatefulSet',
        { replicas: 1, updateStrategy: { type: 'OnDelete' } },
        { ...seen, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      ),
      'ready: 1 of 1 replicas are ready, updated when deleted',
    ],
    [
      'a StatefulSet waits for its pods',
      object('StatefulSet', { replicas: 2 }, { ...seen, updatedReplicas: 2, readyReplicas: 1 }),
      'progressing: 1 of 2 replicas are ready',
    ],
    [
      'a DaemonSet is complete',
      object('DaemonSet', {}, { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }),
      'ready: 3 of 3 pods are available',
    ],
    [
      'a DaemonSet is being updated',
      object('DaemonSet', {}, { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberAvailable: 3 }),
      'progressing: 1 of 3 pods are updated',
    ],
    [
      'a DaemonSet that is updated when deleted',
      object(
        'DaemonSet',
        { updateStrategy: { type: 'OnDelete' } },
        { ...seen, desiredNumberScheduled: 1, numberAvailable: 1 },
      ),
      'ready: 1 of 1 pods are available',
    ],
    ['a Job is complete', object('Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), 'ready: complete'],
    [
      'a Job has failed',
      object(
        'Job',
        {},
        { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' }] },
      ),
      'failed: too often',
    ],
    ['a Job runs', object('Job', { completions: 3 }, { succeeded: 1 }), 'progressing: 1 of 3 completions'],
    ['a Job is suspended', object('Job', { suspend: true }, {}), 'ready: suspended'],
    ['a claim is bound', object('PersistentVolumeClaim', {}, { phase: 'Bound' }), 'ready: bound'],
    [
      'a claim has lost its volume',
      object('PersistentVolumeClaim', {}, { phase: 'Lost' }),
      'failed: the volume of this claim is gone',
    ],
    [
      'a claim that no pod mounts',
      object('PersistentVolumeClaim', {}, { phase: 'Pending' }),
      'ready: not mounted by any pod yet',
    ],
    [
      'a pod is ready',
      object('Pod', {}, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }),
      'ready: ready',
    ],
    ['a pod has ended well', object('Pod', {}, { phase: 'Succeeded' }), 'ready: succeeded'],
    [
      'a pod has failed',
      object('Pod', {}, { phase: 'Failed', reason: 'Evicted', message: 'no memory' }),
      'failed: no memory',
    ],
    ['a pod starts', object('Pod', {}, { phase: 'Pending' }), 'progressing: not ready (Pending)'],
  ])('%s', (_, target, expected) => {
    expect(stateOf(target)).toBe(expected);
  });

  it('a claim that a pod mounts is waited for', () => {
    const claim = object('PersistentVolumeClaim', {}, { phase: 'Pending' });
    const user = object('Pod', { volumes: [{ persistentVolumeClaim: { claimName: 'api' } }] }, {}, { name: 'user' });
    expect(stateOf(claim, user)).toBe('progressing: not bound yet');
  });

  it("a StatefulSet's and a DaemonSet's old pods do not count", () => {
    const stateful = object('StatefulSet', { replicas: 1 }, { ...seen, updateRevision: 'new', readyReplicas: 0 });
    const daemon = object(
      'DaemonSet',
      {},
      { ...seen, desiredNumberScheduled: 1 },
      { annotations: { 'deprecated.daemonset.template.generation': '2' } },
    );
    const labelled = (name: string, owner: string, labels: Record<string, string>) =>
      pod(name, owner, waiting('ErrImagePull'), { labels });
    const all = [
      stateful,
      daemon,
      labelled('s-old', 'StatefulSet-uid', { 'controller-revision-hash': 'old' }),
      labelled('s-new', 'StatefulSet-uid', { 'controller-revision-hash': 'new' }),
      labelled('d-old', 'DaemonSet-uid', { 'pod-template-generation': '1' }),
      labelled('d-new', 'DaemonSet-uid', { 'pod-template-generation': '2' }),
    ];
    const rollouts = assessRollout([ref('StatefulSet'), ref('DaemonSet')], 'shop', all);
    expect(rollouts.map(({ pods }) => pods)).toEqual([['s-new'], ['d-new']]);
  });
});

describe('a custom resource', () => {
  const widgetRef: ObjectRef = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: '', name: 'w' };
  const widget = (status: Status, namespace?: string): KubernetesObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', generation: 2, ...(namespace === undefined ? {} : { namespace }) },
    status,
  });
  const condition = (type: string, status: string) => ({ type, status, reason: 'Because', message: 'as told' });

  it.each<[string, Status, string]>([
    ['without conditions is as good as it gets', {}, 'ready: has no condition to wait for'],
    ['that is ready', { conditions: [condition('Ready', 'True')] }, 'ready: ready'],
    ['that is available', { conditions: [condition('Available', 'True')] }, 'ready: available'],
    ['that is not ready', { conditions: [condition('Ready', 'False')] }, 'progressing: as told'],
    [
      'that says no more than unknown',
      { conditions: [{ type: 'Ready', status: 'Unknown' }] },
      'progressing: not ready',
    ],
    [
      'whose controller lags',
      { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
      'progressing: its controller has not seen the change yet',
    ],
    [
      'that is being reconciled',
      { conditions: [condition('Ready', 'True'), condition('Reconciling', 'True')] },
      'progressing: as told',
    ],
    ['that is stalled', { conditions: [condition('Ready', 'False'), condition('Stalled', 'True')] }, 'failed: as told'],
  ])('%s', (_, status, expected) => {
    for (const target of [widget(status, 'shop'), widget(status)]) {
      const [rollout] = assessRollout([widgetRef], 'shop', [target]);
      expect(`${rollout?.state}: ${rollout?.message}`).toBe(expected);
    }
  });

  it('of another namespace, or another group, is not meant', () => {
    const others = [widget({}, 'other'), { ...widget({}, 'shop'), apiVersion: 'other.example/v1' }];
    expect(assessRollout([widgetRef], 'shop', others)[0]?.message).toBe('it does not exist');
  });

  it("is none of Kubernetes' own", () => {
    expect(isCustom(widgetRef)).toBe(true);
    for (const apiVersion of ['v1', 'apps/v1', 'networking.k8s.io/v1']) expect(isCustom({ apiVersion })).toBe(false);
    expect(customArgument(widgetRef)).toBe('Widget.v1.example.com/w');
  });
});

describe('what is watched', () => {
  it('is what has a rollout', () => {
    const kinds = ['ConfigMap', 'Deployment', 'Job', 'Pod', 'Service'];
    const watched = watchedObjects(kinds.map((kind) => ({ ref: ref(kind), content: {} })));
    expect(watched.map(({ kind }) => kind)).toEqual(['Deployment', 'Job', 'Pod']);
    expect(watchedResources(watched)).toEqual(['deployments.apps', 'jobs.batch', 'pods', 'replicasets.apps']);
    expect(watchedResources([ref('Job')])).toEqual(['jobs.batch', 'pods']);
    expect(watchedResources([])).toEqual([]);
  });

  it("is another group's kind of the same name, as a custom resource that is fetched by name", () => {
    const foreign = { ...ref('Job'), apiVersion: 'example.com/v1' };
    expect(watchedObjects([{ ref: foreign, content: {} }])).toEqual([foreign]);
    expect(watchedResources([foreign])).toEqual([]);
  });
});

describe('podProblems', () => {
  const crashed = { terminated: { exitCode: 1, reason: 'Error' } };
  it.each<[string, Status, readonly string[]]>([
    ['a healthy pod', { containerStatuses: [{ name: 'app', ready: true, state: { running: {} } }] }, []],
    ['a pod that starts', waiting('ContainerCreating'), []],
    [
      'a crash loop',
      {
        containerStatuses: [
          { name: 'app', restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: crashed },
        ],
      },
      ['crash CrashLoopBackOff last exit code 1, 1 restart'],
    ],
    ['a crash loop of long standing', waiting('CrashLoopBackOff', '', 3), ['fatal CrashLoopBackOff 3 restarts']],
    [
      'a container that runs again after a crash, and is not ready',
      {
        containerStatuses: [
          {
            name: 'app',
            restartCount: 1,
            ready: false,
            state: { running: {} },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          },
        ],
      },
      ['crash Crashed last exit code 137 (OOMKilled), 1 restart'],
    ],
    [
      'a container that is ready again',
      {
        containerStatuses: [{ name: 'app', restartCount: 1, ready: true, state: { running: {} }, lastState: crashed }],
      },
      [],
    ],
    ['an image that is not there', waiting('ErrImagePull', 'not found'), ['image ErrImagePull not found']],
    ['an image name that is none', waiting('InvalidImageName', 'bad'), ['fatal InvalidImageName bad']],
    [
      'a missing ConfigMap',
      waiting('CreateContainerConfigError', 'configmap "x" not found'),
      ['configuration CreateContainerConfigError configmap "x" not found'],
    ],
    [
      'an init container',
      { initContainerStatuses: [{ name: 'init', state: { waiting: { reason: 'ErrImagePull' } } }] },
      ['image ErrImagePull '],
    ],
    [
      'no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
      ['unschedulable Unschedulable 0/3 nodes'],
    ],
  ])('of %s', (_, status, expected) => {
    const problems = podProblems(pod('p', 'o', status));
    expect(problems.map(({ category, reason, message }) => `${category} ${reason} ${message}`)).toEqual(expected);
  });

  it('of a pod that is being deleted are none', () => {
    expect(podProblems(pod('p', 'o', waiting('ErrImagePull'), { deletionTimestamp: 'now' }))).toEqual([]);
  });
});

describe('RolloutTracker', () => {
  const look = (status: Status, deployment: Status = {}) =>
    assessRollout([ref('Deployment')], 'shop', [
      object('Deployment', { replicas: 1 }, { ...seen, replicas: 1, updatedReplicas: 1, ...deployment }),
      object('ReplicaSet', {}, {}, { name: 'set', uid: 'set', ownerReferences: [{ uid: 'Deployment-uid' }] }),
      pod('p', 'set', status),
    ]);

  it('says each state once', () => {
    const tracker = new RolloutTracker('shop', DEFAULT_GRACES);
    const starting = look(waiting('ContainerCreating'));
    expect(tracker.look(starting, 0).lines).toEqual(['… Deployment/api: 0 of 1 updated replicas are available']);
    expect(tracker.look(starting, 500).lines).toEqual([]);
    const done = tracker.look(look({}, { availableReplicas: 1 }), 1000);
    expect(done).toEqual({
      lines: ['✓ Deployment/api: 1 of 1 replicas are available'],
      done: true,
      failure: undefined,
    });
  });

  it('fails when a problem outlasts its grace, through all that it is called meanwhile', () => {
    const tracker = new RolloutTracker('shop', DEFAULT_GRACES);
    expect(tracker.look(look(waiting('ErrImagePull')), 0).failure).toBeUndefined();
    expect(tracker.look(look(waiting('ImagePullBackOff')), 9_999).failure).toBeUndefined();
    expect(tracker.look(look(waiting('ErrImagePull', 'not found')), 10_000).failure).toMatchObject({
      reason: 'ErrImagePull',
      message: 'Deployment/api: p (app): ErrImagePull, not found',
    });
  });

  it('starts the grace anew when the problem was gone', () => {
    const tracker = new RolloutTracker('shop', DEFAULT_GRACES);
    tracker.look(look(waiting('ErrImagePull')), 0);
    tracker.look(look(waiting('ContainerCreating')), 5_000);
    expect(tracker.look(look(waiting('ErrImagePull')), 12_000).failure).toBeUndefined();
  });

  it('fails at once when nothing can heal it', () => {
    expect(
      new RolloutTracker('shop', DEFAULT_GRACES).look(look(waiting('CrashLoopBackOff', '', 5)), 0).failure,
    ).toMatchObject({
      reason: 'CrashLoopBackOff',
      objects: [expect.objectContaining({ ref: ref('Deployment') })],
    });
  });

  it('fails with the object that has failed', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out progressing' },
    ];
    const view = new RolloutTracker('shop', DEFAULT_GRACES).look(look({}, { conditions }), 0);
    expect(view.failure).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message: 'Deployment/api: timed out progressing',
    });
    expect(view.lines[0]).toBe('✗ Deployment/api: timed out progressing (ProgressDeadlineExceeded)');
  });

  it('says what was missing when the time is up', () => {
    const problem = look(waiting('ErrImagePull', 'not found'));
    expect(timeoutMessage(problem, 'shop', 60)).toBe(
      'Deployment/api: not ready within 60 s: p (app): ErrImagePull, not found',
    );
    const [one] = look({});
    expect(timeoutMessage([one!, one!], 'shop', 60)).toBe(
      'Deployment/api: not ready within 60 s: 0 of 1 updated replicas are available, and 1 more',
    );
    expect(timeoutMessage([], 'shop', 60)).toBe('The rollout did not finish within 60 s.');
  });
});
