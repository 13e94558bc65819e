/**
 * A world to report on: a cluster with releases of helm 3 and 4, by helm-cd and by helm alone, in trouble and well; their images
 * in a registry, pushed by crane; and a GitHub that knows their commits.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { readInputs } from '../../src/actions/report-releases/inputs.js';
import { run } from '../../src/actions/report-releases/run.js';
import type { Outcome } from '../../src/core/action.js';
import type { Report } from '../../src/core/report-model.js';
import { annotateRevision } from '../../src/release/history.js';
import { connectCluster } from '../../src/kubernetes/cluster.js';
import { readContext } from '../../src/runtime/context.js';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startCluster, type TestCluster } from './cluster.js';
import { pushWithCrane } from './crane-images.js';
import { deployChart, inputReader } from './deploy.js';
import { startGitHubServer, type GitHubServer } from './github-server/index.js';
import { RawRepository } from './oci.js';
import { createTestServices, projectRoot, temporaryFolder, type TestServices } from './services.js';

const execute = promisify(execFile);
const CHART = path.join(projectRoot, 'test/fixtures/charts/services');
const TOKEN = 'ghs_reportreportreportreportreportrep000';

const CONFIG = `
charts: { services: { path: chart, release: shop } }
environments:
  staging:
    branch: main
    repository: file:///srv/staging
    cluster: { namespace: shop-staging }
  production:
    promote-from: staging
    repository: oci://registry.example/charts
    cluster: { namespace: shop-production }
`;

export interface ReportRun {
  readonly outcome: Outcome;
  readonly report: Report;
  readonly services: TestServices;
}

export interface ReportWorld {
  readonly folder: string;
  readonly cluster: TestCluster;
  readonly github: GitHubServer;
  /** Of the registry: `127.0.0.1:PORT`. */
  readonly host: string;
  /** Of acme/api: what 1.0.0 and 1.1.0 were built of. */
  readonly commits: readonly [string, string];
  /** References with digests. */
  readonly images: { readonly api1: string; readonly api2: string; readonly web: string };
  /** One run of report-releases, with helm-cd.yaml in its working directory. */
  report(inputs?: Readonly<Record<string, string>>, config?: string): Promise<ReportRun>;
  /** A kubeconfig of a service account that is bound by what is applied. */
  accountKubeconfig(account: string, namespace: string): Promise<string>;
  close(): Promise<void>;
}

type Service = Readonly<Record<string, { image: string; replicas?: number; outcome?: string; deadline?: number }>>;

const runVariables = (github: GitHubServer, sha: string): NodeJS.ProcessEnv => ({
  GITHUB_REPOSITORY: 'acme/charts',
  GITHUB_SERVER_URL: github.serverUrl,
  GITHUB_API_URL: github.apiUrl,
  GITHUB_GRAPHQL_URL: github.graphqlUrl,
  GITHUB_SHA: sha,
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '1',
});

async function pushImages(host: string, github: GitHubServer, commits: readonly [string, string]) {
  const push = async (service: string, tag: string, revision: string, platforms: readonly string[]) => {
    const name = `${host}/acme/${service}`;
    const labels = {
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.source': `${github.serverUrl}/acme/${service}`,
      'org.opencontainers.image.version': tag,
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
    };
    return `${name}:${tag}@${await pushWithCrane({ name, tag, labels, platforms, bytes: 40_000 })}`;
  };
  const images = {
    api1: await push('api', '1.0.0', commits[0], ['linux/amd64']),
    api2: await push('api', '1.1.0', commits[1], ['linux/amd64', 'linux/arm64']),
    web: await push('web', '2.0.0', 'cafe'.repeat(10), ['linux/amd64']),
  };
  const repository = new RawRepository(host, 'acme/api');
  const index = await repository.get('1.1.0');
  if (index === undefined) throw new Error('there is no index');
  await repository.cosign(index, 'a signature');
  await repository.attach(index, 'application/vnd.in-toto+json', 'provenance');
  await repository.attach(index, 'application/spdx+json', 'packages');
  return images;
}

