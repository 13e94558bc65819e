/** A report as a team might get it, and one whose every text wants to be markup. */
import { createHash } from 'node:crypto';
import type { ContainerEntry, ImageEntry, ReleaseEntry, Report, WorkloadEntry } from '../../src/core/report-model.js';
import { concernsOf, orderReleases, totalsOf } from '../../src/core/report-order.js';

const NOW = '2026-11-23T18:30:00.000Z';
const hex = (seed: string, length: number) => createHash('sha256').update(seed).digest('hex').slice(0, length);
export const sampleDigest = (seed: string): string => `sha256:${hex(seed, 64)}`;
const hoursAgo = (hours: number) => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();

interface Running {
  readonly service: string;
  readonly tag: string;
  readonly pods: number;
  readonly ready?: number;
}

const reference = ({ service, tag }: Running) => `ghcr.io/acme/${service}:${tag}`;

function container(wanted: Running, others: readonly Running[] = []): ContainerEntry {
  return {
    name: wanted.service,
    init: false,
    image: reference(wanted),
    running: [wanted, ...others]
      .filter(({ pods }) => pods > 0)
      .map((one) => ({
        reference: reference(one),
        name: `ghcr.io/acme/${one.service}`,
        digest: sampleDigest(`${one.service}${one.tag}`),
        pods: one.pods,
        ready: one.ready ?? one.pods,
      })),
  };
}

export function sampleWorkload(name: string, wanted: Running, more: Partial<WorkloadEntry> = {}): WorkloadEntry {
  return {
    kind: 'Deployment',
    namespace: '',
    name,
    state: 'ready',
    message: `${wanted.pods} of ${wanted.pods} replicas are available`,
    desired: wanted.pods,
    ready: wanted.ready ?? wanted.pods,
    containers: [container(wanted)],
    stale: [],
    problems: [],
    ...more,
  };
}

export function sampleRelease(more: Partial<Omit<ReleaseEntry, 'concerns'>> = {}): ReleaseEntry {
  const release = {
    cluster: 'europe',
    namespace: 'shop-staging',
    name: 'shop',
    environment: 'staging',
    revision: 42,
    revisions: 10,
    status: 'deployed',
    chart: {
      name: 'shop',
      version: '1.8.0',
      appVersion: '1.8.0',
      digest: sampleDigest('shop180'),
      repository: 's3://acme-charts/staging',
    },
    before: null,
    deployedAt: hoursAgo(3),
    description: 'shop 1.8.0, commit 4be1c07, run 9120',
    madeBy: 'helm-cd' as const,
    commit: { text: hex('commit-shop', 40), url: `https://github.com/acme/charts/commit/${hex('commit-shop', 40)}` },
    run: { text: '9120-1', url: 'https://github.com/acme/charts/actions/runs/9120' },
    outcome: 'passed' as const,
    verified: 'yes' as const,
    tests: { result: 'passed' as const, tests: [{ name: 'shop-smoke', phase: 'Succeeded' as const, at: hoursAgo(3) }] },
    drift: { state: 'none' as const, lines: [], note: '' },
    workloads: [
      sampleWorkload('shop-api', { service: 'api', tag: '2.4.0', pods: 3 }),
      sampleWorkload('shop-web', { service: 'web', tag: '5.1.2', pods: 2 }),
    ],
    ...more,
  };
  return { ...release, concerns: concernsOf(release) };
}

const plain = {
  madeBy: 'helm' as const,
  commit: null,
  run: null,
  outcome: '' as const,
  verified: 'unknown' as const,
  environment: '',
  tests: { result: 'none' as const, tests: [] },
  description: 'Upgrade complete',
};

