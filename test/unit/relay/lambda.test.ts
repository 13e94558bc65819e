import { describe, expect, it } from '@jest/globals';
import { createRelay } from '../../../src/relay/create-relay.js';
import { parseRelayConfig } from '../../../src/relay/config/parse.js';
import type { Relay } from '../../../src/relay/handler.js';
import { callOfHttpEvent, createLambdaHandler } from '../../../src/relay/lambda.js';

const SECRET = 'a-secret-that-is-long-enough';

/** A relay to whose routes nothing belongs: it asks nobody. */
function relay(sources: string): { readonly relay: Relay; readonly lines: Record<string, unknown>[] } {
  const text = `github: { token-env: TOKEN }
sources: ${sources}
routes: [{ images: [ghcr.io/acme/*], repository: acme/charts }]`;
  const lines: Record<string, unknown>[] = [];
  const nobody = () => {
    throw new Error('nobody is to be asked');
  };
  const made = createRelay(parseRelayConfig('relay.yaml', text, '.', { TOKEN: 'ghs_token', SECRET }), {
    environment: {},
    processes: { run: nobody, find: nobody },
    ...{ github: nobody, clock: nobody, fetch: nobody },
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    memoryBytes: () => 0,
  });
  return { relay: made.relay, lines };
}

/** As a function URL gives it. */
function urlEvent(body: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: '2.0',
    rawPath: '/ci',
    rawQueryString: '',
    headers: { Authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path: '/ci' }, stage: '$default' },
    body,
    isBase64Encoded: false,
    ...more,
  };
}

const CI = '{ ci: { provider: generic, auth: { bearer: { secret-env: SECRET } } } }';
const ECR = '{ ecr: { provider: ecr, auth: { header: { name: x-key, secret-env: SECRET } } } }';
const PUSH = JSON.stringify({ image: 'quay.io/acme/api:1.0.0' });

describe('AWS Lambda', () => {
  it('answers a function URL as payload format 2.0 wants it', async () => {
    const handler = createLambdaHandler(() => relay(CI).relay);
    const answer = await handler(urlEvent(PUSH), { getRemainingTimeInMillis: () => 30_000 });
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.body)).toMatchObject({ outcome: 'not-routed' });
    const encoded = urlEvent(Buffer.from(PUSH).toString('base64'), { isBase64Encoded: true });
    expect((await handler(encoded)).statusCode).toBe(200);
    expect((await handler(urlEvent(PUSH, { headers: {} }))).statusCode).toBe(401);
    expect((await handler(urlEvent('nothing'))).statusCode).toBe(400);
    expect((await handler(urlEvent('x'.repeat(1024 * 1024 + 1)))).statusCode).toBe(413);
    expect((await handler(urlEvent(PUSH, { rawPath: '/else' }))).statusCode).toBe(404);
    const get = { requestContext: { http: { method: 'GET' } } };
    expect((await handler(urlEvent('', get))).statusCode).toBe(405);
    expect((await handler(urlEvent('', { ...get, rawPath: '/healthz' }))).statusCode).toBe(200);
    expect((await handler({})).statusCode).toBe(404);
  });

  it('takes a stage of API Gateway off the path, and gives the call the time that is left', () => {
    const staged = { rawPath: '/prod/hub/secret', requestContext: { http: { method: 'POST' }, stage: 'prod' } };
    const call = callOfHttpEvent(urlEvent(PUSH, { ...staged, rawQueryString: 'a=1&b=%20' }), {
      getRemainingTimeInMillis: () => 8000,
    });
    expect(call).toMatchObject({ method: 'POST', path: '/hub/secret', deadlineMs: 7000 });
    expect([...call.query]).toEqual([
      ['a', '1'],
      ['b', ' '],
    ]);
    expect(call.headers.get('authorization')).toBe(`Bearer ${SECRET}`);
    expect(callOfHttpEvent(urlEvent(PUSH, { ...staged, rawPath: '/production' })).path).toBe('/production');
  });

  it('takes an event of EventBridge for the source of the provider ecr, without another proof', async () => {
    const event = {
      id: '7bf73129-1428-4cd3-a780-95db273d1602',
      source: 'aws.ecr',
      'detail-type': 'ECR Image Action',
      account: '123456789012',
      region: 'eu-west-1',
      detail: {
        ...{ result: 'SUCCESS', 'action-type': 'PUSH', 'repository-name': 'api', 'image-tag': '1.2.3' },
        'image-digest': `sha256:${'1'.repeat(64)}`,
      },
    };
    const { relay: one, lines } = relay(ECR);
    const answer = await createLambdaHandler(() => one)(event);
    expect([answer.statusCode, (JSON.parse(answer.body) as { outcome: string }).outcome]).toEqual([200, 'not-routed']);
    expect(lines).toEqual([
      expect.objectContaining({
        delivery: event.id,
        source: 'ecr',
        images: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1.2.3'],
      }),
    ]);
    await expect(createLambdaHandler(() => relay(CI).relay)(event)).rejects.toThrow(
      /exactly one source of the provider ecr/,
    );
    // The same by the function's URL needs the proof.
    const forged = urlEvent(JSON.stringify(event), { rawPath: '/ecr' });
    expect((await createLambdaHandler(() => one)(forged)).statusCode).toBe(401);
  });

  it('opens its configuration once, and again after a failure', async () => {
    let times = 0;
    const handler = createLambdaHandler(() => {
      times += 1;
      if (times === 1) throw new Error('relay.yaml is broken');
      return relay(CI).relay;
    });
    await expect(handler(urlEvent(PUSH))).rejects.toThrow('relay.yaml is broken');
    await handler(urlEvent(PUSH));
    await handler(urlEvent(PUSH));
    expect(times).toBe(2);
  });
});
