import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cutToBytes } from '../core/markdown.js';
import type { Masks } from '../core/ports.js';
import { redactValue } from '../core/redact-value.js';

/** GitHub drops a step's summary above 1 MiB without failing the step. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024 - 1024;

export interface ReportFiles {
  readonly summaryFile: string;
  readonly resultFile: string;
}

/** The folder for what must outlive the step: summaries, results, diffs, evidence. It never holds a secret. */
export function createReportFolder(action: string, runnerTemp: string | undefined): string {
  const parent = path.join(runnerTemp || os.tmpdir(), 'helm-cd-reports');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, `${action}-`));
}

/** Writes the job summary and the result file, both without any known secret. */
export function writeReport(
  folder: string,
  summary: string,
  document: Readonly<Record<string, unknown>>,
  masks: Masks,
  stepSummaryFile: string | undefined,
): ReportFiles {
  const summaryFile = path.join(folder, 'summary.md');
  const resultFile = path.join(folder, 'result.json');
  const text = cutToBytes(
    `${masks.redact(summary).trimEnd()}\n`,
    SUMMARY_LIMIT_BYTES,
    '_The rest was cut: a job summary holds at most 1 MiB. The result file has all of it._\n',
  );
  writeFileSync(summaryFile, text);
  writeFileSync(
    resultFile,
    `${JSON.stringify(
      redactValue(document, (part) => masks.redact(part)),
      null,
      2,
    )}\n`,
  );
  if (stepSummaryFile !== undefined && stepSummaryFile !== '') appendFileSync(stepSummaryFile, `${text}\n`);
  return { summaryFile, resultFile };
}
