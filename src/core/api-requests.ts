/**
 * What kubectl would ask the API server for, given its arguments: for those few calls that are made again and again. Everything
 * else is left to kubectl.
 */
import type { KubernetesObject } from './kubernetes-object.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** The form in which objects are wanted; JSON, whole, without it. */
  readonly accept?: string;
}

export interface ApiCall {
  readonly requests: readonly ApiRequest[];
  /** An object that is not there is no failure. */
  readonly ignoreNotFound: boolean;
  /** What is printed: the object or the list, its name, or just what the server said. */
  readonly output: 'json' | 'name' | 'raw';
}

interface Resource {
  readonly plural: string;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly base: string;
  readonly namespaced: boolean;
}

const named = (base: string, ...plurals: readonly string[]): readonly Resource[] =>
  plurals.map((plural) => ({ plural, base, namespaced: true }));

/** Served under these versions by every Kubernetes that is still in use. */
const RESOURCES: readonly Resource[] = [
  { plural: 'namespaces', base: '/api/v1', namespaced: false },
  ...named('/api/v1', 'pods', 'secrets', 'persistentvolumeclaims'),
  ...named('/apis/apps/v1', 'deployments', 'replicasets', 'statefulsets', 'daemonsets'),
  ...named('/apis/batch/v1', 'jobs'),
  ...named('/apis/coordination.k8s.io/v1', 'leases'),
];

/** `pods`, `pod`, `deployments.apps`. */
function resourceOf(name: string): Resource | undefined {
  const [plural = '', ...group] = name.split('.');
  return RESOURCES.find((resource) => {
    if (plural !== resource.plural && plural !== resource.plural.slice(0, -1)) return false;
    return group.length === 0 || resource.base.startsWith(`/apis/${group.join('.')}/`);
  });
}

function collection(resource: Resource, namespace: string | undefined): string | undefined {
  if (!resource.namespaced) return `${resource.base}/${resource.plural}`;
  if (namespace === undefined || namespace === '') return undefined;
  return `${resource.base}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`;
}

