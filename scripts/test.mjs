/**
 * Runs the tests, layer after layer, and ends with a table and `N passed, N failed`.
 *
 *   npm test                              everything that must never break
 *   npm test -- integration bump          of one layer, the files whose path contains "bump"
 *   npm test -- bump                      of all layers, the files whose path contains "bump"
 *   npm run test:unit                     only test/unit: needs no tool, for the inner loop
 *   npm run test:matrix                   only test/matrix: the complete race and failure matrices
 *   npm run test:deploy-matrix            of these, what becomes of a release when a deploy fails, as a table
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clearDeployMatrix, printDeployMatrix } from './lib/deploy-matrix.mjs';
import { root, run, runNode } from './lib/run.mjs';

const MINUTE = 60_000;

/**
 * In the order in which they run: the quick ones first. A layer that takes longer than its bound is stopped and has failed. The tests
 * of integration wait for servers and clusters most of the time: three at a time keep two cores busy.
 */
const LAYERS = [
  { name: 'unit', timeoutMs: 3 * MINUTE, workers: 2 },
  { name: 'contract', timeoutMs: 3 * MINUTE, workers: 2 },
  { name: 'composite', timeoutMs: 15 * MINUTE, workers: 2, needs: ['toolchain', 'dist'] },
  { name: 'integration', timeoutMs: 40 * MINUTE, workers: 3, needs: ['toolchain'] },
  { name: 'e2e', timeoutMs: 15 * MINUTE, workers: 1, needs: ['toolchain', 'dist'] },
  { name: 'matrix', timeoutMs: 45 * MINUTE, workers: 2, needs: ['toolchain', 'dist'], apart: true, mayBeEmpty: true },
];

/** What must be there before some layers run. Done once, when the first layer needs it; a failure fails that layer. */
const NEEDS = {
  toolchain: () => runNode('tools/toolchain.mjs', [], { timeoutMs: 60 * MINUTE, show: true }),
  // .ci/run has checked it already.
  dist: () =>
    process.env.HELM_CD_DIST_CHECKED === 'true'
      ? { ok: true, seconds: 0 }
      : runNode('scripts/check-dist.mjs', [], { timeoutMs: 5 * MINUTE, show: true }),
};

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function testFiles(layer, words) {
  const folder = path.join(root, 'test', layer.name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => words.length === 0 || words.some((word) => `${layer.name}/${file}`.includes(word)))
    .map((file) => path.join(folder, file));
}

/** Counts of jest's own report. A file that could not even be loaded is one failed test. */
function countsOf(reportFile) {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runLayer(layer, patterns) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-report-'));
  try {
    const report = path.join(folder, 'report.json');
    // As an argument and not by NODE_OPTIONS, which every Node that a test starts would inherit.
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const jest = [path.join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`];
    // A test that failed may have left a server that keeps the process alive; what it has to say is said by then.
    const args = [...node, ...jest, '--forceExit', `--maxWorkers=${layer.workers}`, ...patterns];
    const result = await run(process.execPath, args, { timeoutMs: layer.timeoutMs, show: true });
    const counts = countsOf(report);
    let note = '';
    if (result.timedOut) note = `stopped after ${layer.timeoutMs / MINUTE} minutes`;
    else if (!result.ok && counts.failed === 0) note = `jest ended with exit code ${result.code}`;
    if (note !== '' && counts.failed === 0) counts.failed = 1;
    return { ...counts, seconds: result.seconds, note };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ready = new Map();

/** The first need of a layer that is not met, as a sentence; nothing when all are. */
async function unmetNeed(layer) {
  for (const need of layer.needs ?? []) {
    if (!ready.has(need)) ready.set(need, (await NEEDS[need]()).ok);
    if (!ready.get(need)) return `not run: ${need} is not ready (see above)`;
  }
  return undefined;
}

const words = process.argv.slice(2);
const named = LAYERS.filter((layer) => words.includes(layer.name));
const filter = words.filter((word) => !named.some((layer) => layer.name === word));
const layers = named.length > 0 ? named : LAYERS.filter((layer) => !layer.apart);

const rows = [];
for (const layer of layers) {
  const files = testFiles(layer, filter);
  if (files.length === 0) {
    if (filter.length > 0) continue;
    if (layer.mayBeEmpty) console.log(`There are no tests in test/${layer.name} yet.`);
    else rows.push({ layer: layer.name, passed: 0, failed: 1, skipped: 0, seconds: 0, note: 'has no test' });
    continue;
  }
  console.log(`\n── ${layer.name} ${'─'.repeat(Math.max(0, 76 - layer.name.length))}`);
  const note = await unmetNeed(layer);
  const everything = [`^${escape(path.join(root, 'test', layer.name))}/`];
  const patterns = filter.length === 0 ? everything : files.map((file) => `^${escape(file)}$`);
  if (layer.name === 'matrix') clearDeployMatrix();
  const outcome =
    note === undefined ? await runLayer(layer, patterns) : { passed: 0, failed: 1, skipped: 0, seconds: 0, note };
  if (outcome.passed + outcome.failed === 0) Object.assign(outcome, { failed: 1, note: 'ran no test' });
  if (layer.name === 'matrix') printDeployMatrix();
  rows.push({ layer: layer.name, ...outcome });
}

const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
const nothingMatched = rows.length === 0 && filter.length > 0;
if (nothingMatched) console.log(`No test file's path contains ${filter.join(' or ')}.`);
if (rows.length > 0) {
  const line = (cells) =>
    `${String(cells[0]).padEnd(14)}${cells
      .slice(1, 5)
      .map((cell) => String(cell).padStart(9))
      .join('')}${cells[5] ? `  ${cells[5]}` : ''}`;
  console.log(`\n${line(['layer', 'passed', 'failed', 'skipped', 'seconds'])}`);
  for (const row of rows) {
    console.log(line([row.layer, row.passed, row.failed, row.skipped, row.seconds.toFixed(1), row.note]));
  }
}
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || nothingMatched ? 1 : 0;
