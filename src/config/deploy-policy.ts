import { parseAge } from '../core/age.js';
import { HelmCdError } from '../core/errors.js';
import { parseConstraint } from '../core/version-constraint.js';
import type { ConfigFile, Pointer } from './config-file.js';
import type { DeployPolicy } from './types.js';

/** Any version, as soon as it is there and the environment before has tested it. */
export const DEFAULT_DEPLOY: DeployPolicy = { minAgeMs: 0, requireVerified: true };

/** `deploy:` as it is written. */
export interface RawDeploy {
  readonly versions?: string;
  readonly 'min-age'?: string;
  readonly 'require-verified'?: boolean;
}

/** What is said about deploys, laid over what it is based on. */
export function deployPolicy(file: ConfigFile, pointer: Pointer, raw: RawDeploy, base: DeployPolicy): DeployPolicy {
  const { versions, 'min-age': age, 'require-verified': requireVerified } = raw;
  return {
    ...base,
    ...(versions === undefined ? {} : { versions: constraintAt(file, [...pointer, 'versions'], versions) }),
    ...(age === undefined ? {} : { minAgeMs: ageAt(file, [...pointer, 'min-age'], age) }),
    ...(requireVerified === undefined ? {} : { requireVerified }),
  };
}

function constraintAt(file: ConfigFile, pointer: Pointer, text: string) {
  const constraint = parseConstraint(text);
  if (constraint !== undefined) return constraint;
  return file.fail(
    pointer,
    `${pointer.join('.')} is no constraint for versions: "${text}"`,
    "Write '^1.2', '~1.2.0' or '>=1.0.0 <2.0.0'.",
  );
}

function ageAt(file: ConfigFile, pointer: Pointer, text: string): number {
  try {
    return parseAge(text, pointer.join('.'));
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    return file.fail(pointer, error.message, error.hint);
  }
}
