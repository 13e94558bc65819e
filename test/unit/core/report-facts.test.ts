import { describe, expect, it } from '@jest/globals';
import type { KubernetesObject } from '../../../src/core/kubernetes-object.js';
import { driftLines } from '../../../src/core/report-drift.js';
import { compareEnvironments } from '../../../src/core/report-environments.js';
import { imageUses } from '../../../src/core/report-image-uses.js';
import { attachmentKind, commitOf, imageFacts, imagesInIndex, imageSize } from '../../../src/core/report-images.js';
import { compactObject, LiveObjects } from '../../../src/core/report-live.js';
import { concernsOf, orderReleases, totalsOf } from '../../../src/core/report-order.js';
import { recordEntry, RecordIndex, releaseFacts, type WantedRecords } from '../../../src/core/report-release.js';
import { chartOfLabel, liveReleases } from '../../../src/core/report-unrecorded.js';
import { parseImageId, workloadEntries } from '../../../src/core/report-workloads.js';
import { artifactRecords } from '../../../src/core/artifact-records.js';
import { revision } from '../../support/releases.js';
import { sampleDigest, sampleImage, sampleRelease, sampleReport, sampleWorkload } from '../../support/sample-report.js';

const DIGEST = sampleDigest('one');
const record = (name: string, version: number, status: string, namespace = 'shop') => ({
  metadata: {
    name: `sh.helm.release.v1.${name}.v${version}`,
    namespace,
    labels: { owner: 'helm', name, version: String(version), status },
  },
});

describe('records by their metadata', () => {
  it('are kept two a release: the newest, and the one that is deployed', () => {
    const index = new RecordIndex();
    const all = [
      ...[record('shop', 9, 'superseded'), record('shop', 10, 'deployed'), record('shop', 11, 'failed')],
      ...[record('web', 2, 'deployed'), record('web', 1, 'superseded'), record('shop', 1, 'deployed', 'other')],
      { metadata: { name: 'x', labels: { owner: 'somebody', name: 'x', version: '1' } } },
    ];
    for (const one of all) {
      const entry = recordEntry(one);
      if (entry !== undefined) index.add(entry);
    }
    const brief = index
      .releases()
      .map((one) => [`${one.namespace}/${one.release}`, one.revisions, one.newest.revision, one.deployed?.revision]);
    expect(brief).toEqual([
      ['shop/shop', 3, 11, 10],
      ['shop/web', 2, 2, undefined],
      ['other/shop', 1, 1, undefined],
    ]);
  });
});

describe('what a record says of a release', () => {
  const wanted = { namespace: 'shop', release: 'shop', revisions: 3 } as WantedRecords;
  const place = { serverUrl: 'https://github.com', repository: 'acme/charts' };
  const sha = 'a'.repeat(40);

  it('is where it came from, when helm-cd made it', () => {
    const labels = { 'helm-cd/commit': sha, 'helm-cd/run': '17-2', 'helm-cd/chart-digest': DIGEST.slice(7, 70) };
    const description = `shop 1.0.0 ${DIGEST}, commit ${sha}, https://ghe.example/acme/other/actions/runs/17`;
    const made = revision({ revision: 4, status: 'deployed', outcome: 'passed', labels, description });
    expect(releaseFacts(wanted, made, undefined, place)).toMatchObject({
      verified: 'yes',
      madeBy: 'helm-cd',
      chart: { digest: DIGEST },
      commit: { text: sha, url: `https://ghe.example/acme/other/commit/${sha}` },
      run: { text: '17-2', url: 'https://ghe.example/acme/other/actions/runs/17' },
    });
    const failed = releaseFacts(wanted, { ...made, description: 'Failed: no' }, undefined, place);
    expect(failed.chart.digest).toBe(DIGEST.slice(0, 70));
    expect(failed.run?.url).toBe('https://github.com/acme/charts/actions/runs/17');
  });

  it('is nothing of that, when helm only copied the labels', () => {
    const labels = { 'helm-cd/commit': sha, 'helm-cd/outcome': '3.passed', 'helm-cd/run': '17-2' };
    expect(releaseFacts(wanted, revision({ revision: 4, labels }), undefined, place)).toMatchObject({
      ...{ verified: 'unknown', madeBy: 'helm', commit: null, run: null },
    });
  });

  it('counts no test that ran before the revision was made', () => {
    const lastRun = { phase: 'Succeeded' as const, startedAt: '2026-01-01T00:00:00Z', completedAt: '' };
    const hooks = [{ ...revision({ revision: 1, test: 'Succeeded' }).hooks[0], lastRun }] as never;
    const facts = (deployedAt: string) =>
      releaseFacts(wanted, revision({ revision: 1, hooks, deployedAt }), undefined, place).tests.result;
    expect([facts('2025-12-31T00:00:00Z'), facts('2026-01-02T00:00:00Z')]).toEqual(['passed', 'not run']);
  });
});

