import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeSamples } from '../lib/measure.mjs';
import { table } from '../lib/report.mjs';
import { makeIndex } from './indexes.mjs';
import { checkIndex, folderRepository, ourSide, writeChart } from './sides.mjs';

const SIZES = [1000, 2000, 5000, 10_000, 20_000];
/** What a run takes with next to nothing in the index. */
const NEXT_TO_NOTHING = 1;
/** A little more than linear is noise. */
const LARGEST_EXPONENT = 1.1;

/** The slope of a straight line through the points' logarithms, by least squares. */
function exponentOf(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return over / logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** How the CPU time of the whole action grows with the number of versions of one chart. */
export async function benchGrowth({ rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const action = ourSide(folder, bundles());
  const samples = {};
  const verdicts = [];
  try {
    for (const style of ['yaml', 'json']) {
      const measured = new Map();
      const indexes = new Map(
        [NEXT_TO_NOTHING, ...SIZES].map((versions) => [versions, makeIndex({ charts: 1, versions, style })]),
      );
      const chart = writeChart(folder, 'shop');
      // All sizes in turn: whatever else the machine does meets them alike.
      for (let round = 0; round < rounds; round++) {
        for (const [versions, { text }] of indexes) {
          const repository = folderRepository(folder, text);
          const run = await action(chart, repository.url);
          checkIndex(repository.index(), { name: 'shop', style, before: text, charts: 1 });
          repository.remove();
          measured.set(versions, [...(measured.get(versions) ?? []), run]);
        }
      }
      const cpu = (versions) => describeSamples(measured.get(versions).map((run) => run.cpu)).fastest;
      const wall = (versions) => describeSamples(measured.get(versions).map((run) => run.milliseconds)).median;
      const start = cpu(NEXT_TO_NOTHING);
      const rows = [['versions', 'median ms', 'CPU ms', 'more than with one', 'each, µs']];
      for (const versions of SIZES) {
        const more = cpu(versions) - start;
        rows.push([
          versions,
          wall(versions).toFixed(0),
          cpu(versions).toFixed(0),
          more.toFixed(0),
          ((more / versions) * 1000).toFixed(0),
        ]);
      }
      const exponent = exponentOf(SIZES.map((versions) => [versions, Math.max(1, cpu(versions) - start)]));
      console.log(
        `\nGrowth with the versions of one chart, index as ${style}; with one version ${start.toFixed(0)} ms of CPU time`,
      );
      for (const line of table(rows)) console.log(line);
      const met = exponent <= LARGEST_EXPONENT;
      samples[style] = { start, exponent, runs: Object.fromEntries(measured) };
      const line = `${met ? 'met    ' : 'NOT met'}  growth, ${style}: versions to the power of ${exponent.toFixed(2)}, target ≤ ${LARGEST_EXPONENT}`;
      verdicts.push({ what: 'growth', style, exponent, met, line });
    }
    return { samples, verdicts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
