/**
 * What a deploy must be allowed to do, held against what the API server says the credentials may do
 * (authorization.k8s.io/v1 SelfSubjectRulesReview, SelfSubjectAccessReview).
 */
import { groupOf, record, type ManifestObject } from './release-manifest.js';

/** One thing that must be allowed, in the namespace `namespace`. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  /** With a subresource: `pods/log`. */
  readonly resource: string;
  readonly namespace: string;
}

/** A rule of a SelfSubjectRulesReview. */
interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Not for all names: then it says nothing for certain. */
  readonly named: boolean;
}

export interface Rules {
  readonly rules: readonly Rule[];
  /** The server could not list all. */
  readonly incomplete: boolean;
}

/** Groups whose resources are named by the rule; those of others only discovery knows. */
const isBuiltIn = (group: string) => !group.includes('.') || group.endsWith('.k8s.io');

/** Kinds whose resources are not the plural that Kubernetes makes of a kind's name. */
const IRREGULAR: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  NodeMetrics: 'nodes',
  PodMetrics: 'pods',
};

/** The resource of a kind, as Kubernetes itself guesses it (apimachinery's UnsafeGuessKindToResource). */
export function resourceOf(kind: string): string {
  const lower = kind.toLowerCase();
  const irregular = IRREGULAR[kind];
  if (irregular !== undefined) return irregular;
  if (/(?:s|x|ch|sh)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** Reads the answer to a SelfSubjectRulesReview. */
export function readRules(json: string): Rules {
  const status = record(record(JSON.parse(json))['status']);
  const rules = Array.isArray(status['resourceRules']) ? status['resourceRules'] : [];
  return {
    rules: rules.map(record).map((rule) => ({
      verbs: strings(rule['verbs']),
      groups: strings(rule['apiGroups']),
      resources: strings(rule['resources']),
      named: strings(rule['resourceNames']).length > 0,
    })),
    incomplete: status['incomplete'] === true,
  };
}

const covers = (list: readonly string[], wanted: string) => list.includes('*') || list.includes(wanted);

/** Whether the rules allow it for all names. */
export function isAllowed({ rules }: Rules, { verb, group, resource }: Permission): boolean {
  const [, subresource] = resource.split('/');
  return rules.some(
    (rule) =>
      !rule.named &&
      covers(rule.verbs, verb) &&
      covers(rule.groups, group) &&
      (covers(rule.resources, resource) || (subresource !== undefined && rule.resources.includes(`*/${subresource}`))),
  );
}

/** What helm does with the objects that it manages, and what a rollout is watched with. */
const OBJECT_VERBS = ['get', 'create', 'patch'];
/** Its own records. */
const RECORD_VERBS = ['get', 'list', 'create', 'update', 'delete'];

export interface DeployNeeds {
  readonly next: readonly ManifestObject[];
  /** Objects that the next manifest has no more. */
  readonly removed: readonly ManifestObject[];
  /** Namespace of the release. */
  readonly namespace: string;
}

/** All that a deploy, and a rollback after it, must be allowed; each once. Custom resources are left to the dry run. */
export function neededPermissions({ next, removed, namespace }: DeployNeeds): readonly Permission[] {
  const of = ({ ref }: ManifestObject, verb: string): Permission => ({
    verb,
    group: groupOf(ref.apiVersion),
    resource: resourceOf(ref.kind),
    namespace: ref.namespace === '' ? namespace : ref.namespace,
  });
  const own = (verb: string): Permission => ({ verb, group: '', resource: 'secrets', namespace });
  const all = [
    ...RECORD_VERBS.map(own),
    ...next.flatMap((object) => OBJECT_VERBS.map((verb) => of(object, verb))),
    ...removed.map((object) => of(object, 'delete')),
  ];
  const known = all.filter(({ group }) => isBuiltIn(group));
  return [...new Map(known.map((permission) => [JSON.stringify(permission), permission])).values()];
}

/** `get, patch deployments.apps in shop`, one line a resource. */
export function describePermissions(missing: readonly Permission[]): readonly string[] {
  const byResource = new Map<string, string[]>();
  for (const { verb, group, resource, namespace } of missing) {
    const key = `${resource}${group === '' ? '' : `.${group}`} in ${namespace}`;
    byResource.set(key, [...(byResource.get(key) ?? []), verb]);
  }
  return [...byResource].map(([resource, verbs]) => `${verbs.join(', ')} ${resource}`);
}
