import { describe, expect, it } from '@jest/globals';
import { adminAnswer } from '../../../src/relay/admin.js';
import { BodyRoom } from '../../../src/relay/body.js';
import { createRelayLog } from '../../../src/relay/log.js';
import { createRelayMasks } from '../../../src/relay/masks.js';
import { createRelayMetrics } from '../../../src/relay/metrics.js';

describe('the log', () => {
  it('is one JSON object a line, without secrets and without what is not known', () => {
    const lines: string[] = [];
    const masks = createRelayMasks(['se"cret/1', 'abc']);
    masks.add('token-of-a-registry');
    const log = createRelayLog(
      masks,
      () => new Date(0),
      (line) => lines.push(line),
    );
    log('warning', 'a\nse"cret/1', {
      status: 401,
      source: undefined,
      images: [],
      reasons: ['token-of-a-registry', 'abc'],
    });
    log('info', encodeURIComponent('se"cret/1'), { plain: Buffer.from('se"cret/1').toString('base64') });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warning","message":"a\\n***","status":401,"reasons":["***","abc"]}\n',
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"***","plain":"***"}\n',
    ]);
  });

  it('remembers a bounded number of tokens, the configuration’s secrets always', () => {
    const masks = createRelayMasks(['the-secret']);
    for (let n = 0; n < 1000; n++) masks.add(`token-${n}-`);
    expect(masks.redact('the-secret token-999- token-801- token-0-')).toBe('*** *** *** token-0-');
  });
});

describe('metrics and health', () => {
  it('are in the text format of Prometheus', async () => {
    const metrics = createRelayMetrics(() => 12345);
    metrics.inFlight(1);
    metrics.request('ghcr', 'dispatched', 0.3);
    metrics.push('ghcr', 'dispatched');
    metrics.dispatch('acme/charts', 'dispatched');
    const answer = await adminAnswer('GET', '/metrics', { metrics, isReady: () => true });
    expect(answer?.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = answer?.body ?? '';
    for (const line of [
      '# TYPE helm_cd_relay_requests_total counter',
      'helm_cd_relay_requests_total{source="ghcr",outcome="dispatched"} 1',
      'helm_cd_relay_pushes_total{source="ghcr",outcome="dispatched"} 1',
      'helm_cd_relay_dispatches_total{repository="acme/charts",outcome="dispatched"} 1',
      'helm_cd_relay_request_duration_seconds_bucket{le="0.25",source="ghcr"} 0',
      'helm_cd_relay_request_duration_seconds_bucket{le="0.5",source="ghcr"} 1',
      'helm_cd_relay_requests_in_flight 1',
      'process_resident_memory_bytes 12345',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('say that the relay is about to end, and leave other paths alone', async () => {
    const metrics = createRelayMetrics(() => 0);
    const deps = { metrics, isReady: () => false };
    const status = async (path: string, method = 'GET') => (await adminAnswer(method, path, deps))?.status;
    expect([await status('/healthz'), await status('/readyz'), await status('/else')]).toEqual([200, 503, undefined]);
    expect(await status('/metrics', 'POST')).toBe(405);
  });
});

describe('the room for bodies', () => {
  it('is bounded, and comes back when calls end', () => {
    const room = new BodyRoom(100);
    const [one, other] = [{}, {}];
    expect([room.take(one, 60), room.take(one, 30), room.take(other, 20)]).toEqual([true, true, false]);
    room.leave(one);
    room.leave(other);
    expect([room.bytes, room.take(other, 100)]).toEqual([0, true]);
  });
});
