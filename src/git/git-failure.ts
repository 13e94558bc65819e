import { HelmCdError } from '../core/errors.js';

const UNAUTHORIZED =
  /authentication failed|could not read (?:username|password)|permission denied|returned error: 40[13]|access denied|terminal prompts disabled|host key verification failed|not authorized|write access to repository not granted|permission to .* denied/i;
const NOT_FOUND =
  /repository .*not found|does not appear to be a git repository|returned error: 404|project you were looking for could not be found|no such file or directory|does not exist/i;

/** The lines of git's standard error that say something. */
export function gitSaid(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:Cloning into|warning: filtering not recognized|hint:|To )/.test(line))
    .slice(-8)
    .join('\n');
}

/**
 * The error that a failed git command means.
 * @param doing what was tried, as the start of a sentence: `The repository https://… cannot be read`.
 */
export function gitFailure(doing: string, stderr: string): HelmCdError {
  const said = gitSaid(stderr);
  const message = `${doing}:\n${said === '' ? 'git said nothing' : said}`;
  if (UNAUTHORIZED.test(stderr)) {
    return new HelmCdError('unauthorized', message, {
      hint: 'Give a token (or an SSH key) that may read and write this repository: for GitHub, contents: write.',
    });
  }
  if (NOT_FOUND.test(stderr)) {
    return new HelmCdError('not-found', message, {
      hint: 'Check the input repository; a private repository that the token may not see looks like this too.',
    });
  }
  return new HelmCdError('unreachable', message, { hint: 'Check that the server answers from this runner.' });
}
