/** Fetches charts from their repositories with helm, which knows the protocols and finds the credentials. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { decorrelatedJitter } from '../core/backoff.js';
import { sha256Hex } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import type { ProcessResult, Services } from '../core/ports.js';
import { explainRepositoryFailure, type RepositoryFailure } from '../core/repository-failure.js';
import { createSingleFlight } from '../core/single-flight.js';
import type { Helm } from '../helm/helm.js';

export interface PullRequest {
  readonly repository: string;
  readonly name: string;
  /** A version or a constraint; empty: the newest. */
  readonly range: string;
}

/** What a pull came to: an archive, or why there is none. */
export type Pulled = { readonly bytes: Uint8Array } | { readonly failure: RepositoryFailure };

const PULL_TIMEOUT_MS = 2 * 60_000;
const ATTEMPTS = 4;
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4000;

type PullServices = Pick<Services, 'temp' | 'log' | 'clock'>;

/** Pulls; an index is downloaded once, whatever is taken from it. */
export function createPuller(
  helm: Pick<Helm, 'run'>,
  services: PullServices,
): (request: PullRequest) => Promise<Pulled> {
  const indexes = createSingleFlight<RepositoryFailure | undefined>();

  /** Runs helm again as long as its repository stumbles; nothing thrown but what is no answer of a repository. */
  async function ask(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<RepositoryFailure | undefined> {
    const nextWait = decorrelatedJitter(SHORTEST_WAIT_MS, LONGEST_WAIT_MS, Math.random);
    for (let attempt = 1; ; attempt++) {
      const failure = await askOnce(args, env);
      if (failure === undefined || !failure.transient || attempt === ATTEMPTS) return failure;
      services.log.info(`A chart repository could not be read: ${failure.reason}; trying again`);
      await services.clock.sleep(nextWait());
    }
  }

  async function askOnce(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<RepositoryFailure | undefined> {
    let result: ProcessResult;
    try {
      result = await helm.run(args, { timeoutMs: PULL_TIMEOUT_MS, accept: 'any', env });
    } catch (cause) {
      if (!(cause instanceof HelmCdError) || cause.code !== 'timeout') throw cause;
      return { ...explainRepositoryFailure('context deadline exceeded'), transient: false };
    }
    return result.code === 0 ? undefined : explainRepositoryFailure(result.stderr);
  }

  /** A name for the repository in a configuration of its own: helm locks the file, and downloads while it does. */
  function known(repository: string): { name: string; env: Record<string, string> } {
    const name = sha256Hex(repository).slice(0, 16);
    const env = { HELM_REPOSITORY_CONFIG: path.join(services.temp, `repository-${name}.yaml`) };
    return { name, env };
  }

  return async ({ repository, name, range }) => {
    const version = range === '' ? [] : ['--version', range];
    const target = await mkdtemp(path.join(services.temp, 'pulled-'));
    try {
      let failure: RepositoryFailure | undefined;
      if (repository.startsWith('oci://')) {
        const reference = `${repository.replace(/\/+$/, '')}/${name}`;
        failure = await ask(['pull', reference, ...version, '--destination', target], {});
      } else {
        const { name: alias, env } = known(repository);
        failure = await indexes(repository, () => ask(['repo', 'add', alias, repository, '--force-update'], env));
        failure ??= await ask(['pull', `${alias}/${name}`, ...version, '--destination', target], env);
      }
      if (failure !== undefined) return { failure };
      const archive = (await readdir(target)).find((file) => !file.endsWith('.prov'));
      if (archive === undefined) return { failure: explainRepositoryFailure('helm pulled nothing') };
      return { bytes: await readFile(path.join(target, archive)) };
    } finally {
      await rm(target, { recursive: true, force: true });
    }
  };
}
