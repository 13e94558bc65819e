/** Inputs that every action that changes a release has. */
import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import { isPlanDigest } from '../core/release-plan.js';
import { readKubeconfigInput } from '../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../kubernetes/kubeconfig.js';
import { readDeploymentInputs, type DeploymentInputs } from './deployment-tracker.js';

/** What deploy-chart and rollback-chart are told alike. */
export interface ReleaseInputs extends DeploymentInputs {
  readonly config: string;
  readonly environment: string;
  readonly helmVersion: string;
  readonly release: string;
  readonly namespace: string;
  /** SOPS files: values that are decrypted for a deploy, and whose places are secret. */
  readonly secrets: readonly string[];
  readonly kubeconfig: KubeconfigInput;
  /** For helm with its hooks, and again for the rollout. */
  readonly timeoutMs: number;
  readonly testTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly unschedulableMs: number;
  readonly historyMax: number;
  readonly diff: boolean;
  readonly planDigest: string;
  readonly test: boolean;
  /** Where the results of the tests go as JUnit XML; empty: nowhere. */
  readonly junitFile: string;
  readonly verify: string;
  readonly forceConflicts: boolean;
  readonly dryRun: boolean;
}

/** helm's own rule for release names: a DNS label of at most 53 characters. */
const RELEASE_NAME = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws HelmCdError `input` when a name is none that Kubernetes and helm take. */
export function checkNames(release: string, namespace: string): void {
  if (release !== '' && !RELEASE_NAME.test(release)) {
    throw new HelmCdError('input', `"${release}" is no name for a release.`, {
      hint: 'Use lower-case letters, digits and -, at most 53 characters.',
    });
  }
  if (namespace !== '' && !NAMESPACE.test(namespace)) {
    throw new HelmCdError('input', `"${namespace}" is no name for a namespace.`, {
      hint: 'Use lower-case letters, digits and -, at most 63 characters.',
    });
  }
}

/** @throws HelmCdError `input` for what is no plan's digest, or is given to a dry run. */
function readPlanDigest(reader: InputReader, dryRun: boolean): string {
  const text = reader.string('plan-digest');
  if (text === '') return '';
  if (!isPlanDigest(text)) {
    throw new HelmCdError('input', `Input "plan-digest" is no digest of a plan: "${text}"`, {
      hint: 'Pass on the output "plan-digest" of a run with dry-run: true.',
    });
  }
  if (dryRun) {
    throw new HelmCdError('input', 'Inputs "plan-digest" and "dry-run" contradict each other.', {
      hint: 'A dry run makes a plan; the run that applies it takes plan-digest.',
    });
  }
  return text;
}

/** @throws HelmCdError `input` when too few revisions would be kept to go back to one. */
export function readHistoryMax(reader: InputReader): number {
  const text = reader.string('history-max', '10');
  const number = Number(text);
  // The revision that runs, the one that is tried, and one that can be gone back to.
  if (/^\d+$/.test(text) && (number === 0 || number >= 3)) return number;
  throw new HelmCdError('input', `Input "history-max" is neither 0 (no limit) nor at least 3: "${text}"`);
}

/** @throws HelmCdError `input` for a time limit in which nothing can be done. */
export function checkTimeouts(timeouts: Readonly<Record<string, number>>): void {
  for (const [name, milliseconds] of Object.entries(timeouts)) {
    if (milliseconds < 1000) throw new HelmCdError('input', `Input "${name}" is shorter than a second.`);
  }
}

/** Reads and checks the inputs that deploy-chart and rollback-chart share. */
export function readReleaseInputs(reader: InputReader): ReleaseInputs {
  const dryRun = reader.boolean('dry-run', false);
  const inputs: ReleaseInputs = {
    config: reader.string('config'),
    environment: reader.string('environment'),
    helmVersion: reader.string('helm-version'),
    release: reader.string('release'),
    namespace: reader.string('namespace'),
    secrets: reader.list('secrets'),
    kubeconfig: readKubeconfigInput(reader),
    timeoutMs: reader.duration('timeout', '5m'),
    testTimeoutMs: reader.duration('test-timeout', '5m'),
    lockTimeoutMs: reader.duration('lock-timeout', '10m'),
    unschedulableMs: reader.duration('unschedulable-timeout', '2m'),
    historyMax: readHistoryMax(reader),
    diff: reader.boolean('diff', true),
    planDigest: readPlanDigest(reader, dryRun),
    test: reader.boolean('test', true),
    junitFile: reader.string('junit-file'),
    verify: reader.string('verify'),
    forceConflicts: reader.boolean('force-conflicts', false),
    dryRun,
    ...readDeploymentInputs(reader),
  };
  checkTimeouts({ timeout: inputs.timeoutMs, 'test-timeout': inputs.testTimeoutMs });
  checkNames(inputs.release, inputs.namespace);
  return inputs;
}
