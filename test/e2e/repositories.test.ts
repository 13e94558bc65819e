/**
 * Ten services are pushed within a second: ten bumps by the shipped workflows, none of them lost, and the cluster ends on all ten tags. And the
 * same chart with the workflows of docs/: a pull request is commented on, a push is deployed; in delivery mode it ends with the command that
 * a person gives.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { history } from '../../demo/lib/helm.mjs';
import { stepOf } from '../../demo/lib/stories.mjs';
import { createWorld, push } from '../../demo/lib/world.mjs';
import {
  APP_TOKEN,
  careful,
  carefulRepository,
  fleet,
  fleetRepository,
  services,
  started,
  startedRepository,
} from './fleet.js';
import { deployments, gitIn, kubectl } from './looks.js';

const output = path.resolve(import.meta.dirname, '../../.toolchain/run/e2e-ten');
const more = [fleetRepository, startedRepository, carefulRepository];
const { world, start, stop } = createWorld({
  output,
  signal: new AbortController().signal,
  more,
});

beforeAll(async () => {
  await start();
}, 240_000);

afterAll(async () => {
  await stop();
}, 120_000);

const bare = (): string => world.github.repositoryPaths[fleet.repository]!;
const ten = (tag: string): Record<string, string> => Object.fromEntries(services.map((name) => [name, tag]));

/** The tag of each service at a commit. */
function tagsAt(commit: string): Record<string, string> {
  const { services: found } = parse(gitIn(bare(), 'show', `${commit}:charts/fleet/values.yaml`)) as {
    services: Record<string, { image: { tag: string } }>;
  };
  return Object.fromEntries(Object.entries(found).map(([name, { image }]) => [name, image.tag]));
}

test('ten services pushed within a second', async () => {
  const before = gitIn(bare(), 'rev-parse', 'develop').trim();
  const permissions = { contents: 'write', pull_requests: 'write' } as const;
  await world.github.addToken({ token: APP_TOKEN, permissions });
  await Promise.all(services.map((name) => push(world, `acme/fleet/${name}`, '2.0.0')));
  await world.runner.ended('watch.yml', 0, 400_000);
  await world.runner.idle(400_000);
  const { runs } = world.runner;

  // Ten events, ten runs, ten commits, one upon the other; each changes one tag and the chart's version.
  const bumps = runs.filter(({ workflow }) => workflow === 'bump.yml');
  expect(bumps.map(({ conclusion }) => conclusion)).toEqual(bumps.map(() => 'success'));
  expect(bumps.map((run) => stepOf(run, 'bump').outputs['result'])).toEqual(services.map(() => 'bumped'));
  const commits = gitIn(bare(), 'rev-list', '--reverse', `${before}..develop`).trim().split('\n');
  expect(commits).toHaveLength(10);
  for (const [index, commit] of commits.entries()) {
    expect(gitIn(bare(), 'rev-list', '--parents', '-1', commit).trim()).toBe(
      `${commit} ${commits[index - 1] ?? before}`,
    );
    expect(Object.values(tagsAt(commit)).filter((tag) => tag === '2.0.0')).toHaveLength(index + 1);
    expect(gitIn(bare(), 'show', `${commit}:charts/fleet/Chart.yaml`)).toContain(`version: ${index + 2}.0.0`);
  }
  expect(tagsAt('develop')).toEqual(ten('2.0.0'));

  // Of the pipelines and the watchers that waited, GitHub keeps the newest: fewer runs, and nothing lost.
  const others = runs.filter(({ workflow }) => workflow !== 'bump.yml');
  expect(new Set(others.map(({ workflow, event }) => `${workflow} upon ${event.name}`))).toEqual(
    new Set(['chart-pipeline.yml upon push', 'watch.yml upon repository_dispatch']),
  );
  expect(others.filter(({ conclusion }) => !['success', 'cancelled'].includes(conclusion ?? ''))).toEqual([]);
  const attempts = bumps.map((run) => Number(stepOf(run, 'bump').outputs['attempts']));
  const count = (workflow: string): number =>
    others.filter((run) => run.workflow === workflow && run.conclusion === 'success').length;
  process.stdout.write(
    `Ten bumps in ${attempts.reduce((sum, each) => sum + each)} attempts, ${count('chart-pipeline.yml')} pipelines, ` +
      `${count('watch.yml')} watches\n`,
  );

  // The cluster.
  const running = deployments(world, fleet.namespace);
  expect(Object.fromEntries(Object.entries(running).map(([name, { tag }]) => [name, tag]))).toEqual(ten('2.0.0'));
  expect(Object.values(running).every(({ complete }) => complete)).toBe(true);
  expect((await history(world, 'fleet', fleet.namespace)).at(-1)).toMatchObject({
    status: 'deployed',
    chart: 'fleet-11.0.0',
  });
  expect((await world.github.state()).violations).toEqual([]);
}, 900_000);

