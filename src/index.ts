/** The actions' only bundle entry: `node dist/index.js NAME`, inputs as INPUT_* variables. */
import { bumpImageTag } from './actions/bump-image-tag/action.js';
import { deployChart } from './actions/deploy-chart/action.js';
import { promoteChart } from './actions/promote-chart/action.js';
import { publishChart } from './actions/publish-chart/action.js';
import { validateChart } from './actions/validate-chart/action.js';
import type { Action } from './core/action.js';
import { didYouMean } from './core/suggest.js';
import { runAction } from './runtime/run-action.js';

/** An action, ready to be started: the type of its inputs is its own business. */
function entry<Inputs>(action: Action<Inputs>) {
  return { name: action.name, start: () => runAction(action, process.env) };
}

const ACTIONS = [
  entry(bumpImageTag),
  entry(deployChart),
  entry(publishChart),
  entry(promoteChart),
  entry(validateChart),
];

async function main(): Promise<number> {
  const name = process.argv[2] ?? '';
  const action = ACTIONS.find((candidate) => candidate.name === name);
  if (action === undefined) {
    const names = ACTIONS.map((candidate) => candidate.name);
    console.log(`::error::There is no action "${name}"${didYouMean(name, names)}. Actions: ${names.join(', ')}.`);
    return 1;
  }
  return action.start();
}

const code = await main();
// A socket kept alive by a library must not hold the step; what was written must still reach the runner.
process.stdout.write('', () => process.exit(code));
