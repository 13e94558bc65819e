/** Parts of charts that nobody means well with. */
import { gzipSync } from 'node:zlib';

/** Ten levels of lists of nine aliases: 3.4 thousand million items. */
export function aliasBomb(): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 10; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(',')}]`);
  }
  return `${lines.join('\n')}\n`;
}

export interface TarEntry {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** `0` a file, `2` a symbolic link. */
  readonly type?: '0' | '2';
  readonly target?: string;
}

function tarEntry({ name, data = '', type = '0', target = '' }: TarEntry): Buffer {
  const content = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A gzipped tar with whatever names. */
export function archive(...entries: readonly TarEntry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]));
}
