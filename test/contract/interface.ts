/** Names that workflows depend on. An action may have more; it may not lose or rename one of these. */

const COMMON_INPUTS = ['working-directory'];
const COMMON_OUTPUTS = ['result', 'summary-file', 'result-file'];
const CLUSTER = ['kubeconfig', 'kubeconfig-file', 'kube-context'];
const CHART_REPOSITORY = ['chart-repository', 'username', 'password', 'endpoint-url', 'region'];
const PUBLISHED = ['name', 'version', 'digest', 'url', 'package', 'charts'];

export interface FixedNames {
  readonly inputs: readonly string[];
  readonly required: readonly string[];
  readonly outputs: readonly string[];
}

const fixed = (inputs: readonly string[], required: readonly string[], outputs: readonly string[]): FixedNames => ({
  inputs: [...COMMON_INPUTS, ...inputs],
  required,
  outputs: [...COMMON_OUTPUTS, ...outputs],
});

/** By action. What is not built yet in an action is still an input: it is refused with a message, not ignored. */
export const FIXED: Readonly<Record<string, FixedNames>> = {
  // The root's action.
  '': fixed(
    [
      ...['config', 'environment', 'mode', 'charts', 'base', 'helm-version', 'token', 'comment', 'notify', 'dry-run'],
      ...['deploy-workflow', 'github-deployment', 'environment-url', 'sops-age-key', 'version', 'sign-key'],
      ...['sign-passphrase', 'verify-timeout', 'timeout', 'test-timeout', 'rollback-timeout', 'lock-timeout'],
      ...['test', 'verify', 'rollback', 'on-first-install-failure', ...CHART_REPOSITORY, ...CLUSTER],
    ],
    [],
    [
      ...['mode', 'environment', 'failed-step', 'count', 'steps', 'errors', 'warnings', 'comment-url', ...PUBLISHED],
      ...['revision', 'previous-revision', 'failed-phase', 'diff-file', 'plan-digest', 'evidence-file', 'tests'],
    ],
  ),
  'bump-image-tag': fixed(
    [
      ...['images', 'config', 'environment', 'repository', 'branch', 'token', 'chart', 'targets', 'strategy'],
      ...[
        'auto-merge',
        'chart-version',
        'app-version',
        'allow-downgrade',
        'verify-image',
        'dispatch',
        'commit-message',
      ],
      ...['server-url', 'api-url', 'graphql-url', 'dry-run'],
    ],
    ['images'],
    [
      ...['changed', 'commit-sha', 'branch', 'pull-request-number', 'pull-request-url', 'chart-versions', 'diff'],
      'attempts',
    ],
  ),
  'validate-chart': fixed(
    [
      ...['charts', 'config', 'base', 'environments', 'values', 'kubernetes-versions', 'strict', 'schemas'],
      ...['missing-schemas', 'parity', 'version-increment', 'deprecations', 'skip-kinds', 'sarif-file', 'junit-file'],
      'helm-version',
    ],
    [],
    ['errors', 'warnings', 'not-validated', 'charts', 'sarif-file', 'junit-file'],
  ),
  'publish-chart': fixed(
    [
      ...['charts', 'config', 'environment', ...CHART_REPOSITORY, 'version', 'sign-key', 'sign-passphrase', 'notify'],
      ...['verify-timeout', 'dry-run', 'helm-version'],
    ],
    [],
    PUBLISHED,
  ),
  'promote-chart': fixed(
    ['chart', 'version', 'from', 'to', 'require-verified', 'config'],
    ['chart', 'from', 'to'],
    PUBLISHED,
  ),
  'deploy-chart': fixed(
    [
      ...['chart', 'version', 'chart-digest', ...CHART_REPOSITORY, 'config', 'environment', 'helm-version'],
      ...['release', 'namespace', 'create-namespace', 'values', 'set', 'set-string', 'set-file', 'secrets'],
      ...['sops-age-key', ...CLUSTER, 'timeout', 'test-timeout', 'rollback-timeout', 'diff', 'plan-digest', 'test'],
      ...['verify', 'rollback', 'on-first-install-failure', 'lock-timeout', 'force-conflicts', 'github-deployment'],
      ...['environment-url', 'token', 'dry-run'],
    ],
    [],
    [
      ...['revision', 'previous-revision', 'failed-phase', 'diff-file', 'plan-digest', 'evidence-file'],
      ...['chart-version', 'chart-digest', 'tests'],
    ],
  ),
  'rollback-chart': fixed(
    ['release', 'namespace', ...CLUSTER, 'to-revision', 'test', 'config', 'environment', 'helm-version', 'dry-run'],
    [],
    [
      ...['revision', 'previous-revision', 'failed-phase', 'diff-file', 'plan-digest', 'evidence-file'],
      ...['chart-version', 'chart-digest', 'tests'],
    ],
  ),
  'watch-repository': fixed(
    [
      ...['config', 'environments', 'charts', 'include-delivery', 'versions', 'min-age', 'retry-quarantined'],
      ...['on-alarm', 'on-unreadable', 'limit', 'cache-folder', ...CHART_REPOSITORY, 'release', 'namespace'],
      ...[...CLUSTER, 'token'],
    ],
    [],
    ['pending', 'count', 'delivery', 'alarms', 'quarantined', 'unreadable'],
  ),
  'report-releases': fixed(
    [
      ...CLUSTER,
      'namespaces',
      'clusters',
      'format',
      'output-directory',
      'registry-username',
      'registry-password',
      'token',
    ],
    [],
    ['releases', 'report-file', 'json-file', 'html-file'],
  ),
};
