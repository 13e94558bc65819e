/**
 * What bump-image-tag does, as a bundle of its own: src/index.ts loads it while the chart's repository is read. It is a
 * third of the bundle of all actions, which has the rest.
 */
import type * as AllActions from './actions.js';
import type { BumpRun } from './actions/bump-image-tag/read-ahead.js';
import { run } from './actions/bump-image-tag/run.js';
import { warmUp } from './actions/bump-image-tag/warm-up.js';

/** Left alone by the bundler: in dist/ it is the file beside this one. */
const load = (): Promise<typeof AllActions> => import(/* webpackIgnore: true */ './actions.js');

export const bumpRun: BumpRun = async (inputs, services, repository) => {
  // The server is being asked already.
  await warmUp();
  return run(inputs, services, repository, async () => (await load()).bumpRarely());
};
