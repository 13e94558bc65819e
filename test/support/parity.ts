/** Values of environments, compared without rendering anything. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readChartContents } from '../../src/validation/chart-contents.js';
import { checkParity, type ParityCheck, type ParityOptions } from '../../src/validation/parity/check-parity.js';
import type { PlannedCell } from '../../src/validation/plan.js';
import { writeFiles, type Files } from './charts.js';
import { temporaryFolder } from './services.js';

/** The files of an environment: those whose name has `sops` in it are secrets. */
export type Environments = Readonly<Record<string, Files>>;

/** The cells of environments whose files are in `folder`; `values` and `secrets` by their names. */
export function cellsOf(folder: string, environments: Readonly<Record<string, readonly string[]>>): PlannedCell[] {
  const version = { name: '1.36', full: '1.36.0', minor: 36 };
  return Object.entries(environments).map(([environment, names]) => {
    const files = names.map((name) => ({ absolute: path.join(folder, name), path: name }));
    const isSecret = (file: { path: string }) => file.path.includes('sops');
    const plan = {
      name: environment,
      release: 'web',
      namespace: 'default',
      values: files.filter((file) => !isSecret(file)),
      secrets: files.filter(isSecret),
      versions: [version],
      repository: '',
    } as PlannedCell['plan'];
    return { environment, kubernetes: '1.36', version, plan, valuesFiles: [] };
  });
}

/** Checks a chart whose files, and those of the environments (relative to it), are given. */
export async function compare(
  chart: Files,
  environments: Environments,
  options: Partial<ParityOptions> = {},
): Promise<ParityCheck & { readonly lines: readonly string[] }> {
  const folder = await temporaryFolder();
  try {
    await writeFiles(folder, { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n', ...chart });
    for (const files of Object.values(environments)) await writeFiles(folder, files);
    const names = Object.fromEntries(Object.entries(environments).map(([name, files]) => [name, Object.keys(files)]));
    const contents = await readChartContents(folder);
    const own = { files: contents.files.filter((file) => !file.path.startsWith('env/')) };
    const check = await checkParity(cellsOf(folder, names), own, '.', { level: 'error', ignore: [], ...options });
    return { ...check, lines: check.findings.map(lineOf) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lineOf({ place, level, rule, message }: ParityCheck['findings'][number]): string {
  return `${place.file}${place.line === undefined ? '' : `:${place.line}`} ${level} ${rule} ${message}`;
}
