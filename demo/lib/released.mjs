// What a workflow's `uses:` gets here: of helm-cd, this working copy; of other people's actions, which are not to be had without a network, a
// stand-in. act is told by --local-repository.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const project = fileURLToPath(new URL('../../', import.meta.url));
const standIns = {
  'actions/checkout': fileURLToPath(new URL('checkout', import.meta.url)),
  'actions/create-github-app-token': fileURLToPath(new URL('app-token', import.meta.url)),
};

/** The bundles: those that were built last, or those of a test. */
const dist = path.resolve(project, process.env.HELM_CD_TEST_DIST || 'dist');

// What a release tag has that matters here. act copies the whole folder for every step, so not the whole project.
const released = ['action.yml', 'actions', 'schema', 'package.json', '.github/actions', '.github/workflows'];

/**
 * act starts every job at once, and GitHub halts a job with an `environment` until its reviewers have approved. So each such job of the
 * reusable workflows gets a first step that halts it. Nothing else of them is changed.
 */
function withGates(text) {
  const workflow = parseDocument(text);
  for (const { key } of workflow.get('jobs').items) {
    const environment = workflow.getIn(['jobs', key.value, 'environment', 'name']);
    if (environment === undefined) continue;
    const gate = {
      id: 'gate',
      name: 'Wait for the environment',
      shell: 'bash',
      env: { ENVIRONMENT: environment },
      run: waitAtGate,
    };
    workflow.getIn(['jobs', key.value, 'steps']).items.unshift(workflow.createNode(gate));
    // It means nothing to act, which does not know the newer of its keys.
    workflow.deleteIn(['jobs', key.value, 'environment']);
  }
  return workflow.toString({ lineWidth: 0 });
}

/** The runner says by files which environments have reviewers, and what these have decided. */
const waitAtGate = `\
if [ ! -e "$HELM_CD_GATES/$ENVIRONMENT.protected" ]; then exit 0; fi
here="$HELM_CD_GATES/$GITHUB_RUN_ID-$ENVIRONMENT"
touch "$here.waiting"
for ((waited = 0; waited < 3000; waited++)); do
  if [ -e "$here.approved" ]; then exit 0; fi
  if [ -e "$here.rejected" ]; then echo "::error::The deployment was rejected."; exit 1; fi
  sleep 0.1
done
echo "::error::Nobody has approved the deployment."
exit 1
`;

/** The stand-ins, by `owner/name@commit` as the workflows use them. */
async function standInsFor(folders) {
  const found = {};
  for (const folder of folders) {
    for (const file of await fs.readdir(folder, { recursive: true })) {
      if (!file.endsWith('.yml')) continue;
      const text = await fs.readFile(path.join(folder, file), 'utf8');
      for (const [used, name] of text.matchAll(/\b(actions\/[\w-]+)@[0-9a-f]{40}\b/g)) {
        if (name in standIns) found[used] = standIns[name];
      }
    }
  }
  return found;
}

/** @param {string} target folder, not there yet @returns {Promise<Record<string, string>>} `owner/name@ref` to a folder */
export async function copyReleased(target) {
  await fs.mkdir(target);
  for (const name of released) {
    await fs.cp(path.join(project, name), path.join(target, name), { recursive: true });
  }
  await fs.cp(dist, path.join(target, 'dist'), { recursive: true });
  const workflows = path.join(target, '.github/workflows');
  for (const name of await fs.readdir(workflows)) {
    const file = path.join(workflows, name);
    await fs.writeFile(file, withGates(await fs.readFile(file, 'utf8')));
  }
  return {
    'helm-cd/helm-cd@v1': target,
    ...(await standInsFor([workflows, path.join(project, 'examples/workflows')])),
  };
}

/** The relay's program. */
export const relayProgram = path.join(dist, 'relay.js');

/** Whether `npm run build` has been run. */
export async function areBuilt() {
  return fs.access(path.join(dist, 'index.js')).then(
    () => true,
    () => false,
  );
}
