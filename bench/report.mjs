/**
 * report-releases against `helm list --all-namespaces --output json` and `helm get all` for each release, on a real API server.
 *
 *   npm run bench -- report             all parts; some minutes, nearly all of them helm's
 *   npm run bench -- report many        one of them: few (100 releases), many (1,000), each with 5 revisions
 *   --rounds=N   runs of each side instead of each part's own number
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import { benchReport } from './report/compare.mjs';
import { runParts } from './lib/parts.mjs';

const part = (releases, rounds) => ({
  rounds,
  run: (options) =>
    benchReport(`${releases} releases of 5 revisions`, { releases, revisions: 5, target: 0.2, ...options }),
});

export const main = (words) => runParts('report', { few: part(100, 3), many: part(1000, 1) }, words);
