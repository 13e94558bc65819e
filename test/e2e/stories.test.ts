/**
 * The shipped workflows on the real chain, each step asserted from the cluster, git and S3 themselves: the registry's notification, the
 * relay, a GitHub on this machine, and act as its runner. Nothing but `push` and the reviewers' decisions is done by the tests.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { helm, history } from '../../demo/lib/helm.mjs';
import type { Run } from '../../demo/lib/runner.mjs';
import { production, stepOf, stories, waiting } from '../../demo/lib/stories.mjs';
import { chartHead, createWorld, shop } from '../../demo/lib/world.mjs';
import {
  archiveFiles,
  chartRepository,
  deployments,
  everythingWritten,
  git,
  imageLabels,
  secret,
  versionsAt,
} from './looks.js';
import { serviceRepository, tagVersion } from './service-repository.js';

type Facts<Name extends keyof typeof stories> = Awaited<ReturnType<(typeof stories)[Name]['run']>>;

const output = path.resolve(import.meta.dirname, '../../.toolchain/run/e2e');
const aborter = new AbortController();
const { world, start, stop } = createWorld({ output, signal: aborter.signal, more: [serviceRepository] });
const develop = shop.namespaces.develop;

const plan: string[] = [];
const evidence: string[] = [];

function play<Name extends keyof typeof stories>(name: Name): Promise<Facts<Name>> {
  const tell = {
    note() {},
    plan: (text: string) => void plan.push(text),
    evidence: (text: string) => void evidence.push(text),
  };
  return stories[name].run({ world, tell }) as Promise<Facts<Name>>;
}

beforeAll(async () => {
  await start();
}, 240_000);

afterAll(async () => {
  await stop();
}, 120_000);

/** The steps of a run as `id: ok`, without those that every job has. */
function outcomes(run: Run): Record<string, boolean> {
  const own = run.steps.filter(({ id }) => !/^(?:\d+|gate)$/.test(id));
  return Object.fromEntries(own.map(({ id, ok }) => [id, ok]));
}

/** What started a run. */
const cause = ({ event }: Run): string =>
  event.name === 'repository_dispatch' ? (event.payload as { action: string }).action : event.name;

describe('1. deployment: an image that was pushed goes all the way by itself', () => {
  let facts: Facts<'goodVersion'>;
  beforeAll(async () => {
    facts = await play('goodVersion');
  }, 240_000);

  test('each workflow was started by the one before it, and none by hand', () => {
    process.stdout.write(`From push to deployed and tested: ${facts.seconds.toFixed(1)} s\n`);
    const runs = world.runner.runs.map((run) => [cause(run), run.workflow, run.conclusion]);
    expect(runs).toEqual([
      ['image-pushed', 'bump.yml', 'success'],
      ['chart-bumped', 'chart-pipeline.yml', 'success'],
      ['chart-published', 'watch.yml', 'success'],
    ]);
    const { client_payload } = facts.bump.event.payload as { client_payload: { image: Record<string, string> } };
    expect(client_payload.image).toMatchObject({
      reference: `${facts.image.reference}@${facts.image.digest}`,
      digest: facts.image.digest,
      tag: '1.1.0',
    });
  });

  test('one commit on the old head changes the tag and the chart version, and no other byte', () => {
    expect(git(world, 'rev-parse', `${facts.commit}^`).trim()).toBe(facts.before);
    const changed = git(world, 'diff', '--name-only', facts.before, facts.commit).trim().split('\n');
    expect(changed.sort()).toEqual(['charts/shop/Chart.yaml', 'charts/shop/values.yaml']);
    const lines = git(world, 'diff', '--unified=0', facts.before, facts.commit).split('\n');
    expect(lines.filter((line) => /^[+-][^+-]/.test(line))).toEqual([
      '-version: 1.0.0',
      '+version: 1.1.0',
      '-    tag: 1.0.0',
      '+    tag: 1.1.0',
    ]);
    expect(versionsAt(world, facts.commit)).toEqual({ chart: '1.1.0', api: '1.1.0', web: '1.0.0' });
    expect(stepOf(facts.bump, 'bump').outputs).toMatchObject({
      result: 'bumped',
      changed: 'true',
      'commit-sha': facts.commit,
      'chart-versions': '{"shop":"1.1.0"}',
    });
  });

  test('the pipeline validated it for both environments', () => {
    expect(outcomes(facts.pipeline)).toEqual({ validate: true, publish: true });
    expect(stepOf(facts.pipeline, 'validate').outputs).toMatchObject({ result: 'valid', errors: '0' });
    const summary = stepOf(facts.pipeline, 'validate').summary;
    for (const text of ['develop', 'production', '1.35', '1.36']) expect(summary).toContain(text);
  });

  test('the chart is in develop’s repository: index, archive and output agree', () => {
    const { digests, archives } = chartRepository(world, 'develop');
    expect(Object.keys(digests)).toEqual(['1.1.0']);
    expect(archives).toEqual({ 'shop-1.1.0.tgz': digests['1.1.0'] });
    expect(stepOf(facts.pipeline, 'publish').outputs).toMatchObject({
      result: 'published',
      name: 'shop',
      version: '1.1.0',
      digest: `sha256:${digests['1.1.0']}`,
    });
  });

  test('the archive carries its library, and nothing that belongs to an environment', () => {
    const files = archiveFiles(world, '1.1.0');
    expect(files).toContain('shop/Chart.yaml');
    expect(files.some((file) => file.startsWith('shop/charts/common'))).toBe(true);
    expect(files.filter((file) => file.includes('env/'))).toEqual([]);
  });

  test('the cluster runs it, with the environment’s values and secrets, and its tests have passed', async () => {
    expect(deployments(world, develop)).toMatchObject({
      'shop-api': { tag: '1.1.0', replicas: 1, complete: true },
      'shop-web': { tag: '1.0.0', replicas: 1, complete: true },
    });
    expect(secret(world, develop, 'shop-api')['DATABASE_PASSWORD']).toMatch(/^develop-database-/);
    expect(await history(world, 'shop', develop)).toMatchObject([
      { revision: 1, status: 'deployed', chart: 'shop-1.1.0' },
    ]);
    const { outputs } = stepOf(facts.watch, 'deploy');
    expect(outputs).toMatchObject({ result: 'deployed', revision: '1', 'chart-version': '1.1.0' });
    expect(outputs['tests']).toContain('shop-api-test');
    expect(outputs['tests']).toContain('shop-web-test');
  });
});

