/** Looks at what the stories have made, past helm-cd: at the objects in S3, at the archive, at the API server, at git. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { World } from '../../demo/lib/world.mjs';

function output(command: string, args: string[], environment: Record<string, string> = {}): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}

export const gitIn = (folder: string, ...args: string[]): string => output('git', ['-C', folder, ...args]);

export function git(world: World, ...args: string[]): string {
  return gitIn(world.charts.bare, ...args);
}

/** The version of the chart, and of the two images, that a commit of the charts' repository has. */
export function versionsAt(world: World, commit: string): { chart: string; api: string; web: string } {
  const chart = parse(git(world, 'show', `${commit}:charts/shop/Chart.yaml`)) as { version: string };
  const values = parse(git(world, 'show', `${commit}:charts/shop/values.yaml`)) as Record<
    'api' | 'web',
    { image: { tag: string } }
  >;
  return { chart: chart.version, api: values.api.image.tag, web: values.web.image.tag };
}

/** A chart repository as it lies in the S3 server's folder: what its index says, and what its archives are. */
export function chartRepository(
  world: World,
  environment: string,
): { digests: Record<string, string>; archives: Record<string, string> } {
  const folder = path.join(world.s3.directory, 'acme-charts', environment);
  const index = parse(readFileSync(path.join(folder, 'index.yaml'), 'utf8')) as {
    entries: { shop: { version: string; digest: string }[] };
  };
  const archives = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  return {
    digests: Object.fromEntries(
      index.entries.shop.map(({ version, digest }) => [version, digest.replace(/^sha256:/, '')]),
    ),
    archives: Object.fromEntries(archives.map((name) => [name, sha256(path.join(folder, name))])),
  };
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The names of the files in an archive of develop's chart repository. */
export function archiveFiles(world: World, version: string): string[] {
  const archive = path.join(world.s3.directory, 'acme-charts', 'develop', `shop-${version}.tgz`);
  return output('tar', ['--list', '--gzip', '--file', archive]).trim().split('\n');
}

export function kubectl(world: World, ...args: string[]): string {
  return output(path.join(world.bin, 'kubectl'), args, { KUBECONFIG: world.kubeconfig, HOME: world.home });
}

interface Deployment {
  metadata: { name: string; annotations: Record<string, string> };
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
  status: { updatedReplicas?: number; readyReplicas?: number };
}

/** What each deployment of a namespace asks for, and whether all of it is there. */
export function deployments(
  world: World,
  namespace: string,
): Record<string, { tag: string; replicas: number; complete: boolean; rollouts: number }> {
  const { items } = JSON.parse(kubectl(world, 'get', 'deployments', '-n', namespace, '-o', 'json')) as {
    items: Deployment[];
  };
  return Object.fromEntries(
    items.map(({ metadata, spec, status }) => [
      metadata.name,
      {
        tag: spec.template.spec.containers[0]!.image.split(':').at(-1)!,
        replicas: spec.replicas,
        complete: status.updatedReplicas === spec.replicas && status.readyReplicas === spec.replicas,
        rollouts: Number(metadata.annotations['deployment.kubernetes.io/revision']),
      },
    ]),
  );
}

/** The data of a Secret, decoded. */
export function secret(world: World, namespace: string, name: string): Record<string, string> {
  const { data } = JSON.parse(kubectl(world, 'get', 'secret', name, '-n', namespace, '-o', 'json')) as {
    data: Record<string, string>;
  };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** The labels of an image in the registry. */
export async function imageLabels(world: World, name: string, tag: string): Promise<Record<string, string>> {
  const base = `http://${world.registry.host}/v2/${name}`;
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const { config } = (await (await fetch(`${base}/manifests/${tag}`, { headers })).json()) as {
    config: { digest: string };
  };
  const image = (await (await fetch(`${base}/blobs/${config.digest}`)).json()) as {
    config: { Labels: Record<string, string> };
  };
  return image.config.Labels;
}

/** All that the demo has written for people: the logs of the workflow runs, and their job summaries. */
export function everythingWritten(world: World): string {
  return ['logs', 'summaries']
    .flatMap((folder) =>
      readdirSync(path.join(world.output, folder)).map((name) => path.join(world.output, folder, name)),
    )
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}
