import type { FoundCommit } from '../core/repository-branch.js';
import type { GitCommands } from './git-commands.js';

const CHANGES = ['--raw', '-z', '--no-abbrev', '--no-renames', '-m', '--first-parent', '--format='];

/** The charts' own files: what they were is asked by every bump that raises a version. */
export const EVERY_CHART = ':(glob)**/Chart.yaml';

/** The branch that is checked out. */
export interface Tip {
  readonly branch: string;
  readonly oid: string;
  /** Its last commits, newest first, and so itself. */
  readonly commits: readonly FoundCommit[];
}

/** The branch that HEAD stands for, with its last commits; nothing when HEAD is no branch with a commit. */
export async function readTip(git: GitCommands, most: number): Promise<Tip | undefined> {
  // Which branch it is comes along with the commits: one command less.
  const names = ['--decorate=full', '--decorate-refs=HEAD', '--decorate-refs=refs/heads/*'];
  const log = await git.run(['log', '-z', `--max-count=${most}`, ...names, '--format=%H %D%n%B', 'HEAD', '--']);
  if (log.code !== 0) return undefined;
  const commits = log.stdout.split('\0').flatMap((text): (FoundCommit & { readonly refs: string })[] => {
    const [, oid = '', refs = '', message = ''] = /^([0-9a-f]+) (.*)\n([^]*)$/.exec(text) ?? [];
    return oid === '' ? [] : [{ oid, refs, message }];
  });
  const [newest] = commits;
  const branch = /^HEAD -> refs\/heads\/(\S+?)(?:, |$)/.exec(newest?.refs ?? '')?.[1];
  if (newest === undefined || branch === undefined) return undefined;
  return { branch, oid: newest.oid, commits: commits.map(({ oid, message }) => ({ oid, message })) };
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
