import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { readDeploymentInputs, type DeploymentInputs } from '../../release/deployment-tracker.js';
import { checkNames, checkTimeouts, readHistoryMax, readPlanDigest } from '../../release/release-inputs.js';

export interface RollbackInputs extends DeploymentInputs {
  readonly config: string;
  readonly environment: string;
  readonly helmVersion: string;
  readonly release: string;
  readonly namespace: string;
  /** 0: the last known good one. */
  readonly toRevision: number;
  /** SOPS files: what is secret at which place of the values. */
  readonly secrets: readonly string[];
  readonly kubeconfig: KubeconfigInput;
  /** For helm's rollback with its hooks, and again for the rollout. */
  readonly timeoutMs: number;
  readonly testTimeoutMs: number;
  /** The same as `timeoutMs`: an operation that an earlier run left half-way is undone first. */
  readonly rollbackTimeoutMs: number;
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

function readRevision(reader: InputReader): number {
  const text = reader.string('to-revision');
  if (text === '') return 0;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new HelmCdError('input', `Input "to-revision" is no revision's number: "${text}"`, {
    hint: 'Write a number such as 12 (helm history shows them), or leave it out for the last known good revision.',
  });
}

/** Reads and checks all inputs of rollback-chart. */
export function readInputs(reader: InputReader): RollbackInputs {
  const dryRun = reader.boolean('dry-run', false);
  const timeoutMs = reader.duration('timeout', '5m');
  const inputs: RollbackInputs = {
    config: reader.string('config'),
    environment: reader.string('environment'),
    helmVersion: reader.string('helm-version'),
    release: reader.string('release'),
    namespace: reader.string('namespace'),
    toRevision: readRevision(reader),
    secrets: reader.list('secrets'),
    kubeconfig: readKubeconfigInput(reader),
    timeoutMs,
    testTimeoutMs: reader.duration('test-timeout', '5m'),
    rollbackTimeoutMs: timeoutMs,
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
  checkTimeouts({ timeout: timeoutMs, 'test-timeout': inputs.testTimeoutMs });
  checkNames(inputs.release, inputs.namespace);
  return inputs;
}
