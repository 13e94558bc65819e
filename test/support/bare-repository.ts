import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import path from 'node:path';
import { fastImport } from '../../src/git/fast-import.js';

/** A bare repository in a folder, as a git server keeps it, and what happens to it besides helm-cd. */
export interface BareRepository {
  readonly path: string;
  /** `file://…` */
  readonly url: string;
  /** Runs git in it. */
  git(...args: readonly string[]): string;
  head(branch?: string): string;
  /** A file at the head of a branch. */
  read(file: string, branch?: string): string;
  /** Object ids of a branch, newest first. */
  log(branch?: string): readonly string[];
  /** Commits as somebody else would, onto the branch's head. The new head. */
  commit(
    files: Readonly<Record<string, string>>,
    branch?: string,
    modes?: Readonly<Record<string, string>>,
    message?: string,
  ): string;
}

/** The same on every machine, whatever its own git configuration says. */
const ENVIRONMENT = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
const SOMEBODY = { name: 'Somebody', email: 'somebody@example.com' };

/** Makes a bare repository whose branch has one commit with the given files. */
export function createBareRepository(
  folder: string,
  files: Readonly<Record<string, string>>,
  branch = 'main',
): BareRepository {
  const location = path.join(folder, 'charts.git');
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: folder,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  };
  execFileSync('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, location], options);
  const git = (...args: readonly string[]) => execFileSync('git', args, { ...options, cwd: location });
  const repository: BareRepository = {
    path: location,
    url: `file://${location}`,
    git,
    head: (name = branch) => git('rev-parse', '--verify', `refs/heads/${name}`).trim(),
    read: (file, name = branch) => git('show', `refs/heads/${name}:${file}`),
    log: (name = branch) => git('rev-list', '--first-parent', `refs/heads/${name}`).trim().split('\n'),
    commit(changes, name = branch, modes = {}, message = 'Somebody changes something\n') {
      const exists = git('for-each-ref', `refs/heads/${name}`) !== '';
      const stream = fastImport(`refs/heads/${name}`, {
        parent: exists ? repository.head(name) : 'none',
        author: SOMEBODY,
        time: Date.now(),
        message,
        files: Object.entries(changes).map(([file, text]) => ({ path: file, mode: modes[file] ?? '100644', text })),
      });
      const input = exists ? stream : stream.replace('from none\n', '');
      execFileSync('git', ['fast-import', '--quiet', '--done'], { ...options, cwd: location, input });
      return repository.head(name);
    },
  };
  repository.commit(files);
  return repository;
}

/** A chart with one `image` for each name: `ghcr.io/acme/NAME`, tag 1.0.0. */
export function chartWithImages(...names: readonly string[]): Record<string, string> {
  const values = names.map(
    (name) => `${name}:\n  image:\n    repository: ghcr.io/acme/${name}\n    tag: 1.0.0 # of ${name}\n`,
  );
  return {
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0 # raised by each bump\n',
    'charts/shop/values.yaml': `# Written by services.\r\n${values.join('\n')}`,
  };
}
