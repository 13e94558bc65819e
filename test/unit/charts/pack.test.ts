import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChartFile } from '../../../src/charts/chart-files.js';
import { archiveTime, packChart, readPackedChart } from '../../../src/charts/pack.js';
import { unpackChart } from '../../../src/charts/unpack.js';

const file = (path: string, text: string): ChartFile => ({ path, data: Buffer.from(text) });
const CHART_YAML = '# the shop\napiVersion: v2\nname: shop\nversion: "1.2.3" # raised by hand\nappVersion: 7\n';
const chart = (...more: ChartFile[]) => [file('Chart.yaml', CHART_YAML), file('values.yaml', 'a: 1\n'), ...more];

/** Names and header fields of a tar's entries, read by hand: 512-byte blocks, octal numbers. */
function entries(archive: Uint8Array) {
  const tar = gunzipSync(archive);
  const found: { name: string; mode: string; mtime: string; owner: string }[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const field = (start: number, length: number) =>
      tar
        .subarray(at + start, at + start + length)
        .toString()
        .replace(/\0[^]*$/, '')
        .trim();
    found.push({
      name: [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/'),
      mode: field(100, 8),
      mtime: String(parseInt(field(136, 12), 8)),
      owner: `${parseInt(field(108, 8), 8)}:${parseInt(field(116, 8), 8)}:${field(265, 32)}:${field(297, 32)}`,
    });
    at += 512 + Math.ceil(parseInt(field(124, 12), 8) / 512) * 512;
  }
  return found;
}

describe('packChart', () => {
  it('is byte for byte what it has always been', async () => {
    const packed = await packChart(chart(file('templates/a.yaml', 'kind: X\n')), 'shop');
    expect(packed.digest).toBe('sha256:23b652675eedff043e6d87d57f819921066d9ce9cd96ca25a1e6e225d057aa2c');
  });

  it('is byte for byte what it has always been with long names, foreign letters, and a time given', async () => {
    const files = chart(
      file(`files/${'long-'.repeat(30)}name.txt`, 'a'),
      file('files/ünïcödé 漢字.txt', 'b'),
      file(`files/${'é'.repeat(90)}/${'x'.repeat(99)}.txt`, ''),
      { path: 'files/binary', data: Uint8Array.from({ length: 3000 }, (_, index) => (index * 7) % 256) },
    );
    const packed = await packChart(files, 'shop', { timeSeconds: 1_700_000_000 });
    expect(packed.digest).toBe('sha256:66604b7ed3d63681c997c615eb23e54744be520e83742c2a1900d2ee2a2ef31b');
    const names = (await unpackChart(packed.bytes, 'shop.tgz')).map(({ path }) => path);
    expect(names.sort()).toEqual(files.map(({ path }) => path).sort());
  });

  it('puts Chart.yaml first and the rest in order, with fixed times, modes and owners', async () => {
    const packed = await packChart([file('.helmignore', '*.bak\n'), file('LICENSE', 'x'), ...chart()], 'shop');
    const all = entries(packed.bytes);
    expect(all.map(({ name }) => name)).toEqual([
      'shop/Chart.yaml',
      'shop/.helmignore',
      'shop/LICENSE',
      'shop/values.yaml',
    ]);
    expect(new Set(all.map(({ mode, mtime, owner }) => `${mode} ${mtime} ${owner}`))).toEqual(
      new Set(['000644 315532800 0:0::']),
    );
  });

  it('has a gzip header without time, name and operating system differences', async () => {
    const { bytes } = await packChart(chart(), 'shop');
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  });

  it('does not depend on the order in which the files were found', async () => {
    const files = chart(file('templates/a.yaml', 'a'), file('templates/b.yaml', 'b'), file('files/ü.txt', 'c'));
    const { digest } = await packChart(files, 'shop');
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(files, { minLength: files.length }), async (shuffled) => {
        expect((await packChart(shuffled, 'shop')).digest).toBe(digest);
      }),
      { numRuns: 20 },
    );
  });

  it('re-packs to the same bytes what it has packed, whatever is in it', async () => {
    const name = fc.stringMatching(/^[A-Za-zé0-9_-]{1,60}(\/[A-Za-z0-9_. -]{1,60}){0,3}\.(yaml|txt)$/);
    const extra = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 2000 })), {
      selector: ([path]) => path,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(extra, async (files) => {
        const usable = files.filter(([path]) => !path.includes('..') && !path.split('/').includes('.'));
        const all = chart(...usable.map(([path, data]): ChartFile => ({ path: `files/${path}`, data })));
        const packed = await packChart(all, 'shop');
        const again = await packChart(await unpackChart(packed.bytes, 'shop.tgz'), 'shop');
        expect(again.digest).toBe(packed.digest);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps Chart.yaml as written but for a version given', async () => {
    const packed = await packChart(chart(), 'shop', { version: '2.0.0-develop.7' });
    const [first] = await unpackChart(packed.bytes, 'shop.tgz');
    expect(Buffer.from(first?.data ?? []).toString()).toBe(CHART_YAML.replace('1.2.3', '2.0.0-develop.7'));
    expect(packed.metadata).toEqual({ apiVersion: 'v2', name: 'shop', version: '2.0.0-develop.7', appVersion: '7' });
  });

  it('takes the time of files from SOURCE_DATE_EPOCH', async () => {
    const packed = await packChart(chart(), 'shop', { timeSeconds: archiveTime({ SOURCE_DATE_EPOCH: '1700000000' }) });
    expect(entries(packed.bytes).map(({ mtime }) => mtime)).toEqual(['1700000000', '1700000000']);
    expect(archiveTime({})).toBe(315_532_800);
    expect(() => archiveTime({ SOURCE_DATE_EPOCH: 'now' })).toThrow(
      'The variable SOURCE_DATE_EPOCH is no number of seconds: "now"',
    );
    expect(archiveTime({ SOURCE_DATE_EPOCH: '8589934591' })).toBe(8_589_934_591);
    expect(() => archiveTime({ SOURCE_DATE_EPOCH: '8589934592' })).toThrow('is no number of seconds');
  });

  it('gives the same bytes for a dependency as folder, as archive, and under another folder name', async () => {
    const common = [
      file('Chart.yaml', 'apiVersion: v2\nname: common\nversion: 0.1.0\n'),
      file('templates/_a.tpl', '{{/* */}}'),
    ];
    const archive = await packChart(common, 'common');
    const parent = (extra: ChartFile[]) => [
      file(
        'Chart.yaml',
        `${CHART_YAML}dependencies:\n- {name: common, version: 0.1.0, repository: "file://../common"}\n`,
      ),
      ...extra,
    ];
    const inFolder = (folder: string) => common.map(({ path, data }) => ({ path: `charts/${folder}/${path}`, data }));
    const digests = [
      await packChart(parent(inFolder('common')), 'shop'),
      await packChart(parent(inFolder('shared')), 'shop'),
      await packChart(parent([{ path: 'charts/common-0.1.0.tgz', data: archive.bytes }]), 'shop'),
      await packChart(parent([...inFolder('common'), file('charts/_notes/x', 'ignored by helm')]), 'shop'),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(1);
  });
});

