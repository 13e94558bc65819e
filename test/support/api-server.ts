/** The real API server's word on single objects: a dry run with strict field validation. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { toolchainBin } from './services.js';

export interface ApiServer {
  /** @returns the server's reason for refusing the object; empty when it would take it. */
  says(object: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** By way of `kubectl proxy`, which holds the credentials. */
export async function openApiServer(kubeconfig: string): Promise<ApiServer> {
  const child = spawn(path.join(toolchainBin, 'kubectl'), ['proxy', '--port=0', `--kubeconfig=${kubeconfig}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('kubectl proxy ended')));
    child.stdout.on('data', (chunk: Buffer) => {
      const port = /127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  const groups = new Map<string, Promise<readonly Resource[]>>();
  const resourcesOf = (base: string) => {
    const known =
      groups.get(base) ??
      fetch(`${url}${base}`).then(
        async (answer) => ((await answer.json()) as { resources?: Resource[] }).resources ?? [],
      );
    groups.set(base, known);
    return known;
  };
  return {
    async says(object) {
      const apiVersion = String(object['apiVersion']);
      const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const resource = (await resourcesOf(base)).find(
        ({ kind, name }) => kind === object['kind'] && !name.includes('/'),
      );
      if (resource === undefined) return `no matches for kind ${String(object['kind'])}`;
      const { namespace = 'default' } = (object['metadata'] ?? {}) as { namespace?: string };
      const place = resource.namespaced ? `${base}/namespaces/${encodeURIComponent(namespace)}` : base;
      const answer = await fetch(`${url}${place}/${resource.name}?dryRun=All&fieldValidation=Strict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(object),
      });
      const body = (await answer.json()) as { message?: string };
      return answer.ok ? '' : (body.message ?? `HTTP ${answer.status}`);
    },
    close: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('close', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}
