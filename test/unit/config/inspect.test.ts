import { describe, expect, it } from '@jest/globals';
import { inspectConfig, parseConfig } from '../../../src/config/parse.js';

const DEVELOP = `environments:
  develop:
    branch: develop
    repository: s3://charts/develop
`;

const problemsOf = (text: string) =>
  inspectConfig('helm-cd.yaml', text).problems.map(({ message, place }) => `${place?.line}: ${message}`);

describe('inspectConfig', () => {
  it('finds nothing in a good file, and reads it as parseConfig does', () => {
    const { config, problems, source } = inspectConfig('helm-cd.yaml', DEVELOP);
    expect(problems).toEqual([]);
    expect(config).toEqual(parseConfig('helm-cd.yaml', DEVELOP));
    expect(source?.placeOf(['environments', 'develop', 'repository'])).toMatchObject({ line: 4 });
  });

  it('tells all that the schema refuses, what is misspelled before what is missing', () => {
    const { problems } = inspectConfig(
      'helm-cd.yaml',
      'enviroments: {}\ncharts:\n  shop: { pth: charts/shop }\n  web: { path: 1 }\n',
    );
    expect(problems.map(({ message, place }) => `${place?.line}: ${message.replace('helm-cd.yaml: ', '')}`)).toEqual([
      '1: unknown key "enviroments", did you mean "environments"?',
      '1: the file needs "environments"',
      '3: unknown key "pth" in charts.shop, did you mean "path"?',
      '3: charts.shop needs "path"',
      '4: charts.web.path must be of type string',
    ]);
    expect(() => parseConfig('helm-cd.yaml', 'enviroments: {}\n')).toThrow('unknown key "enviroments"');
  });

  it('tells all that no schema can say', () => {
    const text = `charts:
  shop:
    path: shop
    environments:
      devlop: { values: [] }
      develop: { promote-from: staging }
environments:
  develop: { branch: main, repository: x, bump: { tags: '/(/' } }
  staging: { branch: main, repository: x, retention: { age: soon } }
  a: { promote-from: b, repository: x }
  b: { promote-from: a, repository: x }
  c: { repository: x }
validate: { parity: { ignore: [a..b] } }
`;
    const problems = problemsOf(text).map((problem) => problem.replace('helm-cd.yaml: ', ''));
    expect(problems).toEqual([
      '5: chart shop overrides the unknown environment "devlop", did you mean "develop"?',
      '6: for chart shop, environment develop has both branch and promote-from',
      '8: environments.develop.bump.tags is a broken regular expression: /(/',
      '9: environments develop and staging have the same branch "main"',
      expect.stringMatching(/^9: environments\.staging\.retention\.age/),
      '10: promotion goes in a circle: a ← b ← a',
      '11: promotion goes in a circle: b ← a ← b',
      '12: environment c has neither branch nor promote-from',
      '13: validate.parity.ignore.0 is no path of a value: "a..b"',
    ]);
  });

  it.each<[string, string, string, string?]>([
    ['is empty', '', 'helm-cd.yaml: the file must be of type object'],
    ['is too long', `# ${'x'.repeat(1024 * 1024)}\n${DEVELOP}`, 'more than 1048576'],
    ['has too many brackets', `environments: ${'['.repeat(50_000)}`, 'has more than 100 levels'],
    ['has too many lists in a line', `environments: ${DEVELOP}\n${'- '.repeat(50_000)}a`, 'has more than 100 levels'],
    [
      'has a number for a version',
      `${DEVELOP}    kubernetes: [1.30]\n`,
      'kubernetes.0 must be of type string',
      'Write it in quotes.',
    ],
    [
      'has a boolean for a name',
      DEVELOP.replace('branch: develop', 'branch: true'),
      'branch must be of type string',
      'Write it in quotes.',
    ],
    [
      'has a misspelled mode',
      `${DEVELOP}    mode: deploymnt\n`,
      'mode is none of: deployment, delivery, did you mean "deployment"?',
    ],
  ])('says what is wrong with a file that %s', (_, text, message, hint = '') => {
    const { config, problems } = inspectConfig('helm-cd.yaml', text);
    expect(config).toBeUndefined();
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.hint ?? '').toBe(hint);
    expect(problems[0]).toMatchObject({ code: 'config', place: { file: 'helm-cd.yaml' } });
    expect(() => parseConfig('helm-cd.yaml', text)).toThrow(message);
  });
});
