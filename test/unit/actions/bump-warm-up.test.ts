import { describe, expect, it } from '@jest/globals';
import { warmUp } from '../../../src/actions/bump-image-tag/warm-up.js';
import { captureStdout } from '../../support/stdout.js';

const stdout = captureStdout();

describe('warmUp', () => {
  it('goes all the way of a bump, from the values to the new version, and says nothing', async () => {
    const { changes, charts, files, refused, notes } = await warmUp();
    expect(changes.map(({ from, to }) => [from, to])).toEqual([['1.0.0', '1.0.1']]);
    expect(charts).toMatchObject([{ from: '1.0.0', to: '1.0.1' }]);
    expect(files.map(({ path }) => path)).toEqual(['charts/example/values.yaml', 'charts/example/Chart.yaml']);
    expect([refused, notes]).toEqual([[], []]);
    expect(stdout.text()).toBe('');
  });
});
