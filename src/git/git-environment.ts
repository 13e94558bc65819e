import type { Masks } from '../core/ports.js';
import type { GitRemote } from './git-url.js';

/** Tokens that GitHub issues say so. They are never sent to another host than GitHub's. */
const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;
/** What git reads from the job's environment besides what every child gets. */
const PASSED_ON =
  /^(?:GIT_SSH(?:_COMMAND|_VARIANT)?|GIT_ASKPASS|SSH_ASKPASS|SSH_AGENT_PID|GIT_HTTP_USER_AGENT|GIT_TRACE\w*)$/;

/** Settings that make git behave the same everywhere: no hooks, no questions, no background work. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['push.gpgSign', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['fetch.recurseSubmodules', 'no'],
  ['safe.bareRepository', 'all'],
  // Of a clone that is thrown away nothing needs to outlast a power cut.
  ['core.fsync', 'none'],
  // The new commit stays a pack: another process would have to make loose objects of it.
  ['fastimport.unpackLimit', '0'],
  // A connection that hangs is given up.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
];

/** Whether the token may be sent to the remote: one that GitHub issued only to the server that issued it. */
export function mayUseToken(remote: GitRemote, token: string, serverUrl: string): boolean {
  if (token === '' || remote.origin === undefined) return false;
  return !GITHUB_TOKEN.test(token) || remote.origin === new URL(serverUrl).origin;
}

/** Settings that the job gave to git in the environment, which ours are added to. */
function givenSettings(environment: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const count = Number(environment['GIT_CONFIG_COUNT'] ?? '0');
  if (!Number.isInteger(count) || count < 0 || count > 1000) return [];
  return Array.from({ length: count }, (_, index) => {
    return [environment[`GIT_CONFIG_KEY_${index}`] ?? '', environment[`GIT_CONFIG_VALUE_${index}`] ?? ''] as const;
  });
}

/**
 * The environment of all git commands. Credentials go in here, as a header for the remote's own origin: they are in no
 * argument, no URL and no file.
 * @param token empty for none.
 * @param environment the job's.
 */
export function gitEnvironment(
  remote: GitRemote,
  token: string,
  serverUrl: string,
  environment: Readonly<Record<string, string>>,
  masks: Masks,
): Readonly<Record<string, string>> {
  const settings = [...givenSettings(environment), ...SETTINGS];
  const secret = remote.password ?? (mayUseToken(remote, token, serverUrl) ? token : '');
  if (secret !== '' && remote.origin !== undefined) {
    const basic = Buffer.from(`${remote.user ?? 'x-access-token'}:${secret}`).toString('base64');
    masks.add(secret);
    masks.add(basic);
    settings.push([`http.${remote.origin}/.extraheader`, `AUTHORIZATION: basic ${basic}`]);
  }
  const passedOn = Object.entries(environment).filter(([name]) => PASSED_ON.test(name));
  return {
    ...Object.fromEntries(passedOn),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}
