import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createEntry, type IndexEntry } from '../../../src/core/chart-index.js';
import { readIndexFile } from '../../../src/stores/index-file.js';
import { INDEX_STYLES, type IndexContent } from '../../support/index-texts.js';
import { serveFolder, type StaticServer } from '../../support/static-server.js';
import { temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(120_000);
const run = promisify(execFile);
const NOW = '2026-11-23T10:00:00.000Z';
// Helm takes a byte order mark for part of the content, and looks for JSON by its first byte.
const STYLES = INDEX_STYLES.filter(({ name }) => name !== 'JSON with a byte order mark');

const DESCRIPTIONS = [
  'A text so long that whoever folds text at the eightieth column folds this one: twice at least, because it goes on: # and on.',
  'yes',
  '1e3',
  'entries:\n  other:\n  - version: 6.6.6\n',
  "it's '' quoted \"twice\"",
  '- not an item',
  'ünïcödé → 漢字 😀',
  ' spaces at both ends ',
  '2026-01-01',
  '~',
];

const entry = (name: string, version: string, description: string): IndexEntry => ({
  annotations: { 'a/b': description, on: 'off' },
  apiVersion: 'v2',
  appVersion: '1.10',
  created: '2026-01-01T00:00:00.123456789Z',
  description,
  digest: 'a'.repeat(64),
  keywords: [description],
  name,
  urls: [`${name}-${version}.tgz`],
  version,
});

const before: IndexContent = {
  apiVersion: 'v1',
  entries: {
    '1password': [entry('1password', '1.0.0', DESCRIPTIONS[0] ?? '')],
    api: DESCRIPTIONS.map((text, index) => entry('api', `1.${20 - 2 * index}.0`, text)),
    web: [entry('web', '0.1.0', 'n')],
  },
  generated: '2026-01-01T00:00:00.123456789Z',
};

/** As publish-chart makes them, of Chart.yaml with all that helm knows. */
const added = DESCRIPTIONS.map((description, index) =>
  createEntry(
    {
      metadata: {
        apiVersion: 'v2',
        name: ['api', 'web', 'new-chart', 'n', '0x10'][index % 5] ?? 'api',
        version: `1.${index}.5-rc.${index}`,
        description,
        type: 'application',
        appVersion: index % 2 === 0 ? '1e3' : '0o17',
        kubeVersion: '>=1.20.0-0',
        home: 'https://example.com/?a=b&c=%20',
        sources: ['https://example.com/a b'],
        keywords: ['no', '*', description],
        maintainers: [{ name: description, email: 'a@b.c', url: 'https://example.com' }],
        annotations: { 'artifacthub.io/changes': '- kind: added\n  description: x\n', true: 'null', 'a: b': '# c' },
        dependencies: [
          {
            name: 'lib',
            version: '>=1.0.0 <2.0.0',
            repository: 'file://../lib',
            condition: 'lib.enabled',
            tags: ['y'],
            'import-values': ['a', { child: 'x', parent: 'y' }],
            alias: 'z',
          },
        ],
        deprecated: false,
      },
      bytes: new Uint8Array(0),
      digest: `sha256:${'1234567890'.repeat(6)}1234`,
      files: [],
    },
    NOW,
  ),
);

interface Found {
  readonly name: string;
  readonly version: string;
  readonly app_version: string;
  readonly description: string;
}

let work: string;
let server: StaticServer;

beforeAll(async () => {
  work = await temporaryFolder();
  for (const [index, style] of STYLES.entries()) {
    let text = style.print(before);
    for (const one of added) text = readIndexFile(text, 'x').add([one], NOW);
    await mkdir(path.join(work, `r${index}`));
    await writeFile(path.join(work, `r${index}`, 'index.yaml'), text);
  }
  server = await serveFolder(work);
});

afterAll(async () => {
  await server.close();
  await rm(work, { recursive: true, force: true });
});

describe.each(['helm', 'helm3'])('%s', (helm) => {
  it('reads every entry of an index that was edited, however it is written', async () => {
    const home = path.join(work, `home-${helm}`);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_CACHE_HOME: home,
      HELM_DATA_HOME: home,
    };
    const call = async (...args: string[]) => (await run(path.join(toolchainBin, helm), args, { env })).stdout;
    for (const index of STYLES.keys()) await call('repo', 'add', `r${index}`, `${server.url}/r${index}`);
    const found = JSON.parse(await call('search', 'repo', '--devel', '-l', '-o', 'json')) as Found[];
    const key = ({ name, version, app_version, description }: Found) =>
      JSON.stringify([name, version, app_version, description]);
    const all = [...Object.values(before.entries).flatMap((list) => list ?? []), ...added];
    const expected = all.map((one) => ({
      name: one.name,
      version: one.version,
      app_version: one['appVersion'] as string,
      // Helm shows a description on one line.
      description: (one['description'] as string).replaceAll('\n', ' '),
    }));
    for (const [index, { name }] of STYLES.entries()) {
      const mine = found
        .filter((one) => one.name.startsWith(`r${index}/`))
        .map((one) => ({ ...one, name: one.name.slice(`r${index}/`.length) }));
      expect([name, mine.map(key).sort()]).toEqual([name, expected.map(key).sort()]);
    }
  });

  it('shows the new version as the newest where it is, with its dependencies', async () => {
    const text = await readFile(path.join(work, 'r0/index.yaml'), 'utf8');
    const { entries } = JSON.parse(text) as IndexContent;
    const versions = (entries['api'] ?? []).map(({ version }) => version);
    expect(versions.slice(0, 3)).toEqual(['1.20.0', '1.18.0', '1.16.0']);
    expect(versions).toContain('1.5.5-rc.5');
    expect(versions.indexOf('1.5.5-rc.5')).toBe(versions.indexOf('1.6.0') + 1);
  });
});
