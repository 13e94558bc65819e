import { describe, expect, it } from '@jest/globals';
import { environmentOf } from '../../../src/config/load.js';
import { parseConfig } from '../../../src/config/parse.js';
import { HelmCdError } from '../../../src/core/errors.js';

const withDeploy = (deploy: string) => `charts:
  shop:
    path: charts/shop
    environments:
      develop: { deploy: { versions: ^2 } }
environments:
  develop:
    branch: develop
    repository: s3://charts/develop
    deploy:
      ${deploy}
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

describe('deploy in helm-cd.yaml', () => {
  it('is laid over the environment’s for one chart, key by key', () => {
    const config = parseConfig('helm-cd.yaml', withDeploy("{ versions: '>=1.0.0 <2', min-age: 1d }"));
    const [develop] = config.environments;
    if (develop === undefined) throw new Error('no environment');
    const of = (chart: string) => environmentOf(config, develop, chart).deploy;
    expect(of('api')).toMatchObject({ minAgeMs: 86_400_000, requireVerified: true });
    expect(of('shop')).toMatchObject({ minAgeMs: 86_400_000, requireVerified: true });
    expect([of('api').versions?.text, of('shop').versions?.text]).toEqual(['>=1.0.0 <2', '^2']);
    expect(of('api').versions?.accepts('1.9.0')).toBe(true);
    expect(of('api').versions?.accepts('1.9.0-rc.1')).toBe(false);
  });

  it.each([
    ['versions: newest', 'environments.develop.deploy.versions is no constraint for versions: "newest"'],
    ['versions: 1', 'environments.develop.deploy.versions must be of type string'],
    ['min-age: soon', 'environments.develop.deploy.min-age is no age: "soon"'],
    ['min-age: 10', 'environments.develop.deploy.min-age must be of type string'],
    ['require-verified: maybe', 'environments.develop.deploy.require-verified must be of type boolean'],
    ['minage: 1d', 'unknown key "minage" in environments.develop.deploy, did you mean "min-age"?'],
  ])('%j is an error at its line', (line, message) => {
    const error = failureOf(withDeploy(line));
    expect(error.message).toContain(message);
    expect([error.code, error.place?.line]).toEqual(['config', 11]);
  });
});
