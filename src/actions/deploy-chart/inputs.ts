import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { digestHex } from '../../core/digest.js';
import { readDeploymentInputs, type DeploymentInputs } from '../../release/deployment-tracker.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { checkNames, checkTimeouts, readHistoryMax, readPlanDigest } from '../../release/release-inputs.js';
import type { StoreAccess } from '../../stores/store.js';

export interface DeployInputs extends DeploymentInputs {
  readonly config: string;
  readonly environment: string;
  readonly helmVersion: string;
  readonly chart: string;
  readonly version: string;
  /** `sha256:…`, or empty. */
  readonly chartDigest: string;
  readonly chartRepository: string;
  readonly access: StoreAccess;
  readonly release: string;
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly setString: readonly string[];
  readonly setFile: readonly string[];
  readonly secrets: readonly string[];
  readonly sopsAgeKey: string;
  readonly kubeconfig: KubeconfigInput;
  readonly timeoutMs: number;
  readonly testTimeoutMs: number;
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
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
  readonly forceConflicts: boolean;
  readonly dryRun: boolean;
}

function readDigest(reader: InputReader): string {
  const text = reader.string('chart-digest');
  if (text === '') return '';
  const hex = digestHex(text);
  if (hex === undefined) {
    throw new HelmCdError('input', `Input "chart-digest" is no SHA-256 digest: "${text}"`, {
      hint: 'Pass on the output "digest" of publish-chart or promote-chart: sha256: and 64 hex digits.',
    });
  }
  return `sha256:${hex}`;
}

export function readInputs(reader: InputReader): DeployInputs {
  const dryRun = reader.boolean('dry-run', false);
  const inputs: DeployInputs = {
    config: reader.string('config'),
    environment: reader.string('environment'),
    helmVersion: reader.string('helm-version'),
    chart: reader.string('chart'),
    version: reader.string('version'),
    chartDigest: readDigest(reader),
    chartRepository: reader.string('chart-repository'),
    access: {
      username: reader.string('username'),
      password: reader.secret('password'),
      endpointUrl: reader.string('endpoint-url'),
      region: reader.string('region'),
    },
    release: reader.string('release'),
    namespace: reader.string('namespace'),
    createNamespace: reader.boolean('create-namespace', true),
    values: reader.list('values'),
    set: reader.list('set'),
    setString: reader.list('set-string'),
    setFile: reader.list('set-file'),
    secrets: reader.list('secrets'),
    sopsAgeKey: reader.secret('sops-age-key'),
    kubeconfig: readKubeconfigInput(reader),
    timeoutMs: reader.duration('timeout', '5m'),
    testTimeoutMs: reader.duration('test-timeout', '5m'),
    rollbackTimeoutMs: reader.duration('rollback-timeout', '5m'),
    lockTimeoutMs: reader.duration('lock-timeout', '10m'),
    unschedulableMs: reader.duration('unschedulable-timeout', '2m'),
    historyMax: readHistoryMax(reader),
    diff: reader.boolean('diff', true),
    planDigest: readPlanDigest(reader, dryRun),
    test: reader.boolean('test', true),
    junitFile: reader.string('junit-file'),
    verify: reader.string('verify'),
    rollback: reader.boolean('rollback', true),
    onFirstInstallFailure: reader.choice('on-first-install-failure', ['uninstall', 'keep'], 'uninstall'),
    forceConflicts: reader.boolean('force-conflicts', false),
    dryRun,
    ...readDeploymentInputs(reader),
  };
  checkTimeouts({
    timeout: inputs.timeoutMs,
    'test-timeout': inputs.testTimeoutMs,
    'rollback-timeout': inputs.rollbackTimeoutMs,
  });
  checkNames(inputs.release, inputs.namespace);
  return inputs;
}
