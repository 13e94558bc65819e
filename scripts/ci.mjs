/**
 * What .ci/run does once the packages are there: all checks, then all tests. Everything runs, whatever failed before.
 *
 *   bash .ci/run
 */
import { runNode } from './lib/run.mjs';

const MINUTE = 60_000;

/** `counts`: the phase's own last line says how many; without it a phase is one check. */
const PHASES = [
  // actionlint may have to be built.
  { name: 'lint and format', file: 'scripts/lint.mjs', args: [], timeoutMs: 20 * MINUTE },
  { name: 'typecheck', file: 'node_modules/typescript/bin/tsc', args: ['--noEmit'], timeoutMs: 5 * MINUTE },
  { name: 'dist', file: 'scripts/check-dist.mjs', args: [], timeoutMs: 8 * MINUTE },
  // The whole toolchain may have to be built.
  { name: 'test', file: 'scripts/test.mjs', args: [], timeoutMs: 110 * MINUTE, counts: true },
  // Without the restarts of the API server, whose cluster is in disorder for longer than a test should wait for.
  {
    name: 'test:matrix',
    file: 'scripts/test.mjs',
    args: ['matrix', 'causes', 'interruptions'],
    timeoutMs: 60 * MINUTE,
    counts: true,
  },
];

function countsOf(phase, result) {
  const line = phase.counts
    ? result.output.match(/^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$/gm)?.at(-1)
    : undefined;
  if (line === undefined) return result.ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const [passed, failed] = line.match(/\d+/g).map(Number);
  return { passed, failed: failed === 0 && !result.ok ? 1 : failed };
}

const rows = [];
const env = {};
for (const phase of PHASES) {
  console.log(`\n── ${phase.name}`);
  const result = await runNode(phase.file, phase.args, { timeoutMs: phase.timeoutMs, tee: true, env });
  if (result.timedOut) console.log(`${phase.name} was stopped after ${phase.timeoutMs / MINUTE} minutes.`);
  if (phase.name === 'dist' && result.ok) env.HELM_CD_DIST_CHECKED = 'true';
  rows.push({ phase: phase.name, ...countsOf(phase, result), seconds: result.seconds });
}

console.log('\n── summary');
for (const { phase, passed, failed, seconds } of rows) {
  const time = `${seconds.toFixed(1)} s`.padStart(10);
  console.log(`${failed === 0 ? '✔' : '✘'} ${phase.padEnd(18)}${time}  ${passed} passed, ${failed} failed`);
}
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