describe('2. deployment: a version whose test fails is rolled back and left alone', () => {
  let facts: Facts<'badVersion'>;
  beforeAll(async () => {
    facts = await play('badVersion');
  }, 240_000);

  test('it was published like any other', () => {
    expect(versionsAt(world, facts.commit)).toEqual({ chart: '1.2.0', api: '1.2.0', web: '1.0.0' });
    const { digests, archives } = chartRepository(world, 'develop');
    expect(digests).toMatchObject({ '1.1.0': expect.any(String), '1.2.0': expect.any(String) });
    expect(archives['shop-1.2.0.tgz']).toBe(digests['1.2.0']);
  });

  test('the deploy, and only the deploy, failed: in its tests', () => {
    expect(outcomes(facts.pipeline)).toEqual({ validate: true, publish: true });
    expect(outcomes(facts.watch)).toEqual({ watch: true, deploy: false });
    expect(facts.deploy.outputs).toMatchObject({
      result: 'rolled-back',
      'failed-phase': 'test',
      'previous-revision': '1',
    });
    expect(facts.deploy.errors.join('\n')).toContain('shop-api-test');
  });

  test('the cluster was back on the old version', () => {
    const { revisions, images } = facts.afterRollback;
    expect(images).toMatchObject({ api: expect.stringMatching(/:1\.1\.0$/), web: expect.stringMatching(/:1\.0\.0$/) });
    expect(revisions.map(({ chart }) => chart)).toEqual(['shop-1.1.0', 'shop-1.2.0', 'shop-1.1.0']);
    expect(revisions.at(-1)).toMatchObject({ revision: 3, status: 'deployed' });
  });

  test('the summary shows the failed test’s log, saved before the rollback', () => {
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).toContain('shop-api-test');
    expect(evidence[0]).toContain('expected HTTP 200, got 500');
  });

  test('its GitHub Deployment is a failure, and the one before it is active again', () => {
    const seen = facts.afterRollback.deployments.filter(({ environment }) => environment === 'develop');
    const states = seen.map(({ statuses }) => statuses.map(({ state }) => state));
    expect(states[1]).toEqual(['in_progress', 'failure']);
    expect(seen.at(-1)!.statuses.at(-1)!.state).toBe('success');
  });

  test('the watcher, asked again by the clock, does not try it again and says why', () => {
    expect(cause(facts.again)).toBe('schedule');
    expect(outcomes(facts.again)).toEqual({ watch: true });
    const { outputs } = stepOf(facts.again, 'watch');
    expect(outputs).toMatchObject({ result: 'up-to-date', count: '0', pending: '[]' });
    expect(JSON.parse(outputs['quarantined']!)).toMatchObject([
      { environment: 'develop', chart: 'shop', version: '1.2.0', reason: expect.stringContaining('shop-api-test') },
    ]);
  });

  test('the fix goes all the way', async () => {
    expect(versionsAt(world, facts.fix.commit)).toEqual({ chart: '1.2.1', api: '1.2.1', web: '1.0.0' });
    expect(outcomes(facts.fix.watch)).toEqual({ watch: true, deploy: true });
    expect(stepOf(facts.fix.watch, 'deploy').outputs).toMatchObject({ result: 'deployed', revision: '4' });
    expect(deployments(world, develop)).toMatchObject({
      'shop-api': { tag: '1.2.1', complete: true },
      'shop-web': { tag: '1.0.0', complete: true },
    });
    expect((await history(world, 'shop', develop)).at(-1)).toMatchObject({ status: 'deployed', chart: 'shop-1.2.1' });
  });
});

