import { beforeEach, describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import type { Services } from '../../../src/core/ports.js';
import type { CallOptions, Cluster, Reply } from '../../../src/kubernetes/cluster.js';
import { acquireLease } from '../../../src/kubernetes/lease.js';
import { createMemoryLog, type MemoryLog } from '../../support/services.js';

interface Lease {
  metadata: { resourceVersion: string };
  spec: Record<string, unknown>;
}

const ok = (stdout = ''): Reply => ({ failure: undefined, stdout, stderr: '', message: '' });
const no = (failure: NonNullable<Reply['failure']>): Reply => ({ failure, stdout: '', stderr: '', message: failure });

/** An API server that knows one lease: `create`, `get`, and JSON patches whose tests hold. */
class Server {
  lease: Lease | undefined;
  now = 1_000_000;
  forbidden = false;
  /** Called before each call is handled: others may act meanwhile. */
  meanwhile: (verb: string) => void = () => undefined;

  hold(holder: string, renewedAt = this.now, durationSeconds = 20): void {
    const renewTime = new Date(renewedAt).toISOString();
    this.write({ holderIdentity: holder, renewTime, leaseDurationSeconds: durationSeconds });
  }

  private write(spec: Record<string, unknown>): void {
    const version = String(Number(this.lease?.metadata.resourceVersion ?? '0') + 1);
    this.lease = { metadata: { resourceVersion: version }, spec: { ...this.lease?.spec, ...spec } };
  }

  call(args: readonly string[], options: CallOptions = {}): Promise<Reply> {
    const [verb = ''] = args;
    this.meanwhile(verb);
    if (this.forbidden) return Promise.resolve(no('forbidden'));
    if (verb === 'get') {
      return Promise.resolve(this.lease === undefined ? no('not-found') : ok(JSON.stringify(this.lease)));
    }
    if (verb === 'create') {
      if (this.lease !== undefined) return Promise.resolve(no('already-exists'));
      this.write((JSON.parse(options.input ?? '') as Lease).spec);
      return Promise.resolve(ok());
    }
    const patch = args.find((arg) => arg.startsWith('--patch=')) ?? '';
    const changes = JSON.parse(patch.slice('--patch='.length)) as { op: string; path: string; value: unknown }[];
    for (const { op, path, value } of changes) {
      if (op === 'test' && path === '/metadata/resourceVersion' && value !== this.lease?.metadata.resourceVersion) {
        return Promise.resolve(no('refused'));
      }
    }
    const spec = changes.filter(({ op }) => op === 'add').map(({ path, value }) => [path.replace('/spec/', ''), value]);
    this.write(Object.fromEntries(spec) as Record<string, unknown>);
    return Promise.resolve(ok());
  }
}

let server: Server;
let log: MemoryLog;
beforeEach(() => {
  server = new Server();
  log = createMemoryLog();
});

function acquire(holder = 'me', timeoutMs = 60_000) {
  const services = {
    log,
    clock: {
      now: () => server.now,
      sleep: (milliseconds: number) => {
        server.now += milliseconds;
        return Promise.resolve();
      },
    },
  } as unknown as Services;
  const cluster = { call: server.call.bind(server) } as unknown as Cluster;
  return acquireLease(cluster, services, { namespace: 'shop', name: 'helm-cd-app', holder, timeoutMs });
}

const holderOf = () => server.lease?.spec['holderIdentity'];

describe('acquireLease', () => {
  it('creates the lease, and lets go of it', async () => {
    const held = await acquire();
    expect(holderOf()).toBe('me');
    expect(held.tookOver).toBe(false);
    await held.release();
    expect(holderOf()).toBe('');
  });

  it('takes one that nobody holds', async () => {
    server.hold('');
    const held = await acquire();
    expect(holderOf()).toBe('me');
    expect(held.tookOver).toBe(false);
    await held.release();
  });

  it('waits for a living holder, says who it is once, and goes on when it lets go', async () => {
    server.hold('other');
    const start = server.now;
    server.meanwhile = (verb) => {
      if (verb === 'get') server.hold(server.now < start + 30_000 ? 'other' : '');
    };
    const held = await acquire();
    expect(server.now).toBeGreaterThanOrEqual(start + 30_000);
    expect(log.lines.filter((line) => line.includes('Waiting for other'))).toHaveLength(1);
    expect(held.tookOver).toBe(false);
    await held.release();
  });

  it('gives up when the time is up, naming the holder', async () => {
    server.meanwhile = () => server.hold('acme/shop run 7 attempt 1');
    const failure = await acquire('me', 5_000).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HelmCdError);
    expect(failure).toMatchObject({
      code: 'timeout',
      message: 'Another deploy holds this release: acme/shop run 7 attempt 1.',
    });
  });

  it('takes over at once what was last renewed long ago', async () => {
    server.hold('dead', server.now - 60_000);
    const start = server.now;
    const held = await acquire();
    expect(server.now).toBe(start);
    expect(held.tookOver).toBe(true);
    expect(log.text()).toContain('The lock was held by dead, which is gone');
    await held.release();
  });

  it('takes over what is not renewed while it watches, though the holder was clocked ahead', async () => {
    server.hold('dead', server.now + 3_600_000);
    const start = server.now;
    const held = await acquire();
    expect(server.now - start).toBeGreaterThan(20_000);
    expect(server.now - start).toBeLessThan(25_000);
    expect(held.tookOver).toBe(true);
    await held.release();
  });

  it('takes over what was never renewed and names no duration', async () => {
    server.hold('strange');
    server.lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'strange' } };
    const held = await acquire();
    expect(held.tookOver).toBe(true);
    await held.release();
  });

  it.each([
    ['creates it', () => undefined],
    ['takes it over', () => server.hold('dead', server.now - 60_000)],
  ])('waits for somebody who is quicker when it %s', async (_, prepare) => {
    prepare();
    let raced = false;
    server.meanwhile = (verb) => {
      if (verb === 'get' || raced) return;
      raced = true;
      server.hold('quicker');
    };
    const failure = await acquire('me', 3_000).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: 'Another deploy holds this release: quicker.' });
    expect(holderOf()).toBe('quicker');
  });

  it('goes on with a warning when leases are forbidden', async () => {
    server.forbidden = true;
    const held = await acquire();
    expect(log.text()).toContain('warning: No lock: the credentials may not use leases.coordination.k8s.io in shop.');
    await held.release();
  });

  it('does not let go of what somebody else has taken', async () => {
    const held = await acquire();
    server.hold('other');
    await held.release();
    expect(holderOf()).toBe('other');
  });
});
