import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv } from 'ajv';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReleaseEntry, Report } from '../../src/core/report-model.js';
import { closedPort } from '../support/composite-world.js';
import { startReportWorld, type ReportWorld } from '../support/report-world.js';
import { projectRoot } from '../support/services.js';

jest.setTimeout(300_000);

let world: ReportWorld;
beforeAll(async () => {
  world = await startReportWorld('report');
});
afterAll(async () => {
  await world.close();
});

const valid = async (report: unknown) => {
  const schema = await readFile(path.join(projectRoot, 'schema/report-releases-result.schema.json'), 'utf8');
  const check = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(
    JSON.parse(schema) as object,
  );
  check(report);
  return check.errors ?? [];
};
function releaseOf(report: Report, namespace: string, name: string): ReleaseEntry {
  const found = report.releases.find((release) => release.namespace === namespace && release.name === name);
  if (found === undefined) throw new Error(`${namespace}/${name} is not in the report`);
  return found;
}
const WEB_IS_UNKNOWN = 'GitHub shows nothing of acme/web: it does not exist, or the token may not read it.';
const digestOf = (reference: string) => reference.replace(/^.*@/, '');
const shortOf = (reference: string) => reference.replace(/(@sha256:[0-9a-f]{12}).*$/, '$1…');

describe('report-releases', () => {
  let report: Report;
  it('reports what runs and where it came from, as its schema has it', async () => {
    const run = await world.report();
    report = run.report;
    expect(run.outcome).toMatchObject({ result: 'attention', ok: true });
    expect(await valid(report)).toEqual([]);
    expect(await valid(JSON.parse(await readFile(run.outcome.outputs['json-file'] ?? '', 'utf8')))).toEqual([]);
    expect(report.totals).toMatchObject({ releases: 5, images: 3, drifted: 1 });
    expect(report.notes).toEqual([WEB_IS_UNKNOWN]);
    expect(JSON.stringify(run.outcome)).not.toContain('hunter2');
    expect([world.github.violations]).toEqual([[]]);
  });

  it('tells of what deploy-chart deployed its run, commit, digest and tests', () => {
    const { serverUrl } = world.github;
    const staging = releaseOf(report, 'shop-staging', 'shop');
    expect(staging).toMatchObject({
      environment: 'staging',
      status: 'deployed',
      revision: 1,
      madeBy: 'helm-cd',
      outcome: 'passed',
      verified: 'yes',
      run: { text: '4711-1', url: `${serverUrl}/acme/charts/actions/runs/4711` },
      tests: { result: 'passed', tests: [{ name: 'shop-test', phase: 'Succeeded' }] },
      drift: { state: 'none' },
      concerns: [],
    });
    expect(staging.chart).toMatchObject({ name: 'services', version: '1.0.0', repository: 'file:///srv/staging' });
    expect(staging.chart.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(staging.commit?.url).toBe(`${serverUrl}/acme/charts/commit/${staging.commit?.text ?? ''}`);
    const [api] = staging.workloads;
    expect(api).toMatchObject({
      kind: 'Deployment',
      name: 'shop-api',
      desired: 2,
      ready: 2,
      state: 'ready',
      stale: [],
    });
    expect(api?.containers[0]?.running).toEqual([
      {
        reference: world.images.api2,
        name: `${world.host}/acme/api`,
        digest: digestOf(world.images.api2),
        pods: 2,
        ready: 2,
      },
    ]);
  });

  it('tells what is in trouble first: failed, pending, half rolled out, drifted', () => {
    const { api1, api2 } = world.images;
    const levels = report.releases.map(({ name, concerns }) => [name, concerns[0]?.level ?? 'fine']);
    expect(levels.slice(0, 2)).toEqual([
      ['stuck', 'bad'],
      ['broken', 'bad'],
    ]);
    expect(levels.at(-1)).toEqual(['shop', 'fine']);
    expect(releaseOf(report, 'stuck', 'stuck')).toMatchObject({
      status: 'pending-upgrade',
      concerns: [{ level: 'bad', what: 'helm says pending: its upgrade has not ended' }],
    });
    const broken = releaseOf(report, 'tools', 'broken');
    expect(broken).toMatchObject({ status: 'failed', madeBy: 'helm', verified: 'unknown', commit: null });
    expect(broken.concerns.map(({ what }) => what).join()).toMatch(/helm says failed.*Deployment broken-api/);
    const legacy = releaseOf(report, 'tools', 'legacy');
    expect(legacy).toMatchObject({ status: 'deployed', revision: 2, madeBy: 'helm' });
    expect(legacy.workloads[0]?.stale).toEqual([
      `api: the spec says ${shortOf(api2)}, 2 pods still run ${shortOf(api1)}`,
    ]);
    expect(releaseOf(report, 'shop-production', 'shop').drift).toEqual({
      state: 'drifted',
      lines: ['Deployment/shop-web: spec.replicas is 3, released as 1'],
      note: '',
    });
  });

  it('tells of images what registry and GitHub know', () => {
    const { host, commits, images, github } = world;
    const api = report.images.find(({ digest }) => digest === digestOf(images.api2));
    expect(api).toMatchObject({
      name: `${host}/acme/api`,
      tags: ['1.1.0'],
      facts: { revision: commits[1], version: '1.1.0', created: '2026-01-02T03:04:05Z' },
      commitTitle: 'Orders keep their order',
      pullRequests: [{ number: 1, title: 'Orders keep their order' }],
      builds: [{ name: 'ci', number: 77, conclusion: 'success', url: `${github.serverUrl}/acme/api/actions/runs/12` }],
      attached: { signatures: 1, attestations: 1, sboms: 1 },
      note: '',
    });
    expect(api?.facts?.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(api?.facts?.platforms.every(({ size }) => (size ?? 0) > 500)).toBe(true);
    expect(api?.usedBy.map(({ namespace }) => namespace).sort()).toEqual(['shop-staging', 'tools']);
    const old = report.images.find(({ digest }) => digest === digestOf(images.api1));
    expect(old?.facts?.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64']);
    expect(old?.attached).toEqual({ signatures: 0, attestations: 0, sboms: 0, others: 0 });
  });

  it('tells what production is behind staging by', () => {
    const [from, to] = world.commits;
    expect(report.environments?.names).toEqual(['staging', 'production']);
    expect(report.environments?.steps).toEqual([
      {
        release: 'shop',
        from: 'staging',
        to: 'production',
        state: 'behind',
        gaps: [
          { what: 'chart', name: 'services', ahead: '1.0.0', behind: '1.0.0', state: 'same', commits: 0, url: '' },
          {
            what: 'image',
            name: `${world.host}/acme/api`,
            ahead: '1.1.0',
            behind: '1.0.0',
            state: 'behind',
            commits: 2,
            url: `${world.github.serverUrl}/acme/api/compare/${from}...${to}`,
          },
          {
            what: 'image',
            name: `${world.host}/acme/web`,
            ahead: '2.0.0',
            behind: '2.0.0',
            state: 'same',
            commits: 0,
            url: '',
          },
        ],
      },
    ]);
  });

  it('writes only the wanted formats, where they are wanted, of the wanted releases', async () => {
    const output = path.join(world.folder, 'out');
    const { outcome, report: small } = await world.report({
      format: 'json, markdown',
      'output-directory': output,
      namespaces: 'shop-staging\nshop-production',
      releases: 'shop',
    });
    expect(small.releases.map(({ namespace }) => namespace).sort()).toEqual(['shop-production', 'shop-staging']);
    expect(outcome.outputs).toMatchObject({
      releases: '2',
      'json-file': path.join(output, 'report.json'),
      'report-file': path.join(output, 'report.md'),
      'html-file': '',
    });
    expect((await readdir(output)).sort()).toEqual(['report.json', 'report.md']);
    expect(await readFile(path.join(output, 'report.md'), 'utf8')).toBe(outcome.summary);
    expect(outcome.summary).toContain('production is behind staging by 2 commits');
  });

  it('needs nothing but the role that is shipped; drift then is a note', async () => {
    await world.cluster.kubectl('apply', '--filename', path.join(projectRoot, 'examples/rbac/report-releases.yaml'));
    const kubeconfig = await world.accountKubeconfig('report-releases', 'helm-cd');
    const { report: read } = await world.report({ 'kubeconfig-file': kubeconfig });
    expect(read.notes).toEqual([
      expect.stringMatching(/^Drift was not looked at in .*permission to patch/),
      WEB_IS_UNKNOWN,
    ]);
    const withoutDrift = (all: Report) =>
      all.releases
        .map(({ drift: _, concerns: __, ...release }) => release)
        .sort((a, b) => (a.namespace + a.name < b.namespace + b.name ? -1 : 1));
    expect(withoutDrift(read)).toEqual(withoutDrift(report));
  });

  it('makes do without the permission to read Secrets, with what helm wrote on the workloads', async () => {
    await world.cluster.apply({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'viewer', namespace: 'default' } },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'viewer' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: 'default' }],
        },
      ],
    });
    const kubeconfig = await world.accountKubeconfig('viewer', 'default');
    const { outcome, report: seen } = await world.report({ 'kubeconfig-file': kubeconfig });
    expect(outcome.ok).toBe(true);
    expect(seen.notes[0]).toMatch(
      /^The credentials may not list helm's records \(Secrets\) in all namespaces: 5 releases/,
    );
    expect(seen.releases.map(({ name }) => name).sort()).toEqual(['broken', 'legacy', 'shop', 'shop', 'stuck']);
    expect(releaseOf(seen, 'shop-staging', 'shop')).toMatchObject({
      status: 'unknown',
      chart: { name: 'services', version: '1.0.0' },
      workloads: [{ name: 'shop-api', ready: 2 }, { name: 'shop-web' }],
    });
    expect(await valid(seen)).toEqual([]);
  });

  it('goes on without a registry, a GitHub and a cluster that do not answer', async () => {
    const { report: alone } = await world.report({ token: '', images: 'false' });
    expect(alone.images.map(({ note }) => note)).toEqual(Array(3).fill('registries were not asked'));
    const port = await closedPort();
    const kubeconfig = path.join(world.folder, 'two');
    const config = JSON.parse(await world.cluster.kubectl('config', 'view', '--raw', '--output=json')) as {
      'current-context': string;
      contexts: { name: string; context: object }[];
      clusters: { name: string; cluster: object }[];
    };
    const [context] = config.contexts;
    config.contexts.push({ name: 'gone', context: { ...context?.context, cluster: 'gone' } });
    config.clusters.push({ name: 'gone', cluster: { server: `https://127.0.0.1:${port}` } });
    await writeFile(kubeconfig, JSON.stringify(config));
    const clusters = `here=${config['current-context']}\ngone`;
    const { report: two } = await world.report({ 'kubeconfig-file': kubeconfig, clusters });
    expect(two.clusters.map(({ name, reached, releases }) => [name, reached, releases])).toEqual([
      ['here', true, 5],
      ['gone', false, 0],
    ]);
    expect(two.notes.join()).toMatch(/Cluster gone: .*cannot be reached/);
    await expect(world.report({ 'kubeconfig-file': kubeconfig, clusters: 'gone' })).rejects.toThrow(
      /There is no cluster to report on/,
    );
  });

  it('keeps what it read of images in the cache folder, and reads nothing twice', async () => {
    const folder = path.join(world.folder, 'cache');
    await mkdir(folder);
    const first = await world.report({ 'cache-folder': folder, drift: 'false' });
    expect(await readdir(path.join(folder, 'v1'))).toHaveLength(3);
    const second = await world.report({ 'cache-folder': folder, drift: 'false' });
    expect(second.report.images).toEqual(first.report.images);
  });

  it('tells GitHub what runs where, twice the same', async () => {
    for (const time of [1, 2]) {
      const { report: told, services } = await world.report({ 'record-deployments': 'true' });
      expect(services.log.text()).toContain('4 of 4 deployment records of acme are up to date');
      expect(told.notes).toEqual([WEB_IS_UNKNOWN, 'GitHub was not told of 3 releases in no environment.']);
      expect([time, world.github.artifactRecords.length]).toEqual([time, 4]);
    }
    expect(world.github.artifactRecords).toContainEqual({
      name: `${world.host}/acme/api`,
      digest: digestOf(world.images.api1),
      version: '1.0.0',
      status: 'deployed',
      logical_environment: 'production',
      cluster: expect.any(String),
      deployment_name: 'shop-production-shop-api-api',
      github_repository: 'api',
      return_records: false,
    });
    expect(world.github.violations).toEqual([]);
  });
});
