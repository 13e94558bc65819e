/**
 * Helm's storage: one Secret `sh.helm.release.v1.NAME.vN` a revision, whose `data.release` is base64 of gzip of JSON,
 * and base64 once more because it is a Secret. Both helm 3 and helm 4 write it so.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { KubernetesObject } from '../core/kubernetes-object.js';
import type { ReleaseHook, ReleaseStatus, RenderedRelease, Revision } from '../core/release.js';

/** The release as helm's JSON has it, in records and in `-o json` alike. */
interface HelmRelease {
  readonly name?: string;
  readonly version?: number;
  readonly apply_method?: string;
  readonly info?: {
    readonly status?: string;
    readonly description?: string;
    readonly last_deployed?: string;
    readonly rollback_revision?: number;
  };
  readonly chart?: {
    readonly metadata?: { readonly name?: string; readonly version?: string; readonly appVersion?: string };
  };
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly manifest?: string;
  readonly hooks?: readonly {
    readonly name?: string;
    readonly kind?: string;
    readonly path?: string;
    readonly manifest?: string;
    readonly events?: readonly string[];
    readonly weight?: number;
    readonly last_run?: { readonly phase?: string; readonly started_at?: string; readonly completed_at?: string };
  }[];
}

interface ReleaseSecret extends KubernetesObject {
  readonly data?: { readonly release?: string };
}

/** Labels that helm writes itself (pkg/storage/driver). */
const HELM_LABELS = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

const PHASES = ['Unknown', 'Running', 'Succeeded', 'Failed'] as const;

function hooksOf(release: HelmRelease): readonly ReleaseHook[] {
  return (release.hooks ?? []).map((hook) => ({
    name: hook.name ?? '',
    kind: hook.kind ?? '',
    path: hook.path ?? '',
    manifest: hook.manifest ?? '',
    events: hook.events ?? [],
    weight: hook.weight ?? 0,
    lastRun: {
      phase: PHASES.find((phase) => phase === hook.last_run?.phase) ?? '',
      startedAt: hook.last_run?.started_at ?? '',
      completedAt: hook.last_run?.completed_at ?? '',
    },
  }));
}

function renderedOf(release: HelmRelease): RenderedRelease {
  const metadata = release.chart?.metadata ?? {};
  return {
    chartName: metadata.name ?? '',
    chartVersion: metadata.version ?? '',
    appVersion: metadata.appVersion ?? '',
    config: release.config ?? {},
    manifest: release.manifest ?? '',
    hooks: hooksOf(release),
  };
}

/** Reads what `helm upgrade --dry-run=server --output json` prints. */
export function readRendered(json: string): RenderedRelease {
  try {
    return renderedOf(JSON.parse(json) as HelmRelease);
  } catch (cause) {
    throw new HelmCdError('tool', `helm's output is no JSON: ${messageOf(cause)}`, { cause });
  }
}

/** How large the record would be that helm writes of what a dry run printed: base64 of gzip. */
export function recordBytes(json: string): number {
  return Math.ceil(gzipSync(Buffer.from(json), { level: 9 }).length / 3) * 4;
}

function decode(secret: ReleaseSecret): string {
  const stored = Buffer.from(secret.data?.release ?? '', 'base64').toString('latin1');
  const bytes = Buffer.from(stored, 'base64');
  // The oldest records are not compressed.
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
}

/**
 * One stored revision.
 * @throws HelmCdError `file` when the record is damaged: helm skips such a record silently, which makes it choose wrongly.
 */
export function readRecord(secret: KubernetesObject): Revision {
  const name = secret.metadata?.name ?? '';
  let release: HelmRelease;
  try {
    release = JSON.parse(decode(secret)) as HelmRelease;
  } catch (cause) {
    throw new HelmCdError('file', `The release record ${name} is damaged: ${messageOf(cause)}`, {
      hint: `Look at it with kubectl get secret ${name} -o yaml, and delete it if it is beyond help.`,
      cause,
    });
  }
  const labels = Object.entries(secret.metadata?.labels ?? {}).filter(([label]) => !HELM_LABELS.has(label));
  return {
    ...renderedOf(release),
    revision: release.version ?? 0,
    status: (release.info?.status ?? 'unknown') as ReleaseStatus,
    description: release.info?.description ?? '',
    deployedAt: release.info?.last_deployed ?? '',
    rollbackRevision: release.info?.rollback_revision ?? 0,
    applyMethod: release.apply_method === 'ssa' || release.apply_method === 'csa' ? release.apply_method : '',
    labels: Object.fromEntries(labels),
  };
}

export interface RecordChange {
  readonly labels?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly status?: ReleaseStatus;
}

/** Replaces a string field of the record's `info`, leaving every other byte as helm wrote it. */
function replaceInfo(json: string, field: string, value: string): string {
  const pattern = new RegExp(
    `^(\\{"name":"(?:[^"\\\\]|\\\\.)*","info":\\{(?:"[a-z_]+":(?:"(?:[^"\\\\]|\\\\.)*"|\\d+),)*?"${field}":)"(?:[^"\\\\]|\\\\.)*"`,
  );
  return json.replace(pattern, (_whole, before: string) => before + JSON.stringify(value));
}

/**
 * The record with other labels, description or status, to be written with `kubectl replace`: its resourceVersion makes
 * that fail when somebody changed it meanwhile. A record that looks unlike helm's keeps its description and status.
 */
export function changeRecord(secret: KubernetesObject, change: RecordChange): KubernetesObject {
  const labels = {
    ...secret.metadata?.labels,
    ...change.labels,
    ...(change.status === undefined ? {} : { status: change.status }),
  };
  const labelled = { ...secret, metadata: { ...secret.metadata, labels } };
  // What is said by labels alone leaves helm's own bytes as they are.
  if (change.description === undefined && change.status === undefined) return labelled;
  let json = decode(secret);
  if (change.description !== undefined) json = replaceInfo(json, 'description', change.description);
  if (change.status !== undefined) json = replaceInfo(json, 'status', change.status);
  const encoded = gzipSync(Buffer.from(json), { level: 9 }).toString('base64');
  return { ...labelled, data: { release: Buffer.from(encoded).toString('base64') } } as ReleaseSecret;
}
