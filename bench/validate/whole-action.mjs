import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/run.mjs';
import { measure } from '../lib/resources.mjs';

/**
 * validate-chart on one chart, as its action.yml starts it but without a step around it: what it uses is to be measured.
 * @returns {() => Promise<Awaited<ReturnType<typeof measure>> & { node?: number }>} node: the peak of the action's own
 *   process, helm not included
 */
export function wholeAction(folder, dist, { chart, version }) {
  const installation = mkdtempSync(path.join(folder, 'installation-'));
  for (const name of ['schema', 'package.json']) symlinkSync(path.join(root, name), path.join(installation, name));
  symlinkSync(dist, path.join(installation, 'dist'));
  return async () => {
    const temp = mkdtempSync(path.join(folder, 'run-'));
    const output = path.join(temp, 'output');
    const summary = path.join(temp, 'summary');
    for (const file of [output, summary]) writeFileSync(file, '');
    const env = {
      PATH: process.env.PATH,
      HOME: temp,
      RUNNER_TEMP: temp,
      GITHUB_WORKSPACE: path.dirname(chart),
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      INPUT_CHARTS: path.basename(chart),
      'INPUT_KUBERNETES-VERSIONS': version,
    };
    const args = ['-c', 'exec "$0" "$@"', process.execPath, path.join(installation, 'dist/index.js'), 'validate-chart'];
    const result = await measure('bash', args, { env, memory: true });
    return { ...result, node: result.peaks.node };
  };
}
