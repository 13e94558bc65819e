/** What a person has to press, or to type, for the chart to go on. */
import { code, codeBlock } from '../../core/markdown.js';
import type { Services } from '../../core/ports.js';
import { chartEntries } from './published.js';
import type { Report } from './report.js';
import { record } from '../../core/release-manifest.js';

const quote = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

export interface NextCommand {
  readonly chart: string;
  /** For a shell. */
  readonly command: string;
}

/** The deploys that wait for a person: one command a chart. */
export function nextCommands(report: Report, { context }: Pick<Services, 'context'>): readonly NextCommand[] {
  const { inputs, steps, situation } = report;
  const { environment } = situation;
  if (environment === undefined || inputs.dryRun || situation.mode === 'check') return [];
  if (steps.some(({ state }) => state === 'failed' || state === 'cancelled')) return [];
  const waiting = new Set(steps.flatMap(({ name, chart }) => (name === 'plan' ? [chart] : [])));
  return chartEntries(steps).flatMap((entry) => {
    const chart = textOf(entry['name']);
    const deploy = record(entry['deploy']);
    if (!waiting.has(chart) || deploy['result'] === 'unchanged') return [];
    const fields: readonly [string, string][] = [
      ['environment', environment.name],
      ['chart', chart],
      ['version', textOf(entry['version'])],
      ['chart-digest', textOf(entry['digest'])],
      ['plan-digest', textOf(deploy['plan-digest'])],
    ];
    const given = fields.filter(([, value]) => value !== '').map(([name, value]) => `-f ${name}=${quote(value)}`);
    const repository = context.repository === '' ? '' : ` --repo ${context.repository}`;
    const ref = context.refName === '' ? '' : ` --ref ${quote(context.refName)}`;
    return [{ chart, command: `gh workflow run ${inputs.deployWorkflow}${repository}${ref} ${given.join(' ')}` }];
  });
}

/** The same for people. */
export function nextParagraphs(report: Report, services: Pick<Services, 'context'>): readonly string[] {
  const commands = nextCommands(report, services);
  if (commands.length === 0) return [];
  const { repository, serverUrl } = services.context;
  const { deployWorkflow } = report.inputs;
  const page = `${serverUrl}/${repository}/actions/workflows/${deployWorkflow}`;
  const button = repository === '' ? '' : `Press **Run workflow** on [${deployWorkflow}](${page}), or type:`;
  return [
    `#### To deploy to ${code(report.situation.environment?.name ?? '')}`,
    `Nothing was deployed: that is for a person to say. ${button}`.trim(),
    codeBlock(commands.map(({ command }) => command).join('\n'), 'sh'),
  ];
}
