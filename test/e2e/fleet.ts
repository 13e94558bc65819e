/** A chart repository with ten services in one chart, each with an image of its own. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { workflowFiles } from '../../demo/lib/repositories.mjs';
import type { MoreRepository } from '../../demo/lib/world.mjs';
import { projectRoot } from '../support/services.js';

export const services: readonly string[] = [
  ...['cart', 'catalog', 'checkout', 'email', 'inventory'],
  ...['login', 'payment', 'ratings', 'search', 'shipping'],
];

export const started = { repository: 'acme/started', namespace: 'started-develop' } as const;
export const careful = { repository: 'acme/careful', namespace: 'careful-production' } as const;
export const fleet = { repository: 'acme/fleet', chart: 'fleet', namespace: 'fleet-develop' } as const;

const deployment = `\
{{- range $name, $service := .Values.services }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels: { app.kubernetes.io/name: {{ $name }} }
spec:
  selector: { matchLabels: { app.kubernetes.io/name: {{ $name }} } }
  template:
    metadata: { labels: { app.kubernetes.io/name: {{ $name }} } }
    spec:
      containers:
        - name: {{ $name }}
          image: '{{ $service.image.repository }}:{{ $service.image.tag }}'
          resources: { requests: { cpu: 1m, memory: 4Mi }, limits: { memory: 8Mi } }
{{- end }}
`;

function files(host: string): Readonly<Record<string, string>> {
  const image = (name: string) => ({ repository: `${host}/acme/fleet/${name}`, tag: '1.0.0' });
  return {
    'helm-cd.yaml': stringify({
      charts: { fleet: { path: 'charts/fleet' } },
      environments: {
        develop: {
          branch: 'develop',
          repository: 's3://acme-charts/fleet',
          mode: 'deployment',
          kubernetes: ['1.36'],
          cluster: { namespace: fleet.namespace },
        },
      },
    }),
    'charts/fleet/Chart.yaml':
      'apiVersion: v2\nname: fleet\ndescription: Ten services\ntype: application\nversion: 1.0.0\n',
    'charts/fleet/values.yaml': stringify({
      services: Object.fromEntries(services.map((name) => [name, { image: image(name) }])),
    }),
    'charts/fleet/templates/deployments.yaml': deployment,
  };
}

const workflows = ['bump', 'chart-pipeline', 'watch'].map((name) => `deployment/${name}.yml`);

/** The first YAML block of a page of docs/ after a heading. */
async function documented(page: string, heading: string): Promise<string> {
  const text = `\n${await readFile(path.join(projectRoot, 'docs', page), 'utf8')}`;
  return /^```yaml\n([^]*?)^```/m.exec(text.slice(text.indexOf(`\n${heading}`)))?.[1] ?? '';
}

/** The chart with other services' names in its configuration. */
function filesOf(host: string, { name, namespace }: { readonly name: string; readonly namespace: string }) {
  const { 'helm-cd.yaml': config = '', ...rest } = files(host);
  return {
    ...rest,
    'helm-cd.yaml': config.replace('acme-charts/fleet', `acme-charts/${name}`).replace(fleet.namespace, namespace),
  };
}

/** The repository of somebody who has just read docs/getting-started-deployment.md. */
export const startedRepository: MoreRepository = {
  name: 'started',
  files: async (host) => ({
    ...filesOf(host, { name: 'started', namespace: started.namespace }),
    '.github/workflows/chart.yml': await documented(
      'getting-started-deployment.md',
      '## 2. `.github/workflows/chart.yml`',
    ),
  }),
  // It has Amazon's S3, which here is another one.
  settings: ({ s3 }) => ({ environment: { AWS_ENDPOINT_URL_S3: s3.endpoint } }),
};

/** The repository of somebody who has read docs/pipeline.md, and lets nobody but people deploy. */
export const carefulRepository: MoreRepository = {
  name: 'careful',
  files: async (host) => {
    const own = filesOf(host, { name: 'careful', namespace: careful.namespace });
    return {
      ...own,
      'helm-cd.yaml': own['helm-cd.yaml']
        .replace('develop:', 'production:')
        .replace('mode: deployment', 'mode: delivery'),
      '.github/workflows/charts.yml': await documented('pipeline.md', '# The whole way in one step'),
      ...(await workflowFiles(['delivery/deploy.yml'])),
    };
  },
  settings: ({ s3 }) => ({
    environment: {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  }),
};

/** May commit to the fleet's repository, as an App's installation. */
export const APP_TOKEN = 'ghs_fleet_app';

/** The repository, for the world: a GitHub App makes its bumps, and what that pushes starts workflows. */
export const fleetRepository: MoreRepository = {
  name: 'fleet',
  images: 'acme/fleet/*',
  settings: (world, settings) => ({
    secrets: { ...settings.secrets, HELM_CD_APP_PRIVATE_KEY: APP_TOKEN },
    variables: { ...settings.variables, HELM_CD_APP_CLIENT_ID: 'Iv23fleet' },
  }),
  files: async (host) => ({ ...files(host), ...(await workflowFiles(workflows)) }),
};