describe('packChart refuses', () => {
  const named = (yaml: string) => [file('Chart.yaml', yaml)];
  it.each([
    ['no Chart.yaml', [file('values.yaml', '')], 'file', 'shop is no chart: it has no Chart.yaml.'],
    ['no version', named('apiVersion: v2\nname: a\n'), 'file', 'shop/Chart.yaml has no version.'],
    [
      'a version that is no SemVer',
      named('apiVersion: v2\nname: a\nversion: 1.2\n'),
      'file',
      'The version in Chart.yaml is no SemVer version: "1.2"',
    ],
    [
      'a version with a leading zero',
      named('apiVersion: v2\nname: a\nversion: 1.2.3-0123456\n'),
      'file',
      'The version in Chart.yaml is no SemVer version: "1.2.3-0123456"',
    ],
    [
      'a name that leads elsewhere',
      named('apiVersion: v2\nname: ../a\nversion: 1.2.3\n'),
      'file',
      'shop/Chart.yaml: a chart cannot be called "../a"',
    ],
    [
      'a missing dependency',
      named('apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {name: b, version: 1.0.0, repository: ""}\n'),
      'not-found',
      'shop: the dependency b is not in charts/.',
    ],
    [
      'a broken schema',
      chart(file('values.schema.json', '{')),
      'file',
      'shop/values.schema.json is no valid JSON, so helm would refuse the chart.',
    ],
    [
      'a file above 5 MiB',
      chart({ path: 'big.bin', data: new Uint8Array(5 * 1024 * 1024 + 1) }),
      'refused',
      'shop: big.bin has 5.0 MiB, helm accepts 5.0 MiB a file.',
    ],
    [
      'a file that helm would take for another',
      chart(file('files/a\\b', 'x')),
      'file',
      'shop: a file in a chart cannot be called "files/a\\b"',
    ],
    [
      'more than 100 MiB in all',
      chart(
        ...Array.from({ length: 21 }, (_, index) => ({ path: `${index}.bin`, data: new Uint8Array(5 * 1024 * 1024) })),
      ),
      'refused',
      'shop is larger than 100.0 MiB, which helm refuses.',
    ],
    [
      'something in charts/ that is no chart',
      chart(file('charts/README.md', 'x')),
      'file',
      'shop/charts/README.md is no chart: it has no Chart.yaml.',
    ],
  ] as [string, ChartFile[], string, string][])('%s', async (_, files, code, message) => {
    await expect(packChart(files, 'shop')).rejects.toMatchObject({ code, message });
  });
});

