import path from 'node:path';
import { root } from '../../scripts/lib/run.mjs';
import { describeMachine, machineLines } from './machine.mjs';
import { privateBuild } from './private-build.mjs';
import { writeResults } from './report.mjs';

function readOptions(known, words) {
  const options = Object.fromEntries(
    words.flatMap((word) => {
      const [, key, value] = /^--([a-z]+)=(.+)$/.exec(word) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  const parts = words.filter((word) => !word.startsWith('--'));
  const wrong = [
    ...parts.filter((part) => !known.includes(part)),
    ...words.filter((word) => word.startsWith('--') && !/^--(?:rounds=[1-9]\d*|dist=.+)$/.test(word)),
  ];
  if (wrong.length > 0) throw new Error(`Unknown: ${wrong.join(', ')}. Parts: ${known.join(', ')}.`);
  return { parts: parts.length > 0 ? parts : known, ...options };
}

/**
 * Runs the parts of a benchmark, and says for each target whether it is met.
 *
 * @param {string} name
 * @param {Record<string, {
 *   rounds: number,
 *   run(options: { rounds: number, bundles: () => string }): Promise<{ verdicts: readonly { line: string }[] }>,
 * }>} parts rounds: unless --rounds says otherwise; bundles: the folder that stands for dist/
 * @param {readonly string[]} words of the command line
 */
export async function runParts(name, parts, words) {
  const { parts: chosen, rounds, dist } = readOptions(Object.keys(parts), words);
  const machine = await describeMachine();
  for (const line of machineLines(machine)) console.log(line);
  const bundles = () => (dist === undefined ? privateBuild() : path.resolve(root, dist));
  const report = { at: new Date().toISOString(), machine, parts: {} };
  for (const part of chosen) {
    const { rounds: usual, run } = parts[part];
    report.parts[part] = await run({ rounds: Number(rounds ?? usual), bundles });
  }
  console.log('');
  for (const part of chosen) for (const { line } of report.parts[part].verdicts) console.log(line);
  console.log(`\nAll samples: ${writeResults(name, report)}`);
}
