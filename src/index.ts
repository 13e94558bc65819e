/** The actions' only bundle entry: `node dist/index.js NAME`, inputs as INPUT_* variables. */
import type { Action } from './core/action.js';
import { didYouMean } from './core/suggest.js';
import { runAction } from './runtime/run-action.js';

const ACTIONS: readonly Action<never>[] = [];

async function main(): Promise<number> {
  const name = process.argv[2] ?? '';
  const action = ACTIONS.find((candidate) => candidate.name === name);
  if (action === undefined) {
    const names = ACTIONS.map((candidate) => candidate.name);
    console.log(`::error::There is no action "${name}"${didYouMean(name, names)}. Actions: ${names.join(', ')}.`);
    return 1;
  }
  return runAction(action, process.env);
}

const code = await main();
// A socket kept alive by a library must not hold the step; what was written must still reach the runner.
process.stdout.write('', () => process.exit(code));
