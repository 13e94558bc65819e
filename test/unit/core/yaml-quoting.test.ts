import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as jsYaml from 'js-yaml';
import { parse } from 'yaml';
import { isPlainSafe, renderScalar } from '../../../src/core/yaml-quoting.js';

const TAG_CHARACTERS = '0123456789abcdefxXABCDEFnyotruelsN._-';
const tags = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  fc.string({ unit: fc.constantFrom(...Array.from(TAG_CHARACTERS)), minLength: 1, maxLength: 8 }),
  fc.integer().map(String),
  fc.stringMatching(/^[~^][0-9.]{0,6}$/),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.stringMatching(/^\d{1,4}[-:_.e]\d{1,2}([-:_.e]\d{1,2})?$/),
);
const styles = fc.constantFrom('plain', 'single', 'double', 'empty', 'literal', 'folded');
const quotes = fc.constantFrom('single', 'double');

describe('isPlainSafe', () => {
  it.each([
    ...['1e5', '12e4', '1E5', '6801028e06', '0123', '0x1A', '0o17', '0b11', '1.20', '1.', '.5', '+1', '-1', '58467965'],
    ...['yes', 'No', 'on', 'OFF', 'y', 'N', 'true', 'False', 'null', 'NULL', '~', '=', '<<', ''],
    ...['1_000', '1,000', '1:30', '12:30:45.5', '190:20:30', '2024-01-02', '2024-1-2', '2024-01-02T03:04:05Z', '08'],
    ...[
      '.inf',
      '-.Inf',
      '.NaN',
      'Infinity',
      'nan',
      'a: b',
      'a #b',
      'a:',
      '- a',
      '*a',
      '&a',
      '!a',
      '@a',
      '`a',
      '%a',
      '"',
      "'",
    ],
  ])('not %s', (text) => {
    expect(isPlainSafe(text, false)).toBe(false);
  });

  it.each([
    '1.4.0',
    'v1',
    '1.4.0-rc.1',
    'main-123',
    'a1e5',
    '0.0.1',
    'sha-0123abc',
    'ghcr.io/acme/api:1.4.0',
    '1.4.0@x',
    '~1.4.0',
    '^1.4.0',
  ])('yes: %s', (text) => {
    expect(isPlainSafe(text, false)).toBe(true);
  });

  it('is stricter inside flow collections', () => {
    expect(isPlainSafe('nginx:1.25', true)).toBe(false);
  });
});

describe('renderScalar', () => {
  it('keeps the style as long as the value stays a string', () => {
    const context = { inFlow: false, quote: 'double' } as const;
    expect(renderScalar('1.4.0', 'plain', context)).toBe('1.4.0');
    expect(renderScalar('1.4.0', 'single', context)).toBe("'1.4.0'");
    expect(renderScalar('1.4.0', 'double', context)).toBe('"1.4.0"');
    expect(renderScalar('1.4', 'plain', context)).toBe('"1.4"');
    expect(renderScalar('1.4', 'plain', { inFlow: false, quote: 'single' })).toBe("'1.4'");
    expect(renderScalar('', 'plain', context)).toBe('""');
    expect(renderScalar('1.4.0', 'empty', context)).toBe('1.4.0');
  });

  it('escapes what single quotes cannot show', () => {
    expect(renderScalar("it's", 'single', { inFlow: false, quote: 'single' })).toBe("'it''s'");
    expect(renderScalar('a\nb\u0085', 'single', { inFlow: false, quote: 'single' })).toBe('"a\\nb\\u0085"');
  });

  const readsBack = (text: string, rendered: string, flow: boolean) => {
    const source = flow ? `{k: ${rendered}, l: 1}` : `k: ${rendered} # c\nl: 1\n`;
    for (const version of ['1.1', '1.2'] as const) expect(parse(source, { version })).toEqual({ k: text, l: 1 });
    for (const schema of [jsYaml.CORE_SCHEMA, jsYaml.YAML11_SCHEMA]) {
      expect(jsYaml.load(source, { schema })).toEqual({ k: text, l: 1 });
    }
  };

  it('is read back as the same string by YAML 1.1 and 1.2, by two parsers, for any tag', () => {
    fc.assert(
      fc.property(tags, styles, quotes, fc.boolean(), (text, style, quote, inFlow) => {
        readsBack(text, renderScalar(text, style, { inFlow, quote }), inFlow);
      }),
      { numRuns: 1500 },
    );
  });

  it('is read back as the same string for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), styles, quotes, fc.boolean(), (text, style, quote, inFlow) => {
        readsBack(text, renderScalar(text, style, { inFlow, quote }), inFlow);
      }),
      { numRuns: 500 },
    );
  });
});
