/**
 * GitHub Deployments that tell the truth: in progress while a deploy is at work, a success only after its tests, older ones
 * inactive only after that. REST: https://docs.github.com/en/rest/deployments
 */
import { HelmCdError, messageOf } from '../core/errors.js';
import type { GitHubResponse, Log } from '../core/ports.js';
import { isLost } from './patience.js';
import { fullName, pathOf, requireFine, type Repository } from './repository.js';

export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

export interface DeploymentFacts {
  /** The environment's name. */
  readonly environment: string;
  /** `NAMESPACE/RELEASE`: several releases may share an environment, and each has a current deployment of its own. */
  readonly release: string;
  /** The commit that is deployed. */
  readonly ref: string;
  /** The commit to name when the repository does not have that one. */
  readonly ownRef: string;
  readonly description: string;
  /** What was deployed. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where it can be seen, or empty. */
  readonly environmentUrl: string;
  /** The run's page, or empty. */
  readonly logUrl: string;
}

/** GitHub takes no longer description of a status. */
const LONGEST_DESCRIPTION = 140;
/** A record is not worth holding a deploy up: limits are not waited for, and what does not answer is asked so often. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;
/** Older deployments that are looked at; a status that lies further back than that was put right by those in between. */
const OLDER = 20;

interface ListedDeployment {
  readonly id: number;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION - 1)}…`;
}

/** Not the job's clock: how a cancelled deploy ended is told as well. */
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function send(
  repository: Repository,
  doing: string,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<GitHubResponse> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await repository.client.request(route, { ...pathOf(repository), ...parameters });
      if (!isLost(response) || attempt === ATTEMPTS) {
        requireFine(repository, response, doing);
        return response;
      }
    } catch (error) {
      const unreachable = error instanceof HelmCdError && error.code === 'unreachable';
      if (!unreachable || attempt === ATTEMPTS) throw error;
    }
    await pause();
  }
}

/** As GitHub itself takes an environment of that name for production. */
const isProduction = (environment: string) => /^prod(?:uction)?$/i.test(environment);

/** The task tells one release's deployments from another's. */
const taskOf = (facts: DeploymentFacts) => `deploy:${facts.release}`;

async function create(repository: Repository, facts: DeploymentFacts): Promise<number> {
  try {
    return await createAt(facts.ref, repository, facts);
  } catch (error) {
    const unknown = error instanceof HelmCdError && /no ref found/i.test(error.message);
    if (!unknown || facts.ownRef === facts.ref || facts.ownRef === '') throw error;
    return createAt(facts.ownRef, repository, facts);
  }
}

async function createAt(ref: string, repository: Repository, facts: DeploymentFacts): Promise<number> {
  const doing = `A GitHub Deployment of ${ref.slice(0, 7)} in ${fullName(repository)} cannot be made`;
  const { data } = await send(repository, doing, 'POST /repos/{owner}/{repo}/deployments', {
    ref,
    task: taskOf(facts),
    // Else GitHub merges the default branch into it, or refuses while checks are under way.
    auto_merge: false,
    required_contexts: [],
    environment: facts.environment,
    production_environment: isProduction(facts.environment),
    description: short(facts.description),
    payload: facts.payload,
  });
  const { id } = (data ?? {}) as { id?: unknown };
  if (typeof id === 'number') return id;
  throw new HelmCdError('refused', `${doing}: the answer names none`);
}

async function setStatus(
  repository: Repository,
  id: number,
  state: DeploymentState,
  description: string,
  facts: Pick<DeploymentFacts, 'environmentUrl' | 'logUrl'>,
): Promise<void> {
  const doing = `The GitHub Deployment ${id} in ${fullName(repository)} cannot be marked ${state}`;
  await send(repository, doing, 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
    deployment_id: id,
    state,
    description: short(description),
    // It would end those of other releases in the environment, and spare production's.
    auto_inactive: false,
    ...(facts.logUrl === '' ? {} : { log_url: facts.logUrl }),
    ...(facts.environmentUrl === '' ? {} : { environment_url: facts.environmentUrl }),
  });
}

async function stateOf(repository: Repository, id: number): Promise<string> {
  const doing = `The GitHub Deployment ${id} in ${fullName(repository)} cannot be read`;
  const route = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
  const { data } = await send(repository, doing, route, { deployment_id: id, per_page: 1 });
  const [newest] = Array.isArray(data) ? (data as { state?: unknown }[]) : [];
  return typeof newest?.state === 'string' ? newest.state : '';
}

/**
 * What older deployments of the same release are no more: those that were in service are inactive, and those that somebody
 * never finished are errors. Whoever deploys now holds the release's lock, so nobody is at work on them.
 */
async function retireOlder(repository: Repository, facts: DeploymentFacts, current: number): Promise<void> {
  const doing = `The GitHub Deployments of ${facts.environment} in ${fullName(repository)} cannot be listed`;
  const { data } = await send(repository, doing, 'GET /repos/{owner}/{repo}/deployments', {
    environment: facts.environment,
    task: taskOf(facts),
    per_page: OLDER,
  });
  const older = (Array.isArray(data) ? (data as ListedDeployment[]) : []).filter(({ id }) => id < current);
  const none = { environmentUrl: '', logUrl: '' };
  for (const { id } of older) {
    const state = await stateOf(repository, id);
    if (state === 'success') await setStatus(repository, id, 'inactive', 'A newer one is in service.', none);
    else if (['in_progress', 'pending', 'queued', ''].includes(state)) {
      await setStatus(repository, id, 'error', 'The run that made it never finished.', none);
    } else if (state === 'inactive') return;
  }
}

/** One deployment from its begin to its end. What GitHub does not do is a warning, and nothing else. */
export class DeploymentRecord {
  /** GitHub's number of it; nothing when it could not be made. */
  readonly id: number | undefined;
  private readonly repository: Repository;
  private readonly facts: DeploymentFacts;
  private readonly log: Pick<Log, 'warning'>;

  private constructor(
    id: number | undefined,
    repository: Repository,
    facts: DeploymentFacts,
    log: Pick<Log, 'warning'>,
  ) {
    this.id = id;
    this.repository = repository;
    this.facts = facts;
    this.log = log;
  }

  /** Makes a deployment that is in progress. */
  static async start(
    repository: Repository,
    facts: DeploymentFacts,
    log: Pick<Log, 'warning'>,
  ): Promise<DeploymentRecord> {
    const id = await orWarn(log, () => create(repository, facts));
    const record = new DeploymentRecord(id, repository, facts, log);
    if (id !== undefined) {
      await orWarn(log, () => setStatus(repository, id, 'in_progress', facts.description, facts));
    }
    return record;
  }

  /** Says how it ended; after a success the older ones are said to be out of service. */
  async end(state: 'success' | 'failure' | 'error', description: string): Promise<void> {
    const { id, repository, facts, log } = this;
    if (id === undefined) return;
    await orWarn(log, async () => {
      await setStatus(repository, id, state, description, facts);
      if (state === 'success') await retireOlder(repository, facts, id);
    });
  }
}

/**
 * Says that a deployment which an earlier process began has failed.
 * @param logUrl the run's page, or empty.
 */
export async function failDeployment(
  id: number,
  repository: Repository,
  description: string,
  logUrl: string,
  log: Pick<Log, 'warning'>,
): Promise<void> {
  await orWarn(log, () => setStatus(repository, id, 'failure', description, { environmentUrl: '', logUrl }));
}

async function orWarn<Result>(log: Pick<Log, 'warning'>, work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const hint =
      error instanceof HelmCdError && error.code === 'unauthorized'
        ? ' The job needs permissions: deployments: write.'
        : '';
    log.warning(`${messageOf(error)}.${hint}`.replace(/\.\.+/, '.'));
    return undefined;
  }
}