describe('docs/getting-started-deployment.md', () => {
  const [owner, name] = ['acme', 'started'] as const;
  const values = 'charts/fleet/values.yaml';
  const chart = 'charts/fleet/Chart.yaml';
  let change: Record<string, string>;

  beforeAll(async () => {
    const read = async (file: string): Promise<string> => (await world.github.read({ owner, name, path: file }))!;
    change = {
      [values]: (await read(values)).replace('tag: 1.0.0', 'tag: 1.1.0'),
      [chart]: (await read(chart)).replace('version: 1.0.0', 'version: 1.1.0'),
    };
  });

  test('a pull request is checked, and a comment shows what it would change', async () => {
    const { apiUrl, repositoryPaths } = world.github;
    const head = await world.github.commit({ owner, name, branch: 'newer-cart', files: change });
    await world.github.addToken({ token: 'ghp_person', kind: 'classic' });
    const response = await fetch(`${apiUrl}/repos/acme/started/pulls`, {
      method: 'POST',
      headers: { authorization: 'Bearer ghp_person', 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'A newer cart', head: 'newer-cart', base: 'develop' }),
    });
    const { number } = (await response.json()) as { number: number };
    const since = world.runner.runs.length;
    const base = gitIn(repositoryPaths[started.repository]!, 'rev-parse', 'develop').trim();
    const refs = { head: { ref: 'newer-cart', sha: head }, base: { ref: 'develop', sha: base } };
    await world.runner.propose(started.repository, { number, ...refs });
    const run = await world.runner.ended('chart.yml', since);
    expect([run.conclusion, run.steps.filter(({ id }) => id === 'check').length]).toEqual(['success', 1]);
    const comments = await world.github.comments({ owner, name });
    expect(comments.map(({ issue }) => issue)).toEqual([number]);
    expect(comments[0]!.body).toMatch(/acme\/fleet\/cart:1\.1\.0/);
    expect(() => kubectl(world, 'get', 'namespace', started.namespace)).toThrow('not found');
  }, 240_000);

  test('a push is validated, published and deployed in one job', async () => {
    const since = world.runner.runs.length;
    await world.github.commit({ owner, name, files: change });
    const run = await world.runner.ended('chart.yml', since);
    expect([run.conclusion, stepOf(run, 'pipeline').outputs]).toMatchObject(['success', { result: 'deployed' }]);
    expect(deployments(world, started.namespace)).toMatchObject({ cart: { tag: '1.1.0', complete: true } });
    const states = (await world.github.deployments()).flatMap(({ repository, statuses }) =>
      repository === started.repository ? [statuses.at(-1)!.state] : [],
    );
    expect(states).toEqual(['success']);
    expect((await world.github.state()).violations).toEqual([]);
  }, 240_000);
});

test('docs/pipeline.md in delivery mode: a push ends with a plan, and the command that applies it after an approval', async () => {
  const [owner, name] = ['acme', 'careful'] as const;
  const since = world.runner.runs.length;
  const values = (await world.github.read({ owner, name, path: 'charts/fleet/values.yaml' }))!;
  const chart = (await world.github.read({ owner, name, path: 'charts/fleet/Chart.yaml' }))!;
  const files = {
    'charts/fleet/values.yaml': values.replace('tag: 1.0.0', 'tag: 1.1.0'),
    'charts/fleet/Chart.yaml': chart.replace('version: 1.0.0', 'version: 1.1.0'),
  };
  await world.github.commit({ owner, name, files });
  const pipeline = await world.runner.ended('charts.yml', since);
  expect(pipeline.conclusion).toBe('success');
  const summary = pipeline.steps.map((step) => step.summary).join('\n');
  const [, workflow = '', fields = ''] =
    /^gh workflow run (\S+) --repo acme\/careful --ref develop (.*)$/m.exec(summary) ?? [];
  const inputs: Record<string, string> = Object.fromEntries(
    [...fields.matchAll(/-f ([\w-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]),
  );
  expect([workflow, inputs]).toMatchObject([
    'deploy.yml',
    { environment: 'production', chart: 'fleet', version: '1.1.0' },
  ]);
  const run = await world.runner.press(careful.repository, workflow, inputs);
  await world.runner.waits(run, 'production');
  expect(() => kubectl(world, 'get', 'namespace', careful.namespace)).toThrow('not found');
  await world.runner.approve(run, 'production');
  await run.ended;
  expect([run.conclusion, stepOf(run, 'deploy').outputs]).toMatchObject([
    'success',
    { result: 'deployed', 'plan-digest': inputs['plan-digest'] },
  ]);
  expect(deployments(world, careful.namespace)).toMatchObject({ cart: { tag: '1.1.0', complete: true } });
}, 240_000);
