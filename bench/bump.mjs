/**
 * bump-image-tag against what one would use instead.
 *
 *   npm run bench -- bump                    all parts
 *   npm run bench -- bump edit git api       some of them
 *   --rounds=N   instead of each part's own number
 *   --dist=DIR   these bundles instead of a private build of the sources, e.g. --dist=dist
 */
import path from 'node:path';
import { root } from '../scripts/lib/run.mjs';
import { describeMachine, machineLines } from './lib/machine.mjs';
import { privateBuild } from './lib/private-build.mjs';
import { writeResults } from './lib/report.mjs';
import { benchApi } from './bump/api.mjs';
import { benchEdit } from './bump/edit.mjs';
import { benchGit } from './bump/git.mjs';

const PARTS = {
  edit: { rounds: 15, run: benchEdit },
  git: { rounds: 21, run: benchGit },
  api: { rounds: 15, run: benchApi },
};

function readOptions(words) {
  const options = Object.fromEntries(
    words.flatMap((word) => {
      const [, key, value] = /^--([a-z]+)=(.+)$/.exec(word) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  const parts = words.filter((word) => !word.startsWith('--'));
  const wrong = [
    ...parts.filter((part) => !Object.hasOwn(PARTS, part)),
    ...words.filter((word) => word.startsWith('--') && !/^--(?:rounds=[1-9]\d*|dist=.+)$/.test(word)),
  ];
  if (wrong.length > 0) throw new Error(`Unknown: ${wrong.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`);
  return { parts: parts.length > 0 ? parts : Object.keys(PARTS), ...options };
}

export async function main(words) {
  const { parts, rounds, dist } = readOptions(words);
  const machine = await describeMachine();
  for (const line of machineLines(machine)) console.log(line);
  const bundles = () => (dist === undefined ? privateBuild() : path.resolve(root, dist));
  const report = { at: new Date().toISOString(), machine, parts: {} };
  for (const part of parts) {
    const { rounds: usual, run } = PARTS[part];
    report.parts[part] = await run({ rounds: Number(rounds ?? usual), bundles });
  }
  console.log('');
  for (const part of parts) for (const { line } of report.parts[part].verdicts) console.log(line);
  console.log(`\nAll samples: ${writeResults('bump', report)}`);
}
