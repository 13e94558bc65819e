import path from 'node:path';
import { isAlias } from '../core/dependency-lock.js';
import { HelmCdError } from '../core/errors.js';
import type { Helm } from '../helm/helm.js';
import type { Wanted } from './dependencies.js';

const PULL_TIMEOUT_MS = 2 * 60_000;

/** Fetches a dependency from its repository into `target`; helm names the archive. */
export async function pullDependency(
  helm: Pick<Helm, 'run'>,
  dependency: Wanted,
  target: string,
  folder: string,
): Promise<void> {
  const { name, repository, range } = dependency;
  if (isAlias(repository)) {
    throw new HelmCdError(
      'unsupported',
      `Dependency ${name} of ${folder} names its repository by alias: ${repository}`,
      {
        hint: "Write the repository's URL, or commit the Chart.lock, which holds it.",
        place: { file: path.join(folder, 'Chart.yaml') },
      },
    );
  }
  const reference = repository.startsWith('oci://')
    ? [`${repository.replace(/\/+$/, '')}/${name}`]
    : ['--repo', repository, name];
  const version = range === '' ? [] : ['--version', range];
  try {
    await helm.run(['pull', ...reference, ...version, '--destination', target], { timeoutMs: PULL_TIMEOUT_MS });
  } catch (cause) {
    // Only what helm itself said of the repository is explained here: not that it is missing, or the job cancelled.
    const isAnswer = cause instanceof HelmCdError && /^\S+ pull /.test(cause.message) && cause.code !== 'cancelled';
    if (!isAnswer) throw cause;
    const what = range === '' ? name : `${name} ${range}`;
    throw new HelmCdError(
      'unreachable',
      `Dependency ${what} of ${folder} could not be fetched from ${repository}: ${cause.message}`,
      {
        hint: 'Check the repository and version in Chart.yaml, or commit the chart in charts/.',
        cause,
      },
    );
  }
}
