import path from 'node:path';
import { inFolder } from '../../core/chart-folders.js';
import { formatDuration } from '../../core/duration.js';
import { HelmCdError } from '../../core/errors.js';
import { shortImageName } from '../../core/image-reference.js';
import type { Clock, Services } from '../../core/ports.js';
import type { RepositoryBranch } from '../../core/repository-branch.js';
import { gitEnvironment } from '../../git/git-environment.js';
import { parseGitRemote, type GitRemote } from '../../git/git-url.js';
import type { Repository } from '../../github/repository.js';
import type { BumpInputs } from './inputs.js';

/** The chart's repository, reached as its address asks for. */
export interface ChartRepository {
  /** As people call it: `acme/charts`, or a URL without secrets. */
  readonly label: string;
  /** Where it is on GitHub, when it was given as owner/name: then GitHub's API is used, else git. */
  readonly github?: Repository;
  /** Opens a branch; empty for the default branch. Nothing is read yet. */
  open(branch: string): RepositoryBranch;
  /** Page of a commit; empty where pages are not known. */
  commitUrl(oid: string): string;
}

/** A wait from here on is told: nobody should wonder why nothing happens. */
const LONG_WAIT_MS = 2000;
/** So many histories are asked for on a guess. */
const MOST_GUESSES = 4;

/**
 * The Chart.yaml files that the inputs point at, else those of charts named like the images: what they were before is asked
 * for with the first request. A wrong guess costs one more request.
 */
function likelyCharts({ chart, targets, images }: BumpInputs): readonly string[] {
  const inCharts = (name: string) => `charts/${name}/Chart.yaml`;
  if (chart.includes('/')) return [inFolder(chart.replace(/^(?:\.\/)+|\/+$/g, ''), 'Chart.yaml')];
  if (chart !== '') return [inCharts(chart)];
  const folders = targets.map(({ file }) => path.posix.dirname(file).replace(/^\.$/, ''));
  const files =
    folders.length > 0
      ? folders.map((folder) => inFolder(folder, 'Chart.yaml'))
      : images.map(({ name }) => inCharts(shortImageName(name)));
  return [...new Set(files)].slice(0, MOST_GUESSES);
}

/**
 * The GraphQL address that belongs to a REST address: https://ghe.example.com/api/v3 → https://ghe.example.com/api/graphql.
 */
function graphqlUrlOf(apiUrl: string): string {
  return /\/api\/v3$/.test(apiUrl) ? apiUrl.replace(/v3$/, 'graphql') : `${apiUrl}/graphql`;
}

/** A clock that says when GitHub, which is in trouble or wants patience, is waited for. */
function tellingClock({ clock, log }: Services): Clock {
  return {
    now: () => clock.now(),
    sleep: (milliseconds) => {
      if (milliseconds >= LONG_WAIT_MS)
        log.info(`Waiting ${formatDuration(milliseconds)} before GitHub is asked again.`);
      return clock.sleep(milliseconds);
    },
  };
}

// What speaks to the server is in the same bundle (that is what `eager` says to the bundler), but only run by those who need it.

async function connectGitHub(
  inputs: BumpInputs,
  owner: string,
  name: string,
  services: Services,
): Promise<ChartRepository> {
  const { context } = services;
  const clock = tellingClock(services);
  const serverUrl = inputs.serverUrl || context.serverUrl;
  // Of another server than the run's, what the run knows of its own does not hold.
  const own = serverUrl === context.serverUrl;
  const apiUrl = inputs.apiUrl || (own ? context.apiUrl : `${serverUrl}/api/v3`);
  const graphqlUrl = inputs.graphqlUrl || (apiUrl === context.apiUrl ? context.graphqlUrl : graphqlUrlOf(apiUrl));
  if (inputs.token === '') {
    throw new HelmCdError('input', `Input "token" is empty, and ${owner}/${name} cannot be changed without one.`, {
      hint: 'Give a token with contents: write there, best that of a GitHub App.',
    });
  }
  const { openApiBranch } = await import(/* webpackMode: "eager" */ '../../github/api-branch.js');
  const client = services.github({ token: inputs.token, apiUrl, graphqlUrl });
  return {
    label: `${owner}/${name}`,
    github: { owner, name, client, clock },
    open: (branch) => openApiBranch({ client, owner, name, branch, clock, likelyEarlier: likelyCharts(inputs) }),
    commitUrl: (oid) => `${serverUrl}/${owner}/${name}/commit/${oid}`,
  };
}

async function connectGit(inputs: BumpInputs, remote: GitRemote, services: Services): Promise<ChartRepository> {
  const { openGitBranch } = await import(/* webpackMode: "eager" */ '../../git/git-branch.js');
  const { context, processes, clock } = services;
  const serverUrl = inputs.serverUrl || context.serverUrl;
  const env = gitEnvironment(remote, inputs.token, serverUrl, services.environment, services.masks);
  const actor = context.actor;
  const bot = 'helm-cd[bot]';
  const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname || 'localhost' : 'localhost';
  const identity = { name: actor || bot, email: `${actor || bot}@users.noreply.${host}` };
  let count = 0;
  return {
    label: remote.url,
    open: (branch) => {
      // Each branch gets a clone of its own.
      const folder = path.join(services.temp, `repository-${count++}.git`);
      return openGitBranch({ url: remote.url, branch, folder, env, identity, processes, clock });
    },
    commitUrl: () => '',
  };
}

/**
 * Chooses how the chart's repository is reached: GitHub's API for `owner/name`, git for every URL.
 * @throws HelmCdError `input`
 */
export async function connect(inputs: BumpInputs, services: Services): Promise<ChartRepository> {
  const { context } = services;
  const text = inputs.repository || context.repository;
  if (text === '') {
    throw new HelmCdError('input', 'Input "repository" is empty, and outside GitHub there is no current one.', {
      hint: 'Give owner/name or a git URL.',
    });
  }
  const remote = parseGitRemote(text, inputs.serverUrl || context.serverUrl);
  const { github } = remote;
  return github === undefined
    ? connectGit(inputs, remote, services)
    : connectGitHub(inputs, github.owner, github.name, services);
}
