import { describe, expect, it } from '@jest/globals';
import {
  livingHolder,
  readRecordHead,
  recordInService,
  releaseFacts,
  unexplained,
  type Detail,
  type RecordHead,
} from '../../../src/core/release-facts.js';
import { readMemory, withTried, type TriedChart } from '../../../src/core/release-memory.js';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();
const head = (revision: number, status: string, more: Partial<RecordHead> = {}): RecordHead => ({
  name: `sh.helm.release.v1.shop.v${revision}`,
  release: 'shop',
  revision,
  status,
  created: at(3600 - revision),
  digest: `digest${revision}`,
  outcome: 'passed',
  run: '',
  ...more,
});
const detail = (version: string, more: Partial<Detail> = {}): Detail => ({
  chart: 'shop',
  version,
  reason: '',
  isRollback: false,
  ...more,
});
const tried = (digest: string, outcome: TriedChart['outcome'], more: Partial<TriedChart> = {}): TriedChart => ({
  version: '1.0.0',
  digest,
  outcome,
  revision: 2,
  at: at(60),
  reason: '',
  run: '',
  ...more,
});
const facts = (heads: readonly RecordHead[], details: Record<number, Detail>, memory: readonly TriedChart[] = []) =>
  releaseFacts(
    heads,
    new Map(Object.entries(details).map(([key, value]) => [Number(key), value])),
    memory,
    undefined,
    NOW,
  );

describe('a record without its content', () => {
  it('is read by its name and labels', () => {
    const labels = {
      owner: 'helm',
      status: 'deployed',
      'helm-cd/outcome': '12.failed',
      'helm-cd/chart-digest': 'abc',
      'helm-cd/run': '7-1',
    };
    const metadata = { name: 'sh.helm.release.v1.my.shop.v12', labels, creationTimestamp: at(10) };
    expect(readRecordHead({ metadata })).toEqual({
      name: metadata.name,
      release: 'my.shop',
      revision: 12,
      status: 'deployed',
      created: at(10),
      digest: 'abc',
      outcome: 'failed',
      run: '7-1',
    });
    // Labels that helm copied from another revision speak of that one.
    expect(readRecordHead({ metadata: { ...metadata, name: 'sh.helm.release.v1.shop.v13' } })?.outcome).toBeUndefined();
    expect(readRecordHead({ metadata: { name: 'credentials', labels } })).toBeUndefined();
    expect(readRecordHead({})).toBeUndefined();
  });
});

describe('what a release is on', () => {
  it('is the newest revision that is deployed', () => {
    const heads = [head(1, 'superseded'), head(3, 'failed', { outcome: 'failed' }), head(2, 'deployed')];
    expect(recordInService(heads)?.revision).toBe(2);
    expect(facts(heads, { 2: detail('1.1.0') }).running).toEqual({
      revision: 2,
      chart: 'shop',
      version: '1.1.0',
      digest: 'digest2',
      outcome: 'passed',
    });
    expect(facts([], {})).toEqual({ running: undefined, busy: '', interrupted: '', left: undefined, tried: [] });
    expect(facts([head(1, 'uninstalled')], {}).running).toBeUndefined();
  });

  it('may be what somebody is working on, or what a run has left', () => {
    const fresh = head(2, 'pending-upgrade', { created: at(60), outcome: 'pending' });
    const stale = { ...fresh, created: at(600) };
    const one = { 1: detail('1.0.0') };
    expect(facts([head(1, 'deployed'), fresh], one)).toMatchObject({
      busy: 'Revision 2 is pending-upgrade: a run is at work.',
      interrupted: '',
      running: { version: '1.0.0' },
    });
    expect(facts([head(1, 'deployed'), stale], one)).toMatchObject({
      busy: '',
      interrupted: 'Revision 2 was left pending-upgrade by a run that never finished; a deploy puts it in order.',
    });
    const open = head(2, 'deployed', { outcome: 'pending' });
    expect(facts([head(1, 'superseded'), open], { 2: detail('1.1.0') }).interrupted).toMatch(
      /^Revision 2 was not seen/,
    );
  });

  it.each([
    ['nobody', '', at(1), ''],
    ['one who is alive', 'acme/shop run 1', at(10), 'acme/shop run 1'],
    ['one who has been silent for long', 'acme/shop run 1', at(41), ''],
    ['one who never said when', 'acme/shop run 1', '', ''],
    ['one whose clock is ahead', 'acme/shop run 1', at(-30), 'acme/shop run 1'],
  ])('is locked by %s', (_, holder, renewTime, expected) => {
    const lease = { holder, durationSeconds: 20, renewTime, transitions: 0, resourceVersion: '1' };
    expect(livingHolder(lease, NOW)).toBe(expected);
  });

  it('is what a rollback came to: what it left is known, unless that was only cancelled', () => {
    const heads = [
      head(1, 'superseded'),
      head(2, 'superseded', { digest: '', outcome: undefined }),
      head(3, 'deployed'),
    ];
    const details = { 3: detail('1.0.0', { isRollback: true }), 2: detail('1.1.0') };
    expect(facts(heads, details).left).toEqual({ version: '1.1.0', digest: '', revision: 2 });
    const cancelled = heads.map((one) => (one.revision === 2 ? { ...one, outcome: 'pending' as const } : one));
    expect(facts(cancelled, details).left).toBeUndefined();
    expect(facts(heads, { ...details, 3: detail('1.0.0') }).left).toBeUndefined();
  });
});

