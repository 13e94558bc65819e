import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentOf, findEnvironment, loadConfig } from '../../../src/config/load.js';
import { parseConfig } from '../../../src/config/parse.js';
import { temporaryFolder } from '../../support/services.js';

const TEXT = `charts:
  shop:
    path: charts/shop
    environments:
      develop: { cluster: { namespace: own } }
environments:
  develop: { branch: develop, repository: file:///d, cluster: { context: main, namespace: all } }
  production: { promote-from: develop, repository: file:///p }
`;
const config = parseConfig('helm-cd.yaml', TEXT);

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(path.join(folder, 'ci'));
  await mkdir(path.join(folder, 'empty'));
  await writeFile(path.join(folder, 'helm-cd.yaml'), TEXT);
  await writeFile(path.join(folder, 'ci/other.yaml'), TEXT);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('loadConfig', () => {
  it('takes helm-cd.yaml when no other is named', async () => {
    expect(await loadConfig(folder, '')).toEqual(config);
  });

  it('takes the file that is named, relative to the folder', async () => {
    expect(await loadConfig(folder, 'ci/other.yaml')).toMatchObject({ file: 'ci/other.yaml' });
  });

  it('does without when there is none and none was asked for', async () => {
    expect(await loadConfig(path.join(folder, 'empty'), '')).toBeUndefined();
  });

  it.each(['nowhere.yaml', 'ci'])('says that %s cannot be read', async (input) => {
    await expect(loadConfig(folder, input)).rejects.toMatchObject({
      code: 'config',
      message: `Input "config" names a file that cannot be read: ${input}`,
      hint: 'The path is relative to working-directory.',
    });
  });

  it('does not take a helm-cd.yaml that cannot be read for none', async () => {
    await mkdir(path.join(folder, 'broken/helm-cd.yaml'), { recursive: true });
    await expect(loadConfig(path.join(folder, 'broken'), '')).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(/^helm-cd\.yaml cannot be read: EISDIR/),
    });
  });
});

describe('findEnvironment', () => {
  it('finds by name, whatever the branch', () => {
    expect(findEnvironment(config, 'production', 'develop').name).toBe('production');
  });

  it('finds by the branch that feeds it', () => {
    expect(findEnvironment(config, '', 'develop').name).toBe('develop');
  });

  it('does not find an unknown name', () => {
    expect(() => findEnvironment(config, 'prodution', 'develop')).toThrow(
      expect.objectContaining({
        code: 'config',
        message: 'helm-cd.yaml has no environment "prodution", did you mean "production"?',
        hint: 'Its environments: develop, production.',
        place: { file: 'helm-cd.yaml' },
      }),
    );
  });

  it.each(['main', ''])('does not find one for the branch "%s"', (branch) => {
    expect(() => findEnvironment(config, '', branch)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: `No environment in helm-cd.yaml is fed by the branch "${branch}".`,
        hint: 'Give the input "environment": one of develop, production.',
      }),
    );
  });
});

describe('environmentOf', () => {
  const develop = findEnvironment(config, 'develop', '');

  it('lays what differs for a chart over its environment', () => {
    expect(environmentOf(config, develop, 'shop')).toEqual({
      ...develop,
      cluster: { context: 'main', namespace: 'own' },
    });
  });

  it('leaves the environment as it is for other charts', () => {
    expect(environmentOf(config, develop, 'other')).toEqual(develop);
    expect(environmentOf(config, findEnvironment(config, 'production', ''), 'shop').repository).toBe('file:///p');
  });
});
