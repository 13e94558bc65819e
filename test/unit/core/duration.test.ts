import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/core/duration.js';
import { HelmCdError } from '../../../src/core/errors.js';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h2m3s4ms', 3_723_004],
    ['500ms', 500],
    ['1.5s', 1500],
    ['0.0004s', 0],
    ['1m1m', 120_000],
  ])('reads %s as %i ms', (text, milliseconds) => {
    expect(parseDuration(text, 'Input "timeout"')).toBe(milliseconds);
  });

  it.each([
    '',
    '5',
    '5 m',
    ' 5m',
    '5m ',
    '-5m',
    '5d',
    'm',
    '5mm',
    '1,5s',
    '1.s',
    '.5s',
    'x5m',
    '5mx',
    '5m 3s',
    '00',
    '1e3s',
  ])('refuses "%s", naming what it is', (text) => {
    let error: unknown;
    try {
      parseDuration(text, 'Input "timeout"');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HelmCdError);
    expect(error).toMatchObject({
      code: 'input',
      message: `Input "timeout" is not a duration: "${text}"`,
      hint: 'Write it as 90s, 5m or 1h30m.',
    });
  });

  it('adds the parts up', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(999), fc.nat(9999), fc.nat(99_999), (h, m, s, ms) => {
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`, 'x')).toBe(h * 3_600_000 + m * 60_000 + s * 1000 + ms);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [849.6, '850 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [4249, '4.2 s'],
    [59_900, '59.9 s'],
    [60_000, '1 m 0 s'],
    [200_499, '3 m 20 s'],
    [3_600_000, '60 m 0 s'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('never writes sixty seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (milliseconds) => {
        expect(formatDuration(milliseconds)).not.toMatch(/\b60(\.0)? s$|^1000 ms$/);
      }),
      { examples: [[59_950], [59_999], [999]] },
    );
  });
});
