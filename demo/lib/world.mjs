// The demo's world, all of it on this machine: a cluster, an S3 server, an image registry, a GitHub with a runner, and the relay between
// the last two.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
// Not only the tests' business: a GitHub on a loopback port that checks each request against GitHub's own descriptions.
import { startGitHubServerProcess } from '../../test/support/github-server/process.mjs';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { ensureToolchain } from '../../tools/toolchain.mjs';
import { command } from './command.mjs';
import { cloneAt, git } from './git.mjs';
import { helm } from './helm.mjs';
import { pushImage } from './images.mjs';
import { copyReleased } from './released.mjs';
import { chooseRelay, startRelay, stopRelay } from './relay.mjs';
import { chartBranch, shopFiles } from './repositories.mjs';
import { createRunner } from './runner.mjs';

const ageKeyFile = fileURLToPath(new URL('../../examples/demo-age-key.txt', import.meta.url));

/** What examples/shop/helm-cd.yaml says. */
export const shop = {
  chart: 'shop',
  release: 'shop',
  bucket: 'acme-charts',
  repository: 'acme/charts',
  namespaces: { develop: 'shop-develop', production: 'shop-production' },
};

/**
 * @typedef {object} World
 * @property {string} name of its cluster and servers
 * @property {string} bin folder of the toolchain
 * @property {string} root temporary folder, gone with the world
 * @property {string} home an empty home folder, for caches
 * @property {string} output folder of what stays: logs, summaries, and the kubeconfig of a cluster that is kept
 * @property {string} kubeconfig
 * @property {{ endpoint: string, accessKeyId: string, secretAccessKey: string, region: string, directory: string }} s3
 * @property {{ host: string }} registry
 * @property {Awaited<ReturnType<typeof startGitHubServerProcess>>} github
 * @property {{ url: string }} relay
 * @property {Record<string, string>} released what `uses:` gets, for runWorkflow
 * @property {Awaited<ReturnType<typeof createRunner>>} runner
 * @property {{ bare: string }} charts the charts' repository
 * @property {string} ageKey
 * @property {AbortSignal} signal
 *
 * @typedef {object} MoreRepository
 * @property {string} name of acme/name
 * @property {(registryHost: string) => Promise<Record<string, string>>} files
 * @property {string} [images] of a repository of charts: glob of its images' names in the registry
 * @property {(world: World, settings: Settings) => Partial<Settings>} [settings]
 *   in place of those of the charts' repository, which are given
 *
 * @typedef {Omit<import('./runner.mjs').Repository, 'bare' | 'defaultBranch'>} Settings
 */

/**
 * @param {object} options
 * @param {string} options.output
 * @param {AbortSignal} options.signal aborts what is running; `stop` is still to be called then
 * @param {(line: string) => void} [options.log] progress
 * @param {import('./runner.mjs').Listener} [options.listener] is told what the runner does
 * @param {MoreRepository[]} [options.more]
 * @returns {{ world: World, start: () => Promise<void>, stop: (options?: { keepCluster?: boolean }) => Promise<void> }}
 *   the world's properties are there once it has started
 */
