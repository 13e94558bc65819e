import { parseAge } from '../../core/age.js';
import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { parseConstraint, type VersionConstraint } from '../../core/version-constraint.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { checkNames } from '../../release/release-inputs.js';
import { readStoreAccess } from '../../stores/access.js';
import { storeKind } from '../../stores/open-store.js';
import type { StoreAccess } from '../../stores/store.js';

export interface WatchInputs {
  readonly config: string;
  /** Names; empty: all. */
  readonly environments: readonly string[];
  /** Names; empty: those of helm-cd.yaml. */
  readonly charts: readonly string[];
  readonly includeDelivery: boolean;
  /** In place of the environments' own. */
  readonly versions: VersionConstraint | undefined;
  /** In place of the environments' own. */
  readonly minAgeMs: number | undefined;
  readonly retryQuarantined: boolean;
  readonly onAlarm: 'error' | 'warn';
  readonly onUnreadable: 'error' | 'warn';
  readonly limit: number;
  /** Empty: nothing is kept between runs. */
  readonly cacheFolder: string;
  /** Empty: the environments' own. */
  readonly chartRepository: string;
  readonly access: StoreAccess;
  readonly release: string;
  readonly namespace: string;
  readonly kubeconfig: KubeconfigInput;
}

function readConstraint(reader: InputReader): VersionConstraint | undefined {
  const text = reader.string('versions');
  if (text === '') return undefined;
  const constraint = parseConstraint(text);
  if (constraint !== undefined) return constraint;
  throw new HelmCdError('input', `Input "versions" is no constraint for versions: "${text}"`, {
    hint: 'Write ^1.2, ~1.2.0 or ">=1.0.0 <2.0.0".',
  });
}

function readAge(reader: InputReader): number | undefined {
  const text = reader.string('min-age');
  return text === '' ? undefined : parseAge(text, 'Input "min-age"');
}

/** GitHub refuses a larger matrix. */
const LARGEST_MATRIX = 256;

function readLimit(reader: InputReader): number {
  const text = reader.string('limit', String(LARGEST_MATRIX));
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= LARGEST_MATRIX) return number;
  throw new HelmCdError('input', `Input "limit" is no number from 1 to ${LARGEST_MATRIX}: "${text}"`, {
    hint: `GitHub takes at most ${LARGEST_MATRIX} jobs of a matrix.`,
  });
}

function checkUnique(name: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new HelmCdError('input', `Input "${name}" has "${twice}" twice.`);
}

/** Reads and checks all inputs of watch-repository. */
export function readInputs(reader: InputReader): WatchInputs {
  const inputs: WatchInputs = {
    config: reader.string('config'),
    environments: reader.list('environments'),
    charts: reader.list('charts'),
    includeDelivery: reader.boolean('include-delivery', false),
    versions: readConstraint(reader),
    minAgeMs: readAge(reader),
    retryQuarantined: reader.boolean('retry-quarantined', false),
    onAlarm: reader.choice('on-alarm', ['error', 'warn'], 'error'),
    onUnreadable: reader.choice('on-unreadable', ['error', 'warn'], 'error'),
    limit: readLimit(reader),
    cacheFolder: reader.string('cache-folder'),
    chartRepository: reader.string('chart-repository'),
    access: readStoreAccess(reader),
    release: reader.string('release'),
    namespace: reader.string('namespace'),
    kubeconfig: readKubeconfigInput(reader),
  };
  checkUnique('environments', inputs.environments);
  checkUnique('charts', inputs.charts);
  checkNames(inputs.release, inputs.namespace);
  if (inputs.chartRepository !== '') storeKind(inputs.chartRepository);
  return inputs;
}
