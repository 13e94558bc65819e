/**
 * Many objects at once over the one connection, side by side, where kubectl goes through them one after the other. It is for the
 * way on which all goes well: whatever cannot be done so is left to kubectl, which has the words for it.
 */
import type { ApiRequest } from '../core/api-requests.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import type { ManifestObject } from '../core/release-manifest.js';
import type { RequestOptions } from './api-connection.js';

/** A request's answer; nothing when there is no connection. */
export type Send = (
  request: ApiRequest,
  options: RequestOptions,
) => Promise<{ readonly status: number; readonly body: string } | undefined>;

/** An admission webhook may take half a minute. */
const OPTIONS: RequestOptions = { timeoutMs: 90_000, silenceMs: 60_000, ignoreCancel: false, signal: undefined };

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface ApplyOptions {
  readonly namespace: string;
  readonly fieldManager: string;
  readonly force: boolean;
}

function basePath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  return { ...object, metadata };
}

/** What became of one object of many. */
export interface TriedObject {
  /** The HTTP status; 0 when it could not be asked for at all. */
  readonly status: number;
  readonly object?: KubernetesObject;
}

function patchOf(path: string, { content }: ManifestObject, { fieldManager, force }: ApplyOptions): ApiRequest {
  const manager = encodeURIComponent(fieldManager);
  return {
    method: 'PATCH',
    path: `${path}?dryRun=All&fieldManager=${manager}&fieldValidation=Strict&force=${force}`,
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify(content),
  };
}

/** Objects of a cluster whose resources are asked for once. */
export class DirectObjects {
  private readonly send: Send;
  private readonly resources = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(send: Send) {
    this.send = send;
  }

  private resourcesOf(apiVersion: string): Promise<readonly ApiResource[]> {
    const known = this.resources.get(apiVersion) ?? this.discover(apiVersion);
    this.resources.set(apiVersion, known);
    return known;
  }

  private async discover(apiVersion: string): Promise<readonly ApiResource[]> {
    const answer = await this.send({ method: 'GET', path: basePath(apiVersion) }, OPTIONS);
    if (answer?.status !== 200) return [];
    const { resources = [] } = JSON.parse(answer.body) as { readonly resources?: readonly ApiResource[] };
    return resources.filter(({ name }) => !name.includes('/'));
  }

  private async pathOf({ ref, content }: ManifestObject, namespace: string): Promise<string | undefined> {
    const resource = (await this.resourcesOf(ref.apiVersion)).find(({ kind }) => kind === ref.kind);
    const { name, namespace: own } = (content['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
    if (resource === undefined || typeof name !== 'string' || name === '') return undefined;
    const home = typeof own === 'string' && own !== '' ? own : namespace;
    const place = resource.namespaced ? `/namespaces/${encodeURIComponent(home)}` : '';
    return `${basePath(ref.apiVersion)}${place}/${resource.name}/${encodeURIComponent(name)}`;
  }

  private async all(
    objects: readonly ManifestObject[],
    namespace: string,
    requestFor: (path: string, object: ManifestObject) => ApiRequest,
    absent: 'skip' | 'fail',
  ): Promise<readonly KubernetesObject[] | undefined> {
    const paths = await Promise.all(objects.map((object) => this.pathOf(object, namespace)));
    if (paths.includes(undefined)) return undefined;
    const answers = await Promise.all(
      objects.map((object, index) => this.send(requestFor(paths[index] ?? '', object), OPTIONS)),
    );
    const found: KubernetesObject[] = [];
    for (const answer of answers) {
      if (answer?.status === 404 && absent === 'skip') continue;
      if (answer?.status !== 200 && answer?.status !== 201) return undefined;
      found.push(withoutManagedFields(JSON.parse(answer.body) as KubernetesObject));
    }
    return found;
  }

  /**
   * What the objects would be if they were applied on the server (server-side apply with `dryRun=All`).
   * @returns nothing when one was refused, or could not be tried.
   */
  dryRun(objects: readonly ManifestObject[], options: ApplyOptions): Promise<readonly KubernetesObject[] | undefined> {
    return this.all(objects, options.namespace, (path, object) => patchOf(path, object, options), 'fail');
  }

  /** The same, object by object, also when some are refused. */
  dryRunEach(objects: readonly ManifestObject[], options: ApplyOptions): Promise<readonly TriedObject[]> {
    return this.each(objects, options.namespace, (path, object) => patchOf(path, object, options));
  }

  /** The objects as they are, object by object, also when some may not be read. */
  getEach(objects: readonly ManifestObject[], namespace: string): Promise<readonly TriedObject[]> {
    return this.each(objects, namespace, (path) => ({ method: 'GET', path }));
  }

  private each(
    objects: readonly ManifestObject[],
    namespace: string,
    requestFor: (path: string, object: ManifestObject) => ApiRequest,
  ): Promise<readonly TriedObject[]> {
    return Promise.all(
      objects.map(async (object): Promise<TriedObject> => {
        const path = await this.pathOf(object, namespace);
        const answer = path === undefined ? undefined : await this.send(requestFor(path, object), OPTIONS);
        if (answer?.status !== 200 && answer?.status !== 201) return { status: answer?.status ?? 0 };
        return { status: 200, object: withoutManagedFields(JSON.parse(answer.body) as KubernetesObject) };
      }),
    );
  }

  /**
   * The objects as they are; without those that are not there.
   * @returns nothing when one could not be read.
   */
  get(objects: readonly ManifestObject[], namespace: string): Promise<readonly KubernetesObject[] | undefined> {
    return this.all(objects, namespace, (path) => ({ method: 'GET', path }), 'skip');
  }
}
