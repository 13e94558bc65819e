/** Real charts, rendered by the real helm without the network. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareChart } from '../../src/charts/prepare.js';
import { messageOf } from '../../src/core/errors.js';
import type { Services } from '../../src/core/ports.js';
import { splitRender } from '../../src/core/rendered-documents.js';
import { createHelm, type Helm } from '../../src/helm/helm.js';
import { renderChart } from '../../src/helm/template.js';
import { webChart, writeFiles } from './charts.js';
import { projectRoot } from './services.js';

export interface ChartToRender {
  readonly name: string;
  readonly folder: string;
  /** Each set of values files is a render; an empty one has the chart's defaults. */
  readonly values: readonly (readonly string[])[];
}

export interface RenderedCharts {
  /** The text of each document. */
  readonly documents: readonly string[];
  /** What could not be rendered, and why. */
  readonly skipped: readonly string[];
}

/** Charts of all kinds of repositories, to be there beside the clone or not. */
const CORPUS = path.resolve(projectRoot, '../shared/corpus');

const CREATED_VALUES = [
  '{}',
  'ingress: {enabled: true, className: nginx, tls: [{secretName: tls, hosts: [chart-example.local]}]}\nautoscaling: {enabled: true, targetMemoryUtilizationPercentage: 80}',
  'replicaCount: 3\nservice: {type: NodePort, port: 8080}\nserviceAccount: {annotations: {a: b}, automount: false}\npodAnnotations: {a: b}\npodLabels: {a: b}\npodSecurityContext: {fsGroup: 2000}\nsecurityContext: {runAsNonRoot: true, capabilities: {drop: [ALL]}}\nresources: {limits: {cpu: 100m, memory: 128Mi}}\nvolumes: [{name: foo, secret: {secretName: mysecret, optional: false}}]\nvolumeMounts: [{name: foo, mountPath: /etc/foo, readOnly: true}]\nnodeSelector: {a: b}\ntolerations: [{operator: Exists}]\naffinity: {nodeAffinity: {}}\nimagePullSecrets: [{name: x}]',
  'httpRoute: {enabled: true}\nserviceAccount: {create: false}\nlivenessProbe: null',
];

const isFolder = (file: string) =>
  stat(file).then(
    (info) => info.isDirectory(),
    () => false,
  );

async function corpusCharts(): Promise<readonly ChartToRender[]> {
  if (!(await isFolder(CORPUS))) return [];
  const files = await readdir(CORPUS, { recursive: true });
  const folders = files.filter((file) => path.basename(file) === 'Chart.yaml').map((file) => path.dirname(file));
  return Promise.all(
    folders.sort().map(async (name) => {
      const folder = path.join(CORPUS, name);
      const ci = files.filter((file) => path.dirname(file) === path.join(name, 'ci') && file.endsWith('-values.yaml'));
      return { name, folder, values: [[], ...ci.sort().map((file) => [path.join(CORPUS, file)])] };
    }),
  );
}

/** The charts of the examples, of the tests, as `helm create` makes them, and of the corpus when it is there. */
export async function realCharts(helm: Helm, folder: string): Promise<readonly ChartToRender[]> {
  await writeFiles(path.join(folder, 'web'), webChart());
  await helm.run(['create', path.join(folder, 'created')]);
  const values = CREATED_VALUES.map((_, index) => path.join(folder, `created-${index}.yaml`));
  for (const [index, text] of CREATED_VALUES.entries()) await writeFile(values[index] ?? '', text);
  await writeFile(path.join(folder, 'web.yaml'), 'ingress: {enabled: true}');
  const shop = path.join(projectRoot, 'examples/shop/charts/shop');
  return [
    { name: 'web', folder: path.join(folder, 'web'), values: [[path.join(folder, 'web.yaml')]] },
    { name: 'created', folder: path.join(folder, 'created'), values: values.map((file) => [file]) },
    {
      name: 'examples/shop',
      folder: shop,
      values: ['develop', 'production'].map((name) => [path.join(shop, 'env', `${name}.yaml`)]),
    },
    ...(await corpusCharts()),
  ];
}

/** Opens helm 4 of the toolchain. */
export async function openHelm(services: Services): Promise<Helm> {
  return createHelm(await services.tools.helm('4'), services);
}

/** Renders charts for a Kubernetes minor that serves these API versions. */
export async function renderCharts(
  charts: readonly ChartToRender[],
  { minor, apiVersions }: { readonly minor: number; readonly apiVersions: readonly string[] },
  helm: Helm,
  services: Services,
): Promise<RenderedCharts> {
  const documents: string[] = [];
  const skipped: string[] = [];
  for (const { name, folder, values } of charts) {
    try {
      const chart = await prepareChart(folder, helm, services);
      for (const files of values) {
        const own = { release: 'try', namespace: 'try', chart, values: files };
        const { output, problems } = await renderChart(helm, { ...own, kubeVersion: `1.${minor}.0`, apiVersions });
        const where = [name, ...files.map((file) => path.basename(file))].join(' ');
        if (problems.length > 0) skipped.push(`${where}: ${problems.map(({ message }) => message).join('; ')}`);
        else documents.push(...splitRender(output).map(({ text }) => text));
      }
    } catch (error) {
      skipped.push(`${name}: ${messageOf(error)}`);
    }
  }
  return { documents: [...new Set(documents)], skipped };
}
