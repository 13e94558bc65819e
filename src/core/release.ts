/** Helm's release records as helm-cd reads them, whichever helm wrote them. */
import { sha256Hex } from './digest.js';

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback';

/** How a hook's last run ended. A rollback copies these from its target: they may be older than the revision. */
export interface HookRun {
  readonly phase: 'Unknown' | 'Running' | 'Succeeded' | 'Failed' | '';
  /** RFC 3339, or empty. */
  readonly startedAt: string;
  readonly completedAt: string;
}

export interface ReleaseHook {
  readonly name: string;
  readonly kind: string;
  /** The template it comes from. */
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly string[];
  readonly weight: number;
  readonly lastRun: HookRun;
}

/** What a render makes: the same for a stored revision and for a dry run. */
export interface RenderedRelease {
  readonly chartName: string;
  readonly chartVersion: string;
  readonly appVersion: string;
  /** The user's values (not the chart's defaults) as helm merged them. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly manifest: string;
  readonly hooks: readonly ReleaseHook[];
}

/** One stored revision. */
export interface Revision extends RenderedRelease {
  readonly revision: number;
  readonly status: ReleaseStatus;
  readonly description: string;
  /** RFC 3339. */
  readonly deployedAt: string;
  /** The revision that this one is a copy of, made by a rollback; 0 for others. */
  readonly rollbackRevision: number;
  /** How its objects were applied: on the server or by the client's merge; empty for helm 3, which only merges. */
  readonly applyMethod: 'ssa' | 'csa' | '';
  /** Labels of the record, without helm's own. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether helm would refuse to work on it: "another operation is in progress". */
export function isPending(revision: Revision): boolean {
  return revision.status.startsWith('pending-');
}

/** Hooks that `helm test` runs. */
export function isTest(hook: ReleaseHook): boolean {
  return hook.events.some((event) => event === 'test' || event === 'test-success');
}

export function failedTests(revision: Revision): readonly ReleaseHook[] {
  return revision.hooks.filter((hook) => isTest(hook) && hook.lastRun.phase === 'Failed');
}

/** Equal for two renders that would make the same objects and run the same hooks. */
export function contentHash(release: RenderedRelease): string {
  const hooks = release.hooks.map((hook) => `${hook.path}\n${hook.manifest.trim()}`).sort();
  return sha256Hex(JSON.stringify([release.manifest.trim(), ...hooks]));
}

/** JSON with the keys of every object in order: equal for values that are equal. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
