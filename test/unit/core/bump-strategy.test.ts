import { describe, expect, it } from '@jest/globals';
import { chooseStrategy, type StrategyQuestion } from '../../../src/core/bump-strategy.js';

const NOTHING: StrategyQuestion = {
  input: 'auto',
  configured: [],
  rules: undefined,
  pullRequests: true,
  repository: 'acme/charts',
};
const DEMANDED = { pullRequest: true, signatures: false };
const FREE = { pullRequest: false, signatures: true };

describe('the strategy of a bump', () => {
  it.each([
    ['nothing is known', {}, 'direct', true],
    ['the branch demands nothing', { rules: FREE }, 'direct', true],
    ['the branch demands pull requests', { rules: DEMANDED }, 'pull-request', false],
    [
      'the input says direct, whatever else',
      { input: 'direct', rules: DEMANDED, configured: ['pull-request'] },
      'direct',
      false,
    ],
    ['the input says pull-request', { input: 'pull-request', configured: ['direct'] }, 'pull-request', false],
    ['helm-cd.yaml wants direct', { configured: ['direct'], rules: DEMANDED }, 'direct', false],
    ['helm-cd.yaml wants pull requests', { configured: ['pull-request'], rules: FREE }, 'pull-request', false],
    [
      'one of several charts wants a pull request',
      { configured: ['direct', 'pull-request', 'auto'] },
      'pull-request',
      false,
    ],
    ['helm-cd.yaml leaves it to the branch', { configured: ['auto'], rules: DEMANDED }, 'pull-request', false],
    [
      'one chart is for direct, the other leaves it open',
      { configured: ['direct', 'auto'], rules: DEMANDED },
      'pull-request',
      false,
    ],
    ['a git URL', { pullRequests: false }, 'direct', false],
    ['a git URL whose server tells rules', { pullRequests: false, rules: DEMANDED }, 'direct', false],
  ] as const)('%s', (_, question, by, fallBack) => {
    expect(chooseStrategy({ ...NOTHING, ...question })).toMatchObject({ by, fallBack });
  });

  it.each([
    ['input', { input: 'pull-request' }, 'Input "strategy" is pull-request, but acme/charts is a git URL'],
    ['config', { configured: ['pull-request'] }, 'helm-cd.yaml wants a pull request, but acme/charts is a git URL'],
  ] as const)('is an error of the %s where no pull request can be made', (code, question, message) => {
    expect(() => chooseStrategy({ ...NOTHING, ...question, pullRequests: false })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(message),
        hint: expect.stringContaining('owner/name'),
      }),
    );
  });
});
