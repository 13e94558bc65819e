import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { Outcome } from '../../core/action.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { redactValue } from '../../core/redact-value.js';
import { reportHtml } from '../../core/report-html.js';
import { reportMarkdown } from '../../core/report-markdown.js';
import type { Report } from '../../core/report-model.js';
import { plural } from '../../core/report-words.js';
import { buildReport } from './build.js';
import type { Format, ReportInputs } from './inputs.js';
import { recordDeployments } from './records.js';

const FILES: Readonly<Record<Format, string>> = { markdown: 'report.md', json: 'report.json', html: 'report.html' };

/** @throws HelmCdError `file` when the folder cannot be written to. */
async function writeFiles(
  report: Report,
  { formats, outputDirectory }: ReportInputs,
  services: Services,
): Promise<Readonly<Record<Format, string>>> {
  const folder = outputDirectory === '' ? services.reports : path.resolve(services.workingDirectory, outputDirectory);
  const contents: Readonly<Record<Format, () => string>> = {
    markdown: () => reportMarkdown(report),
    json: () => `${JSON.stringify(report, null, 2)}\n`,
    html: () => reportHtml(report),
  };
  const written = { markdown: '', json: '', html: '' };
  try {
    await mkdir(folder, { recursive: true });
    for (const format of formats) {
      const file = path.join(folder, FILES[format]);
      await writeFile(file, contents[format]());
      written[format] = file;
      services.log.info(`Wrote ${file}`);
    }
  } catch (cause) {
    throw new HelmCdError('file', `The report cannot be written to ${folder}: ${messageOf(cause)}`, {
      hint: 'Check the input output-directory.',
      cause,
    });
  }
  return written;
}

/** One report, from the inputs to the outcome. */
export async function run(inputs: ReportInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const built = await buildReport(inputs, config, services);
  const notes = inputs.recordDeployments ? await recordDeployments(built, inputs, services) : [];
  const whole: Report = { ...built, notes: [...built.notes, ...notes] };
  const report = redactValue(whole, (text) => services.masks.redact(text));
  const files = await writeFiles(report, inputs, services);
  const { totals } = report;
  services.log.info(
    `${plural(totals.releases, 'release')}: ${totals.bad} in trouble, ${totals.warnings} to look at, ${totals.drifted} drifted`,
  );
  for (const note of report.notes) services.log.info(`Note: ${note}`);
  return {
    result: totals.bad + totals.warnings === 0 ? 'healthy' : 'attention',
    ok: true,
    outputs: {
      releases: String(totals.releases),
      'in-trouble': String(totals.bad),
      'report-file': files.markdown,
      'json-file': files.json,
      'html-file': files.html,
    },
    summary: reportMarkdown(report),
    document: { ...report },
    annotations:
      inputs.drift === 'true'
        ? report.notes
            .filter((note) => note.includes('Drift was not looked at'))
            .map((message) => ({ level: 'warning' as const, message }))
        : [],
  };
}
