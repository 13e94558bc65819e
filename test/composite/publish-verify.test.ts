import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles } from '../support/charts.js';
import { contentsOf, openCompositeWorld, type CompositeWorld } from '../support/composite-world.js';

jest.setTimeout(180_000);

let world: CompositeWorld;
let shelf: string;

beforeEach(async () => {
  world = await openCompositeWorld('publish-chart');
  shelf = path.join(world.folder, 'shelf');
  await mkdir(shelf);
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(world.workspace, Object.fromEntries(chart));
});
afterEach(() => world.close());

describe('publish-chart in mode verify, by its action.yml', () => {
  it('tells what is published as the commit gives it from what is not, and writes nothing', async () => {
    const inputs = { 'chart-repository': `file://${shelf}`, charts: 'charts/web' };
    const missing = await world.run({ ...inputs, mode: 'verify' });
    expect(missing).toMatchObject({ outcome: 'failure', outputs: { result: 'not-found' } });
    expect(await contentsOf(shelf)).toEqual({});

    const published = await world.run(inputs);
    const before = await contentsOf(shelf);
    const verified = await world.run({ ...inputs, mode: 'verify' });
    expect(verified).toMatchObject({
      outcome: 'success',
      outputs: { result: 'verified', name: 'web', version: '0.1.0', digest: published.outputs['digest'] },
    });

    await writeFile(path.join(world.workspace, 'charts/web/values.yaml'), '# changed\n');
    const different = await world.run({ ...inputs, mode: 'verify' });
    expect(different).toMatchObject({ outcome: 'failure', outputs: { result: 'different' } });
    expect(await contentsOf(shelf)).toEqual(before);
  });

  it('knows no other modes', async () => {
    const result = await world.run({ 'chart-repository': `file://${shelf}`, mode: 'verfy' });
    expect(result.outcome).toBe('failure');
    expect(await contentsOf(shelf)).toEqual({});
  });
});
