import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { everythingOf, expectRefusal, openCompositeWorld, pathWith } from '../support/composite-world.js';
import { appChart } from '../support/deploy.js';

jest.setTimeout(120_000);

const ACTION = 'report-releases';

let cluster: TestCluster;
let kubeconfig: string;
beforeAll(async () => {
  cluster = await startCluster('composite-report');
  kubeconfig = await readFile(cluster.kubeconfig, 'utf8');
  await cluster.helm('helm', 'install', 'app', appChart, '--namespace', 'shop', '--create-namespace', '--wait');
});
afterAll(async () => {
  await cluster.down();
});

it('reports by its action.yml alone, and leaves nothing but what its outputs name', async () => {
  const world = await openCompositeWorld(ACTION);
  try {
    const inputs = { kubeconfig, images: 'false', 'output-directory': 'site', format: 'html,json', token: '' };
    const result = await world.run(inputs, { environment: { PATH: await pathWith(world.folder, 'kubectl') } });
    expect([result.outcome, result.outputs['result'], result.outputs['releases']]).toEqual(['success', 'healthy', '1']);
    const site = path.join(world.workspace, 'site');
    expect(result.outputs).toMatchObject({
      'in-trouble': '0',
      'report-file': '',
      'json-file': path.join(site, 'report.json'),
      'html-file': path.join(site, 'report.html'),
    });
    expect((await readdir(site)).sort()).toEqual(['report.html', 'report.json']);
    expect(await readFile(path.join(site, 'report.html'), 'utf8')).toContain('<title>What is running</title>');
    const document = JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as object;
    expect(document).toMatchObject({
      action: ACTION,
      result: 'healthy',
      releases: [{ name: 'app', namespace: 'shop' }],
    });
    expect(result.summary).toContain('### 🟢 What is running: 1 release, all is well');
    expect(await readdir(result.runnerTemp)).toEqual(['helm-cd-reports']);
    const [, key = 'none'] = /client-key-data: (\S+)/.exec(kubeconfig) ?? [];
    expect(await everythingOf(result)).not.toContain(key);
  } finally {
    await world.close();
  }
});

it.each([
  [{ format: 'pdf' }, 'input', 'Input "format" has the unknown value "pdf"'],
  [{ clusters: 'a\na' }, 'input', 'Input "clusters" has the name "a" twice.'],
  [{ clusters: 'a', 'kube-context': 'b' }, 'input', 'Inputs "clusters" and "kube-context" were both given.'],
  [{ 'registry-username': 'me' }, 'input', 'only one was given'],
  [{ namespaces: 'No_Name' }, 'input', '"No_Name" is no name for a namespace.'],
  [{ 'record-deployments': 'true', token: '' }, 'input', 'Input "record-deployments" needs "token".'],
  [{ clusters: 'nowhere' }, 'unreachable', 'There is no cluster to report on.'],
])('refuses %j', async (inputs, code, message) => {
  const world = await openCompositeWorld(ACTION);
  try {
    const result = await world.run(
      { kubeconfig, ...inputs },
      { environment: { PATH: await pathWith(world.folder, 'kubectl') } },
    );
    await expectRefusal(result, ACTION, { code, message });
  } finally {
    await world.close();
  }
});
