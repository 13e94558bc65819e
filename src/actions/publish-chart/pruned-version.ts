import type { Removal } from '../../stores/upkeep.js';

/** One version in the plan, and what became of it. */
export interface PrunedVersion {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly environment: string;
  /** `sha256:…`, or empty. */
  readonly digest: string;
  readonly url: string;
  /** RFC 3339, or empty. */
  readonly created: string;
  readonly sizeBytes: number | undefined;
  /** Whether consumers see it, or only its archive is there. */
  readonly listed: boolean;
  /** `kept` · `planned`: it would go · what removing it came to. */
  readonly result: 'kept' | 'planned' | Removal['state'];
  /** Why it stays or goes. */
  readonly reason: string;
}
