import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** One entry of an archive, as its header has it. */
export interface ArchiveEntry {
  readonly path: string;
  /** Octal permissions. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly timeSeconds: number;
  /** `uid:gid:user:group`. */
  readonly owner: string;
}

/** What an archive is besides its content. */
export interface ArchiveTraits {
  /** Whether `helm package` wrote it: it says so in the gzip header. */
  readonly byHelm: boolean;
  /** Uncompressed. */
  readonly tar: Uint8Array;
  /** In the archive's order. */
  readonly entries: readonly ArchiveEntry[];
}

const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** The comment in a gzip header (RFC 1952). */
function gzipComment(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = buffer[3] ?? 0;
  let at = 10;
  if ((flags & EXTRA) !== 0) at += 2 + buffer.readUInt16LE(at);
  if ((flags & NAME) !== 0) at = buffer.indexOf(0, at) + 1;
  return (flags & COMMENT) === 0 ? '' : buffer.toString('latin1', at, buffer.indexOf(0, at));
}

/** @param bytes a packaged chart that `unpackChart` has read, so that it is well-formed and not too large. */
export async function archiveTraits(bytes: Uint8Array): Promise<ArchiveTraits> {
  const tar = gunzipSync(bytes);
  const entries: ArchiveEntry[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const { name, mode, mtime, uid, gid, uname, gname } = entry.header;
    const owner = [uid, gid, uname, gname].join(':');
    entries.push({ path: name, mode, timeSeconds: Math.floor(mtime.getTime() / 1000), owner });
    entry.resume();
  }
  return { byHelm: gzipComment(bytes) === 'Helm', tar, entries };
}

const SEVERAL = 3;

/** Some of the values, for people. */
function some(values: Iterable<string>): string {
  const all = [...new Set(values)];
  return all.length > SEVERAL ? `${all.slice(0, SEVERAL).join(', ')} and others` : all.join(', ');
}

const times = ({ entries }: ArchiveTraits) =>
  some(entries.map(({ timeSeconds }) => new Date(timeSeconds * 1000).toISOString().replace('.000Z', 'Z')));
const modes = ({ entries }: ArchiveTraits) => some(entries.map(({ mode }) => mode.toString(8).padStart(4, '0')));
const owners = ({ entries }: ArchiveTraits) => some(entries.map(({ owner }) => owner));
const order = ({ entries }: ArchiveTraits) => entries.map(({ path }) => path).join('\n');

/**
 * In what two archives with the same content differ.
 * @returns phrases, the first archive's side before the second's; at least one when their bytes are not the same.
 */
export function archiveDifferences(first: ArchiveTraits, second: ArchiveTraits): readonly string[] {
  if (Buffer.compare(first.tar, second.tar) === 0) return ['the compression'];
  const found: string[] = [];
  const both = (what: string, show: (traits: ArchiveTraits) => string) => {
    const [one, other] = [show(first), show(second)];
    if (one !== other) found.push(`${what} (${one}; ${other})`);
  };
  both('the times of the files', times);
  both('their modes', modes);
  both('their owners', owners);
  if (order(first) !== order(second)) found.push('their order');
  return found.length === 0 ? ['the headers of the files'] : found;
}