function releases(): readonly ReleaseEntry[] {
  const chart = sampleRelease().chart;
  return orderReleases([
    sampleRelease(),
    sampleRelease({
      namespace: 'shop-production',
      environment: 'production',
      revision: 31,
      chart: { ...chart, version: '1.7.2', digest: sampleDigest('shop172'), repository: 'oci://ghcr.io/acme/charts' },
      deployedAt: hoursAgo(52),
      commit: { text: hex('commit-prod', 40), url: `https://github.com/acme/charts/commit/${hex('commit-prod', 40)}` },
      run: { text: '8877-1', url: 'https://github.com/acme/charts/actions/runs/8877' },
      drift: {
        state: 'drifted',
        lines: ['Deployment/shop-web: spec.replicas is 6, released as 4'],
        note: '',
      },
      workloads: [
        sampleWorkload('shop-api', { service: 'api', tag: '2.3.1', pods: 6 }),
        sampleWorkload('shop-web', { service: 'web', tag: '5.1.2', pods: 6 }),
      ],
    }),
    sampleRelease({
      namespace: 'payments',
      name: 'payments',
      environment: 'production',
      revision: 18,
      status: 'failed',
      outcome: 'failed',
      verified: 'no',
      before: { revision: 17, chartVersion: '3.2.0' },
      chart: { ...chart, name: 'payments', version: '3.3.0', digest: sampleDigest('payments330') },
      description: 'Failed: Deployment/payments-worker: CrashLoopBackOff, last exit code 1, 4 restarts',
      deployedAt: hoursAgo(0.4),
      tests: { result: 'not run', tests: [{ name: 'payments-smoke', phase: 'not run', at: '' }] },
      drift: { state: 'unknown', lines: [], note: 'not looked at' },
      workloads: [
        sampleWorkload(
          'payments-worker',
          { service: 'payments', tag: '3.3.0', pods: 3, ready: 1 },
          {
            state: 'progressing',
            message: '1 of 3 updated replicas are available',
            containers: [
              container({ service: 'payments', tag: '3.3.0', pods: 1, ready: 0 }, [
                { service: 'payments', tag: '3.2.0', pods: 2 },
              ]),
            ],
            ready: 2,
            stale: [
              'payments: the spec says ghcr.io/acme/payments:3.3.0, 2 pods still run ghcr.io/acme/payments:3.2.0',
            ],
            problems: ['payments-worker-7d9f-x2x8k (payments): CrashLoopBackOff, last exit code 1, 4 restarts'],
          },
        ),
      ],
    }),
    sampleRelease({
      ...plain,
      namespace: 'monitoring',
      name: 'grafana',
      revision: 7,
      chart: { name: 'grafana', version: '10.4.2', appVersion: '12.3.0', digest: '', repository: '' },
      deployedAt: hoursAgo(24 * 40),
      workloads: [sampleWorkload('grafana', { service: 'grafana', tag: '12.3.0', pods: 1 })],
    }),
    sampleRelease({
      ...plain,
      namespace: 'ingress',
      name: 'edge',
      revision: 3,
      status: 'pending-upgrade',
      chart: { name: 'edge', version: '0.9.0', appVersion: '', digest: '', repository: '' },
      before: { revision: 2, chartVersion: '0.8.4' },
      deployedAt: hoursAgo(7),
      drift: { state: 'unknown', lines: [], note: 'not looked at' },
      workloads: [sampleWorkload('edge', { service: 'edge', tag: '0.9.0', pods: 2 }, { kind: 'DaemonSet' })],
    }),
    sampleRelease({
      namespace: 'search',
      name: 'search',
      environment: 'production',
      revision: 5,
      chart: { ...chart, name: 'search', version: '0.4.0', digest: sampleDigest('search040') },
      deployedAt: hoursAgo(20),
      workloads: [sampleWorkload('search', { service: 'search', tag: '0.4.0', pods: 2 }, { kind: 'StatefulSet' })],
    }),
  ]);
}

export function sampleImage(service: string, tag: string, more: Partial<ImageEntry> = {}): ImageEntry {
  const revision = hex(`${service}-${tag}`, 40);
  const digest = sampleDigest(`${service}${tag}`);
  return {
    name: `ghcr.io/acme/${service}`,
    digest,
    tags: [tag],
    pods: 2,
    usedBy: [{ cluster: 'europe', namespace: 'shop-staging', release: 'shop' }],
    facts: {
      platforms: [
        { platform: 'linux/amd64', digest, size: 48_300_000 + service.length * 1_000_000 },
        { platform: 'linux/arm64', digest, size: 46_100_000 },
      ],
      created: hoursAgo(26),
      revision,
      source: `https://github.com/acme/${service}`,
      version: tag,
      title: '',
    },
    commit: { text: revision, url: `https://github.com/acme/${service}/commit/${revision}` },
    commitTitle: 'Orders keep their order',
    pullRequests: [
      { number: 318, title: 'Orders keep their order', url: `https://github.com/acme/${service}/pull/318` },
    ],
    builds: [
      { name: 'ci', number: 1204, conclusion: 'success', url: `https://github.com/acme/${service}/actions/runs/1` },
    ],
    attached: { signatures: 1, attestations: 1, sboms: 1, others: 0 },
    note: '',
    ...more,
  };
}

