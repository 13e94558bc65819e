import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { digestHex } from '../../core/digest.js';
import { isPlanDigest } from '../../core/release-plan.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import type { StoreAccess } from '../../stores/store.js';

export interface DeployInputs {
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
  readonly verify: string;
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
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

function readHistoryMax(reader: InputReader): number {
  const text = reader.string('history-max', '10');
  const number = Number(text);
  // The revision that runs, the one that is tried, and one that can be gone back to.
  if (/^\d+$/.test(text) && (number === 0 || number >= 3)) return number;
  throw new HelmCdError('input', `Input "history-max" is neither 0 (no limit) nor at least 3: "${text}"`);
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
    kubeconfig: {
      text: reader.secret('kubeconfig'),
      file: reader.string('kubeconfig-file'),
      context: reader.string('kube-context'),
      allowExec: reader.boolean('kubeconfig-exec', false),
    },
    timeoutMs: reader.duration('timeout', '5m'),
    testTimeoutMs: reader.duration('test-timeout', '5m'),
    rollbackTimeoutMs: reader.duration('rollback-timeout', '5m'),
    lockTimeoutMs: reader.duration('lock-timeout', '10m'),
    unschedulableMs: reader.duration('unschedulable-timeout', '2m'),
    historyMax: readHistoryMax(reader),
    diff: reader.boolean('diff', true),
    planDigest: readPlanDigest(reader, dryRun),
    test: reader.boolean('test', true),
    verify: reader.string('verify'),
    rollback: reader.boolean('rollback', true),
    onFirstInstallFailure: reader.choice('on-first-install-failure', ['uninstall', 'keep'], 'uninstall'),
    forceConflicts: reader.boolean('force-conflicts', false),
    dryRun,
  };
  const githubDeployment = reader.boolean('github-deployment', false);
  const environmentUrl = reader.string('environment-url');
  reader.secret('token');

  if (inputs.kubeconfig.text !== '' && inputs.kubeconfig.file !== '') {
    throw new HelmCdError('input', 'Inputs "kubeconfig" and "kubeconfig-file" were both given.', {
      hint: 'Give one of them.',
    });
  }
  if (githubDeployment || environmentUrl !== '') {
    throw new HelmCdError('unsupported', 'Input "github-deployment": this version keeps no GitHub Deployments yet.', {
      hint: "Leave it out; the job's own environment: records a deployment too.",
    });
  }
  for (const [name, milliseconds] of [
    ['timeout', inputs.timeoutMs],
    ['test-timeout', inputs.testTimeoutMs],
    ['rollback-timeout', inputs.rollbackTimeoutMs],
  ] as const) {
    if (milliseconds < 1000) throw new HelmCdError('input', `Input "${name}" is shorter than a second.`);
  }
  checkNames(inputs.release, inputs.namespace);
  return inputs;
}
