/**
 * Checks that dist/ is, byte for byte, what the sources give, and that each of its programs starts.
 *
 *   node scripts/check-dist.mjs
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BUNDLES, build } from './build.mjs';
import { root, run } from './lib/run.mjs';

const filesOf = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    : [];

/** Sentences on how two folders differ; empty when all bytes are the same. */
function differences(committed, fresh) {
  const names = [...new Set([...filesOf(committed), ...filesOf(fresh)])].sort();
  return names.flatMap((name) => {
    const [a, b] = [path.join(committed, name), path.join(fresh, name)];
    if (!existsSync(a)) return [`dist/${name} is missing`];
    if (!existsSync(b)) return [`dist/${name} is not made by the build`];
    const [before, after] = [readFileSync(a), readFileSync(b)];
    if (before.equals(after)) return [];
    return [`dist/${name} differs: ${before.length} bytes are committed, the build gives ${after.length}`];
  });
}

/** A program of dist/ that does not start, as a sentence. */
async function startProblems({ name }) {
  const file = path.join(root, 'dist', `${name}.js`);
  if (name === 'index') {
    const result = await run(process.execPath, [file, 'no-such-action'], { timeoutMs: 30_000 });
    const refused = result.code === 1 && result.output.includes('::error::There is no action "no-such-action"');
    return refused ? [] : [`dist/index.js: an unknown action gave exit code ${result.code}:\n${result.output}`];
  }
  const loaded = `await import(${JSON.stringify(pathToFileURL(file).href)})`;
  // Its exports load one action each, and only then run what that action imports.
  const script = name === 'actions' ? `for (const load of Object.values(${loaded})) await load()` : loaded;
  const result = await run(process.execPath, ['--input-type=module', '-e', script], { timeoutMs: 30_000 });
  return result.ok ? [] : [`dist/${name}.js cannot be imported (exit code ${result.code}):\n${result.output}`];
}

/** @returns {Promise<string[]>} what is wrong with dist/, one sentence each */
export async function checkDist() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-dist-'));
  try {
    const target = path.join(folder, 'dist');
    try {
      build(target);
    } catch (error) {
      return [`The build failed: ${error.message}`];
    }
    const problems = differences(path.join(root, 'dist'), target);
    if (problems.length > 0) problems.push('Run "npm run build" and commit dist/.');
    for (const bundle of BUNDLES) problems.push(...(await startProblems(bundle)));
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await checkDist();
  for (const problem of problems) console.log(problem);
  if (problems.length === 0)
    console.log(`dist/ is what the sources give, and ${BUNDLES.length} program(s) of it start`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
