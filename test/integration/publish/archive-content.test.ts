import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { readChartFolder } from '../../../src/charts/chart-files.js';
import { compareCharts } from '../../../src/charts/compare-charts.js';
import { packChart } from '../../../src/charts/pack.js';
import { unpackChart } from '../../../src/charts/unpack.js';
import { archiveName } from '../../../src/core/packed-chart.js';
import { generatedCharts, writeGenerated, type GeneratedChart } from '../../support/generated-charts.js';
import { projectRoot, temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(240_000);
const run = promisify(execFile);
const HELMS = ['helm', 'helm3'];
const CORPUS = path.join(projectRoot, '../shared/corpus');

let work: string;

beforeAll(async () => {
  work = await temporaryFolder();
});

afterAll(() => rm(work, { recursive: true, force: true }));

const call = (helm: string, ...args: string[]) =>
  run(path.join(toolchainBin, helm), args, { maxBuffer: 64 * 1024 * 1024 });

const pack = async (folder: string) => packChart(await readChartFolder(folder), path.basename(folder));

/** Whatever a checkout may do to files: other times, other modes. */
async function touch(folder: string, mode: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    await chmod(file, mode);
    await utimes(file, 1_000_000 + mode, 1_000_000 + mode);
  }
}

async function inFolder<Result>(chart: GeneratedChart, work_: (folder: string) => Promise<Result>): Promise<Result> {
  const place = await mkdtemp(path.join(work, 'chart-'));
  const folder = path.join(place, chart.name);
  await writeGenerated(folder, chart);
  try {
    return await work_(folder);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

describe('an archive', () => {
  it('is the same whatever the order, times and modes of the files, and when its content is packed again', async () => {
    await fc.assert(
      fc.asyncProperty(generatedCharts, (chart) =>
        inFolder(chart, async (folder) => {
          const first = await pack(folder);
          await touch(folder, 0o600);
          const other = path.join(path.dirname(folder), 'other', chart.name);
          await writeGenerated(other, chart, true);
          expect((await pack(folder)).digest).toBe(first.digest);
          expect((await pack(other)).digest).toBe(first.digest);
          const again = await packChart(await unpackChart(first.bytes, 'again'), 'again');
          expect(again.digest).toBe(first.digest);
          expect(again.metadata).toEqual(first.metadata);
        }),
      ),
      { numRuns: 25 },
    );
  });

  it.each(HELMS)('holds what %s package puts in, and is taken by lint, show and template', async (helm) => {
    await fc.assert(
      fc.asyncProperty(generatedCharts, (chart) =>
        inFolder(chart, async (folder) => {
          const { bytes, metadata } = await pack(folder);
          const ours = path.join(path.dirname(folder), archiveName(metadata));
          await writeFile(ours, bytes);
          const made = path.join(path.dirname(folder), 'made');
          await mkdir(made);
          await call(helm, 'package', folder, '--destination', made);
          const theirs = await readFile(path.join(made, archiveName(metadata)));
          const difference = compareCharts(await unpackChart(theirs, 'theirs'), await unpackChart(bytes, 'ours'));
          expect(difference).toEqual({ changed: [], added: [], removed: [] });
          const [own, other] = [ours, path.join(made, archiveName(metadata))];
          expect((await call(helm, 'template', own)).stdout).toBe((await call(helm, 'template', other)).stdout);
          expect((await call(helm, 'show', 'all', own)).stdout).toBe((await call(helm, 'show', 'all', other)).stdout);
          await call(helm, 'lint', own);
        }),
      ),
      { numRuns: 6 },
    );
  });

  it.each(HELMS)('of charts that people use holds what %s package puts in', async (helm) => {
    const folders = (await readdir(CORPUS, { recursive: true }).catch(() => []))
      .filter((file) => path.basename(file) === 'Chart.yaml' && !file.includes('/charts/'))
      .map((file) => path.join(CORPUS, path.dirname(file)));
    // The corpus is not part of the project; the example chart is.
    for (const folder of [...folders, path.join(projectRoot, 'examples/shop/charts/common')]) {
      const packed = await pack(folder).catch((error: unknown) => String(error));
      const made = await mkdtemp(path.join(work, 'made-'));
      const theirs = await call(helm, 'package', folder, '--destination', made).catch(() => undefined);
      if (theirs === undefined || typeof packed === 'string') {
        expect([folder, theirs === undefined, typeof packed]).toEqual([folder, true, 'string']);
        continue;
      }
      const [file = ''] = await readdir(made);
      const before = await unpackChart(await readFile(path.join(made, file)), file);
      const difference = compareCharts(before, await unpackChart(packed.bytes, 'ours'));
      expect([folder, difference]).toEqual([folder, { changed: [], added: [], removed: [] }]);
    }
  });
});
