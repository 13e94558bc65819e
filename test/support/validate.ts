import { rm } from 'node:fs/promises';
import path from 'node:path';
import { validateChart } from '../../src/actions/validate-chart/action.js';
import type { ValidateInputs } from '../../src/actions/validate-chart/inputs.js';
import type { Outcome } from '../../src/core/action.js';
import type { MergedFinding } from '../../src/core/findings.js';
import type { Services } from '../../src/core/ports.js';
import { createTestServices } from './services.js';

export const VALIDATE_DEFAULTS: ValidateInputs = {
  configCheck: false,
  config: '',
  helmVersion: '4',
  charts: [],
  base: '',
  environments: [],
  values: [],
  kubernetesVersions: [],
  strict: true,
  schemas: [],
  missingSchemas: 'error',
  // Of its own tests' concern.
  parity: 'off',
  versionIncrement: '',
  deprecations: 'warn',
  skipKinds: [],
  sarifFile: '',
  junitFile: '',
};

export interface Validated extends Outcome {
  readonly findings: readonly MergedFinding[];
  /** `file:line level rule message`, one a line. */
  readonly lines: readonly string[];
  readonly logText: string;
}

/** Runs the action on a folder with the real helm. */
export async function validate(
  folder: string,
  inputs: Partial<ValidateInputs> = {},
  overrides: Partial<Services> = {},
): Promise<Validated> {
  const services = await createTestServices({ workingDirectory: folder, ...overrides });
  try {
    const outcome = await validateChart.run({ ...VALIDATE_DEFAULTS, ...inputs }, services);
    const findings = outcome.document['findings'] as readonly MergedFinding[];
    return {
      ...outcome,
      findings,
      lines: findings.map(({ place, level, rule, message }) =>
        [`${place.file}${place.line === undefined ? '' : `:${place.line}`}`, level, rule, message].join(' '),
      ),
      logText: services.log.text(),
    };
  } finally {
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  }
}
