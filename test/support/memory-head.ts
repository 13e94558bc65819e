import type { BranchHead, FoundCommit } from '../../src/core/repository-branch.js';
import type { Files } from './bump.js';

export interface MemoryHead extends BranchHead {
  /** What was asked of it besides its files: `commits`, `earlier PATH`. */
  readonly asked: readonly string[];
}

/** A commit whose files and history are given. */
export function memoryHead(
  files: Files,
  commits: readonly FoundCommit[] = [],
  earlier: Readonly<Record<string, readonly string[]>> = {},
): MemoryHead {
  const asked: string[] = [];
  return {
    asked,
    branch: 'main',
    oid: 'c'.repeat(40),
    entries: Object.keys(files).map((path) => ({ path, mode: '100644' })),
    read: (paths) => Promise.resolve(new Map(paths.map((path) => [path, files[path] ?? '']))),
    commits: () => {
      asked.push('commits');
      return Promise.resolve(commits);
    },
    earlier: (path) => {
      asked.push(`earlier ${path}`);
      return Promise.resolve(earlier[path] ?? []);
    },
    export: () => Promise.reject(new Error('nothing is exported here')),
  };
}