const meta = (name: string, uid: string, owner?: string) => ({
  ...{ name, namespace: 'shop', uid },
  ...(owner === undefined ? {} : { ownerReferences: [{ kind: 'ReplicaSet', uid: owner }] }),
});
function live(objects: readonly (readonly [string, unknown])[]): LiveObjects {
  const found = new LiveObjects();
  for (const [kind, object] of objects) found.add(compactObject(kind, object as KubernetesObject));
  return found;
}
const pod = (name: string, owner: string, image: string, imageID: string, ready = true) =>
  [
    'Pod',
    {
      metadata: meta(name, name, owner),
      spec: { containers: [{ name: 'api', image }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        containerStatuses: [{ name: 'api', imageID, ready }],
      },
    },
  ] as const;
const deployment = (image: string, annotations = {}) =>
  [
    'Deployment',
    {
      metadata: {
        ...meta('api', 'd'),
        labels: { 'app.kubernetes.io/managed-by': 'Helm', 'helm.sh/chart': 'shop-1.2.0_x' },
        annotations,
      },
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'api', image }] } } },
      status: { replicas: 3, updatedReplicas: 1, availableReplicas: 3 },
    },
  ] as const;
const replicaSet = (uid: string, number: string) =>
  [
    'ReplicaSet',
    { metadata: { ...meta(uid, uid, 'd'), annotations: { 'deployment.kubernetes.io/revision': number } } },
  ] as const;
const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: '', name: 'api' };

describe('what workloads really run', () => {
  it.each([
    [`docker.io/library/nginx@${DIGEST}`, { name: 'docker.io/library/nginx', digest: DIGEST }],
    [`docker-pullable://nginx@${DIGEST}`, { name: 'nginx', digest: DIGEST }],
    [DIGEST, undefined],
    ['', undefined],
  ])('is told by the node: %s', (id, expected) => {
    expect(parseImageId(id)).toEqual(expected);
  });

  it('is held against the spec: what is old, and what one tag means twice', () => {
    const other = sampleDigest('two');
    const objects = live([
      deployment('r.io/api:2'),
      replicaSet('new', '2'),
      replicaSet('old', '1'),
      pod('a', 'new', 'r.io/api:2', `r.io/api@${DIGEST}`),
      pod('b', 'old', 'r.io/api:1', `r.io/api@${other}`),
      pod('c', 'old', 'r.io/api:1', `r.io/api@${other}`, false),
      pod('d', 'new', 'r.io/api:2', `r.io/api@${other}`),
    ]);
    const [entry] = workloadEntries([REF], 'shop', objects);
    expect(entry).toMatchObject({ state: 'progressing', desired: 3, ready: 3 });
    expect(entry?.stale).toEqual([
      'api: the spec says r.io/api:2, 2 pods still run r.io/api:1',
      `api: r.io/api:2 is more than one image: 1 pod runs ${DIGEST.slice(0, 19)}…, 1 pod runs ${other.slice(0, 19)}…`,
    ]);
    expect(entry?.containers[0]?.running[0]).toMatchObject({ reference: 'r.io/api:1', pods: 2, ready: 1 });
  });

  it('is missing, or just not known', () => {
    const none = new LiveObjects();
    expect(workloadEntries([REF], 'shop', none)[0]).toMatchObject({ state: 'missing' });
    none.fail('Deployment', 'shop');
    expect(workloadEntries([REF], 'shop', none)[0]).toMatchObject({ state: 'unknown', message: 'it may not be read' });
  });

  it('tells of releases whose records may not be read', () => {
    const annotations = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'home' };
    expect(liveReleases(live([deployment('r.io/api:2', annotations)]))).toMatchObject([
      { name: 'shop', namespace: 'home', status: 'unknown', chart: { name: 'shop', version: '1.2.0+x' } },
    ]);
    expect(chartOfLabel('my-chart-1.0.0-rc.1')).toEqual({ name: 'my-chart', version: '1.0.0-rc.1' });
    expect(chartOfLabel('odd')).toEqual({ name: 'odd', version: '' });
  });
});

