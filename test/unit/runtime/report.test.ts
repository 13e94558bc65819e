import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Masks } from '../../../src/core/ports.js';
import { createReportFolder, writeReport } from '../../../src/runtime/report.js';
import { temporaryFolder } from '../../support/services.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const masks: Masks = {
  add: () => undefined,
  redact: (text) => text.replaceAll('true', '***').replaceAll('hunter22', '***'),
};

describe('the report', () => {
  it('is a summary for people and a document for programs, in a folder of its own', async () => {
    const reports = createReportFolder('deploy-chart', folder);
    const stepSummary = path.join(folder, 'step-summary.md');
    const files = writeReport(reports, '### Done\n\n', { result: 'deployed', revision: 3 }, masks, stepSummary);
    expect(path.dirname(files.summaryFile)).toBe(reports);
    expect(await readFile(files.summaryFile, 'utf8')).toBe('### Done\n');
    expect(JSON.parse(await readFile(files.resultFile, 'utf8'))).toEqual({ result: 'deployed', revision: 3 });
    // A step may write several summaries: the next begins on a line of its own.
    expect(await readFile(stepSummary, 'utf8')).toBe('### Done\n\n');
    expect(createReportFolder('deploy-chart', folder)).not.toBe(reports);
  });

  it('holds no secret, and stays JSON even when a secret looks like JSON', async () => {
    const reports = createReportFolder('deploy-chart', folder);
    const document = { ok: true, list: ['a hunter22', { hunter22: 'true', none: null }] };
    const { summaryFile, resultFile } = writeReport(reports, 'is hunter22', document, masks, undefined);
    expect(await readFile(summaryFile, 'utf8')).toBe('is ***\n');
    expect(JSON.parse(await readFile(resultFile, 'utf8'))).toEqual({
      ok: true,
      list: ['a ***', { '***': '***', none: null }],
    });
  });

  it('stays below what GitHub accepts, and says that something was cut', async () => {
    const reports = createReportFolder('deploy-chart', folder);
    const line = `${'ä'.repeat(100)}\n`;
    const stepSummary = path.join(folder, 'long-summary.md');
    const { summaryFile } = writeReport(reports, line.repeat(10_000), {}, masks, stepSummary);
    expect((await stat(stepSummary)).size).toBeLessThan(1024 * 1024);
    const text = await readFile(summaryFile, 'utf8');
    expect(
      text
        .split('\n\n')[0]
        ?.split('\n')
        .every((part) => `${part}\n` === line),
    ).toBe(true);
    expect(text).toMatch(
      /\n\n_The rest was cut: a job summary holds at most 1 MiB\. The result file has all of it\._\n$/,
    );
  });
});
