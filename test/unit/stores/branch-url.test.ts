import { describe, expect, it } from '@jest/globals';
import { parseGitStoreUrl, parsePagesUrl } from '../../../src/stores/branch-url.js';

describe('pages://', () => {
  it.each([
    ['pages://acme/charts', ['pages://acme/charts', 'pages://acme/charts', 'gh-pages', '']],
    ['pages://acme/charts/', ['pages://acme/charts', 'pages://acme/charts', 'gh-pages', '']],
    ['pages://acme/charts#gh-pages', ['pages://acme/charts', 'pages://acme/charts', 'gh-pages', '']],
    ['pages://acme/charts/a/b/#x/y', ['pages://acme/charts/a/b', 'pages://acme/charts/a/b#x/y', 'x/y', 'a/b']],
    [
      'pages://acme/charts/a%20b#caf%C3%A9',
      ['pages://acme/charts/a%20b', 'pages://acme/charts/a%20b#caf%C3%A9', 'café', 'a b'],
    ],
    [
      'pages://acme/acme.github.io#main',
      ['pages://acme/acme.github.io', 'pages://acme/acme.github.io#main', 'main', ''],
    ],
  ])('%s', (url, [files, store, branch, folder]) => {
    const location = parsePagesUrl(url);
    expect([location.url, location.storeUrl, location.branch, location.folder]).toEqual([files, store, branch, folder]);
    expect(location.owner).toBe('acme');
    // What is told of it names the same place.
    expect(parsePagesUrl(location.storeUrl)).toEqual(location);
  });
});

describe('git+', () => {
  it.each([
    [
      'git+https://host/a.git',
      ['git+https://host/a.git', 'git+https://host/a.git', 'gh-pages', '', 'https://host/a.git'],
    ],
    [
      'git+ssh://git@host:22/a.git/',
      ['git+ssh://git@host:22/a.git', 'git+ssh://git@host:22/a.git', 'gh-pages', '', 'ssh://git@host:22/a.git'],
    ],
    [
      'git+file:///srv/a.git?path=/x/y/#main',
      ['git+file:///srv/a.git/x/y', 'git+file:///srv/a.git?path=x/y#main', 'main', 'x/y', 'file:///srv/a.git'],
    ],
    [
      'git+http://127.0.0.1:3000/a#release/1.0',
      [
        'git+http://127.0.0.1:3000/a',
        'git+http://127.0.0.1:3000/a#release/1.0',
        'release/1.0',
        '',
        'http://127.0.0.1:3000/a',
      ],
    ],
  ])('%s', (url, [files, store, branch, folder, remote]) => {
    const location = parseGitStoreUrl(url);
    const { url: files_, storeUrl, branch: branch_, folder: folder_, remote: remote_ } = location;
    expect([files_, storeUrl, branch_, folder_, remote_]).toEqual([files, store, branch, folder, remote]);
    expect(parseGitStoreUrl(storeUrl)).toEqual(location);
  });
});
