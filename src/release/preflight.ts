/** What the API server would say to the next manifest, asked before anything is touched. */
import { stringify } from 'yaml';
import { describeRefusal, readRefusals, type Refusal } from '../core/apply-refusals.js';
import { HelmCdError } from '../core/errors.js';
import { findDrift, type Drift } from '../core/drift.js';
import { neededPermissions, type Permission } from '../core/permissions.js';
import type { RenderedRelease, Revision } from '../core/release.js';
import { readManifest, readObjects, refKey, type ManifestObject } from '../core/release-manifest.js';
import { requirePermissions } from './permissions.js';
import type { ReleaseContext } from './roll-back.js';

const TIMEOUT_MS = 3 * 60_000;

export interface PreflightOptions {
  /** What is deployed now: objects that the next manifest has no more are deleted. */
  readonly base: RenderedRelease | undefined;
  readonly next: RenderedRelease;
  /** How this one was applied is how the next one will be: for an upgrade the newest, for a rollback the one that it goes to. */
  readonly newest: Revision | undefined;
  /** Only a plan: the credentials need not be allowed to deploy. */
  readonly planOnly: boolean;
}

/** helm 4 applies on the server for releases that it made itself; helm 3, and releases made by it, merge on the client. */
export function appliesOnServer(major: number, newest: Revision | undefined): boolean {
  return major >= 4 && (newest === undefined || newest.applyMethod === 'ssa');
}

interface DryRun {
  readonly refusals: readonly Refusal[];
  /** What each object would be; none when one was refused. */
  readonly after: readonly ManifestObject[];
}

async function dryRun(context: ReleaseContext, options: PreflightOptions): Promise<DryRun> {
  const { cluster, target, helm, forceConflicts } = context;
  const objects = readManifest(options.next.manifest, target.namespace);
  if (objects.length === 0) return { refusals: [], after: [] };
  const serverSide = appliesOnServer(helm.major, options.newest);
  const taking = !serverSide || forceConflicts;
  const { namespace } = target;
  const { fieldManager } = context;
  const done = await cluster.objects.dryRun(objects, { namespace, fieldManager, force: taking });
  if (done !== undefined)
    return { refusals: [], after: readObjects(JSON.stringify({ kind: 'List', items: done }), namespace) };
  // What was refused, and why, kubectl says in its words.
  const force = taking ? ['--force-conflicts'] : [];
  const args = [
    'apply',
    '--filename=-',
    '--server-side',
    '--dry-run=server',
    `--field-manager=${context.fieldManager}`,
  ];
  const callOptions = {
    namespace: target.namespace,
    input: objects.map(({ content }) => stringify(content, { aliasDuplicateObjects: false })).join('---\n'),
    timeoutMs: TIMEOUT_MS,
  };
  const tried = await cluster.call([...args, ...force, '--output=json'], callOptions);
  if (tried.failure === undefined) return { refusals: [], after: readObjects(tried.stdout, target.namespace) };
  // Of several objects kubectl prints none as JSON when one is refused, but the names of the others as they go.
  const { stdout, stderr, failure } = await cluster.call([...args, ...force, '--output=name'], callOptions);
  if (failure === undefined) return { refusals: [], after: [] };
  const refs = objects.map(({ ref }) => ref);
  const refusals = readRefusals(refs, target.namespace, stdout, stderr);
  // A client-side merge is laxer than this dry run: what only server-side apply would refuse is for helm to find out.
  if (serverSide) return { refusals, after: [] };
  const isDoubtful = ({ kind, message }: Refusal) =>
    kind === 'permission' || /field not declared in schema|duplicate entries/.test(message);
  return {
    refusals: refusals.map((refusal) => (isDoubtful(refusal) ? { ...refusal, kind: 'unknown' as const } : refusal)),
    after: [],
  };
}

