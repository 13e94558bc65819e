import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib/run.mjs';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { alternate, describeSamples, ratios } from '../lib/measure.mjs';
import { comparisonRows, milliseconds, table, verdict } from '../lib/report.mjs';
import { measure } from '../lib/resources.mjs';
import { actionStep } from '../lib/step.mjs';
import { writeReleases } from './records.mjs';

const BIN = path.join(root, '.toolchain/bin');
const SCRIPT = fileURLToPath(new URL('helm.sh', import.meta.url));
const OURS = 'report-releases';
const PEER = 'helm list, helm get all';
/** helm takes long, and the machine may be busy. */
const TIMEOUT_MS = 1_500_000;

/** The API without credentials, for as long as the releases are written. */
async function withProxy(kubeconfig, work) {
  const child = spawn(path.join(BIN, 'kubectl'), ['proxy', '--port=0', `--kubeconfig=${kubeconfig}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const api = await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error('kubectl proxy ended')));
      child.stdout.on('data', (chunk) => {
        const [, port] = /127\.0\.0\.1:(\d+)/.exec(chunk.toString()) ?? [];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    });
    await work(api);
  } finally {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
  }
}

/**
 * Both sides read the same releases. Ours also lists the workloads and pods of the cluster, and writes three reports.
 *
 * @param {string} title
 * @param {{ releases: number, revisions: number, target: number, rounds: number, bundles: () => string }} options target:
 *   ours may take so many times as long as helm
 */
export async function benchReport(title, { releases, revisions, target, rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const name = `bench-report-${process.pid}`;
  try {
    const dist = bundles();
    const kubeconfig = path.join(folder, 'kubeconfig');
    await clusterUp({ name, kubeconfig });
    console.log(`\n${title}: writing ${releases * revisions} records…`);
    await withProxy(kubeconfig, (api) => writeReleases(api, { releases, revisions }));
    const env = { PATH: `${BIN}${path.delimiter}${process.env.PATH}`, KUBECONFIG: kubeconfig };
    const check = (output) => {
      if (output('releases') !== String(releases)) throw new Error(`${output('releases')} releases were reported`);
      const report = JSON.parse(readFileSync(output('json-file'), 'utf8'));
      if (
        report.releases.some(({ chart, revision }) => chart.version !== `1.0.${revisions}` || revision !== revisions)
      ) {
        throw new Error('a release is not as it was written');
      }
    };
    const used = { [OURS]: [], [PEER]: [] };
    const ours = actionStep(folder, dist, OURS, { check, resources: true });
    const inputs = { drift: 'false', images: 'false' };
    const results = await alternate(
      {
        [OURS]: async () => {
          const own = {};
          const time = await ours(inputs, env, own);
          used[OURS].push(own);
          return time;
        },
        [PEER]: async () => {
          const started = performance.now();
          const { output, cpu, peaks } = await measure('bash', ['-e', '-o', 'pipefail', SCRIPT], {
            env: { ...env, HOME: folder },
            memory: true,
            timeoutMs: TIMEOUT_MS,
          });
          if (!output.includes(`${releases} releases`)) throw new Error(`helm said: ${output}`);
          used[PEER].push({ cpu, peaks });
          return performance.now() - started;
        },
      },
      { rounds, warmUp: 0 },
    );
    const ratio = ratios(results[OURS], results[PEER]);
    const rows = comparisonRows(results, (side) => (side === OURS ? ratio : undefined));
    const resources = Object.entries(used).map(([side, runs]) => {
      const peak = (program) => Math.round(Math.max(...runs.map(({ peaks }) => peaks[program] ?? 0)) / 1e6);
      return [
        side,
        milliseconds(describeSamples(runs.map(({ cpu }) => cpu)).median),
        `node ${peak('node')} MB, helm ${peak('helm')} MB, kubectl ${peak('kubectl')} MB`,
      ];
    });
    for (const line of table(rows)) console.log(`  ${line}`);
    for (const line of table([['', 'CPU ms', 'memory at its highest'], ...resources])) console.log(`  ${line}`);
    return { results, used, verdicts: [verdict(`${title}: ${OURS} against ${PEER}`, ratio, target)] };
  } finally {
    await clusterDown({ name });
    rmSync(folder, { recursive: true, force: true });
  }
}
