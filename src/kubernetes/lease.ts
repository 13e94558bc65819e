/**
 * One deploy of a release at a time, among all runners: a Lease (coordination.k8s.io/v1) whose holder renews it. A holder
 * that was killed stops renewing, and the next one takes over.
 *
 * Every write names what it expects to find (JSON Patch `test`, RFC 6902), so of two that try at once one wins.
 */
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { readLease, type LeaseState } from '../core/lease-state.js';
import type { CallOptions, Cluster, Reply } from './cluster.js';

/** A holder that has not renewed for so long is gone. */
const DURATION_SECONDS = 20;
const RENEW_MS = 6000;
const POLL_MS = 1000;
/** How often somebody else is asked whether the holder is gone. */
const ASK_MS = 10_000;

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Who we are, for others that wait: repository, run, attempt. Unique to this process. */
  readonly holder: string;
  /** How long a living holder is waited for. */
  readonly timeoutMs: number;
  /** Whether that holder is gone for certain, though its lease has not run out; asked now and then while it is waited for. */
  readonly isGone?: (holder: string) => Promise<boolean>;
}

export interface HeldLease {
  /** Who we are in it. */
  readonly holder: string;
  /** Whether it was taken from a holder that is gone: what that one left half-done is nobody's. */
  readonly tookOver: boolean;
  /** Whether somebody else has taken it over meanwhile (because this machine slept, or lost the network). */
  isLost(): boolean;
  /** Lets go; never throws, and works after the job was cancelled. */
  release(): Promise<void>;
}

/** RFC 3339 with microseconds, as MicroTime wants it. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function manifest(options: LeaseOptions, now: number): string {
  const time = microTime(now);
  return JSON.stringify({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: options.name,
      namespace: options.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'helm-cd' },
    },
    spec: {
      holderIdentity: options.holder,
      leaseDurationSeconds: DURATION_SECONDS,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  });
}

/** A patch that applies only while the lease is in the state it was seen in. */
function patch(seen: LeaseState, holder: string, now: number, taking: boolean): string {
  const time = microTime(now);
  return JSON.stringify([
    { op: 'test', path: '/metadata/resourceVersion', value: seen.resourceVersion },
    { op: 'add', path: '/spec/holderIdentity', value: holder },
    { op: 'add', path: '/spec/leaseDurationSeconds', value: DURATION_SECONDS },
    { op: 'add', path: '/spec/renewTime', value: time },
    ...(taking
      ? [
          { op: 'add', path: '/spec/acquireTime', value: time },
          { op: 'add', path: '/spec/leaseTransitions', value: seen.transitions + 1 },
        ]
      : []),
  ]);
}

class Lease {
  private readonly cluster: Cluster;
  private readonly services: Services;
  private readonly options: LeaseOptions;

  constructor(cluster: Cluster, services: Services, options: LeaseOptions) {
    this.cluster = cluster;
    this.services = services;
    this.options = options;
  }

  private resource(): string {
    return `leases.coordination.k8s.io/${this.options.name}`;
  }

  private call(args: readonly string[], options: CallOptions = {}): Promise<Reply> {
    return this.cluster.call(args, { namespace: this.options.namespace, timeoutMs: 15_000, ...options });
  }

  async read(options: CallOptions = {}): Promise<{ reply: Reply; state: LeaseState | undefined }> {
    const reply = await this.call(['get', this.resource(), '--output=json'], options);
    return { reply, state: reply.failure === undefined ? readLease(reply.stdout) : undefined };
  }

  create(): Promise<Reply> {
    return this.call(['create', '--filename=-'], { input: manifest(this.options, this.services.clock.now()) });
  }

  write(seen: LeaseState, holder: string, taking: boolean, options: CallOptions = {}): Promise<Reply> {
    const change = patch(seen, holder, this.services.clock.now(), taking);
    return this.call(['patch', this.resource(), '--type=json', `--patch=${change}`], options);
  }
}