async function startGitHub() {
  const github = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'api', files: { 'main.go': 'one\n' } },
      { owner: 'acme', name: 'charts', files: { 'helm-cd.yaml': CONFIG } },
    ],
    tokens: [TOKEN],
  });
  const api = github.repository('acme', 'api');
  const first = (await api.head()) ?? '';
  await api.commit({ files: { 'main.go': 'two\n' }, message: 'Take part' });
  await api.commit({
    files: { 'main.go': 'three\n' },
    message: 'Orders keep their order\n\nAt last.',
    branch: 'order',
    from: 'main',
  });
  const head = (await api.head('order')) ?? '';
  const answer = await fetch(`${github.apiUrl}/repos/acme/api/pulls`, {
    method: 'POST',
    headers: { authorization: `token ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Orders keep their order', head: 'order', base: 'main' }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  github.setRun('acme', 'api', {
    ...{ id: 12, name: 'ci', event: 'push', headBranch: 'order', headSha: head, runNumber: 77 },
    ...{ status: 'completed', conclusion: 'success' },
  });
  const charts = (await github.repository('acme', 'charts').head()) ?? '';
  return { github, commits: [first, head] as const, charts };
}

/** Everything that is deployed. */
async function deployAll(world: Omit<ReportWorld, 'report' | 'accountKubeconfig' | 'close'>, sha: string) {
  const { cluster, github, images, folder } = world;
  const valuesFile = async (name: string, values: unknown) => {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(values));
    return file;
  };
  const byHelmCd = async (environment: string, services: Service) => {
    const values = await valuesFile(environment, {
      services,
      test: { image: images.web },
      password: 'hunter2-very-secret',
    });
    const done = await deployChart(
      {
        cluster,
        helm: '4',
        overrides: { context: readContext(runVariables(github, sha)) },
        prepare: async ({ workingDirectory }) => {
          await cp(CHART, path.join(workingDirectory, 'chart'), { recursive: true });
          await writeFile(path.join(workingDirectory, 'helm-cd.yaml'), CONFIG);
        },
      },
      { chart: './chart', release: 'shop', environment, values },
    );
    if (done.result !== 'deployed') throw new Error(`${environment}: ${done.failure ?? ''}\n${done.log}`);
  };
  const helm = async (
    program: 'helm' | 'helm3',
    release: string,
    namespace: string,
    services: Service,
    ...args: string[]
  ) => {
    const file = await valuesFile(`${release}-${namespace}`, { services });
    const common = ['--namespace', namespace, '--create-namespace', '--values', file];
    await cluster.helm(program, 'upgrade', '--install', release, CHART, ...common, ...args);
  };
  const { api1, api2, web } = images;
  await byHelmCd('staging', { api: { image: api2, replicas: 2 }, web: { image: web } });
  await byHelmCd('production', { api: { image: api1, replicas: 2 }, web: { image: web } });
  // Half rolled out: the new pod never gets ready, so the old ones stay.
  await helm('helm3', 'legacy', 'tools', { api: { image: api1, replicas: 2 } });
  await cluster.kubectl('rollout', 'status', 'deployment/legacy-api', '--namespace', 'tools', '--timeout=60s');
  await helm('helm3', 'legacy', 'tools', { api: { image: api2, replicas: 2, outcome: 'never-ready' } });
  await helm(
    'helm',
    'broken',
    'tools',
    { api: { image: api1, outcome: 'crash-loop' } },
    '--wait',
    '--timeout',
    '2s',
  ).then(
    () => Promise.reject(new Error('broken was deployed')),
    (error: unknown) => {
      if (!String(error).includes('not ready') && !String(error).includes('deadline')) throw error;
    },
  );
  await helm('helm', 'stuck', 'stuck', { web: { image: web } });
  await cluster.kubectl('rollout', 'status', 'deployment/stuck-web', '--namespace', 'stuck', '--timeout=60s');
  const services = await createTestServices();
  const input = { text: '', file: cluster.kubeconfig, context: '', allowExec: false };
  const target = { release: 'stuck', namespace: 'stuck' };
  await annotateRevision(await connectCluster(input, services), target, 1, { status: 'pending-upgrade' });
  // Somebody was in a hurry.
  await cluster.kubectl('scale', 'deployment/shop-web', '--replicas=3', '--namespace', 'shop-production');
  await cluster.kubectl('rollout', 'status', 'deployment/shop-web', '--namespace', 'shop-production', '--timeout=60s');
}

/** Starts it all; some twenty seconds on a quiet machine. */
export async function startReportWorld(name: string): Promise<ReportWorld> {
  const registryName = `${name}-${process.pid}`;
  const folder = await temporaryFolder();
  const [cluster, registry, { github, commits, charts }] = await Promise.all([
    startCluster(name),
    startRegistry({ name: registryName }),
    startGitHub(),
  ]);
  const { host } = registry;
  const images = await pushImages(host, github, commits);
  const world = { folder, cluster, github, host, commits, images };
  await deployAll(world, charts);
  return {
    ...world,
    async report(inputs = {}, config = CONFIG) {
      const services = await createTestServices({ context: readContext(runVariables(github, charts)) });
      await writeFile(path.join(services.workingDirectory, 'helm-cd.yaml'), config);
      const all = { 'kubeconfig-file': cluster.kubeconfig, token: TOKEN, ...inputs };
      const outcome = await run(readInputs(inputReader(all)), services);
      return { outcome, report: outcome.document as unknown as Report, services };
    },
    async accountKubeconfig(account, namespace) {
      const token = (await cluster.kubectl('create', 'token', account, '--namespace', namespace)).trim();
      const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as { users: { user: object }[] };
      for (const user of config.users) user.user = { token };
      const file = path.join(folder, `${account}.kubeconfig`);
      await mkdir(folder, { recursive: true });
      await writeFile(file, JSON.stringify(config));
      return file;
    },
    async close() {
      await Promise.all([cluster.down(), stopRegistry({ name: registryName }), github.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Chromium of this machine, for the tests of the page; nothing where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  for (const program of [process.env['CHROMIUM'] ?? '', ...names].filter((one) => one !== '')) {
    try {
      return (await execute('which', [program])).stdout.trim();
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}
