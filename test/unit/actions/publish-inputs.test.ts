import { afterEach, describe, expect, it } from '@jest/globals';
import { resolveEnds } from '../../../src/actions/promote-chart/ends.js';
import { readInputs as readPromoteInputs } from '../../../src/actions/promote-chart/inputs.js';
import { readInputs as readPublishInputs, type PublishInputs } from '../../../src/actions/publish-chart/inputs.js';
import { planTargets } from '../../../src/actions/publish-chart/targets.js';
import type { FoundChart } from '../../../src/charts/find-charts.js';
import { parseConfig } from '../../../src/config/parse.js';
import { createInputReader } from '../../../src/runtime/inputs.js';

const saved = { ...process.env };

afterEach(() => {
  process.env = { ...saved };
});

function reader(inputs: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  return createInputReader({ add: () => undefined, redact: (text) => text });
}

describe('publish-chart reads', () => {
  it('nothing but defaults', () => {
    expect(readPublishInputs(reader({}))).toMatchObject({
      charts: [],
      repository: '',
      verifyTimeoutMs: 120_000,
      dryRun: false,
    });
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      'an unknown kind of repository',
      { 'chart-repository': 'ftp://x/y' },
      'input',
      '"ftp://x/y" is no chart repository that helm-cd knows',
    ],
    [
      'a password in the URL',
      { 'chart-repository': 'oci://u:p@host/x' },
      'input',
      'The URL of a chart repository must not hold a user or a password.',
    ],
    ['a dry-run that is no boolean', { 'dry-run': 'yes' }, 'input', 'Input "dry-run" is neither true nor false: "yes"'],
    [
      'a timeout that is none',
      { 'verify-timeout': '2 minutes' },
      'input',
      'Input "verify-timeout" is not a duration: "2 minutes"',
    ],
    [
      'a password without a user',
      { password: 'secret-1234' },
      'input',
      'Input "password" is given without "username".',
    ],
    ['a user without a password', { username: 'me' }, 'input', 'Input "username" is given without "password".'],
    [
      'a passphrase without a key',
      { 'sign-passphrase': 'abcd1234' },
      'input',
      'Input "sign-passphrase" is given without "sign-key".',
    ],
    [
      'an endpoint that is no URL',
      { 'endpoint-url': 'localhost:9000' },
      'input',
      'Input "endpoint-url" is no http(s) URL: "localhost:9000"',
    ],
    [
      'a repository to tell that is none',
      { notify: 'acme' },
      'input',
      'Input "notify" names no GitHub repository: "acme"',
    ],
    ['to tell without a token', { notify: 'acme/x' }, 'input', 'Input "notify" needs "token".'],
    [
      'a version that is no SemVer',
      { version: '1.2' },
      'input',
      'Input "version" gives no SemVer version: "1.2" (such as 1.2)',
    ],
    [
      'a version with a v',
      { version: 'v1.2.3' },
      'input',
      'Input "version" gives no SemVer version: "v1.2.3" (such as v1.2.3)',
    ],
    [
      'an unknown placeholder',
      { version: '1.2.{build}' },
      'input',
      'Input "version" has the unknown placeholder {build}',
    ],
    [
      'a version that some commits break',
      { version: '1.0.0-{short-sha}' },
      'input',
      'Input "version" fails for commits whose id begins with a zero: "1.0.0-{short-sha}"',
    ],
  ])('%s, and refuses', (_, inputs, code, message) => {
    expect(() => readPublishInputs(reader(inputs))).toThrow(expect.objectContaining({ code, message }));
  });
});

const CONFIG = parseConfig(
  'helm-cd.yaml',
  `charts:
  shop:
    path: charts/shop
    environments:
      develop:
        repository: s3://charts/shop-develop
environments:
  develop: { branch: develop, repository: 's3://charts/develop' }
  production: { promote-from: develop, repository: 's3://charts/production' }
  dr: { promote-from: production, repository: 's3://charts/dr' }
`,
);

const found = (name?: string): FoundChart => {
  const config = CONFIG.charts.find((chart) => chart.name === name);
  return { location: '/x', path: 'x', kind: 'folder', ...(config === undefined ? {} : { config }) };
};