describe('unpackChart refuses', () => {
  it('what is no gzip, no tar, or cut off', async () => {
    const { bytes } = await packChart(chart(), 'shop');
    for (const broken of [Buffer.from('hello'), bytes.subarray(0, bytes.length - 12), new Uint8Array(0)]) {
      await expect(unpackChart(broken, 'x.tgz')).rejects.toMatchObject({
        code: 'file',
        message: expect.stringContaining('x.tgz is no packaged chart'),
      });
    }
  });

  it.each([
    ['/etc/passwd', 'leads out of the chart'],
    ['shop/../../x', 'leads out of the chart'],
    ['shop\\..\\..\\x', 'leads out of the chart'],
    ['shop/C:/x', 'leads out of the chart'],
    ['Chart.yaml', 'is not in a folder named after the chart'],
  ])('an entry called %s', async (name, why) => {
    await expect(unpackChart(await archiveOf(name), 'x.tgz')).rejects.toMatchObject({
      code: 'refused',
      message: `x.tgz holds an entry that ${why}: "${name}"`,
    });
  });

  it('a symbolic link', async () => {
    await expect(unpackChart(await archiveOf('shop/a', 'symlink'), 'x.tgz')).rejects.toMatchObject({
      code: 'refused',
      message: 'x.tgz holds an entry that is no file: "shop/a" (symlink)',
    });
  });
});

describe('readPackedChart', () => {
  it('keeps the bytes and reads what is inside', async () => {
    const { bytes, digest } = await packChart(chart(), 'shop');
    const read = await readPackedChart(bytes, 'shop-1.2.3.tgz');
    expect(read).toMatchObject({ digest, metadata: { name: 'shop', version: '1.2.3' } });
    expect(read.bytes).toBe(bytes);
  });
});

async function archiveOf(name: string, type: 'file' | 'symlink' = 'file'): Promise<Uint8Array> {
  const { pack } = await import('tar-stream');
  const { gzipSync } = await import('node:zlib');
  const writer = pack();
  writer.entry({ name, type, ...(type === 'symlink' ? { linkname: '/etc/passwd' } : {}) }, type === 'file' ? 'x' : '');
  writer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks));
}
