import { describe, expect, it } from '@jest/globals';
import {
  describeState,
  orderObjects,
  readEvents,
  readPod,
  type Evidence,
  type EventObject,
} from '../../../src/core/evidence.js';
import { evidenceDocument, evidenceGroups, evidenceMarkdown } from '../../../src/core/evidence-markdown.js';

const event = (minute: number, sketch: Partial<EventObject> = {}): EventObject => ({
  involvedObject: { kind: 'Pod', name: 'p' },
  type: 'Normal',
  reason: 'Scheduled',
  message: `at ${minute}`,
  lastTimestamp: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
  ...sketch,
});

describe('readEvents', () => {
  const names = new Set(['Pod/p']);
  const start = Date.parse('2026-01-01T00:00:00Z');

  it("keeps the objects' own, in the order of time, whichever API wrote them", () => {
    const modern = event(1, { lastTimestamp: null, eventTime: '2026-01-01T00:01:30.5Z', message: 'modern' });
    const other = event(3, { involvedObject: { kind: 'Pod', name: 'other' } });
    const read = readEvents([event(2), modern, event(1), other], names, start);
    expect(read.map(({ message }) => message)).toEqual(['at 1', 'modern', 'at 2']);
  });

  it('leaves out what happened to an earlier object of that name', () => {
    expect(
      readEvents([event(1), event(5)], names, Date.parse('2026-01-01T00:04:00Z')).map(({ message }) => message),
    ).toEqual(['at 5']);
  });

  it('prefers warnings when there are too many', () => {
    const many = Array.from({ length: 50 }, (_, index) => event(index + 1));
    const read = readEvents([event(0, { type: 'Warning', message: 'warned' }), ...many], names, start);
    expect(read).toHaveLength(40);
    expect(read[0]?.message).toBe('warned');
  });
});

describe('describeState', () => {
  it.each([
    [{ waiting: { reason: 'ErrImagePull' } }, false, 'waiting: ErrImagePull'],
    [{ running: {} }, true, 'running'],
    [{ running: {} }, false, 'running, not ready'],
    [{ terminated: { reason: 'OOMKilled', exitCode: 137 } }, false, 'terminated: OOMKilled, exit code 137'],
    [{}, false, 'unknown'],
  ])('%j', (state, ready, expected) => {
    expect(describeState({ state, ready })).toBe(expected);
  });
});

const pod = readPod(
  {
    metadata: { name: 'api-1' },
    spec: { nodeName: 'node-1' },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'api', image: 'api:2', restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    },
  },
  new Map([['api', { log: 'now', previousLog: Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n') }]]),
);

const evidence: Evidence = {
  release: 'shop',
  namespace: 'prod',
  revision: 7,
  phase: 'rollout',
  cause: 'Deployment/api: api-1 (api): CrashLoopBackOff',
  collectedAt: '2026-01-01T00:00:00.000Z',
  objects: [
    { name: 'Deployment/api', state: 'progressing', message: '0 of 1', conditions: ['Available=False'], pods: [pod] },
  ],
  events: readEvents([event(1)], new Set(['Pod/p']), 0),
  tests: [
    { name: 'good', kind: 'Pod', phase: 'Succeeded', seconds: 1, log: 'fine' },
    { name: 'bad', kind: 'Pod', phase: 'Failed', seconds: 1, log: 'broken' },
  ],
  output: 'helm said so',
  missing: ['events (forbidden)'],
};

describe('evidence for people', () => {
  it('begins with the root cause', () => {
    expect(evidenceMarkdown(evidence, true)).toMatch(
      /^\*\*Root cause:\*\* Deployment\/api: api-1 \(api\): CrashLoopBackOff/,
    );
  });

  it('shows pods in a table, and the last lines of each log', () => {
    const text = evidenceMarkdown(evidence, true);
    expect(text).toContain('| `Deployment/api` | `api-1` | `api` | waiting: CrashLoopBackOff | 4 | `api:2` |');
    expect(text).toContain('Log of api-1 (api), before its last restart');
    expect(text).toContain('line 49');
    expect(text).not.toContain('line 19\n');
    expect(text).toContain('broken');
    expect(text).not.toContain('fine');
    expect(text).toContain('Not collected: events (forbidden)');
  });

  it('has everything in the file', () => {
    const text = evidenceDocument(evidence);
    expect(text).toContain('# Why `shop` failed');
    expect(text).toContain('line 0\n');
    expect(text).toContain('Available=False');
  });

  it('makes a group of each part for the log', () => {
    expect(evidenceGroups(evidence).map(({ title }) => title)).toEqual([
      'Deployment/api: 0 of 1',
      'Log of api-1 (api), before its last restart',
      'Log of api-1 (api)',
      'Log of test bad (Failed)',
      'Events',
      'Output',
    ]);
  });
});

describe('orderObjects', () => {
  it('puts what failed first, then what has broken pods', () => {
    const make = (name: string, state: string, problems: readonly string[]) => ({
      name,
      state,
      message: '',
      conditions: [],
      pods: [{ ...pod, problems }],
    });
    const ordered = orderObjects([
      make('c', 'progressing', []),
      make('b', 'progressing', ['x']),
      make('a', 'failed', []),
    ]);
    expect(ordered.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});
