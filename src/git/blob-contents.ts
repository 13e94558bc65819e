import { blobId } from '../core/blob-id.js';

/**
 * The contents that `git cat-file --batch` printed, by object id. What comes out with another hash than its name is not
 * the text it should be (it is no UTF-8) and is left out.
 */
export function parseBlobs(output: string, oids: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let at = 0;
  for (const [index, oid] of oids.entries()) {
    const header = new RegExp(`^${oid} blob \\d+\\n`).exec(output.slice(at, at + oid.length + 40))?.[0];
    if (header === undefined) break;
    const next = oids[index + 1];
    const start = at + header.length;
    // The size counts bytes, the text characters: the next header tells where this one ends.
    const end = next === undefined ? output.length - 1 : nextHeader(output, next, start) - 1;
    const text = output.slice(start, end);
    if (blobId(Buffer.from(text), oid) === oid) texts.set(oid, text);
    at = end + 1;
  }
  return texts;
}

/** Where the line begins that announces a blob; behind the output when there is none. */
function nextHeader(output: string, oid: string, from: number): number {
  const line = `\n${oid} blob `;
  for (let at = output.indexOf(line, from - 1); at >= 0; at = output.indexOf(line, at + 1)) {
    if (/^\d+\n/.test(output.slice(at + line.length, at + line.length + 20))) return at + 1;
  }
  return output.length;
}
