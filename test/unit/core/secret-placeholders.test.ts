import { describe, expect, it } from '@jest/globals';
import { TEXT_PLACEHOLDER, placeholderValues } from '../../../src/core/secret-placeholders.js';

const enc = (type: string) => `ENC[AES256_GCM,data:aa,iv:bb,tag:cc,type:${type}]`;

describe('placeholderValues', () => {
  it('replaces encrypted values by stand-ins of their types, and drops the sops block', () => {
    const text = `a: ${enc('str')}\nb:\n  - ${enc('int')}\n  - c: ${enc('bool')}\n    d: ${enc('float')}\nplain: text\nnothing: null\nsops: {mac: x, version: 3.9.0}\n`;
    expect(placeholderValues(text)).toEqual({
      values: { a: TEXT_PLACEHOLDER, b: [1, { c: true, d: 1.5 }], plain: 'text', nothing: null },
      placeholders: 4,
    });
  });

  it('reads JSON', () => {
    expect(placeholderValues(JSON.stringify({ a: enc('str'), sops: { mac: 'x' } }))?.values).toEqual({
      a: TEXT_PLACEHOLDER,
    });
  });

  it('has a stand-in that is base64, too', () => {
    expect(Buffer.from(TEXT_PLACEHOLDER, 'base64').toString('base64')).toBe(TEXT_PLACEHOLDER);
  });

  it.each(['a: 1\n', '', 'sops: 1\n', '- a\n'])('knows what is not encrypted: %j', (text) => {
    expect(placeholderValues(text)).toBeUndefined();
  });
});
