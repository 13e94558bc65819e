import type { FindingLevel, RepositoryFinding } from '../../core/repository-findings.js';
import type { Inspection } from '../../stores/upkeep.js';

/** One thing that was found, and what became of it. */
export interface CheckedFinding extends RepositoryFinding {
  readonly level: FindingLevel;
  readonly repository: string;
  /** `found` · `mended` · `gone`: it was not so any more when it was to be mended. */
  readonly state: 'found' | 'mended' | 'gone';
}

/** A repository that was checked. */
export interface CheckedRepository extends Omit<Inspection, 'findings'> {
  readonly repository: string;
  readonly environment: string;
}
