/** helm's commands that change a release: argument vectors for both majors. None of them waits but for hooks. */
import { withoutObjects } from '../core/quoted-objects.js';
import type { Helm } from './helm.js';

export interface ReleaseTarget {
  readonly release: string;
  readonly namespace: string;
}

export interface UpgradeOptions extends ReleaseTarget {
  /** A packaged chart or a chart folder. */
  readonly chart: string;
  /** In order; the later wins. */
  readonly valuesFiles: readonly string[];
  /** `--set …` arguments that must be ones. */
  readonly setArgs: readonly string[];
  /** `key=path`. */
  readonly setFiles: readonly string[];
  /** For each hook. */
  readonly timeoutMs: number;
  readonly historyMax: number;
  readonly description: string;
  /** `null` removes a label. */
  readonly labels: Readonly<Record<string, string>>;
  /** helm 4: take fields over that other field managers own. */
  readonly forceConflicts: boolean;
}

function scope({ namespace }: ReleaseTarget): readonly string[] {
  return ['--namespace', namespace];
}

/** helm reads `s`, and takes fractions: but never 0, which it takes for "no time at all". */
function timeout(milliseconds: number): readonly string[] {
  return ['--timeout', `${Math.max(1, Math.ceil(milliseconds / 1000))}s`];
}

/** helm reads `--values` as a line of CSV. */
function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}

/** What both the dry run and the upgrade say about chart and values: they must never differ. */
function sources(options: UpgradeOptions): readonly string[] {
  return [
    // Without it helm reuses the last release's values when it is given none.
    '--reset-values',
    ...options.valuesFiles.flatMap((file) => ['--values', csv(file)]),
    ...options.setArgs,
    ...options.setFiles.flatMap((assignment) => ['--set-file', assignment]),
  ];
}

function conflictArgs(helm: Pick<Helm, 'major'>, force: boolean): readonly string[] {
  return force && helm.major >= 4 ? ['--force-conflicts'] : [];
}

/** Renders on the server's terms (capabilities, lookups, the true revision) and changes nothing. */
export function dryRunArgs(options: UpgradeOptions): readonly string[] {
  return [
    ...['upgrade', options.release, options.chart, '--install', ...scope(options)],
    ...sources(options),
    ...['--dry-run=server', '--output', 'json'],
  ];
}

/**
 * `helm upgrade --install`. Never `--atomic`: it would roll back to whatever came before, and take the evidence along.
 * It is not told to wait (helm 4's default, `hookOnly`, is what helm 3 does without `--wait`): we watch the rollout.
 */
export function upgradeArgs(helm: Pick<Helm, 'major'>, options: UpgradeOptions): readonly string[] {
  const labels = Object.entries(options.labels).map(([name, value]) => `${name}=${value}`);
  return [
    ...['upgrade', options.release, options.chart, '--install', ...scope(options)],
    ...sources(options),
    ...timeout(options.timeoutMs),
    ...['--history-max', String(options.historyMax)],
    ...['--description', options.description],
    ...(labels.length === 0 ? [] : ['--labels', labels.join(',')]),
    ...conflictArgs(helm, options.forceConflicts),
    // The notes hold values, and nobody reads them here.
    '--hide-notes',
  ];
}

export interface RollbackOptions extends ReleaseTarget {
  readonly revision: number;
  /** For each hook. */
  readonly timeoutMs: number;
  readonly historyMax: number;
  /** Only helm 4 can say it; cut to the 256 characters that it takes. */
  readonly description: string;
  readonly noHooks: boolean;
  readonly forceConflicts: boolean;
}

export function rollbackArgs(helm: Pick<Helm, 'major'>, options: RollbackOptions): readonly string[] {
  return [
    ...['rollback', options.release, String(options.revision), ...scope(options)],
    ...timeout(options.timeoutMs),
    ...['--history-max', String(options.historyMax)],
    ...(helm.major >= 4 ? ['--description', [...options.description].slice(0, 256).join('')] : []),
    ...(options.noHooks ? ['--no-hooks'] : []),
    ...conflictArgs(helm, options.forceConflicts),
  ];
}

/** Removes a release with its history and waits until its objects are gone. */
export function uninstallArgs(
  target: ReleaseTarget & { readonly timeoutMs: number; readonly noHooks: boolean },
): readonly string[] {
  return [
    ...['uninstall', target.release, ...scope(target), '--wait', '--ignore-not-found'],
    ...timeout(target.timeoutMs),
    ...(target.noHooks ? ['--no-hooks'] : []),
  ];
}

/** `helm test`; the timeout is each hook's. */
export function testArgs(target: ReleaseTarget & { readonly timeoutMs: number }): readonly string[] {
  return ['test', target.release, ...scope(target), ...timeout(target.timeoutMs)];
}

/** helm's message without its prefix, log lines, and the objects that it quotes. */
export function helmMessage(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:WARNING|level=|time=|[EWI]\d{4} )/.test(line))
    .map((line) => withoutObjects(line.replace(/^Error: /, '')))
    .join('\n');
}
