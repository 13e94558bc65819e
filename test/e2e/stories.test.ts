/** The demo's four stories on the real chain, each step asserted from the cluster, git and S3 themselves. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createGitHub } from '../../demo/lib/github.mjs';
import { history } from '../../demo/lib/helm.mjs';
import { stepOf, stories } from '../../demo/lib/stories.mjs';
import { createWorld } from '../../demo/lib/world.mjs';
import { archiveFiles, chartRepository, deployments, everythingWritten, git, secret, versionsAt } from './looks.js';

type Facts<Name extends keyof typeof stories> = Awaited<ReturnType<(typeof stories)[Name]['run']>>;

const output = path.resolve(import.meta.dirname, '../../.toolchain/run/e2e');
const aborter = new AbortController();
const { world, start, stop } = createWorld({ output, signal: aborter.signal });
const quiet = { begins() {}, step() {}, note() {}, evidence() {}, plan() {} };
const develop = 'shop-develop';
const production = 'shop-production';

const plan: string[] = [];
const evidence: string[] = [];

function play<Name extends keyof typeof stories>(name: Name): Promise<Facts<Name>> {
  const tell = {
    ...quiet,
    plan: (text: string) => void plan.push(text),
    evidence: (text: string) => void evidence.push(text),
  };
  return stories[name].run({ world, github, tell }) as Promise<Facts<Name>>;
}

let github: ReturnType<typeof createGitHub>;

beforeAll(async () => {
  await start();
  github = createGitHub(world);
}, 240_000);

afterAll(async () => {
  await stop();
}, 120_000);

/** The steps of a run as `id: ok`, without the checkouts. */
function outcomes(run: { steps: { id: string; ok: boolean }[] }): Record<string, boolean> {
  return Object.fromEntries(run.steps.filter(({ id }) => !/^\d+$/.test(id)).map(({ id, ok }) => [id, ok]));
}

describe('1. a good version goes all the way by itself', () => {
  let facts: Facts<'goodVersion'>;
  beforeAll(async () => {
    facts = await play('goodVersion');
  }, 240_000);

  test('the image is in the registry, with the commit it was built from', async () => {
    const { host } = world.registry;
    const accept = {
      accept: 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json',
    };
    const manifest = await fetch(`http://${host}/v2/acme/shop/api/manifests/1.1.0`, { headers: accept });
    const { config } = (await manifest.json()) as { config: { digest: string } };
    const blob = await fetch(`http://${host}/v2/acme/shop/api/blobs/${config.digest}`);
    const image = (await blob.json()) as { config: { Labels: Record<string, string> } };
    expect(image.config.Labels).toMatchObject({
      'org.opencontainers.image.source': 'https://github.com/acme/api',
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
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
    expect(stepOf(facts.ci, 'bump').outputs).toMatchObject({
      result: 'bumped',
      changed: 'true',
      'commit-sha': facts.commit,
      'chart-versions': '{"shop":"1.1.0"}',
    });
  });

  test('the pipeline validated it for both environments', () => {
    expect(outcomes(facts.pipeline)).toEqual({ validate: true, publish: true, deploy: true });
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
    const { outputs } = stepOf(facts.pipeline, 'deploy');
    expect(outputs).toMatchObject({ result: 'deployed', revision: '1', 'chart-version': '1.1.0' });
    expect(outputs['tests']).toContain('shop-api-test');
    expect(outputs['tests']).toContain('shop-web-test');
  });
});

describe('2. a version whose test fails is rolled back by itself', () => {
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
    expect(outcomes(facts.pipeline)).toEqual({ validate: true, publish: true, deploy: false });
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

  test('the fix goes all the way', async () => {
    expect(versionsAt(world, facts.fix.commit)).toEqual({ chart: '1.2.1', api: '1.2.1', web: '1.0.0' });
    expect(outcomes(facts.fix.pipeline)).toEqual({ validate: true, publish: true, deploy: true });
    expect(stepOf(facts.fix.pipeline, 'deploy').outputs).toMatchObject({ result: 'deployed', revision: '4' });
    expect(deployments(world, develop)).toMatchObject({
      'shop-api': { tag: '1.2.1', complete: true },
      'shop-web': { tag: '1.0.0', complete: true },
    });
    expect((await history(world, 'shop', develop)).at(-1)).toMatchObject({ status: 'deployed', chart: 'shop-1.2.1' });
  });
});

describe('3. delivery to production waits for an approval', () => {
  let facts: Facts<'promotion'>;
  beforeAll(async () => {
    facts = await play('promotion');
  }, 240_000);

  test('the plan shows the image’s change, and no secret', () => {
    expect(stepOf(facts.planned, 'plan').outputs).toMatchObject({ result: 'planned' });
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/^-.*\/shop\/api:1\.0\.0/m);
    expect(plan[0]).toMatch(/^\+.*\/shop\/api:1\.2\.1/m);
    expect(plan[0]).not.toContain(secret(world, production, 'shop-api')['DATABASE_PASSWORD']);
  });

  test('nothing changed before the approval', () => {
    expect(outcomes(facts.planned)).toEqual({ promote: true, plan: true });
    expect(facts.between).toEqual(facts.before);
    expect(facts.before).toMatchObject({ revision: 1, chart: 'shop-1.0.0' });
  });

  test('the approved run applied that very plan', () => {
    expect(outcomes(facts.applied)).toEqual({ promote: true, plan: true, deploy: true });
    const digests = [facts.planned, facts.applied].map((run) => stepOf(run, 'plan').outputs['plan-digest']);
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}/);
    expect(digests[1]).toBe(digests[0]);
  });

  test('production has the very bytes that develop has tested', () => {
    const { digests, archives } = chartRepository(world, 'production');
    expect(Object.keys(digests)).toEqual(['1.2.1']);
    expect(archives['shop-1.2.1.tgz']).toBe(digests['1.2.1']);
    expect(digests['1.2.1']).toBe(chartRepository(world, 'develop').digests['1.2.1']);
  });

  test('production runs it, with production’s values; develop was left alone', async () => {
    expect(facts.after).toMatchObject({ revision: 2, chart: 'shop-1.2.1' });
    expect(deployments(world, production)).toMatchObject({
      'shop-api': { tag: '1.2.1', replicas: 3, complete: true },
      'shop-web': { tag: '1.0.0', replicas: 2, complete: true },
    });
    expect(secret(world, production, 'shop-api')['DATABASE_PASSWORD']).toMatch(/^production-database-/);
    expect(await history(world, 'shop', develop)).toHaveLength(4);
  });
});