/** Keeps the lease until `release`. */
function keep(lease: Lease, holder: string, services: Services, tookOver: boolean): HeldLease {
  let lost = false;
  let stopped = false;
  let renewing: Promise<void> | undefined;

  const renew = async () => {
    const { reply, state } = await lease.read({ ignoreCancel: true });
    if (stopped) return;
    if (state !== undefined && state.holder !== holder) {
      lost = true;
      stopped = true;
      services.log.warning(`The lock of this release was taken over by ${state.holder || 'nobody'} while we held it.`);
    } else if (state !== undefined) {
      await lease.write(state, holder, false, { ignoreCancel: true });
    } else {
      services.log.debug(`The lock could not be renewed: ${reply.message}`);
    }
  };
  const timer = setInterval(() => {
    if (stopped || renewing !== undefined) return;
    renewing = renew()
      .catch((error: unknown) => services.log.debug(`The lock could not be renewed: ${String(error)}`))
      .finally(() => (renewing = undefined));
  }, RENEW_MS);
  timer.unref();

  return {
    holder,
    tookOver,
    isLost: () => lost,
    async release() {
      stopped = true;
      clearInterval(timer);
      try {
        await renewing;
        const { state } = await lease.read({ ignoreCancel: true });
        if (state?.holder === holder) await lease.write(state, '', false, { ignoreCancel: true });
      } catch (error) {
        services.log.debug(`The lock could not be released, it will expire: ${String(error)}`);
      }
    },
  };
}

const NO_LOCK: HeldLease = { holder: '', tookOver: false, isLost: () => false, release: () => Promise.resolve() };

/**
 * Takes the lease, waiting for whoever holds it.
 * @returns a lock that holds nothing, after a warning, when the credentials do not allow leases.
 * @throws HelmCdError `timeout` naming the holder; `unreachable`; `cancelled`.
 */
export async function acquireLease(cluster: Cluster, services: Services, options: LeaseOptions): Promise<HeldLease> {
  const { clock, log } = services;
  const lease = new Lease(cluster, services, options);
  const until = clock.now() + options.timeoutMs;
  let told = '';
  let seen: { key: string; since: number } | undefined;
  let asked = -Infinity;

  for (;;) {
    const { reply, state } = await lease.read();
    let attempt: Reply = reply;
    let tookOver = false;
    if (state === undefined) {
      if (reply.failure === 'not-found') attempt = await lease.create();
    } else {
      const key = `${state.holder} ${state.renewTime}`;
      if (seen?.key !== key) seen = { key, since: clock.now() };
      const age = clock.now() - Date.parse(state.renewTime);
      const durationMs = state.durationSeconds * 1000;
      // By our own clock, so that clocks that differ do no harm; by the time written there only when it is long past.
      const expired = clock.now() - seen.since > durationMs || !(age < 2 * durationMs);
      const free = state.holder === '' || state.holder === options.holder;
      let gone = expired;
      if (!free && !gone && options.isGone !== undefined && clock.now() - asked >= ASK_MS) {
        asked = clock.now();
        gone = await options.isGone(state.holder);
      }
      if (free || gone) {
        tookOver = !free;
        if (tookOver) log.info(`The lock was held by ${state.holder}, which is gone: taking it over.`);
        attempt = await lease.write(state, options.holder, true);
      } else {
        const line = `Waiting for ${state.holder}, which is deploying this release`;
        if (told !== line) log.info(line);
        told = line;
        if (clock.now() >= until) {
          throw new HelmCdError('timeout', `Another deploy holds this release: ${state.holder}.`, {
            hint: 'Let it finish, or raise lock-timeout.',
          });
        }
        await clock.sleep(POLL_MS);
        continue;
      }
    }
    if (attempt.failure === undefined) return keep(lease, options.holder, services, tookOver);
    if (attempt.failure === 'forbidden') {
      log.warning(
        `No lock: the credentials may not use leases.coordination.k8s.io in ${options.namespace}. Two deploys of this release at once would disturb each other.`,
      );
      return NO_LOCK;
    }
    // Somebody was quicker: look again.
    const raced =
      attempt.failure === 'already-exists' || attempt.failure === 'conflict' || attempt.failure === 'refused';
    if (!raced && attempt.failure !== 'unreachable') {
      throw new HelmCdError('tool', `The lock of this release could not be taken: ${attempt.message}`);
    }
    if (clock.now() >= until) {
      throw new HelmCdError('timeout', `The lock of this release could not be taken: ${attempt.message}`);
    }
    await clock.sleep(200);
  }
}