describe('what was tried', () => {
  it('is told by the records and by the memory, the later of both', () => {
    const heads = [
      head(1, 'superseded', { digest: 'a' }),
      head(2, 'failed', { digest: 'b', outcome: 'failed', created: at(600) }),
      head(3, 'deployed', { digest: 'a', outcome: 'restored' }),
    ];
    const details = { 3: detail('1.0.0'), 2: detail('1.1.0', { reason: 'test x failed' }) };
    expect(unexplained(heads, []).map(({ revision }) => revision)).toEqual([2]);
    expect(unexplained(heads, [tried('b', 'failed')])).toEqual([]);
    expect(facts(heads, details).tried).toEqual([
      expect.objectContaining({ digest: 'a', outcome: 'passed', revision: 1 }),
      expect.objectContaining({ digest: 'b', outcome: 'failed', version: '1.1.0', reason: 'test x failed' }),
    ]);
    // The same deploy, remembered at its end; and one that only the memory has.
    const memory = [tried('b', 'failed', { at: at(590), reason: 'in full' }), tried('c', 'failed', { at: at(9000) })];
    expect(facts(heads, details, memory).tried.map(({ digest, outcome, reason }) => [digest, outcome, reason])).toEqual(
      [
        ['b', 'failed', 'in full'],
        ['c', 'failed', ''],
        ['a', 'passed', ''],
      ],
    );
    // Deployed again since, by credentials that could not write the memory.
    const again = [...heads, head(4, 'deployed', { digest: 'b', created: at(30) })];
    expect(facts(again, { ...details, 4: detail('1.1.0') }, memory).tried).toContainEqual(
      expect.objectContaining({ digest: 'b', outcome: 'passed', revision: 4 }),
    );
  });

  it('is kept in a few kilobytes, each archive once', () => {
    let memory: readonly TriedChart[] = [];
    for (let count = 0; count < 100; count++) {
      memory = readMemory(withTried(memory, tried(`p${count}`, 'passed')));
      memory = readMemory(withTried(memory, tried(`f${count}`, 'failed', { reason: `why\n  ${'x'.repeat(1000)}` })));
    }
    expect(memory.filter(({ outcome }) => outcome === 'passed').map(({ digest }) => digest)).toEqual(
      Array.from({ length: 20 }, (_, index) => `p${80 + index}`),
    );
    expect(memory).toHaveLength(40);
    expect(memory.at(-1)?.reason).toBe(`why ${'x'.repeat(195)}…`);
    expect(JSON.stringify(memory).length).toBeLessThan(16_000);
    const passed = readMemory(withTried(memory, tried('f99', 'passed')));
    expect(passed.filter(({ digest }) => digest === 'f99')).toEqual([tried('f99', 'passed')]);
  });

  it.each([undefined, '', 'null', '{', '[1, null, {"version": 1}]', '{"a": 1}'])('is nothing for %j', (text) => {
    expect(readMemory(text)).toEqual([]);
  });
});