describe('what images say of themselves', () => {
  it('takes the nearest to the whole, and no time before time began', () => {
    const top = { annotations: { 'org.opencontainers.image.version': '2' } };
    const config = {
      created: '1970-01-01T00:00:00Z',
      config: { Labels: { 'org.opencontainers.image.version': '1', 'org.label-schema.vcs-ref': 'abcdef1' } },
    };
    expect(imageFacts(top, {}, config, [])).toMatchObject({ version: '2', revision: 'abcdef1', created: '' });
  });

  it('knows the images of an index from its attestations', () => {
    const manifests = [
      { digest: 'sha256:a', platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { digest: 'sha256:b', platform: { os: 'unknown', architecture: 'unknown' } },
    ];
    expect(imagesInIndex({ manifests })).toEqual([{ digest: 'sha256:a', platform: 'linux/arm64/v8' }]);
    expect(imagesInIndex({ layers: [] })).toBeUndefined();
    expect(imageSize({ config: { size: 1 }, layers: [{ size: 2 }, { size: 4 }] })).toBe(7);
    expect(imageSize({ config: { size: 1 }, layers: [{}] })).toBeNull();
  });

  it.each([
    ['application/vnd.dev.cosign.artifact.sig.v1+json', '', 'signatures'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'https://sigstore.dev/cosign/sign/v1', 'signatures'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'https://slsa.dev/provenance/v1', 'attestations'],
    ['application/vnd.cncf.notary.signature', '', 'signatures'],
    ['application/vnd.cyclonedx+json', '', 'sboms'],
    ['text/plain', '', 'others'],
  ])('knows what is attached: %s %s', (artifactType, predicate, kind) => {
    const annotations = { 'dev.sigstore.bundle.predicateType': predicate };
    expect(attachmentKind({ artifactType, annotations })).toBe(kind);
  });

  it('links commits where there is a page of them', () => {
    const commit = (source: string) => commitOf({ revision: 'abcdef1', source })?.url;
    expect(commit('git@github.com:acme/api.git')).toBe('https://github.com/acme/api/commit/abcdef1');
    expect(commit('https://gitlab.com/acme/api')).toBe('https://gitlab.com/acme/api/-/commit/abcdef1');
    expect(commit('nowhere')).toBe('');
    expect(commitOf({ revision: 'main', source: '' })).toBeNull();
  });

  it('are used by the releases whose pods run them, a mirror by its own name', () => {
    const workload = sampleWorkload('api', { service: 'api', tag: '1.0.0', pods: 2 });
    const uses = imageUses([sampleRelease({ workloads: [workload, workload] })]);
    expect(uses).toMatchObject([{ name: 'ghcr.io/acme/api', tags: ['1.0.0'], pods: 4, usedBy: [{ release: 'shop' }] }]);
    const waiting = { ...workload, containers: [{ name: 'api', init: false, image: 'nginx', running: [] }] };
    expect(imageUses([sampleRelease({ workloads: [waiting] })])).toMatchObject([
      { name: 'docker.io/library/nginx', digest: '', tags: ['latest'], pods: 0 },
    ]);
  });
});

describe('what is to be worried about', () => {
  it.each([
    [{ status: 'pending-upgrade' }, 'bad', 'helm says pending: its upgrade has not ended'],
    [
      { status: 'failed', before: { revision: 3, chartVersion: '1.0.0' } },
      'bad',
      'helm says failed; revision 3 (1.0.0) was the last one deployed',
    ],
    [{ outcome: 'pending' as const }, 'warning', 'the run that deployed it was not seen through'],
    [{ outcome: 'failed' as const }, 'bad', 'its deploy failed'],
    [
      { drift: { state: 'drifted' as const, lines: ['x'], note: '' } },
      'warning',
      'drift: 1 difference from what was released',
    ],
    [{ status: 'unknown' }, 'warning', 'its record could not be read'],
  ])('%j', (more, level, what) => {
    expect(concernsOf(sampleRelease(more))).toContainEqual({ level, what });
  });

  it('comes first, and is counted', () => {
    const [bad, warning, fine] = [
      sampleRelease({ name: 'z', status: 'failed' }),
      sampleRelease({ name: 'y', status: 'unknown' }),
      sampleRelease({ name: 'a' }),
    ];
    const ordered = orderReleases([fine, warning, bad]);
    expect(ordered.map(({ name }) => name)).toEqual(['z', 'y', 'a']);
    expect(totalsOf(ordered, [sampleImage('api', '1', { attached: null })])).toMatchObject({
      bad: 1,
      warnings: 1,
      unsigned: 0,
    });
  });
});

describe('drift, fit to be published', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: '', name: 'api' };
  it('shows numbers and images, and of other texts only where they are', () => {
    const fields = [
      { path: 'spec.replicas', live: 5, next: 2 },
      { path: 'spec.template.spec.containers.0.image', live: 'r.io/a:2', next: 'r.io/a:1' },
      { path: 'spec.template.spec.containers.0.env.0.value', live: 'hunter2', next: 'hunter1' },
      { path: 'metadata.labels.x', live: 'secret', next: undefined },
    ];
    expect(
      driftLines(
        [
          { ref, kind: 'changed', fields },
          { ref, kind: 'missing', fields: [] },
        ],
        'shop',
      ),
    ).toEqual([
      'Deployment/api: spec.replicas is 5, released as 2',
      'Deployment/api: spec.template.spec.containers.0.image is r.io/a:2, released as r.io/a:1',
      'Deployment/api: spec.template.spec.containers.0.env.0.value is not as released',
      'Deployment/api: metadata.labels.x is not as released',
      'Deployment/api: it was deleted',
    ]);
  });
});

