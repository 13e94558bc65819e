/** The actions' only entry: `node dist/index.js NAME`, inputs as INPUT_* variables. */
import { bumpAction } from './actions/bump-image-tag/read-ahead.js';
import type * as AllActions from './actions.js';
import type * as Bump from './bump.js';
import type { Action } from './core/action.js';
import { didYouMean } from './core/suggest.js';
import { runAction } from './runtime/run-action.js';

/** Left alone by the bundler: in dist/ these are the files beside this one. */
const load = (): Promise<typeof AllActions> => import(/* webpackIgnore: true */ './actions.js');
const loadBump = (): Promise<typeof Bump> => import(/* webpackIgnore: true */ './bump.js');

/** Runs an action: the type of its inputs is its own business. */
const start = <Inputs>(action: Action<Inputs>) => runAction(action, process.env);

const ACTIONS: Readonly<Record<string, () => Promise<number>>> = {
  // The most frequent one, and the one that somebody's build waits for: it asks its server first and loads meanwhile.
  'bump-image-tag': () => start(bumpAction(async () => (await loadBump()).bumpRun)),
  'deploy-chart': async () => start(await (await load()).deployChart()),
  // The action in the repository's root.
  pipeline: async () => start(await (await load()).pipeline()),
  'publish-chart': async () => start(await (await load()).publishChart()),
  'promote-chart': async () => start(await (await load()).promoteChart()),
  'report-releases': async () => start(await (await load()).reportReleases()),
  'rollback-chart': async () => start(await (await load()).rollbackChart()),
  // A step of the two that change releases, no action of its own.
  'settle-release': async () => start(await (await load()).settleRelease()),
  'validate-chart': async () => start(await (await load()).validateChart()),
  'watch-repository': async () => start(await (await load()).watchRepository()),
};

async function main(): Promise<number> {
  const name = process.argv[2] ?? '';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    const names = Object.keys(ACTIONS).filter((known) => known !== 'settle-release');
    console.log(`::error::There is no action "${name}"${didYouMean(name, names)}. Actions: ${names.join(', ')}.`);
    return 1;
  }
  return action();
}

const code = await main();
// A socket kept alive by a library must not hold the step; what was written must still reach the runner.
process.stdout.write('', () => process.exit(code));
