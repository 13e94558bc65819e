import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestFirst } from '../../../src/core/chart-index.js';
import { decidePending } from '../../../src/core/pending-decision.js';
import type {
  OfferedVersion,
  PendingDecision,
  PendingQuestion,
  ReleaseFacts,
  RunningChart,
  Upstream,
} from '../../../src/core/pending-types.js';
import type { TriedChart } from '../../../src/core/release-memory.js';
import { parseConstraint } from '../../../src/core/version-constraint.js';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;
/** A digest that belongs to a version, and another one for other bytes. */
const digestOf = (version: string, other = '') =>
  `sha256:${Buffer.from(`${version}${other}`.padEnd(32, '.')).toString('hex').slice(0, 64)}`;
const label = (version: string, other = '') => digestOf(version, other).slice(7, 70);

const offer = (version: string, more: Partial<OfferedVersion> = {}): OfferedVersion => ({
  version,
  digest: digestOf(version),
  created: '2026-11-20T00:00:00Z',
  isResolved: true,
  ...more,
});
const runs = (version: string, more: Partial<RunningChart> = {}): RunningChart => ({
  revision: 3,
  chart: 'shop',
  version,
  digest: label(version),
  outcome: 'passed',
  ...more,
});
const tried = (version: string, outcome: TriedChart['outcome'], more: Partial<TriedChart> = {}): TriedChart => ({
  version,
  digest: label(version),
  outcome,
  revision: 4,
  at: '2026-11-22T10:00:00Z',
  reason: outcome === 'failed' ? 'test smoke failed' : '',
  run: '7-1',
  ...more,
});
const facts = (more: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  running: runs('1.0.0'),
  busy: '',
  interrupted: '',
  left: undefined,
  tried: [],
  ...more,
});
const upstream = (more: Partial<Upstream> = {}): Upstream => ({
  environment: 'staging',
  problem: '',
  facts: facts({ running: runs('1.1.0'), tried: [tried('1.1.0', 'passed')] }),
  requireVerified: true,
  ...more,
});

interface Case extends Partial<Omit<PendingQuestion, 'constraint' | 'release'>> {
  readonly range?: string;
  readonly release?: Partial<ReleaseFacts>;
}

function questionOf({ range, release = {}, versions, ...more }: Case): PendingQuestion {
  return {
    chart: 'shop',
    repository: 's3://charts/develop',
    versions: newestFirst(versions ?? [offer('1.1.0'), offer('1.0.0')]),
    constraint: range === undefined ? undefined : parseConstraint(range),
    minAgeMs: 0,
    firstSeen: undefined,
    now: NOW,
    retryQuarantined: false,
    stopOnAlarm: true,
    isAutomatic: true,
    release: facts(release),
    upstream: undefined,
    ...more,
  };
}

function decide(one: Case): PendingDecision {
  const decision = decidePending(questionOf(one));
  if ('need' in decision) throw new Error(`it wants to know ${decision.need}`);
  return decision;
}

const only = (...versions: string[]) => versions.map((version) => offer(version));

