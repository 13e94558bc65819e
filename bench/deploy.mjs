/**
 * deploy-chart against helm upgrade --install --wait and helm test, on a simulated cluster with a real API server.
 *
 *   npm run bench -- deploy            all parts; some minutes
 *   npm run bench -- deploy small      one of them: small, large
 *   --rounds=N   upgrades instead of each part's own number
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import { benchDeploy } from './deploy/compare.mjs';
import { writeLargeChart, writeSmallChart } from './deploy/charts.mjs';
import { runParts } from './lib/parts.mjs';

const PARTS = {
  small: {
    rounds: 6,
    run: (options) => benchDeploy('A chart of 10 objects', { write: writeSmallChart, target: 2.5, ...options }),
  },
  large: {
    rounds: 3,
    run: (options) => benchDeploy('A chart of 300 objects', { write: writeLargeChart, target: 1.5, ...options }),
  },
};

export const main = (words) => runParts('deploy', PARTS, words);
