import { describe, expect, it } from '@jest/globals';
import { parseGitRemote } from '../../../src/git/git-url.js';

describe('parseGitRemote', () => {
  it.each([
    [
      'acme/charts',
      {
        url: 'https://github.com/acme/charts.git',
        origin: 'https://github.com',
        github: { owner: 'acme', name: 'charts' },
      },
    ],
    [
      'a-b/c_d.e',
      {
        url: 'https://github.com/a-b/c_d.e.git',
        origin: 'https://github.com',
        github: { owner: 'a-b', name: 'c_d.e' },
      },
    ],
    [
      'https://gitlab.example.com/acme/charts.git',
      { url: 'https://gitlab.example.com/acme/charts.git', origin: 'https://gitlab.example.com' },
    ],
    ['http://127.0.0.1:8080/r.git', { url: 'http://127.0.0.1:8080/r.git', origin: 'http://127.0.0.1:8080' }],
    [
      'https://joe:s3cr%40t@host/r.git',
      { url: 'https://host/r.git', origin: 'https://host', user: 'joe', password: 's3cr@t' },
    ],
    ['file:///srv/with space/r.git', { url: 'file:///srv/with space/r.git' }],
    ['ssh://git@host:2222/acme/r.git', { url: 'ssh://git@host:2222/acme/r.git', user: 'git' }],
    ['git@github.com:acme/charts.git', { url: 'git@github.com:acme/charts.git' }],
  ])('%s', (text, expected) => {
    expect(parseGitRemote(text, 'https://github.com')).toEqual(expected);
  });

  it('takes the server of a GitHub Enterprise', () => {
    expect(parseGitRemote('acme/charts', 'https://ghe.example.com/').url).toBe(
      'https://ghe.example.com/acme/charts.git',
    );
  });

  it.each([
    ['', 'Write it as acme/charts'],
    ['charts', 'Write it as acme/charts'],
    ['./charts', 'For a folder write file://'],
    ['/srv/charts.git', 'For a folder write file://'],
    ['ext::sh -c id', 'Schemes: file://'],
    ['acme/..', 'Write it as acme/charts.'],
    ['ftp://host/r.git', 'Schemes: file://'],
    ['--upload-pack=x', 'Write it as acme/charts'],
  ])('refuses %j', (text, hint) => {
    expect(() => parseGitRemote(text, 'https://github.com')).toThrow(
      expect.objectContaining({
        code: 'input',
        message: `Input "repository" is neither owner/name nor a git URL: "${text}"`,
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
