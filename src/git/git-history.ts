import type { FoundCommit } from '../core/repository-branch.js';
import type { GitCommands } from './git-commands.js';

/** What a file was, newest first, by object id. */
const CHANGES = ['--raw', '-z', '--no-abbrev', '--no-renames', '-m', '--first-parent', '--format='];
/** The charts' own files: their history is asked for by every bump that raises a version. */
const CHARTS = ':(glob)**/Chart.yaml';

/** The last commits of a branch, up to a number of them. */
export class GitHistory {
  private readonly git: GitCommands;
  private readonly oid: string;
  private readonly most: string;
  /** Of each Chart.yaml. */
  readonly charts: Promise<ReadonlyMap<string, readonly string[]>>;
  readonly commits: Promise<readonly FoundCommit[]>;

  /** Begins to read what every bump wants to know. */
  constructor(git: GitCommands, oid: string, most: number) {
    this.git = git;
    this.oid = oid;
    this.most = `--max-count=${most}`;
    this.charts = this.changes(CHARTS);
    this.commits = this.readCommits();
    // Whoever asks is told.
    for (const begun of [this.charts, this.commits]) begun.catch(() => undefined);
  }

  private async readCommits(): Promise<readonly FoundCommit[]> {
    const log = await this.git.local(['log', '-z', this.most, '--format=%H%n%B', this.oid, '--']);
    return log.split('\0').flatMap((text): FoundCommit[] => {
      const end = text.indexOf('\n');
      return end < 0 ? [] : [{ oid: text.slice(0, end), message: text.slice(end + 1) }];
    });
  }

  private async changes(pathspec: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const log = await this.git.local(['log', this.most, ...CHANGES, this.oid, '--', pathspec]);
    const files = new Map<string, string[]>();
    for (const [, oid = '', file = ''] of log.matchAll(/:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [^D\0]\d*\0([^\0]+)\0/g)) {
      const oids = files.get(file) ?? [];
      if (!oids.includes(oid)) oids.push(oid);
      files.set(file, oids);
    }
    return files;
  }

  /** The object ids that a file had. */
  async of(file: string): Promise<readonly string[]> {
    const known = (await this.charts).get(file);
    if (known !== undefined) return known;
    return (await this.changes(`:(literal)${file}`)).get(file) ?? [];
  }
}
