/** What the credentials may not do, asked before anything is touched. */
import { HelmCdError } from '../core/errors.js';
import { describePermissions, isAllowed, readRules, type Permission, type Rules } from '../core/permissions.js';
import { record } from '../core/release-manifest.js';
import type { Cluster } from '../kubernetes/cluster.js';

const API = 'authorization.k8s.io/v1';

/** Posts a review as it is, which needs neither discovery nor a schema; nothing when the server does not take it. */
async function review(cluster: Cluster, kind: string, spec: object): Promise<string | undefined> {
  const path = `/apis/${API}/${kind.toLowerCase()}s`;
  const input = JSON.stringify({ apiVersion: API, kind, spec });
  const reply = await cluster.call(['create', '--raw', path, '--filename=-'], { input });
  return reply.failure === undefined ? reply.stdout : undefined;
}

/** All that is allowed in a namespace, in one request. */
async function rulesIn(cluster: Cluster, namespace: string): Promise<Rules | undefined> {
  const json = await review(cluster, 'SelfSubjectRulesReview', { namespace });
  return json === undefined ? undefined : readRules(json);
}

/** One that the rules do not show may be allowed all the same, by an authorizer that lists none: each is asked for. */
async function isDenied(cluster: Cluster, permission: Permission): Promise<boolean> {
  const { verb, group, namespace } = permission;
  const [resource, subresource] = permission.resource.split('/');
  const attributes = { namespace, verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
  const json = await review(cluster, 'SelfSubjectAccessReview', { resourceAttributes: attributes });
  return json !== undefined && record(record(JSON.parse(json))['status'])['allowed'] === false;
}

/** More than anybody grants at once; the rest shows when these are granted. */
const MOST_ASKED = 40;

/**
 * What of the needed permissions is denied. One request a namespace tells it when nothing is.
 * @returns nothing also where the server does not say.
 */
export async function deniedPermissions(
  cluster: Cluster,
  needed: readonly Permission[],
): Promise<readonly Permission[]> {
  const namespaces = [...new Set(needed.map(({ namespace }) => namespace))];
  const doubtful = await Promise.all(
    namespaces.map(async (namespace) => {
      const rules = await rulesIn(cluster, namespace);
      const here = needed.filter((permission) => permission.namespace === namespace);
      return rules === undefined ? [] : here.filter((permission) => !isAllowed(rules, permission));
    }),
  );
  const asked = doubtful.flat().slice(0, MOST_ASKED);
  const denied: Permission[] = [];
  for (let at = 0; at < asked.length; at += 4) {
    const some = asked.slice(at, at + 4);
    const answers = await Promise.all(some.map((permission) => isDenied(cluster, permission)));
    denied.push(...some.filter((_, index) => answers[index] === true));
  }
  return denied;
}

/** @throws HelmCdError `unauthorized` that lists all that is denied. */
export async function requirePermissions(cluster: Cluster, needed: readonly Permission[]): Promise<void> {
  const denied = await deniedPermissions(cluster, needed);
  if (denied.length === 0) return;
  const lines = describePermissions(denied);
  throw new HelmCdError(
    'unauthorized',
    `The credentials may not do what this deploy needs:\n${lines.map((line) => `- ${line}`).join('\n')}`,
    {
      hint: 'Nothing was deployed. Give them these permissions, with a Role and a RoleBinding in the namespace.',
    },
  );
}
