/**
 * Runs a benchmark of bench/ and says how it went; bench/README.md tells how to read it.
 *
 *   npm run bench                              names the benchmarks there are
 *   npm run bench -- bump                      all parts of one
 *   npm run bench -- bump edit --rounds=30     one part of it, with an option (each benchmark names its own)
 *
 * The exit code says whether the benchmark could be run, not whether a target was met: that depends on the machine.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/run.mjs';

const names = readdirSync(path.join(root, 'bench')).flatMap((file) => /^([\w-]+)\.mjs$/.exec(file)?.[1] ?? []);
const [name, ...words] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.log(`Usage: npm run bench -- NAME [PART…] [--OPTION=VALUE…]. Benchmarks: ${names.join(', ')}.`);
  process.exit(name === undefined ? 0 : 2);
}
const { main } = await import(pathToFileURL(path.join(root, 'bench', `${name}.mjs`)).href);
await main(words);
