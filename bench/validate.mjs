/**
 * validate-chart against what one would use instead: helm lint, helm template and kubeconform.
 *
 *   npm run bench -- validate                all parts
 *   npm run bench -- validate matrix         one of them
 *   --rounds=N   instead of each part's own number
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import { runParts } from './lib/parts.mjs';
import { benchDocuments } from './validate/documents.mjs';
import { benchMatrix } from './validate/matrix.mjs';
import { benchMemory } from './validate/memory.mjs';

const PARTS = {
  matrix: { rounds: 7, run: benchMatrix },
  documents: { rounds: 5, run: benchDocuments },
  memory: { rounds: 1, run: benchMemory },
};

export const main = (words) => runParts('validate', PARTS, words);
