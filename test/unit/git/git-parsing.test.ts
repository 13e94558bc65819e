import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { fastImport } from '../../../src/git/fast-import.js';
import { parseBlobs } from '../../../src/git/blob-contents.js';
import { parseTree } from '../../../src/git/git-objects.js';

const blobId = (content: Buffer | string) =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest('hex');

describe('parseTree', () => {
  it('reads modes, ids and any name', () => {
    const oid = 'a'.repeat(40);
    const lines = [`100644 blob ${oid}\tä b\n"c`, `120000 blob ${oid}\tlink`, `160000 commit ${oid}\tsub`, ''];
    const tree = parseTree(lines.join('\0'));
    expect([...tree]).toEqual([
      ['ä b\n"c', { mode: '100644', oid }],
      ['link', { mode: '120000', oid }],
      ['sub', { mode: '160000', oid }],
    ]);
    expect(parseTree('').size).toBe(0);
  });
});

describe('parseBlobs', () => {
  const printed = (contents: readonly (Buffer | string)[]) =>
    Buffer.concat(
      contents.flatMap((content) => [
        Buffer.from(`${blobId(content)} blob ${Buffer.byteLength(content)}\n`),
        Buffer.from(content),
        Buffer.from('\n'),
      ]),
    ).toString();

  it('gives each text back byte for byte', () => {
    const texts = ['', 'a: 1\n', '\ufeffü: 日本 🚀\r\n', 'no newline', `${'b'.repeat(40)} blob 3\nxyz\n`];
    const oids = texts.map(blobId);
    expect([...parseBlobs(printed(texts), oids)]).toEqual(texts.map((text, index) => [oids[index], text]));
  });

  it('leaves out what is no UTF-8, and only that', () => {
    const latin1 = Buffer.from('a: \xfc\n', 'latin1');
    const oids = ['x: 1\n', latin1, 'y: 2\n'].map(blobId);
    const texts = parseBlobs(printed(['x: 1\n', latin1, 'y: 2\n']), oids);
    expect(texts.get(oids[0]!)).toBe('x: 1\n');
    expect(texts.has(oids[1]!)).toBe(false);
    expect(texts.get(oids[2]!)).toBe('y: 2\n');
  });

  it('does not take a missing object for a text', () => {
    const oid = blobId('x');
    expect(parseBlobs(`${oid} missing\n`, [oid]).size).toBe(0);
  });
});

describe('fastImport', () => {
  it('quotes paths, counts bytes, and cleans names', () => {
    const stream = fastImport('refs/x', {
      parent: 'p'.repeat(40),
      author: { name: 'Jo <x>\n', email: 'jo@x' },
      time: 1_700_000_000_999,
      message: 'ü\n',
      files: [{ path: 'a "b"/\\c', mode: '100755', text: '日\n' }],
    });
    expect(stream).toBe(
      [
        'commit refs/x\nmark :1\nauthor Jo x <jo@x> 1700000000 +0000\ncommitter Jo x <jo@x> 1700000000 +0000\n',
        `data 3\nü\n\nfrom ${'p'.repeat(40)}\nM 100755 inline "a \\"b\\"/\\\\c"\ndata 4\n日\n\n\nget-mark :1\ndone\n`,
      ].join(''),
    );
  });
});
