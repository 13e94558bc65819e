// The actions of this working copy, as a workflow's `uses: helm-cd/helm-cd/actions/…@v1` would get them.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

// What a release tag has that matters to the actions. act copies the whole folder for every step, so not the whole project.
const released = ['action.yml', 'actions', 'dist', 'schema', 'package.json'];

export async function copyActions(target) {
  await fs.mkdir(target);
  for (const name of released) {
    await fs.cp(path.join(project, name), path.join(target, name), { recursive: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  return { 'helm-cd/helm-cd@v1': target };
}

/** Whether `npm run build` has been run. */
export async function areBuilt() {
  return fs.access(path.join(project, 'dist', 'index.js')).then(
    () => true,
    () => false,
  );
}
