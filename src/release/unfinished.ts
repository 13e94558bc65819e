/**
 * What is under way, written down before a release is touched: a step that runs whatever became of this process finds it,
 * and finishes. The file lies in the step's temporary folder, which an orderly end removes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReleaseContext } from './roll-back.js';

const FILE = 'unfinished.json';

export interface Unfinished {
  readonly release: string;
  readonly namespace: string;
  /** The newest revision before; 0 for none. */
  readonly before: number;
  /** `deploy` or `rollback`, for messages. */
  readonly what: string;
  readonly kubeconfig: { readonly file: string; readonly context: string; readonly allowExec: boolean };
  /** Helm's version. */
  readonly helm: string;
  /** Who holds the release's lock. */
  readonly holder: string;
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
  readonly timeoutMs: number;
  readonly historyMax: number;
  readonly unschedulableMs: number;
  readonly forceConflicts: boolean;
  /** GitHub's number of the deployment; 0 for none. */
  readonly githubDeployment: number;
  readonly environment: string;
}

export type UnfinishedPolicy = Pick<
  Unfinished,
  'before' | 'what' | 'holder' | 'rollback' | 'onFirstInstallFailure' | 'timeoutMs' | 'unschedulableMs' | 'environment'
> & { readonly githubDeployment: number; readonly allowExec: boolean };

/** Writes down that a release is about to be changed. */
export async function beginUnfinished(context: ReleaseContext, policy: UnfinishedPolicy): Promise<void> {
  const { cluster, helm, services, target, historyMax, forceConflicts } = context;
  const { allowExec, ...rest } = policy;
  const state: Unfinished = {
    ...rest,
    ...target,
    kubeconfig: { file: cluster.environment['KUBECONFIG'] ?? '', context: cluster.context, allowExec },
    helm: helm.version,
    historyMax,
    forceConflicts,
  };
  await writeFile(path.join(services.temp, FILE), JSON.stringify(state), { mode: 0o600 });
}

/**
 * What another process left unfinished.
 * @param temp its temporary folder.
 */
export async function readUnfinished(temp: string): Promise<Unfinished | undefined> {
  const text = await readFile(path.join(temp, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Unfinished;
  } catch {
    // Killed while it was written: then nothing was touched yet.
    return undefined;
  }
}
