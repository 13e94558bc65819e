/** What can be wrong with a chart repository. A code is part of the interface: result files carry it. */

/** Everything that checking a repository can find, and how bad it is for those who install from it. */
export const REPOSITORY_PROBLEMS = {
  /** The index cannot be read at all. */
  'unreadable-index': 'error',
  /** The index names an archive that is not there. */
  'dangling-entry': 'error',
  /** The archive has another digest than its entry. */
  'wrong-digest': 'error',
  /** The digest of an entry is none that helm accepts: it must be 64 hex digits. */
  'invalid-digest': 'error',
  /** Nothing says which digest the archive must have. */
  'missing-digest': 'warning',
  /** What should be the archive of a chart is none that helm could read. */
  'not-a-chart': 'error',
  /** The archive holds another chart or version than its entry, or its name, says. */
  'wrong-chart': 'error',
  /** The provenance file vouches for another archive. */
  'wrong-provenance': 'error',
  /** An archive that the index does not name: publishing or removing it was interrupted. */
  'orphan-archive': 'warning',
  /** A provenance file whose archive is not there. */
  'orphan-provenance': 'warning',
  /** An archive that the index does not name yet, and so young that it may be being published just now. */
  'in-flight': 'info',
  /** One version more than once, with the same archive. */
  'duplicate-entry': 'warning',
  /** One version more than once, with different archives: which of them consumers get is anybody's guess. */
  'contradicting-entries': 'error',
  /** Two versions that differ only in build metadata: helm takes one for the other. */
  'same-but-for-build': 'warning',
  /** An entry whose version is no SemVer: helm leaves it out. */
  'invalid-version': 'warning',
  /** An entry under another chart's name. */
  'wrong-name': 'error',
  /** The versions of a chart are not sorted newest first. */
  'out-of-order': 'warning',
  /** The archive is elsewhere, so that it was not looked at. */
  'foreign-url': 'info',
} as const satisfies Readonly<Record<string, 'error' | 'warning' | 'info'>>;

export type RepositoryProblem = keyof typeof REPOSITORY_PROBLEMS;
export type FindingLevel = (typeof REPOSITORY_PROBLEMS)[RepositoryProblem];

/** One thing that is wrong with a chart repository. */
export interface RepositoryFinding {
  readonly code: RepositoryProblem;
  /** The chart's name; empty when it belongs to none. */
  readonly chart: string;
  /** Its exact version; empty when it belongs to none. */
  readonly version: string;
  /** The file or tag that it is about, as the repository calls it. */
  readonly subject: string;
  /** A sentence. */
  readonly message: string;
  /** What `repair` does about it, in a sentence; nothing when a person must decide. */
  readonly mend?: string;
}

/** How bad a finding is. Only errors make a repository broken. */
export function levelOf({ code }: Pick<RepositoryFinding, 'code'>): FindingLevel {
  return REPOSITORY_PROBLEMS[code];
}
