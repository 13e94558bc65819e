import type { ArchiveComparison } from '../../charts/compare-archives.js';

/** How what is published of a chart stands against what the commit gives. */
export interface Verification {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly environment: string;
  readonly state: 'verified' | 'different' | 'not-found';
  /** Of the archive that was built again. */
  readonly digest: string;
  /** Absolute path of it on the runner. */
  readonly packageFile: string;
  /** Of the published archive; both are empty when there is none. */
  readonly publishedDigest: string;
  readonly url: string;
  /** Whether there is a provenance file for the published archive. The signature itself is not looked at. */
  readonly signed: boolean;
  /** When they differ. */
  readonly comparison?: ArchiveComparison;
  /** When there is none: the newest versions there are. */
  readonly known?: readonly string[];
}