describe('publish-chart goes', () => {
  const inputs = (own: Partial<PublishInputs>) => ({ ...readPublishInputs(reader({})), ...own });

  it.each<[string, Partial<PublishInputs>, string, string | undefined, string, string]>([
    ["to the branch's environment", {}, 'develop', undefined, 's3://charts/develop', 'develop'],
    ["to the chart's own repository there", {}, 'develop', 'shop', 's3://charts/shop-develop', 'develop'],
    ['to the environment named', { environment: 'develop' }, 'main', undefined, 's3://charts/develop', 'develop'],
    ['to the repository given', { repository: 'file:///x' }, 'main', undefined, 'file:///x', ''],
    [
      'to the repository given, for the branch',
      { repository: 'file:///x' },
      'develop',
      undefined,
      'file:///x',
      'develop',
    ],
    [
      'to the repository given, for a promoted environment',
      { repository: 'file:///x', environment: 'production' },
      'main',
      undefined,
      'file:///x',
      'production',
    ],
  ])('%s', (_, own, branch, chart, repository, environment) => {
    expect(planTargets(inputs(own), CONFIG, branch)(found(chart))).toEqual({ repository, environment });
  });

  it.each<[string, Partial<PublishInputs>, string, string, string]>([
    [
      'an unknown environment',
      { environment: 'developp' },
      '',
      'config',
      'helm-cd.yaml has no environment "developp", did you mean "develop"?',
    ],
    [
      'a branch that feeds none',
      {},
      'feature',
      'config',
      'No environment in helm-cd.yaml is fed by the branch "feature".',
    ],
    [
      'an environment fed by promotion',
      { environment: 'production' },
      '',
      'refused',
      'Environment production is fed by promotion from develop, never by publishing.',
    ],
  ])('nowhere for %s', (_, own, branch, code, message) => {
    expect(() => planTargets(inputs(own), CONFIG, branch)(found())).toThrow(expect.objectContaining({ code, message }));
  });

  it('nowhere without helm-cd.yaml, unless told', () => {
    expect(() => planTargets(inputs({}), undefined, 'develop')(found())).toThrow(
      expect.objectContaining({ code: 'input', message: 'Nothing says where to publish: there is no helm-cd.yaml.' }),
    );
    expect(() => planTargets(inputs({ environment: 'develop' }), undefined, '')).toThrow(
      expect.objectContaining({
        code: 'config',
        message: 'Input "environment" names "develop", but there is no helm-cd.yaml.',
      }),
    );
    expect(planTargets(inputs({ repository: 'file:///x' }), undefined, '')(found())).toEqual({
      repository: 'file:///x',
      environment: '',
    });
  });
});

describe('promote-chart', () => {
  const from = (own: Record<string, string>) =>
    readPromoteInputs(reader({ chart: 'shop', from: 'develop', to: 'production', ...own }));

  it.each<[string, Record<string, string>, string, string]>([
    ['no chart', { chart: '' }, 'input', 'Input "chart" is required but empty.'],
    ['no origin', { from: '' }, 'input', 'Input "from" is required but empty.'],
    ['itself', { to: 'develop' }, 'input', 'Inputs "from" and "to" are the same: "develop"'],
    [
      'half a login for the origin',
      { 'from-password': 'x' },
      'input',
      'Input "from-password" is given without "from-username".',
    ],
    ['notify without a token', { notify: 'acme/x' }, 'input', 'Input "notify" needs "token".'],
  ])('refuses %s', (_, own, code, message) => {
    expect(() => from(own)).toThrow(expect.objectContaining({ code, message }));
  });

  it('goes from environment to environment, and between URLs', () => {
    expect(resolveEnds(from({ chart: 'web' }), CONFIG)).toMatchObject({
      from: { repository: 's3://charts/develop', environment: 'develop' },
      to: { repository: 's3://charts/production', environment: 'production' },
    });
    expect(resolveEnds(from({}), CONFIG).from.repository).toBe('s3://charts/shop-develop');
    expect(resolveEnds(from({ from: 'file:///a/', to: 's3://b-b/c' }), undefined)).toMatchObject({
      from: { repository: 'file:///a', environment: '' },
      to: { repository: 's3://b-b/c', environment: '' },
    });
    expect(resolveEnds(from({ from: 's3://elsewhere/x' }), CONFIG).to.environment).toBe('production');
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['past an environment', { to: 'dr' }, 'refused', 'Environment dr is promoted from production, not from develop.'],
    [
      'to an environment with a branch',
      { from: 'production', to: 'develop' },
      'refused',
      'Environment develop is fed by pushes to develop, never by promotion.',
    ],
    [
      'to an unknown environment',
      { to: 'productoin' },
      'config',
      'helm-cd.yaml has no environment "productoin", did you mean "production"?',
    ],
    [
      'from a repository to itself',
      { chart: 'web', to: 's3://charts/develop/' },
      'input',
      '"develop" and "s3://charts/develop/" have the same chart repository: s3://charts/develop',
    ],
    ['to an unknown kind', { to: 'ftp://x/y' }, 'input', '"ftp://x/y" is no chart repository that helm-cd knows'],
    [
      'to a plain repository',
      { to: 'https://x/y' },
      'unsupported',
      'helm-cd can read the chart repository https://x/y, but not publish to it.',
    ],
  ])('never goes %s', (_, own, code, message) => {
    expect(() => resolveEnds(from(own), CONFIG)).toThrow(expect.objectContaining({ code, message }));
  });

  it('knows environments only by helm-cd.yaml', () => {
    expect(() => resolveEnds(from({}), undefined)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: 'Input "from" names the environment "develop", but there is no helm-cd.yaml.',
      }),
    );
  });
});
