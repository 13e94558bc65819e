import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { wholeAction } from './whole-action.mjs';
import { VERSIONS, writeBigRender } from './charts.mjs';
import { preparePeers } from './peers.mjs';

const RENDERED_BYTES = 50_000_000;
const LIMIT_BYTES = 600_000_000;

/** The peak of resident memory on a render of 50 MB, all that the action does included. */
export async function benchMemory({ rounds, bundles }) {
  const { helm } = await preparePeers();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  try {
    const action = wholeAction(folder, bundles(), {
      chart: writeBigRender(folder, RENDERED_BYTES),
      version: VERSIONS.at(-1),
    });
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      const { milliseconds, cpu, peaks, together, node } = await action();
      runs.push({ milliseconds, cpu, peaks, together, node });
    }
    const what = `the action’s peak of memory on a render of ${RENDERED_BYTES / 1e6} MB`;
    if (runs.some(({ node }) => node === undefined)) {
      return { runs, verdicts: [{ what, line: `        ${what}: cannot be measured on this system` }] };
    }
    const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
    const peak = Math.max(...runs.map(({ node }) => node));
    console.log(`\nA render of ${RENDERED_BYTES / 1e6} MB, helm ${helm}: resident memory at its highest`);
    for (const { node, peaks, together, milliseconds } of runs) {
      console.log(
        `the action ${megabytes(node)}, helm ${megabytes(peaks.helm ?? 0)}, all processes at one time ${megabytes(together)}; ${(milliseconds / 1000).toFixed(1)} s`,
      );
    }
    const met = peak < LIMIT_BYTES;
    const line = `${met ? 'met    ' : 'NOT met'}  ${what}: ${megabytes(peak)}, target < ${megabytes(LIMIT_BYTES)}`;
    return { runs, verdicts: [{ what, peak, target: LIMIT_BYTES, met, line }] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