describe('the decision', () => {
  it.each<[string, Case, PendingDecision['state'], string, string | RegExp]>([
    ['a newer version', {}, 'pending', '1.1.0', '1.1.0 is due: revision 3 is 1.0.0.'],
    [
      'nothing installed',
      { release: { running: undefined } },
      'pending',
      '1.1.0',
      '1.1.0 is due: nothing is installed.',
    ],
    ['the newest runs', { release: { running: runs('1.1.0') } }, 'up-to-date', '1.1.0', 'Revision 3 runs 1.1.0.'],
    [
      'plain helm, by its version alone',
      { release: { running: runs('1.1.0', { digest: '', outcome: undefined }) } },
      'up-to-date',
      '1.1.0',
      'Revision 3 runs 1.1.0.',
    ],
    ['a person decides', { isAutomatic: false }, 'delivery', '1.1.0', /^1\.1\.0 is due/],
    ['an empty repository', { versions: [] }, 'not-published', '', 's3://charts/develop has no version of shop.'],
    [
      'nothing that the constraint accepts',
      { range: '^3' },
      'not-published',
      '',
      'None of the 2 versions in s3://charts/develop satisfies "^3".',
    ],
    [
      'newer ones beyond the constraint',
      { range: '<2', versions: only('2.0.0', '1.5.0', '1.0.0') },
      'pending',
      '1.5.0',
      /is due/,
    ],
    [
      'a pre-release, without a constraint',
      { versions: only('1.1.0-rc.1', '1.0.0') },
      'pending',
      '1.1.0-rc.1',
      /is due/,
    ],
    [
      'a pre-release, which a constraint without one never accepts',
      { range: '>=1.0.0', versions: only('1.1.0-rc.1', '1.0.0') },
      'up-to-date',
      '1.0.0',
      /runs 1\.0\.0/,
    ],
    [
      'a pre-release, which a constraint with one accepts',
      { range: '>=1.0.0-0', versions: only('1.1.0-rc.1', '1.0.0') },
      'pending',
      '1.1.0-rc.1',
      /is due/,
    ],
    [
      'a downgrade',
      { release: { running: runs('2.0.0') } },
      'ahead',
      '1.1.0',
      /^2\.0\.0 runs, which is newer than 1\.1\.0, the newest in .* 2\.0\.0 is not in s3:\/\/charts\/develop \(any more\)\. Nothing is ever deployed backwards\.$/,
    ],
    [
      'a downgrade by the constraint',
      { range: '<1.1.0', release: { running: runs('1.1.0') } },
      'ahead',
      '1.0.0',
      /the newest that satisfies "<1\.1\.0" in/,
    ],
    ['what runs was yanked, something newer is there', { versions: only('1.2.0') }, 'pending', '1.2.0', /is due/],
    [
      'only build metadata differs',
      { versions: only('1.0.0+b'), release: { running: runs('1.0.0+a') } },
      'up-to-date',
      '1.0.0+b',
      /runs 1\.0\.0\+a/,
    ],
    [
      'another chart runs under that name',
      { release: { running: runs('1.0.0', { chart: 'store' }) } },
      'held',
      '1.1.0',
      'The release is of another chart: store 1.0.0 runs.',
    ],
    [
      'somebody holds the lock',
      { release: { busy: 'acme/shop run 7 attempt 1 is deploying it.' } },
      'in-progress',
      '1.1.0',
      'acme/shop run 7 attempt 1 is deploying it.',
    ],
    [
      'a failed version',
      { release: { tried: [tried('1.1.0', 'failed')] } },
      'quarantined',
      '1.1.0',
      '1.1.0 was deployed as revision 4 (2026-11-22T10:00:00Z) and failed: test smoke failed. It is not tried again until something newer appears.',
    ],
    [
      'a failed first install, of which the cluster knows nothing else',
      { release: { running: undefined, tried: [tried('1.1.0', 'failed')] } },
      'quarantined',
      '1.1.0',
      /failed: test smoke failed/,
    ],
    [
      'a failed version is kept, and runs',
      { release: { running: runs('1.1.0', { outcome: 'failed' }), tried: [tried('1.1.0', 'failed')] } },
      'quarantined',
      '1.1.0',
      /test smoke failed/,
    ],
    [
      'a newer one than the failed one',
      { versions: only('1.2.0', '1.1.0', '1.0.0'), release: { tried: [tried('1.1.0', 'failed')] } },
      'pending',
      '1.2.0',
      /is due/,
    ],
    [
      'an older one than the failed one is no way out',
      { versions: only('1.2.0', '1.1.0', '1.0.0'), release: { tried: [tried('1.2.0', 'failed')] } },
      'quarantined',
      '1.2.0',
      /test smoke failed/,
    ],
    [
      'a failed version, once more',
      { retryQuarantined: true, release: { tried: [tried('1.1.0', 'failed')] } },
      'pending',
      '1.1.0',
      /is due/,
    ],
    [
      'a person rolled it back',
      { release: { tried: [tried('1.1.0', 'passed')] } },
      'quarantined',
      '1.1.0',
      '1.1.0 was in service as revision 4, and the release was taken back to 1.0.0. It is not tried again until something newer appears.',
    ],
    [
      'a person rolled it back with plain helm',
      { release: { running: runs('1.0.0', { digest: '' }), left: { version: '1.1.0', digest: '', revision: 2 } } },
      'quarantined',
      '1.1.0',
      /^1\.1\.0 was in service as revision 2/,
    ],
    [
      'it passed once, and was uninstalled by a person',
      { release: { running: undefined, tried: [tried('1.1.0', 'passed')] } },
      'pending',
      '1.1.0',
      /nothing is installed/,
    ],
    [
      'a run was killed while it deployed',
      { release: { running: runs('1.1.0', { outcome: 'pending' }), interrupted: 'Revision 3 was not seen through.' } },
      'pending',
      '1.1.0',
      'Revision 3 was not seen through.',
    ],
    [
      'a run was killed, and there is something newer',
      { release: { interrupted: 'Revision 4 was left pending-upgrade.' } },
      'pending',
      '1.1.0',
      /is due/,
    ],
    [
      'what runs was overwritten',
      { versions: [offer('1.0.0', { digest: digestOf('1.0.0', '!') })] },
      'alarm',
      '1.0.0',
      /^shop 1\.0\.0 in s3:\/\/charts\/develop is sha256:.*, but revision 3 runs shop 1\.0\.0 made of sha256:.*: a published version was overwritten\.$/,
    ],
    [
      'what failed was overwritten',
      {
        versions: [offer('1.1.0', { digest: digestOf('1.1.0', '!') }), offer('1.0.0')],
        release: { tried: [tried('1.1.0', 'failed')] },
      },
      'alarm',
      '1.1.0',
      /but revision 4 was shop 1\.1\.0 made of/,
    ],
    [
      'an index without digests, by the version alone',
      { versions: [offer('1.1.0', { digest: undefined })], release: { tried: [tried('1.1.0', 'failed')] } },
      'quarantined',
      '1.1.0',
      /test smoke failed/,
    ],
    [
      'too young',
      { minAgeMs: 10 * MINUTE, versions: [offer('1.1.0', { created: '2026-11-23T11:55:00Z' }), offer('1.0.0')] },
      'waiting',
      '1.1.0',
      '1.1.0 was published 2026-11-23T11:55:00Z and waits 5 minutes more, for min-age is 10 minutes.',
    ],
    [
      'old enough to the millisecond',
      { minAgeMs: 10 * MINUTE, versions: [offer('1.1.0', { created: '2026-11-23T11:50:00Z' }), offer('1.0.0')] },
      'pending',
      '1.1.0',
      /is due/,
    ],
    [
      'one that is old enough below one that is too young',
      { minAgeMs: MINUTE, versions: [offer('1.2.0', { created: '2026-11-23T11:59:30Z' }), ...only('1.1.0', '1.0.0')] },
      'pending',
      '1.1.0',
      /is due/,
    ],
    [
      'of unknown age, seen a while ago',
      {
        minAgeMs: 10 * MINUTE,
        firstSeen: () => '2026-11-23T11:53:00Z',
        versions: [offer('1.1.0', { created: undefined }), offer('1.0.0')],
      },
      'waiting',
      '1.1.0',
      '1.1.0 was first seen 2026-11-23T11:53:00Z and waits 3 minutes more, for min-age is 10 minutes.',
    ],
    [
      'of unknown age',
      { minAgeMs: MINUTE, versions: [offer('1.1.0', { created: undefined }), offer('1.0.0')] },
      'waiting',
      '1.1.0',
      'When 1.1.0 was published is not known, so that min-age (1 minute) cannot be kept; with a cache-folder it counts from when it is seen first.',
    ],
    ['it passed in the environment before', { upstream: upstream() }, 'pending', '1.1.0', /is due/],
    [
      'it has not been tested in the environment before',
      { upstream: upstream({ facts: facts({ running: runs('1.1.0') }) }) },
      'held',
      '1.1.0',
      /^1\.1\.0 \(sha256:[0-9a-f]{12}…\) has not passed in staging, which it is promoted from\.$/,
    ],
    [
      'it failed there the last time',
      { upstream: upstream({ facts: facts({ running: runs('1.1.0'), tried: [tried('1.1.0', 'failed')] }) }) },
      'held',
      '1.1.0',
      /has not passed in staging/,
    ],
    [
      'other bytes passed there',
      {
        upstream: upstream({
          facts: facts({ running: runs('1.1.0'), tried: [tried('1.1.0', 'passed', { digest: label('1.1.0', '!') })] }),
        }),
      },
      'held',
      '1.1.0',
      /has not passed in staging/,
    ],
    [
      'it need not be tested there',
      { upstream: upstream({ requireVerified: false, facts: facts({ running: runs('1.1.0') }) }) },
      'pending',
      '1.1.0',
      /is due/,
    ],
    [
      'newer than what runs there, tested or not',
      { upstream: upstream({ requireVerified: false, facts: facts() }) },
      'held',
      '1.1.0',
      '1.1.0 is newer than 1.0.0, which runs in staging.',
    ],
    [
      'the environment before went back',
      {
        upstream: upstream({
          facts: facts({ running: runs('1.0.5'), tried: [tried('1.1.0', 'passed'), tried('1.0.5', 'passed')] }),
        }),
        versions: only('1.1.0', '1.0.5', '1.0.0'),
      },
      'pending',
      '1.0.5',
      /is due/,
    ],
    [
      'nothing runs there',
      { upstream: upstream({ facts: facts({ running: undefined }) }) },
      'held',
      '1.1.0',
      'Nothing runs in staging, which it is promoted from.',
    ],
    [
      'the environment before is not readable',
      { upstream: upstream({ problem: 'no answer', facts: undefined }) },
      'unreadable',
      '1.1.0',
      'staging, which it is promoted from, cannot be looked at: no answer',
    ],
    [
      'nothing is due, whatever the environment before does',
      { release: { running: runs('1.1.0') }, upstream: upstream({ problem: 'no answer', facts: undefined }) },
      'up-to-date',
      '1.1.0',
      /runs/,
    ],
  ])('%s', (_, one, state, version, reason) => {
    const decision = decide(one);
    expect([decision.state, decision.version]).toEqual([state, version]);
    if (typeof reason === 'string') expect(decision.reason).toBe(reason);
    else expect(decision.reason).toMatch(reason);
  });

  it('deploys nothing from where what runs was overwritten, unless that is only to be told', () => {
    const overwritten = (version: string) => offer(version, { digest: digestOf(version, '!') });
    const alarm = {
      version: '1.0.0',
      digest: digestOf('1.0.0', '!'),
      deployedDigest: `sha256:${label('1.0.0')}`,
      message: expect.stringContaining('was overwritten'),
    };
    const versions = [offer('1.1.0'), overwritten('1.0.0')];
    expect(decide({ versions })).toMatchObject({ state: 'alarm', version: '1.0.0', alarm });
    const told = { versions, stopOnAlarm: false };
    expect(decide(told)).toMatchObject({ state: 'pending', version: '1.1.0', digest: digestOf('1.1.0'), alarm });
    const both = { versions: [overwritten('1.1.0'), overwritten('1.0.0')], stopOnAlarm: false };
    expect(decide({ ...both, release: { tried: [tried('1.1.0', 'passed')] } })).toMatchObject({
      state: 'alarm',
      version: '1.1.0',
      alarm: { version: '1.1.0', digest: digestOf('1.1.0', '!') },
      notes: [expect.stringMatching(/^shop 1\.0\.0 in .* was overwritten/)],
    });
  });

  it('says what it passes over, and what failed before', () => {
    const young = offer('1.2.0', { created: '2026-11-23T11:59:30Z' });
    const one = { minAgeMs: MINUTE, versions: [young, ...only('1.1.0', '1.0.0')] };
    expect(decide({ ...one, retryQuarantined: true, release: { tried: [tried('1.1.0', 'failed')] } })).toMatchObject({
      state: 'pending',
      notes: [
        expect.stringMatching(/^1\.2\.0 was published/),
        expect.stringMatching(/^1\.1\.0 .* failed: test smoke failed\.$/),
      ],
    });
    expect(decide({ ...one, release: { tried: [tried('1.1.0', 'failed')] } })).toMatchObject({
      state: 'quarantined',
      quarantinedRevision: 4,
      notes: [expect.stringMatching(/^1\.2\.0 was published/)],
    });
  });

  it('asks only for what it needs to know', () => {
    const asked: string[] = [];
    let versions = ['1.3.0', '1.2.0', '1.1.0', '1.0.0'].map((version) =>
      offer(version, { isResolved: false, digest: undefined, created: undefined }),
    );
    for (;;) {
      const decision = decidePending(questionOf({ versions, upstream: upstream() }));
      if (!('need' in decision)) {
        expect(decision).toMatchObject({ state: 'pending', version: '1.1.0', digest: digestOf('1.1.0') });
        break;
      }
      asked.push(decision.need);
      versions = versions.map((one) => (one.version === decision.need ? offer(one.version) : one));
    }
    // What runs, for an alarm; and the first that is not newer than what the environment before has.
    expect(asked).toEqual(['1.0.0', '1.1.0']);
  });

  it('never offers what is older than what runs, refused by the constraint, too young, or failed', () => {
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-rc.1', '-rc.2'))
      .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(version, { maxLength: 12 }),
        fc.option(version, { nil: undefined }),
        fc.uniqueArray(version, { maxLength: 4 }),
        fc.constantFrom(undefined, '^1', '>=1.0.0-0', '<2'),
        fc.uniqueArray(version, { maxLength: 4 }),
        (all, current, failed, range, young) => {
          const versions = all.map((one) => offer(one, young.includes(one) ? { created: '2026-11-23T11:59:59Z' } : {}));
          const running = current === undefined ? undefined : runs(current);
          const release = { running, tried: failed.map((one) => tried(one, 'failed')) };
          const decision = decide({ versions, release, minAgeMs: MINUTE, ...(range === undefined ? {} : { range }) });
          if (decision.state !== 'pending') return true;
          const accepted = range === undefined || parseConstraint(range)?.accepts(decision.version) === true;
          const order = newestFirst([{ version: decision.version }, { version: current ?? '0.0.0-0' }]);
          return (
            accepted &&
            !failed.includes(decision.version) &&
            !young.includes(decision.version) &&
            (current === undefined || (order[0]?.version === decision.version && decision.version !== current))
          );
        },
      ),
    );
  });
});