describe('3. delivery: production waits for an approval', () => {
  let facts: Facts<'promotion'>;
  beforeAll(async () => {
    facts = await play('promotion');
  }, 240_000);

  test('the plan shows the image’s change, and no secret', () => {
    expect(stepOf(facts.run, 'plan').outputs).toMatchObject({ result: 'planned' });
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/^-.*\/shop\/api:1\.0\.0/m);
    expect(plan[0]).toMatch(/^\+.*\/shop\/api:1\.2\.1/m);
    expect(plan[0]).not.toContain(secret(world, shop.namespaces.production, 'shop-api')['DATABASE_PASSWORD']);
  });

  test('nothing changed before the approval', () => {
    expect(facts.between).toEqual(facts.before);
    expect(facts.before).toMatchObject({ revision: 1, chart: 'shop-1.0.0' });
  });

  test('that very plan was applied then', () => {
    expect(outcomes(facts.run)).toEqual({ promote: true, plan: true, deploy: true });
    const [planned, applied] = ['plan', 'deploy'].map((id) => stepOf(facts.run, id).outputs['plan-digest']);
    expect(planned).toMatch(/^sha256:[0-9a-f]{64}/);
    expect(applied).toBe(planned);
  });

  test('production has the very bytes that develop has tested', () => {
    const { digests, archives } = chartRepository(world, 'production');
    expect(Object.keys(digests)).toEqual(['1.2.1']);
    expect(archives['shop-1.2.1.tgz']).toBe(digests['1.2.1']);
    expect(digests['1.2.1']).toBe(chartRepository(world, 'develop').digests['1.2.1']);
  });

  test('production runs it, with production’s values; develop was left alone', async () => {
    expect(facts.after).toMatchObject({ revision: 2, chart: 'shop-1.2.1' });
    expect(deployments(world, shop.namespaces.production)).toMatchObject({
      'shop-api': { tag: '1.2.1', replicas: 3, complete: true },
      'shop-web': { tag: '1.0.0', replicas: 2, complete: true },
    });
    expect(secret(world, shop.namespaces.production, 'shop-api')['DATABASE_PASSWORD']).toMatch(/^production-database-/);
    expect(await history(world, 'shop', develop)).toHaveLength(4);
  });

  test('a change in between is refused: what was approved is not what would be done now', async () => {
    const before = await production(world);
    const [first, second] = [await waiting(world, 'deploy.yml', '1.2.1'), await waiting(world, 'deploy.yml', '1.2.1')];
    // Somebody goes back by hand: both plans were made before that.
    await helm(world, 'rollback', shop.release, '1', '--namespace', shop.namespaces.production, '--wait');
    await world.runner.reject(first, 'production');
    await world.runner.approve(second, 'production');
    await Promise.all([first.ended, second.ended]);
    expect([first.conclusion, second.conclusion]).toEqual(['failure', 'failure']);
    expect(outcomes(first)).toEqual({ plan: true });
    const { outputs, errors } = stepOf(second, 'deploy');
    expect(outputs).toMatchObject({ result: 'failed', 'failed-phase': 'preflight' });
    expect(errors.join()).toContain('This is not the plan that was approved');
    expect(await production(world)).toMatchObject({ revision: before.revision + 1, chart: 'shop-1.0.0' });
  }, 240_000);
});

test('a service whose CI writes into the chart by itself: one commit, whose push starts the pipeline', async () => {
  const [before, since] = [await chartHead(world), world.runner.runs.length];
  const commit = await tagVersion(world, '1.3.0');
  const ci = await world.runner.ended('service-ci.yml', since);
  expect([ci.conclusion, cause(ci), stepOf(ci, 'image').outputs]).toEqual([
    'success',
    'push',
    { reference: `${world.registry.host}/acme/shop/api:1.3.0` },
  ]);
  const watch = await world.runner.ended('watch.yml', since);
  await world.runner.idle();
  // The relay told of the image, too: whoever came second found it done.
  expect(git(world, 'rev-list', '--count', `${before}..develop`).trim()).toBe('1');
  expect(versionsAt(world, 'develop')).toEqual({ chart: '1.3.0', api: '1.3.0', web: '1.0.0' });
  expect(await imageLabels(world, 'acme/shop/api', '1.3.0')).toMatchObject({
    'org.opencontainers.image.source': `${world.github.serverUrl}/acme/api`,
    'org.opencontainers.image.revision': commit,
  });
  expect(watch.conclusion).toBe('success');
  expect(deployments(world, develop)).toMatchObject({ 'shop-api': { tag: '1.3.0', complete: true } });
}, 240_000);

test('no secret was ever written down', () => {
  const written = everythingWritten(world);
  const secrets = [
    world.ageKey,
    world.s3.secretAccessKey,
    /client-key-data: (\S+)/.exec(readFileSync(world.kubeconfig, 'utf8'))![1]!,
    ...Object.values(secret(world, develop, 'shop-api')),
    ...Object.values(secret(world, shop.namespaces.production, 'shop-api')),
  ];
  for (const value of secrets) {
    expect(written).not.toContain(value);
    expect(written).not.toContain(Buffer.from(value).toString('base64'));
  }
});
