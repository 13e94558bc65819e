/** Who makes a commit. */
export interface CommitIdentity {
  readonly name: string;
  readonly email: string;
}

export interface ImportedCommit {
  readonly parent: string;
  readonly author: CommitIdentity;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly mode: string; readonly text: string }[];
}

/** A person as commits name them; names end at certain characters, which git would refuse or cut. */
export function identity({ name, email }: CommitIdentity): string {
  const clean = (text: string) => text.replace(/[<>\n\r\0]/g, '').trim();
  return `${clean(name)} <${clean(email)}>`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** A path as `git fast-import` reads it back. */
export function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/**
 * The input of `git fast-import --done` that makes one commit on a ref and prints its object id. Files that are not named
 * stay as they are in the parent.
 */
export function fastImport(ref: string, commit: ImportedCommit): string {
  const who = `${identity(commit.author)} ${Math.floor(commit.time / 1000)} +0000`;
  const files = commit.files.map(({ path, mode, text }) => `M ${mode} inline ${quoted(path)}\n${data(text)}`);
  return [
    `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`,
    data(commit.message),
    `from ${commit.parent}\n`,
    ...files,
    '\nget-mark :1\ndone\n',
  ].join('');
}
