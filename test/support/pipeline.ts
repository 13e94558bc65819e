/** A chart repository with the chart `app` and one environment, for tests of the root's action. */
import { cp, mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { edit, writeFiles } from './charts.js';
import type { CompositeOptions } from './composite.js';
import { openCompositeWorld, type CompositeWorld } from './composite-world.js';
import { appChart } from './deploy.js';

export interface PipelineWorld extends CompositeWorld {
  /** The folder that is the environment's chart repository. */
  readonly shelf: string;
  /** The environment's namespace. */
  readonly namespace: string;
  /** A file of the chart. */
  chartFile(name: string): string;
  /** The archives in the chart repository. */
  published(): Promise<readonly string[]>;
  /** Gives the chart another version, and its values other texts. */
  nextVersion(version: string, edits: readonly (readonly [string, string])[]): Promise<void>;
  /** Gives the environment another mode. */
  mode(mode: 'deployment' | 'delivery'): Promise<void>;
}

export async function openPipelineWorld(namespace: string): Promise<PipelineWorld> {
  const world = await openCompositeWorld('');
  const shelf = path.join(world.folder, 'shelf');
  const chartFile = (name: string) => path.join(world.workspace, 'charts/app', name);
  const mode = (text: string) =>
    writeFiles(world.workspace, {
      'helm-cd.yaml': `charts:
  app: { path: charts/app }
environments:
  develop:
    branch: main
    repository: file://${shelf}
    mode: ${text}
    cluster: { namespace: ${namespace} }
`,
    });
  await mkdir(shelf);
  await cp(appChart, path.join(world.workspace, 'charts/app'), { recursive: true });
  await mode('deployment');
  return {
    ...world,
    shelf,
    namespace,
    chartFile,
    mode,
    published: async () => (await readdir(shelf)).filter((file) => file.endsWith('.tgz')).sort(),
    async nextVersion(version, edits) {
      const [old = ''] = /version: .*/.exec(await readFile(chartFile('Chart.yaml'), 'utf8')) ?? [];
      await edit(chartFile('Chart.yaml'), old, `version: ${version}`);
      for (const [from, to] of edits) await edit(chartFile('values.yaml'), from, to);
    },
  };
}

/** A push to a branch of acme/charts. */
export function push(
  branch = 'main',
  environment: Readonly<Record<string, string>> = {},
): Pick<CompositeOptions, 'environment'> {
  return {
    environment: {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF_NAME: branch,
      GITHUB_REF_TYPE: 'branch',
      GITHUB_REPOSITORY: 'acme/charts',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: '1',
      ...environment,
    },
  };
}

/** `deploy ok deployed` for each step. */
export function stepsOf(outputs: Readonly<Record<string, string>>): readonly string[] {
  const steps = JSON.parse(outputs['steps'] ?? '[]') as { step: string; state: string; result: string }[];
  return steps.map(({ step, state, result }) => `${step} ${state} ${result}`.trim());
}
