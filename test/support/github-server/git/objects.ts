import { verifyPayload, type Verification } from './signature.js';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** RFC 3339, UTC, without fractions, as GitHub writes it. */
  readonly date: string;
}

export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  readonly signature: string | null;
  /** What the signature is over. */
  readonly payload: string;
  readonly verification: Verification;
}

export interface TreeEntry {
  /** Six digits: `100644`, `100755`, `120000`, `040000`, `160000`. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly name: string;
  readonly oid: string;
}

export const isOid = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);
export const timestamp = (date = new Date()): string => `${date.toISOString().slice(0, 19)}Z`;

function parsePerson(text: string): Person {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)> (\d+)/.exec(text) ?? [];
  return { name, email, date: timestamp(new Date(Number(seconds) * 1000)) };
}

/** A commit object as git stores it; header lines that begin with a space continue the one before. */
export function parseCommit(oid: string, content: Buffer): Commit {
  const text = content.toString();
  const headEnd = text.indexOf('\n\n');
  const head = text.slice(0, headEnd).replaceAll('\n ', '\u0000');
  const headers = head.split('\n').map((line) => {
    const space = line.indexOf(' ');
    return [line.slice(0, space), line.slice(space + 1).replaceAll('\u0000', '\n')] as const;
  });
  const all = (name: string): string[] => headers.filter(([key]) => key === name).map(([, value]) => value);
  const [signature = null] = all('gpgsig');
  const unsigned = headers.filter(([key]) => key !== 'gpgsig').map(([key, value]) => `${key} ${value}`);
  const payload = `${unsigned.join('\n')}${text.slice(headEnd)}`;
  return {
    oid,
    tree: all('tree')[0] ?? '',
    parents: all('parent'),
    author: parsePerson(all('author')[0] ?? ''),
    committer: parsePerson(all('committer')[0] ?? ''),
    message: text.slice(headEnd + 2),
    signature,
    payload,
    verification: verifyPayload(payload, signature),
  };
}

/** A tree object as git stores it: `mode name NUL oid`, again and again. */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const nul = content.indexOf(0, at);
    const [mode = '', ...name] = content.subarray(at, nul).toString().split(' ');
    const oid = content.subarray(nul + 1, nul + 21).toString('hex');
    const type = mode === '40000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';
    entries.push({ mode: mode.padStart(6, '0'), type, name: name.join(' '), oid });
    at = nul + 21;
  }
  return entries;
}
