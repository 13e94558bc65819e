/** What each registry sends, as it sends it: with all the fields that nobody needs. */
import { describe, expect, test } from '@jest/globals';
import { parsed, recorded } from '../../../support/relay-request.js';

const A = `sha256:${'a'.repeat(64)}`;
const origin = {
  revision: '0123456789abcdef0123456789abcdef01234567',
  source: 'https://github.com/Acme/api-source',
};

describe('recorded calls', () => {
  test.each([
    ['dockerhub', 'dockerhub', [{ image: 'docker.io/acme/api', tag: '1.2.3' }]],
    ['ghcr', 'ghcr', [{ image: 'ghcr.io/acme/api', tag: '1.2.3', digest: A, ...origin }]],
    ['ghcr', 'ghcr-package', [{ image: 'ghcr.io/acme/api', tag: '1.2.3', digest: A, ...origin }]],
    ['quay', 'quay', ['1.2.3', 'latest'].map((tag) => ({ image: 'quay.io/acme/api', tag }))],
    ['quay', 'quay-2013', ['1.2.3', 'latest'].map((tag) => ({ image: 'quay.io/acme/api', tag }))],
    [
      'harbor',
      'harbor',
      ['1.2.3', 'stable'].map((tag) => ({ image: 'harbor.example.com:8443/acme/api', tag, digest: A })),
    ],
    [
      'harbor',
      'harbor-cloudevents',
      ['1.2.3', 'stable'].map((tag) => ({ image: 'harbor.example.com:8443/acme/api', tag, digest: A })),
    ],
    ['acr', 'acr', [{ image: 'acme.azurecr.io/acme/api', tag: '1.2.3', digest: A }]],
    ['ecr', 'ecr', [{ image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/api', tag: '1.2.3', digest: A }]],
    ['gar', 'gar', [{ image: 'europe-docker.pkg.dev/acme/images/api', tag: '1.2.3', digest: A }]],
    ['jfrog', 'jfrog', [{ image: 'acme.jfrog.io/docker-local/acme/api', tag: '1.2.3', digest: A }]],
    ['gitlab', 'gitlab', [{ image: 'registry.example.com:5000/group/project/api', tag: '1.2.3', digest: A }]],
    ['alibaba', 'alibaba', [{ image: 'registry.cn-hangzhou.aliyuncs.com/acme/api', tag: '1.2.3', digest: A }]],
    [
      'generic',
      'generic',
      [
        {
          ...origin,
          image: 'registry.example.com/acme/api',
          tag: '1.2.3',
          digest: A,
          source: 'https://github.com/acme/api-source',
        },
      ],
    ],
  ])('%s: %s', (provider, name, pushes) => {
    expect(parsed(provider, recorded(name))).toEqual({ pushes, ignored: [] });
  });

  test('nexus, which does not say which registry it is', () => {
    expect(parsed('nexus', recorded('nexus'), 'docker.example.com')).toEqual({
      pushes: [{ image: 'docker.example.com/acme/api', tag: '1.2.3' }],
      ignored: [],
    });
  });

  test('distribution: of six events in one envelope two are pushes of tags', () => {
    const image = 'registry.example.com:5000/acme/api';
    expect(parsed('distribution', recorded('distribution'))).toEqual({
      pushes: [
        { image, tag: '1.2.3', digest: A },
        { image, tag: 'latest', digest: A },
      ],
      ignored: ['pushes of layers, and of manifests without a tag', 'action "mount"', 'action "pull"'],
    });
  });

  test.each([
    ['ghcr', 'ghcr-child', /container_metadata\.tag\.name is empty: a part of a multi-platform image/],
    ['harbor', 'harbor-child', /resources\[0\]\.tag is a digest: a part of a multi-platform image/],
  ])('%s: a part of a multi-platform image is no push (%s)', (provider, name, reason) => {
    const { pushes, ignored } = parsed(provider, recorded(name));
    expect(pushes).toEqual([]);
    expect(ignored).toEqual([expect.stringMatching(reason)]);
  });
});

describe('a configured registry', () => {
  test.each([
    ['dockerhub', 'dockerhub', 'mirror.example.com/hub', 'mirror.example.com/hub/acme/api'],
    ['ghcr', 'ghcr', 'containers.ghe.example.com', 'containers.ghe.example.com/acme/api'],
    ['quay', 'quay', 'quay.example.com', 'quay.example.com/acme/api'],
    ['harbor', 'harbor', 'images.example.com', 'images.example.com/acme/api'],
    ['acr', 'acr', 'images.example.com', 'images.example.com/acme/api'],
    ['ecr', 'ecr', 'images.example.com', 'images.example.com/acme/api'],
    ['gar', 'gar', 'images.example.com', 'images.example.com/acme/images/api'],
    ['distribution', 'distribution', 'registry.example.org', 'registry.example.org/acme/api'],
    ['jfrog', 'jfrog', 'acme.jfrog.io/docker', 'acme.jfrog.io/docker/acme/api'],
    ['jfrog', 'jfrog', 'acme-docker.jfrog.io', 'acme-docker.jfrog.io/acme/api'],
    [
      'alibaba',
      'alibaba',
      'acme-registry.cn-hangzhou.cr.aliyuncs.com',
      'acme-registry.cn-hangzhou.cr.aliyuncs.com/acme/api',
    ],
  ])('of %s stands before the repository (%s, %s)', (provider, name, registry, image) => {
    const names = parsed(provider, recorded(name), registry).pushes.map((push) => push.image);
    expect(new Set(names)).toEqual(new Set([image]));
  });
});
