import { describe, expect, it } from '@jest/globals';
import { gitEnvironment, mayUseToken } from '../../../src/git/git-environment.js';
import { parseGitRemote } from '../../../src/git/git-url.js';

const GITHUB = 'https://github.com';
const TOKEN = 'ghs_abcdefghijklmnopqrstuvwxyz0123456789';

function environmentFor(repository: string, token: string, job: Record<string, string> = {}) {
  const masked: string[] = [];
  const masks = { add: (secret: string) => void masked.push(secret), redact: (text: string) => text };
  const env = gitEnvironment(parseGitRemote(repository, GITHUB), token, GITHUB, job, masks);
  const count = Number(env['GIT_CONFIG_COUNT']);
  const settings = Array.from({ length: count }, (_, index) => [
    env[`GIT_CONFIG_KEY_${index}`],
    env[`GIT_CONFIG_VALUE_${index}`],
  ]);
  return { env, masked, settings: Object.fromEntries(settings) as Record<string, string> };
}

describe('gitEnvironment', () => {
  it('sends the token as a header, to the repository’s own server, and masks it', () => {
    const { settings, masked } = environmentFor('acme/charts', TOKEN);
    const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    expect(settings['http.https://github.com/.extraheader']).toBe(`AUTHORIZATION: basic ${basic}`);
    expect(masked).toEqual([TOKEN, basic]);
  });

  it('prefers a password that was in the URL', () => {
    const { settings } = environmentFor('https://joe:secret@host.example/r.git', 'token');
    const basic = Buffer.from('joe:secret').toString('base64');
    expect(settings['http.https://host.example/.extraheader']).toBe(`AUTHORIZATION: basic ${basic}`);
  });

  it.each(['file:///srv/r.git', 'ssh://git@host/r.git', 'git@host:r.git'])('needs no token for %s', (repository) => {
    expect(
      Object.keys(environmentFor(repository, TOKEN).settings).filter((key) => key.endsWith('extraheader')),
    ).toEqual([]);
  });

  it('never sends a token of GitHub to another server', () => {
    const other = parseGitRemote('https://gitlab.example.com/a/b.git', GITHUB);
    for (const token of [TOKEN, 'ghp_x', 'github_pat_x', 'gho_x', 'ghu_x'])
      expect(mayUseToken(other, token, GITHUB)).toBe(false);
    expect(mayUseToken(other, 'glpat-x', GITHUB)).toBe(true);
    expect(
      mayUseToken(parseGitRemote('acme/charts', 'https://ghe.example.com'), TOKEN, 'https://ghe.example.com'),
    ).toBe(true);
    expect(mayUseToken(parseGitRemote('acme/charts', GITHUB), '', GITHUB)).toBe(false);
  });

  it('keeps settings of the job, and asks nobody', () => {
    const { env, settings } = environmentFor('acme/charts', '', {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_SSH_COMMAND: 'ssh -i key',
      GITHUB_TOKEN: 'x',
    });
    expect(settings['safe.directory']).toBe('*');
    expect(settings['core.hooksPath']).toBe('/dev/null');
    expect(env).toMatchObject({
      GIT_SSH_COMMAND: 'ssh -i key',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    });
    expect(env['GITHUB_TOKEN']).toBeUndefined();
    expect(
      Number(environmentFor('acme/charts', '', { GIT_CONFIG_COUNT: 'x' }).env['GIT_CONFIG_COUNT']),
    ).toBeGreaterThan(0);
  });
});
