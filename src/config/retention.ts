import { parseAge } from '../core/age.js';
import { HelmCdError } from '../core/errors.js';
import { parseKeepRule } from '../core/keep-rule.js';
import type { RetentionPolicy } from '../core/retention.js';
import type { ConfigFile, Pointer } from './config-file.js';

/** Nothing ever goes. */
export const NO_RETENTION: RetentionPolicy = { keep: [] };

/** `retention:` as it is written. */
export interface RawRetention {
  readonly count?: number;
  readonly prereleases?: number;
  readonly age?: string;
  readonly keep?: readonly string[];
}

/** What is said about retention, laid over what it is based on. */
export function retentionPolicy(
  file: ConfigFile,
  pointer: Pointer,
  { age, keep, ...same }: RawRetention,
  base: RetentionPolicy,
): RetentionPolicy {
  const parse = <Value>(at: Pointer, parsed: (what: string) => Value): Value => {
    try {
      return parsed(at.join('.'));
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      return file.fail(at, error.message, error.hint);
    }
  };
  return {
    ...base,
    ...same,
    ...(age === undefined ? {} : { ageMs: parse([...pointer, 'age'], (what) => parseAge(age, what)) }),
    ...(keep === undefined
      ? {}
      : {
          keep: keep.map((text, index) =>
            parse([...pointer, 'keep', String(index)], (what) => parseKeepRule(text, what)),
          ),
        }),
  };
}
