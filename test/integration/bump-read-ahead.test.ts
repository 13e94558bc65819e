import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { readInputs, type BumpInputs } from '../../src/actions/bump-image-tag/inputs.js';
import { bumpAction } from '../../src/actions/bump-image-tag/read-ahead.js';
import * as rarely from '../../src/actions/bump-image-tag/rarely.js';
import { run } from '../../src/actions/bump-image-tag/run.js';
import type { Services } from '../../src/core/ports.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import { chartWithImages, createBareRepository, type BareRepository } from '../support/bare-repository.js';
import { createTestServices, temporaryFolder } from '../support/services.js';
import { captureStdout } from '../support/stdout.js';

jest.setTimeout(180_000);
captureStdout();

let folder: string;
let repository: BareRepository;
/** What happened, in order. */
let events: string[];
let services: Services & { readonly workingDirectory: string };

beforeEach(async () => {
  folder = await temporaryFolder();
  repository = createBareRepository(folder, chartWithImages('api'));
  events = [];
  const real = await createTestServices({
    environment: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  services = {
    ...real,
    processes: {
      ...real.processes,
      async run(program, args, options) {
        const command = args.find((arg) => !arg.startsWith('-')) ?? '';
        events.push(`${command} begins`);
        const result = await real.processes.run(program, args, options);
        events.push(`${command} ends`);
        return result;
      },
    },
  };
});
afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

function inputs(given: Record<string, string>): BumpInputs {
  const all = { images: 'ghcr.io/acme/api:1.1.0', repository: repository.url, ...given };
  for (const [name, value] of Object.entries(all)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  try {
    return readInputs(createInputReader(services.masks));
  } finally {
    for (const name of Object.keys(all)) Reflect.deleteProperty(process.env, `INPUT_${name.toUpperCase()}`);
  }
}

const action = bumpAction(() => {
  events.push('loads');
  return Promise.resolve((...known) => run(...known, () => Promise.resolve(rarely)));
});

describe('bump-image-tag, which asks before it is loaded', () => {
  it('begins to clone first, and clones once', async () => {
    const outcome = await action.run(inputs({}), services);
    expect(outcome.result).toBe('bumped');
    expect(repository.read('charts/shop/values.yaml')).toContain('tag: 1.1.0');
    expect(events.slice(0, 2)).toEqual(['clone begins', 'loads']);
    expect(events.filter((event) => event === 'clone begins')).toHaveLength(1);
    expect(events).not.toContain('fetch begins');
  });

  it('reads the branch that the environment names, though another one was read first', async () => {
    repository.commit({
      'helm-cd.yaml': 'environments:\n  staging:\n    branch: staging\n    repository: file:///srv/staging\n',
    });
    repository.git('branch', 'staging', 'main');
    const main = repository.head();
    const outcome = await action.run(inputs({ environment: 'staging' }), services);
    expect(outcome).toMatchObject({ result: 'bumped', outputs: { branch: 'staging' } });
    expect([repository.head(), repository.head('staging') === main]).toEqual([main, false]);
  });

  it('tells once, and as ever, that the branch is not there', async () => {
    await expect(action.run(inputs({ branch: 'mian' }), services)).rejects.toMatchObject({
      code: 'not-found',
      message: `The repository ${repository.url} has no branch "mian", did you mean "main"?`,
    });
    expect(events.filter((event) => event === 'clone begins')).toHaveLength(1);
  });

  it('leaves nothing running when the inputs turn out to be wrong meanwhile', async () => {
    await expect(action.run(inputs({ dispatch: 'bumped', strategy: 'direct' }), services)).rejects.toMatchObject({
      code: 'input',
    });
    expect(events.filter((event) => event.endsWith('begins'))).toHaveLength(
      events.filter((event) => event.endsWith('ends')).length,
    );
    expect(repository.log()).toHaveLength(1);
  });

  it('does not begin before a registry was asked, which may take its time', async () => {
    const verify = { 'verify-image': 'true', images: 'localhost:1/acme/api:1.1.0' };
    await expect(action.run(inputs(verify), services)).rejects.toThrow();
    expect(events).toEqual(['loads']);
  });
});