describe('environments', () => {
  const order = { names: ['staging', 'production'], promotions: [{ from: 'staging', to: 'production' }] };
  const on = (environment: string, tag: string, digest = `api${tag}`) => {
    const workload = sampleWorkload('api', { service: 'api', tag, pods: 1 });
    const containers = workload.containers.map((one) => ({
      ...one,
      running: one.running.map((running) => ({ ...running, digest: sampleDigest(digest) })),
    }));
    return sampleRelease({ environment, workloads: [{ ...workload, containers }] });
  };
  const compare = (staging: string, production: string, digest?: string) =>
    compareEnvironments(
      order,
      [on('staging', staging), on('production', production, digest)],
      new Map(),
      'https://github.com',
      () => Promise.resolve(undefined),
    );

  it.each([
    ['1.1.0', '1.0.0', undefined, 'behind'],
    ['1.0.0', '1.1.0', undefined, 'ahead'],
    ['1.0.0', '1.0.0', undefined, 'same'],
    ['1.0.0', '1.0.0', 'other', 'different'],
    ['main-2', 'main-1', undefined, 'different'],
  ])('with %s here and %s there (%s) it is %s', async (staging, production, digest, state) => {
    const compared = await compare(staging, production, digest);
    expect(compared?.steps[0]?.gaps[1]).toMatchObject({ name: 'ghcr.io/acme/api', state });
  });

  it('says where a release is not yet', async () => {
    const compared = await compareEnvironments(order, [on('staging', '1.0.0')], new Map(), '', () =>
      Promise.resolve(undefined),
    );
    expect(compared?.steps).toMatchObject([{ state: 'missing', to: 'production' }]);
    expect(compared?.rows[0]?.cells[1]).toBeNull();
    expect(await compareEnvironments(order, [], new Map(), '', () => Promise.resolve(undefined))).toBeNull();
  });
});

describe('records for GitHub', () => {
  it('are one a container in an environment, each name once', () => {
    const records = artifactRecords(sampleReport(), 'ACME');
    expect(records.map((one) => `${one.logical_environment} ${one.deployment_name}`)).toHaveLength(6);
    expect(records[0]).toMatchObject({
      status: 'deployed',
      cluster: 'europe',
      github_repository: 'payments',
      version: '3.3.0',
    });
    expect(artifactRecords(sampleReport(), 'others')[0]).not.toHaveProperty('github_repository');
  });
});
