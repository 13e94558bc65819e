import type { InputReader } from '../../core/action.js';
import { parseAge } from '../../core/age.js';
import { HelmCdError } from '../../core/errors.js';
import { parseKeepRule } from '../../core/keep-rule.js';
import { hasLimit, type RetentionPolicy } from '../../core/retention.js';
import { checkVersionTemplate } from '../../core/version-template.js';
import { checkNotify } from '../../github/chart-published.js';
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
  /** Without the input: true for prune, else false. */
  readonly dryRun: boolean;
  /** What the inputs say about retention; it goes before what helm-cd.yaml says. */
  readonly retention: RetentionPolicy;
  /** Mode fsck: mend what can be mended. */
  readonly repair: boolean;
}

/** Reads and checks all inputs of publish-chart. */
export function readInputs(reader: InputReader): PublishInputs {
  const mode = reader.choice('mode', MODES, 'publish');
  const inputs: PublishInputs = {
    mode,
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
    dryRun: readDryRun(reader, mode),
    retention: readRetention(reader),
    repair: reader.boolean('repair', false),
  };
  checkMode(inputs);
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

/** Removing versions must be asked for; everything else is done unless a dry run is asked for. */
function readDryRun(reader: InputReader, mode: PublishInputs['mode']): boolean {
  const text = reader.string('dry-run');
  if (text === '') return mode === 'prune';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new HelmCdError('input', `Input "dry-run" is neither true nor false: "${text}"`, {
    hint: 'Write true or false, in lower case.',
  });
}

function readCount(reader: InputReader, name: string): number | undefined {
  const text = reader.string(name);
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new HelmCdError('input', `Input "${name}" is no number of versions: "${text}"`, {
    hint: 'Write a whole number, such as 10.',
  });
}

function readRetention(reader: InputReader): RetentionPolicy {
  const keep = reader.list('keep').map((text) => parseKeepRule(text, 'Input "keep"'));
  const count = readCount(reader, 'keep-count');
  const prereleases = readCount(reader, 'keep-prereleases');
  const age = reader.string('keep-age');
  return {
    keep,
    ...(count === undefined ? {} : { count }),
    ...(prereleases === undefined ? {} : { prereleases }),
    ...(age === '' ? {} : { ageMs: parseAge(age, 'Input "keep-age"') }),
  };
}

/** @throws HelmCdError `input` for what has no meaning in a mode: it would be taken for something that is heeded. */
function checkMode({ mode, retention, repair }: PublishInputs): void {
  if (mode !== 'prune' && (hasLimit(retention) || retention.keep.length > 0)) {
    throw new HelmCdError('input', `The inputs "keep", "keep-count", … have no meaning with mode: ${mode}.`, {
      hint: 'Set mode to prune, or leave them out.',
    });
  }
  if (mode !== 'fsck' && repair) {
    throw new HelmCdError('input', `Input "repair" has no meaning with mode: ${mode}.`, {
      hint: 'Set mode to fsck, or leave it out.',
    });
  }
}
