import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { digestHex } from '../../core/digest.js';
import { checkTimeouts, readReleaseInputs, type ReleaseInputs } from '../../release/release-inputs.js';
import { readStoreLogin } from '../../stores/access.js';
import type { StoreAccess } from '../../stores/store.js';

export interface DeployInputs extends ReleaseInputs {
  readonly chart: string;
  readonly version: string;
  /** `sha256:…`, or empty. */
  readonly chartDigest: string;
  readonly chartRepository: string;
  readonly access: StoreAccess;
  readonly createNamespace: boolean;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly setString: readonly string[];
  readonly setFile: readonly string[];
  readonly sopsAgeKey: string;
  readonly rollbackTimeoutMs: number;
  readonly rollback: boolean;
  readonly onFirstInstallFailure: 'uninstall' | 'keep';
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

/** Reads and checks all inputs of deploy-chart. */
export function readInputs(reader: InputReader): DeployInputs {
  const inputs: DeployInputs = {
    ...readReleaseInputs(reader),
    chart: reader.string('chart'),
    version: reader.string('version'),
    chartDigest: readDigest(reader),
    chartRepository: reader.string('chart-repository'),
    access: readStoreLogin(reader),
    createNamespace: reader.boolean('create-namespace', true),
    values: reader.list('values'),
    set: reader.list('set'),
    setString: reader.list('set-string'),
    setFile: reader.list('set-file'),
    sopsAgeKey: reader.secret('sops-age-key'),
    rollbackTimeoutMs: reader.duration('rollback-timeout', '5m'),
    rollback: reader.boolean('rollback', true),
    onFirstInstallFailure: reader.choice('on-first-install-failure', ['uninstall', 'keep'], 'uninstall'),
  };
  checkTimeouts({ 'rollback-timeout': inputs.rollbackTimeoutMs });
  return inputs;
}
