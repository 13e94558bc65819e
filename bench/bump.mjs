/**
 * bump-image-tag against what one would use instead.
 *
 *   npm run bench -- bump                    all parts
 *   npm run bench -- bump edit git api       some of them
 *   --rounds=N   instead of each part's own number
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import { runParts } from './lib/parts.mjs';
import { benchApi } from './bump/api.mjs';
import { benchEdit } from './bump/edit.mjs';
import { benchGit } from './bump/git.mjs';

const PARTS = {
  edit: { rounds: 15, run: benchEdit },
  git: { rounds: 21, run: benchGit },
  api: { rounds: 15, run: benchApi },
};

export const main = (words) => runParts('bump', PARTS, words);
