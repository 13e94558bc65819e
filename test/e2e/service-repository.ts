/** A service's own repository, whose CI builds and pushes the image and writes its tag into the chart: service-ci.yml as it is. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { git } from '../../demo/lib/git.mjs';
import type { MoreRepository } from '../../demo/lib/world.mjs';
import { shop, type World } from '../../demo/lib/world.mjs';
import { projectRoot } from '../support/services.js';

const REPOSITORY = 'api';
/** May push to the charts' repository, and a developer's to the service's. */
export const CI_TOKEN = 'ghs_service_ci';
const DEVELOPER = 'ghp_developer';

/** Stands for Docker, which needs an engine: keeps the labels of a build, and pushes an image with them. */
const docker = `\
import { readFileSync, writeFileSync } from 'node:fs';
import { pushImage } from ${JSON.stringify(pathToFileURL(path.join(projectRoot, 'demo/lib/images.mjs')).href)};
const [command, ...args] = process.argv.slice(2);
const state = process.env.RUNNER_TEMP + '/docker.json';
if (command === 'login') {
  readFileSync(0);
} else if (command === 'build') {
  const labels = args.flatMap((arg, at) => (arg === '--label' ? [args[at + 1]] : []));
  writeFileSync(state, JSON.stringify({ tag: args[args.indexOf('--tag') + 1], labels }));
} else {
  const { tag: built, labels } = JSON.parse(readFileSync(state, 'utf8'));
  if (command !== 'push' || args[0] !== built) throw new Error(command + ' ' + args.join(' '));
  const [, host, name, tag] = /^([^/]+)\\/(.*):([^:/]+)$/.exec(built);
  const label = (suffix) => labels.find((each) => each.includes('image.' + suffix + '=')).split('=')[1];
  await pushImage(host, { name, tag, source: label('source'), revision: label('revision') });
}
`;

/** The repository, for the world. */
export const serviceRepository: MoreRepository = {
  name: REPOSITORY,
  files: async () => ({
    Dockerfile: 'FROM scratch\n',
    '.github/workflows/service-ci.yml': await readFile(
      path.join(projectRoot, 'examples/workflows/service-ci.yml'),
      'utf8',
    ),
  }),
  settings(world: World) {
    const bin = path.join(world.root, 'docker');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'docker.mjs'), docker);
    writeFileSync(path.join(bin, 'docker'), '#!/bin/sh\nexec node "$(dirname "$0")/docker.mjs" "$@"\n', {
      mode: 0o755,
    });
    symlinkSync(path.join(world.bin, 'act'), path.join(bin, 'act'));
    return {
      bin,
      secrets: { CHART_REPOSITORY_TOKEN: CI_TOKEN },
      variables: { IMAGE: `${world.registry.host}/acme/shop/api`, CHART_REPOSITORY: shop.repository },
    };
  },
};

/** A developer pushes a version's tag. @returns its commit */
export async function tagVersion(world: World, version: string): Promise<string> {
  await world.github.addToken({ token: CI_TOKEN, permissions: { contents: 'write', pull_requests: 'write' } });
  await world.github.addToken({ token: DEVELOPER, kind: 'classic' });
  const clone = path.join(world.root, 'api-clone');
  await git(world.root, 'clone', '--quiet', world.github.repositoryPaths[`acme/${REPOSITORY}`]!, clone);
  await git(clone, 'tag', `v${version}`);
  const url = new URL(`${world.github.serverUrl}/acme/${REPOSITORY}.git`);
  Object.assign(url, { username: 'developer', password: DEVELOPER });
  await git(clone, 'push', '--quiet', url.href, `v${version}`);
  return git(clone, 'rev-parse', 'HEAD');
}
