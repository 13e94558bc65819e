// Looks at a release, and puts the first one there.
import path from 'node:path';
import { command } from './command.mjs';

/** @param {{ bin: string, kubeconfig: string, home: string }} world `home`: a folder for helm's caches */
function helmEnvironment({ bin, kubeconfig, home }) {
  return { PATH: `${bin}${path.delimiter}${process.env.PATH}`, HOME: home, KUBECONFIG: kubeconfig };
}

/** @returns {Promise<string>} */
export function helm(world, ...args) {
  return command(path.join(world.bin, 'helm'), args, { env: helmEnvironment(world) });
}

/** @returns {Promise<string>} */
export function kubectl(world, ...args) {
  return command(path.join(world.bin, 'kubectl'), args, { env: helmEnvironment(world) });
}

/**
 * The revisions of a release, oldest first.
 * @returns {Promise<{ revision: number, status: string, chart: string, description: string }[]>}
 */
export async function history(world, release, namespace) {
  return JSON.parse(await helm(world, 'history', release, '--namespace', namespace, '--output', 'json'));
}

/** The images that a release's deployments ask for, e.g. `{ api: '127.0.0.1:5000/acme/api:1.1.0' }`. */
export async function runningImages(world, namespace) {
  const { items } = JSON.parse(
    await kubectl(world, 'get', 'deployments', '--namespace', namespace, '--output', 'json'),
  );
  return Object.fromEntries(
    items.flatMap(({ spec }) => spec.template.spec.containers.map(({ name, image }) => [name, image])),
  );
}
