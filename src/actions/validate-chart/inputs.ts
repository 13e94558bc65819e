import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';

/** How loud something is; `off` or `ignore` is not at all. */
export type Loudness = 'error' | 'warn' | 'off';

export interface ValidateInputs {
  /** Only helm-cd.yaml is checked. */
  readonly configCheck: boolean;
  readonly config: string;
  readonly helmVersion: string;
  readonly charts: readonly string[];
  /** A ref to compare with; empty: the event's. */
  readonly base: string;
  readonly environments: readonly string[];
  /** Values files in order, relative to the working directory. */
  readonly values: readonly string[];
  readonly kubernetesVersions: readonly string[];
  readonly strict: boolean;
  readonly schemas: readonly string[];
  readonly missingSchemas: 'error' | 'warn' | 'ignore';
  readonly parity: Loudness;
  /** Empty: `error` for a pull request, else `off`. */
  readonly versionIncrement: Loudness | '';
  readonly deprecations: Loudness;
  readonly skipKinds: readonly string[];
  /** Relative to the working directory; empty: none. */
  readonly sarifFile: string;
  readonly junitFile: string;
}

const LOUDNESS = ['error', 'warn', 'off'] as const;

/** Reads and checks all inputs of validate-chart. */
export function readInputs(reader: InputReader): ValidateInputs {
  const inputs: ValidateInputs = {
    configCheck: reader.boolean('config-check', false),
    config: reader.string('config'),
    helmVersion: reader.string('helm-version'),
    charts: reader.list('charts'),
    base: reader.string('base'),
    environments: reader.list('environments'),
    values: reader.list('values'),
    kubernetesVersions: reader.list('kubernetes-versions'),
    strict: reader.boolean('strict', true),
    schemas: reader.list('schemas'),
    missingSchemas: reader.choice('missing-schemas', ['error', 'warn', 'ignore'], 'error'),
    parity: reader.choice('parity', LOUDNESS, 'warn'),
    versionIncrement: reader.choice<Loudness | ''>('version-increment', LOUDNESS, ''),
    deprecations: reader.choice('deprecations', LOUDNESS, 'warn'),
    skipKinds: reader.list('skip-kinds'),
    sarifFile: reader.string('sarif-file'),
    junitFile: reader.string('junit-file'),
  };
  if (inputs.values.length > 0 && inputs.environments.length > 1) {
    throw new HelmCdError('input', 'Input "values" is for one environment, but "environments" names several.', {
      hint: 'Write the values files of each environment in helm-cd.yaml.',
    });
  }
  if (inputs.sarifFile !== '' && inputs.sarifFile === inputs.junitFile) {
    throw new HelmCdError('input', 'Inputs "sarif-file" and "junit-file" name the same file.');
  }
  return inputs;
}
