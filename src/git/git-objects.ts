/** A file of a tree. */
export interface Blob {
  readonly mode: string;
  readonly oid: string;
}

/** The entries of `git ls-tree -r -t -z`: path → mode and object id. Folders are left out. */
export function parseTree(output: string): ReadonlyMap<string, Blob> {
  const blobs = new Map<string, Blob>();
  for (const line of output.split('\0')) {
    const [, mode = '', oid = '', file = ''] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
    if (file !== '' && mode !== '040000') blobs.set(file, { mode, oid });
  }
  return blobs;
}
