import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { packChart } from '../../../src/charts/pack.js';
import { archiveCreated } from '../../../src/stores/archive-time.js';

const FILES = [{ path: 'Chart.yaml', data: Buffer.from('apiVersion: v2\nname: shop\nversion: 1.0.0\n') }];

describe('the time of an archive', () => {
  it.each([
    [1_700_000_000, '2023-11-14T22:13:20Z'],
    [315_532_801, '1980-01-01T00:00:01Z'],
    [315_532_800, undefined],
    [0, undefined],
  ])('%i', async (timeSeconds, created) => {
    expect(archiveCreated((await packChart(FILES, 'shop', { timeSeconds })).bytes)).toBe(created);
  });

  it('is none by default, and none of what is no archive', async () => {
    expect(archiveCreated((await packChart(FILES, 'shop')).bytes)).toBeUndefined();
    expect(archiveCreated(Buffer.from('nothing'))).toBeUndefined();
    expect(archiveCreated(gzipSync('short'))).toBeUndefined();
    expect(archiveCreated(gzipSync(Buffer.alloc(1024, 'x')))).toBeUndefined();
  });
});
