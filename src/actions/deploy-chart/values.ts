/** The values a chart is deployed with: files, secrets and single values, in the order in which the later wins. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { textOf } from '../../charts/chart-files.js';
import { HelmCdError } from '../../core/errors.js';
import { planSetValues } from '../../core/helm-set.js';
import type { Services } from '../../core/ports.js';
import { isEncrypted, type Leaf } from '../../core/secret-values.js';
import { decryptValues } from '../../release/sops.js';
import type { DeployInputs } from './inputs.js';
import type { ResolvedChart } from './resolve.js';
import type { DeployTarget } from './target.js';

export interface DeployValues {
  /** Absolute paths for `--values`, in order. */
  readonly files: readonly string[];
  readonly setArgs: readonly string[];
  /** `key=path`. */
  readonly setFiles: readonly string[];
  /** What SOPS kept secret. */
  readonly secrets: readonly Leaf[];
  /** As the user named them, for people. */
  readonly names: readonly string[];
}

interface NamedFile {
  readonly name: string;
  readonly file: string;
}

async function readable(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/**
 * A file that helm-cd.yaml names: relative to the chart's folder in the checkout, else in the chart's archive, which
 * carries it where the chart is deployed without a checkout.
 */
async function configuredFile(
  name: string,
  target: DeployTarget,
  chart: ResolvedChart,
  services: Services,
): Promise<NamedFile> {
  const folder =
    target.chart !== undefined
      ? path.resolve(target.configFolder, target.chart.path)
      : target.origin.kind === 'folder'
        ? target.origin.location
        : target.configFolder;
  const file = path.resolve(folder, name);
  if ((await readable(file)) !== undefined) return { name, file };
  const packed = chart.files.find((entry) => entry.path === path.posix.normalize(name));
  if (packed !== undefined) {
    const copy = path.join(services.temp, `values-${name.replace(/[^A-Za-z0-9.]+/g, '-')}`);
    await writeFile(copy, textOf(packed), { mode: 0o600 });
    return { name, file: copy };
  }
  throw new HelmCdError(
    'file',
    `The values file ${name} of environment ${target.environment?.name ?? ''} is missing.`,
    {
      hint: `It is neither in ${path.relative(services.workingDirectory, folder) || '.'} nor in the archive of ${chart.name} ${chart.version}.`,
    },
  );
}

async function givenFile(name: string, input: string, services: Services): Promise<NamedFile> {
  const file = path.resolve(services.workingDirectory, name);
  if ((await readable(file)) !== undefined) return { name, file };
  throw new HelmCdError('file', `Input "${input}" names a file that cannot be read: ${name}`, {
    hint: 'The path is relative to working-directory.',
  });
}

async function refuseEncrypted({ name, file }: NamedFile): Promise<void> {
  if (!isEncrypted(await readable(file))) return;
  throw new HelmCdError('refused', `The values file ${name} is encrypted with SOPS, but it is listed under values.`, {
    hint: 'List it under secrets: as it is, the ciphertext would be deployed in place of the secrets.',
    place: { file: name },
  });
}

function checkSetFile(assignment: string, services: Services): string {
  const separator = assignment.indexOf('=');
  if (separator < 1) {
    throw new HelmCdError('input', `Input "set-file" is not of the form key=path: "${assignment}"`);
  }
  const file = path.resolve(services.workingDirectory, assignment.slice(separator + 1));
  // helm would take a comma for the end of the assignment.
  return `${assignment.slice(0, separator)}=${file.replace(/[,\\]/g, '\\$&')}`;
}

/**
 * Collects the values: the environment's files, the environment's secrets, then the inputs `values`, `secrets`, `set`,
 * `set-string` and `set-file`.
 */
export async function collectValues(
  inputs: DeployInputs,
  target: DeployTarget,
  chart: ResolvedChart,
  services: Services,
): Promise<DeployValues> {
  const { environment } = target;
  const files: string[] = [];
  const names: string[] = [];
  const secrets: Leaf[] = [];
  const addPlain = async (file: NamedFile) => {
    await refuseEncrypted(file);
    files.push(file.file);
    names.push(file.name);
  };
  const addSecret = async (file: NamedFile) => {
    const decrypted = await decryptValues(file.name, file.file, inputs.sopsAgeKey, services, files.length);
    files.push(decrypted.file);
    names.push(file.name);
    secrets.push(...decrypted.leaves);
  };
  for (const name of environment?.values ?? []) await addPlain(await configuredFile(name, target, chart, services));
  for (const name of environment?.secrets ?? []) await addSecret(await configuredFile(name, target, chart, services));
  for (const name of inputs.values) await addPlain(await givenFile(name, 'values', services));
  for (const name of inputs.secrets) await addSecret(await givenFile(name, 'secrets', services));

  const { overlay, args } = planSetValues(inputs.set, inputs.setString);
  if (Object.keys(overlay).length > 0) {
    const file = path.join(services.temp, 'set-values.json');
    await writeFile(file, JSON.stringify(overlay), { mode: 0o600 });
    files.push(file);
  }
  const setFiles = inputs.setFile.map((assignment) => checkSetFile(assignment, services));
  return { files, setArgs: args, setFiles, secrets, names };
}