interface Words {
  readonly verb: string;
  readonly positionals: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

function split(args: readonly string[]): Words {
  const flags = new Map<string, string>();
  const positionals: string[] = [];
  for (const arg of args) {
    const [, name = '', value = ''] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
    if (name === '') positionals.push(arg);
    else flags.set(name, value);
  }
  const [verb = '', ...rest] = positionals;
  return { verb, positionals: rest, flags };
}

function only(flags: ReadonlyMap<string, string>, ...known: readonly string[]): boolean {
  return [...flags.keys()].every((flag) => known.includes(flag));
}

function get({ positionals, flags }: Words, namespace: string | undefined): ApiCall | undefined {
  if (!only(flags, 'output', 'ignore-not-found', 'selector')) return undefined;
  const output = flags.get('output');
  if (output !== 'json' && output !== 'name') return undefined;
  const [what = '', ...names] = positionals;
  const [kinds = '', ownName] = what.split('/');
  if (ownName !== undefined) {
    if (names.length > 0) return undefined;
    names.push(ownName);
  }
  const resources = kinds.split(',').map(resourceOf);
  const selector = flags.get('selector');
  if (names.length > 0 && (resources.length !== 1 || selector !== undefined)) return undefined;
  const query = selector === undefined ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  const requests: ApiRequest[] = [];
  for (const resource of resources) {
    const path = resource === undefined ? undefined : collection(resource, namespace);
    if (path === undefined) return undefined;
    if (names.length === 0) requests.push({ method: 'GET', path: `${path}${query}` });
    for (const name of names) requests.push({ method: 'GET', path: `${path}/${encodeURIComponent(name)}` });
  }
  return { requests, output, ignoreNotFound: flags.has('ignore-not-found') };
}

interface Identified {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** The object that is created or replaced, and where. */
function target(input: string, namespace: string | undefined) {
  const { apiVersion, kind = '', metadata } = JSON.parse(input) as Identified;
  const resource = resourceOf(`${kind.toLowerCase()}s`);
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion ?? ''}`;
  if (resource === undefined || resource.base !== base) return undefined;
  if (metadata?.namespace !== undefined && metadata.namespace !== namespace) return undefined;
  return { path: collection(resource, namespace), name: metadata?.name ?? '' };
}

/**
 * @param args of kubectl.
 * @param namespace of `--namespace`.
 * @param input its standard input.
 * @returns nothing for what only kubectl can do.
 */
export function apiCall(
  args: readonly string[],
  namespace: string | undefined,
  input: string | undefined,
): ApiCall | undefined {
  const words = split(args);
  const { verb, positionals, flags } = words;
  const write = { contentType: 'application/json', ...(input === undefined ? {} : { body: input }) };
  if (verb === 'get') return get(words, namespace);
  if (verb === 'create' && flags.has('raw') && only(flags, 'raw', 'filename') && flags.get('filename') === '-') {
    // Its path is an argument of its own.
    const [path] = positionals;
    if (path === undefined || positionals.length !== 1) return undefined;
    return { requests: [{ method: 'POST', path, ...write }], output: 'raw', ignoreNotFound: false };
  }
  if ((verb === 'create' || verb === 'replace') && only(flags, 'filename') && input !== undefined) {
    const place = target(input, namespace);
    if (place?.path === undefined || place.name === '' || positionals.length > 0) return undefined;
    const request: ApiRequest =
      verb === 'create'
        ? { method: 'POST', path: `${place.path}?fieldManager=kubectl-create`, ...write }
        : {
            method: 'PUT',
            path: `${place.path}/${encodeURIComponent(place.name)}?fieldManager=kubectl-replace`,
            ...write,
          };
    return { requests: [request], output: 'raw', ignoreNotFound: false };
  }
  if (verb === 'patch' && only(flags, 'type', 'patch')) return patch(words, namespace);
  return undefined;
}

const PATCH_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
};

function patch({ positionals, flags }: Words, namespace: string | undefined): ApiCall | undefined {
  const [kind = '', name = ''] = positionals.length === 1 ? (positionals[0] ?? '').split('/') : positionals;
  const contentType = PATCH_TYPES[flags.get('type') ?? ''];
  const body = flags.get('patch') ?? '';
  const resource = resourceOf(kind);
  const path = resource === undefined ? undefined : collection(resource, namespace);
  if (path === undefined || contentType === undefined || name === '' || positionals.length > 2) return undefined;
  const request = { method: 'PATCH', path: `${path}/${encodeURIComponent(name)}?fieldManager=kubectl-patch` } as const;
  return { requests: [{ ...request, contentType, body }], output: 'raw', ignoreNotFound: false };
}

interface List {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly items?: readonly KubernetesObject[];
}

/** The objects of what the server said: those of a list do not say what they are, the list does. */
export function objectsOf(said: unknown): readonly KubernetesObject[] {
  const { kind = '', apiVersion = '', items } = said as List;
  if (!Array.isArray(items)) return [said as KubernetesObject];
  const common = { apiVersion, kind: kind.replace(/List$/, '') };
  return (items as readonly KubernetesObject[]).map((item) => ({ ...common, ...item }));
}

/** What kubectl writes to standard error for what the API server (or the way to it) answered. */
export function kubectlError(status: number, body: string): string {
  try {
    const { kind, reason, message } = JSON.parse(body) as { kind?: string; reason?: string; message?: string };
    if (kind === 'Status') return `Error from server (${reason || status}): ${message ?? ''}`;
  } catch {
    // Whatever stands between us and the server has no Status.
  }
  const said = body.trim() || `status ${status}`;
  // What kubectl's proxy says when it gets no answer itself.
  return status === 502 ? `Unable to connect to the server: ${said}` : `Error from server (${status}): ${said}`;
}
