import { describe, expect, it } from '@jest/globals';
import { pendingReport, type PendingItem } from '../../../src/core/pending-report.js';

const item = (environment: string, state: PendingItem['state'], more: Partial<PendingItem> = {}): PendingItem => ({
  environment,
  chart: 'shop',
  release: 'shop',
  namespace: environment,
  context: '',
  repository: 's3://charts/x',
  mode: 'deployment',
  state,
  from: '1.0.0',
  revision: 3,
  version: '1.1.0',
  digest: 'sha256:1',
  reason: 'why',
  notes: [],
  alarm: undefined,
  quarantinedRevision: 0,
  ...more,
});
const alarm = { version: '1.0.0', digest: 'sha256:2', deployedDigest: 'sha256:3', message: 'overwritten' };

describe('the report', () => {
  it.each<[PendingItem['state'][], string]>([
    [[], 'up-to-date'],
    [['up-to-date', 'quarantined', 'waiting', 'held', 'ahead', 'delivery'], 'up-to-date'],
    [['up-to-date', 'unreadable'], 'unreadable'],
    [['unreadable', 'pending'], 'pending'],
  ])('of %j is %s', (states, result) => {
    expect(
      pendingReport(
        states.map((state, index) => item(`e${index}`, state)),
        256,
      ).result,
    ).toBe(result);
  });

  it('has a list for each, in the order of the environments, and no larger matrix than wanted', () => {
    const report = pendingReport(
      [
        item('a', 'pending'),
        item('b', 'quarantined', { quarantinedRevision: 7 }),
        item('c', 'pending', { alarm }),
        item('d', 'delivery'),
        item('e', 'unreadable', { reason: 'no answer' }),
        item('f', 'pending'),
      ],
      2,
    );
    expect(report.pending).toEqual([
      {
        environment: 'a',
        chart: 'shop',
        version: '1.1.0',
        digest: 'sha256:1',
        from: '1.0.0',
        release: 'shop',
        namespace: 'a',
        repository: 's3://charts/x',
        reason: 'why',
      },
      expect.objectContaining({ environment: 'c' }),
    ]);
    expect(report).toMatchObject({
      result: 'alarm',
      more: 1,
      delivery: [{ environment: 'd' }],
      alarms: [{ environment: 'c', version: '1.0.0', 'deployed-digest': 'sha256:3', message: 'overwritten' }],
      quarantined: [{ environment: 'b', revision: 7, reason: 'why' }],
      unreadable: [{ environment: 'e', message: 'no answer' }],
    });
  });
});
