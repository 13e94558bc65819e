import { describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import { checkRecordSize, RECORD_LIMIT_BYTES } from '../../../src/core/record-size.js';

const files = [
  { path: 'a.yaml', size: 10 },
  { path: 'big.bin', size: 5_000_000 },
  { path: 'b.yaml', size: 10 },
  ...Array.from({ length: 5 }, (_, index) => ({ path: `m${index}.json`, size: 2048 })),
];

describe('checkRecordSize', () => {
  it('says nothing while there is room', () => {
    expect(checkRecordSize(0.79 * RECORD_LIMIT_BYTES, files)).toBeUndefined();
  });

  it('warns when there is little, naming what is large', () => {
    expect(checkRecordSize(RECORD_LIMIT_BYTES, files)).toBe(
      "helm's record of this release takes 100 % of what a Secret holds. The largest files of the chart: big.bin (4883 KiB), m0.json (2 KiB), m1.json (2 KiB), m2.json (2 KiB), m3.json (2 KiB).",
    );
  });

  it('refuses what does not fit', () => {
    expect(() => checkRecordSize(RECORD_LIMIT_BYTES + 1, files)).toThrow(HelmCdError);
    expect(() => checkRecordSize(RECORD_LIMIT_BYTES + 1, files)).toThrow(/would have 1025 KiB, more than the 1024 KiB/);
  });
});
