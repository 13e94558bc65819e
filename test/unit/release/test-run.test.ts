import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ReleaseHook, Revision } from '../../../src/core/release.js';
import type { Services } from '../../../src/core/ports.js';
import type { Helm } from '../../../src/helm/helm.js';
import type { Cluster } from '../../../src/kubernetes/cluster.js';
import { runTests } from '../../../src/release/test-run.js';
import { createMemoryLog } from '../../support/services.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const hook: ReleaseHook = {
  name: 'app-test',
  kind: 'Pod',
  path: 'app/templates/test.yaml',
  manifest: '',
  events: ['test'],
  weight: 0,
  lastRun: { phase: '', startedAt: '', completedAt: '' },
};

describe('tests that take their time', () => {
  it('are looked at again and again with the same one listener for their end: Node warns of more than ten', async () => {
    let looks = 0;
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const clock = {
      now: () => Date.now(),
      sleep: async () => {
        looks += 1;
        if (looks === 40) finish();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const helm = { run: () => finished.then(() => ({ code: 0, stdout: '', stderr: '' })) } as unknown as Helm;
    const cluster = { environment: {}, list: () => Promise.resolve([]) } as unknown as Cluster;
    const added = jest.spyOn(AbortSignal.prototype, 'addEventListener');
    const revision = { revision: 1, hooks: [hook] } as unknown as Revision;
    const services = { clock, log: createMemoryLog() } as unknown as Services;
    const run = await runTests(helm, cluster, { release: 'app', namespace: 'x' }, revision, 1000, services);
    expect(run.message).toBe('test app-test did not succeed');
    expect(looks).toBeGreaterThanOrEqual(40);
    expect(added.mock.calls.length).toBeLessThan(5);
  });
});
