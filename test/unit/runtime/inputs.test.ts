import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import { createInputReader } from '../../../src/runtime/inputs.js';

let saved: NodeJS.ProcessEnv;
beforeEach(() => {
  saved = { ...process.env };
});
afterEach(() => {
  process.env = saved;
});

const masked: string[] = [];
const reader = createInputReader({ add: (secret) => masked.push(secret), redact: (text) => text });

/** Sets the one input of these tests, as action.yml does. */
function give(value: string): void {
  process.env['INPUT_THE-INPUT'] = value;
}

function failureOf(read: () => unknown): HelmCdError {
  try {
    read();
  } catch (error) {
    if (error instanceof HelmCdError) return error;
  }
  throw new Error('expected a HelmCdError');
}

describe('reading inputs', () => {
  it.each<[string, string | undefined, () => unknown, unknown]>([
    ['a text', ' some text\n', () => reader.string('the-input'), 'some text'],
    ['no text', undefined, () => reader.string('the-input'), ''],
    ['a fallback', '', () => reader.string('the-input', 'auto'), 'auto'],
    ['white space as nothing', ' \n ', () => reader.string('the-input', 'auto'), 'auto'],
    ['a required text', 'x', () => reader.required('the-input'), 'x'],
    ['a list', ' a \n\n\tb\r\n c d \n', () => reader.list('the-input'), ['a', 'b', 'c d']],
    ['an empty list', '', () => reader.list('the-input'), []],
    ['a required list', 'a\nb', () => reader.requiredList('the-input'), ['a', 'b']],
    ['true', 'true', () => reader.boolean('the-input', false), true],
    ['false', 'false', () => reader.boolean('the-input', true), false],
    ['no boolean', '', () => reader.boolean('the-input', true), true],
    ['a duration', '1m30s', () => reader.duration('the-input', '5m'), 90_000],
    ['no duration', '', () => reader.duration('the-input', '5m'), 300_000],
    ['a choice', 'warn', () => reader.choice('the-input', ['error', 'warn'], 'error'), 'warn'],
    ['no choice', '', () => reader.choice('the-input', ['error', 'warn'], 'error'), 'error'],
    ['no secret', '', () => reader.secret('the-input'), ''],
  ])('gives %s', (_, value, read, expected) => {
    if (value !== undefined) give(value);
    expect(read()).toEqual(expected);
  });

  it.each<[string, string, () => unknown, string, string]>([
    [
      'a missing text',
      '',
      () => reader.required('the-input'),
      'Input "the-input" is required but empty.',
      'the-input: …',
    ],
    ['only white space', ' \n', () => reader.required('the-input'), 'is required but empty', 'under "with:"'],
    ['a missing list', '\n \n', () => reader.requiredList('the-input'), 'is required but empty', 'under "with:"'],
    ...['True', 'yes', '1', 'on'].map((value): [string, string, () => unknown, string, string] => [
      `${value} as a boolean`,
      value,
      () => reader.boolean('the-input', true),
      `Input "the-input" is neither true nor false: "${value}"`,
      'Write true or false, in lower case.',
    ]),
    [
      'a number as a duration',
      '30',
      () => reader.duration('the-input', '5m'),
      'Input "the-input" is not a duration: "30"',
      '90s, 5m',
    ],
    [
      'an unknown choice',
      'eror',
      () => reader.choice('the-input', ['error', 'warn'], 'error'),
      'Input "the-input" has the unknown value "eror", did you mean "error"?',
      'Valid values: error, warn.',
    ],
  ])('refuses %s', (_, value, read, message, hint) => {
    give(value);
    const error = failureOf(read);
    expect(error.code).toBe('input');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('masks a secret before anyone has it', () => {
    give('hunter22');
    expect(reader.secret('the-input')).toBe('hunter22');
    expect(masked).toEqual(['hunter22']);
  });
});
