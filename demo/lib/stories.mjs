// The four stories of the demo. Each one only makes things happen and hands back what was seen;
// `npm run demo` prints it as it goes, and test/e2e asserts it from the cluster, git and S3 themselves.
import fs from 'node:fs/promises';
import { commitsSince } from './git.mjs';
import { history, runningImages } from './helm.mjs';
import { chartBranch } from './repositories.mjs';
import { chartHead, push, shop } from './world.mjs';

/**
 * @typedef {object} Stage
 * @property {import('./world.mjs').World} world
 * @property {Audience} tell
 *
 * @typedef {object} Audience
 * @property {(text: string) => void} note
 * @property {(markdown: string) => void} evidence why something failed, from the step's summary
 * @property {(markdown: string) => void} plan what would change, from the step's summary
 *
 * @typedef {import('./runner.mjs').Run} Run
 */

/** A story did not go as it should. */
export class StoryError extends Error {
  /** @param {Run} run in which it went wrong */
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

/** @param {Pick<Run, 'steps' | 'workflow' | 'log'>} run @param {string} id of a step */
export function stepOf(run, id) {
  const step = run.steps.find((each) => each.id === id);
  if (!step) throw new StoryError(`the step ${id} of ${run.workflow} was not run`, run);
  return step;
}

/** @param {Run} run */
function mustSucceed(run) {
  if (run.conclusion === 'success') return run;
  const failed = run.steps.find((step) => !step.ok);
  throw new StoryError(`${run.workflow} failed${failed ? ` at “${failed.name}”` : ''}`, run);
}

function must(condition, run, message) {
  if (!condition) throw new StoryError(message, run);
}

/**
 * An image was pushed; nothing else is done. What that starts, until it has come to its end.
 * @param {Stage} stage @param {string} service @param {string} version
 */
async function pushed({ world, tell }, service, version) {
  const { runner } = world;
  const since = runner.runs.length;
  const before = await chartHead(world);
  const started = performance.now();
  const image = await push(world, `acme/shop/${service}`, version);
  tell.note(`${service} ${version} was pushed: the registry tells the relay, the relay GitHub`);
  const bump = mustSucceed(await runner.ended('bump.yml', since));
  const pipeline = mustSucceed(await runner.ended('chart-pipeline.yml', since));
  const watch = await runner.ended('watch.yml', since);
  const seconds = (performance.now() - started) / 1000;
  return { before, image, commit: await chartHead(world), bump, pipeline, watch, seconds };
}

/** A good version goes all the way by itself. @param {Stage} stage */
async function goodVersion(stage) {
  const facts = await pushed(stage, 'api', '1.1.0');
  mustSucceed(facts.watch);
  stage.tell.note(`from push to deployed and tested: ${facts.seconds.toFixed(1)} s, and no hand`);
  return facts;
}

/** A version whose helm test fails is rolled back by itself and left alone; its fix then passes. @param {Stage} stage */
async function badVersion(stage) {
  const { world, tell } = stage;
  const facts = await pushed(stage, 'api', '1.2.0');
  const deploy = stepOf(facts.watch, 'deploy');
  must(facts.watch.conclusion === 'failure', facts.watch, 'the deploy should have failed');
  must(deploy.outputs.result === 'rolled-back', facts.watch, `the deploy ended as “${deploy.outputs.result}”`);
  tell.evidence(deploy.summary);
  const [revisions, images, deployments] = await Promise.all([
    history(world, shop.release, shop.namespaces.develop),
    runningImages(world, shop.namespaces.develop),
    world.github.deployments(),
  ]);
  const since = world.runner.runs.length;
  await world.runner.tick(shop.repository);
  const again = mustSucceed(await world.runner.ended('watch.yml', since));
  must(stepOf(again, 'watch').outputs.count === '0', again, 'the watcher should leave the failed version alone');
  tell.note(`develop runs api ${images.api.split(':').at(-1)} again, and 1.2.0 is not tried twice; here comes the fix`);
  const fix = await pushed(stage, 'api', '1.2.1');
  mustSucceed(fix.watch);
  return { ...facts, deploy, afterRollback: { revisions, images, deployments }, again, fix };
}

/** The state of production, from the cluster itself. @param {import('./world.mjs').World} world */
export async function production(world) {
  const [revisions, images] = await Promise.all([
    history(world, shop.release, shop.namespaces.production),
    runningImages(world, shop.namespaces.production),
  ]);
  return { revision: revisions.at(-1).revision, chart: revisions.at(-1).chart, images };
}

/**
 * Somebody presses a button, and the run now waits for the reviewers of production.
 * @param {import('./world.mjs').World} world @param {string} workflow @param {string} version
 */
export async function waiting(world, workflow, version) {
  const run = await world.runner.press(shop.repository, workflow, { chart: shop.chart, version });
  await world.runner.waits(run, 'production');
  return run;
}

/** Delivery to production: a plan, an approval, the deploy of that plan. @param {Stage} stage */
async function promotion({ world, tell }) {
  const version = '1.2.1';
  const before = await production(world);
  const run = await waiting(world, 'promote.yml', version);
  tell.plan(stepOf(run, 'plan').summary);
  const between = await production(world);
  tell.note(`production still runs ${between.chart}, revision ${between.revision}: it waits for the approval`);
  await world.runner.approve(run, 'production');
  tell.note('approved');
  await run.ended;
  mustSucceed(run);
  return { version, before, between, run, after: await production(world) };
}

/** Two services are released at once: neither bump loses the other's. @param {Stage} stage */
async function together(stage) {
  const { world, tell } = stage;
  const since = world.runner.runs.length;
  const before = await chartHead(world);
  await Promise.all([push(world, 'acme/shop/api', '1.3.0'), push(world, 'acme/shop/web', '1.1.0')]);
  tell.note('api 1.3.0 and web 1.1.0 were pushed');
  await world.runner.ended('watch.yml', since);
  await world.runner.idle();
  const runs = world.runner.runs.slice(since);
  for (const run of runs) if (run.conclusion !== 'cancelled') mustSucceed(run);
  const commits = await commitsSince(world.charts.bare, chartBranch, before);
  must(commits.length === 2, runs[0], `expected two commits in the charts' repository, found ${commits.length}`);
  return { before, commits, runs };
}

/** In this order: each begins where the one before it ended. */
export const stories = {
  goodVersion: { title: 'api 1.1.0 was pushed', run: goodVersion },
  badVersion: { title: 'api 1.2.0 was pushed, and its test will fail', run: badVersion },
  promotion: { title: 'shop 1.2.1 goes to production, when somebody approves', run: promotion },
  together: { title: 'api 1.3.0 and web 1.1.0 were pushed at the same moment', run: together },
};
