import { describe, expect, it } from '@jest/globals';
import { nextPage } from '../../../src/registry/pages.js';
import { registryFailure, saidBy, saysImmutable, type RegistryAnswer } from '../../../src/registry/failure.js';
import { retryAfterMs } from '../../../src/registry/transport.js';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): RegistryAnswer => ({
  status,
  headers: new Headers(headers),
  url: 'https://registry.example/v2/',
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const errors = (code: string, message: string) => ({ errors: [{ code, message }] });
const asked = { host: 'ghcr.io', repository: 'acme/charts/shop', what: 'An upload', hasLogin: true, pushing: true };

describe('what a registry says', () => {
  it.each([
    [errors('DENIED', 'no'), 'DENIED no'],
    [{ errors: [{ code: 'A' }, { message: 'b' }, null] }, 'A; b; '],
    [{ errors: 'x' }, ''],
    ['plain text ', 'plain text'],
    ['', ''],
  ])('%j', (body, text) => {
    expect(saidBy(answer(400, body))).toBe(text);
  });

  // As the registries' own documentation and issue trackers show them.
  it.each([
    [
      'Amazon ECR',
      400,
      errors(
        'TAG_INVALID',
        "The image tag '1.0.0' already exists in the 'shop' repository and cannot be overwritten because the repository is immutable.",
      ),
    ],
    ['Harbor', 412, errors('PRECONDITION', "Failed to process request due to 'shop:1.0.0' configured as immutable.")],
    ['Azure', 405, errors('UNSUPPORTED', 'The operation is disallowed on this registry, repository or image.')],
    [
      'Artifact Registry',
      400,
      errors('MANIFEST_INVALID', 'cannot update tag 1.0.0. The repository has enabled tag immutability'),
    ],
    ['Quay', 409, errors('TAG_ALREADY_EXISTS', 'The tag is immutable')],
  ])('%s does not change a tag', (_, status, body) => {
    expect(saysImmutable(answer(status, body))).toBe(true);
  });

  it.each([
    [403, errors('DENIED', 'permission_denied: write_package')],
    [401, errors('UNAUTHORIZED', 'immutable')],
    [429, errors('TOOMANYREQUESTS', 'immutable')],
    [404, errors('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry')],
    [500, errors('UNKNOWN', 'immutable')],
  ])('is something else: %i %j', (status, body) => {
    expect(saysImmutable(answer(status, body))).toBe(false);
  });
});

describe('a refusal has the hint that helps', () => {
  it.each([
    [
      'ghcr.io',
      403,
      true,
      'the job needs "permissions: packages: write", and a package that exists must give the repository',
    ],
    ['ghcr.io', 401, false, '"username" (github.actor) and "password" (a token with packages: write)'],
    ['quay.io', 401, true, 'Check the user and the password.'],
    ['quay.io', 401, false, 'Give the inputs "username" and "password"'],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      404,
      true,
      'aws ecr create-repository --repository-name acme/charts/shop',
    ],
    ['europe-docker.pkg.dev', 404, true, 'gcloud artifacts repositories create charts --repository-format=docker'],
    ['harbor.example', 404, true, 'to be created before anything is pushed to it'],
    ['harbor.example', 413, true, 'takes no body that large'],
  ])('%s, %i', (host, status, hasLogin, hint) => {
    const failure = registryFailure(answer(status, errors('CODE', 'why')), { ...asked, host, hasLogin });
    expect(failure.message).toBe(`${host}/acme/charts/shop: An upload was refused: CODE why (HTTP ${status}).`);
    expect(failure.hint).toContain(hint);
  });

  it('tells a login that lacks a right from a wrong one by the challenge', () => {
    const headers = { 'www-authenticate': 'Bearer realm="https://x/token",error="insufficient_scope"' };
    const failure = registryFailure(answer(401, errors('UNAUTHORIZED', ''), headers), { ...asked, host: 'quay.io' });
    expect(failure).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('may not push there') });
  });

  it.each([
    [500, 'unreachable'],
    [429, 'unreachable'],
    [400, 'refused'],
    [404, 'not-found'],
  ])('%i is %s', (status, code) => {
    expect(registryFailure(answer(status, ''), { ...asked, pushing: false })).toMatchObject({ code });
  });
});

describe('the next page', () => {
  const BASE = 'https://registry.example/v2/a/tags/list?n=2';
  it.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', 'https://registry.example/v2/a/tags/list?n=2&last=b'],
    ['<https://other.example/x?y=%2Bz>; rel=next', 'https://other.example/x?y=%2Bz'],
    ['</first>; rel="first", </second>; title="x"; rel="prev next"', 'https://registry.example/second'],
    ['<?last=c>;rel="next"', 'https://registry.example/v2/a/tags/list?last=c'],
    ['</x>; rel="nextish"', undefined],
    ['</x>; rel="prev"', undefined],
    [null, undefined],
  ])('%s', (link, url) => {
    expect(nextPage(link, BASE)).toBe(url);
  });
});

describe('Retry-After', () => {
  it.each([
    ['3', 3000],
    ['9999', 60_000],
    [new Date(1_700_000_005_000).toUTCString(), 5000],
    ['yesterday', 0],
    ['-1', 0],
    [null, 0],
  ])('%s', (header, ms) => {
    expect(retryAfterMs(header, 1_700_000_000_000)).toBe(ms);
  });
});
