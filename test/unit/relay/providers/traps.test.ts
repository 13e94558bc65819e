/** Peculiarities of registries' events that are easily taken for something else. */
import { describe, expect, test } from '@jest/globals';
import { changed, type Json, parsed, recorded } from '../../../support/relay-request.js';

const A = `sha256:${'a'.repeat(64)}`;

function imagesOf(provider: string, parts: Parameters<typeof parsed>[1]): string[] {
  return parsed(provider, parts).pushes.map(({ image, tag }) => `${image}:${tag}`);
}

describe('GHCR', () => {
  const { headers, body } = recorded('ghcr');
  const at = (rest: string): string => `/registry_package/${rest}`;

  test('one push of two platforms is one push: the index has the tag, its parts have none', () => {
    const child = recorded('ghcr-child');
    expect([child, child, { headers, body }].flatMap((call) => imagesOf('ghcr', call))).toEqual([
      'ghcr.io/acme/api:1.2.3',
    ]);
  });

  test('the image is the package, not the repository of its source', () => {
    expect(imagesOf('ghcr', { headers, body: changed(body, '/repository/full_name', 'acme/another') })).toEqual([
      'ghcr.io/acme/api:1.2.3',
    ]);
  });

  test.each(['CONTAINER', 'container', 'docker', 'Docker'])('a container is one, written %s', (type) => {
    const typed = changed(changed(body, at('package_type'), type), at('ecosystem'), type);
    expect(imagesOf('ghcr', { headers, body: typed })).toEqual(['ghcr.io/acme/api:1.2.3']);
  });

  test.each([
    ['package_type', 'docker', 'npm'],
    ['ecosystem', 'npm', 'docker'],
  ])('one of the two kinds is enough: %s', (_, type, ecosystem) => {
    const typed = changed(changed(body, at('package_type'), type), at('ecosystem'), ecosystem);
    expect(imagesOf('ghcr', { headers, body: typed })).toEqual(['ghcr.io/acme/api:1.2.3']);
  });

  test('an address that ends with a colon does not make the tag', () => {
    const without = changed(body, at('package_version/package_url'), 'ghcr.io/Acme/api:');
    expect(imagesOf('ghcr', { headers, body: without })).toEqual(['ghcr.io/acme/api:1.2.3']);
  });

  test('without an address owner and name make the image, in lower case', () => {
    const without = changed(body, at('package_version/package_url'), undefined);
    expect(imagesOf('ghcr', { headers, body: without })).toEqual(['ghcr.io/acme/api:1.2.3']);
  });

  test('a package with a path keeps it', () => {
    const deep = changed(body, at('package_version/package_url'), 'ghcr.io/Acme/shop/web/api:1.2.3');
    expect(imagesOf('ghcr', { headers, body: deep })).toEqual(['ghcr.io/acme/shop/web/api:1.2.3']);
  });

  test('GitHub’s usual content type is a form', () => {
    const form = new URLSearchParams({ payload: JSON.stringify(body) }).toString();
    const type = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    expect(imagesOf('ghcr', { headers: type, body: Buffer.from(form) })).toEqual(['ghcr.io/acme/api:1.2.3']);
    expect(() => parsed('ghcr', { headers: type, body: Buffer.from('other=1') })).toThrow(
      'The request’s form has no field "payload".',
    );
  });

  test('what labels say is taken only when it can be so', () => {
    const labels = at('package_version/container_metadata/labels');
    const odd = { revision: 'main', source: 'javascript:alert(1)', all_labels: {} };
    expect(parsed('ghcr', { headers, body: changed(body, labels, odd) }).pushes).toEqual([
      { image: 'ghcr.io/acme/api', tag: '1.2.3', digest: A },
    ]);
    const plain = { revision: 'abcdef0', source: 'https://github.com/acme/api', all_labels: null };
    expect(parsed('ghcr', { headers, body: changed(body, labels, plain) }).pushes).toEqual([
      {
        image: 'ghcr.io/acme/api',
        tag: '1.2.3',
        digest: A,
        revision: 'abcdef0',
        source: 'https://github.com/acme/api',
      },
    ]);
    expect(parsed('ghcr', { headers, body: changed(body, labels, null) }).pushes).toHaveLength(1);
  });
});

describe('Docker Hub', () => {
  const { headers, body } = recorded('dockerhub');

  test.each([1417566161, 1417566161.25, 1.4e9, '1417566161', null])('pushed_at may be %j', (at) => {
    expect(imagesOf('dockerhub', { headers, body: changed(body, '/push_data/pushed_at', at) })).toEqual([
      'docker.io/acme/api:1.2.3',
    ]);
  });

  test('an official image is in library', () => {
    expect(imagesOf('dockerhub', { headers, body: changed(body, '/repository/repo_name', 'nginx') })).toEqual([
      'docker.io/library/nginx:1.2.3',
    ]);
  });

  test('older calls have no media type', () => {
    expect(imagesOf('dockerhub', { headers, body: changed(body, '/push_data/media_type', undefined) })).toHaveLength(1);
  });
});

