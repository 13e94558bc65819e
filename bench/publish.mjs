/**
 * publish-chart against helm repo index --merge: one version more in a large index.
 *
 *   npm run bench -- publish                 all parts; some minutes, nearly all of them helm's
 *   npm run bench -- publish many            one of them: one, many, growth
 *   --rounds=N   instead of each part's own number (of ours; helm runs once)
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import { runParts } from './lib/parts.mjs';
import { benchGrowth } from './publish/growth.mjs';
import { benchOneMore } from './publish/one-more.mjs';

const PARTS = {
  one: {
    rounds: 5,
    run: (options) => benchOneMore('10,000 versions of one chart', { charts: 1, versions: 10_000 }, options),
  },
  many: {
    rounds: 5,
    run: (options) => benchOneMore('15,300 versions of 150 charts', { charts: 150, versions: 102 }, options),
  },
  growth: { rounds: 5, run: benchGrowth },
};

export const main = (words) => runParts('publish', PARTS, words);
