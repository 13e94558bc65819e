import { describe, expect, it } from '@jest/globals';
import { HelmCdError, formatPlace, messageOf } from '../../../src/core/errors.js';

describe('HelmCdError', () => {
  it('carries what the user needs', () => {
    const cause = new Error('deeper');
    const place = { file: 'values.yaml', line: 3 };
    const error = new HelmCdError('file', 'broken', { hint: 'Mend it.', place, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'HelmCdError',
      code: 'file',
      message: 'broken',
      hint: 'Mend it.',
      place,
      cause,
    });
  });

  it('has no more than what it was given', () => {
    const error = new HelmCdError('input', 'missing');
    expect(error.hint).toBeUndefined();
    expect(error.place).toBeUndefined();
    expect('cause' in error).toBe(false);
  });
});

describe('HelmCdError of another bundle', () => {
  /** What the class of another copy of this file makes: of ours it knows only the brand. */
  class Stranger extends Error {
    constructor(message: string) {
      super(message);
      Object.defineProperty(this, Symbol.for('helm-cd.error'), { value: true });
    }
  }

  it('is one of ours, for it has our brand', () => {
    expect(new Stranger('broken') instanceof HelmCdError).toBe(true);
    expect(new HelmCdError('input', 'missing') instanceof HelmCdError).toBe(true);
  });

  it.each([
    ['another error', new Error('broken')],
    ['an error that only has the name', Object.assign(new Error('broken'), { name: 'HelmCdError', code: 'input' })],
    ['no error, but branded', { [Symbol.for('helm-cd.error')]: true }],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'broken'],
  ])('%s is none', (_, value) => {
    expect((value as unknown) instanceof HelmCdError).toBe(false);
  });

  it('does not show the brand where errors are written', () => {
    const error = new HelmCdError('input', 'missing');
    expect(Object.prototype.propertyIsEnumerable.call(error, Symbol.for('helm-cd.error'))).toBe(false);
  });
});

describe('formatPlace', () => {
  it.each([
    [{ file: 'a.yaml' }, 'a.yaml'],
    [{ file: 'a.yaml', line: 3 }, 'a.yaml:3'],
    [{ file: 'a.yaml', line: 3, column: 7 }, 'a.yaml:3:7'],
  ])('of %j is %s', (place, text) => {
    expect(formatPlace(place)).toBe(text);
  });
});

describe('messageOf', () => {
  it.each<[unknown, string]>([
    [new Error('wrong'), 'wrong'],
    [new HelmCdError('input', 'missing'), 'missing'],
    ['a text', 'a text'],
    [{ message: 'of another realm' }, 'of another realm'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new AggregateError([new Error('first'), 'second']), 'first; second'],
    [new AggregateError([new Error('first')], 'together'), 'together'],
  ])('of %p is "%s"', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
