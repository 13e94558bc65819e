/**
 * Checks a helm-cd.yaml and whether what it names is there; all that is wrong is told at once, with its line.
 *
 *   npm run config-check                        helm-cd.yaml of the current folder
 *   npm run config-check -- path/helm-cd.yaml
 *
 * It is validate-chart with config-check: true; in a workflow use that.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './lib/run.mjs';

// npm runs scripts in the project's folder; where it was called it says itself.
const folder = process.env['INIT_CWD'] ?? process.cwd();
const file = path.resolve(folder, process.argv[2] ?? 'helm-cd.yaml');
const temp = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-config-check-'));
try {
  const output = path.join(temp, 'summary.md');
  const bundle = path.join(root, process.env['HELM_CD_TEST_DIST'] ?? 'dist', 'index.js');
  const { status } = spawnSync(process.execPath, [bundle, 'validate-chart'], {
    cwd: path.dirname(file),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      RUNNER_TEMP: temp,
      GITHUB_WORKSPACE: path.dirname(file),
      GITHUB_OUTPUT: path.join(temp, 'output'),
      GITHUB_STEP_SUMMARY: output,
      'INPUT_CONFIG-CHECK': 'true',
      INPUT_CONFIG: path.basename(file),
    },
  });
  const result = /result-file<<(\S+)\n(.*)\n\1/.exec(readFileSync(path.join(temp, 'output'), 'utf8'))?.[2] ?? '';
  const document = JSON.parse(readFileSync(result, 'utf8'));
  if (document.error !== undefined) console.log(document.error.message);
  for (const { level, message, hint, place } of document.config?.findings ?? []) {
    const text = message.replace(`${path.basename(file)}: `, '');
    console.log(
      `${path.relative(folder, file)}:${place.line ?? 1}: ${level}: ${text}${hint === undefined ? '' : `\n    ${hint}`}`,
    );
  }
  if (document.result === 'valid') console.log(`${path.relative(folder, file)} is valid`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(temp, { recursive: true, force: true });
}