function hintFor(refusals: readonly Refusal[]): string {
  if (refusals.some(({ kind }) => kind === 'conflict')) {
    return 'Nothing was deployed. Leave the field out of the chart (replicas, where an autoscaler sets them), or take it over with force-conflicts: true.';
  }
  if (refusals.some(({ message }) => message.includes('immutable'))) {
    return 'Nothing was deployed. An immutable field can only change with a new object: rename it, or delete the old one first.';
  }
  if (refusals.some(({ kind }) => kind === 'permission')) {
    return 'Nothing was deployed. Give the credentials these permissions in the namespace.';
  }
  return 'Nothing was deployed.';
}

/** What is there of the objects that are deployed and stay; nothing when the credentials may not read all of it. */
async function liveObjects(
  { cluster, target }: ReleaseContext,
  { next, base }: PreflightOptions,
): Promise<readonly ManifestObject[] | undefined> {
  if (base === undefined) return undefined;
  const keys = new Set(readManifest(base.manifest, target.namespace).map(({ ref }) => refKey(ref)));
  const stay = readManifest(next.manifest, target.namespace).filter(({ ref }) => keys.has(refKey(ref)));
  if (stay.length === 0) return undefined;
  const found = await cluster.objects.get(stay, target.namespace);
  if (found !== undefined) return readObjects(JSON.stringify({ kind: 'List', items: found }), target.namespace);
  const reply = await cluster.call(['get', '--filename=-', '--ignore-not-found', '--output=json'], {
    namespace: target.namespace,
    input: stay.map(({ content }) => stringify(content, { aliasDuplicateObjects: false })).join('---\n'),
    timeoutMs: TIMEOUT_MS,
  });
  return reply.failure === undefined ? readObjects(reply.stdout, target.namespace) : undefined;
}

/** What helm will do that the dry run does not try: its records, and what it deletes. */
function needsOf({ target }: ReleaseContext, { next, base }: PreflightOptions): readonly Permission[] {
  const { namespace } = target;
  const objects = readManifest(next.manifest, namespace);
  const keys = new Set(objects.map(({ ref }) => refKey(ref)));
  const before = base === undefined ? [] : readManifest(base.manifest, namespace);
  return neededPermissions({ next: objects, removed: before.filter(({ ref }) => !keys.has(refKey(ref))), namespace });
}

/**
 * Tries every object on the server without persisting it: admission, quotas, immutable fields, field managers, permissions.
 * @returns what somebody has changed in the cluster since the last deploy, which this one sets back.
 * @throws HelmCdError `refused` (`unauthorized` for permissions alone) with everything that was refused, in one message.
 */
export async function preflight(context: ReleaseContext, options: PreflightOptions): Promise<readonly Drift[]> {
  const { log } = context.services;
  const permitted = options.planOnly ? undefined : requirePermissions(context.cluster, needsOf(context, options));
  const [{ refusals, after }, live] = await Promise.all([
    dryRun(context, options),
    liveObjects(context, options),
    permitted,
  ]);
  const isDoubt = ({ kind }: Refusal) => kind === 'unknown' || (options.planOnly && kind === 'permission');
  for (const doubt of refusals.filter(isDoubt)) log.info(`Not tried beforehand: ${describeRefusal(doubt)}`);
  const fatal = refusals.filter((refusal) => !isDoubt(refusal));
  if (fatal.length === 0) return live === undefined ? [] : driftOf(context, options, live, after);
  const code = fatal.every(({ kind }) => kind === 'permission') ? 'unauthorized' : 'refused';
  const [only] = fatal;
  const message =
    fatal.length === 1 && only !== undefined
      ? `The cluster would refuse ${describeRefusal(only)}`
      : `The cluster would refuse ${fatal.length} objects:\n${fatal.map((refusal) => `- ${describeRefusal(refusal)}`).join('\n')}`;
  throw new HelmCdError(code, message, { hint: hintFor(fatal) });
}

function driftOf(
  { target }: ReleaseContext,
  { next, base }: PreflightOptions,
  live: readonly ManifestObject[],
  after: readonly ManifestObject[],
): readonly Drift[] {
  const objectsOf = (release: RenderedRelease) => readManifest(release.manifest, target.namespace);
  return findDrift(base === undefined ? [] : objectsOf(base), objectsOf(next), live, after);
}
