/** `helm test` with the logs of every test, whatever becomes of its pod. */
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { Revision } from '../core/release.js';
import { testHooks, testResults, type TestResult } from '../core/release-tests.js';
import type { Helm } from '../helm/helm.js';
import { helmMessage, testArgs, type ReleaseTarget } from '../helm/lifecycle.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { readRevision } from './history.js';
import { TestLogs } from './test-logs.js';

export interface TestRun {
  readonly ok: boolean;
  readonly tests: readonly TestResult[];
  /** What helm said when it failed. */
  readonly message: string;
}

/**
 * Runs the release's tests. Their results come from the release record, their logs from the pods as they run.
 * @param timeoutMs for each test.
 */
export async function runTests(
  helm: Helm,
  cluster: Cluster,
  target: ReleaseTarget,
  revision: Revision,
  timeoutMs: number,
  services: Services,
): Promise<TestRun> {
  const hooks = testHooks(revision.hooks);
  if (hooks.length === 0) return { ok: true, tests: [], message: '' };
  const collector = new TestLogs(cluster, services, target.namespace, hooks);
  await collector.ignoreExisting();
  const over = new AbortController();
  const wholeMs = timeoutMs * hooks.length + 30_000;
  // Caught at once: it ends by itself when the job is cancelled, before anybody waits for it.
  const following = collector
    .follow(over.signal, wholeMs)
    .catch((error: unknown) => services.log.debug(`test logs: ${messageOf(error)}`));
  const startedAt = services.clock.now();
  let message = '';
  try {
    const result = await helm.run(testArgs({ ...target, timeoutMs }), {
      env: cluster.environment,
      timeoutMs: wholeMs,
      accept: 'any',
    });
    if (result.code !== 0) message = helmMessage(result.stderr);
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'timeout') throw error;
    message = error.message;
  } finally {
    over.abort();
    await following;
  }
  const tested = (await readRevision(cluster, target, revision.revision)) ?? revision;
  const logs = new Map([...collector.logs].map(([name, lines]) => [name, lines.join('\n')]));
  const tests = testResults(tested.hooks, startedAt, logs);
  const unfinished = tests.find((test) => test.phase !== 'Succeeded');
  if (message === '' && unfinished !== undefined) message = `test ${unfinished.name} did not succeed`;
  return { ok: message === '', tests, message };
}
