import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { toJunit, type JunitChart } from '../../core/junit.js';
import type { Services } from '../../core/ports.js';
import { redactValue } from '../../core/redact-value.js';
import { record } from '../../core/release-manifest.js';
import { toSarif, type SarifRevision } from '../../core/sarif.js';
import type { ChartReport } from '../../validation/check-chart.js';
import type { ValidateInputs } from './inputs.js';
import type { Report } from './summary.js';

/** Absolute paths of the reports that were written; empty for those that were not asked for. */
export interface ReportFiles {
  readonly sarif: string;
  readonly junit: string;
}

async function write(name: string, input: string, text: string, { workingDirectory }: Services): Promise<string> {
  if (name === '') return '';
  const file = path.resolve(workingDirectory, name);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
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
export function rootOf({ workingDirectory, environment }: Services): string {
  const workspace = environment['GITHUB_WORKSPACE'] ?? '';
  const relative = workspace === '' ? '' : path.relative(workspace, workingDirectory);
  return relative.startsWith('..') || path.isAbsolute(relative) ? '' : relative.split(path.sep).join('/');
}

/** The commit that was checked out, when the job is one of GitHub's. */
function revisionOf({ context }: Services): SarifRevision | undefined {
  const { serverUrl, repository, sha, refName } = context;
  if (repository === '' || sha === '') return undefined;
  return { repository: `${serverUrl}/${repository}`, commit: sha, branch: refName };
}

/**
 * Writes the reports that were asked for.
 * @throws HelmCdError `file` when one cannot be written.
 */
export async function writeReports(report: Report, inputs: ValidateInputs, services: Services): Promise<ReportFiles> {
  // Before they are made: afterwards a secret that looks like markup would break them.
  const { charts } = redactValue({ charts: report.charts.map(reportedOf) }, (text) => services.masks.redact(text));
  const files = { sarif: '', junit: '' };
  if (inputs.sarifFile !== '') {
    const revision = revisionOf(services);
    const sarif = toSarif(
      charts.flatMap((chart) => chart.findings),
      {
        version: await ownVersion(services.packageRoot),
        root: rootOf(services),
        cells: new Map(charts.map((chart) => [chart.path, chart.cells])),
        ...(revision === undefined ? {} : { revision }),
      },
    );
    files.sarif = await write(inputs.sarifFile, 'sarif-file', `${JSON.stringify(sarif, null, 2)}\n`, services);
  }
  if (inputs.junitFile !== '') files.junit = await write(inputs.junitFile, 'junit-file', toJunit(charts), services);
  return files;
}

function reportedOf({ name, chart, cells, findings }: ChartReport): JunitChart {
  return {
    name,
    path: chart.path,
    cells: cells.map(({ environment, kubernetes }) => ({ environment, kubernetes })),
    findings,
  };
}
