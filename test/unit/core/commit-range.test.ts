import { describe, expect, it } from '@jest/globals';
import { commitRange, describeRange, sourceUrl } from '../../../src/core/commit-range.js';

const labels = (revision: string, source = 'https://github.com/acme/api') => ({
  'org.opencontainers.image.revision': revision,
  'org.opencontainers.image.source': source,
});

describe('the source of an image', () => {
  it.each([
    ['https://github.com/acme/api', 'https://github.com/acme/api'],
    ['https://github.com/acme/api.git', 'https://github.com/acme/api'],
    ['git@github.com:acme/api.git', 'https://github.com/acme/api'],
    ['ssh://git@gitlab.com/acme/api', 'https://gitlab.com/acme/api'],
    ['git+https://github.com/acme/api/tree/main/services', 'https://github.com/acme/api'],
    ['https://user:secret@github.com/acme/api', undefined],
    ['javascript:alert(1)', undefined],
    ['https://example.com', undefined],
    ['', undefined],
  ])('%s → %s', (text, url) => expect(sourceUrl(text)).toBe(url));
});

describe('the commits between two images', () => {
  it('are a page of GitHub, of GitLab, or only two commits', () => {
    const range = commitRange(labels('1111111aa'), labels('2222222bb'));
    expect(range?.url).toBe('https://github.com/acme/api/compare/1111111aa...2222222bb');
    const gitlab = 'https://gitlab.com/acme/api';
    expect(commitRange(labels('1111111', gitlab), labels('2222222', gitlab))?.url).toBe(
      `${gitlab}/-/compare/1111111...2222222`,
    );
    const moved = commitRange(labels('1111111'), labels('2222222', 'https://github.com/acme/other'));
    expect(moved && describeRange('api:2', moved)).toBe('api:2: commits 1111111…2222222');
  });

  it.each([
    ['the same commit', labels('1111111'), labels('1111111')],
    ['no label', {}, labels('2222222')],
    ['what is no commit', labels('main'), labels('2222222')],
  ])('are not told by %s', (_, from, to) => expect(commitRange(from, to)).toBeUndefined());
});