describe('4. two services pushed at the same moment', () => {
  let facts: Facts<'together'>;
  beforeAll(async () => {
    facts = await play('together');
  }, 240_000);

  test('both bumps are in the history, one upon the other, each with a chart version of its own', () => {
    const [first, second] = facts.commits.map((commit) => versionsAt(world, commit));
    expect([
      { chart: '1.3.0', api: '1.3.0', web: '1.0.0' },
      { chart: '1.3.0', api: '1.2.1', web: '1.1.0' },
    ]).toContainEqual(first);
    expect(second).toEqual({ chart: '1.4.0', api: '1.3.0', web: '1.1.0' });
    expect(git(world, 'rev-parse', `${facts.commits[0]!}^`).trim()).toBe(facts.before);
    expect(git(world, 'rev-parse', `${facts.commits[1]!}^`).trim()).toBe(facts.commits[0]);
  });

  test('both versions were published and deployed, in that order', async () => {
    const { digests, archives } = chartRepository(world, 'develop');
    expect(Object.keys(digests).sort()).toEqual(['1.1.0', '1.2.0', '1.2.1', '1.3.0', '1.4.0']);
    for (const [version, digest] of Object.entries(digests)) expect(archives[`shop-${version}.tgz`]).toBe(digest);
    const revisions = await history(world, 'shop', develop);
    expect(revisions.slice(-2).map(({ chart }) => chart)).toEqual(['shop-1.3.0', 'shop-1.4.0']);
    expect(deployments(world, develop)).toMatchObject({
      'shop-api': { tag: '1.3.0', complete: true },
      // Rolled out when it was installed and when its own tag changed, and not with every version of the chart.
      'shop-web': { tag: '1.1.0', complete: true, rollouts: 2 },
    });
  });
});

test('no secret was ever written down', () => {
  const written = everythingWritten(world);
  const secrets = [
    world.ageKey,
    world.s3.secretAccessKey,
    /client-key-data: (\S+)/.exec(readFileSync(world.kubeconfig, 'utf8'))![1]!,
    ...Object.values(secret(world, develop, 'shop-api')),
    ...Object.values(secret(world, production, 'shop-api')),
  ];
  for (const value of secrets) {
    expect(written).not.toContain(value);
    expect(written).not.toContain(Buffer.from(value).toString('base64'));
  }
});
