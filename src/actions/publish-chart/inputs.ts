import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { checkVersionTemplate } from '../../core/version-template.js';
import { parseRepository } from '../../github/chart-published.js';
import { readStoreAccess } from '../../stores/access.js';
import { readOnly } from '../../stores/http.js';
import { storeKind } from '../../stores/open-store.js';
import type { StoreAccess } from '../../stores/store.js';

export const MODES = ['publish', 'verify', 'prune', 'fsck'] as const;

export interface PublishInputs {
  /** What is done with the charts or their repository. */
  readonly mode: (typeof MODES)[number];
  readonly config: string;
  /** Empty: the one that the current branch feeds, if that is needed. */
  readonly environment: string;
  readonly helmVersion: string;
  readonly charts: readonly string[];
  /** Empty: the environment's. */
  readonly repository: string;
  readonly access: StoreAccess;
  /** Empty: Chart.yaml's. */
  readonly version: string;
  /** `owner/name` each. */
  readonly notify: readonly string[];
  readonly token: string;
  /** An armoured OpenPGP private key; empty: charts are not signed. */
  readonly signKey: string;
  readonly signPassphrase: string;
  readonly verifyTimeoutMs: number;
  readonly dryRun: boolean;
}

/** Reads and checks all inputs of publish-chart. */
export function readInputs(reader: InputReader): PublishInputs {
  const inputs: PublishInputs = {
    mode: reader.choice('mode', MODES, 'publish'),
    config: reader.string('config'),
    environment: reader.string('environment'),
    helmVersion: reader.string('helm-version'),
    charts: reader.list('charts'),
    repository: reader.string('chart-repository'),
    access: readStoreAccess(reader),
    version: reader.string('version'),
    notify: reader.list('notify'),
    token: reader.secret('token'),
    signKey: reader.secret('sign-key'),
    signPassphrase: reader.secret('sign-passphrase'),
    verifyTimeoutMs: reader.duration('verify-timeout', '2m'),
    dryRun: reader.boolean('dry-run', false),
  };
  if (inputs.signPassphrase !== '' && inputs.signKey === '') {
    throw new HelmCdError('input', 'Input "sign-passphrase" is given without "sign-key".');
  }
  if (inputs.repository !== '' && storeKind(inputs.repository) === 'http' && inputs.mode === 'publish') {
    throw readOnly(inputs.repository);
  }
  if (inputs.version !== '') checkVersionTemplate(inputs.version);
  checkNotify(inputs.notify, inputs.token);
  return inputs;
}

function checkNotify(notify: readonly string[], token: string): void {
  notify.forEach(parseRepository);
  if (notify.length > 0 && token === '') {
    throw new HelmCdError('input', 'Input "notify" needs "token".', {
      hint: 'Give a token that may write to the repositories to be notified.',
    });
  }
}
