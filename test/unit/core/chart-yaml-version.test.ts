import { describe, expect, it } from '@jest/globals';
import { chartVersionIn } from '../../../src/core/chart-yaml-version.js';

describe('chartVersionIn', () => {
  it.each([
    ['name: shop\nversion: 1.0.0 # raised\n', '1.0.0'],
    ['version: "1.0.0"\n', '1.0.0'],
    ["version: '1.0.0-rc.1+build'\r\n", '1.0.0-rc.1+build'],
    ['version: 1.10\n', '1.10'],
    ['a: [\nversion: 2.0.0\n', '2.0.0'],
    ['version: {a: b}\n', undefined],
    ['- version: 1.0.0\n', undefined],
    ['dependencies:\n  - version: 1.0.0\n', undefined],
    ['<<<<<<< ours\nversion: 1.0.0\n', undefined],
    ['', undefined],
  ])('of %j is %s', (text, expected) => {
    expect(chartVersionIn(text)).toBe(expected);
  });
});
