// The files of the demo company's chart repository: examples/shop, with the example workflows where GitHub looks for them.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

export const chartBranch = 'develop';

/** Which of the example workflows: develop is deployed to continuously, production when somebody says so. */
export const chartWorkflows = [
  'deployment/bump.yml',
  'deployment/chart-pipeline.yml',
  'deployment/watch.yml',
  'delivery/promote.yml',
  'delivery/deploy.yml',
];

/** @param {readonly string[]} names in examples/workflows @returns {Promise<Record<string, string>>} */
export async function workflowFiles(names) {
  const files = names.map(async (name) => [
    `.github/workflows/${path.basename(name)}`,
    await fs.readFile(path.join(examples, 'workflows', name), 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

/** The example names its images as they would be on GitHub; here they are in the loopback registry, on whatever port that has. */
const inRegistry = (text, host) => text.replaceAll('ghcr.io/', `${host}/`);

/** @param {string} registryHost @returns {Promise<Record<string, string>>} contents by path */
export async function shopFiles(registryHost) {
  const shop = path.join(examples, 'shop');
  const entries = await fs.readdir(shop, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      const text = await fs.readFile(file, 'utf8');
      const name = path.relative(shop, file);
      return [name, ['helm-cd.yaml', 'charts/shop/values.yaml'].includes(name) ? inRegistry(text, registryHost) : text];
    });
  return { ...Object.fromEntries(await Promise.all(files)), ...(await workflowFiles(chartWorkflows)) };
}
