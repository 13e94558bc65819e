import { describe, expect, it } from '@jest/globals';
import {
  publishedVersions,
  takenVersions,
  type PublishedVersions,
} from '../../../src/actions/bump-image-tag/taken-versions.js';
import { settlePlan } from '../../../src/actions/bump-image-tag/settle-plan.js';
import { parsePushedImage } from '../../../src/core/image-reference.js';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartVersionRule } from '../../../src/core/chart-version.js';
import { chartYaml, planFor, RULES, type Files } from '../../support/bump.js';
import { memoryHead } from '../../support/memory-head.js';
import { createTestServices } from '../../support/services.js';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';

const CHART = 'charts/shop/Chart.yaml';
const files = (version = '1.0.0'): Files => ({
  [CHART]: chartYaml('shop', version),
  'charts/shop/values.yaml': 'image: { repository: ghcr.io/acme/api, tag: 1.0.0 }\n',
});
const IMAGE = 'ghcr.io/acme/api:1.0.1';

interface Case {
  readonly version?: string;
  readonly versionRule?: ChartVersionRule;
  readonly earlier?: readonly string[];
  readonly published?: PublishedVersions;
}

/** The version that the chart gets, and what is said about it. */
async function settle({ version, versionRule = 'auto', earlier = [], published = { versions: [] } }: Case) {
  const head = memoryHead(files(version), [], { [CHART]: earlier.map((text) => chartYaml('shop', text)) });
  const asked: string[] = [];
  const request = {
    images: [parsePushedImage(IMAGE, 'images')],
    targets: [],
    rules: RULES,
    scopes: [{ ...RULES, folder: 'charts/shop', versionRule }],
    appVersion: 'auto' as const,
    allowDowngrade: false,
  };
  const resolved = {
    request,
    config: undefined,
    environment: undefined,
    repositoryOf: () => 's3://acme/charts',
    strategyOf: () => 'auto' as const,
  };
  const plan = await settlePlan(head, resolved, {
    ours: { repository: 'acme/api', commit: 'abc', workflow: 'ci.yml', runNumber: '1' },
    lookUp: (repository, chart) => {
      asked.push(`${repository} ${chart}`);
      return Promise.resolve(published);
    },
  });
  return { to: plan.charts[0]?.to, notes: plan.notes, asked: [...asked, ...head.asked] };
}

describe('a chart’s next version', () => {
  it('is the next one when nobody has it', async () => {
    expect(await settle({ earlier: ['1.0.0', '0.9.0'], published: { versions: ['1.0.0'] } })).toEqual({
      to: '1.0.1',
      notes: [],
      asked: ['s3://acme/charts shop', `earlier ${CHART}`],
    });
  });

  it.each<[string, Case, string, readonly string[]]>([
    [
      'was on the branch before a revert',
      { earlier: ['1.0.0', '1.0.1'] },
      '1.0.2',
      ['shop 1.0.1 was on this branch before, so it is not given again.'],
    ],
    [
      'was published by hand',
      { published: { versions: ['1.0.2', '1.0.1'] } },
      '1.0.3',
      ['shop 1.0.1 is in s3://acme/charts already, so it is not given again.'],
    ],
    [
      'differs in build metadata only, or in a v',
      { published: { versions: ['1.0.1+abc', 'v1.0.2'] } },
      '1.0.3',
      ['shop 1.0.1 is in s3://acme/charts already, so it is not given again.'],
    ],
    [
      'is one of a train',
      {
        version: '1.5.0-develop.2',
        versionRule: 'prerelease',
        earlier: ['1.5.0-develop.2'],
        published: { versions: ['1.5.0-develop.3'] },
      },
      '1.5.0-develop.4',
      ['shop 1.5.0-develop.3 is in s3://acme/charts already, so it is not given again.'],
    ],
    [
      'is not known to the repository',
      { earlier: ['1.0.1'], published: { unknown: 'no answer within 8.0 s' } },
      '1.0.2',
      [
        'Whether s3://acme/charts has a chart’s next version already is not known: no answer within 8.0 s',
        'shop 1.0.1 was on this branch before, so it is not given again.',
      ],
    ],
  ])('%s', async (_, given, to, notes) => {
    expect(await settle(given)).toMatchObject({ to, notes });
  });

  it('is not looked up where the version stays', async () => {
    expect(await settle({ versionRule: 'none', earlier: ['1.0.0'] })).toEqual({ to: '1.0.0', notes: [], asked: [] });
  });

  it('does without a chart repository, and with a history of broken files', async () => {
    const plan = await planFor(files(), { images: [IMAGE] });
    const head = memoryHead(files(), [], { [CHART]: ['a: [', 'version: {a: b}\n', '- version\n', ''] });
    const lookUp = () => Promise.reject(new Error('there is none'));
    const { taken, clash, notes } = await takenVersions(head, plan.charts, () => '', lookUp);
    expect([[...(taken.get('charts/shop') ?? [])], clash, notes]).toEqual([[], false, []]);
  });
});

describe('publishedVersions', () => {
  it('asks each chart repository once for each chart', async () => {
    const services = await createTestServices();
    const folder = path.join(services.workingDirectory, 'charts');
    await mkdir(folder);
    const entries = { shop: [{ name: 'shop', version: '1.0.0', urls: ['shop-1.0.0.tgz'] }] };
    await writeFile(path.join(folder, 'index.yaml'), JSON.stringify({ apiVersion: 'v1', entries }));
    const lookUp = publishedVersions(services, () => Promise.resolve(openStore));
    expect(await lookUp(`file://${folder}`, 'shop')).toEqual({ versions: ['1.0.0'] });
    await rm(folder, { recursive: true });
    expect(await lookUp(`file://${folder}`, 'shop')).toEqual({ versions: ['1.0.0'] });
    expect(await lookUp(`file://${folder}`, 'web')).toEqual({ versions: [] });
    await rm(services.workingDirectory, { recursive: true });
  });

  it('says in one line why one cannot be asked', async () => {
    const services = await createTestServices();
    const lookUp = publishedVersions(services, () => Promise.resolve(openStore));
    expect(await lookUp('git+file:///nowhere/charts.git', 'shop')).toEqual({
      unknown: 'The repository file:///nowhere/charts.git cannot be read:',
    });
    expect(await lookUp('ftp://acme/charts', 'shop')).toEqual({
      unknown: '"ftp://acme/charts" is no chart repository that helm-cd knows',
    });
    await rm(services.workingDirectory, { recursive: true });
  });

  it('waits for none of them longer than a moment in all', async () => {
    const services = await createTestServices();
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const lookUp = publishedVersions(services, () => Promise.resolve(openStore), 300);
      const url = `oci://127.0.0.1:${(silent.address() as AddressInfo).port}/charts`;
      expect(await Promise.all([lookUp(url, 'shop'), lookUp(url, 'web')])).toEqual([
        { unknown: 'no answer within 300 ms' },
        { unknown: 'no answer within 300 ms' },
      ]);
      // The time is over for the others, too.
      expect(await lookUp(url, 'job')).toEqual({ unknown: 'no answer within 300 ms' });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
      await rm(services.workingDirectory, { recursive: true });
    }
  });
});
