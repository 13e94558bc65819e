// The git repositories of the demo's company: one for the charts, one for each service.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareCopy, commitAll, git } from './git.mjs';
import { withoutDocker } from './without-docker.mjs';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

export const chartBranch = 'develop';

/** The example names its images as they would be on GitHub; here they are in the loopback registry, on whatever port that has. */
async function useRegistry(directory, files, host) {
  for (const file of files) {
    const name = path.join(directory, file);
    const text = await fs.readFile(name, 'utf8');
    await fs.writeFile(name, text.replaceAll('ghcr.io/', `${host}/`));
  }
}

/**
 * The charts' repository: examples/shop with the workflows where GitHub looks for them.
 * @returns {Promise<string>} the bare repository; a working copy of its first commit is at `directory`
 */
export async function createChartRepository(directory, registryHost) {
  await fs.cp(path.join(examples, 'shop'), directory, { recursive: true });
  await useRegistry(directory, ['helm-cd.yaml', 'charts/shop/values.yaml'], registryHost);
  const workflows = path.join(directory, '.github', 'workflows');
  await fs.mkdir(workflows, { recursive: true });
  for (const name of ['chart-pipeline.yml', 'deploy.yml']) {
    await fs.copyFile(path.join(examples, 'workflows', name), path.join(workflows, name));
  }
  await commitAll(directory, chartBranch, 'Add the shop');
  const bare = `${directory}.git`;
  await bareCopy(directory, bare);
  return bare;
}

/** A service's repository: its (pretended) program and its CI. */
export async function createServiceRepository(directory, service) {
  const workflows = path.join(directory, '.github', 'workflows');
  await fs.mkdir(workflows, { recursive: true });
  const ci = await fs.readFile(path.join(examples, 'workflows', 'service-ci.yml'), 'utf8');
  await fs.writeFile(path.join(workflows, 'service-ci.yml'), withoutDocker(ci));
  await fs.writeFile(path.join(directory, 'service'), `#!/bin/sh\necho "I am ${service}"\n`, { mode: 0o755 });
  await commitAll(directory, 'main', `Add ${service}`);
}

/** A developer's work on a service, and the tag that releases it. @returns {Promise<string>} the commit */
export async function tagService(directory, version) {
  await fs.appendFile(path.join(directory, 'service'), `# ${version}\n`);
  await git(directory, 'commit', '--quiet', '--all', '--message', `Release ${version}`);
  await git(directory, 'tag', `v${version}`);
  return git(directory, 'rev-parse', 'HEAD');
}
