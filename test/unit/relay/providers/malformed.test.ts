/** What cannot be a registry's event: said once, with the place, and never anything but a HelmCdError. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HelmCdError } from '../../../../src/core/errors.js';
import { isImageDigest, isImageName, isImageTag } from '../../../../src/core/image-reference.js';
import { PROVIDERS } from '../../../../src/relay/providers.js';
import { changed, type Json, parsed, type Recorded, recorded } from '../../../support/relay-request.js';

const registryOf = (provider: string): string | undefined => (provider === 'nexus' ? 'docker.example.com' : undefined);

function failure(provider: string, parts: { headers?: Recorded['headers']; body: Json | Uint8Array }): HelmCdError {
  try {
    parsed(provider, parts, registryOf(provider));
  } catch (error) {
    expect(error).toBeInstanceOf(HelmCdError);
    return error as HelmCdError;
  }
  throw new Error('nothing was thrown');
}

/** Provider, what its calls cannot do without, and what a message calls it. */
const REQUIRED: readonly (readonly [string, string, string])[] = [
  ['dockerhub', '/push_data', '$.push_data'],
  ['dockerhub', '/push_data/tag', '$.push_data.tag'],
  ['dockerhub', '/repository', '$.repository'],
  ['dockerhub', '/repository/repo_name', '$.repository.repo_name'],
  ['ghcr', '/action', '$.action'],
  ['ghcr', '/registry_package', '$.registry_package'],
  ['ghcr', '/registry_package/package_version', '$.registry_package.package_version'],
  ['quay', '/updated_tags', '$.updated_tags'],
  ['harbor', '/type', '$.type'],
  ['harbor', '/event_data', '$.event_data'],
  ['harbor', '/event_data/repository', '$.event_data.repository'],
  ['harbor', '/event_data/repository/repo_full_name', '$.event_data.repository.repo_full_name'],
  ['harbor', '/event_data/resources', '$.event_data.resources'],
  ['harbor', '/event_data/resources/0/resource_url', '$.event_data.resources[0].resource_url'],
  ['harbor-cloudevents', '/data', '$.data'],
  ['acr', '/action', '$.action'],
  ['acr', '/target', '$.target'],
  ['acr', '/target/repository', '$.target.repository'],
  ['acr', '/request/host', '$.request.host'],
  ['ecr', '/source', '$.source'],
  ['ecr', '/detail-type', '$["detail-type"]'],
  ['ecr', '/account', '$.account'],
  ['ecr', '/region', '$.region'],
  ['ecr', '/detail/repository-name', '$.detail["repository-name"]'],
  ['ecr', '/detail/action-type', '$.detail["action-type"]'],
  ['gar', '/message', '$.message'],
  ['gar', '/message/data', '$.message.data'],
  ['distribution', '/events', '$.events'],
  ['jfrog', '/domain', '$.domain'],
  ['jfrog', '/data', '$.data'],
  ['jfrog', '/data/image_name', '$.data.image_name'],
  ['jfrog', '/data/repo_key', '$.data.repo_key'],
  ['jfrog', '/jpd_origin', '$.jpd_origin'],
  ['nexus', '/action', '$.action'],
  ['nexus', '/component', '$.component'],
  ['nexus', '/component/name', '$.component.name'],
  ['nexus', '/component/version', '$.component.version'],
  ['alibaba', '/push_data', '$.push_data'],
  ['alibaba', '/repository/region', '$.repository.region'],
  ['generic', '/image', '$.image'],
];

describe('what is needed', () => {
  test.each(REQUIRED)('%s: %s is missing', (name, pointer, place) => {
    const { headers, body } = recorded(name);
    const error = failure(name.replace(/-.*/, ''), { headers, body: changed(body, pointer, undefined) });
    expect(error.code).toBe('input');
    expect(error.message).toMatch(/^The event’s \$\S+ is missing: an? \w+ was expected\.$/);
    expect(error.message).toContain(`${place} is missing`);
  });

  test.each(REQUIRED)('%s: %s is of another type', (name, pointer, place) => {
    const { headers, body } = recorded(name);
    for (const value of [7, true, [['x']], { a: 1 }] as const) {
      const odd = changed(body, pointer, value as unknown as Json);
      try {
        parsed(name.replace(/-.*/, ''), { headers, body: odd }, registryOf(name));
      } catch (error) {
        expect(error).toBeInstanceOf(HelmCdError);
        expect((error as Error).message).toContain(place.replace(/(\.repo_full_name|\.region)$/, ''));
      }
    }
    const number = failure(name.replace(/-.*/, ''), { headers, body: changed(body, pointer, 7) });
    expect(number.message).toContain(`${place} is a number`);
  });
});

