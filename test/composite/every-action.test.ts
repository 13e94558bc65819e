import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { actionNames } from '../../scripts/lib/action-files.mjs';
import { expectRefusal, openCompositeWorld, pathWith, type CompositeWorld } from '../support/composite-world.js';

jest.setTimeout(180_000);

/** What holds for all actions alike. */
describe.each(['', ...actionNames()])('%s', (action) => {
  let world: CompositeWorld;
  beforeEach(async () => {
    world = await openCompositeWorld(action);
  });
  afterEach(async () => {
    await world.close();
  });

  it('says that Node.js is missing', async () => {
    const bin = await pathWith(world.folder);
    await rm(path.join(bin, 'node'));
    const result = await world.run({}, { environment: { PATH: bin } });
    expect(result).toMatchObject({ outcome: 'failure', exitCode: 127 });
    expect(result.annotations).toEqual([
      {
        level: 'error',
        message: 'helm-cd needs Node.js 20 or newer on PATH. Add a step with actions/setup-node before this one.',
      },
    ]);
  });

  it('says that Node.js is too old', async () => {
    const bin = await pathWith(world.folder);
    await rm(path.join(bin, 'node'));
    await writeFile(path.join(bin, 'node'), '#!/bin/sh\necho v18.20.4\n', { mode: 0o755 });
    const result = await world.run({}, { environment: { PATH: bin } });
    expect(result).toMatchObject({ outcome: 'failure', exitCode: 127 });
    expect(result.annotations[0]?.message).toContain('needs Node.js 20 or newer');
  });

  it('refuses a working directory that does not exist, with all common outputs', async () => {
    const result = await world.run({ 'working-directory': 'nowhere' });
    await expectRefusal(result, action || 'pipeline', {
      code: 'input',
      message: 'Input "working-directory" names no folder: "nowhere"',
    });
    expect(result.outputs['result']).toBe('');
    expect(await readdir(world.workspace)).toEqual([]);
  });
});
