import { HelmCdError } from '../core/errors.js';
import type { CommitOutcome } from '../core/repository-branch.js';
import { gitFailure, gitSaid } from './git-failure.js';

/** What git and servers say when the branch is not where it was. */
const MOVED =
  /stale info|non-fast-forward|fetch first|needs force|cannot lock ref|failed to lock|unable to (?:lock|create)|incorrect old value|failed to update ref|reference already exists|is at [0-9a-f]+ but expected/i;
/** What they say when it does not depend on anybody else. */
const FORBIDDEN =
  /protected branch|GH006|GH013|rule violations|hook declined|not allowed to push|denied|forbidden|read-only|shallow update not allowed/i;
/** The connection broke after the commit was sent. */
const LOST = /remote failure|failed to report status/i;

/**
 * What became of a `git push --porcelain` of one commit to one branch.
 * @param oid the commit that was pushed.
 * @throws HelmCdError `refused` when a rule of the branch or a hook forbids it, `unauthorized` when the server does not let
 *   us write.
 */
export function pushOutcome(
  oid: string,
  branch: string,
  result: { readonly code: number; readonly stdout: string; readonly stderr: string },
): CommitOutcome {
  const line = result.stdout.split('\n').find((text) => /^[ +*=!-]\t/.test(text));
  if (result.code === 0 || (line !== undefined && !line.startsWith('!'))) return { status: 'committed', oid };
  const summary = line?.split('\t')[2] ?? '';
  // The server's own words are on standard error; a ref's rejection that names no reason is explained there.
  const all = `${summary}\n${result.stderr}`;
  if (line !== undefined && !LOST.test(summary)) {
    const forbidden = FORBIDDEN.test(summary) || (!MOVED.test(summary) && FORBIDDEN.test(all));
    if (!forbidden && MOVED.test(all)) return { status: 'moved', reason: summary };
    const said = [summary, gitSaid(result.stderr)].filter((text) => text !== '').join('\n');
    throw new HelmCdError('refused', `The branch ${branch} does not accept the commit:\n${said}`, {
      hint: 'A rule of the branch or a hook of the server forbids it: let the token’s owner bypass it, or bump another branch.',
    });
  }
  const failure = gitFailure(`The commit could not be pushed to ${branch}`, result.stderr);
  if (failure.code === 'unauthorized') throw failure;
  return { status: 'unknown', error: failure };
}