describe('bodies', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'The request’s body is no JSON.'],
    ['no JSON', Buffer.from('{"a":'), 'The request’s body is no JSON.'],
    ['a text', Buffer.from('"event"'), 'The event’s $ is a string: an object was expected.'],
    ['a list', Buffer.from('[]'), 'The event’s $ is a list: an object was expected.'],
    ['null', Buffer.from('null'), 'The event’s $ is null: an object was expected.'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'The request’s body is no JSON.'],
    ['deep', Buffer.from('['.repeat(100_000)), 'The request’s body is no JSON.'],
  ])('%s', (_, body, message) => {
    for (const provider of PROVIDERS.keys()) {
      const error = failure(provider, { headers: { 'x-github-event': 'package' }, body });
      expect([error.code, error.message]).toEqual(['input', message]);
    }
  });

  test('a body in Google’s envelope that is none', () => {
    for (const [data, message] of [
      ['%%%', 'The event’s $.message.data is no base64.'],
      ['', 'The event’s $.message.data is empty.'],
      [Buffer.from('nonsense').toString('base64'), 'The event’s $.message.data is no JSON.'],
      [Buffer.from('7').toString('base64'), 'The event’s $.message.data is a number: an object was expected.'],
    ] as const) {
      expect(failure('gar', { body: { message: { data } } }).message).toBe(message);
    }
  });

  test('GitHub’s event without its header', () => {
    const { body } = recorded('ghcr');
    expect(failure('ghcr', { body }).message).toBe('The request has no header X-GitHub-Event.');
  });

  test('an event of another source of EventBridge', () => {
    const { body } = recorded('ecr');
    expect(failure('ecr', { body: changed(body, '/source', 'aws.s3') }).message).toBe(
      'The event’s $.source is not aws.ecr: "aws.s3"',
    );
  });
});

describe('bounds', () => {
  const tags = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`);

  test('a hundred tags are fanned out, one more is refused', () => {
    const { body } = recorded('quay');
    expect(parsed('quay', { body: changed(body, '/updated_tags', tags(100)) }).pushes).toHaveLength(100);
    const error = failure('quay', { body: changed(body, '/updated_tags', tags(101)) });
    expect([error.code, error.message]).toEqual(['refused', 'The event pushes more than 100 tags.']);
  });

  test('a list of many thousands is not gone through', () => {
    const { body } = recorded('quay');
    const error = failure('quay', { body: changed(body, '/updated_tags', tags(50_000)) });
    expect([error.code, error.message]).toEqual(['refused', 'The event’s $.updated_tags has more than 1000 items.']);
    const events = { events: Array.from({ length: 1001 }, () => ({})) };
    expect(failure('distribution', { body: events }).code).toBe('refused');
  });

  test('more than a hundred tags in an envelope are refused, too', () => {
    const { headers, body } = recorded('distribution');
    const event = (body as { events: Json[] }).events[3]!;
    const events = tags(101).map((tag) => changed(event, '/target/tag', tag));
    expect(failure('distribution', { headers, body: { events } }).code).toBe('refused');
  });

  test('of many reasons the first twenty are told', () => {
    const { headers, body } = recorded('distribution');
    const event = (body as { events: Json[] }).events[3]!;
    const events = tags(500).map((tag) => changed(event, '/action', tag));
    const { ignored } = parsed('distribution', { headers, body: { events } });
    expect([ignored.length, ignored[0], ignored[20]]).toEqual([21, 'action "v0"', 'and 480 more reasons']);
  });

  test('a text of many thousands of characters', () => {
    const { body } = recorded('dockerhub');
    const error = failure('dockerhub', { body: changed(body, '/repository/repo_name', 'a'.repeat(100_000)) });
    expect(error.message).toBe('The event’s $.repository.repo_name has more than 2048 characters.');
  });
});

const HOSTILE_NAMES = [
  '../../etc/passwd',
  'acme/../api',
  'acme/./api',
  'acme//api',
  '/acme/api',
  'acme/api/',
  'Acme/API',
  'acme/api\n::error::',
  'acme/api\u0000',
  'acme/api\u202e',
  'acme/аpi',
  'acme/api?x=1',
  'acme/api#x',
  'acme/api@evil.example',
  'acme/api:latest',
  'acme/%2e%2e/api',
  'acme/api;rm -rf',
  'acme/$(id)',
  `${'a/'.repeat(200)}a`,
];
const HOSTILE_TAGS = [
  '..',
  '.',
  '-rf',
  '../../x',
  'a/b',
  'a b',
  'a\nb',
  'a\u0000',
  '$(id)',
  '${{ github.token }}',
  '`id`',
  'v1:latest',
  'v1@sha256',
  'é',
  'a'.repeat(129),
];
/** Provider, where the name is, where the tag is. */
const PLACES: readonly (readonly [string, string, string])[] = [
  ['dockerhub', '/repository/repo_name', '/push_data/tag'],
  ['harbor', '/event_data/repository/repo_full_name', '/event_data/resources/0/tag'],
  ['acr', '/target/repository', '/target/tag'],
  ['ecr', '/detail/repository-name', '/detail/image-tag'],
  ['jfrog', '/data/image_name', '/data/tag'],
  ['nexus', '/component/name', '/component/version'],
  ['alibaba', '/repository/repo_full_name', '/push_data/tag'],
];

describe('hostile texts', () => {
  test.each(PLACES)('names of %s', (provider, place) => {
    const { headers, body } = recorded(provider);
    for (const name of HOSTILE_NAMES) {
      const error = failure(provider, { headers, body: changed(body, place, name) });
      expect(error.code).toBe('input');
      expect(error.message).toMatch(/ makes no image’s name: "/);
      expect(error.message).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(error.message.length).toBeLessThan(300);
    }
  });

  test.each(PLACES)('tags of %s', (provider, _, place) => {
    const { headers, body } = recorded(provider);
    for (const tag of HOSTILE_TAGS) {
      const error = failure(provider, { headers, body: changed(body, place, tag) });
      expect(error.code).toBe('input');
      expect(error.message).toMatch(/ is no tag: "/);
      expect(error.message).not.toMatch(/\p{Cc}/u);
    }
  });

  test.each([
    ['harbor', '/event_data/resources/0/digest'],
    ['acr', '/target/digest'],
    ['ecr', '/detail/image-digest'],
    ['jfrog', '/data/sha256'],
    ['alibaba', '/push_data/digest'],
  ])('digests of %s', (provider, place) => {
    const { headers, body } = recorded(provider);
    for (const digest of ['sha256:abc', 'md5:0123', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(64)}\n`]) {
      expect(failure(provider, { headers, body: changed(body, place, digest) }).message).toMatch(/ is no digest: "/);
    }
  });

  test('addresses of JFrog that are none', () => {
    const { headers, body } = recorded('jfrog');
    for (const origin of ['acme', 'file:///etc', 'javascript:alert(1)']) {
      expect(failure('jfrog', { headers, body: changed(body, '/jpd_origin', origin) }).message).toMatch(
        / is no address/,
      );
    }
  });

  test('regions that would make another host', () => {
    const { headers, body } = recorded('ecr');
    for (const region of ['evil.example/x', 'eu-west-1.evil.example', 'eu-west-1@evil', 'EU-WEST-1']) {
      expect(failure('ecr', { headers, body: changed(body, '/region', region) }).message).toMatch(/\$\.region is/);
    }
    expect(
      failure('alibaba', { body: changed(recorded('alibaba').body, '/repository/region', 'x/evil') }).message,
    ).toMatch(/is no host/);
  });

  test('keys of prototypes bring nothing in', () => {
    const text =
      '{"__proto__":{"push_data":{"tag":"1.2.3"},"repository":{"repo_name":"acme/api"}},"constructor":{"prototype":{"push_data":{}}}}';
    expect(failure('dockerhub', { body: Buffer.from(text) }).message).toContain('$.repository is missing');
    expect(({} as Record<string, unknown>)['push_data']).toBeUndefined();
    const nested = '{"push_data":{"__proto__":{"tag":"1.2.3"}},"repository":{"repo_name":"acme/api"}}';
    expect(failure('dockerhub', { body: Buffer.from(nested) }).message).toContain('$.push_data.tag is missing');
    const tags = '{"repository":"acme/api","docker_url":"quay.io/acme/api","updated_tags":{"__proto__":1}}';
    expect(parsed('quay', { body: Buffer.from(tags) }).pushes).toEqual([
      { image: 'quay.io/acme/api', tag: '__proto__' },
    ]);
  });
});