describe('several tags', () => {
  test('Harbor: every resource', () => {
    const { headers, body } = recorded('harbor');
    expect(imagesOf('harbor', { headers, body })).toEqual([
      'harbor.example.com:8443/acme/api:1.2.3',
      'harbor.example.com:8443/acme/api:stable',
    ]);
  });

  test('Harbor 1 calls it pushImage', () => {
    const { headers, body } = recorded('harbor');
    expect(imagesOf('harbor', { headers, body: changed(body, '/type', 'pushImage') })).toHaveLength(2);
  });

  test('the same resource twice is one push', () => {
    const { headers, body } = recorded('harbor');
    const [first] = (body as { event_data: { resources: Json[] } }).event_data.resources;
    const twice = changed(body, '/event_data/resources', [first!, first!]);
    expect(imagesOf('harbor', { headers, body: twice })).toEqual(['harbor.example.com:8443/acme/api:1.2.3']);
  });

  test('one tag with two digests has none: the registry knows which one was last', () => {
    const { headers, body } = recorded('harbor');
    const [first] = (body as { event_data: { resources: Json[] } }).event_data.resources;
    const other = changed(first!, '/digest', `sha256:${'b'.repeat(64)}`);
    const moved = changed(body, '/event_data/resources', [first!, other, first!]);
    expect(parsed('harbor', { headers, body: moved }).pushes).toEqual([
      { image: 'harbor.example.com:8443/acme/api', tag: '1.2.3' },
    ]);
  });
});

describe('where the registry is', () => {
  test.each([
    ['cn-north-1', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com'],
    ['eusc-de-east-1', '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu'],
  ])('ECR in %s', (region, host) => {
    const { headers, body } = recorded('ecr');
    expect(imagesOf('ecr', { headers, body: changed(body, '/region', region) })).toEqual([`${host}/acme/api:1.2.3`]);
  });

  test('Quay without an address is quay.io', () => {
    const { headers, body } = recorded('quay');
    expect(imagesOf('quay', { headers, body: changed(body, '/docker_url', undefined) })[0]).toBe(
      'quay.io/acme/api:1.2.3',
    );
  });

  test('Google’s notice without Pub/Sub’s envelope', () => {
    const body = { action: 'INSERT', tag: 'eu.gcr.io/acme/api:1.2.3', digest: `eu.gcr.io/acme/api@${A}` };
    expect(parsed('gar', { body }).pushes).toEqual([{ image: 'eu.gcr.io/acme/api', tag: '1.2.3', digest: A }]);
  });

  test('Google’s digest of another image', () => {
    const body = { action: 'INSERT', tag: 'eu.gcr.io/acme/api:1.2.3', digest: `eu.gcr.io/acme/web@${A}` };
    expect(() => parsed('gar', { body })).toThrow('The event’s $.digest is of another image than $.tag.');
  });

  test('a registry is a host: any other first part would be a namespace of Docker Hub', () => {
    const { headers, body } = recorded('acr');
    for (const host of ['registry', 'acme', '', 'a b.example.com', 'evil.example/x', '127.0.0.1@evil.example']) {
      const odd = changed(body, '/request/host', host);
      expect(() => parsed('acr', { headers, body: odd })).toThrow(/host/);
    }
  });
});

describe('Distribution', () => {
  test('an event that makes no sense does not cost the others, nor has the envelope sent again', () => {
    const { headers, body } = recorded('distribution');
    const broken = changed(body, '/events/3/request/host', 'bad host');
    const { pushes, ignored } = parsed('distribution', { headers, body: broken });
    expect(pushes.map(({ tag }) => tag)).toEqual(['latest']);
    expect(ignored).toContain('The event’s registry is no host: "bad host"');
    const untold = changed(body, '/events/3/target/repository', undefined);
    expect(parsed('distribution', { headers, body: untold }).ignored).toContain(
      'The event’s $.events[3].target.repository is missing: a text was expected.',
    );
  });
});

describe('generic', () => {
  test('several images', () => {
    const body = { images: ['ghcr.io/acme/api:1.2.3', `ghcr.io/acme/web:2.0.0@${A}`] };
    expect(parsed('generic', { body }).pushes).toEqual([
      { image: 'ghcr.io/acme/api', tag: '1.2.3' },
      { image: 'ghcr.io/acme/web', tag: '2.0.0', digest: A },
    ]);
  });

  test('the tag apart', () => {
    expect(imagesOf('generic', { body: { image: 'ghcr.io/acme/api', tag: '1.2.3' } })).toEqual([
      'ghcr.io/acme/api:1.2.3',
    ]);
  });

  test('on a configured registry', () => {
    expect(parsed('generic', { body: { image: 'acme/api:1.2.3' } }, 'ghcr.io').pushes).toEqual([
      { image: 'ghcr.io/acme/api', tag: '1.2.3' },
    ]);
  });

  test.each([
    [{ image: 'acme/api:1.2.3' }, 'The event’s registry is no host: "acme"'],
    [{ image: 'api:1.2.3' }, 'The event’s registry is no host: ""'],
    [{ image: 'ghcr.io/acme/api' }, 'The event’s $.tag is missing: a text was expected.'],
    [{ images: ['ghcr.io/acme/api'] }, 'The event’s $.tag is missing: a text was expected.'],
    [{ image: 'ghcr.io/Acme/api:1' }, 'The event’s $.image is no image reference: "ghcr.io/Acme/api:1"'],
    [{}, 'The event’s $.image is missing: a text was expected.'],
  ])('%j is refused', (body, message) => {
    expect(() => parsed('generic', { body })).toThrow(message);
  });
});