/** What a team might see. */
export function sampleReport(): Report {
  const all = releases();
  const bare = { commit: null, commitTitle: '', pullRequests: [], builds: [], attached: null };
  const images = [
    sampleImage('api', '2.3.1', {
      pods: 6,
      usedBy: [{ cluster: 'europe', namespace: 'shop-production', release: 'shop' }],
    }),
    sampleImage('api', '2.4.0', { pods: 3 }),
    sampleImage('edge', '0.9.0', { ...bare, facts: null, note: 'ghcr.io: permission denied (HTTP 403)' }),
    sampleImage('payments', '3.3.0', {
      pods: 1,
      commitTitle: 'Retry what the bank refuses',
      attached: { signatures: 0, attestations: 0, sboms: 0, others: 0 },
      usedBy: [{ cluster: 'europe', namespace: 'payments', release: 'payments' }],
    }),
    sampleImage('web', '5.1.2', { pods: 8, commitTitle: 'Dark theme', pullRequests: [] }),
  ];
  return {
    generatedAt: NOW,
    title: 'What is running',
    run: { text: 'acme/charts run 9131', url: 'https://github.com/acme/charts/actions/runs/9131' },
    clusters: [
      { name: 'europe', server: 'https://10.0.0.1:6443', context: 'europe', reached: true, releases: all.length },
    ],
    totals: totalsOf(all, images),
    notes: [
      'Drift was not looked at in monitoring: the dry run on the server needs the permission to patch what is released.',
    ],
    environments: {
      names: ['staging', 'production'],
      rows: [
        { release: 'payments', cells: [null, { version: '3.3.0', status: 'failed' }] },
        {
          release: 'shop',
          cells: [
            { version: '1.8.0', status: 'deployed' },
            { version: '1.7.2', status: 'deployed' },
          ],
        },
      ],
      steps: [
        {
          release: 'shop',
          from: 'staging',
          to: 'production',
          state: 'behind',
          gaps: [
            {
              what: 'chart',
              name: 'shop',
              ahead: '1.8.0',
              behind: '1.7.2',
              state: 'behind',
              commits: 4,
              url: 'https://github.com/acme/charts/compare/a...b',
            },
            {
              what: 'image',
              name: 'ghcr.io/acme/api',
              ahead: '2.4.0',
              behind: '2.3.1',
              state: 'behind',
              commits: 7,
              url: 'https://github.com/acme/api/compare/c...d',
            },
            {
              what: 'image',
              name: 'ghcr.io/acme/web',
              ahead: '5.1.2',
              behind: '5.1.2',
              state: 'same',
              commits: 0,
              url: '',
            },
          ],
        },
      ],
    },
    releases: all,
    images,
  };
}

/** Text that would be markup, a script, an attribute's end or a mention if it could. */
export const HOSTILE =
  '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`|</td>\'onmouseover=\'window.hacked=1\' @everyone ${window.hacked=1} \u202e&lt;';

/** The sample with that in every text that comes from outside. */
export function hostileReport(): Report {
  const visit = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, name)]));
    }
    if (typeof value !== 'string') return value;
    // What is one of few words is made by helm-cd; of an address a script is the worst.
    if (['level', 'state', 'verified', 'result', 'phase', 'madeBy', 'outcome', 'what', 'generatedAt'].includes(key))
      return value;
    return key === 'url' ? 'javascript:window.hacked=1' : `${HOSTILE} ${value}`;
  };
  return visit(sampleReport(), '') as Report;
}