describe('whatever is sent', () => {
  const names = [...PROVIDERS.keys()];

  function holds(provider: string, parts: { headers?: Record<string, string>; body: Json | Uint8Array }): void {
    try {
      const { pushes, ignored } = parsed(provider, parts, registryOf(provider));
      for (const push of pushes) {
        expect(isImageName(push.image) && isImageTag(push.tag)).toBe(true);
        if (push.digest !== undefined) expect(isImageDigest(push.digest)).toBe(true);
      }
      for (const reason of ignored) expect(reason).not.toMatch(/\p{Cc}/u);
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      expect(['input', 'refused']).toContain(error.code);
    }
  }

  test('bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 200 }), (provider, body) =>
        holds(provider, { headers: { 'x-github-event': 'package' }, body }),
      ),
    );
  });

  test('JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 4 }), (provider, body) =>
        holds(provider, { headers: { 'x-github-event': 'registry_package' }, body: body as Json }),
      ),
    );
  });

  test('recorded calls with anything at any place', () => {
    const places = (value: Json, at = ''): string[] =>
      typeof value !== 'object' || value === null
        ? [at]
        : [at, ...Object.entries(value).flatMap(([key, item]) => places(item, `${at}/${key}`))].filter(Boolean);
    const calls = names.map((name) => {
      const call = recorded(name);
      return { name, call, places: places(call.body) };
    });
    const one = fc.constantFrom(...calls).chain(({ name, call, places: all }) =>
      fc.record({
        name: fc.constant(name),
        call: fc.constant(call),
        place: fc.constantFrom(...all),
        value: fc.oneof(
          fc.jsonValue({ maxDepth: 2 }),
          fc.constantFrom(...HOSTILE_NAMES, ...HOSTILE_TAGS),
          fc.string({ unit: 'binary' }),
        ),
      }),
    );
    fc.assert(
      fc.property(one, ({ name, call, place, value }) =>
        holds(name, { headers: call.headers, body: changed(call.body, place, value as Json) }),
      ),
      { numRuns: 500 },
    );
  });
});
