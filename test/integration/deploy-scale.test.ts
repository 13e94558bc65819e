import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { deployChart, historyOf } from '../support/deploy.js';
import { temporaryFolder, type TestServices } from '../support/services.js';

jest.setTimeout(120_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster('deploy-scale');
});
afterAll(async () => {
  await cluster.down();
});

const OBJECTS = `{{- range $index := until 280 }}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ $.Release.Name }}-{{ $index }} }
data: { index: {{ $index | quote }}, application.properties: "server.port=8080\\nlimit={{ mul $index 10 }}" }
{{- end }}
{{- range $index := until 20 }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ $.Release.Name }}-{{ $index }} }
spec:
  selector: { matchLabels: { app: {{ $.Release.Name }}-{{ $index }} } }
  template:
    metadata: { labels: { app: {{ $.Release.Name }}-{{ $index }} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: app, image: 'registry.example/app:{{ $.Values.tag }}' }]
{{- end }}
`;

async function writeLargeChart({ workingDirectory }: TestServices): Promise<void> {
  const chart = path.join(workingDirectory, 'app');
  await rm(chart, { recursive: true });
  await mkdir(path.join(chart, 'templates'), { recursive: true });
  await writeFile(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n');
  await writeFile(path.join(chart, 'values.yaml'), 'tag: 1.0.0\n');
  await writeFile(path.join(chart, 'templates/all.yaml'), OBJECTS);
}

it('deploys three hundred objects', async () => {
  const namespace = 'large';
  const setup = { cluster, helm: '4', prepare: writeLargeChart };
  const first = await deployChart(setup, { namespace });
  expect(first.result).toBe('deployed');
  expect(first.report.changes).toHaveLength(300);

  // Somebody's doing among three hundred objects.
  await cluster.kubectl('delete', 'configmap', 'app-17', '-n', namespace);
  const second = await deployChart(setup, { namespace, set: 'tag=1.1.0' });
  expect(second.result === 'deployed' ? '' : second.log).toBe('');
  expect(second.report.changes).toHaveLength(20);
  expect(second.report.drift).toEqual(['ConfigMap/app-17: it was deleted, and comes back']);
  const deployments = await cluster.get<{
    items: { spec: { template: { spec: { containers: { image: string }[] } } }; status: { readyReplicas?: number } }[];
  }>('deployments', '--namespace', namespace);
  const images = deployments?.items.map(({ spec }) => spec.template.spec.containers[0]?.image);
  expect(new Set(images)).toEqual(new Set(['registry.example/app:1.1.0']));
  expect(deployments?.items.map(({ status }) => status.readyReplicas)).toEqual(Array(20).fill(1));
});

it('warns when the record of a release nearly fills its Secret, and names the largest files', async () => {
  const prepare = async ({ workingDirectory }: TestServices) => {
    const folder = path.join(workingDirectory, 'app/dashboards');
    await mkdir(folder);
    await writeFile(path.join(folder, 'large.bin'), randomBytes(600_000));
    await writeFile(path.join(folder, 'small.bin'), randomBytes(60_000));
  };
  const run = await deployChart({ cluster, helm: '4', prepare }, { namespace: 'default', 'dry-run': 'true' });
  expect(run.result).toBe('planned');
  expect(run.log).toMatch(
    /warning: helm's record of this release takes \d+ % of what a Secret holds\. The largest files of the chart: dashboards\/large\.bin \(586 KiB\), dashboards\/small\.bin/,
  );
});

/** Ten more revisions of half a megabyte each, as helm writes them. */
async function addRevisions(namespace: string, count: number): Promise<void> {
  const folder = await temporaryFolder();
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app }\ndata: { greeting: hello }\n';
  for (let version = 1; version <= count; version++) {
    const release = {
      name: 'app',
      info: { status: version === count ? 'deployed' : 'superseded', last_deployed: '2026-01-01T00:00:00Z' },
      chart: {
        metadata: { name: 'app', version: '1.0.0', apiVersion: 'v2' },
        files: [{ name: 'filler', data: randomBytes(280_000).toString('base64') }],
      },
      manifest,
      version,
      namespace,
    };
    const encoded = gzipSync(JSON.stringify(release)).toString('base64');
    const labels = { name: 'app', owner: 'helm', status: release.info.status, version: String(version) };
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: { name: `sh.helm.release.v1.app.v${version}`, namespace, labels },
      data: { release: Buffer.from(encoded).toString('base64') },
    };
    await writeFile(path.join(folder, `${String(version).padStart(2, '0')}.json`), JSON.stringify(secret));
  }
  await cluster.kubectl('create', '--filename', folder);
  await rm(folder, { recursive: true });
}

it('reads a history of ten revisions of half a megabyte each, and keeps it to its limit', async () => {
  const namespace = 'history';
  await cluster.kubectl('create', 'namespace', namespace);
  await addRevisions(namespace, 10);
  // They do not say how they were applied, as those of helm 3: there is nothing to be forced.
  const run = await deployChart({ cluster, helm: '4' }, { namespace, 'history-max': '5', 'force-conflicts': 'true' });
  expect(run.result === 'deployed' ? '' : run.log).toBe('');
  expect(run.outputs).toMatchObject({ revision: '11', 'previous-revision': '10' });
  expect((await historyOf(cluster, namespace)).map(({ revision }) => revision)).toEqual([7, 8, 9, 10, 11]);
});
