import { describe, expect, it } from '@jest/globals';
import { parseOutputs } from '../../../src/runtime/single-actions.js';

describe('the outputs of a step', () => {
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['none', '', {}],
    ['one', 'result<<E_0\ndeployed\nE_0\n', { result: 'deployed' }],
    ['an empty one', 'revision<<E_0\n\nE_0\n', { revision: '' }],
    [
      'one of several lines, in which there is what looks like another',
      'diff<<E_1\na\n\nx<<E_2\nE_1\n',
      { diff: 'a\n\nx<<E_2' },
    ],
    ['the later of two', 'a<<E_0\n1\nE_0\na<<E_1\n2\nE_1\n', { a: '2' }],
    ['those before one that was cut off', 'a<<E_0\n1\nE_0\nb<<E_1\nhalf', { a: '1' }],
    ['Windows line ends', 'a<<E_0\r\n1\r\nE_0\r\n', { a: '1' }],
  ])('%s', (_, text, outputs) => {
    expect(parseOutputs(text)).toEqual(outputs);
  });
});
