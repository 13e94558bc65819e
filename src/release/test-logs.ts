/** The logs of a release's tests as they run, whatever becomes of their pods. */
import { messageOf } from '../core/errors.js';
import { nameOf, type ContainerStatus, type KubernetesObject } from '../core/kubernetes-object.js';
import type { Services } from '../core/ports.js';
import type { ReleaseHook } from '../core/release.js';
import type { Cluster } from '../kubernetes/cluster.js';

const POLL_MS = 300;
/** How long after its pod has ended a log stream may go on, how long when it has become quiet, and how long for its first line. */
const DRAIN_MS = 800;
const QUIET_MS = 200;
/** On a busy runner kubectl alone takes a second to start; the stream of a container that said nothing ends by itself. */
const FIRST_LINE_MS = 10_000;
/** A container can be running before its log can be read: how often to ask until the first line comes. */
const LOG_ATTEMPTS = 5;
/** With --ignore-errors kubectl says on standard output, among the lines, that a container has no log yet. */
const NOT_YET_READABLE =
  /^error: (no logs found for container "[^"]*" in pod|container "[^"]*" in pod "[^"]*" is (waiting to start|not available))/;
/** A look at a log reads no more. */
const GLIMPSE_BYTES = 64 * 1024;
/** Kept of each test's log; the rest is in the job's log. */
const LINES_KEPT = 200;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The test that a pod belongs to: itself, or the Job that made it. */
function testOf(pod: KubernetesObject, hooks: readonly ReleaseHook[]): ReleaseHook | undefined {
  const job = pod.metadata?.labels?.['job-name'] ?? pod.metadata?.labels?.['batch.kubernetes.io/job-name'];
  return hooks.find(
    (hook) => (hook.kind === 'Pod' && hook.name === nameOf(pod)) || (hook.kind === 'Job' && hook.name === job),
  );
}

/** Those that have or had something to say, in the order in which they run. */
function startedContainers({ status }: KubernetesObject): readonly ContainerStatus[] {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.filter(({ state }) => state?.running !== undefined || state?.terminated !== undefined);
}

interface LogStream {
  readonly end: AbortController;
  /** When its last line came; 0 before the first. */
  lastAt: number;
  ending: boolean;
  /** All that the containers had said when they were last looked at: what is left when the pod goes before its stream begins. */
  glimpse: string;
  glimpsing: Promise<void> | undefined;
}

/** Follows the logs of test pods from their start, for `helm test` deletes pods as their policies say. */
export class TestLogs {
  /** The last lines, by test. */
  readonly logs = new Map<string, string[]>();
  private readonly cluster: Cluster;
  private readonly services: Services;
  private readonly namespace: string;
  private readonly hooks: readonly ReleaseHook[];
  /** By pod. Pods that were there before belong to an earlier run, and have none. */
  private readonly followed = new Map<string, LogStream | undefined>();
  private readonly streams: Promise<unknown>[] = [];

  constructor(cluster: Cluster, services: Services, namespace: string, hooks: readonly ReleaseHook[]) {
    this.cluster = cluster;
    this.services = services;
    this.namespace = namespace;
    this.hooks = hooks;
  }

  /** The pods of the tests alone: a namespace may hold thousands. */
  private async pods(): Promise<readonly KubernetesObject[]> {
    const names = (kind: string) => this.hooks.filter((hook) => hook.kind === kind).map((hook) => hook.name);
    const what = 'The test pods cannot be listed';
    const options = { namespace: this.namespace };
    const jobs = names('Job');
    const lists = await Promise.all([
      names('Pod').length === 0
        ? []
        : this.cluster.list(what, ['get', 'pods', ...names('Pod'), '--ignore-not-found'], options),
      jobs.length === 0
        ? []
        : this.cluster.list(what, ['get', 'pods', `--selector=job-name in (${jobs.join(',')})`], options),
    ]);
    return lists.flat();
  }

  async ignoreExisting(): Promise<void> {
    for (const pod of await this.pods()) this.followed.set(pod.metadata?.uid ?? '', undefined);
  }

