import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/parse.js';
import { HelmCdError } from '../../../src/core/errors.js';

const DEVELOP = `environments:
  develop:
    branch: develop
    repository: s3://charts/develop
`;

function failureOf(text: string): HelmCdError {
  try {
    parseConfig('helm-cd.yaml', text);
  } catch (error) {
    if (error instanceof HelmCdError) return error;
    throw error;
  }
  throw new Error('expected a HelmCdError');
}

describe('a good helm-cd.yaml', () => {
  it('needs no more than one environment with what feeds it and a repository', () => {
    expect(parseConfig('helm-cd.yaml', DEVELOP)).toEqual({
      file: 'helm-cd.yaml',
      charts: [],
      environments: [
        {
          name: 'develop',
          branch: 'develop',
          repository: 's3://charts/develop',
          mode: 'delivery',
          values: [],
          secrets: [],
          kubernetes: [],
          cluster: {},
          bump: { strategy: 'auto', tags: '*', order: { by: 'semver' }, version: 'auto' },
          deploy: { minAgeMs: 0, requireVerified: true },
          retention: { keep: [] },
        },
      ],
      overrides: {},
      validate: { parity: { ignore: [] } },
    });
  });

  it('says which values may differ', () => {
    const text = `validate:\n  parity:\n    ignore: [replicas, 'env[DEBUG_*]', 'annotations["a.b/c"]', '*.nodeSelector']\n${DEVELOP}`;
    expect(parseConfig('helm-cd.yaml', text).validate.parity.ignore).toEqual([
      'replicas',
      'env[DEBUG_*]',
      'annotations["a.b/c"]',
      '*.nodeSelector',
    ]);
  });

  it('keeps the order of environments, and says everything', () => {
    const config = parseConfig(
      'ci/helm-cd.yaml',
      `charts:
  shop:
    path: charts/shop
    release: store
    images:
      ghcr.io/acme/api: [values.yaml#/api/image/tag]
    environments:
      production: { bump: { version: minor }, values: [env/own.yaml] }
  common: { path: charts/common }
environments:
  staging: { branch: main, repository: file:///srv/staging, mode: deployment, bump: { strategy: direct } }
  production:
    promote-from: staging
    repository: oci://ghcr.io/acme/charts
    values: [env/a.yaml, env/b.yaml]
    secrets: [env/a.sops.yaml]
    kubernetes: ['1.35', v1.36.3]
    cluster: { context: main, namespace: shop }
    bump: { tags: '>=1.0.0', version: patch }
`,
    );
    expect(config.file).toBe('ci/helm-cd.yaml');
    expect(config.charts).toEqual([
      {
        name: 'shop',
        path: 'charts/shop',
        release: 'store',
        images: { 'ghcr.io/acme/api': ['values.yaml#/api/image/tag'] },
      },
      { name: 'common', path: 'charts/common', release: 'common', images: {} },
    ]);
    expect(config.environments.map(({ name, mode }) => [name, mode])).toEqual([
      ['staging', 'deployment'],
      ['production', 'delivery'],
    ]);
    expect(config.environments[0]?.bump).toEqual({
      strategy: 'direct',
      tags: '*',
      order: { by: 'semver' },
      version: 'auto',
    });
    expect(config.environments[1]).toMatchObject({
      promoteFrom: 'staging',
      values: ['env/a.yaml', 'env/b.yaml'],
      kubernetes: ['1.35', 'v1.36.3'],
      cluster: { context: 'main', namespace: 'shop' },
      bump: { strategy: 'auto', tags: '>=1.0.0', version: 'patch' },
    });
    // What is overridden is laid over the environment's own policy, not over the defaults.
    expect(config.overrides).toEqual({
      shop: {
        production: {
          values: ['env/own.yaml'],
          bump: { strategy: 'auto', tags: '>=1.0.0', order: { by: 'semver' }, version: 'minor' },
        },
      },
    });
  });

  it('says how tags are ordered, for an environment and for a chart in it', () => {
    const { environments, overrides } = parseConfig(
      'helm-cd.yaml',
      `charts:
  shop: { path: shop, environments: { develop: { bump: { order-pattern: '^release-(.+)$' } } } }
  web: { path: web, environments: { develop: { bump: { order: semver } } } }
  job: { path: job, environments: { develop: { bump: { version: none } } } }
environments:
  develop:
    branch: develop
    repository: file:///srv/develop
    bump: { order: date, order-pattern: '^main-(.+)$' }
`,
    );
    expect(environments[0]?.bump.order).toEqual({ by: 'date', pattern: /^main-(.+)$/ });
    expect(['shop', 'web', 'job'].map((chart) => overrides[chart]?.['develop']?.bump?.order)).toEqual([
      { by: 'date', pattern: /^release-(.+)$/ },
      { by: 'semver' },
      { by: 'date', pattern: /^main-(.+)$/ },
    ]);
  });

  it.each([
    ['anchors', 'environments:\n  a: &a { branch: a, repository: file:///x }\n  b: { <<: *a, branch: b }\n'],
    ['a byte order mark', `\ufeff${DEVELOP}`],
    ['Windows line ends', DEVELOP.replaceAll('\n', '\r\n')],
    ['a document start and comments', `# comment\n---\n${DEVELOP}# end\n`],
  ])('may have %s', (_, text) => {
    expect(parseConfig('helm-cd.yaml', text).environments[0]?.repository).toMatch(/^(file|s3):/);
  });
});

