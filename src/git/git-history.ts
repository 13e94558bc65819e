import type { FoundCommit } from '../core/repository-branch.js';
import type { GitCommands } from './git-commands.js';

const CHANGES = ['--raw', '-z', '--no-abbrev', '--no-renames', '-m', '--first-parent', '--format='];

/** The charts' own files: what they were is asked by every bump that raises a version. */
export const EVERY_CHART = ':(glob)**/Chart.yaml';

/** The last commits before and with `from`, newest first. */
export async function lastCommits(git: GitCommands, from: string, most: number): Promise<readonly FoundCommit[]> {
  const log = await git.local(['log', '-z', `--max-count=${most}`, '--format=%H%n%B', from, '--']);
  return log.split('\0').flatMap((text): FoundCommit[] => {
    const end = text.indexOf('\n');
    return end < 0 ? [] : [{ oid: text.slice(0, end), message: text.slice(end + 1) }];
  });
}

/** The object ids that files had in the last commits that changed any of them: by path, newest first, each once. */
export async function pastBlobs(
  git: GitCommands,
  from: string,
  most: number,
  pathspec: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const log = await git.local(['log', `--max-count=${most}`, ...CHANGES, from, '--', pathspec]);
  const files = new Map<string, string[]>();
  for (const [, oid = '', file = ''] of log.matchAll(/:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [^D\0]\d*\0([^\0]+)\0/g)) {
    const oids = files.get(file) ?? [];
    if (!oids.includes(oid)) oids.push(oid);
    files.set(file, oids);
  }
  return files;
}
