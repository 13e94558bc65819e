// GitHub's part of the demo: which workflow runs upon which event, with which secrets and variables.
import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runWorkflow } from './act.mjs';
import { cloneAt, commitsSince, git } from './git.mjs';
import { chartBranch, tagService } from './repositories.mjs';
import { shop } from './world.mjs';

const chartRepository = { full_name: 'acme/charts', default_branch: chartBranch };

/** @param {import('./world.mjs').World} world */
export function createGitHub(world) {
  let runs = 0;

  /** Runs a workflow for an event in `bare`, in a fresh clone at `commit`. */
  async function run(title, { bare, commit, payload, ...options }) {
    runs += 1;
    const runNumber = runs;
    const directory = path.join(world.root, `clone-${runNumber}`);
    await cloneAt(bare, commit, directory);
    const name = `${String(runNumber).padStart(2, '0')}-${title}`;
    const result = await runWorkflow({
      name,
      repository: payload.repository.full_name,
      payload,
      directory,
      runNumber,
      actions: world.actions,
      bin: world.bin,
      work: world.root,
      logs: path.join(world.output, 'logs'),
      signal: world.signal,
      ...options,
    });
    for (const { id, summary } of result.steps) {
      if (summary) await fs.writeFile(path.join(world.output, 'summaries', `${name}-${id}.md`), summary);
    }
    return result;
  }

  /** Runs a workflow of the charts' repository, with its secrets and variables. */
  async function runChartWorkflow(title, options, onStep) {
    const secrets = {
      AWS_ACCESS_KEY_ID: world.s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.s3.secretAccessKey,
      KUBECONFIG: (await fs.readFile(world.kubeconfig)).toString('base64'),
      SOPS_AGE_KEY: world.ageKey,
    };
    const variables = { AWS_REGION: world.s3.region, S3_ENDPOINT_URL: world.s3.endpoint };
    return run(title, { bare: world.charts.bare, secrets, variables, onStep, ...options });
  }

  return {
    /** The newest commit of the charts' repository. */
    chartHead: () => git(world.charts.bare, 'rev-parse', chartBranch),

    /** What was pushed to the charts' repository since that commit, oldest first. */
    chartCommits: (since) => commitsSince(world.charts.bare, chartBranch, since),

    /** A service is released: a tag is pushed, and the service's CI runs. */
    async releaseService(service, version, onStep) {
      const bare = world.services[service];
      const commit = await tagService(bare, version);
      const repository = { full_name: `acme/${service}`, default_branch: 'main' };
      return run(`${service}-${version}`, {
        bare,
        commit,
        workflow: 'service-ci.yml',
        event: 'push',
        payload: { ref: `refs/tags/v${version}`, after: commit, repository },
        variables: {
          IMAGE: `${world.registry.host}/acme/shop/${service}`,
          CHART_REPOSITORY: pathToFileURL(world.charts.bare).href,
        },
        onStep,
      });
    },

    /** `commit` was pushed to the charts' repository. */
    async runPipeline(commit, onStep) {
      const before = await git(world.charts.bare, 'rev-parse', `${commit}^`);
      const payload = { ref: `refs/heads/${chartBranch}`, before, after: commit, repository: chartRepository };
      return runChartWorkflow(
        'chart-pipeline',
        { commit, workflow: 'chart-pipeline.yml', event: 'push', payload },
        onStep,
      );
    },

    /**
     * Somebody starts the workflow deploy.yml.
     * @param {{ version: string, approved: boolean }} options GitHub would halt before the job `apply` until a reviewer of the
     *   environment `production` approves. act cannot wait: before the approval, only the job `plan` is run.
     */
    async runDelivery({ version, approved }, onStep) {
      const inputs = { chart: shop.chart, version };
      const payload = { ref: `refs/heads/${chartBranch}`, inputs, repository: chartRepository };
      return runChartWorkflow(
        approved ? 'deploy-approved' : 'deploy-plan',
        {
          commit: await git(world.charts.bare, 'rev-parse', chartBranch),
          workflow: 'deploy.yml',
          event: 'workflow_dispatch',
          payload,
          job: approved ? 'apply' : 'plan',
        },
        onStep,
      );
    },
  };
}
