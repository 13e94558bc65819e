import path from 'node:path';
import { command } from './command.mjs';

// The user's own settings (signing, hooks, templates) are not for these repositories.
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A developer',
  GIT_AUTHOR_EMAIL: 'developer@acme.example',
  GIT_COMMITTER_NAME: 'A developer',
  GIT_COMMITTER_EMAIL: 'developer@acme.example',
};

/** @returns {Promise<string>} what git printed */
export function git(directory, ...args) {
  return command('git', ['-C', directory, ...args], { env: environment });
}

/** Makes `directory` a repository of all it contains. @returns {Promise<string>} the commit */
export async function commitAll(directory, branch, message) {
  await git(directory, 'init', '--quiet', '--initial-branch', branch);
  await git(directory, 'add', '--all');
  await git(directory, 'commit', '--quiet', '--message', message);
  return git(directory, 'rev-parse', 'HEAD');
}

/** A bare copy of `directory`: what a git server has. */
export async function bareCopy(directory, target) {
  await git(path.dirname(target), 'clone', '--quiet', '--bare', directory, target);
}

/** A clone of `bare` with `commit` checked out, as a runner has it. */
export async function cloneAt(bare, commit, target) {
  await git(path.dirname(target), 'clone', '--quiet', '--no-checkout', bare, target);
  await git(target, 'checkout', '--quiet', '--detach', commit);
}

/** The commits of `branch` after `since`, oldest first. */
export async function commitsSince(bare, branch, since) {
  const list = await git(bare, 'rev-list', '--reverse', '--first-parent', `${since}..${branch}`);
  return list.split('\n').filter(Boolean);
}