  /** Looks for new test pods and follows them until `over` is set. */
  async follow(over: AbortSignal, timeoutMs: number): Promise<void> {
    // Once: a listener for each look would be what Node takes for a leak, and rightly.
    const ended = aborted(over);
    for (;;) {
      const last = over.aborted;
      const pods = await this.pods().catch(() => []);
      for (const pod of pods) this.look(pod, timeoutMs);
      if (last) break;
      await Promise.race([this.services.clock.sleep(POLL_MS), ended]);
    }
    for (const stream of this.followed.values()) this.endSoon(stream);
    await Promise.allSettled(this.streams);
  }

  private look(pod: KubernetesObject, timeoutMs: number): void {
    const uid = pod.metadata?.uid ?? '';
    const hook = testOf(pod, this.hooks);
    if (hook === undefined || startedContainers(pod).length === 0) return;
    if (!this.followed.has(uid)) {
      const opened = { end: new AbortController(), lastAt: 0, ending: false, glimpse: '', glimpsing: undefined };
      this.followed.set(uid, opened);
      this.streams.push(this.stream(nameOf(pod), hook.name, opened, timeoutMs));
    }
    const stream = this.followed.get(uid);
    if (stream?.lastAt === 0) stream.glimpsing ??= this.glimpse(pod, stream);
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') this.endSoon(stream);
  }

  /**
   * Reads what is there by the connection that we have. kubectl's stream takes a moment to begin, on a busy runner longer than
   * some pods live.
   */
  private async glimpse(pod: KubernetesObject, stream: LogStream): Promise<void> {
    const texts: string[] = [];
    for (const { name = '' } of startedContainers(pod)) {
      const query = `container=${encodeURIComponent(name)}&tailLines=${LINES_KEPT}&limitBytes=${GLIMPSE_BYTES}`;
      const path = `/api/v1/namespaces/${this.namespace}/pods/${nameOf(pod)}/log?${query}`;
      const answer = await this.cluster.request({ method: 'GET', path, accept: '*/*' }).catch(() => undefined);
      if (answer?.status === 200) texts.push(answer.body);
    }
    if (texts.join('') !== '') stream.glimpse = texts.join('');
    stream.glimpsing = undefined;
  }

  /** What is still unread comes at once; a stream that nobody closes must not hold us. */
  private endSoon(stream: LogStream | undefined): void {
    if (stream === undefined || stream.ending) return;
    stream.ending = true;
    const { clock } = this.services;
    const endedAt = clock.now();
    const look = setInterval(() => {
      const quiet = stream.lastAt > 0 && clock.now() - stream.lastAt >= QUIET_MS;
      const goneOn = clock.now() - endedAt >= (stream.lastAt > 0 ? DRAIN_MS : FIRST_LINE_MS);
      if (!quiet && !goneOn && !stream.end.signal.aborted) return;
      clearInterval(look);
      stream.end.abort();
    }, QUIET_MS / 4);
  }

  private async stream(pod: string, test: string, stream: LogStream, timeoutMs: number): Promise<void> {
    const { signal } = stream.end;
    const lines = this.logs.get(test) ?? [];
    this.logs.set(test, lines);
    let read = 0;
    let refusals = 0;
    const onLine = (line: string) => {
      if (NOT_YET_READABLE.test(line)) {
        refusals += 1;
        return this.services.log.debug(`logs of ${pod}: ${line}`);
      }
      read += 1;
      stream.lastAt = this.services.clock.now();
      this.services.log.info(`  ${test} │ ${line}`);
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    };
    const args = ['logs', pod, '--all-containers', '--follow', '--ignore-errors', '--max-log-requests=20'];
    try {
      for (let attempt = 1; read === 0 && !signal.aborted && attempt <= LOG_ATTEMPTS; attempt++) {
        if (attempt > 1) await this.services.clock.sleep(POLL_MS);
        const hadEnded = stream.ending;
        const before = refusals;
        await this.cluster.call(args, { namespace: this.namespace, timeoutMs, onLine, signal });
        if (hadEnded && refusals === before) break; // It said nothing.
      }
    } catch (error) {
      this.services.log.debug(`logs of ${pod}: ${messageOf(error)}`);
    } finally {
      stream.end.abort();
    }
    await stream.glimpsing;
    if (read === 0 && stream.glimpse !== '') stream.glimpse.trimEnd().split(/\r?\n/).forEach(onLine);
  }
}
