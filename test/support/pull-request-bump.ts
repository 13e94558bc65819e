import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { HelmCdError } from '../../src/core/errors.js';
import type { Clock, Services } from '../../src/core/ports.js';
import { readContext } from '../../src/runtime/context.js';
import { runBump, type BumpRun } from './bump-run.js';
import type { GitHubServer } from './github-server/index.js';

/** A clock whose waits take no time, but count as if they had. */
export function hurriedClock(): Clock {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    async sleep(milliseconds) {
      const short = Math.min(milliseconds, 10);
      skipped += milliseconds - short;
      await delay(short);
    },
  };
}

export interface PullRequestBump {
  readonly images: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Of the workflow that runs it; the same for a job that is run again. */
  readonly run?: string;
  /** The workflow's repository. */
  readonly source?: string;
  readonly services?: Partial<Services>;
}

/** Bumps acme/charts by pull request in this process, without rendering. Folders are removed at once. */
export async function bumpByPullRequest(server: GitHubServer, bump: PullRequestBump): Promise<BumpRun> {
  const { images, inputs = {}, run = '7', source = 'acme/api', services = {} } = bump;
  const context = readContext({
    GITHUB_REPOSITORY: source,
    GITHUB_SHA: `c0ffee${run.padStart(34, '0')}`,
    GITHUB_RUN_ID: run,
    GITHUB_RUN_NUMBER: run,
    GITHUB_SERVER_URL: server.serverUrl,
    GITHUB_API_URL: server.apiUrl,
    GITHUB_GRAPHQL_URL: server.graphqlUrl,
    GITHUB_WORKFLOW_REF: `${source}/.github/workflows/ci.yml@refs/heads/main`,
  });
  const noTool = () => Promise.reject(new HelmCdError('tool', 'There is no helm here.'));
  const done = await runBump(
    { repository: 'acme/charts', token: 'ghs_app', strategy: 'pull-request', images, ...inputs },
    { context, clock: hurriedClock(), tools: { helm: noTool, kubectl: noTool }, ...services },
  );
  await rm(done.services.workingDirectory, { recursive: true, force: true });
  return done;
}
