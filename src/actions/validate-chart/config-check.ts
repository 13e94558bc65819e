/** With the input `config-check`: only helm-cd.yaml is looked at, but all of it, and whether what it names is there. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findCharts } from '../../charts/find-charts.js';
import { checkFiles, type FileFinding } from '../../config/check-files.js';
import { inspectConfig, type InspectedConfig } from '../../config/parse.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { code, escapeMarkdown, table } from '../../core/markdown.js';
import type { Services } from '../../core/ports.js';
import { openSchemaPacks } from '../../schemas/packs.js';
import { storeKind } from '../../stores/open-store.js';
import type { ValidateInputs } from './inputs.js';
import { plural } from './matrix.js';

const DEFAULT_FILE = 'helm-cd.yaml';

async function readText(file: string, workingDirectory: string): Promise<string> {
  try {
    return await readFile(path.resolve(workingDirectory, file), 'utf8');
  } catch (cause) {
    throw new HelmCdError('config', `There is no ${file} to check: ${messageOf(cause)}`, {
      hint: 'Input "config" is relative to working-directory.',
      cause,
    });
  }
}

/** What depends on what this version knows: chart repositories and Kubernetes versions. */
async function checkKnown({ config, source }: InspectedConfig, packageRoot: string): Promise<readonly FileFinding[]> {
  if (config === undefined || source === undefined) return [];
  const packs = openSchemaPacks(packageRoot);
  const findings: FileFinding[] = [];
  const orFinding = async (pointer: readonly string[], work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      const { message, hint } = error;
      const text = `${config.file}: ${pointer.join('.')}: ${message}`;
      findings.push({
        level: 'error',
        message: text,
        place: source.placeOf(pointer),
        ...(hint === undefined ? {} : { hint }),
      });
    }
  };
  const named = [
    ...config.environments.map((own) => ({ own, at: ['environments', own.name] })),
    ...Object.entries(config.overrides).flatMap(([chart, environments]) =>
      Object.entries(environments).map(([name, own]) => ({ own, at: ['charts', chart, 'environments', name] })),
    ),
  ];
  for (const { own, at } of named) {
    const { repository, kubernetes = [] } = own;
    if (repository !== undefined) await orFinding([...at, 'repository'], () => storeKind(repository));
    for (const [index, version] of kubernetes.entries()) {
      await orFinding([...at, 'kubernetes', String(index)], () => packs.resolve(version));
    }
  }
  return findings;
}

function summaryOf(file: string, findings: readonly FileFinding[], environments: number): string {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  const also = warnings === 0 ? '' : `, with ${plural(warnings, 'warning')}`;
  if (findings.length === 0) return `### ✅ ${code(file)} is in order: ${plural(environments, 'environment')}`;
  const rows = findings.map(({ level, place, message, hint }) => [
    level === 'error' ? '❌' : '⚠️',
    place.line === undefined ? '' : String(place.line),
    `${escapeMarkdown(message.replace(`${file}: `, ''))}${hint === undefined ? '' : `<br>${escapeMarkdown(hint)}`}`,
  ]);
  const title =
    errors === 0 ? `✅ ${code(file)} is valid${also}` : `❌ ${plural(errors, 'error')} in ${code(file)}${also}`;
  return `### ${title}\n\n${table(['', 'Line', 'What'], rows)}`;
}

const asFinding = ({ message, hint, place }: HelmCdError, file: string): FileFinding => {
  return { level: 'error', message, place: place ?? { file }, ...(hint === undefined ? {} : { hint }) };
};

function annotationOf({ level, message, hint, place }: FileFinding): Annotation {
  const sentence = hint === undefined ? message : `${message}${/[.!?…]$/.test(message) ? '' : '.'} ${hint}`;
  return { level, message: sentence, place };
}

/** Checks helm-cd.yaml and nothing else: all that is wrong is told at once. */
export async function checkConfig(inputs: ValidateInputs, services: Services): Promise<Outcome> {
  const { workingDirectory, packageRoot, log } = services;
  const file = inputs.config || DEFAULT_FILE;
  const inspected = inspectConfig(file, await readText(file, workingDirectory));
  const { config, source, problems } = inspected;
  const root = path.dirname(path.resolve(workingDirectory, file));
  const found =
    config === undefined || config.charts.length > 0
      ? []
      : (await findCharts([], { workingDirectory: root }).catch(() => [])).map(({ location }) => location);
  const findings = [
    ...problems.map((problem) => asFinding(problem, file)),
    ...(await checkKnown(inspected, packageRoot)),
    ...(config === undefined || source === undefined ? [] : await checkFiles(config, source, root, found)),
  ];
  const errors = findings.filter(({ level }) => level === 'error').length;
  const lines = findings.map(({ level, message, place }) => `${level}: line ${place.line ?? 1}: ${message}`);
  log.group(
    `${file}: ${findings.length === 0 ? 'nothing to say' : plural(findings.length, 'finding')}`,
    lines.join('\n'),
  );
  return {
    result: errors === 0 ? 'valid' : 'invalid',
    ok: errors === 0,
    ...(errors === 0 ? {} : { failure: `${plural(errors, 'error')} in ${file}` }),
    outputs: {
      errors: String(errors),
      warnings: String(findings.length - errors),
      'not-validated': '0',
      charts: '[]',
      'sarif-file': '',
      'junit-file': '',
    },
    summary: summaryOf(file, findings, config?.environments.length ?? 0),
    document: { errors, warnings: findings.length - errors, config: { file, findings } },
    annotations: findings.map(annotationOf),
  };
}
