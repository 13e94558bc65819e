import { describe, expect, it } from '@jest/globals';
import { environmentOf } from '../../../src/config/load.js';
import { parseConfig } from '../../../src/config/parse.js';
import { HelmCdError } from '../../../src/core/errors.js';

const DAY = 86_400_000;
const withRetention = (lines: string) => `charts:
  shop:
    path: charts/shop
    environments:
      develop:
        retention: { age: 1w, keep: ['3.x'] }
environments:
  develop:
    branch: develop
    repository: s3://charts/develop
    retention:
${lines
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
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

describe('retention in helm-cd.yaml', () => {
  it('is laid over the environment’s for one chart, key by key', () => {
    const config = parseConfig('helm-cd.yaml', withRetention("count: 10\nage: 90d\nkeep: ['1.4.0', 'shop@~2.1.0']"));
    const [develop] = config.environments;
    if (develop === undefined) throw new Error('no environment');
    const texts = (chart: string) => {
      const { keep, ...limits } = environmentOf(config, develop, chart).retention;
      return { ...limits, keep: keep.map(({ text }) => text) };
    };
    expect(texts('api')).toEqual({ count: 10, ageMs: 90 * DAY, keep: ['1.4.0', 'shop@~2.1.0'] });
    expect(texts('shop')).toEqual({ count: 10, ageMs: 7 * DAY, keep: ['3.x'] });
  });

  it.each([
    ['count: -1', 12, 'retention.count must be >= 0'],
    ['count: many', 12, 'retention.count must be of type integer'],
    ['prereleases: 0.5', 12, 'retention.prereleases must be of type integer'],
    ['count: 1\nage: 90', 13, 'retention.age must be of type string'],
    ['count: 1\nage: ninety days', 13, 'environments.develop.retention.age is no age: "ninety days"'],
    ["keep:\n- '1.0.0'\n- newest", 14, 'retention.keep.1 says neither a version nor a constraint: "newest"'],
    ['cuont: 3', 12, 'unknown key "cuont" in environments.develop.retention, did you mean "count"?'],
  ])('%j is an error at its line', (lines, line, message) => {
    const error = failureOf(withRetention(lines));
    expect(error.message).toContain(message);
    expect([error.code, error.place?.line]).toEqual(['config', line]);
  });
});
