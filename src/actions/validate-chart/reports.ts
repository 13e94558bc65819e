import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { toJunit } from '../../core/junit.js';
import type { Services } from '../../core/ports.js';
import { record } from '../../core/release-manifest.js';
import { toSarif } from '../../core/sarif.js';
import type { ValidateInputs } from './inputs.js';
import { findingsOf, type Report } from './summary.js';

/** Absolute paths of the reports that were written; empty for those that were not asked for. */
export interface ReportFiles {
  readonly sarif: string;
  readonly junit: string;
}

async function write(
  name: string,
  input: string,
  text: string,
  { workingDirectory, masks }: Services,
): Promise<string> {
  if (name === '') return '';
  const file = path.resolve(workingDirectory, name);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, masks.redact(text));
  } catch (cause) {
    throw new HelmCdError(
      'file',
      `Input "${input}" names a file that cannot be written: ${name}: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  return file;
}

async function ownVersion(packageRoot: string): Promise<string> {
  const manifest = record(JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8')));
  return String(manifest['version']);
}

/** Files of findings are relative to the working directory; code scanning wants them relative to the repository. */
function rootOf({ workingDirectory, environment }: Services): string {
  const workspace = environment['GITHUB_WORKSPACE'] ?? '';
  const relative = workspace === '' ? '' : path.relative(workspace, workingDirectory);
  return relative.startsWith('..') || path.isAbsolute(relative) ? '' : relative.split(path.sep).join('/');
}

/**
 * Writes the reports that were asked for.
 * @throws HelmCdError `file` when one cannot be written.
 */
export async function writeReports(report: Report, inputs: ValidateInputs, services: Services): Promise<ReportFiles> {
  const sarif = toSarif(findingsOf(report), {
    version: await ownVersion(services.packageRoot),
    root: rootOf(services),
    cells: new Map(report.charts.map((chart) => [chart.chart.path, chart.cells.length])),
  });
  const junit = toJunit(report.charts.map((chart) => ({ ...chart, path: chart.chart.path })));
  return {
    sarif: await write(inputs.sarifFile, 'sarif-file', `${JSON.stringify(sarif, null, 2)}\n`, services),
    junit: await write(inputs.junitFile, 'junit-file', junit, services),
  };
}