describe('a bad helm-cd.yaml', () => {
  it.each<[string, string, number, string, string?]>([
    ['broken YAML', 'environments:\n  develop: [a\nx: 1\n', 3, 'helm-cd.yaml is no valid YAML: '],
    ['a tab for indentation', 'environments:\n\tdevelop: x\n', 2, 'is no valid YAML'],
    ['a key twice', `${DEVELOP}environments: {}\n`, 5, 'is no valid YAML: Map keys must be unique'],
    ['two documents', `${DEVELOP}---\n${DEVELOP}`, 5, 'is no valid YAML'],
    ['an undefined alias', 'environments:\n  develop: *nothing\n', 2, 'is no valid YAML'],
    ['nothing in it', '', 1, 'helm-cd.yaml: the file must be of type object'],
    ['a list', '- a\n', 1, 'helm-cd.yaml: the file must be of type object'],
    ['no environments', 'charts: {}\n', 1, 'helm-cd.yaml: the file needs "environments"'],
    ['empty environments', 'charts: {}\nenvironments: {}\n', 2, 'environments must NOT have fewer than 1 properties'],
    [
      'an unknown key',
      `${DEVELOP}chart: {}\n`,
      5,
      'helm-cd.yaml: unknown key "chart", did you mean "charts"?',
      'Known keys: charts, validate, environments.',
    ],
    [
      'an unknown key in an environment',
      `${DEVELOP}    brnach: x\n`,
      5,
      'helm-cd.yaml: unknown key "brnach" in environments.develop, did you mean "branch"?',
      'Known keys: branch, promote-from, repository,',
    ],
    [
      'a value to ignore that is no path',
      `${DEVELOP}validate:\n  parity:\n    ignore:\n      - replicas\n      - a..b\n`,
      9,
      'validate.parity.ignore.1 is no path of a value: "a..b"',
      'Write keys with dots between them',
    ],
    [
      'an unknown key deep inside',
      `${DEVELOP}    cluster: { namespac: x }\n`,
      5,
      'unknown key "namespac" in environments.develop.cluster',
    ],
    [
      'an order that there is not',
      `${DEVELOP}    bump: { order: alphabetical }\n`,
      5,
      'environments.develop.bump.order is none of: semver, numeric, date',
    ],
    [
      'an order without its pattern',
      `${DEVELOP}    bump:\n      order: numeric\n`,
      6,
      'environments.develop.bump.order-pattern is missing: tags are ordered by numeric.',
      'Put the part of the tag that grows in parentheses',
    ],
    [
      'a broken pattern of an order',
      `${DEVELOP}    bump:\n      order: date\n      order-pattern: '^(main'\n`,
      7,
      'environments.develop.bump.order-pattern is a broken regular expression: ^(main',
    ],
    [
      'a pattern without an order',
      `${DEVELOP}    bump:\n      order-pattern: '^main-(.*)'\n`,
      6,
      'environments.develop.bump.order-pattern has no meaning: tags are ordered by semver',
      'Set order to numeric or date.',
    ],
    [
      'a pattern without a group, in a chart’s override',
      `charts:\n  shop:\n    path: shop\n    environments:\n      develop:\n        bump: { order: numeric, order-pattern: x }\n${DEVELOP}`,
      6,
      'charts.shop.environments.develop.bump.order-pattern has no group: x',
    ],
    [
      'an environment without repository',
      'environments:\n  develop:\n    branch: a\n',
      2,
      'environments.develop needs "repository"',
    ],
    ['an environment that is empty', 'environments:\n  develop:\n', 2, 'environments.develop must be of type object'],
    ['a wrong type', `${DEVELOP}    values: env/a.yaml\n`, 5, 'environments.develop.values must be of type array'],
    [
      'a wrong item',
      `${DEVELOP}    values:\n      - a\n      - 1\n`,
      7,
      'environments.develop.values.1 must be of type string',
    ],
    [
      'an unknown mode',
      `${DEVELOP}    mode: automatic\n`,
      5,
      'environments.develop.mode is none of: deployment, delivery',
    ],
    [
      'a Kubernetes version without quotes',
      `${DEVELOP}    kubernetes: [1.30]\n`,
      5,
      'environments.develop.kubernetes.0 must be of type string',
    ],
    [
      'no Kubernetes version',
      `${DEVELOP}    kubernetes: ['latest']\n`,
      5,
      'environments.develop.kubernetes.0 must match pattern',
    ],
    ['a chart without path', `${DEVELOP}charts:\n  shop: {}\n`, 6, 'charts.shop needs "path"'],
    [
      'branch and promote-from',
      `${DEVELOP}  production:\n    branch: main\n    promote-from: develop\n    repository: x\n`,
      7,
      'helm-cd.yaml: environment production has both branch and promote-from',
      'Keep one',
    ],
    [
      'neither branch nor promote-from',
      `${DEVELOP}  production:\n    repository: x\n`,
      5,
      'environment production has neither branch nor promote-from',
      'Say what feeds it.',
    ],
    [
      'two environments on one branch',
      `${DEVELOP}  other:\n    branch: develop\n    repository: x\n`,
      6,
      'environments develop and other have the same branch "develop"',
    ],
    [
      'promotion from nowhere',
      `${DEVELOP}  production:\n    promote-from: devlop\n    repository: x\n`,
      6,
      'from the unknown environment "devlop", did you mean "develop"?',
    ],
    [
      'promotion from itself',
      `${DEVELOP}  a:\n    promote-from: a\n    repository: x\n`,
      6,
      'promotion goes in a circle: a ← a',
    ],
    [
      'promotion in a circle',
      `${DEVELOP}  a:\n    promote-from: b\n    repository: x\n  b:\n    promote-from: a\n    repository: x\n`,
      6,
      'promotion goes in a circle: a ← b ← a',
    ],
    [
      'an override of an unknown environment',
      `charts:\n  shop:\n    path: shop\n    environments:\n      devlop: { values: [] }\n${DEVELOP}`,
      5,
      'chart shop overrides the unknown environment "devlop", did you mean "develop"?',
    ],
    ['too many aliases', `x: &a [1]\ny: [${'*a, '.repeat(200)}]\n${DEVELOP}`, 1, 'helm-cd.yaml'],
  ])('with %s is refused at its line', (_, text, line, message, hint = '') => {
    const error = failureOf(text);
    expect(error.code).toBe('config');
    expect(error.message).toContain(message);
    expect(error.place).toMatchObject({ file: 'helm-cd.yaml', line });
    expect(error.hint ?? '').toContain(hint);
  });
});
