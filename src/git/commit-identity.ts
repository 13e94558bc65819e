import type { CommitIdentity } from './fast-import.js';
import type { GitCommands } from './git-commands.js';

/** Who commits: what git's own configuration (user.name, user.email) says, else the one given. */
export async function configuredIdentity(git: GitCommands, otherwise: CommitIdentity): Promise<CommitIdentity> {
  const { stdout } = await git.run(['config', '--get-regexp', '^user\\.(name|email)$']);
  const value = (key: string) => new RegExp(`^user\\.${key} (.+)$`, 'm').exec(stdout)?.[1];
  return { name: value('name') ?? otherwise.name, email: value('email') ?? otherwise.email };
}
