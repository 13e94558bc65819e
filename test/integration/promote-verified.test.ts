import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readChartFolder } from '../../src/charts/chart-files.js';
import { packChart } from '../../src/charts/pack.js';
import { openStore } from '../../src/stores/open-store.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { appChart, deployChart } from '../support/deploy.js';
import { failure, promote } from '../support/promote.js';
import { createTestServices, temporaryFolder } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
let root: string;
const urlOf = (name: string) => pathToFileURL(path.join(root, name)).href;

beforeAll(async () => {
  cluster = await startCluster('promote-verified');
  root = await temporaryFolder('helm-cd-verified-');
  const services = await createTestServices();
  const from = await openStore(urlOf('staging'), {}, services);
  for (const version of ['1.0.0', '1.1.0']) {
    const folder = path.join(root, `app-${version}`);
    await cp(appChart, folder, { recursive: true });
    const file = path.join(folder, 'Chart.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^version: .*$/m, `version: ${version}`));
    await from.publish([await packChart(await readChartFolder(folder), folder)], { verifyTimeoutMs: 10_000 });
  }
  await mkdir(path.join(root, 'work'));
  await writeFile(
    path.join(root, 'work/helm-cd.yaml'),
    `charts:
  app: { path: app }
environments:
  staging: { branch: main, repository: '${urlOf('staging')}', cluster: { namespace: staging } }
  production: { promote-from: staging, repository: '${urlOf('production')}' }
`,
  );
});
afterAll(async () => {
  await cluster.down();
  await rm(root, { recursive: true, force: true });
});

const deploy = (inputs: Record<string, string>) =>
  deployChart(
    { cluster, helm: '4' },
    { chart: 'app', 'chart-repository': urlOf('staging'), namespace: 'staging', ...inputs },
  );

async function promotion(inputs: Record<string, string> = {}) {
  const services = { ...(await createTestServices()), workingDirectory: path.join(root, 'work') };
  return promote(services, {
    chart: 'app',
    from: 'staging',
    to: 'production',
    'require-verified': 'true',
    'kubeconfig-file': cluster.kubeconfig,
    ...inputs,
  });
}

describe('require-verified', () => {
  it('refuses what was never deployed, what helm alone deployed, and what failed its tests', async () => {
    const refused =
      /^app 1\.0\.0 \(sha256:[0-9a-f]{64}\) is not verified in staging: no deployment of these bytes passed in release app in namespace staging of https:/;
    const expectRefused = async () =>
      expect(await failure(promotion({ version: '1.0.0' }))).toMatchObject({
        code: 'refused',
        message: expect.stringMatching(refused),
      });
    await expectRefused();
    await cluster.helm('helm', 'install', 'app', path.join(root, 'app-1.0.0'), '-n', 'staging', '--create-namespace');
    await expectRefused();
    const failed = await deploy({ version: '1.0.0', set: 'test.outcome=test-fails' });
    expect(failed.ok).toBe(false);
    await expectRefused();
  });

  it('promotes what passed, also when something else runs by now, and says what vouches for it', async () => {
    expect((await deploy({ version: '1.0.0', set: 'greeting=new' })).result).toBe('deployed');
    expect((await deploy({ version: '1.1.0', set: 'test.outcome=test-fails' })).ok).toBe(false);
    const run = await promotion({ version: '1.0.0' });
    expect(run.result).toBe('promoted');
    expect(run.summary).toMatch(/Verified by revision \d+ of release app in namespace staging/);
    expect(await failure(promotion({ version: '1.1.0' }))).toMatchObject({ code: 'refused' });
  });
});
