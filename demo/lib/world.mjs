// The demo's world, all of it on this machine: a cluster, an S3 server, an image registry and git repositories.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { startS3, stopS3 } from '../../tools/s3.mjs';
import { ensureToolchain } from '../../tools/toolchain.mjs';
import { copyActions } from './actions.mjs';
import { command } from './command.mjs';
import { helm } from './helm.mjs';
import { createChartRepository, createServiceRepository } from './repositories.mjs';

const ageKeyFile = fileURLToPath(new URL('../../examples/demo-age-key.txt', import.meta.url));

/** What examples/shop/helm-cd.yaml says. */
export const shop = {
  chart: 'shop',
  release: 'shop',
  bucket: 'acme-charts',
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
 * @property {{ directory: string, bare: string }} charts the charts' repository: its first state, and where it is pushed to
 * @property {Record<string, string>} services each service's repository
 * @property {Record<string, string>} actions for runWorkflow
 * @property {string} ageKey
 * @property {AbortSignal} signal
 */

/**
 * @param {object} options
 * @param {string} options.output
 * @param {AbortSignal} options.signal aborts what is running; `stop` is still to be called then
 * @param {(line: string) => void} [options.log] progress
 * @returns {{ world: World, start: () => Promise<void>, stop: (options?: { keepCluster?: boolean }) => Promise<void> }}
 *   the world's properties are there once it has started
 */
export function createWorld({ output, signal, log = () => {} }) {
  const name = `demo-${process.pid}`;
  const world = { name, output, signal, kubeconfig: path.join(output, `kubeconfig-${name}`), services: {} };
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
    await Promise.all([
      begin(
        clusterUp({ name, kubeconfig: world.kubeconfig, nodes: 2, log }),
        ({ keepCluster }) => keepCluster || clusterDown({ name }),
      ),
      begin(startS3({ name, bucket: shop.bucket }), () => stopS3({ name })).then((s3) => (world.s3 = s3)),
      begin(startRegistry({ name }).then(createRepositories), () => stopRegistry({ name })),
      begin(copyActions(path.join(world.root, 'actions')).then((actions) => (world.actions = actions))),
    ]);
    signal.throwIfAborted();
    await installProduction();
    signal.throwIfAborted();
  }

  async function createRepositories(registry) {
    world.registry = registry;
    const directory = path.join(world.root, 'charts');
    world.charts = { directory, bare: await createChartRepository(directory, registry.host) };
    for (const service of ['api', 'web']) {
      world.services[service] = path.join(world.root, service);
      await createServiceRepository(world.services[service], service);
    }
  }

  // Production was there before helm-cd was: somebody once installed the chart by hand.
  async function installProduction() {
    world.ageKey = /^AGE-SECRET-KEY-.*$/m.exec(await fs.readFile(ageKeyFile, 'utf8'))[0];
    const folder = path.join(world.charts.directory, 'charts', shop.chart);
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
    const results = await Promise.allSettled(begun.map(async ({ stop }) => stop({ keepCluster })));
    if (world.root) await fs.rm(world.root, { recursive: true, force: true, maxRetries: 5 });
    const errors = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
    if (errors.length > 0) {
      throw new AggregateError(errors, `could not clean up: ${errors.map((error) => error.message).join('; ')}`);
    }
  }

  return { world, start, stop };
}
