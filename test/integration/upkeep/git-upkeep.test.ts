import { rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openStore } from '../../../src/stores/open-store.js';
import type { ChartStore } from '../../../src/stores/store.js';
import { createBareRepository, type BareRepository } from '../../support/bare-repository.js';
import { packedChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { changeIndex, findingsOf, holdingsOf, publishAll, repairAll } from '../../support/upkeep.js';

jest.setTimeout(180_000);

const BRANCH = 'gh-pages';

let services: TestServices;
let remote: BareRepository;
let store: ChartStore;

const open = () => openStore(`git+${remote.url}`, {}, services);
const files = () => remote.git('ls-tree', '-r', '--name-only', BRANCH).trim().split('\n');
const titles = () => remote.git('log', '--format=%s', BRANCH).trim().split('\n');

beforeEach(async () => {
  services = await createTestServices({ environment: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
  remote = createBareRepository(services.workingDirectory, { 'README.md': 'The sources.\n' });
  store = await open();
});

afterEach(async () => {
  remote.git('fsck', '--strict', '--no-progress');
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** A commit made in a working copy. */
async function bySomebody(change: (folder: string) => Promise<void>): Promise<void> {
  const folder = path.join(services.workingDirectory, 'copy');
  remote.git('clone', '--quiet', '--branch', BRANCH, remote.url, folder);
  await change(folder);
  remote.git('-C', folder, 'add', '--all');
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
  remote.git('-C', folder, ...who, 'commit', '--quiet', '--message', 'By hand');
  remote.git('-C', folder, 'push', '--quiet', 'origin', BRANCH);
}

async function remove(from: ChartStore, ...versions: readonly string[]) {
  const all = await from.upkeep.holdings(['shop']);
  const removals = await from.upkeep.remove(all.filter(({ version }) => versions.includes(version)));
  return removals.map(({ version, state }) => `${version} ${state}`);
}

describe('a chart repository in a branch', () => {
  it('is pruned by one commit, whatever the number of versions', async () => {
    await publishAll(store, 'shop 1.0.0 *', 'shop 1.1.0', 'shop 1.2.0', 'shop 2.0.0');
    expect(await holdingsOf(store)).toEqual(['2.0.0', '1.2.0', '1.1.0', '1.0.0']);
    expect(await remove(store, '1.0.0', '1.1.0', '1.2.0')).toEqual(['1.2.0 removed', '1.1.0 removed', '1.0.0 removed']);
    expect(files()).toEqual(['.nojekyll', 'index.yaml', 'shop-2.0.0.tgz']);
    expect(titles()).toEqual(['Remove shop-1.2.0, shop-1.1.0, shop-1.0.0', expect.stringMatching(/^Publish /)]);
    expect(await findingsOf(store)).toEqual([]);
  });

  it('loses nothing of those who publish meanwhile', async () => {
    await publishAll(store, 'shop 0.1.0', 'shop 0.2.0', 'shop 0.3.0', 'shop 0.4.0');
    const publish = async (version: string) => publishAll(await open(), `shop ${version}`);
    await Promise.all([
      ...['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0'].map(publish),
      remove(await open(), '0.1.0', '0.2.0'),
      remove(await open(), '0.3.0', '0.4.0'),
    ]);
    expect(await holdingsOf(store)).toEqual(['5.0.0', '4.0.0', '3.0.0', '2.0.0', '1.0.0']);
    expect(await findingsOf(store)).toEqual([]);
    expect(files()).toHaveLength(7);
  });

  it('is checked, and mended', async () => {
    await publishAll(store, 'shop 1.0.0', 'shop 1.1.0', 'shop 1.2.0');
    const lost = await packedChart('shop', '2.0.0');
    await bySomebody(async (folder) => {
      await unlink(path.join(folder, 'shop-1.0.0.tgz'));
      await writeFile(path.join(folder, 'shop-1.1.0.tgz'), lost.bytes);
      await writeFile(path.join(folder, 'shop-2.0.0.tgz'), lost.bytes);
      await changeIndex(folder, (text) => text.replace(/("version":"1\.2\.0".*),"digest":"\w+"/, '$1'));
    });
    expect(await findingsOf(store)).toEqual([
      'dangling-entry shop 1.0.0',
      'missing-digest shop 1.2.0',
      'orphan-archive shop 2.0.0',
      'wrong-chart shop 1.1.0',
      'wrong-digest shop 1.1.0',
    ]);
    expect(await repairAll(store)).toEqual([
      'left wrong-chart',
      'left wrong-digest',
      'mended dangling-entry',
      'mended missing-digest',
      'mended orphan-archive',
    ]);
    expect(await findingsOf(store)).toEqual(['wrong-chart shop 1.1.0', 'wrong-digest shop 1.1.0']);
    expect(await holdingsOf(store)).toEqual(['2.0.0', '1.2.0', '1.1.0']);
  });
});
