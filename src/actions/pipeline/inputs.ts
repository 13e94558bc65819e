import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { checkVersionTemplate } from '../../core/version-template.js';
import { checkNotify } from '../../github/chart-published.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import { readDeploymentInputs } from '../../release/deployment-tracker.js';
import { checkTimeouts, readHistoryMax } from '../../release/release-inputs.js';
import { readStoreAccess } from '../../stores/access.js';

/** Inputs of a single action by name, as its action.yml takes them. */
export type GivenInputs = Readonly<Record<string, string>>;

export interface PipelineInputs {
  readonly config: string;
  /** Empty: the one that the branch feeds. */
  readonly environment: string;
  /** Empty: what the event and helm-cd.yaml say. */
  readonly mode: 'check' | 'delivery' | 'deployment' | '';
  /** Empty: those that changed. */
  readonly charts: readonly string[];
  /** With what is compared; empty: what the event says. */
  readonly base: string;
  readonly helmVersion: string;
  readonly token: string;
  /** Whether a pull request gets a comment. */
  readonly comment: boolean;
  readonly dryRun: boolean;
  /** `owner/name` each. */
  readonly notify: readonly string[];
  /** The workflow that deploys what was approved: its file name. */
  readonly deployWorkflow: string;
  /** Whether an input says how to reach the cluster. */
  readonly hasKubeconfig: boolean;
  /** What every single action gets. */
  readonly common: GivenInputs;
  readonly validate: GivenInputs;
  /** What both publish-chart and deploy-chart need for the chart repository. */
  readonly repository: GivenInputs;
  readonly publish: GivenInputs;
  readonly deploy: GivenInputs;
}

const LOUDNESS = ['error', 'warn', 'off'] as const;

/** What is only passed on, after it was checked here: a typing error must not come to light when a chart is published. */
function readValidate(reader: InputReader): GivenInputs {
  return {
    base: reader.string('base'),
    'kubernetes-versions': reader.list('kubernetes-versions').join('\n'),
    strict: String(reader.boolean('strict', true)),
    schemas: reader.list('schemas').join('\n'),
    'missing-schemas': reader.choice('missing-schemas', ['error', 'warn', 'ignore'], 'error'),
    parity: reader.choice('parity', LOUDNESS, 'warn'),
    'version-increment': reader.choice<(typeof LOUDNESS)[number] | ''>('version-increment', LOUDNESS, ''),
    deprecations: reader.choice('deprecations', LOUDNESS, 'warn'),
    'skip-kinds': reader.list('skip-kinds').join('\n'),
    'sarif-file': reader.string('sarif-file'),
  };
}

/** A duration as it was written, checked. */
function duration(reader: InputReader, name: string, fallback: string): string {
  reader.duration(name, fallback);
  return reader.string(name, fallback);
}

function readPublish(reader: InputReader): GivenInputs {
  const version = reader.string('version');
  if (version !== '') checkVersionTemplate(version);
  const inputs = {
    version,
    'sign-key': reader.secret('sign-key'),
    'sign-passphrase': reader.secret('sign-passphrase'),
    'verify-timeout': duration(reader, 'verify-timeout', '2m'),
  };
  if (inputs['sign-passphrase'] !== '' && inputs['sign-key'] === '') {
    throw new HelmCdError('input', 'Input "sign-passphrase" is given without "sign-key".');
  }
  return inputs;
}

function readDeploy(reader: InputReader): GivenInputs {
  const kubeconfig = readKubeconfigInput(reader);
  const deployment = readDeploymentInputs(reader);
  checkTimeouts({
    timeout: reader.duration('timeout', '5m'),
    'test-timeout': reader.duration('test-timeout', '5m'),
    'rollback-timeout': reader.duration('rollback-timeout', '5m'),
  });
  return {
    kubeconfig: kubeconfig.text,
    'kubeconfig-file': kubeconfig.file,
    'kube-context': kubeconfig.context,
    'kubeconfig-exec': String(kubeconfig.allowExec),
    'sops-age-key': reader.secret('sops-age-key'),
    'create-namespace': String(reader.boolean('create-namespace', true)),
    timeout: reader.string('timeout', '5m'),
    'test-timeout': reader.string('test-timeout', '5m'),
    'rollback-timeout': reader.string('rollback-timeout', '5m'),
    'lock-timeout': duration(reader, 'lock-timeout', '10m'),
    'unschedulable-timeout': duration(reader, 'unschedulable-timeout', '2m'),
    'history-max': String(readHistoryMax(reader)),
    test: String(reader.boolean('test', true)),
    verify: reader.string('verify'),
    rollback: String(reader.boolean('rollback', true)),
    'on-first-install-failure': reader.choice('on-first-install-failure', ['uninstall', 'keep'], 'uninstall'),
    'force-conflicts': String(reader.boolean('force-conflicts', false)),
    'github-deployment': String(deployment.githubDeployment),
    'environment-url': deployment.environmentUrl,
  };
}

/** @throws HelmCdError `input` for what is no file name of a workflow. */
function readDeployWorkflow(reader: InputReader): string {
  const name = reader.string('deploy-workflow', 'deploy.yml');
  if (/^[\w.-]+\.ya?ml$/.test(name)) return name;
  throw new HelmCdError('input', `Input "deploy-workflow" is no file name of a workflow: "${name}"`, {
    hint: 'Write the name of a file in .github/workflows, such as deploy.yml.',
  });
}

/** Reads and checks all inputs of the root action. */
export function readInputs(reader: InputReader): PipelineInputs {
  const { username, password, endpointUrl, region, token } = readStoreAccess(reader);
  const notify = reader.list('notify');
  checkNotify(notify, token);
  const config = reader.string('config');
  const helmVersion = reader.string('helm-version');
  const deploy = readDeploy(reader);
  return {
    config,
    environment: reader.string('environment'),
    mode: reader.choice<'check' | 'delivery' | 'deployment' | ''>('mode', ['check', 'delivery', 'deployment'], ''),
    charts: reader.list('charts'),
    base: reader.string('base'),
    helmVersion,
    token,
    comment: reader.boolean('comment', true),
    dryRun: reader.boolean('dry-run', false),
    notify,
    deployWorkflow: readDeployWorkflow(reader),
    hasKubeconfig: deploy['kubeconfig'] !== '' || deploy['kubeconfig-file'] !== '',
    common: { config, 'helm-version': helmVersion },
    validate: readValidate(reader),
    repository: {
      'chart-repository': reader.string('chart-repository'),
      username,
      password,
      'endpoint-url': endpointUrl,
      region,
      token,
    },
    publish: readPublish(reader),
    deploy,
  };
}
