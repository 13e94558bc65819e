// The four stories of the demo. Each one only makes things happen and hands back what was seen;
// `npm run demo` prints it as it goes, and test/e2e asserts it from the cluster, git and S3 themselves.
import fs from 'node:fs/promises';
import { history, runningImages } from './helm.mjs';
import { shop } from './world.mjs';

/**
 * @typedef {object} Stage
 * @property {import('./world.mjs').World} world
 * @property {ReturnType<typeof import('./github.mjs').createGitHub>} github
 * @property {Audience} tell
 *
 * @typedef {object} Audience
 * @property {(workflow: string) => void} begins a workflow run
 * @property {(step: import('./act-log.mjs').Step) => void} step that has ended
 * @property {(text: string) => void} note
 * @property {(markdown: string) => void} evidence why something failed, from the step's summary
 * @property {(markdown: string) => void} plan what would change, from the step's summary
 */

/** A story did not go as it should. */
export class StoryError extends Error {
  /** @param {import('./act.mjs').WorkflowRun} run in which it went wrong */
  constructor(message, run) {
    super(message);
    this.name = 'StoryError';
    this.log = run.log;
  }

  /** The end of the run's log. */
  async tail(lines = 30) {
    return (await fs.readFile(this.log, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
  }
}

/**
 * @param {import('./act.mjs').WorkflowRun} run
 * @param {string} id of a step
 */
export function stepOf(run, id) {
  const step = run.steps.find((each) => each.id === id);
  if (!step) throw new StoryError(`the step ${id} was not run`, run);
  return step;
}

/**
 * @param {import('./act.mjs').WorkflowRun} run
 * @param {string} what it is, for the error
 */
function mustSucceed(run, what) {
  if (run.ok) return run;
  const failed = run.steps.find((step) => !step.ok);
  throw new StoryError(`${what} failed${failed ? ` at “${failed.name}”` : ''}`, run);
}

function must(condition, run, message) {
  if (!condition) throw new StoryError(message, run);
}

/** @param {Stage} stage @param {string} service @param {string} version */
async function releaseService({ github, tell }, service, version) {
  tell.begins(`service-ci.yml of ${service}`);
  return mustSucceed(await github.releaseService(service, version, tell.step), `the CI of ${service} ${version}`);
}

/** @param {Stage} stage @param {string} commit */
function runPipeline({ github, tell }, commit) {
  tell.begins('chart-pipeline.yml');
  return github.runPipeline(commit, tell.step);
}

/** @param {Stage} stage @param {string} service @param {string} version */
async function releaseAndRunPipeline(stage, service, version) {
  const before = await stage.github.chartHead();
  const ci = await releaseService(stage, service, version);
  const [commit, ...others] = await stage.github.chartCommits(before);
  if (commit === undefined || others.length > 0)
    throw new StoryError('expected exactly one new commit of the charts', ci);
  return { before, ci, commit, pipeline: await runPipeline(stage, commit) };
}

/** A good version goes all the way by itself. @param {Stage} stage */
async function goodVersion(stage) {
  const facts = await releaseAndRunPipeline(stage, 'api', '1.1.0');
  mustSucceed(facts.pipeline, 'the chart pipeline');
  return facts;
}

/** A version whose helm test fails is rolled back by itself; its fix then passes. @param {Stage} stage */
async function badVersion(stage) {
  const facts = await releaseAndRunPipeline(stage, 'api', '1.2.0');
  const deploy = stepOf(facts.pipeline, 'deploy');
  must(!facts.pipeline.ok, facts.pipeline, 'the chart pipeline should have failed at the deploy');
  must(
    deploy.outputs.result === 'rolled-back',
    facts.pipeline,
    `the deploy ended as “${deploy.outputs.result}”, not rolled back`,
  );
  stage.tell.evidence(deploy.summary);
  const [revisions, images] = await Promise.all([
    history(stage.world, shop.release, shop.namespaces.develop),
    runningImages(stage.world, shop.namespaces.develop),
  ]);
  stage.tell.note(`develop runs api ${images.api.split(':').at(-1)} again; here comes the fix`);
  const fix = await releaseAndRunPipeline(stage, 'api', '1.2.1');
  mustSucceed(fix.pipeline, 'the chart pipeline');
  return { ...facts, deploy, afterRollback: { revisions, images }, fix };
}

/** The state of production, from the cluster itself. @param {import('./world.mjs').World} world */
async function production(world) {
  const [revisions, images] = await Promise.all([
    history(world, shop.release, shop.namespaces.production),
    runningImages(world, shop.namespaces.production),
  ]);
  return { revision: revisions.at(-1).revision, chart: revisions.at(-1).chart, images };
}

/** Delivery to production: a plan, and a second, approved run. @param {Stage} stage */
async function promotion({ world, github, tell }) {
  const version = '1.2.1';
  const before = await production(world);
  tell.begins('deploy.yml');
  const planned = mustSucceed(await github.runDelivery({ version, approved: false }, tell.step), 'the plan');
  tell.plan(stepOf(planned, 'plan').summary);
  const between = await production(world);
  tell.note(`production still runs ${between.chart}, revision ${between.revision}: it waits for the approval`);
  tell.begins('deploy.yml, approved');
  const applied = mustSucceed(await github.runDelivery({ version, approved: true }, tell.step), 'the approved deploy');
  return { version, before, planned, between, applied, after: await production(world) };
}

/** Two services are released at once: neither bump loses the other's. @param {Stage} stage */
async function together(stage) {
  const { github } = stage;
  const before = await github.chartHead();
  const cis = await Promise.all([releaseService(stage, 'api', '1.3.0'), releaseService(stage, 'web', '1.1.0')]);
  const commits = await github.chartCommits(before);
  must(commits.length === 2, cis[0], `expected two commits in the charts' repository, found ${commits.length}`);
  const pipelines = [];
  for (const commit of commits) {
    pipelines.push(mustSucceed(await runPipeline(stage, commit), 'the chart pipeline'));
  }
  return { before, cis, commits, pipelines };
}

/** In this order: each begins where the one before it ended. */
export const stories = {
  goodVersion: { title: 'api 1.1.0 was pushed', run: goodVersion },
  badVersion: { title: 'api 1.2.0 was pushed, and its test will fail', run: badVersion },
  promotion: { title: 'shop 1.2.1 goes to production, when somebody approves', run: promotion },
  together: { title: 'api 1.3.0 and web 1.1.0 were pushed at the same moment', run: together },
};