export function createWorld({ output, signal, log = () => {}, listener, more = [] }) {
  const name = `demo-${process.pid}`;
  const world = { name, output, signal, kubeconfig: path.join(output, `kubeconfig-${name}`) };
  /** What has been started, finished or not, and how it is stopped. */
  const begun = [];

  function begin(starting, stop = () => {}) {
    begun.push({ settled: starting.catch(() => {}), stop });
    return starting;
  }

  // A cold build takes minutes: nobody waits for it after an interruption. It ends with this process.
  const aborted = new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  aborted.catch(() => {});

  async function start() {
    world.bin = (await Promise.race([ensureToolchain({ log }), aborted])).bin;
    for (const folder of ['logs', 'summaries']) {
      await fs.rm(path.join(output, folder), { recursive: true, force: true });
      await fs.mkdir(path.join(output, folder), { recursive: true });
    }
    world.root = await fs.mkdtemp(path.join(os.tmpdir(), `helm-cd-${name}-`));
    world.home = path.join(world.root, 'home');
    await fs.mkdir(world.home);
    world.ageKey = /^AGE-SECRET-KEY-.*$/m.exec(await fs.readFile(ageKeyFile, 'utf8'))[0];
    await Promise.all([
      begin(
        clusterUp({ name, kubeconfig: world.kubeconfig, nodes: 2, log }),
        ({ keepCluster }) => keepCluster || clusterDown({ name }),
      ),
      begin(startS3({ name, bucket: shop.bucket }), () => stopS3({ name })).then((s3) => (world.s3 = s3)),
      startImagesAndGitHub(),
      begin(copyReleased(path.join(world.root, 'released')).then((found) => (world.released = found))),
    ]);
    signal.throwIfAborted();
    world.runner = await createRunner({
      github: world.github,
      repositories: await runnerRepositories(),
      protectedEnvironments: ['production'],
      released: world.released,
      bin: world.bin,
      work: world.root,
      output,
      signal,
      listener,
    });
    await installProduction();
    signal.throwIfAborted();
  }

  async function startImagesAndGitHub() {
    const relay = await begin(chooseRelay({ name }), () => stopRelay({ name }));
    const registry = startRegistry({ name, notifications: relay.notifications });
    world.registry = await begin(registry, () => stopRegistry({ name }));
    const { host } = world.registry;
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const repositories = [
      { owner: 'acme', name: 'charts', files: await shopFiles(host) },
      ...(await Promise.all(
        more.map(async (each) => ({ owner: 'acme', name: each.name, files: await each.files(host) })),
      )),
    ];
    const starting = startGitHubServerProcess({
      label: name,
      repositories: repositories.map((repository) => ({ ...repository, defaultBranch: chartBranch })),
      // What the relay's GitHub App may do.
      tokens: [{ token, permissions: { contents: 'write' } }],
      onEvent: (happening) => world.runner?.receive(happening),
    });
    world.github = await begin(starting, async () => (await starting).close());
    world.charts = { bare: world.github.repositoryPaths[shop.repository] };
    const routes = [
      { images: [`${host}/acme/shop/*`], repository: shop.repository },
      ...more
        .filter(({ images }) => images !== undefined)
        .map(({ name: repository, images }) => ({ images: [`${host}/${images}`], repository: `acme/${repository}` })),
    ];
    const { apiUrl } = world.github;
    world.relay = await begin(startRelay({ name, relay, token, apiUrl, routes }));
  }

  async function runnerRepositories() {
    const secrets = {
      AWS_ACCESS_KEY_ID: world.s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.s3.secretAccessKey,
      KUBECONFIG: (await fs.readFile(world.kubeconfig)).toString('base64'),
      SOPS_AGE_KEY: world.ageKey,
    };
    const settings = { secrets, variables: { S3_ENDPOINT_URL: world.s3.endpoint } };
    const own = Object.fromEntries(more.map((each) => [`acme/${each.name}`, each.settings?.(world, settings)]));
    return Object.fromEntries(
      Object.entries(world.github.repositoryPaths).map(([repository, bare]) => [
        repository,
        { bare, defaultBranch: chartBranch, ...settings, ...own[repository] },
      ]),
    );
  }

  // Production was there before helm-cd was: somebody once installed the chart by hand.
  async function installProduction() {
    const clone = path.join(world.root, 'by-hand');
    await cloneAt(world.charts.bare, chartBranch, clone);
    const folder = path.join(clone, 'charts', shop.chart);
    const secrets = path.join(world.root, 'production-secrets.yaml');
    const decrypted = await command(path.join(world.bin, 'sops'), ['decrypt', 'env/production.sops.yaml'], {
      cwd: folder,
      env: { ...process.env, SOPS_AGE_KEY: world.ageKey },
    });
    await fs.writeFile(secrets, decrypted, { mode: 0o600 });
    await helm(world, 'dependency', 'build', folder);
    const values = ['--values', path.join(folder, 'env/production.yaml'), '--values', secrets];
    const where = ['--namespace', shop.namespaces.production, '--create-namespace'];
    await helm(world, 'install', shop.release, folder, ...values, ...where, '--wait', '--timeout', '60s');
    await fs.rm(secrets);
  }

  async function stop({ keepCluster = false } = {}) {
    // What is still starting can only be stopped when it has started.
    await Promise.all(begun.map(({ settled }) => settled));
    // It has processes in the folders that go.
    await world.runner?.stop();
    const results = await Promise.allSettled(begun.map(async ({ stop }) => stop({ keepCluster })));
    if (world.root) await fs.rm(world.root, { recursive: true, force: true, maxRetries: 5 });
    const errors = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
    if (errors.length > 0) {
      throw new AggregateError(errors, `could not clean up: ${errors.map((error) => error.message).join('; ')}`);
    }
  }

  return { world, start, stop };
}

/**
 * A service's CI has built an image: it is pushed, and that is all.
 * @param {World} world @param {string} name of the image in the registry @param {string} tag
 */
export function push(world, name, tag) {
  const service = path.posix.basename(name);
  const revision = Buffer.from(`${name}:${tag}`).toString('hex').padEnd(40, '0').slice(0, 40);
  return pushImage(world.registry.host, { name, tag, source: `https://github.com/acme/${service}`, revision });
}

/** The newest commit of the charts' repository. @param {World} world */
export const chartHead = (world) => git(world.charts.bare, 'rev-parse', chartBranch);
