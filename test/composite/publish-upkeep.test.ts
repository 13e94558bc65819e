import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles } from '../support/charts.js';
import { contentsOf, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';

jest.setTimeout(180_000);

let world: CompositeWorld;
let shelf: string;

const archives = async () => (await readdir(shelf)).filter((name) => name.endsWith('.tgz')).sort();

beforeEach(async () => {
  world = await openCompositeWorld('publish-chart');
  shelf = path.join(world.folder, 'shelf');
  await mkdir(shelf);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  const config = `charts:
  web: { path: charts/web }
environments:
  develop:
    branch: main
    repository: file://${shelf}
    retention: { prereleases: 1, age: 0s }
`;
  await writeFiles(world.workspace, { 'helm-cd.yaml': config, ...Object.fromEntries(chart) });
  for (const version of ['0.1.0', '0.2.0-rc.1', '0.2.0-rc.2', '0.2.0']) {
    expect(await world.run({ environment: 'develop', version })).toMatchObject({ outcome: 'success' });
  }
});
afterEach(() => world.close());

describe('publish-chart in the modes prune and fsck, by its action.yml', () => {
  it('plans without a word about dry-run, and removes with dry-run: false', async () => {
    const inputs = { mode: 'prune', environment: 'develop' };
    const before = await contentsOf(shelf);
    const planned = await world.run(inputs);
    expect(planned).toMatchObject({ outcome: 'success', outputs: { result: 'planned' } });
    const going = JSON.parse(planned.outputs['charts'] ?? '') as readonly { readonly version: string }[];
    expect(going.map(({ version }) => version)).toEqual(['0.2.0-rc.1', '0.1.0']);
    expect(await contentsOf(shelf)).toEqual(before);

    const kept = await world.run({ ...inputs, keep: '0.1.0', 'dry-run': 'false' });
    expect(kept).toMatchObject({ outcome: 'success', outputs: { result: 'pruned' } });
    expect(await archives()).toEqual(['web-0.1.0.tgz', 'web-0.2.0-rc.2.tgz', 'web-0.2.0.tgz']);
    const counted = await world.run({ ...inputs, 'keep-count': '5', 'keep-prereleases': '5', 'keep-age': '90d' });
    expect(counted).toMatchObject({ outcome: 'success', outputs: { result: 'unchanged' } });
    const pruned = await world.run({ ...inputs, 'dry-run': 'false' });
    expect(pruned).toMatchObject({ outcome: 'success', outputs: { result: 'pruned' } });
    expect(await archives()).toEqual(['web-0.2.0-rc.2.tgz', 'web-0.2.0.tgz']);
  });

  it('fails for a broken repository, and mends it with repair: true', async () => {
    const inputs = { mode: 'fsck', environment: 'develop' };
    expect(await world.run(inputs)).toMatchObject({ outcome: 'success', outputs: { result: 'sound', charts: '[]' } });
    await rm(path.join(shelf, 'web-0.1.0.tgz'));
    expect(await world.run(inputs)).toMatchObject({ outcome: 'failure', outputs: { result: 'broken' } });
    const repaired = await world.run({ ...inputs, repair: 'true' });
    expect(repaired).toMatchObject({ outcome: 'success', outputs: { result: 'repaired' } });
    expect(await world.run(inputs)).toMatchObject({ outcome: 'success', outputs: { result: 'sound' } });
  });
});
