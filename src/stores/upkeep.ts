import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { RepositoryFinding } from '../core/repository-findings.js';
import type { StoredChart } from './stored-chart.js';

/** One version that a repository holds, whether consumers see it or not. */
export interface Holding extends StoredChart {
  /**
   * Whether consumers see it. If not, only its archive is there: publishing or removing it was interrupted, or goes
   * on at this moment; `created` is then the time of the archive, and `digest` is not known.
   */
  readonly listed: boolean;
  /** Of archive and provenance in bytes; nothing when the repository does not say. */
  readonly sizeBytes: number | undefined;
}

/** What became of a version that was to be removed. */
export interface Removal {
  readonly name: string;
  readonly version: string;
  /**
   * `removed` · `gone`: somebody else had removed it · `changed`: it is not what was planned any more (another digest,
   * or published meanwhile), or cannot be removed alone, and was left alone.
   */
  readonly state: 'removed' | 'gone' | 'changed';
  /** Why it was left alone, as a sentence, where that is something else than that it has changed. */
  readonly reason?: string;
}

/** Reads an archive as helm would: the packed chart, or a HelmCdError that says why helm would not take it. */
export type ChartReader = (bytes: Uint8Array, name: string) => Promise<PackedChart>;

export interface InspectOptions {
  /** Charts to look at; nothing: all. */
  readonly names: readonly string[] | undefined;
  readonly readChart: ChartReader;
}

/** What a look at a repository has found, and how much was looked at. */
export interface Inspection {
  readonly findings: readonly RepositoryFinding[];
  readonly charts: number;
  readonly versions: number;
  /** Archives that were read and hashed. */
  readonly archives: number;
  /** Bytes of those. */
  readonly bytes: number;
}

/** What became of a finding that was to be mended. */
export interface Repair {
  readonly finding: RepositoryFinding;
  /** `mended` · `gone`: it is not so any more · `left`: nothing can be done about it without a person. */
  readonly state: 'mended' | 'gone' | 'left';
}

/**
 * What the owner of a chart repository does besides publishing: removing old versions, and checking and mending it.
 * Each operation may run while others publish, and may be repeated after any interruption.
 */
export interface Upkeep {
  /** The charts that are there; nothing when the repository cannot tell. */
  names(): Promise<readonly string[] | undefined>;
  /** All versions of these charts, and archives of them that consumers do not see. */
  holdings(names: readonly string[]): Promise<readonly Holding[]>;
  /**
   * Takes versions out of what consumers see, then deletes archives and provenance files that nothing else names. What
   * is not as it was planned any more is left alone.
   * @param charts some of what `holdings` gave.
   * @throws HelmCdError `unsupported` when the repository does not let versions be deleted.
   */
  remove(charts: readonly Holding[]): Promise<readonly Removal[]>;
  /** Looks at everything: what is listed against what is there, byte for byte. Changes nothing. */
  inspect(options: InspectOptions): Promise<Inspection>;
  /** Mends what can be mended without a guess, as it is at that moment. Findings without `mend` are left. */
  repair(findings: readonly RepositoryFinding[], readChart: ChartReader): Promise<readonly Repair[]>;
}

/** The upkeep of a repository that has none. @param why a sentence. */
export function noUpkeep(url: string, why: string): Upkeep {
  const refuse = () =>
    Promise.reject(new HelmCdError('unsupported', `${url} can be neither pruned nor checked: ${why}`));
  return { names: refuse, holdings: refuse, remove: refuse, inspect: refuse, repair: refuse };
}
