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

/** As docs/getting-started-deployment.md has it: the one workflow in the repository, and what it says there. */
async function documented(): Promise<Readonly<Record<string, string>>> {
  const page = await readFile(path.join(projectRoot, 'docs/getting-started-deployment.md'), 'utf8');
  const [, file = '', workflow = ''] = /^## 2\. `([^`]+)`[^]*?^```yaml\n([^]*?)^```/m.exec(page) ?? [];
  return { [file]: workflow };
}

/** The repository of somebody who has just read that page. */
export const startedRepository: MoreRepository = {
  name: 'started',
  images: 'acme/started/*',
  files: async (host) => {
    const { 'helm-cd.yaml': config = '', ...rest } = files(host);
    const own = config
      .replaceAll('acme-charts/fleet', 'acme-charts/started')
      .replaceAll(fleet.namespace, started.namespace);
    return { ...rest, 'helm-cd.yaml': own, ...(await documented()) };
  },
  // It has Amazon's S3, which here is another one.
  settings: ({ s3 }) => ({ environment: { AWS_ENDPOINT_URL_S3: s3.endpoint } }),
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
