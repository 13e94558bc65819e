/** The actions' only bundle entry: `node dist/index.js NAME`, inputs as INPUT_* variables. */
import type { Action } from './core/action.js';
import { didYouMean } from './core/suggest.js';
import { runAction } from './runtime/run-action.js';

/** Runs an action: the type of its inputs is its own business. */
const start = <Inputs>(action: Action<Inputs>) => runAction(action, process.env);

/**
 * Each in the one bundle (that is what `eager` says to the bundler), but only the one that is wanted is run: what the others
 * import takes its time.
 */
const ACTIONS: Readonly<Record<string, () => Promise<number>>> = {
  'bump-image-tag': async () =>
    start((await import(/* webpackMode: "eager" */ './actions/bump-image-tag/action.js')).bumpImageTag),
  'deploy-chart': async () =>
    start((await import(/* webpackMode: "eager" */ './actions/deploy-chart/action.js')).deployChart),
  'publish-chart': async () =>
    start((await import(/* webpackMode: "eager" */ './actions/publish-chart/action.js')).publishChart),
  'promote-chart': async () =>
    start((await import(/* webpackMode: "eager" */ './actions/promote-chart/action.js')).promoteChart),
  'validate-chart': async () =>
    start((await import(/* webpackMode: "eager" */ './actions/validate-chart/action.js')).validateChart),
};

async function main(): Promise<number> {
  const name = process.argv[2] ?? '';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    const names = Object.keys(ACTIONS);
    console.log(`::error::There is no action "${name}"${didYouMean(name, names)}. Actions: ${names.join(', ')}.`);
    return 1;
  }
  return action();
}

const code = await main();
// A socket kept alive by a library must not hold the step; what was written must still reach the runner.
process.stdout.write('', () => process.exit(code));
